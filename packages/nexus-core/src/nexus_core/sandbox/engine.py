"""Run the WebAssembly engine: compiled once, instantiated afresh, always stopped in time.

This is the only module that knows wasmtime. It moves bytes in and out of an instance and ends what
runs too long; what the bytes mean is the bridge's business.
"""

import ctypes
import hashlib
import importlib
import json
import math
import os
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import wasmtime

import nexus_quickjs
from nexus_core.sandbox.compiling import Compiler
from nexus_core.sandbox.deadlines import GRACE, TICK, Ticker, Watch
from nexus_core.sandbox.forms import Forms
from nexus_core.sandbox.guest import (
    IDLE_SECONDS,
    INSTANCES,
    Allowance,
    EngineError,
    Exit,
    Occupancy,
    Script,
    Setup,
    StoppedError,
    StopReason,
)
from nexus_core.sandbox.images import DamagedImageError, Image, difference, pages_of
from nexus_core.sandbox.limits import LARGEST_MEMORY, MIB, SMALLEST_MEMORY
from nexus_core.sandbox.private_files import default_directory, is_private, store
from nexus_core.sandbox.stack import WASM_STACK, require_stack
from nexus_quickjs import SHADOW_STACK_BYTES, ControlBlock

# wasmtime-py's ctypes layer: a call through its public Func costs ten times the raw one, and the
# pooling allocator has no public door. It is untyped, so every use of it stays in this module.
_Native: TypeAlias = Any
_ffi: _Native = importlib.import_module("wasmtime._ffi")

_KEEP_RESIDENT = 4 * MIB
"""Memory of a slot that is cleared rather than given back: page faults are most of a short run."""

_DONTNEED = 4
_libc = ctypes.CDLL(None)

_WASM_PAGE = 65536

_IN = struct.Struct("<II")
_SETUP = struct.Struct("<q16sIIIIII")
_STATUS = struct.Struct("<2I")
_HEAP = struct.Struct("<II")
_COMPILING_MEMORY = 64 * MIB
"""For compiling one script, whatever its execution may use: its form is for everybody."""
_SHARE_OF_FORMS = 8
"""Compiled forms may take one part in so many of the memory of an execution."""
_ZERO_SEED = b"nexus-zero-seed!"
"""Stands for a seed of zeros, from which the generator would give nothing but zeros."""


class Engine:
    """The compiled module, and everything its instances share: a ``GuestEngine``."""

    def __init__(
        self,
        *,
        cache_dir: Path | None = None,
        instances: int = INSTANCES,
        idle_seconds: float = IDLE_SECONDS,
        forms_on_disk: bool = True,
    ) -> None:
        self._facts = nexus_quickjs.engine()
        self._engine = wasmtime.Engine(_config(instances))
        directory = cache_dir if cache_dir is not None else default_directory()
        self._module, self._cache_hit = _load(self._engine, self._facts, directory)
        self.compiler = Compiler(
            self._facts.sha256, Forms(directory / "forms" if forms_on_disk else None)
        )
        self._pre: _Native = wasmtime.Linker(self._engine).instantiate_pre(self._module)
        self._room = instances
        self._changing = threading.Lock()
        self._used: set[int] = set()
        """Addresses of the memories of living instances."""
        self._warm: set[int] = set()
        """Addresses of memories that may hold pages that nobody uses."""
        self.ticker = Ticker(_epoch_raiser(self._engine), self.trim, idle_seconds)
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
    def cache_hit(self) -> bool:
        """Whether the compiled module came from the disk."""
        return self._cache_hit

    @property
    def crowded(self) -> bool:
        """Whether half of the room for instances is taken."""
        return len(self._used) * 2 >= self._room

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

    @property
    def processes(self) -> tuple[int, ...]:
        """None of its own."""
        return ()

    def occupancy(self) -> Occupancy:
        """Return how much of it is in use."""
        compiled, reused = self.compiler.counts()
        return Occupancy(
            live=len(self._used),
            room=self._room,
            running=self.ticker.watched,
            scripts_compiled=compiled,
            scripts_reused=reused,
        )

    def occupy(self, base: int) -> None:
        """Take note of an instance whose memory is there, before anything runs in it."""
        with self._changing:
            self._used.add(base)
            self._warm.add(base)

    def vacate(self, base: int) -> None:
        """Take note that what is there is not needed any more, before its memory is given back."""
        with self._changing:
            self._used.discard(base)

    def trim(self) -> None:
        """Give the pages back that are kept for instances to come; the next ones fault them in."""
        with self._changing:
            for base in self._warm - self._used:
                # The same as what the pool does with the pages that it does not keep: the mapping
                # shows the snapshot again, or zeros.
                _libc.madvise(ctypes.c_void_p(base), ctypes.c_size_t(_KEEP_RESIDENT), _DONTNEED)
            self._warm &= self._used

    def close(self) -> None:
        """Stop the ticker. Instances must be closed before."""
        self.ticker.close()


