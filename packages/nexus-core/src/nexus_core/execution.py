"""One call of a handler, from its start to its end.

An execution runs in segments. Each takes the panel's turn, sees the newest state, and commits what
it changed; between two segments the extension calls that it waits for are under way, and others
have their turns. Whatever goes wrong becomes the execution's error.

What waits longer than a moment is put away: its instance goes, and the journal gets all that is
needed to go on in another process. From then on every suspension is kept in the same step as the
changes before it, and the end of any execution in the same step as its last change, so that
whatever happens the log and what is kept agree.
"""

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nexus_core.calls import Calls, planned
from nexus_core.changes import PatchConflictError, coalesce
from nexus_core.errors import NexusError
from nexus_core.extensions import CallContext, Registry
from nexus_core.ledger import Follower, Ledger
from nexus_core.notices import Execution, Viewed, Waiting
from nexus_core.program import Entry, Program
from nexus_core.recording import Beginning, Record, RecordError, Recording
from nexus_core.sandbox import Job, Parked, ParkedError, Reply, Run, Sandbox, Segment
from nexus_core.sandbox import Metrics as SandboxMetrics
from nexus_core.suspension import (
    Account,
    Announced,
    CallAnswered,
    CallsMade,
    Ended,
    InterruptedExecutionError,
    Note,
    PendingCall,
    Suspended,
    SuspensionRefusedError,
)
from nexus_protocol import ErrorCode, ExecutionError, Json, PatchOp
from nexus_protocol.messages import Metrics
from nexus_protocol.patches import Cause, Replace

MOMENT = 0.2
"""Seconds that an execution waits before it is put away."""


@dataclass(slots=True)
class Stage:
    """What executions run on: the panel's state, its present program, and the ways out."""

    program: Program
    source_hash: str
    ledger: Ledger
    sandbox: Sandbox
    extensions: Registry
    panel_id: str
    moment: float = MOMENT
    workspace: str = "default"
    source: str = ""
    record_bytes: int = 0
    """The longest record that is made of an execution; 0 for none."""


