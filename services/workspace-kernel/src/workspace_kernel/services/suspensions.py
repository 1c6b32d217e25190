"""Executions that wait, between the panel that runs them and the tables that keep them.

What they consist of is ``nexus_core.suspension``'s business. This module says how many a workspace
may have, how they are written, and how they are read again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from pydantic import TypeAdapter

from nexus_core.sandbox import Reply
from nexus_core.suspension import (
    CallAnswered,
    CallsMade,
    Suspended,
    SuspensionRefusedError,
)
from workspace_kernel.db import executions as stored
from workspace_kernel.db.executions import KeptExecution
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Write

_REPLY: Final = TypeAdapter(Reply)
_LARGE: Final = 256 * 1024
"""Bytes that are hashed and packed away from the event loop."""


class Allowance:
    """How many executions of each workspace wait, and how much they take, within bounds."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._sizes: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        self._bytes: defaultdict[str, int] = defaultdict(int)

    def __len__(self) -> int:
        return sum(map(len, self._sizes.values()))

    def load(self, kept: Iterable[tuple[PanelKey, str, int]]) -> None:
        """Count what an earlier kernel left, whatever the bounds are now."""
        for key, request_id, size in kept:
            self._count(key, request_id, size)

    def take(self, key: PanelKey, request_id: str, size: int) -> None:
        """Count an execution, in the place of an earlier suspension of it.

        Raises:
            SuspensionRefusedError: it is one too many, or too large; it is not counted then.
        """
        sizes = self._sizes[key.workspace]
        before = sizes.get((key.panel, request_id))
        if before is None and len(sizes) >= self._most:
            raise SuspensionRefusedError(
                f"more than {self._most} executions of the workspace wait; see max_suspended"
            )
        if self._bytes[key.workspace] + size - (before or 0) > self._most_bytes:
            raise SuspensionRefusedError(
                f"the executions of the workspace that wait take more than {self._most_bytes} "
                "bytes; see max_suspended_bytes"
            )
        self._count(key, request_id, size)

    def give(self, key: PanelKey, request_id: str) -> None:
        """Count an execution no more."""
        size = self._sizes[key.workspace].pop((key.panel, request_id), 0)
        self._bytes[key.workspace] -= size

    def forget(self, key: PanelKey) -> None:
        """Count those of a panel no more: it was deleted."""
        of_panel = [name for panel, name in self._sizes[key.workspace] if panel == key.panel]
        for request_id in of_panel:
            self.give(key, request_id)

    def _count(self, key: PanelKey, request_id: str, size: int) -> None:
        self.give(key, request_id)
        self._sizes[key.workspace][key.panel, request_id] = size
        self._bytes[key.workspace] += size


async def writes(
    key: PanelKey, note: Suspended | CallsMade | CallAnswered, allowance: Allowance
) -> Sequence[Write]:
    """Return what a note of an execution that waits writes.

    Raises:
        SuspensionRefusedError: it would be one too many.
    """
    match note:
        case Suspended():
            large = len(note.parked.image) > _LARGE
            image = await asyncio.to_thread(note.to_bytes) if large else note.to_bytes()
            allowance.take(key, note.id, len(image))
            return stored.keep_execution(key, note.id, image)
        case CallsMade(calls=calls):
            return [w for c in calls for w in stored.keep_call(key, note.id, c, None)]
        case CallAnswered(reply=reply):
            told = _REPLY.dump_json(reply).decode()
            return stored.keep_call(key, note.id, reply.id, told)
        case _:
            assert_never(note)


def forget(key: PanelKey, request_id: str, allowance: Allowance) -> Sequence[Write]:
    """Return what removes an execution that waits no more."""
    allowance.give(key, request_id)
    return stored.forget_execution(key, request_id)


def read(kept: KeptExecution) -> Suspended:
    """Return an execution as it is to go on.

    Raises:
        ParkedError: the image is damaged, or of another version.
    """
    suspended = Suspended.from_bytes(kept.image)
    made = tuple(kept.calls)
    suspended = suspended.after(CallsMade(id=suspended.id, calls=made))
    for reply in kept.calls.values():
        if reply is not None:
            answered = CallAnswered(id=suspended.id, reply=_REPLY.validate_json(reply))
            suspended = suspended.after(answered)
    return suspended


__all__ = ["Allowance", "forget", "read", "writes"]
