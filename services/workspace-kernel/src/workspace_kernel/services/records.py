"""What runs executions again: packed, kept within bounds, and run.

A record is written in the transaction that stores an execution's result. The oldest of a workspace
go when there are too many, when they take too much, and when they are too old. What a record
consists of is ``nexus_core.recording``'s business. The source is not in it: it lives in git.
"""

import asyncio
import contextlib
import hashlib
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from nexus_core import Execution, Sandbox
from nexus_core.recording import Record, RecordError
from nexus_core.replaying import Replayed, replay
from nexus_protocol import ErrorCode
from workspace_kernel.db import executions as stored
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError

_LARGE: Final = 32 * 1024
"""Bytes of a record that is packed away from the event loop."""
_SWEEP_SECONDS: Final = 600.0
_SLACK: Final = 16
"""A sixteenth of what may be kept is written between two sweeps."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept for each workspace."""

    record_bytes: int
    """Of one record, as JSON; 0 keeps none."""
    records: int
    total_bytes: int
    """Of all records, packed."""
    seconds: float
    """How long one is kept."""


class Records:
    """The records of a kernel's executions."""

    def __init__(self, database: Database, sandbox: Sandbox, bounds: Bounds) -> None:
        self.bounds = bounds
        self._database = database
        self._sandbox = sandbox
        self._written = 0
        self._written_bytes = 0
        self._due = asyncio.Event()

    async def writes(self, key: PanelKey, execution: Execution) -> tuple[Write, ...]:
        """Return what keeps the record of an execution that has ended."""
        recording = execution.recording
        if recording is None:
            return ()
        pack = partial(_packed, execution, self.bounds.record_bytes)
        large = recording.given_bytes > _LARGE
        content = await asyncio.to_thread(pack) if large else pack()
        self._count(len(content))
        return (stored.keep_record(key, execution.id, time.time(), content),)

    async def read(self, key: PanelKey, request_id: str) -> Record:
        """Return the record of an execution, without the source.

        Raises:
            KernelError: NOT_FOUND.

        """
        content = await self._database.read(
            partial(stored.record_of, key=key, request_id=request_id)
        )
        if content is None:
            raise KernelError(
                ErrorCode.NOT_FOUND,
                f"There is no record of an execution {request_id[:64]!r}: it runs, or was not "
                "recorded, or its record is gone with age.",
            )
        return await asyncio.to_thread(_unpacked, content)

    async def replay(self, record: Record, source: str | None) -> Replayed:
        """Run an execution again, with another source if one is given.

        Raises:
            KernelError: CONFLICT, it cannot run again.
            InvalidPanelError: the source has errors.
            PanelError: the source has no such tool.

        """
        try:
            return await replay(record, source, sandbox=self._sandbox)
        except RecordError as error:
            raise KernelError(ErrorCode.CONFLICT, f"{error}.") from None

    # ---- bounds

    async def keep_bounded(self) -> None:
        """Sweep whenever much was written, and from time to time."""
        while True:
            await self.sweep()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SWEEP_SECONDS):
                    await self._due.wait()

    async def sweep(self) -> None:
        """Remove what is beyond the bounds, the oldest first."""
        self._due.clear()
        self._written = self._written_bytes = 0
        oldest = time.time() - self.bounds.seconds
        for workspace in await self._database.read(stored.recorded_workspaces):
            last = await self._database.read(
                partial(
                    stored.last_surplus_record,
                    workspace=workspace,
                    most=self.bounds.records,
                    most_bytes=self.bounds.total_bytes,
                    oldest=oldest,
                )
            )
            if last is not None:
                await self._database.write(stored.forget_records(workspace, last))

    def _count(self, size: int) -> None:
        self._written += 1
        self._written_bytes += size
        if (
            self._written > self.bounds.records // _SLACK
            or self._written_bytes > self.bounds.total_bytes // _SLACK
        ):
            self._due.set()


def with_source(record: Record, versions: Iterable[Callable[[], str]]) -> Record:
    """Return a record with the source that ran, found among the versions of the panel's source."""
    for read in versions:
        source = read()
        if hashlib.sha256(source.encode()).hexdigest() == record.source_hash:
            return record.model_copy(update={"source": source})
    return record


def _packed(execution: Execution, most: int) -> bytes:
    record = execution.record
    if record is None:
        raise RuntimeError("an execution that was not recorded has no record")
    text = record.model_copy(update={"source": None}).to_text(most)
    return zlib.compress(text.encode(), 1)


def _unpacked(content: bytes) -> Record:
    try:
        return Record.from_json(zlib.decompress(content))
    except (zlib.error, RecordError) as error:
        raise KernelError(ErrorCode.CONFLICT, f"The record cannot be read: {error}.") from None


__all__ = ["Bounds", "Records", "with_source"]
