"""What a guest is to those who run it, wherever it lives: in this process or in a worker.

Here stand the narrow interface of an engine and what passes through it. What the bytes mean is
the bridge's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

INSTANCES = 1000
"""Instances that may live at once, suspended ones included. Only their address space is taken."""
IDLE_SECONDS = 30.0
"""After so long without an execution the memory that is kept for the next ones is given back."""

StopReason = Literal["timeout", "cpu", "stack", "memory", "trap", "lost"]


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
    stack_bytes: int = 0
    """0 for as much as the engine was booted with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one call into the guest may use."""

    seconds: float
    cpu_seconds: float
    output_bytes: int


@dataclass(frozen=True, slots=True)
class Script:
    """Where a script stands in a job, and what its stack traces call it."""

    at: int
    """From behind the NUL that ends the header."""
    length: int
    name: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """What a call left behind."""

    output: bytes | None
    """None when the guest could not even say what went wrong."""
    output_bytes: int
    stopped: StopReason | None
    """Why JavaScript was stopped by the flag, if it was; the output tells where."""
    out_of_memory: bool
    memory_bytes: int
    cpu_seconds: float
    """Processor time that the call took, compiling included."""
    compiled: int = 0
    """Scripts that had to be compiled first, of those whose compiled form is kept."""
    reused: int = 0
    """Scripts whose compiled form was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """How much of an engine is in use."""

    live: int
    """Instances that exist, those of waiting executions included."""
    room: int
    """Instances that may exist at once."""
    running: int
    """Instances that compute at this moment."""
    workers: int = 0
    """Worker processes that are ready; none when guests run in this process."""
    workers_lost: int = 0
    """Worker processes that ended without being told to."""
    scripts_compiled: int = 0
    """Scripts that were compiled, of those whose compiled form is kept."""
    scripts_reused: int = 0
    """Times that such a form was there."""


class Guest(Protocol):
    """One instance. Not for two threads at once, and never for a second execution."""

    def start(
        self,
        data: bytes,
        *,
        head: int,
        setup: Setup,
        allowance: Allowance,
        scripts: Sequence[Script] = (),
    ) -> Exit:
        """Begin the execution.

        Args:
            data: The job: header, NUL, and the texts it refers to.
            head: Length of the header.
            setup: Clock, seed and heap.
            allowance: What it may use until it suspends or ends.
            scripts: The texts that are scripts, whose compiled forms may be used.

        Raises:
            StoppedError: the guest was ended from outside.
            EngineError: there is no room for it.
            ThreadStackError: this thread's stack is too small.
        """
        ...

    def resume(self, data: bytes, *, now: float | None, allowance: Allowance) -> Exit:
        """Go on after a suspension; ``now`` moves the clock. Raises as ``start`` does."""
        ...

    def interrupt(self) -> None:
        """Ask the guest to stop, from another thread; nothing happens when it does not run."""
        ...

    def image(self) -> bytes:
        """Return how its memory differs from a fresh one's; what is on no stack is not in it.

        Raises:
            StoppedError: the guest is lost.
        """
        ...

    def restore(self, image: bytes) -> None:
        """Make the memory of this fresh instance what it was in another.

        Raises:
            DamagedImageError: these bytes are no image.
            EngineError: there is no room for it.
        """
        ...

    def close(self) -> None:
        """Give the instance's memory back, without waiting. It must not run; closed once."""
        ...


class GuestEngine(Protocol):
    """Makes guests."""

    @property
    def identity(self) -> str:
        """Hash of the module: what decides how the memory of its instances is laid out."""
        ...

    @property
    def cache_hit(self) -> bool:
        """Whether the compiled module came from the disk."""
        ...

    @property
    def crowded(self) -> bool:
        """Whether half of the room for instances is taken."""
        ...

    def instantiate(self, memory_bytes: int) -> Guest:
        """Return a fresh instance that may hold this much memory.

        Raises:
            EngineError: there is no room for one more.
        """
        ...

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes of their own that guests run in, those that are ready."""
        ...

    def occupancy(self) -> Occupancy:
        """Return how much of it is in use."""
        ...

    def close(self) -> None:
        """Give everything back. Instances must be closed before."""
        ...