class _FailedError(NexusError):
    """Raised when an execution cannot go on, although its code could."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        self.code = code
        super().__init__(message)


class Executing:
    """An execution under way; either ``run`` or ``go_on`` is called, and once."""

    def __init__(self, stage: Stage, tool: str, cause: Cause, execution_id: str) -> None:
        self._stage = stage
        self._program = stage.program
        self._aliases: Mapping[str, str] = stage.program.aliases
        self._tool = tool
        self._cause = cause
        self._id = execution_id
        self._calls = Calls(
            stage.extensions,
            CallContext(
                panel_id=stage.panel_id,
                tool=tool,
                user=cause.user,
                execution_id=execution_id,
                workspace=stage.workspace,
            ),
        )
        self._run: Run | None = None
        self._follower: Follower | None = None
        self._missed: tuple[PatchOp, ...] = ()
        """What was committed before it was followed again."""
        self._rev = 0
        """The revision that the guest knows."""
        self._account = Account()
        self._spent = SandboxMetrics()
        self._began = time.time()
        self._recording: Recording | None = None
        self._recorded = False
        """Whether the journal has it, or is about to."""
        self._resting = False
        """Whether the guest waits, and all that it asked for is in the calls."""
        self._task: asyncio.Task[object] | None = None
        self._told: Execution | None = None
        """What it came to, once the journal has that."""
        self._ending: Literal["cancel", "leave"] | None = None
        self._interrupted = False
        """Whether the task was cancelled for that."""
        self._settling = False

    @property
    def id(self) -> str:
        """What names it on its panel."""
        return self._id

    @property
    def kept(self) -> bool:
        """Whether it outlives the process: a lifecycle begins anew with its panel."""
        return self._cause.kind == "execution"

    @property
    def resting(self) -> bool:
        """Whether it waits, and only for calls that may be made again by another process."""
        return self.kept and self._resting and all(map(self._calls.repeatable, self._calls.pending))

    # ---- from outside

    async def run(
        self,
        entry: Entry,
        args: Mapping[str, Json],
        on_suspend: Callable[[], None] = lambda: None,
    ) -> Execution:
        """Run a handler to its end; ``on_suspend`` is called at each suspension.

        Raises:
            InterruptedExecutionError: it was left waiting; see ``leave``.
        """
        return await self._to_end(self._begin(entry, args), on_suspend)

    async def go_on(self, suspended: Suspended) -> Execution:
        """Go on with what an earlier process left waiting. Raises as ``run`` does."""
        self._aliases, self._began = suspended.aliases, suspended.began
        self._account, self._rev = suspended.account, suspended.rev
        self._recording = self._recording_again(suspended)
        self._recorded = True
        return await self._to_end(self._take_up(suspended))

    def cancel(self) -> None:
        """End it: at once when it computes or waits, unless its end is being written down."""
        self._end_as("cancel")

    def leave(self) -> None:
        """End it here. What waits, or is in the journal already, goes on in another process."""
        self._end_as("leave")

    def _end_as(self, ending: Literal["cancel", "leave"]) -> None:
        if self._ending is None:
            self._ending = ending
            if self._task is not None and not self._settling:
                self._interrupted = True
                self._task.cancel()

    # ---- its course

    async def _to_end(
        self, first: Coroutine[None, None, Segment], on_suspend: Callable[[], None] = lambda: None
    ) -> Execution:
        self._task = asyncio.current_task()
        cancelling = self._task.cancelling() if self._task else 0
        try:
            segment = await self._segments(first, on_suspend)
        except _FailedError as error:
            self._settling = True
            segment = await self._fail(error.code, str(error))
        except asyncio.CancelledError:
            self._settling = True
            if not self._ended_by_us(cancelling):
                await self._forget()
                raise
            segment = await self._ended()
        finally:
            self._settling = True  # Who cancels it now comes too late.
            self._calls.cancel()
            if self._follower is not None:
                self._follower.close()
            await self._release()
        return self._told or self._execution(segment, self._account, self._stage.ledger.rev)

    async def _segments(
        self, first: Coroutine[None, None, Segment], on_suspend: Callable[[], None]
    ) -> Segment:
        segment = await first
        while segment.status == "waiting":
            on_suspend()
            self._heed()
            replies = await self._replies()
            segment = await self._resume(replies)
        return segment

    async def _begin(self, entry: Entry, args: Mapping[str, Json]) -> Segment:
        ledger = self._stage.ledger
        async with ledger.turn:
            # What others committed while this waited for its turn is in the state it begins with.
            self._follower = ledger.following(self._cause)
            job = self._job(entry, args)
            self._recording = self._recording_of(job)
            self._run, segment = await self._stage.sandbox.start(job, owner=ledger)
            return await self._commit(segment)

    async def _resume(self, replies: Sequence[Reply]) -> Segment:
        async with self._stage.ledger.turn:
            foreign, now = self._foreign(), time.time()
            if self._recording is not None:
                self._recording.resumed(now, foreign, replies)
            segment = await self._stage.sandbox.resume(
                self._waiting(), replies, foreign, now=now, owner=self._stage.ledger
            )
            return await self._commit(segment)

    def _foreign(self) -> tuple[PatchOp, ...]:
        """Return what others committed since the guest last ran."""
        since = self._follower.take() if self._follower else ()
        missed, self._missed = self._missed, ()
        return coalesce((*missed, *since))

    async def _take_up(self, suspended: Suspended) -> Segment:
        async with self._stage.ledger.turn:
            self._follower = self._stage.ledger.following(self._cause)
            self._missed = await self._catch_up(suspended)
        try:
            self._run = self._stage.sandbox.unpark(suspended.parked)
        except ParkedError as error:
            raise _FailedError(ErrorCode.INTERRUPTED, str(error)) from None
        self._calls.plan(suspended.calls, restored=True)
        self._resting = True
        return Segment(status="waiting", metrics=suspended.parked.metrics)

    async def _catch_up(self, suspended: Suspended) -> tuple[PatchOp, ...]:
        """Return the operations since it was put away. Needs the turn.

        Where they are not known, or another source has given the state another shape, the whole
        state takes their place; references that the handler holds then lead to the old one.
        """
        ledger = self._stage.ledger
        if suspended.source_hash == self._stage.source_hash:
            changes = await ledger.journal.changes_after(suspended.rev)
            if changes is not None:
                return tuple(op for change in changes for op in change.ops)
        return (Replace(path="", value=ledger.state),)

    def _job(self, entry: Entry, args: Mapping[str, Json]) -> Job:
        program = self._program
        return Job(
            tool=entry.source,
            args=args,
            state=self._stage.ledger.state,
            computed=program.computed,
            tools=entry.tools,
            aliases=frozenset(program.aliases),
            grant=entry.grant,
            limits=entry.limits,
            now=time.time(),
            seed=secrets.token_bytes(16),
        )

    def _waiting(self) -> Run:
        if self._run is None:
            raise RuntimeError("the execution has not begun")
        return self._run

    # ---- recording

    def _recording_of(self, job: Job) -> Recording | None:
        stage = self._stage
        if not stage.record_bytes:
            return None
        beginning = Beginning(
            id=self._id,
            panel_id=stage.panel_id,
            tool=self._tool,
            lifecycle=self._cause.kind == "lifecycle",
            source_hash=stage.source_hash,
            job=job,
        )
        return Recording(beginning, stage.record_bytes, stage.source)

    def _recording_again(self, suspended: Suspended) -> Recording | None:
        stage = self._stage
        if suspended.record is None or not stage.record_bytes:
            return None
        same = suspended.source_hash == stage.source_hash
        try:
            record = Record.from_json(suspended.record)
        except RecordError:
            return None  # Of another version: it goes on without one.
        return Recording(record, stage.record_bytes, stage.source if same else None)

    # ---- committing

    async def _commit(self, segment: Segment) -> Segment:
        """Commit what a segment changed and keep what is to be kept; then tell the rest."""
        self._spent = segment.metrics
        if self._recording is not None:
            self._recording.came(segment)
        with self._undisturbed():
            try:
                return await self._keep(segment)
            except PatchConflictError as error:
                return await self._fail(ErrorCode.CONFLICT, str(error))
            except _FailedError as error:
                return await self._fail(error.code, str(error))
            except SuspensionRefusedError as error:
                return await self._fail(ErrorCode.RESOURCE_LIMIT, str(error))

    async def _keep(self, segment: Segment) -> Segment:
        stray = next((op.path for op in segment.ops if not self._declared(op.path)), None)
        if stray is not None:
            raise _FailedError(ErrorCode.CONFLICT, f"the panel declares no state for {stray}")
        ledger, told = self._stage.ledger, Account.of(segment, self._id)
        account, rev = self._account + told, ledger.rev + bool(segment.ops)
        calls = planned(segment.requests, self._aliases)
        note = await self._note(segment, account, calls, rev)
        notes: list[Note] = [] if note is None else [note]
        if told.events:
            notes.append(Announced(events=told.events))
        # Before the fact: should this be cancelled meanwhile, the journal may have it.
        self._recorded = self._recorded or isinstance(note, Suspended)
        await ledger.commit(segment.ops, self._cause, notes)
        self._recorded = isinstance(note, Suspended)
        self._account, self._rev = account, rev
        self._calls.plan(calls)
        self._told = note.execution if isinstance(note, Ended) else None
        self._resting = segment.status == "waiting"
        if not self._resting:
            self._run = None  # It has given its instance back.
        for notice in (*told.events, *told.logs):
            ledger.notify(notice)
        if told.view:
            ledger.notify(Viewed(told.view, self._id))
        return segment

    async def _note(
        self, segment: Segment, account: Account, calls: Sequence[PendingCall], rev: int
    ) -> Note | None:
        """Return what the journal has to know of a segment's end.

        An end that changes nothing more is none of its business: others need not wait for that.
        """
        if segment.status != "waiting":
            shows = bool(segment.ops or segment.events or self._recorded)
            return self._end(segment, account, rev) if shows else None
        if not self.kept or not (self._recorded or self._stage.moment <= 0):
            return None
        parked = await self._park()
        return self._suspended(parked, account, (*self._calls.pending, *calls), rev)

    def _declared(self, path: str) -> bool:
        return self._stage.program.declares(path.split("/", 2)[1] if path else "")

    def _suspended(
        self, parked: Parked, account: Account, calls: tuple[PendingCall, ...], rev: int
    ) -> Suspended:
        return Suspended(
            id=self._id,
            tool=self._tool,
            cause=self._cause,
            source_hash=self._stage.source_hash,
            aliases=self._aliases,
            began=self._began,
            rev=rev,
            calls=calls,
            account=account,
            record=self._recording.put_away() if self._recording is not None else None,
            parked=parked,
        )

    # ---- waiting

    async def _replies(self) -> list[Reply]:
        """Make the calls asked for and return the replies of those that are first to end."""
        await self._make_calls()
        if not await self._wait(self._stage.moment):
            await self._put_away()
            if not await self._wait():
                most = self._waiting().job.limits.wall_ms
                message = f"the handler took longer than {most:g} ms, waiting included"
                raise _FailedError(ErrorCode.TIMEOUT, message)
        answered = self._calls.take()
        if self._recorded:
            await self._note_answers(answered)
        self._resting = False
        return [call.reply for call in answered if call.reply is not None]

    async def _make_calls(self) -> None:
        once = tuple(call.request.id for call in self._calls.precious)
        if once and self._recorded:
            await self._stage.ledger.journal.note(CallsMade(id=self._id, calls=once))
        self._calls.make()
        names = (f"{c.request.alias}.{c.request.method}" for c in self._calls.pending)
        self._stage.ledger.notify(Waiting(self._id, tuple(names)))

    async def _note_answers(self, answered: Sequence[PendingCall]) -> None:
        for call in answered:
            if call.reply is not None and not self._calls.repeatable(call):
                await self._stage.ledger.journal.note(CallAnswered(id=self._id, reply=call.reply))

    async def _wait(self, seconds: float = math.inf) -> bool:
        """Wait for an answer, but not beyond the execution's own time; tells whether one came."""
        return await self._calls.wait(max(0.0, min(seconds, self._waiting().seconds_left)))

    async def _put_away(self) -> None:
        if self._recorded:
            return  # It was put away in the step that committed its last changes.
        with self._undisturbed():
            await self._store()
        self._heed()

    async def _store(self) -> None:
        parked = await self._park()
        if not self.kept:
            return
        self._recorded = True
        try:
            await self._stage.ledger.journal.note(
                self._suspended(parked, self._account, self._calls.pending, self._rev)
            )
        except SuspensionRefusedError as error:
            self._recorded = False
            raise _FailedError(ErrorCode.RESOURCE_LIMIT, str(error)) from None

    async def _park(self) -> Parked:
        try:
            return await self._stage.sandbox.park(self._waiting(), owner=self._stage.ledger)
        except ParkedError as error:
            raise _FailedError(ErrorCode.INTERRUPTED, str(error)) from None

    # ---- ending

    @contextlib.contextmanager
    def _undisturbed(self) -> Generator[None]:
        """Let what is written meanwhile be written; ``_heed`` looks afterwards."""
        self._settling = True
        try:
            yield
        finally:
            self._settling = False

    def _heed(self) -> None:
        if self._ending is not None:
            raise asyncio.CancelledError

    def _ended_by_us(self, cancelling: int) -> bool:
        """Tell whether nobody but ``cancel`` or ``leave`` cancelled the task."""
        if self._ending is None or self._task is None:
            return False
        alone = self._task.cancelling() - cancelling == int(self._interrupted)
        if alone and self._interrupted:
            self._task.uncancel()
        return alone

    async def _ended(self) -> Segment:
        """Come to the end that was asked for."""
        if self._ending == "leave":
            if self.kept and self._resting and not self._recorded:
                try:
                    await self._store()
                except _FailedError as error:
                    return await self._fail(error.code, str(error))
            if self._recorded:
                raise InterruptedExecutionError
            return _failed(ErrorCode.CANCELLED, "the panel was stopped")
        return await self._fail(ErrorCode.CANCELLED, "the execution was cancelled")

    async def _fail(self, code: ErrorCode, message: str) -> Segment:
        segment = replace(_failed(code, message), metrics=self._spent)
        if self._recorded:
            ended = self._end(segment, self._account, self._stage.ledger.rev)
            await self._stage.ledger.journal.note(ended)
            self._told, self._recorded = ended.execution, False
        return segment

    async def _forget(self) -> None:
        """Take it out of the journal, because whoever awaited it does not want it any more."""
        if self._ending != "leave":
            await self._fail(ErrorCode.CANCELLED, "the execution was cancelled")

    async def _release(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.cancel()
            await asyncio.to_thread(run.close)

    def _end(self, segment: Segment, account: Account, rev: int) -> Ended:
        return Ended(
            execution=self._execution(segment, account, rev),
            lifecycle=not self.kept,
            waited=self._recorded,
        )

    def _execution(self, segment: Segment, account: Account, rev: int) -> Execution:
        return Execution(
            id=self._id,
            tool=self._tool,
            ok=segment.error is None,
            value=segment.value if segment.error is None else None,
            error=segment.error,
            patches=account.patches,
            events=account.events,
            view=account.view,
            logs=account.logs,
            metrics=Metrics(
                duration_ms=max(0.0, time.time() - self._began) * 1000,
                compute_ms=segment.metrics.compute_ms,
                memory_bytes=segment.metrics.memory_bytes,
                segments=segment.metrics.segments,
                requests=segment.metrics.requests,
            ),
            rev=rev,
            recording=self._recording,
        )


def _failed(code: ErrorCode, message: str) -> Segment:
    return Segment(status="failed", error=ExecutionError(code=code, message=message))
