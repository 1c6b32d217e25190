"""What is stored of a panel's executions: that one began, what it came to, and its record.

The end of an execution is written once: in the transaction of its last change, for which the
journal asks here, or by itself when that changed nothing. So where a change is, its execution is
not one that was cut off. How an execution runs is the business of ``running``.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from nexus_core.suspension import Ended
from nexus_protocol.strict_json import encode
from workspace_kernel.db import executions as stored
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.resources import ExecutionRecord
from workspace_kernel.services.records import Records


@dataclass(slots=True)
class _Begun:
    asks: str
    """JSON: tool and arguments."""
    at: float
    has_row: bool


class Executions:
    """The executions of one panel, as they are stored."""

    def __init__(self, key: PanelKey, database: Database, records: Records) -> None:
        self._key = key
        self._database = database
        self._records = records
        self._begun: dict[str, _Begun] = {}
        self._written: dict[str, ExecutionRecord] = {}
        """What some came to that were stored with their last change."""

    @contextmanager
    def begun(self, request_id: str, asks: str, *, has_row: bool = False) -> Generator[None]:
        """Know of an execution meanwhile; ``has_row`` when it was stored that it began."""
        self._begun[request_id] = _Begun(asks, time.time(), has_row)
        try:
            yield
        finally:
            del self._begun[request_id]
            self._written.pop(request_id, None)

    async def claim(self, request_id: str) -> None:
        """Store that an execution begins: it is not begun again, whatever becomes of it."""
        begun = self._begun[request_id]
        await self._database.write(
            stored.add_execution(self._key, request_id, begun.asks, begun.at, None)
        )
        begun.has_row = True

    async def writes(self, ended: Ended) -> tuple[Write, ...]:
        """Return what stores the end of an execution, to be committed with its last change."""
        result = ExecutionRecord.of(ended.execution)
        record = await self._records.writes(self._key, ended.execution)
        writes = (self._row(result, lifecycle=ended.lifecycle), *record)
        self._written[result.id] = result
        return writes

    async def ended(self, ended: Ended) -> ExecutionRecord:
        """Store the end of an execution unless that was done with its last change."""
        result = self._written.pop(ended.execution.id, None)
        if result is None:
            await self._database.write(*await self.writes(ended))
            result = self._written.pop(ended.execution.id)
        return result

    async def refused(self, result: ExecutionRecord) -> ExecutionRecord:
        """Store what became of an execution that was not to run."""
        await self._database.write(self._row(result))
        return result

    def _row(self, result: ExecutionRecord, *, lifecycle: bool = False) -> Write:
        if lifecycle:
            spent = result.metrics.duration_ms / 1000 if result.metrics else 0.0
            asks = encode({"tool": result.tool, "args": {}, "lifecycle": True})
            return stored.add_execution(self._key, result.id, asks, time.time() - spent, result)
        begun = self._begun[result.id]
        if begun.has_row:
            return stored.finish_execution(self._key, result.id, result)
        return stored.add_execution(self._key, result.id, begun.asks, begun.at, result)


__all__ = ["Executions"]
