"""What goes into an execution and what comes out of it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nexus_core.sandbox.limits import Limits
from nexus_protocol._model import Json
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ExecutionError
from nexus_protocol.patches import PatchOp


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgSource:
    """An argument that a tool declares."""

    name: str
    required: bool = True
    default: Json = None
    has_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSource:
    """A handler's code, and where it begins in the panel's source."""

    name: str
    code: str
    args: tuple[ArgSource, ...] = ()
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One execution to be: code, the state it sees, and what it may do."""

    tool: ToolSource
    args: Mapping[str, Json] = field(default_factory=dict[str, Json])
    state: Mapping[str, Json] = field(default_factory=dict[str, Json])
    computed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Expressions over ``$state`` by name."""
    known: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Computed values that are read as they are given, by name."""
    tools: Mapping[str, ToolSource] = field(default_factory=dict[str, ToolSource])
    """What ``$tools`` offers."""
    aliases: frozenset[str] = frozenset()
    """The extensions that exist in ``$ext``."""
    grant: Grant = field(default_factory=Grant)
    limits: Limits = field(default_factory=Limits)
    now: float = 0.0
    """Seconds since the epoch, for ``Date`` and ``$time``."""
    seed: bytes = bytes(16)
    """16 bytes, for ``Math.random`` and ``crypto.randomUUID``."""

    def __post_init__(self) -> None:
        if len(self.seed) != 16:
            raise ValueError("the seed must have 16 bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something emitted to every client of the panel."""

    name: str
    payload: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewCommand:
    """A transient command to a component of the view."""

    id: str
    method: str
    args: tuple[Json, ...]


Level = Literal["debug", "info", "warn", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A line for the panel's log; who prints it escapes the control characters in it."""

    level: Level
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call of an extension that the handler waits for."""

    id: int
    alias: str
    method: str
    args: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a request: a value, or the code and message of an error."""

    id: int
    value: Json = None
    error: tuple[str, str] | None = None
    retry_after: float | None = None
    """Seconds after which the same call has a chance, of an error that knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What an execution has used so far."""

    duration_ms: float = 0.0
    """Since it began, waiting included."""
    compute_ms: float = 0.0
    """Inside the sandbox only."""
    memory_bytes: int = 0
    segments: int = 0
    requests: int = 0
    given_bytes: int = 0
    """What it began with: code, state and arguments, as they go into the instance."""
    cache_hit: bool = False
    """Whether the compiled engine came from the disk cache."""
    scripts_compiled: int = 0
    """Handlers and computed values that had to be compiled, of those that are kept compiled."""
    scripts_reused: int = 0
    """Those that were there compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What a handler did from its start or resumption to its suspension or end.

    A failed segment carries its error and logs and nothing else.
    """

    status: Literal["done", "waiting", "failed"]
    ops: tuple[PatchOp, ...] = ()
    events: tuple[Event, ...] = ()
    view: tuple[ViewCommand, ...] = ()
    logs: tuple[Log, ...] = ()
    value: Json = None
    error: ExecutionError | None = None
    requests: tuple[Request, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One whole execution without a panel."""

    ok: bool
    value: Json
    error: ExecutionError | None
    patches: tuple[PatchOp, ...]
    events: tuple[Event, ...]
    view: tuple[ViewCommand, ...]
    logs: tuple[Log, ...]
    state: dict[str, Json]
    metrics: Metrics
