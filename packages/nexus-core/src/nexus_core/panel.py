"""The headless panel: source in, tools callable, state out.

A panel is an actor: whatever changes it takes a turn at its ledger. This module knows how a panel
lives (start, reload, stop) and what may be asked of it; an execution's course is
``nexus_core.execution``'s business, and what its source allows is ``nexus_core.program``'s.
"""

import asyncio
import contextlib
import uuid
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Self, TypeAlias, cast

from nexus_core.changes import PatchConflictError, apply_ops, split_pointer
from nexus_core.computed import ComputedValues, Settled
from nexus_core.errors import InvalidPanelError, PanelError
from nexus_core.execution import MOMENT, Executing, Stage
from nexus_core.extensions import Extension, Registry
from nexus_core.following import ChangeStream, Subscriptions, Update
from nexus_core.hooks import Hook, Hooks
from nexus_core.journal import Journal, MemoryJournal
from nexus_core.ledger import Ledger, Listener
from nexus_core.notices import Execution, Failed, Notice, Reloaded, Snapshot
from nexus_core.parser import ParseResult, parse_cached
from nexus_core.program import Entry, Program
from nexus_core.recording import RECORD_BYTES
from nexus_core.sandbox import Limits, Sandbox
from nexus_core.state import carry_over, initial_state
from nexus_core.suspension import Suspended
from nexus_core.undo import Undoing, last_done, last_undone, take_back, take_back_to
from nexus_protocol import Change, ErrorCode, ExecutionError, Json, PanelAst, PatchOp
from nexus_protocol.ast import LifecycleEvent
from nexus_protocol.patches import Add, Cause, Replace
from nexus_protocol.pointers import leads_into_list, position_of, rebase_pointer

DEFAULT_LIMITS = Limits()

OnLifecycle: TypeAlias = Callable[[Execution], Awaitable[None]]


@cache
def shared_sandbox() -> Sandbox:
    """Return the sandbox that the panels of this process use unless given another."""
    return Sandbox()


@dataclass(frozen=True, slots=True)
class _Running:
    executing: Executing
    ended: asyncio.Future[None]


