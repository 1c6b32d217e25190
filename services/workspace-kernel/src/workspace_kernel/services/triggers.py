"""What runs tools without anybody asking: the clock, events of panels, changes of their state.

A run is stored before it begins and forgotten when it has ended, and its request id says which it
is: a kernel that was killed in between asks again and is answered, and nothing runs twice. What a
source declares is known to ``declared``; how a tool runs, to ``running``.
"""

import asyncio
import heapq
import itertools
import logging
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from nexus_core import NexusError
from nexus_core.notices import Emitted
from nexus_protocol import Change, ErrorCode, Json, PanelAst
from nexus_protocol.ast import ChangeTrigger, EventTrigger
from nexus_protocol.strict_json import decode, encode
from workspace_kernel.clock import Clock
from workspace_kernel.db import repositories
from workspace_kernel.db import triggers as tables
from workspace_kernel.db.models import StoredFiring, StoredTrigger
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import ExecutionRecord, TriggerInfo
from workspace_kernel.services.declared import (
    Declared,
    chain_of,
    declared_in,
    request_name,
)
from workspace_kernel.services.running import PanelNotice, Reported, RunningPanel, ToolRequest

LONGEST_CHAIN: Final = 8
"""Runs of which each asked for the next; one more is refused."""
LONGEST_LINE: Final = 100
"""Events that wait for one trigger; what comes then is passed over."""
TELLING_FAILURES: Final = 3
"""Failures in a row after which those who work with the panel are told."""

_AT_ONCE: Final = 8
"""Panels that are being woken, or begin to run, for triggers."""
_PATIENCE: Final = 5.0
"""Seconds after which a run makes room for another, though it goes on."""
_FIRST_REST: Final = 5.0
_LONGEST_REST: Final = 3600.0
_FIRST_RETRY: Final = 1.0
_LONGEST_RETRY: Final = 60.0
_TELL_AGAIN: Final = 60.0
_LOOKED_BACK: Final = 1000
"""Changes that are looked at after a restart; among more there is one that counts."""
_HOOKS: Final = ("mount:", "update:", "error:", "unmount:")
_NO_FAILURE: Final = frozenset((ErrorCode.CANCELLED, ErrorCode.INTERRUPTED))

logger = logging.getLogger(__name__)


class Host(Protocol):
    """Where panels run."""

    def use(self, key: PanelKey) -> AbstractAsyncContextManager[RunningPanel]:
        """Yield a panel, woken if it sleeps."""
        ...

    def running(self, key: PanelKey) -> RunningPanel | None:
        """Return a panel if it runs."""
        ...


@dataclass(slots=True)
class _Firing:
    """One run that is asked for."""

    request_id: str
    args: dict[str, Json] | list[Json]
    stored: asyncio.Task[None] | None = None
    """Absent for one that an earlier kernel stored."""


@dataclass(slots=True, eq=False)
class _Armed:
    """A trigger that waits, and its runs to come."""

    key: PanelKey
    declared: Declared
    due: float | None
    seen: int | None
    rest_until: float
    failures: int
    line: deque[_Firing] = field(default_factory=deque[_Firing])
    begun: bool = False
    """Whether the first of the line runs."""
    resting: float | None = None
    """Until when nothing happens but that the clock is waited for."""
    pump: asyncio.Task[None] | None = None
    told_at: float = float("-inf")
    blamed: str | None = None
    """What was told since its newest run began."""

    @property
    def id(self) -> str:
        return self.declared.id

    @property
    def waiting(self) -> int:
        """How many runs have not begun."""
        return len(self.line) - self.begun

    @property
    def source(self) -> tuple[str, str, str] | None:
        """The event that it waits for: workspace, panel and name."""
        match self.declared.trigger:
            case EventTrigger(event=event, panel=panel):
                return self.key.workspace, panel or self.key.panel, event
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a panel's triggers with another source, once ``writes`` are committed."""

    key: PanelKey
    writes: tuple[Write, ...]
    removed: tuple[str, ...]
    kept: tuple[Declared, ...]
    added: tuple[StoredTrigger, ...]


