"""Run the WebAssembly engine: compiled once, instantiated afresh, always stopped in time.

This is the only module that knows wasmtime. It moves bytes in and out of an instance and ends what
runs too long; what the bytes mean is the bridge's business.
"""

import ctypes
import hashlib
import importlib
import math
import os
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeAlias

import wasmtime

import nexus_quickjs
from nexus_core.sandbox.deadlines import GRACE, TICK, Ticker, Watch
from nexus_core.sandbox.images import DamagedImageError, Image, difference, pages_of
from nexus_core.sandbox.limits import LARGEST_MEMORY, MIB, SMALLEST_MEMORY
from nexus_core.sandbox.stack import WASM_STACK, require_stack
from nexus_quickjs import SHADOW_STACK_BYTES, ControlBlock

# wasmtime-py's ctypes layer: a call through its public Func costs ten times the raw one, and the
# pooling allocator has no public door. It is untyped, so every use of it stays in this module.
_Native: TypeAlias = Any
_ffi: _Native = importlib.import_module("wasmtime._ffi")

INSTANCES = 1000
"""Instances that may live at once, suspended ones included. Only their address space is taken."""
_KEEP_RESIDENT = 4 * MIB
"""Memory of a slot that is cleared rather than given back: page faults are most of a short run."""

_WASM_PAGE = 65536

_IN = struct.Struct("<II")
_SETUP = struct.Struct("<q16sIIII")
_STATUS = struct.Struct("<2I")
_HEAP = struct.Struct("<II")
_ZERO_SEED = b"nexus-zero-seed!"
"""Stands for a seed of zeros, from which the generator would give nothing but zeros."""

StopReason = Literal["timeout", "stack", "memory", "trap"]


class EngineError(RuntimeError):
    """Raised when the engine cannot be set up or has no room for another instance."""


