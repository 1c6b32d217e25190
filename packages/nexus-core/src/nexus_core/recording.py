"""What an execution was given and what came of it, so that it can be run again to the same result.

A record holds everything that reaches a handler: its arguments, the state it may read, the seed of
its random numbers, and for each segment the clock, what others changed, and the answers of
extensions. Beside each stands what the handler did then. It says as much as the state itself does,
answers of extensions included: whoever keeps records protects them as they protect the state.
Running one again is ``nexus_core.replaying``'s business.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticSerializationError

from nexus_core.errors import NexusError
from nexus_core.sandbox import Event, Job, Limits, Log, Reply, Request, Segment, ViewCommand
from nexus_core.sandbox.capabilities import readable, visible_ops
from nexus_protocol import ExecutionError, Grant, Json, Model, PatchOp
from nexus_protocol._model import Maybe
from nexus_protocol.strict_json import JsonError, decode

VERSION: Final = 1
RECORD_BYTES: Final = 256 * 1024
"""A length of records, as JSON, that is kept without being noticed."""

_LONGEST: Final = 64 * 1024 * 1024
_UNREADABLE: Final = "what it was given cannot be read back"


class RecordError(NexusError):
    """Raised when a record cannot be read, or cannot be run again."""


class Told(Model):
    """What a handler did in one segment."""

    status: Literal["done", "waiting", "failed"]
    ops: tuple[PatchOp, ...] = ()
    events: tuple[Event, ...] = ()
    view: tuple[ViewCommand, ...] = ()
    logs: tuple[Log, ...] = ()
    requests: tuple[Request, ...] = ()
    value: Json = None
    error: Maybe[ExecutionError] = None

    @classmethod
    def of(cls, segment: Segment) -> Self:
        """Return what a segment of the sandbox did; what it used is left out."""
        return cls.model_construct(
            status=segment.status,
            ops=segment.ops,
            events=segment.events,
            view=segment.view,
            logs=segment.logs,
            requests=segment.requests,
            value=segment.value,
            error=segment.error,
        )


class RecordedSegment(Model):
    """What one segment was given, and what it did."""

    now: float
    """Its clock, seconds since the epoch."""
    foreign: tuple[PatchOp, ...] = ()
    """What others had committed, as far as the handler may see it."""
    answers: tuple[Reply, ...] = ()
    """The answers of extensions, in the order in which the handler got them."""
    told: Maybe[Told] = None
    """Absent when it was ended from outside before it told anything."""
    compute_ms: float = 0.0
    """What the execution had computed by its end."""


class Record(Model):
    """One execution, whole."""

    version: Literal[1] = VERSION
    id: str
    panel_id: str
    tool: str
    """The tool, or the event of a lifecycle."""
    lifecycle: bool = False
    source_hash: str
    """SHA-256 of the panel's source."""
    source: Maybe[str] = None
    """Absent where whoever keeps the record keeps the source, too."""
    not_kept: Maybe[str] = None
    """Why the record holds nothing to run again."""
    args: dict[str, Json] = Field(default_factory=dict)
    state: dict[str, Json] = Field(default_factory=dict)
    """What of the state the handler may read, as it was when the execution began."""
    hidden: tuple[str, ...] = ()
    """The names of the rest of the state."""
    grant: tuple[str, ...] = ()
    limits: Limits = Limits()
    seed: str = Field(default="0" * 32, pattern=r"^[0-9a-f]{32}$")
    """Of its random numbers, in hexadecimal digits."""
    segments: tuple[RecordedSegment, ...] = ()
    ended: Maybe[ExecutionError] = None
    """What ended the execution from outside: it was cancelled, or its time was over."""
    rev: int = 0
    """The panel's revision after it."""
    duration_ms: float = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        Grant.of(self.grant)
        for each in self.segments[:-1]:
            if each.told is None or each.told.status != "waiting":
                raise ValueError("a segment that did not wait is followed by another")
        return self

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Read a record.

        Raises:
            RecordError: it is none, or one of another version.
        """
        try:
            return cls.model_validate(decode(data, max_bytes=_LONGEST))
        except (JsonError, ValidationError) as error:
            raise RecordError(f"this is no record of an execution: {_brief(error)}") from None

    def without(self, reason: str) -> Self:
        """Return what is left of it when its content is not kept."""
        empty: dict[str, object] = {
            "args": {},
            "state": {},
            "hidden": (),
            "segments": (),
            "source": None,
        }
        return self.model_copy(update={**empty, "not_kept": reason})

    def to_text(self, most: int = _LONGEST) -> str:
        """Return it as JSON; one longer than ``most`` bytes is without its content."""
        try:
            text = self.to_json()
        except (PydanticSerializationError, ValueError):
            return self.without("what it was given is not JSON").to_json()
        return self.without(_too_long(most)).to_json() if len(text) > most else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Whose execution is recorded, and what it begins with."""

    id: str
    panel_id: str
    tool: str
    lifecycle: bool
    source_hash: str
    job: Job


