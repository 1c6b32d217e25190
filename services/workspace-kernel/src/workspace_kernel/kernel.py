"""A kernel: everything that lives as long as the process, brought up and down in order.

Routes and WebSockets are given one of these. What each part does is the part's business.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from nexus_core import Limits, Sandbox
from workspace_kernel.auth.gate import Gate
from workspace_kernel.auth.limits import RateLimits
from workspace_kernel.clock import Clock, SystemClock
from workspace_kernel.db import executions as stored
from workspace_kernel.db.session import Database
from workspace_kernel.db.values import DatabaseStore
from workspace_kernel.extending import connect_extensions
from workspace_kernel.resources import NewWorkspace
from workspace_kernel.services.answers import Answers
from workspace_kernel.services.journal import Firing
from workspace_kernel.services.people import People, gathered, keep_first_invitation
from workspace_kernel.services.records import Bounds, Records
from workspace_kernel.services.retention import Retention, Span
from workspace_kernel.services.runtime import Runtime
from workspace_kernel.services.shared import Shared
from workspace_kernel.services.suspensions import Allowance
from workspace_kernel.services.triggers import Triggers
from workspace_kernel.services.workspaces import Workspaces
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry

SYSTEM_CLOCK: Final = SystemClock()
_DAY: Final = 24 * 3600
TIDY_SECONDS: Final = 300.0
"""Between looks at whether a repository is to be put in order."""
OWNERSHIP_SECONDS: Final = 5.0
"""Between looks at whether the database is this kernel's still."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kernel:
    """The parts of a running kernel."""

    settings: Settings
    database: Database
    runtime: Runtime
    workspaces: Workspaces
    triggers: Triggers
    telemetry: Telemetry
    gate: Gate
    answers: Answers
    people: People | None = None
    """Absent where nobody logs in."""


@asynccontextmanager
async def running(
    settings: Settings,
    telemetry: Telemetry,
    clock: Clock = SYSTEM_CLOCK,
    *,
    only_recover: bool = False,
    give_up: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Kernel]:
    """Bring a kernel up, and down again: what runs may end, and all is on disk.

    The data folder is this kernel's alone: see ``serving.claimed``. One that is brought up only to
    recover takes up what the last one left behind, and runs nothing. ``give_up`` is called when
    another kernel has taken the database: this one can do no more than end.
    """
    async with AsyncExitStack() as stack:
        recovered = await _recovered(stack, settings, telemetry, clock)
        yield recovered if only_recover else await _begun(stack, recovered, give_up)


async def _recovered(
    stack: AsyncExitStack, settings: Settings, telemetry: Telemetry, clock: Clock
) -> Kernel:
    """Put the parts together and take up what the last kernel left behind."""
    database = Database(settings.database, telemetry.commit)
    stack.push_async_callback(database.close)
    await database.open()
    triggers = Triggers(database, clock, settings.trigger_min_seconds)
    shared = await _shared(stack, settings, database, telemetry, clock, triggers.firing)
    runtime = Runtime(shared, settings.max_panels, settings.idle_sleep_seconds)
    delay = settings.save_delay_ms / 1000
    workspaces = Workspaces(settings.data / "workspaces", database, runtime, triggers, delay)
    stack.push_async_callback(workspaces.close)
    await workspaces.open()
    return Kernel(
        settings=settings,
        database=database,
        runtime=runtime,
        workspaces=workspaces,
        triggers=triggers,
        telemetry=telemetry,
        gate=Gate(database, None, RateLimits(), settings.max_sockets),
        answers=Answers(database, settings.answer_hours * 3600),
    )


async def _shared(
    stack: AsyncExitStack,
    settings: Settings,
    database: Database,
    telemetry: Telemetry,
    clock: Clock,
    firing: Firing,
) -> Shared:
    """Return what all panels run with."""
    limits = Limits(
        timeout_ms=settings.handler_timeout_ms,
        cpu_ms=settings.handler_timeout_ms,
        memory_bytes=settings.sandbox_memory_bytes,
    )
    sandbox = Sandbox(limits=limits, ceiling=limits, workers=settings.workers)
    stack.callback(sandbox.close)
    stack.callback(telemetry.watch(sandbox.metrics))
    extensions = connect_extensions(settings, DatabaseStore(database))
    stack.push_async_callback(extensions.close)
    allowance = Allowance(settings.max_suspended, settings.max_suspended_bytes)
    allowance.load(await database.read(stored.kept_sizes))
    return Shared(
        database=database,
        sandbox=sandbox,
        extensions=extensions,
        limits=sandbox.limits,
        telemetry=telemetry,
        allowance=allowance,
        records=Records(database, sandbox, _bounds(settings)),
        moment=settings.suspend_after_ms / 1000,
        clock=clock,
        firing=firing,
    )


async def _begun(stack: AsyncExitStack, kernel: Kernel, give_up: Callable[[], None]) -> Kernel:
    """Let people in, and begin what goes on by itself."""
    settings, workspaces, triggers = kernel.settings, kernel.workspaces, kernel.triggers
    await triggers.open(workspaces)
    await _install_default(settings, workspaces)
    if settings.auth == "accounts":
        gathering = gathered(settings, kernel.database, kernel.telemetry)
        people = await stack.enter_async_context(gathering)
        invitation = await people.rights.invite_first_owner(settings.workspace)
        keep_first_invitation(settings.data, invitation)
        kernel = replace(kernel, gate=people.gate, people=people)
    stack.push_async_callback(triggers.close)
    stack.push_async_callback(kernel.runtime.stop, settings.drain_seconds)
    stack.push_async_callback(triggers.pause)
    for work in (
        triggers.run(),
        kernel.runtime.put_to_sleep(),
        workspaces.wake(),
        workspaces.watch(settings.git_seconds),
        workspaces.sweep(settings.conflict_days * _DAY),
        workspaces.tidy(TIDY_SECONDS),
        kernel.runtime.records.keep_bounded(),
        _retention(settings, kernel.database).keep(),
        _watch(kernel.database, give_up),
    ):
        stack.push_async_callback(_given_up, asyncio.create_task(work))
    return kernel


async def _given_up(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))


async def _watch(database: Database, give_up: Callable[[], None]) -> None:
    """Look whether the database is this kernel's still, until it is not."""
    while True:
        if not await database.owned():
            logger.critical("Another kernel has taken the database; this one ends.")
            give_up()
            return
        await asyncio.sleep(OWNERSHIP_SECONDS)


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        record_bytes=settings.record_bytes,
        records=settings.max_records,
        total_bytes=settings.max_records_bytes,
        seconds=settings.record_days * _DAY,
    )


def _retention(settings: Settings, database: Database) -> Retention:
    return Retention(
        database,
        executions=Span(settings.max_executions, settings.execution_days * _DAY),
        changes=Span(settings.max_changes, settings.change_days * _DAY, settings.max_changes_bytes),
    )


async def _install_default(settings: Settings, workspaces: Workspaces) -> None:
    """Make the workspace that is there without being asked for, with the samples in it."""
    if settings.workspace in workspaces:
        return
    new = NewWorkspace(id=settings.workspace, title="My workspace", demo=settings.demo)
    await workspaces.create(new)


__all__ = ["Kernel", "running"]
