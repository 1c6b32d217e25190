"""What a panel tells those who follow it, and what an execution came to, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

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


Notice: TypeAlias = Change | Emitted | Logged | Waiting | Reloaded | Failed


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


class Journal(Protocol):
    """Where changes are kept so that they outlive the process."""

    async def append(self, change: Change, state: Mapping[str, Json]) -> None:
        """Keep a change for good before it is acknowledged; ``state`` is the state after it."""
        ...


class MemoryJournal:
    """A journal in memory: what a headless panel uses, and the tests."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    async def append(self, change: Change, state: Mapping[str, Json]) -> None:
        """Keep a change until the process ends."""
        self.changes.append(change)


__all__ = [
    "Emitted",
    "Execution",
    "Failed",
    "Journal",
    "Logged",
    "MemoryJournal",
    "Notice",
    "Reloaded",
    "Waiting",
]
