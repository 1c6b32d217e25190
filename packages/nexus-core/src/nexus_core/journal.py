"""Where a panel keeps what must outlive the process: its changes, and its executions that wait."""

from collections.abc import Mapping, Sequence
from typing import Protocol, assert_never

from nexus_core.suspension import CallAnswered, CallsMade, Ended, Note, Suspended
from nexus_protocol import Change, Json


class Journal(Protocol):
    """A panel's durable memory."""

    async def append(
        self, change: Change, state: Mapping[str, Json], note: Note | None = None
    ) -> None:
        """Keep a change for good before it is acknowledged, and the note in the same step.

        ``state`` is the state after it. What is kept of a change is kept of its note: otherwise
        an execution could do a second time what it had done.

        Raises:
            SuspensionRefusedError: the note would be one too many; nothing was kept.
        """
        ...

    async def note(self, note: Note) -> None:
        """Keep a note for good. Raises as ``append`` does."""
        ...

    async def changes_after(self, rev: int) -> Sequence[Change] | None:
        """Return the changes since a revision, or None where they are too many or forgotten."""
        ...


class MemoryJournal:
    """A journal in memory: what a headless panel uses, and the tests."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.suspended: dict[str, Suspended] = {}

    async def append(
        self, change: Change, state: Mapping[str, Json], note: Note | None = None
    ) -> None:
        """Keep a change until the process ends."""
        self.changes.append(change)
        if note is not None:
            await self.note(note)

    async def note(self, note: Note) -> None:
        """Keep what is known of an execution that waits."""
        match note:
            case Suspended():
                self.suspended[note.id] = note
            case CallsMade() | CallAnswered():
                self.suspended[note.id] = self.suspended[note.id].after(note)
            case Ended(execution=execution):
                self.suspended.pop(execution.id, None)
            case _:
                assert_never(note)

    async def changes_after(self, rev: int) -> Sequence[Change] | None:
        """Return the changes since a revision."""
        return [change for change in self.changes if change.rev > rev]


__all__ = ["Journal", "MemoryJournal"]
