"""The one owner of a panel's state.

The ledger holds the state and its revision, hands out turns, and commits: a change is in the
journal before the state moves, and the state has moved before anybody hears of it. What the
operations mean, and who may write what, is settled before they come here.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from nexus_core.changes import apply_ops
from nexus_core.journal import Journal
from nexus_core.notices import Notice
from nexus_core.suspension import Note
from nexus_protocol import Change, Json, PatchOp
from nexus_protocol.patches import Cause, Replace

Listener = Callable[[Notice], None]


KEPT = 10_000
"""Changes that are remembered for those who follow; who is further behind gets the whole state."""

CARRIED = 500
"""Changes over which a pointer is carried that somebody read at an earlier revision."""

CARRIED_OPS = 10_000
"""Operations in them."""


class Follower:
    """One who is told, when it asks, what others have committed; ``Ledger.following`` makes it."""

    __slots__ = ("_cause", "_ledger", "_rev")

    def __init__(self, ledger: "Ledger", cause: Cause) -> None:
        self._ledger = ledger
        self._cause = cause
        self._rev = ledger.rev

    def take(self) -> tuple[PatchOp, ...]:
        """Return the operations that others committed since the last call."""
        missed, self._rev = self._ledger.since(self._rev), self._ledger.rev
        if missed is None:
            return (Replace(path="", value=self._ledger.state),)
        return tuple(
            op for change in missed if change.cause is not self._cause for op in change.ops
        )

    def close(self) -> None:
        """Follow no more."""
        self._ledger.unfollow(self)


class Ledger:
    """State, revision, journal and listeners of one panel."""

    def __init__(self, state: Mapping[str, Json], rev: int, journal: Journal) -> None:
        self.state = dict(state)
        self.rev = rev
        self._beginning = (rev, self.state)
        self.turn = asyncio.Lock()
        """Held by whoever reads the state in order to commit: a segment, a write, a reload."""
        self.journal = journal
        self._recent: deque[Change] = deque(maxlen=KEPT)
        self._followers: set[Follower] = set()
        self._listeners: list[Listener] = []

    async def commit(
        self, ops: Iterable[PatchOp], cause: Cause, notes: Sequence[Note] = ()
    ) -> None:
        """Make operations the next change, and keep notes with it. Needs the turn.

        Without operations there is no change; the notes are kept all the same.

        Raises:
            PatchConflictError: an operation does not fit; then nothing was committed.
            SuspensionRefusedError: a note would be one too many; then nothing was committed.
        """
        ops = tuple(ops)
        if not ops and not notes:
            return
        # Once the journal has a change, the state must follow it, and before the turn is given up:
        # else the next one would commit the same revision.
        keeping = asyncio.ensure_future(
            self._append(ops, cause, notes) if ops else self.journal.note(*notes)
        )
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            await asyncio.wait((keeping,))
            raise

    async def _append(self, ops: tuple[PatchOp, ...], cause: Cause, notes: Sequence[Note]) -> None:
        state = apply_ops(self.state, ops)
        change = Change(rev=self.rev + 1, base_rev=self.rev, ops=ops, cause=cause, at=time.time())
        await self.journal.append(change, state, notes)
        self.state, self.rev = state, change.rev
        if self._followers:
            self._recent.append(change)
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

    def following(self, cause: Cause) -> Follower:
        """Follow what others than ``cause`` commit from now on; close it in the end."""
        follower = Follower(self, cause)
        self._followers.add(follower)
        return follower

    def unfollow(self, follower: Follower) -> None:
        """Forget a follower, and the changes that only followers want."""
        self._followers.discard(follower)
        if not self._followers:
            self._recent.clear()

    def since(self, rev: int) -> list[Change] | None:
        """Return the changes since a revision that a follower had; None when they are too many."""
        missed = self.rev - rev
        if missed > len(self._recent):
            return None
        return list(islice(self._recent, len(self._recent) - missed, None))

    async def ops_since(self, rev: int) -> tuple[PatchOp, ...] | None:
        """Return what was done since a revision; None when that is not known or too much."""
        behind = self.rev - rev
        if not 0 <= behind <= CARRIED:
            return None
        changes = await self.journal.latest(behind) if behind else ()
        if len(changes) < behind or sum(len(change.ops) for change in changes) > CARRIED_OPS:
            return None
        return tuple(op for change in changes for op in change.ops)

    async def state_at(self, rev: int) -> Mapping[str, Json] | None:
        """Return the state at a revision, or None where it is not known."""
        for known, state in ((self.rev, self.state), self._beginning):
            if rev == known:
                return state
        return await self.journal.state_at(rev) if 0 <= rev < self.rev else None
