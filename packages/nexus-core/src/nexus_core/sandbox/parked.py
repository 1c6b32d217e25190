"""An execution that was put away: all that is needed to go on with it, here or in another process.

As bytes it is a header, a description in JSON, the image of the guest's memory, and a hash over
all three. The hash finds damage; it does not prove who wrote it. Going on with an image means to
run with whatever stands in that memory, so images are read from this program's own store and
never from a client.
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from nexus_core.errors import NexusError
from nexus_core.sandbox.limits import Limits
from nexus_core.sandbox.model import Job, Metrics, ToolSource
from nexus_core.sandbox.traces import Origin
from nexus_protocol.capabilities import Grant

VERSION = 1
_MAGIC = b"NXPK"
_HEAD = struct.Struct("<4sHHII")
_HASH_BYTES = 32

Reason: TypeAlias = Literal["damaged", "version", "engine", "lost"]


class ParkedError(NexusError):
    """Raised when an execution that was put away cannot go on here; ``reason`` says why."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason: Reason = reason
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What an execution has told and asked for so far, counted for its limits."""

    asked: frozenset[int] = frozenset()
    """The numbers of all calls it ever asked for."""
    open: frozenset[int] = frozenset()
    """Those that it waits for."""
    logs: int = 0
    log_bytes: int = 0
    ops: int = 0
    events: int = 0
    view: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """An execution that waits, without an instance."""

    engine: str
    """Hash of the engine: only with the same one do the image's addresses mean anything."""
    job: Job
    """Without state, arguments and code: the guest has them."""
    origins: Mapping[str, Origin]
    """Where its code stands in the source, for stack traces."""
    used: Used
    computed_seconds: float
    cpu_seconds: float
    metrics: Metrics
    at: float
    """When it was put away, seconds since the epoch."""
    image: bytes
    """How its memory differs from the snapshot; see ``images``."""

    def to_bytes(self) -> bytes:
        """Return it as bytes that ``from_bytes`` reads."""
        told = json.dumps(_described(self), ensure_ascii=False, separators=(",", ":")).encode()
        head = _HEAD.pack(_MAGIC, VERSION, 0, len(told), len(self.image))
        body = b"".join((head, told, self.image))
        return body + hashlib.sha256(body).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Parked":
        """Read what ``to_bytes`` wrote.

        Raises:
            ParkedError: it is damaged, or of another version.
        """
        if len(data) < _HEAD.size + _HASH_BYTES:
            raise ParkedError("damaged", "the image ends early")
        magic, version, _, told, image = _HEAD.unpack_from(data)
        if magic != _MAGIC:
            raise ParkedError("damaged", "this is no image of an execution")
        if version != VERSION:
            raise ParkedError("version", f"the image is of version {version}, not {VERSION}")
        body, digest = data[:-_HASH_BYTES], data[-_HASH_BYTES:]
        if len(body) != _HEAD.size + told + image or hashlib.sha256(body).digest() != digest:
            raise ParkedError("damaged", "the image is not as it was written")
        middle = _HEAD.size + told
        try:
            return _read(json.loads(body[_HEAD.size : middle]), body[middle:])
        except (KeyError, TypeError, ValueError) as error:
            # It is as it was written, but by a program that knew of other things.
            raise ParkedError("version", f"the image tells something else: {error}") from None


def _described(parked: Parked) -> dict[str, Any]:
    job = parked.job
    return {
        "engine": parked.engine,
        "tool": [job.tool.name, job.tool.line, job.tool.column],
        "computed": sorted(job.computed),
        "aliases": sorted(job.aliases),
        "grant": [str(capability) for capability in job.grant],
        "limits": asdict(job.limits),
        "origins": {name: [o.line, o.column, o.prefix] for name, o in parked.origins.items()},
        "used": {
            **asdict(parked.used),
            "asked": sorted(parked.used.asked),
            "open": sorted(parked.used.open),
        },
        "computed_seconds": parked.computed_seconds,
        "cpu_seconds": parked.cpu_seconds,
        "metrics": asdict(parked.metrics),
        "at": parked.at,
    }


def _read(told: dict[str, Any], image: bytes) -> Parked:
    name, line, column = told["tool"]
    job = Job(
        tool=ToolSource(name=name, code="", line=line, column=column),
        computed=dict.fromkeys(told["computed"], ""),
        aliases=frozenset(told["aliases"]),
        grant=Grant.of(told["grant"]),
        limits=Limits(**told["limits"]),
    )
    used = told["used"]
    return Parked(
        engine=told["engine"],
        job=job,
        origins={
            name: Origin(line=line, column=column, prefix=prefix)
            for name, (line, column, prefix) in told["origins"].items()
        },
        used=Used(**used | {"asked": frozenset(used["asked"]), "open": frozenset(used["open"])}),
        computed_seconds=told["computed_seconds"],
        cpu_seconds=told["cpu_seconds"],
        metrics=Metrics(**told["metrics"]),
        at=told["at"],
        image=image,
    )
