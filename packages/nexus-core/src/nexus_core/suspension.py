"""What is kept of an execution that waits, so that it can go on after the end of its process.

``Suspended`` is all of it at one suspension. What happens to its calls until the next one is told
by smaller notes. They say enough for a call never to be made twice unless its extension says that
it may be: a call that may not is noted before it is made, and its answer before it is used.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from pydantic import TypeAdapter

from nexus_core.errors import NexusError
from nexus_core.notices import Emitted, Execution, Logged
from nexus_core.sandbox import Parked, ParkedError, Reply, Request, Segment, ViewCommand
from nexus_protocol import PatchOp
from nexus_protocol.patches import Cause

_HEAD = struct.Struct("<I")


class SuspensionRefusedError(NexusError):
    """Raised when a journal keeps no more executions that wait, or none of this size."""


class InterruptedExecutionError(NexusError):
    """Raised where an execution was awaited that goes on when its panel starts again."""

    def __init__(self) -> None:
        super().__init__("the panel stopped while this waited; it goes on when the panel starts")


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCall:
    """A call of an extension that an execution waits for."""

    request: Request
    extension: str
    """The extension's own name, whatever the panel calls it."""
    asked: float
    """When the handler asked for it, seconds since the epoch."""
    made: bool = False
    """Whether it was made, or was about to be."""
    reply: Reply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an execution has done so far."""

    patches: tuple[PatchOp, ...] = ()
    events: tuple[Emitted, ...] = ()
    view: tuple[ViewCommand, ...] = ()
    logs: tuple[Logged, ...] = ()

    @classmethod
    def of(cls, segment: Segment, execution_id: str) -> "Account":
        """Return what one segment did."""
        return cls(
            patches=segment.ops,
            events=tuple(Emitted(each.name, each.payload, execution_id) for each in segment.events),
            view=segment.view,
            logs=tuple(Logged(each.level, each.message, execution_id) for each in segment.logs),
        )

    def __add__(self, other: "Account") -> "Account":
        return Account(
            patches=self.patches + other.patches,
            events=self.events + other.events,
            view=self.view + other.view,
            logs=self.logs + other.logs,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """An execution that waits, whole."""

    id: str
    tool: str
    cause: Cause
    source_hash: str
    """Of the source that its panel ran when it was put away."""
    aliases: Mapping[str, str]
    """The extensions it may call: the names that the panel gave them, and their own."""
    began: float
    """Seconds since the epoch."""
    rev: int
    """The revision of the state that its guest knows."""
    calls: tuple[PendingCall, ...]
    account: Account = field(default_factory=Account)
    record: str | None = None
    """Its record so far, as ``nexus_core.recording`` writes it, where the panel records."""
    parked: Parked

    def to_bytes(self) -> bytes:
        """Return it as bytes that ``from_bytes`` reads; like ``Parked``, for our own store only."""
        told = zlib.compress(_STORED.dump_json(_Stored.of(self)), 1)
        return b"".join((_HEAD.pack(len(told)), told, self.parked.to_bytes()))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Suspended":
        """Read what ``to_bytes`` wrote.

        Raises:
            ParkedError: the image is damaged or of another version.
        """
        try:
            (length,) = _HEAD.unpack_from(data)
            middle = _HEAD.size + length
            stored = _STORED.validate_json(zlib.decompress(data[_HEAD.size : middle]))
        except (struct.error, zlib.error, ValueError) as error:
            raise ParkedError("damaged", f"what is kept cannot be read: {error}") from None
        return stored.around(Parked.from_bytes(data[middle:]))

    def after(self, note: "CallsMade | CallAnswered") -> "Suspended":
        """Return it with what became of its calls."""
        return replace(self, calls=tuple(_after(call, note) for call in self.calls))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What ``Suspended`` keeps beside the image."""

    id: str
    tool: str
    cause: Cause
    source_hash: str
    aliases: dict[str, str]
    began: float
    rev: int
    calls: tuple[PendingCall, ...]
    account: Account
    record: str | None = None

    @classmethod
    def of(cls, each: Suspended) -> "_Stored":
        return cls(
            id=each.id,
            tool=each.tool,
            cause=each.cause,
            source_hash=each.source_hash,
            aliases=dict(each.aliases),
            began=each.began,
            rev=each.rev,
            calls=each.calls,
            account=each.account,
            record=each.record,
        )

    def around(self, parked: Parked) -> Suspended:
        return Suspended(
            id=self.id,
            tool=self.tool,
            cause=self.cause,
            source_hash=self.source_hash,
            aliases=self.aliases,
            began=self.began,
            rev=self.rev,
            calls=self.calls,
            account=self.account,
            record=self.record,
            parked=parked,
        )


_STORED: TypeAdapter[_Stored] = TypeAdapter(_Stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsMade:
    """Calls that may not be repeated are about to be made."""

    id: str
    """The execution's."""
    calls: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """A call that may not be repeated has its answer."""

    id: str
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An execution has come to its end."""

    execution: Execution
    lifecycle: bool = False
    """Whether it was a handler of the panel's life."""
    waited: bool = False
    """Whether it is kept as one that waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """An execution emitted events; what is to run because of them is not to be lost either."""

    events: tuple[Emitted, ...]


Note: TypeAlias = Suspended | CallsMade | CallAnswered | Ended | Announced


def _after(call: PendingCall, note: CallsMade | CallAnswered) -> PendingCall:
    match note:
        case CallsMade(calls=calls):
            return replace(call, made=True) if call.request.id in calls else call
        case CallAnswered(reply=reply):
            return replace(call, reply=reply) if call.request.id == reply.id else call
        case _:
            assert_never(note)


__all__ = [
    "Account",
    "Announced",
    "CallAnswered",
    "CallsMade",
    "Ended",
    "InterruptedExecutionError",
    "Note",
    "PendingCall",
    "Suspended",
    "SuspensionRefusedError",
]