class Instance:
    """One guest in this process: a ``Guest``."""

    __slots__ = (
        "_buffer", "_compiling", "_context", "_engine", "_functions", "_instance", "_interrupted",
        "_memory", "_memory_bytes", "_on_epoch", "_place", "_setup", "_store", "_watch",
    )  # fmt: skip

    def __init__(
        self, engine: Engine, wasm_engine: wasmtime.Engine, pre: _Native, memory_bytes: int
    ) -> None:
        self._engine = engine
        self._setup = Setup(now=0.0, seed=bytes(16), heap_bytes=0)
        self._watch: Watch | None = None
        self._on_epoch: Any = None
        self._interrupted = False
        self._compiling: Instance | None = None
        self._memory_bytes = memory_bytes
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
        self._memory: Any = self._export(b"memory").of.memory
        # A slot of the pool has room for the largest memory: none ever moves.
        self._place = self._base()
        engine.occupy(self._place)

    def start(
        self,
        data: bytes,
        *,
        head: int,
        setup: Setup,
        allowance: Allowance,
        scripts: Sequence[Script] = (),
    ) -> Exit:
        """Begin the execution; see ``Guest.start``."""
        self._setup = setup
        texts = [
            (script, data[(begin := head + 1 + script.at) : begin + script.length])
            for script in scripts
        ]
        found = self._engine.compiler.gather(texts, self._compiled_alone, allowance)
        fit = len(found.data) * _SHARE_OF_FORMS <= self._memory_bytes
        forms = found.data if fit else b""
        left = self._enter(b"nexus_start", data, head, found.left, forms)
        return replace(
            left,
            cpu_seconds=left.cpu_seconds + found.cpu_seconds,
            compiled=found.compiled,
            reused=found.reused,
        )

    def compile(self, script: Script, text: bytes, allowance: Allowance) -> Exit:
        """Compile a script and run nothing; a fresh instance's only call.

        The output is the script's compiled form, or None when it has none. Raises as ``start``.
        """
        self._setup = Setup(
            now=0.0, seed=_ZERO_SEED, heap_bytes=_COMPILING_MEMORY - SMALLEST_MEMORY
        )
        header = json.dumps([script.name, script.line]).encode()
        return self._enter(b"nexus_compile", b"\0".join((header, text)), len(header), allowance)

    def _compiled_alone(self, script: Script, text: bytes, allowance: Allowance) -> Exit:
        """Compile a script in a guest of its own, which is interrupted with this one."""
        guest = self._engine.instantiate(_COMPILING_MEMORY)
        self._compiling = guest
        try:
            if self._interrupted:  # by another thread, before there was a guest to interrupt
                guest.interrupt()
            return guest.compile(script, text, allowance)
        finally:
            self._compiling = None
            guest.close()

    def resume(self, data: bytes, *, now: float | None, allowance: Allowance) -> Exit:
        """Go on after a suspension; ``now`` moves the clock. Raises as ``start`` does."""
        if now is not None:
            micros = struct.pack("<q", int(now * 1e6))
            ctypes.memmove(self._control() + ControlBlock.NOW_US, micros, 8)
        return self._enter(b"nexus_resume", data, 0, allowance)

    def interrupt(self) -> None:
        """Ask the guest to stop, from another thread; nothing happens when it does not run."""
        self._interrupted = True
        compiling = self._compiling
        if compiling is not None:
            compiling.interrupt()
        watch = self._watch
        if watch is not None:
            self._engine.ticker.expire(watch)

    def close(self) -> None:
        """Give the instance's memory back. It must not run, and is closed once."""
        self._engine.vacate(self._place)
        self._store.close()

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

    def _enter(
        self, name: bytes, data: bytes, head: int, allowance: Allowance, forms: bytes = b""
    ) -> Exit:
        require_stack()
        ticker = self._engine.ticker
        control = self._control()
        began = time.thread_time()
        watch = self._begin_watch(control + ControlBlock.INTERRUPT, allowance)
        try:
            self._write(control, data + forms)
            if name != b"nexus_resume":
                self._write_setup(control, head, len(data))
            status = self._call(name, len(data) + len(forms))
        except StoppedError as error:
            if error.reason == "timeout":
                raise StoppedError(_spent(watch), str(error)) from None
            raise
        finally:
            self._watch = None
            ticker.forget(watch)
        return self._exit(status, watch, allowance.output_bytes, time.thread_time() - began)

    def _begin_watch(self, flag: int, allowance: Allowance) -> Watch:
        """Have the guest stopped in time: by the flag at this address, or by the epoch."""
        ticker = self._engine.ticker
        first = min(allowance.seconds, allowance.cpu_seconds)
        # Who computes all the time is out of time before it is out of as much processor time.
        counts_cpu = allowance.cpu_seconds < allowance.seconds
        watch = Watch(
            time.monotonic() + allowance.seconds,
            flag,
            allowance.cpu_seconds if counts_cpu else None,
        )
        ticker.watch(watch)
        self._watch = watch
        if self._interrupted:  # by another thread, just before there was something to watch
            ticker.expire(watch)
        if counts_cpu and self._on_epoch is None:
            self._on_epoch = _EpochCallback(self._decide_at_epoch)
            _ffi.wasmtime_store_epoch_deadline_callback(
                self._store.ptr(), self._on_epoch, None, _NO_FINALIZER
            )
        self._store.set_epoch_deadline(_ticks(first) + ticker.owed())
        return watch

    def _decide_at_epoch(self, _context: _Native, _data: _Native, more: _Native, _: _Native) -> int:
        """End the guest where its time is spent; else let it run until that can be."""
        watch = self._watch
        if watch is None or self._interrupted or watch.spent(GRACE) is not None:
            error: Any = _ffi.wasmtime_error_new(_OUT_OF_TIME)
            return ctypes.cast(error, ctypes.c_void_p).value or 0
        more[0] = _ticks(max(0.0, min(watch.deadline - time.monotonic(), watch.cpu_left())))
        return 0

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

    def _write_setup(self, control: int, head: int, text: int) -> None:
        setup = self._setup
        seed = setup.seed if any(setup.seed) else _ZERO_SEED
        micros = int(setup.now * 1e6)
        fields = _SETUP.pack(micros, seed, setup.heap_bytes, 0, 0, head, setup.stack_bytes, text)
        ctypes.memmove(control + ControlBlock.NOW_US, fields, len(fields))

    def _exit(self, status: int, watch: Watch, most: int, cpu_seconds: float) -> Exit:
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
            stopped=_spent(watch) if stopped else None,
            out_of_memory=denied != 0,
            memory_bytes=size,
            cpu_seconds=cpu_seconds,
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
            text = _error_text(error)
            raise StoppedError("timeout" if _OUT_OF_TIME.decode() in text else "trap", text)
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


