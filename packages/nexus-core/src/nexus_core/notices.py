"""What a panel tells those who follow it, and what an execution came to, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from nexus_core.recording import Record, Recording
from nexus_core.sandbox import ViewCommand
from nexus_protocol import Change, ExecutionError, Json, PanelAst, PatchOp
from nexus_protocol.messages import Metrics


@dataclass(frozen=True, slots=True)
class Emitted:
    """A handler emitted an event."""

    name: str
    payload: Json
    execution_id: str


@dataclass(frozen=True, slots=True)
class Viewed:
    """A handler did something to components of the view, which is no part of the state."""

    commands: tuple[ViewCommand, ...]
    execution_id: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A handler logged a line."""

    level: str
    message: str
    execution_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An execution is suspended on calls of extensions, such as ``http.get``."""

    execution_id: str
    waiting_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The panel runs another source now."""

    ast: PanelAst
    source_hash: str
    state: Mapping[str, Json]
    rev: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A handler that nobody called, such as a lifecycle's, failed."""

    execution_id: str
    tool: str
    error: ExecutionError


Notice: TypeAlias = Change | Emitted | Viewed | Logged | Waiting | Reloaded | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A panel at one revision; all of it is JSON, and nobody changes it any more."""

    rev: int
    state: Mapping[str, Json]
    computed: Mapping[str, Json]
    """Without those that failed."""
    source_hash: str
    """SHA-256 of the source that it ran, in hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What became of one call of a tool."""

    id: str
    tool: str
    ok: bool
    value: Json
    error: ExecutionError | None
    patches: tuple[PatchOp, ...]
    """Every operation that was committed, in order."""
    events: tuple[Emitted, ...]
    view: tuple[ViewCommand, ...]
    """Transient commands to components."""
    logs: tuple[Logged, ...]
    metrics: Metrics
    rev: int
    """The panel's revision after it."""
    recording: Recording | None = field(default=None, compare=False, repr=False)

    @property
    def record(self) -> Record | None:
        """What runs it again, where the panel records; made anew each time."""
        if self.recording is None:
            return None
        return self.recording.ended(self.error, self.rev, self.metrics.duration_ms)


__all__ = [
    "Emitted",
    "Execution",
    "Failed",
    "Logged",
    "Notice",
    "Reloaded",
    "Snapshot",
    "Viewed",
    "Waiting",
]
