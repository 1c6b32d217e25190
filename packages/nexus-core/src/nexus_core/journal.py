"""Where a panel keeps what must outlive the process: its changes, and its executions that wait."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, Protocol, assert_never

from nexus_core.suspension import (
    Announced,
    CallAnswered,
    CallsMade,
    Ended,
    Note,
    Suspended,
)
from nexus_protocol import Change, Json

REMEMBERED: Final = 1000
"""Changes that a journal in memory keeps."""


class Journal(Protocol):
    """A panel's durable memory."""

    async def append(
        self, change: Change, state: Mapping[str, Json], notes: Sequence[Note] = ()
    ) -> None:
        """Keep a change for good before it is acknowledged, and the notes in the same step.

        ``state`` is the state after it. What is kept of a change is kept of its notes: otherwise
        an execution could do a second time what it had done. The last change of an execution
        comes with its end.

        Raises:
            SuspensionRefusedError: a note would be one too many; nothing was kept.
        """
        ...

    async def note(self, *notes: Note) -> None:
        """Keep notes for good, in one step. Raises as ``append`` does."""
        ...

    async def changes_after(self, rev: int) -> Sequence[Change] | None:
        """Return the changes since a revision, or None where they are too many or forgotten."""
        ...

    async def latest(self, count: int) -> Sequence[Change]:
        """Return the newest changes, at most ``count`` and what is not forgotten, oldest first."""
        ...

    async def state_at(self, rev: int) -> Mapping[str, Json] | None:
        """Return the state at a revision, or None where it is forgotten."""
        ...


class MemoryJournal:
    """A journal in memory: what a headless panel uses, and the tests.

    It forgets all but its newest changes; states share what did not change between them.

    Args:
        remembered: How many changes are kept.
    """

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        self.changes: deque[Change] = deque(maxlen=remembered)
        self.suspended: dict[str, Suspended] = {}
        self._states: deque[tuple[int, Mapping[str, Json]]] = deque(maxlen=remembered + 1)

    async def append(
        self, change: Change, state: Mapping[str, Json], notes: Sequence[Note] = ()
    ) -> None:
        """Keep a change until the process ends."""
        self.changes.append(change)
        self._states.append((change.rev, state))
        if notes:
            await self.note(*notes)

    async def note(self, *notes: Note) -> None:
        """Keep what is known of executions that wait."""
        for note in notes:
            match note:
                case Suspended():
                    self.suspended[note.id] = note
                case CallsMade() | CallAnswered():
                    self.suspended[note.id] = self.suspended[note.id].after(note)
                case Ended(execution=execution):
                    self.suspended.pop(execution.id, None)
                case Announced():
                    pass
                case _:
                    assert_never(note)

    async def changes_after(self, rev: int) -> Sequence[Change] | None:
        """Return the changes since a revision, or None where some are forgotten."""
        found = [change for change in self.changes if change.rev > rev]
        forgotten = bool(self.changes) and self.changes[0].base_rev > rev
        return None if forgotten else found

    async def latest(self, count: int) -> Sequence[Change]:
        """Return the newest changes, oldest first."""
        return list(islice(self.changes, max(len(self.changes) - count, 0), None))

    async def state_at(self, rev: int) -> Mapping[str, Json] | None:
        """Return the state at a revision, or None where it is forgotten."""
        return next((state for at, state in reversed(self._states) if at == rev), None)


__all__ = ["REMEMBERED", "Journal", "MemoryJournal"]
