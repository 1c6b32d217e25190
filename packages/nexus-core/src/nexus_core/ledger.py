"""The one owner of a panel's state.

The ledger holds the state and its revision, hands out turns, and commits: a change is in the
journal before the state moves, and the state has moved before anybody hears of it. What the
operations mean, and who may write what, is settled before they come here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from nexus_core.changes import apply_ops
from nexus_core.journal import Journal
from nexus_core.notices import Notice
from nexus_core.suspension import Note
from nexus_protocol import Change, Json, PatchOp
from nexus_protocol.patches import Cause

Listener = Callable[[Notice], None]


class _Link:
    """A change in the chain that followers walk; what all have passed falls off by itself."""

    __slots__ = ("change", "next")

    def __init__(self, change: Change | None = None) -> None:
        self.change = change
        self.next: _Link | None = None


class Ledger:
    """State, revision, journal and listeners of one panel."""

    def __init__(self, state: Mapping[str, Json], rev: int, journal: Journal) -> None:
        self.state = dict(state)
        self.rev = rev
        self.turn = asyncio.Lock()
        """Held by whoever reads the state in order to commit: a segment, a write, a reload."""
        self.journal = journal
        self._newest = _Link()
        self._listeners: list[Listener] = []

    async def commit(self, ops: Iterable[PatchOp], cause: Cause, note: Note | None = None) -> None:
        """Make operations the next change, and keep a note with it. Needs the turn.

        Without operations there is no change; the note is kept all the same.

        Raises:
            PatchConflictError: an operation does not fit; then nothing was committed.
            SuspensionRefusedError: the note would be one too many; then nothing was committed.
        """
        ops = tuple(ops)
        if not ops:
            if note is not None:
                await self.journal.note(note)
            return
        state = apply_ops(self.state, ops)
        change = Change(rev=self.rev + 1, base_rev=self.rev, ops=ops, cause=cause, at=time.time())
        # Once the journal has a change, the state must follow it, and before the turn is given up:
        # else the next one would commit the same revision.
        appending = asyncio.ensure_future(self._append(change, state, note))
        try:
            await asyncio.shield(appending)
        except asyncio.CancelledError:
            await asyncio.wait((appending,))
            raise

    async def _append(self, change: Change, state: dict[str, Json], note: Note | None) -> None:
        await self.journal.append(change, state, note)
        self.state, self.rev = state, change.rev
        link = self._newest.next = _Link(change)
        self._newest = link
        self.notify(change)

    def notify(self, notice: Notice) -> None:
        """Tell every listener, in the order they came."""
        for listener in tuple(self._listeners):
            listener(notice)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every notice from now on; returns how to stop it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def following(self, cause: Cause) -> Callable[[], tuple[PatchOp, ...]]:
        """Return a function that takes the operations others commit, from now or its last call."""
        at = self._newest

        def take() -> tuple[PatchOp, ...]:
            nonlocal at
            taken: list[PatchOp] = []
            while (link := at.next) is not None:
                at = link
                if link.change is not None and link.change.cause is not cause:
                    taken.extend(link.change.ops)
            return tuple(taken)

        return take

    async def changes(self) -> AsyncIterator[Change]:
        """Follow the changes from now on."""
        queue: asyncio.Queue[Change] = asyncio.Queue()

        def put(notice: Notice) -> None:
            if isinstance(notice, Change):
                queue.put_nowait(notice)

        stop = self.listen(put)
        try:
            while True:
                yield await queue.get()
        finally:
            stop()
