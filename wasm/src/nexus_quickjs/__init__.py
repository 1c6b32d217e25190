"""Where the engine is, what it is, and how its control block is laid out.

The engine is one WebAssembly module that imports nothing: QuickJS-ng behind a shim, booted and
frozen with the guest's half of the bridge. Running it is ``nexus_core.sandbox``'s business.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

SHADOW_STACK_BYTES = 1024 * 1024
"""The front of the memory is the stack; between two calls nothing on it is needed."""


class EngineMissingError(RuntimeError):
    """Raised when the package was imported from a checkout in which the engine was never built."""

    def __init__(self) -> None:
        super().__init__("the engine is not built; install the package, or run engine_build")


@dataclass(frozen=True, slots=True)
class Engine:
    """The built module."""

    path: Path
    sha256: str
    version: str
    """Version of the source package it was built from."""
    control: int
    """Address of the control block in linear memory."""


class ControlBlock:
    """Offsets of the control block's fields, in bytes; ``u32`` unless said otherwise."""

    IN_PTR = 0
    """Where the host writes the next input."""
    IN_CAP = 4
    """How many bytes there is room for; ``nexus_reserve(n)`` gives more."""
    OUT_PTR = 8
    """Where the JSON text of the last call stands."""
    OUT_LEN = 12
    INTERRUPT = 16
    """Set by the host, it stops JavaScript at its next poll."""
    STOPPED = 20
    """Not 0 when it did."""
    NOW_US = 24
    """``i64``: what ``Date.now()`` sees, microseconds since the epoch."""
    RANDOM = 32
    """Two ``u64``: the state of ``Math.random()``."""
    HEAP_LIMIT = 48
    """Bytes that the heap may hold, 0 for no limit but the memory's."""
    HEAP_PEAK = 52
    """The most it held."""
    HEAP_DENIED = 56
    """How many requests for memory were refused."""
    HEAD_LEN = 60
    """Length of the job's header in the input."""
    STACK_LIMIT = 64
    """Bytes of stack for JavaScript, 0 for what the engine was booted with."""
    TEXT_LEN = 68
    """Length of header and texts in the input; compiled forms follow."""
    SIZE = 72


@cache
def engine() -> Engine:
    """Return the engine that this package carries.

    Raises:
        EngineMissingError: it was never built.
    """
    folder = files("nexus_quickjs") / "engine"
    if not (folder / "quickjs.wasm").is_file():
        raise EngineMissingError
    facts = json.loads((folder / "engine.json").read_text(encoding="utf-8"))
    with as_file(folder / "quickjs.wasm") as path:
        return Engine(path, facts["sha256"], facts["engine"], facts["control"])


__all__ = ["SHADOW_STACK_BYTES", "ControlBlock", "Engine", "EngineMissingError", "engine"]
