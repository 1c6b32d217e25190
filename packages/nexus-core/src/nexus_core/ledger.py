"""The one owner of a panel's state.

The ledger holds the state and its revision, hands out turns, and commits: a change is in the
journal before the state moves, and the state has moved before anybody hears of it. What the
operations mean, and who may write what, is settled before they come here.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping

from nexus_core.changes import apply_ops
from nexus_core.notices import Journal, Notice
from nexus_protocol import Change, Json, PatchOp
from nexus_protocol.patches import Cause

Listener = Callable[[Notice], None]


class Ledger:
    """State, revision, journal and listeners of one panel."""

    def __init__(self, state: Mapping[str, Json], rev: int, journal: Journal) -> None:
        self.state = dict(state)
        self.rev = rev
        self.turn = asyncio.Lock()
        """Held by whoever reads the state in order to commit: a segment, a write, a reload."""
        self._journal = journal
        self._listeners: list[Listener] = []

    async def commit(self, ops: Iterable[PatchOp], cause: Cause) -> None:
        """Make operations the next change; nothing happens when there are none. Needs the turn.

        Raises:
            PatchConflictError: an operation does not fit; then nothing was committed.
        """
        ops = tuple(ops)
        if not ops:
            return
        state = apply_ops(self.state, ops)
        change = Change(rev=self.rev + 1, base_rev=self.rev, ops=ops, cause=cause, at=time.time())
        # Shielded: once the journal has a change, the state must follow it.
        await asyncio.shield(self._append(change, state))

    async def _append(self, change: Change, state: dict[str, Json]) -> None:
        await self._journal.append(change, state)
        self.state, self.rev = state, change.rev
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

    @contextlib.contextmanager
    def following(self, cause: Cause) -> Generator[Callable[[], tuple[PatchOp, ...]]]:
        """Collect the operations that others commit; the function given takes what has come."""
        foreign: list[PatchOp] = []

        def collect(notice: Notice) -> None:
            if isinstance(notice, Change) and notice.cause is not cause:
                foreign.extend(notice.ops)

        def take() -> tuple[PatchOp, ...]:
            taken = tuple(foreign)
            foreign.clear()
            return taken

        stop = self.listen(collect)
        try:
            yield take
        finally:
            stop()

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