class StoppedError(RuntimeError):
    """Raised when a guest was ended from outside; the instance is lost."""

    def __init__(self, reason: StopReason, detail: str) -> None:
        self.reason: StopReason = reason
        super().__init__(detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The fields of the control block that an execution begins with."""

    now: float
    seed: bytes
    heap_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """What a call left behind."""

    output: bytes | None
    """None when the guest could not even say what went wrong."""
    output_bytes: int
    stopped: bool
    """JavaScript was stopped by the flag; the output tells where."""
    out_of_memory: bool
    memory_bytes: int


class Engine:
    """The compiled module, and everything its instances share."""

    def __init__(self, *, cache_dir: Path | None = None, instances: int = INSTANCES) -> None:
        self._facts = nexus_quickjs.engine()
        self._engine = wasmtime.Engine(_config(instances))
        self._module, self.cache_hit = _load(self._engine, self._facts, cache_dir)
        self._pre: _Native = wasmtime.Linker(self._engine).instantiate_pre(self._module)
        self._room = instances
        self._living = 0
        self._counting = threading.Lock()
        self.ticker = Ticker(_epoch_raiser(self._engine))
        # Now, while there is room for certain.
        self.start_pages = self._first_pages()
        """The memory that every instance begins with."""

    @property
    def control(self) -> int:
        """Address of the control block in every instance."""
        return self._facts.control

    @property
    def identity(self) -> str:
        """Hash of the module: what decides how the memory of its instances is laid out."""
        return self._facts.sha256

    @property
    def crowded(self) -> bool:
        """Whether half of the room for instances is taken."""
        return self._living * 2 >= self._room

    def _first_pages(self) -> tuple[bytes, ...]:
        instance = self.instantiate(SMALLEST_MEMORY)
        try:
            return pages_of(instance.memory())
        finally:
            instance.close()

    def instantiate(self, memory_bytes: int) -> "Instance":
        """Return a fresh instance that may hold this much memory.

        Raises:
            EngineError: there is no room for one more.
        """
        return Instance(self, self._engine, self._pre, memory_bytes)

    def count(self, more: int) -> None:
        """Take note of instances made, or given back."""
        with self._counting:
            self._living += more

    def close(self) -> None:
        """Stop the ticker. Instances must be closed before."""
        self.ticker.close()


class Instance:
    """One guest. Not for two threads at once, and never for a second execution."""

    __slots__ = (
        "_buffer", "_context", "_engine", "_functions", "_instance", "_interrupted", "_memory",
        "_setup", "_store",
        "_watch",
    )  # fmt: skip

    def __init__(
        self, engine: Engine, wasm_engine: wasmtime.Engine, pre: _Native, memory_bytes: int
    ) -> None:
        self._engine = engine
        self._setup = Setup(now=0.0, seed=bytes(16), heap_bytes=0)
        self._watch: Watch | None = None
        self._interrupted = False
        self._functions: dict[bytes, Any] = {}
        self._buffer: Any = _CallBuffer()
        store: Any = wasmtime.Store(wasm_engine)
        self._store = store
        store.set_limits(memory_size=memory_bytes)
        store.set_epoch_deadline(1)
        self._context: Any = store._context()
        self._instance: Any = _ffi.wasmtime_instance_t()
        trap: Any = _TrapPointer()
        error: Any = _ffi.wasmtime_instance_pre_instantiate(
            pre.ptr(), self._context, ctypes.byref(self._instance), ctypes.byref(trap)
        )
        if error or trap:
            detail = _error_text(error) if error else "trap"
            store.close()
            raise EngineError(f"no instance could be made: {detail}")
        engine.count(1)
        self._memory: Any = self._export(b"memory").of.memory

    def start(self, data: bytes, *, head: int, setup: Setup, seconds: float, most: int) -> Exit:
        """Begin the execution.

        Args:
            data: The job: header, NUL, and the texts it refers to.
            head: Length of the header.
            setup: Clock, seed and heap.
            seconds: How long it may compute.
            most: How many bytes of output are taken.

        Raises:
            StoppedError: the guest was ended from outside.
            ThreadStackError: this thread's stack is too small.
        """
        self._setup = setup
        return self._enter(b"nexus_start", data, head, seconds, most)

    def resume(self, data: bytes, *, now: float | None, seconds: float, most: int) -> Exit:
        """Go on after a suspension; ``now`` moves the clock. Raises as ``start`` does."""
        if now is not None:
            micros = struct.pack("<q", int(now * 1e6))
            ctypes.memmove(self._control() + ControlBlock.NOW_US, micros, 8)
        return self._enter(b"nexus_resume", data, 0, seconds, most)

    def interrupt(self) -> None:
        """Ask the guest to stop, from another thread; nothing happens when it does not run."""
        self._interrupted = True
        watch = self._watch
        if watch is not None:
            self._engine.ticker.expire(watch)

    def close(self) -> None:
        """Give the instance's memory back. It must not run, and is closed once."""
        self._store.close()
        self._engine.count(-1)

    def memory(self) -> bytes:
        """Return all of its memory. Between two calls that is all that it consists of."""
        return ctypes.string_at(self._base(), self._size())

    def image(self) -> bytes:
        """Return how its memory differs from a fresh one's; what is on no stack is not in it."""
        return difference(self.memory(), self._engine.start_pages, SHADOW_STACK_BYTES)

    def restore(self, image: bytes) -> None:
        """Make the memory of this fresh instance what it was in another.

        Raises:
            DamagedImageError: these bytes are no image.
            EngineError: there is no room for it.
        """
        read = Image(image, LARGEST_MEMORY)
        self._grow(read.memory_bytes - self._size())
        base = self._base()
        for address, data in read.stretches(self._engine.start_pages):
            ctypes.memmove(base + address, data, len(data))

    def _grow(self, more: int) -> None:
        if more < 0 or more % _WASM_PAGE:
            raise DamagedImageError("its memory is smaller than a fresh one's")
        before = ctypes.c_uint64()
        error: Any = _ffi.wasmtime_memory_grow(
            self._context, ctypes.byref(self._memory), more // _WASM_PAGE, ctypes.byref(before)
        )
        if error:
            raise EngineError(f"no room for the memory: {_error_text(error)}")

    def _enter(self, name: bytes, data: bytes, head: int, seconds: float, most: int) -> Exit:
        require_stack()
        ticker = self._engine.ticker
        control = self._control()
        watch = ticker.watch(time.monotonic() + seconds, control + ControlBlock.INTERRUPT)
        self._watch = watch
        if self._interrupted:  # by another thread, just before there was something to watch
            ticker.expire(watch)
        ticks = math.ceil((seconds + GRACE) / TICK) + 1 + ticker.owed()
        self._store.set_epoch_deadline(ticks)
        try:
            self._write(control, data)
            if name == b"nexus_start":
                self._write_setup(control, head)
            status = self._call(name, len(data))
        finally:
            self._watch = None
            ticker.forget(watch)
        return self._exit(status, most)

    def _write(self, control: int, data: bytes) -> None:
        pointer, room = _IN.unpack(ctypes.string_at(control + ControlBlock.IN_PTR, _IN.size))
        if len(data) > room:
            pointer = self._call(b"nexus_reserve", len(data)) & 0xFFFFFFFF
            if pointer == 0:
                raise StoppedError("memory", "the input is larger than the memory limit allows")
        if pointer + len(data) >= self._size():
            # The guest itself keeps this address: one that was broken into could point anywhere.
            raise StoppedError("trap", "the input buffer lies outside of the memory")
        ctypes.memmove(self._base() + pointer, data, len(data))

    def _write_setup(self, control: int, head: int) -> None:
        setup = self._setup
        seed = setup.seed if any(setup.seed) else _ZERO_SEED
        fields = _SETUP.pack(int(setup.now * 1e6), seed, setup.heap_bytes, 0, 0, head)
        ctypes.memmove(control + ControlBlock.NOW_US, fields, len(fields))

    def _exit(self, status: int, most: int) -> Exit:
        block = ctypes.string_at(self._control(), ControlBlock.SIZE)
        pointer, length = _STATUS.unpack_from(block, ControlBlock.OUT_PTR)
        _, stopped = _STATUS.unpack_from(block, ControlBlock.INTERRUPT)
        _, denied = _HEAP.unpack_from(block, ControlBlock.HEAP_PEAK)
        size = self._size()
        output = None
        if status == 0 and 0 < length <= most and pointer + length <= size:
            output = ctypes.string_at(self._base() + pointer, length)
        return Exit(
            output=output,
            output_bytes=length if status == 0 else 0,
            stopped=stopped != 0,
            out_of_memory=denied != 0,
            memory_bytes=size,
        )

    def _call(self, name: bytes, argument: int) -> int:
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = self._export(name).of.func
        buffer = self._buffer
        buffer[0].i32 = argument
        trap: Any = _TrapPointer()
        error: Any = _ffi.wasmtime_func_call_unchecked(
            self._context, ctypes.byref(function), buffer, 1, ctypes.byref(trap)
        )
        if error:
            raise StoppedError("trap", _error_text(error))
        if trap:
            raise _stopped(trap)
        return buffer[0].i32

    def _export(self, name: bytes) -> _Native:
        item: Any = _ffi.wasmtime_extern_t()
        found: bool = _ffi.wasmtime_instance_export_get(
            self._context, ctypes.byref(self._instance), _NAMES[name], len(name), ctypes.byref(item)
        )
        if not found:
            raise EngineError(f"the engine does not export {name.decode()}")
        return item

    def _base(self) -> int:
        data: Any = _ffi.wasmtime_memory_data(self._context, ctypes.byref(self._memory))
        return ctypes.cast(data, ctypes.c_void_p).value or 0

    def _control(self) -> int:
        return self._base() + self._engine.control

    def _size(self) -> int:
        return _ffi.wasmtime_memory_data_size(self._context, ctypes.byref(self._memory))


_CallBuffer: Any = _ffi.wasmtime_val_raw_t * 1
_pointer_to: Any = ctypes.POINTER
_TrapPointer: Any = _pointer_to(_ffi.wasm_trap_t)
_NAMES: dict[bytes, Any] = {
    name: ctypes.create_string_buffer(name)
    for name in (b"memory", b"nexus_reserve", b"nexus_start", b"nexus_resume")
}
_REASONS: dict[object, StopReason] = {
    wasmtime.TrapCode.INTERRUPT: "timeout",
    wasmtime.TrapCode.STACK_OVERFLOW: "stack",
    # The guest's stack in memory begins at address 0: running over its end lands outside.
    wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS: "stack",
}


def _stopped(pointer: _Native) -> StoppedError:
    trap_class: Any = wasmtime.Trap
    trap: Any = trap_class._from_ptr(pointer)
    lines = str(trap.message).splitlines()
    return StoppedError(_REASONS.get(trap.trap_code, "trap"), lines[0] if lines else "trap")


def _error_text(pointer: _Native) -> str:
    error_class: Any = wasmtime.WasmtimeError
    return str(error_class._from_ptr(pointer)).strip().splitlines()[-1]


def _epoch_raiser(engine: wasmtime.Engine) -> Callable[[], None]:
    # PyDLL keeps the interpreter lock: a burst of owed ticks must not wait for it once for each.
    function = ctypes.PyDLL(str(_ffi.filename)).wasmtime_engine_increment_epoch
    function.argtypes = [ctypes.c_void_p]
    function.restype = None
    untyped: Any = engine
    pointer = ctypes.cast(untyped.ptr(), ctypes.c_void_p)
    return lambda: function(pointer)


def _config(instances: int) -> wasmtime.Config:
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.memory_init_cow = True
    config.max_wasm_stack = WASM_STACK
    config.wasm_threads = False
    pool: Any = _ffi.wasmtime_pooling_allocation_config_new()
    for name, value in (
        ("total_core_instances", instances),
        ("total_memories", instances),
        ("total_tables", instances),
        ("max_memory_size", LARGEST_MEMORY),
        ("table_elements", 8192),
        ("max_unused_warm_slots", (os.cpu_count() or 1) + 4),
        ("linear_memory_keep_resident", _KEEP_RESIDENT),
        ("table_keep_resident", 65536),
    ):
        getattr(_ffi, f"wasmtime_pooling_allocation_config_{name}_set")(pool, value)
    untyped: Any = config
    _ffi.wasmtime_pooling_allocation_strategy_set(untyped.ptr(), pool)
    _ffi.wasmtime_pooling_allocation_config_delete(pool)
    return config


# ---- the compiled module on disk -----------------------------------------------------------------


def _load(
    engine: wasmtime.Engine, facts: nexus_quickjs.Engine, cache_dir: Path | None
) -> tuple[wasmtime.Module, bool]:
    """Return the compiled module, and whether the cache had it.

    A compiled module is native code: one that others could have written is never loaded.
    """
    directory = cache_dir if cache_dir is not None else _default_cache()
    path = directory / f"{facts.sha256[:32]}-wasmtime-{version('wasmtime')}.cwasm"
    if _is_private(directory) and _is_private(path):
        try:
            return wasmtime.Module.deserialize_file(engine, str(path)), True
        except wasmtime.WasmtimeError:
            pass  # Made for another processor or configuration: compile it again.
    source = facts.path.read_bytes()
    if hashlib.sha256(source).hexdigest() != facts.sha256:
        raise EngineError(f"{facts.path.name} is not the module that was built")
    module = wasmtime.Module(engine, source)
    if module.imports:
        raise EngineError("the module imports something")
    _store(directory, path, bytes(module.serialize()))
    return module, False


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nexus" / "engine"


def _is_private(path: Path) -> bool:
    """Tell whether only this user could have written what is there."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return False
    return status.st_uid == os.geteuid() and status.st_mode & 0o077 == 0


def _store(directory: Path, path: Path, compiled: bytes) -> None:
    """Keep the compiled module; without a private place for it the next start compiles again."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(directory):
            return
        with tempfile.NamedTemporaryFile(dir=directory, delete=False) as staging:
            staging.write(compiled)
            staging.flush()
            os.fsync(staging.fileno())
        Path(staging.name).replace(path)
    except OSError:
        return
