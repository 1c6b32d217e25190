"""Boot the compiled module once and hand out the memory it leaves behind."""

import struct
from dataclasses import dataclass
from typing import TypeVar

import wasmtime

from engine_build import inputs

_T = TypeVar("_T")
_CONTROL_HEAD = struct.Struct("<4I")  # in_ptr, in_cap, out_ptr, out_len


class BootError(RuntimeError):
    """Raised when the engine or the prelude does not come up."""


@dataclass(frozen=True, slots=True)
class Booted:
    """The state of a module that is ready for its first job."""

    memory: bytes
    control: int
    """Address of the control block."""


def boot(module: bytes, prelude: bytes) -> Booted:
    """Run the module's initialisation and the prelude.

    Raises:
        BootError: it imports something, or the prelude threw.
    """
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    compiled = wasmtime.Module(engine, module)
    if compiled.imports:
        raise BootError(f"the module imports {[(i.module, i.name) for i in compiled.imports]}")
    instance = wasmtime.Instance(store, compiled, [])

    def call(name: str, *arguments: int) -> int:
        return _export(instance, store, name, wasmtime.Func)(store, *arguments) or 0

    stack = _export(instance, store, "__stack_pointer", wasmtime.Global)
    memory = _export(instance, store, "memory", wasmtime.Memory)
    top = stack.value(store)
    if top != inputs.SHADOW_STACK_BYTES:
        raise BootError("the stack does not begin at address 0: overrunning it would not trap")
    call("_initialize")
    if call("nexus_init", inputs.JS_STACK_BYTES) != 0:
        raise BootError("the engine could not make its runtime")
    memory.write(store, prelude, call("nexus_reserve", len(prelude)))
    failed = call("nexus_boot", len(prelude)) != 0
    control = call("nexus_control")
    if failed:
        raise BootError(_output(store, memory, control))
    if stack.value(store) != top:
        raise BootError("the stack pointer did not return; a snapshot would freeze it")
    image = memory.read(store, 0, memory.data_len(store))
    # Below the top of the stack lies only what the boot left there: zeros compress to nothing.
    return Booted(bytes(top) + bytes(image[top:]), control)


def _export(instance: wasmtime.Instance, store: wasmtime.Store, name: str, kind: type[_T]) -> _T:
    item = instance.exports(store)[name]
    if not isinstance(item, kind):
        raise BootError(f"the export {name} is no {kind.__name__}")
    return item


def _output(store: wasmtime.Store, memory: wasmtime.Memory, control: int) -> str:
    head = bytes(memory.read(store, control, control + _CONTROL_HEAD.size))
    _, _, address, length = _CONTROL_HEAD.unpack(head)
    return bytes(memory.read(store, address, address + length)).decode("utf-8", "replace")