class Triggers:
    """The triggers of a kernel."""

    def __init__(self, database: Database, clock: Clock, least_seconds: float) -> None:
        """Take the parts, and the seconds between two runs for the clock's or a change's sake."""
        self._database = database
        self._clock = clock
        self._least = least_seconds
        self._host: Host
        self._panels: defaultdict[PanelKey, dict[str, _Armed]] = defaultdict(dict)
        self._events: defaultdict[tuple[str, str, str], dict[_Armed, None]] = defaultdict(dict)
        self._due: list[tuple[float, int, _Armed]] = []
        self._numbers = itertools.count()
        self._chains: dict[PanelKey, int] = {}
        """How many triggers led to the newest change of a panel that no lifecycle made."""
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._rescheduled = asyncio.Event()
        self._paused = False
        self._moved = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._telling: set[asyncio.Task[None]] = set()

    # ---- life

    async def open(self, host: Host) -> None:
        """Arm the triggers of all panels that may run; opens none of the panels."""
        self._host = host
        for row in await self._database.read(tables.live_triggers):
            self._arm(row)
        self._take_up(await self._database.read(tables.firings))

    async def run(self) -> None:
        """Run what is due, for ever."""
        await self._catch_up(self._all())
        self._caught_up.set()
        while True:
            self._rescheduled.clear()
            due = self._fire_due()
            waits: list[asyncio.Task[object]] = [asyncio.create_task(self._rescheduled.wait())]
            if due is not None:
                waits.append(asyncio.create_task(self._clock.wait_until(due)))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waits:
                    each.cancel()

    async def pause(self) -> None:
        """Begin nothing more. What is asked for from now on waits for the next start."""
        self._paused = True
        pumps = [armed.pump for armed in self._all() if armed.pump is not None]
        for each in pumps:
            each.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def close(self) -> None:
        """Store what was asked for, and up to where changes were looked at."""
        every = tuple(self._all())
        stores = (each.stored for armed in every for each in armed.line if each.stored)
        await asyncio.gather(*self._telling, *stores, return_exceptions=True)
        with suppress(SQLAlchemyError):
            await self._database.write(
                *(
                    tables.plan_trigger(each.key, each.id, None, each.seen)
                    for each in every
                    if isinstance(each.declared.trigger, ChangeTrigger)
                )
            )

    async def settled(self) -> None:
        """Wait until nothing is due, and all that was asked for has run, or waits for the clock."""
        await self._caught_up.wait()
        while True:
            self._fire_due()
            if not self._telling and not any(map(self._is_at_work, self._all())):
                return
            self._moved.clear()
            await self._moved.wait()

    def _is_at_work(self, armed: _Armed) -> bool:
        resting = armed.resting is not None and armed.resting > self._clock.now()
        return armed.pump is not None and not resting

    # ---- what is declared

    async def plan(self, key: PanelKey, ast: PanelAst | None) -> Plan:
        """Return what another source changes; without a tree the panel has no triggers."""
        wanted = declared_in(ast) if ast else {}
        rows = await self._database.read(partial(tables.triggers_of, key=key))
        stored = {row.id: row for row in rows}
        added = [each for id_, each in wanted.items() if id_ not in stored]
        rev = None
        if any(isinstance(each.trigger, ChangeTrigger) for each in added):
            rev = await self._database.read(partial(repositories.last_rev, key=key))
        new = tuple(self._row(key, each, rev) for each in added)
        removed = tuple(id_ for id_ in stored if id_ not in wanted)
        kept = tuple(each for id_, each in wanted.items() if id_ in stored)
        writes = (
            *(write for id_ in removed for write in tables.remove_trigger(key, id_)),
            *(
                tables.redeclare(key, each.id, each.to_json())
                for each in kept
                if stored[each.id].declared != each.to_json()
            ),
            *(tables.add_trigger(row) for row in new),
        )
        return Plan(key, writes, removed, kept, new)

    def apply(self, plan: Plan) -> None:
        """Go by a plan that is committed."""
        for id_ in plan.removed:
            self._disarm(plan.key, id_)
        armed = self._panels.get(plan.key, {})
        for each in plan.kept:
            if each.id in armed:
                armed[each.id].declared = each
        for row in plan.added:
            self._arm(row)

    async def arm(self, key: PanelKey) -> None:
        """Arm the triggers of a panel that was stopped; what it missed meanwhile is not made up."""
        rows = await self._database.read(partial(tables.triggers_of, key=key))
        rev = await self._database.read(partial(repositories.last_rev, key=key))
        writes: list[Write] = []
        for row in rows:
            fresh = self._row(key, Declared.model_validate_json(row.declared), rev)
            writes.append(tables.plan_trigger(key, row.id, fresh.due_at, fresh.seen_rev))
        await self._database.write(*writes)
        for row in await self._database.read(partial(tables.triggers_of, key=key)):
            self._arm(row)
        self._take_up(await self._database.read(partial(tables.firings, key=key)))

    def disarm(self, key: PanelKey) -> None:
        """Begin nothing more for a panel."""
        for id_ in tuple(self._panels.get(key, ())):
            self._disarm(key, id_)
        self._panels.pop(key, None)
        self._chains.pop(key, None)

    async def shown(self, key: PanelKey) -> tuple[TriggerInfo, ...]:
        """Return what is to be known of a panel's triggers, in the order of the source."""
        armed = self._panels.get(key, {})
        rows = await self._database.read(partial(tables.triggers_of, key=key))
        shown = [_info(row, armed.get(row.id)) for row in rows]
        return tuple(sorted(shown, key=lambda each: each.trigger.loc.line))

    def _row(self, key: PanelKey, declared: Declared, rev: int | None) -> StoredTrigger:
        watches = isinstance(declared.trigger, ChangeTrigger)
        return StoredTrigger(
            workspace_id=key.workspace,
            panel_id=key.panel,
            id=declared.id,
            declared=declared.to_json(),
            due_at=declared.due_after(self._clock.now(), None, self._least),
            seen_rev=rev if watches else None,
        )

    def _arm(self, row: StoredTrigger) -> None:
        key = PanelKey(row.workspace_id, row.panel_id)
        armed = _Armed(
            key=key,
            declared=Declared.model_validate_json(row.declared),
            due=row.due_at,
            seen=row.seen_rev,
            rest_until=row.rest_until,
            failures=row.failures,
        )
        self._disarm(key, armed.id)
        self._panels[key][armed.id] = armed
        if armed.source is not None:
            self._events[armed.source][armed] = None
        self._await(armed)

    def _disarm(self, key: PanelKey, trigger: str) -> None:
        armed = self._panels.get(key, {}).pop(trigger, None)
        if armed is None:
            return
        armed.due = None
        if armed.source is not None:
            watchers = self._events[armed.source]
            watchers.pop(armed, None)
            if not watchers:
                del self._events[armed.source]
        if armed.pump is not None:
            armed.pump.cancel()

    def _all(self) -> Iterator[_Armed]:
        return (armed for of_panel in self._panels.values() for armed in of_panel.values())

    # ---- the clock

    def _await(self, armed: _Armed) -> None:
        if armed.due is not None:
            heapq.heappush(self._due, (armed.due, next(self._numbers), armed))
            self._rescheduled.set()

    def _fire_due(self) -> float | None:
        """Ask for what is due, once however often it was missed; returns when more will be."""
        now = self._clock.now()
        while self._due and self._due[0][0] <= now:
            due, _, armed = heapq.heappop(self._due)
            if armed.due != due:
                continue  # It was disarmed, or is due at another time by now.
            armed.due = armed.declared.due_after(now, due, self._least)
            self._await(armed)
            if not armed.line:
                self._ask(armed, request_name(1, armed.id, str(round(due * 1000))))
        return self._due[0][0] if self._due else None

    # ---- events and changes

    def hear(self, key: PanelKey, notice: PanelNotice) -> None:
        """Take note of what happens in a panel."""
        match notice:
            case Change():
                self._changed(key, notice)
            case Emitted(name=name):
                watchers = self._events.get((key.workspace, key.panel, name))
                for armed in tuple(watchers or ()):
                    self._heard(armed, notice, self._chain(key, notice.execution_id) + 1)
            case _:
                pass

    def _changed(self, key: PanelKey, change: Change) -> None:
        chain = self._chain(key, change.cause.id)
        if change.cause.kind != "lifecycle":
            self._chains.pop(key, None)
            if chain:
                self._chains[key] = chain
        for armed in tuple(self._panels.get(key, {}).values()):
            if armed.declared.watches(change):
                self._noticed(armed, change.rev, chain + 1)
            armed.seen = change.rev if armed.seen is not None else None

    def _noticed(self, armed: _Armed, rev: int, chain: int) -> None:
        """Ask for a run after a change, unless one that has not begun will see it too."""
        armed.seen = rev
        if armed.waiting == 0 and not self._cut(armed, chain):
            self._ask(armed, request_name(chain, armed.id, str(rev)))

    def _heard(self, armed: _Armed, event: Emitted, chain: int) -> None:
        if self._cut(armed, chain):
            return
        if len(armed.line) >= LONGEST_LINE:
            self._tell(
                armed, f"More than {LONGEST_LINE} events wait for it; those that come are lost."
            )
            return
        self._ask(armed, request_name(chain, armed.id), event.payload)

    def _chain(self, key: PanelKey, execution: str | None) -> int:
        """Return how many triggers led to an execution.

        A lifecycle handler runs because of a change, and so counts as what made the newest.
        """
        if execution is not None and execution.startswith(_HOOKS):
            return self._chains.get(key, 0)
        return chain_of(execution)

    def _cut(self, armed: _Armed, chain: int) -> bool:
        """Tell whether a chain of runs has grown too long, and say so."""
        if chain <= LONGEST_CHAIN:
            return False
        self._tell(
            armed,
            f"It was to run after {LONGEST_CHAIN} others of which each led to the next, and was "
            "not: triggers, events and changes go round in a circle.",
        )
        return True

    async def _catch_up(self, every: Iterator[_Armed]) -> None:
        """Look at changes that were made before the last kernel died, and nobody looked at."""
        for armed in tuple(every):
            if isinstance(armed.declared.trigger, ChangeTrigger) and armed.seen is not None:
                read = partial(
                    repositories.changes_after, key=armed.key, rev=armed.seen, limit=_LOOKED_BACK
                )
                found = await self._database.read(read)
                missed = [each for each in found if armed.declared.watches(each)]
                if missed or len(found) == _LOOKED_BACK:
                    last = (missed or found)[-1]
                    self._noticed(armed, last.rev, chain_of(last.cause.id) + 1)

    # ---- running

    def _take_up(self, rows: list[StoredFiring]) -> None:
        """Go on with runs that were asked for before."""
        for row in rows:
            key = PanelKey(row.workspace_id, row.panel_id)
            armed = self._panels.get(key, {}).get(row.trigger_id)
            if armed is not None:
                args = decode(row.args, max_bytes=1 << 30)
                if isinstance(args, dict | list):
                    armed.line.append(_Firing(row.request_id, args))
                    self._pump(armed)

    def _ask(self, armed: _Armed, request_id: str, payload: Json = None) -> None:
        """Put a run into the line of its trigger, durably."""
        firing = _Firing(request_id, armed.declared.arguments(payload))
        firing.stored = asyncio.ensure_future(self._store(armed, firing))
        armed.line.append(firing)
        self._pump(armed)

    async def _store(self, armed: _Armed, firing: _Firing) -> None:
        args = encode(firing.args)
        await self._database.write(
            tables.add_firing(armed.key, armed.id, firing.request_id, args),
            tables.plan_trigger(armed.key, armed.id, armed.due, armed.seen),
        )

    def _pump(self, armed: _Armed) -> None:
        if armed.pump is None and not self._paused:
            armed.pump = asyncio.create_task(self._run_line(armed))

    async def _run_line(self, armed: _Armed) -> None:
        """Run what is in a line, one after the other."""
        try:
            while armed.line:
                await self._run_first(armed, armed.line[0])
                armed.line.popleft()
        except Exception:
            logger.exception("A trigger of panel %s went wrong", armed.key)
            armed.line.clear()
        finally:
            armed.pump = None
            self._moved.set()

    async def _run_first(self, armed: _Armed, firing: _Firing) -> None:
        if firing.stored is not None:
            await asyncio.shield(firing.stored)
        await self._rest(armed, armed.rest_until)
        armed.begun, armed.blamed = True, None
        began, retry = self._clock.now(), _FIRST_RETRY
        try:
            while True:
                try:
                    wrong, failed = await self._call(armed, firing)
                    break
                except (KernelError, SQLAlchemyError) as error:
                    # Too many panels run, or the database cannot take it now; nothing has begun.
                    logger.info("A trigger of panel %s waits: %s", armed.key, error)
                await self._rest(armed, self._clock.now() + retry)
                retry = min(retry * 2, _LONGEST_RETRY)
        finally:
            armed.begun = False
        await self._finish(armed, firing, began, wrong, failed=failed)

    async def _rest(self, armed: _Armed, moment: float) -> None:
        if moment <= self._clock.now():
            return
        armed.resting = moment
        self._moved.set()
        try:
            await self._clock.wait_until(moment)
        finally:
            armed.resting = None

    async def _call(self, armed: _Armed, firing: _Firing) -> tuple[str | None, bool]:
        """Run a tool to its end; returns what went wrong, and whether that is the panel's fault.

        Raises:
            KernelError: UNAVAILABLE, it could not begin, or goes on later.

        """
        request = ToolRequest(
            id=firing.request_id,
            tool=armed.declared.tool,
            args=firing.args,
            cause="schedule",
            trigger=armed.declared.trigger.address,
        )
        try:
            result = await self._result(armed.key, request)
        except KernelError as error:
            if error.code is ErrorCode.UNAVAILABLE:
                raise
            return error.message, True
        except NexusError as error:
            return str(error), True
        if result.error is None:
            return None, False
        return result.error.message, result.error.code not in _NO_FAILURE

    async def _result(self, key: PanelKey, request: ToolRequest) -> ExecutionRecord:
        async with self._room:
            async with self._host.use(key) as running:
                answer = await running.call(request)
            await asyncio.wait((answer,), timeout=_PATIENCE)
        await asyncio.wait((answer,))
        if answer.cancelled():
            raise KernelError(ErrorCode.UNAVAILABLE, "The panel was stopped.")
        return answer.result()

    async def _finish(
        self, armed: _Armed, firing: _Firing, began: float, wrong: str | None, *, failed: bool
    ) -> None:
        """Store what became of a run; one that fails again and again comes less and less often."""
        now = self._clock.now()
        if not isinstance(armed.declared.trigger, EventTrigger):
            armed.rest_until = began + self._least
        if failed:
            armed.failures += 1
            rest = min(_LONGEST_REST, _FIRST_REST * 2.0 ** min(armed.failures - 1, 20))
            armed.rest_until = now + rest
        elif wrong is None:
            armed.failures = 0
        await self._database.write(
            tables.remove_firing(armed.key, firing.request_id),
            tables.finish_trigger(
                armed.key, armed.id, armed.rest_until, armed.failures, now, wrong or armed.blamed
            ),
        )
        if failed and armed.failures == TELLING_FAILURES:
            self._report(armed, f"It failed {armed.failures} times in a row: {wrong}")

    # ---- telling

    def _tell(self, armed: _Armed, wrong: str) -> None:
        """Keep and tell what is wrong with a trigger, though not every time."""
        now = self._clock.now()
        if now - armed.told_at < _TELL_AGAIN:
            return
        armed.told_at, armed.blamed = now, wrong
        self._report(armed, wrong)
        write = tables.blame_trigger(armed.key, armed.id, wrong)
        task = asyncio.create_task(self._keep(write))
        self._telling.add(task)
        task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._telling.discard(task)
        self._moved.set()

    async def _keep(self, write: Write) -> None:
        with suppress(SQLAlchemyError):
            await self._database.write(write)

    def _report(self, armed: _Armed, wrong: str) -> None:
        where = armed.declared.trigger.address
        logger.warning("Trigger %s of panel %s: %s", where, armed.key, wrong)
        running = self._host.running(armed.key)
        if running is not None:
            details: dict[str, Json] = {"trigger": where}
            running.report(Reported(ErrorCode.RESOURCE_LIMIT, f"{where}: {wrong}", details))


def _info(row: StoredTrigger, armed: _Armed | None) -> TriggerInfo:
    declared = Declared.model_validate_json(row.declared)
    return TriggerInfo(
        id=row.id,
        tool=declared.tool,
        trigger=declared.trigger,
        armed=armed is not None,
        due_at=armed.due if armed else None,
        waiting=len(armed.line) if armed else 0,
        failures=row.failures,
        rest_until=row.rest_until or None,
        ran_at=row.ran_at,
        error=row.error,
    )


__all__ = ["LONGEST_CHAIN", "LONGEST_LINE", "TELLING_FAILURES", "Host", "Plan", "Triggers"]
