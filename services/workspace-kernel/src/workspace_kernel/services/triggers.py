"""What runs tools without anybody asking: the clock, events of panels, changes of their state.

A run is stored before it begins, with the change or event that it comes of, and forgotten when it
has ended. Its request id says which it is: a kernel that was killed in between asks again and is
answered, so that each runs once. What a source declares is known to ``declared``; what a change or
an event leads to, to ``causes``; how a tool runs, to ``running``.
"""

import asyncio
import heapq
import itertools
import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from nexus_core import NexusError
from nexus_core.notices import Emitted
from nexus_protocol import Change, ErrorCode, Json, PanelAst
from nexus_protocol.ast import EventTrigger
from nexus_protocol.strict_json import decode, encode
from workspace_kernel.clock import Clock
from workspace_kernel.db import triggers as tables
from workspace_kernel.db.models import StoredFiring, StoredTrigger
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import ExecutionRecord, TriggerInfo
from workspace_kernel.services.armed import Armed, ArmedTriggers, Run
from workspace_kernel.services.calls import ToolRequest
from workspace_kernel.services.causes import Causes
from workspace_kernel.services.declared import Declared, declared_in, request_name
from workspace_kernel.services.running import Reported, RunningPanel

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
        self._armed = ArmedTriggers()
        self._causes = Causes(self._armed)
        self._due: list[tuple[float, int, Armed]] = []
        self._numbers = itertools.count()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._rescheduled = asyncio.Event()
        self._paused = False
        self._moved = asyncio.Event()
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
        pumps = [armed.pump for armed in self._armed if armed.pump is not None]
        for each in pumps:
            each.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def close(self) -> None:
        """Wait until what was asked for is stored."""
        stores = (run.stored for armed in self._armed for run in armed.line if run.stored)
        await asyncio.gather(*self._telling, *stores, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until nothing is due, and all that was asked for has run, or waits for the clock."""
        while True:
            self._fire_due()
            if not self._telling and not any(map(self._is_at_work, self._armed)):
                return
            self._moved.clear()
            await self._moved.wait()

    def _is_at_work(self, armed: Armed) -> bool:
        resting = armed.resting is not None and armed.resting > self._clock.now()
        return armed.pump is not None and not resting

    # ---- what is declared

    async def plan(self, key: PanelKey, ast: PanelAst | None) -> Plan:
        """Return what another source changes; without a tree the panel has no triggers."""
        wanted = declared_in(ast) if ast else {}
        rows = await self._database.read(partial(tables.triggers_of, key=key))
        stored = {row.id: row for row in rows}
        added = [each for id_, each in wanted.items() if id_ not in stored]
        new = tuple(self._row(key, each) for each in added)
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
        for each in plan.kept:
            armed = self._armed.get(plan.key, each.id)
            if armed is not None:
                armed.declared = each
        for row in plan.added:
            self._arm(row)

    async def arm(self, key: PanelKey) -> None:
        """Arm the triggers of a panel that was stopped; what it missed meanwhile is not made up."""
        rows = await self._database.read(partial(tables.triggers_of, key=key))
        writes: list[Write] = []
        for row in rows:
            fresh = self._row(key, Declared.model_validate_json(row.declared))
            writes.append(tables.plan_trigger(key, row.id, fresh.due_at))
        await self._database.write(*writes)
        for row in await self._database.read(partial(tables.triggers_of, key=key)):
            self._arm(row)
        self._take_up(await self._database.read(partial(tables.firings, key=key)))

    def disarm(self, key: PanelKey) -> None:
        """Begin nothing more for a panel."""
        for armed in self._armed.of_panel(key):
            self._disarm(key, armed.id)
        self._causes.forget(key)

    @asynccontextmanager
    async def withdrawn(self, key: PanelKey) -> AsyncGenerator[None]:
        """Begin nothing for a panel that is being deleted; go on as before if that fails."""
        armed = [(each, each.due) for each in self._armed.of_panel(key)]
        pumps = [each.pump for each, _ in armed if each.pump is not None]
        self.disarm(key)
        await asyncio.gather(*pumps, return_exceptions=True)
        try:
            yield
        except BaseException:
            for each, due in armed:
                each.due = due
                self._armed.add(each)
                self._await(each)
                self._pump(each)
            raise

    async def shown(self, key: PanelKey) -> tuple[TriggerInfo, ...]:
        """Return what is to be known of a panel's triggers, in the order of the source."""
        rows = await self._database.read(partial(tables.triggers_of, key=key))
        shown = [_info(row, self._armed.get(key, row.id)) for row in rows]
        return tuple(sorted(shown, key=lambda each: each.trigger.loc.line))

    def _row(self, key: PanelKey, declared: Declared) -> StoredTrigger:
        return StoredTrigger(
            workspace_id=key.workspace,
            panel_id=key.panel,
            id=declared.id,
            declared=declared.to_json(),
            due_at=declared.due_after(self._clock.now(), None, self._least),
        )

    def _arm(self, row: StoredTrigger) -> None:
        key = PanelKey(row.workspace_id, row.panel_id)
        armed = Armed(
            key=key,
            declared=Declared.model_validate_json(row.declared),
            due=row.due_at,
            rest_until=row.rest_until,
            failures=row.failures,
        )
        self._disarm(key, armed.id)
        self._armed.add(armed)
        self._await(armed)

    def _disarm(self, key: PanelKey, trigger: str) -> None:
        armed = self._armed.remove(key, trigger)
        if armed is None:
            return
        armed.due = None
        if armed.pump is not None:
            armed.pump.cancel()

    # ---- the clock

    def _await(self, armed: Armed) -> None:
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

    @contextmanager
    def firing(
        self, key: PanelKey, change: Change | None, events: Sequence[Emitted]
    ) -> Generator[Sequence[Write]]:
        """Yield what stores the runs that a change and events of a panel lead to.

        They begin when the block that commits that ends, and never when it raises.
        """
        effects = self._causes.effects(key, change, events)
        for armed, _ in effects.runs:
            armed.coming += 1
        try:
            yield [_stored(armed, run) for armed, run in effects.runs]
        finally:
            for armed, _ in effects.runs:
                armed.coming -= 1
        if change is not None:
            self._causes.committed(key, change)
        for armed, run in effects.runs:
            self._begin(armed, run)
        for armed, wrong in effects.refused:
            self._tell(armed, wrong)

    # ---- running

    def _take_up(self, rows: list[StoredFiring]) -> None:
        """Go on with runs that were asked for before."""
        for row in rows:
            armed = self._armed.get(PanelKey(row.workspace_id, row.panel_id), row.trigger_id)
            args = decode(row.args, max_bytes=1 << 30)
            if armed is not None and isinstance(args, dict | list):
                self._begin(armed, Run(row.request_id, args, inherited=True))

    def _begin(self, armed: Armed, run: Run) -> None:
        """Put a run that is stored into its line; it may be there, if its trigger is armed anew."""
        now_armed = self._armed.get(armed.key, armed.id)
        if now_armed is None:
            return
        if now_armed is armed or all(each.request_id != run.request_id for each in now_armed.line):
            now_armed.line.append(run)
            self._pump(now_armed)

    def _ask(self, armed: Armed, request_id: str) -> None:
        """Put a run into the line of its trigger, durably."""
        run = Run(request_id, armed.declared.arguments(None))
        run.stored = asyncio.ensure_future(
            self._database.write(
                _stored(armed, run), tables.plan_trigger(armed.key, armed.id, armed.due)
            )
        )
        armed.line.append(run)
        self._pump(armed)

    def _pump(self, armed: Armed) -> None:
        if armed.line and armed.pump is None and not self._paused:
            armed.pump = asyncio.create_task(self._run_line(armed))

    async def _run_line(self, armed: Armed) -> None:
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

    async def _run_first(self, armed: Armed, run: Run) -> None:
        if run.stored is not None:
            await asyncio.shield(run.stored)
        await self._rest(armed, armed.rest_until)
        armed.begun, armed.blamed = True, None
        began, retry = self._clock.now(), _FIRST_RETRY
        try:
            while True:
                try:
                    wrong, failed = await self._call(armed, run)
                    break
                except (KernelError, SQLAlchemyError) as error:
                    # Too many panels run, or the database cannot take it now; nothing has begun.
                    logger.info("A trigger of panel %s waits: %s", armed.key, error)
                await self._rest(armed, self._clock.now() + retry)
                retry = min(retry * 2, _LONGEST_RETRY)
        finally:
            armed.begun = False
        await self._finish(armed, run, began, wrong, failed=failed)

    async def _rest(self, armed: Armed, moment: float) -> None:
        if moment <= self._clock.now():
            return
        armed.resting = moment
        self._moved.set()
        try:
            await self._clock.wait_until(moment)
        finally:
            armed.resting = None

    async def _call(self, armed: Armed, run: Run) -> tuple[str | None, bool]:
        """Run a tool to its end; returns what went wrong, and whether that is the panel's fault.

        Raises:
            KernelError: UNAVAILABLE, it could not begin, or goes on later.

        """
        request = ToolRequest(
            id=run.request_id,
            tool=armed.declared.tool,
            args=run.args,
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
        self, armed: Armed, run: Run, began: float, wrong: str | None, *, failed: bool
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
            tables.remove_firing(armed.key, run.request_id),
            tables.finish_trigger(
                armed.key, armed.id, armed.rest_until, armed.failures, now, wrong or armed.blamed
            ),
        )
        if failed and armed.failures == TELLING_FAILURES:
            self._report(armed, f"It failed {armed.failures} times in a row: {wrong}")

    # ---- telling

    def _tell(self, armed: Armed, wrong: str) -> None:
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

    def _report(self, armed: Armed, wrong: str) -> None:
        where = armed.declared.trigger.address
        logger.warning("Trigger %s of panel %s: %s", where, armed.key, wrong)
        running = self._host.running(armed.key)
        if running is not None:
            details: dict[str, Json] = {"trigger": where}
            running.report(Reported(ErrorCode.RESOURCE_LIMIT, f"{where}: {wrong}", details))


def _stored(armed: Armed, run: Run) -> Write:
    return tables.add_firing(armed.key, armed.id, run.request_id, encode(run.args))


def _info(row: StoredTrigger, armed: Armed | None) -> TriggerInfo:
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


__all__ = ["TELLING_FAILURES", "Host", "Plan", "Triggers"]