@dataclass(slots=True)
class _Turn:
    """One segment as it happens."""

    now: float
    foreign: Sequence[PatchOp] = ()
    answers: Sequence[Reply] = ()
    segment: Segment | None = None


class Recording:
    """The record of an execution under way. Until somebody asks for it nothing is copied."""

    def __init__(self, before: Beginning | Record, most: int, source: str | None) -> None:
        """Begin to record, or go on with the record of an execution that was put away.

        Args:
            before: What there is so far.
            most: Bytes of JSON; a record that would be longer says so and holds nothing else.
            source: The panel's source, if it is the one that runs.
        """
        self._before = before
        self._packed: bytes | None = None
        """What there was when it was put away last, in place of what it refers to."""
        self._most = most
        self._source = source
        self._turns = [_Turn(before.job.now)] if isinstance(before, Beginning) else []

    def resumed(self, now: float, foreign: Sequence[PatchOp], answers: Sequence[Reply]) -> None:
        """Note what a later segment is given."""
        self._turns.append(_Turn(now, foreign, answers))

    def came(self, segment: Segment) -> None:
        """Note what the present segment did."""
        self._turns[-1].segment = segment

    def put_away(self) -> str:
        """Return the record so far as JSON, without the source.

        From then on it takes no more memory than that, packed: many executions may wait.
        """
        record = self._so_far()
        text = record.to_text(self._most)
        self._packed = zlib.compress(text.encode(), 1)
        self._before, self._turns = record.without(_UNREADABLE), []
        return text

    def ended(self, error: ExecutionError | None, rev: int, duration_ms: float) -> Record:
        """Return the record of an execution that has come to its end."""
        record = self._so_far()
        told = record.segments[-1].told if record.segments else None
        by_itself = error is None or record.not_kept is not None or (told and told.error) == error
        update = {
            "source": self._source,
            "ended": None if by_itself else error,
            "rev": rev,
            "duration_ms": duration_ms,
        }
        return record.model_copy(update=update)

    def _so_far(self) -> Record:
        record = self._first()
        if record.not_kept is not None:
            return record
        if self.given_bytes > self._most:
            return record.without(_too_long(self._most))
        # Only what others changed has to be looked through with it.
        foreign = any(each.foreign for each in self._turns)
        grant = Grant.of(record.grant) if foreign else Grant()
        segments = (*record.segments, *(_recorded(each, grant) for each in self._turns))
        return record.model_copy(update={"segments": segments})

    def _first(self) -> Record:
        """Return the record without what happened since it began, or was put away."""
        if isinstance(self._before, Beginning):
            return _begun(self._before)
        if self._packed is None:
            return self._before
        try:
            return Record.from_json(zlib.decompress(self._packed))
        except RecordError:
            return self._before

    @property
    def given_bytes(self) -> int:
        """What the execution began with, as far as it is known; its record is about as long."""
        segment = self._turns[0].segment if self._turns else None
        return segment.metrics.given_bytes if segment is not None else 0


def _begun(beginning: Beginning) -> Record:
    """Return a record without segments. Nothing is left to defaults: those are copied each time."""
    job = beginning.job
    seen = readable(job.grant, job.state)
    return Record.model_construct(
        version=VERSION,
        id=beginning.id,
        panel_id=beginning.panel_id,
        tool=beginning.tool,
        lifecycle=beginning.lifecycle,
        source_hash=beginning.source_hash,
        source=None,
        not_kept=None,
        args=dict(job.args),
        state={name: job.state[name] for name in job.state if name in seen},
        hidden=tuple(name for name in job.state if name not in seen),
        grant=tuple(map(str, job.grant)),
        limits=job.limits,
        seed=job.seed.hex(),
        segments=(),
        ended=None,
        rev=0,
        duration_ms=0.0,
    )


def _recorded(turn: _Turn, grant: Grant) -> RecordedSegment:
    segment = turn.segment
    return RecordedSegment.model_construct(
        now=turn.now,
        foreign=tuple(visible_ops(grant, turn.foreign)),
        answers=tuple(turn.answers),
        told=Told.of(segment) if segment is not None else None,
        compute_ms=segment.metrics.compute_ms if segment is not None else 0.0,
    )


def _too_long(most: int) -> str:
    return f"the record would be longer than {most} bytes"


def _brief(error: JsonError | ValidationError) -> str:
    if isinstance(error, JsonError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


__all__ = [
    "RECORD_BYTES",
    "Beginning",
    "Record",
    "RecordError",
    "RecordedSegment",
    "Recording",
    "Told",
]