class Panel:
    """A running panel. ``Panel.open`` makes one for an ``async with`` block."""

    def __init__(self, stage: Stage, limits: Limits) -> None:
        self._stage = stage
        self._limits = limits
        self._running: dict[asyncio.Task[object], _Running] = {}
        self._mounting: asyncio.Task[Execution] | None = None
        self._on_lifecycle: OnLifecycle | None = None
        self._computed = self._computed_values()
        self._hooks = Hooks(self._run_hook)
        self._subscriptions = Subscriptions(self._now, lambda: self._computed.refresh())
        self._streams: set[ChangeStream] = set()
        self.listen(self._hear)

    # ---- life

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        source: str,
        state: Mapping[str, Json] | None = None,
        extensions: Iterable[Extension] | Registry = (),
        limits: Limits = DEFAULT_LIMITS,
        *,
        snapshot: Snapshot | None = None,
        listener: Listener | None = None,
        record: bool = False,
    ) -> AsyncGenerator[Self]:
        """Run a panel for the length of an ``async with`` block.

        Args:
            source: NXML.
            state: Values that take the place of the declared defaults, by name.
            extensions: What handlers may reach as ``$ext.<alias>``.
            limits: What an execution may use.
            snapshot: Where an earlier run left off; values in ``state`` take the place of its.
            listener: Hears everything from the beginning, the mount handler included.
            record: Whether each execution comes with what ``replay`` runs again.

        Raises:
            InvalidPanelError: the source has errors.
        """
        given = {**(snapshot.state if snapshot else {}), **(state or {})}
        rev = snapshot.rev if snapshot else 0
        panel = await cls.start(
            source,
            state=given,
            rev=rev,
            extensions=extensions,
            limits=limits,
            listener=listener,
            record_bytes=RECORD_BYTES if record else 0,
        )
        try:
            await panel.refresh()
            yield panel
        finally:
            await panel.stop()

    @classmethod
    async def start(
        cls,
        source: str,
        *,
        panel_id: str = "panel",
        workspace: str = "default",
        state: Mapping[str, Json] | None = None,
        rev: int = 0,
        extensions: Iterable[Extension] | Registry = (),
        limits: Limits = DEFAULT_LIMITS,
        sandbox: Sandbox | None = None,
        journal: Journal | None = None,
        listener: Listener | None = None,
        mount: bool = True,
        moment: float = MOMENT,
        record_bytes: int = 0,
        on_lifecycle: OnLifecycle | None = None,
    ) -> Self:
        """Start a panel and run its mount handler to its first suspension or end.

        ``state`` and ``rev`` are where an earlier run left off. Values that are not declared any
        more are dropped; what is declared and missing begins with its default. ``moment`` is how
        many seconds an execution waits before it is put away; with 0 none is ever lost.
        ``record_bytes`` is the longest record that is made of an execution; with 0 none is made.
        ``on_lifecycle`` is told of every handler of the panel's life that came to its end.

        Raises:
            InvalidPanelError: the source has errors.
        """
        result = parse_cached(source)
        if not result.ok or result.ast is None:
            raise InvalidPanelError(result.diagnostics)
        given = initial_state(result.ast.data) | dict(state or {})
        given = apply_ops(given, carry_over(given, result.ast.data))
        stage = Stage(
            program=Program(result.ast, limits),
            source_hash=result.source_hash,
            ledger=Ledger(given, rev, journal or MemoryJournal()),
            sandbox=sandbox or shared_sandbox(),
            extensions=extensions if isinstance(extensions, Registry) else Registry(extensions),
            panel_id=panel_id,
            moment=moment,
            workspace=workspace,
            source=source,
            record_bytes=record_bytes,
        )
        panel = cls(stage, limits)
        panel._on_lifecycle = on_lifecycle
        if listener:
            panel.listen(listener)
        if mount:
            await panel._mount()
        return panel

    async def stop(self, *, leave: bool = False) -> None:
        """End what runs, then run the unmount handler to its end.

        Executions end as CANCELLED. With ``leave`` those that wait stay in the journal, from which
        ``go_on`` takes them up again; whoever awaits one has an ``InterruptedExecutionError``.
        """
        await self._hooks.close()
        running = dict(self._running)
        for task, each in running.items():
            if not each.executing.kept:
                task.cancel()
            elif leave:
                each.executing.leave()
            else:
                each.executing.cancel()
        await asyncio.gather(*(each.ended for each in running.values()))
        entry = self._stage.program.lifecycle("unmount")
        if entry:
            await self._run_lifecycle("unmount", entry)
        await self._subscriptions.told()
        await self._subscriptions.close()
        for stream in tuple(self._streams):
            stream.end()

    # ---- what it is

    @property
    def id(self) -> str:
        """What it is called where it lives."""
        return self._stage.panel_id

    @property
    def ast(self) -> PanelAst:
        """The tree of the source it runs."""
        return self._stage.program.ast

    @property
    def source_hash(self) -> str:
        """SHA-256 of the source it runs, in hexadecimal digits."""
        return self._stage.source_hash

    @property
    def state(self) -> dict[str, Json]:
        """The newest committed state; treat it as frozen."""
        return self._stage.ledger.state

    @property
    def rev(self) -> int:
        """The number of changes ever committed."""
        return self._stage.ledger.rev

    @property
    def computed(self) -> dict[str, Json]:
        """The computed values as of the last ``refresh``; one that failed is absent."""
        values = self._computed.values
        return {k: v for k, v in values.items() if not isinstance(v, ExecutionError)}

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What its handlers may do in sum, sorted: to be shown before a stranger's panel runs."""
        return self._stage.program.capabilities

    @property
    def resting(self) -> frozenset[str]:
        """The executions that wait for nothing that would be lost when ``stop`` leaves them."""
        running = (each.executing for each in self._running.values())
        return frozenset(each.id for each in running if each.resting)

    def reaches_outside(self, tool: str) -> bool:
        """Tell whether a tool may call an extension, so that running it twice may show outside."""
        return self._stage.program.reaches_outside(tool)

    async def refresh(self) -> dict[str, Json | ExecutionError]:
        """Bring the computed values up to the newest state; returns them, errors in place."""
        return dict((await self._computed.refresh()).values)

    async def evaluate(self, expression: str) -> Json | ExecutionError:
        """Return the value of an expression over the newest state and computed values."""
        return await self._computed.evaluate(expression)

    async def snapshot(self, rev: int | None = None) -> Snapshot:
        """Return a state and what is computed from it, to open a panel with later.

        Args:
            rev: Its revision; without it the newest. What is computed is computed as the panel
                does now. Raises as ``at`` does.
        """
        settled = await (
            self._computed.refresh()
            if rev is None
            else self._computed.over(rev, await self.at(rev))
        )
        computed = {k: v for k, v in settled.values.items() if not isinstance(v, ExecutionError)}
        return Snapshot(
            rev=settled.rev,
            state=settled.state,
            computed=computed,
            source_hash=self.source_hash,
        )

    async def at(self, rev: int) -> Mapping[str, Json]:
        """Return the state at an earlier revision; treat it as frozen.

        Raises:
            PanelError: NOT_FOUND, that revision is to come, or forgotten.
        """
        state = await self._stage.ledger.state_at(rev)
        if state is None:
            raise PanelError(ErrorCode.NOT_FOUND, f"the state at revision {rev} is not known")
        return state

    async def settled(self) -> None:
        """Wait until the update and error handlers that are due have run, and subscribers know."""
        await self._hooks.idle()
        await self._subscriptions.told()

    async def mounted(self) -> Execution | None:
        """Wait for the end of the mount handler and return what became of it, if there is one."""
        return await self._mounting if self._mounting else None

    # ---- what one does with it

    async def call(
        self,
        tool: str,
        args: Mapping[str, Json] | Sequence[Json] = (),
        *,
        execution_id: str | None = None,
        user: str | None = None,
        trace: str | None = None,
        trigger: str | None = None,
    ) -> Execution:
        """Run a tool to its end. What goes wrong inside it is in the result, never raised.

        ``user``, ``trace`` and ``trigger``, the address of what ran it by itself, are put into the
        log.

        Raises:
            PanelError: TOOL_NOT_FOUND or INVALID_ARGUMENTS; then nothing ran.
        """
        entry = self._stage.program.tool(tool)
        arguments = self._stage.program.arguments(tool, args)
        execution_id = execution_id or uuid.uuid4().hex
        cause = Cause(
            kind="execution", id=execution_id, tool=tool, trigger=trigger, user=user, trace=trace
        )
        executing = Executing(self._stage, tool, cause, execution_id)
        execution = await self._track(executing, executing.run(entry, arguments))
        self._hooks.ended(execution)
        return execution

    async def go_on(self, suspended: Suspended) -> Execution:
        """Go on with an execution that an earlier process left waiting, to its end."""
        executing = Executing(self._stage, suspended.tool, suspended.cause, suspended.id)
        execution = await self._track(executing, executing.go_on(suspended))
        self._hooks.ended(execution)
        return execution

    def cancel(self, execution_id: str) -> bool:
        """End an execution, which fails as CANCELLED; tells whether it was under way.

        One that computes stops at once, and so does one that waits: its calls are given up.
        """
        for each in self._running.values():
            if each.executing.id == execution_id:
                each.executing.cancel()
                return True
        return False

    async def set(
        self,
        path: str,
        value: Json,
        *,
        rev: int | None = None,
        cause_id: str | None = None,
        user: str | None = None,
    ) -> int:
        """Write one value, as two-way binding does, and return the revision that has it.

        Args:
            path: Where to, as a JSON pointer.
            value: What to write.
            rev: The revision that the path was read at: a position in a list leads to the row that
                was there then, wherever that is now. Without it, to the row that is there now.
            cause_id: What asked for it.
            user: Who asked for it.

        Raises:
            PanelError: INVALID_PATH, the path leads nowhere or the value does not fit; CONFLICT,
                its row is gone since ``rev``, or nobody knows where it is.
        """
        ledger = self._stage.ledger
        try:
            value = self._stage.program.checked(split_pointer(path), value)
            async with ledger.turn:
                path = await _carried(ledger, path, rev)
                await ledger.commit(
                    (_write(path, value, ledger.state),),
                    Cause(kind="binding", id=cause_id, user=user),
                )
                return ledger.rev
        except PatchConflictError as error:
            raise PanelError(ErrorCode.INVALID_PATH, str(error)) from None

    async def undo(
        self, rev: int | None = None, *, cause_id: str | None = None, user: str | None = None
    ) -> int:
        """Take a change back by a new one, and return the revision that has it.

        Args:
            rev: The change; without it the newest that a tool, a binding or a proposal made and
                that is not taken back yet, so that undoing again goes further back. The revision
                of an undo may be given too: that makes its changes anew.
            cause_id: What asked for it.
            user: Who asked for it.

        Raises:
            PanelError: CONFLICT, what it changed has changed since; NOT_FOUND, there is no such
                change, or it is forgotten. Then nothing is changed.
        """
        ledger = self._stage.ledger
        async with ledger.turn:
            undoing = await take_back(ledger, await last_done(ledger) if rev is None else rev)
            return await self._undo(undoing, cause_id, user)

    async def redo(self, *, cause_id: str | None = None, user: str | None = None) -> int:
        """Take the newest undo back that is still in effect. Returns and raises as ``undo``."""
        ledger = self._stage.ledger
        async with ledger.turn:
            undoing = await take_back(ledger, await last_undone(ledger))
            return await self._undo(undoing, cause_id, user)

    async def undo_to(
        self, rev: int, *, cause_id: str | None = None, user: str | None = None
    ) -> int:
        """Bring the state back to what it was at a revision. Returns and raises as ``undo``."""
        ledger = self._stage.ledger
        async with ledger.turn:
            return await self._undo(await take_back_to(ledger, rev), cause_id, user)

    async def _undo(self, undoing: Undoing, cause_id: str | None, user: str | None) -> int:
        ledger = self._stage.ledger
        cause = Cause(kind="undo", id=cause_id, user=user, undoes=undoing.undoes)
        try:
            if not self._stage.program.fits(apply_ops(ledger.state, undoing.ops)):
                text = "the panel's declarations have changed since; it cannot be taken back"
                raise PanelError(ErrorCode.CONFLICT, text)
            await ledger.commit(undoing.ops, cause)
        except PatchConflictError as error:
            raise PanelError(ErrorCode.CONFLICT, str(error)) from None
        return ledger.rev

    async def reload(self, source: str) -> ParseResult:
        """Run another source from now on, the state kept where names and types remain.

        A source with errors changes nothing; the result says what is wrong with it. Executions
        under way go on with the program they began with.
        """
        result = parse_cached(source)
        if not result.ok or result.ast is None:
            return result
        ledger = self._stage.ledger
        async with ledger.turn:
            ops = carry_over(ledger.state, result.ast.data)
            await ledger.commit(ops, Cause(kind="reload"))
            self._stage.program = Program(result.ast, self._limits)
            self._stage.source, self._stage.source_hash = source, result.source_hash
            self._computed = self._computed_values()
            ledger.notify(Reloaded(result.ast, result.source_hash, ledger.state, ledger.rev))
        return result

    # ---- who follows it

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every notice, in the order of commits; returns how to stop it."""
        return self._stage.ledger.listen(listener)

    def changes(self) -> ChangeStream:
        """Follow every change from now on; one who gives up before the panel stops closes it."""
        stream = ChangeStream(self._streams.discard)
        self._streams.add(stream)
        return stream

    async def subscribe(
        self, path: str, callback: Callable[[Update], object]
    ) -> Callable[[], None]:
        """Call ``callback`` whenever the value at a path is another; returns how to stop it.

        It is called on the event loop, and must not block. Changes that follow each other closely
        may be told as one; the last is never left out.

        Args:
            path: JSON pointer into the state and the computed values, such as ``/todos/0/text``
                or ``/total``.
            callback: Takes the ``Update``.

        Raises:
            PanelError: INVALID_PATH, it does not begin with a declared name.
        """
        try:
            parts = split_pointer(path)
        except PatchConflictError as error:
            raise PanelError(ErrorCode.INVALID_PATH, str(error)) from None
        self._stage.program.check_readable(parts)
        return await self._subscriptions.add(path, tuple(parts), callback)

    def _hear(self, notice: Notice) -> None:
        match notice:
            case Change():
                for stream in tuple(self._streams):
                    stream.put(notice)
                self._hooks.changed(notice)
                self._subscriptions.changed()
            case Reloaded():
                self._subscriptions.changed()
            case _:
                pass

    def _now(self) -> Settled:
        return Settled(self.rev, self.state, {})

    def _computed_values(self) -> ComputedValues:
        stage = self._stage
        return ComputedValues(stage.program.computed, stage.ledger, stage.sandbox, self._limits)

    # ---- lifecycles

    async def _mount(self) -> None:
        entry = self._stage.program.lifecycle("mount")
        if entry is None:
            return
        settled = asyncio.Event()
        self._mounting = asyncio.create_task(self._run_lifecycle("mount", entry, settled.set))
        self._mounting.add_done_callback(lambda _: settled.set())
        await settled.wait()
        if self._mounting.done():
            # What went wrong in the handler is in the execution; this is a journal that failed.
            self._mounting.result()

    async def _run_hook(self, event: Hook, args: Mapping[str, Json]) -> None:
        entry = self._stage.program.lifecycle(event)
        if entry:
            try:
                await self._run_lifecycle(event, entry, args=args)
            except Exception as error:
                told = ExecutionError(code=ErrorCode.UNAVAILABLE, message=str(error))
                self._stage.ledger.notify(Failed(uuid.uuid4().hex, event, told))

    async def _run_lifecycle(
        self,
        event: LifecycleEvent,
        entry: Entry,
        on_suspend: Callable[[], None] = lambda: None,
        args: Mapping[str, Json] = MappingProxyType({}),
    ) -> Execution:
        execution_id = f"{event}:{uuid.uuid4().hex}"
        cause = Cause(kind="lifecycle", id=execution_id, tool=event)
        executing = Executing(self._stage, event, cause, execution_id)
        execution = await self._track(executing, executing.run(entry, args, on_suspend))
        if event != "error":
            self._hooks.ended(execution)
        if execution.error:
            self._stage.ledger.notify(Failed(execution_id, event, execution.error))
        if self._on_lifecycle:
            await self._on_lifecycle(execution)
        return execution

    async def _track(
        self, executing: Executing, work: Coroutine[None, None, Execution]
    ) -> Execution:
        """Run to the end so that ``stop`` can cancel it.

        In the caller's own task: one of its own would take its turn a moment later, and a write
        that came after the call could overtake it.
        """
        task = cast("asyncio.Task[object]", asyncio.current_task())
        ended = asyncio.get_running_loop().create_future()
        self._running[task] = _Running(executing, ended)
        try:
            return await work
        finally:
            del self._running[task]
            if not ended.done():
                ended.set_result(None)


async def _carried(ledger: Ledger, path: str, rev: int | None) -> str:
    """Return where a place of a revision is now. Needs the turn."""
    if rev is None or rev == ledger.rev or not leads_into_list(path, ledger.state):
        return path
    ops = await ledger.ops_since(rev)
    if ops is None:
        text = f"revision {rev} is not known, or too long ago: nobody can tell where {path} is now"
        raise PanelError(ErrorCode.CONFLICT, text)
    place = rebase_pointer(path, ops, ledger.state)
    if place is None:
        text = f"{path} of revision {rev} is gone: its row was removed or replaced since"
        raise PanelError(ErrorCode.CONFLICT, text)
    return place


def _write(path: str, value: Json, state: Mapping[str, Json]) -> PatchOp:
    """Return the operation that puts a value where a binding points."""
    holder: Json = dict(state)
    for part in split_pointer(path)[:-1]:
        match holder:
            case dict() if part in holder:
                holder = holder[part]
            case list() if (index := position_of(part)) is not None and index < len(holder):
                holder = holder[index]
            case _:
                raise PatchConflictError(path, "there is nothing at this path")
    return (
        Replace(path=path, value=value) if isinstance(holder, list) else Add(path=path, value=value)
    )