def _spent(watch: Watch) -> StopReason:
    """Say why a guest was stopped; one that was interrupted from outside counts as late."""
    return watch.spent() or "timeout"


def _ticks(seconds: float) -> int:
    """Return after how many ticks of the epoch a guest with this much time is ended."""
    return math.ceil((seconds + GRACE) / TICK) + 1


_pointer_to: Any = ctypes.POINTER
_EpochCallback: Any = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    _pointer_to(_ffi.wasmtime_context_t),
    ctypes.c_void_p,
    _pointer_to(ctypes.c_uint64),
    _pointer_to(_ffi.wasmtime_update_deadline_kind_t),
)
_NO_FINALIZER: Any = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()
_OUT_OF_TIME = b"the guest is out of time"
_CallBuffer: Any = _ffi.wasmtime_val_raw_t * 1
_TrapPointer: Any = _pointer_to(_ffi.wasm_trap_t)
_NAMES: dict[bytes, Any] = {
    name: ctypes.create_string_buffer(name)
    for name in (b"memory", b"nexus_reserve", b"nexus_start", b"nexus_resume", b"nexus_compile")
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
    untyped: Any = config
    # Never used, but wasmtime ends the process when it is not larger than the other.
    _ffi.wasmtime_config_async_stack_size_set(untyped.ptr(), 2 * WASM_STACK)
    pool: Any = _ffi.wasmtime_pooling_allocation_config_new()
    for name, value in (
        ("total_core_instances", instances),
        ("total_memories", instances),
        ("total_tables", instances),
        ("total_stacks", 1),
        ("max_memory_size", LARGEST_MEMORY),
        ("table_elements", 8192),
        ("max_unused_warm_slots", (os.cpu_count() or 1) + 4),
        ("linear_memory_keep_resident", _KEEP_RESIDENT),
        ("table_keep_resident", 65536),
    ):
        getattr(_ffi, f"wasmtime_pooling_allocation_config_{name}_set")(pool, value)
    _ffi.wasmtime_pooling_allocation_strategy_set(untyped.ptr(), pool)
    _ffi.wasmtime_pooling_allocation_config_delete(pool)
    return config


# ---- the compiled module on disk -----------------------------------------------------------------


def _load(
    engine: wasmtime.Engine, facts: nexus_quickjs.Engine, directory: Path
) -> tuple[wasmtime.Module, bool]:
    """Return the compiled module, and whether the cache had it.

    A compiled module is native code: one that others could have written is never loaded.
    """
    path = directory / f"{facts.sha256[:32]}-wasmtime-{version('wasmtime')}.cwasm"
    if is_private(directory) and is_private(path):
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
    # Without a private place for it the next start compiles again.
    store(path, bytes(module.serialize()), durable=True)
    return module, False
