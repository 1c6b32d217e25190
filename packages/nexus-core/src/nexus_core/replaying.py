"""Run a recorded execution again, and tell where it comes to something else.

The handler runs in a fresh sandbox that reaches nothing: its clock, its random numbers and the
answers it waits for come from the record. With another source the same inputs show what a change
of the handler changes. Each segment is compared with what it did then, up to the first difference.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final, Literal, TypeAlias, cast

from nexus_core.errors import InvalidPanelError, PanelError
from nexus_core.panel import shared_sandbox
from nexus_core.panel_tests import Difference, first_difference
from nexus_core.parser import parse_cached
from nexus_core.program import Entry, Program
from nexus_core.recording import Record, RecordedSegment, RecordError, Told
from nexus_core.sandbox import Job, Limits, Run, Sandbox, Segment, ToolSource
from nexus_core.state import initial_state
from nexus_protocol import ErrorCode, ExecutionError, Grant, Json, Model
from nexus_protocol._model import Maybe
from nexus_protocol.ast import LifecycleEvent
from nexus_protocol.locations import Span

Part: TypeAlias = Literal["error", "ops", "events", "view", "requests", "value", "logs", "status"]

_PARTS: Final[tuple[Part, ...]] = (
    "error", "ops", "events", "view", "requests", "value", "logs", "status"
)  # fmt: skip
"""In the order in which they tell most: who fails does nothing else, too."""

_BY_TIME: Final = frozenset({ErrorCode.TIMEOUT, ErrorCode.CPU_LIMIT})
"""Where a handler is stopped by these differs from run to run."""


class Divergence(Model):
    """Where a replay first comes to something else."""

    segment: int
    """Counted from 1."""
    what: Part
    path: str = ""
    """JSON pointer inside it."""
    expected: str
    """What the record has there: JSON, or words."""
    found: str
    loc: Span
    """Where in the source that was replayed: of the error, of the first changed line, or of the
    handler."""


class Replayed(Model):
    """What became of a replay."""

    id: str
    tool: str
    identical: bool
    """Whether every segment did what it did then."""
    changed: bool
    """Whether it ran another source than the recorded one."""
    segments: tuple[RecordedSegment, ...]
    """As they ran now, up to the first difference."""
    divergence: Maybe[Divergence] = None
    ended: Maybe[ExecutionError] = None
    """What ended the recorded execution from outside; that is not repeated."""
    unknown: tuple[str, ...] = ()
    """State that the changed handler may read and the record does not have; it is as declared."""


async def replay(
    record: Record, source: str | None = None, *, sandbox: Sandbox | None = None
) -> Replayed:
    """Run a record again.

    Args:
        record: What was recorded.
        source: NXML to run in the place of the recorded source.
        sandbox: Where it runs.

    Raises:
        RecordError: the record has nothing that could run.
        InvalidPanelError: the source has errors.
        PanelError: the source has no such tool, or it wants other arguments.
    """
    if record.not_kept is not None:
        raise RecordError(f"this execution cannot run again: {record.not_kept}")
    plan = await asyncio.to_thread(_plan, record, source)
    found = await _run(record, plan, sandbox or shared_sandbox())
    divergence = _divergence(record, plan, found)
    return Replayed(
        id=record.id,
        tool=record.tool,
        identical=divergence is None,
        changed=plan.changed,
        segments=found,
        divergence=divergence,
        ended=record.ended,
        unknown=plan.unknown,
    )


# ---- what runs


@dataclass(frozen=True, slots=True)
class _Plan:
    job: Job
    changed: bool
    unknown: tuple[str, ...]
    place: Span
    """Where the handler was changed, or begins."""


def _plan(record: Record, source: str | None) -> _Plan:
    text = record.source if source is None else source
    if text is None:
        raise RecordError("the record does not hold the panel's source; give it")
    program, source_hash = _program(text, record.limits)
    if source is None and source_hash != record.source_hash:
        raise RecordError("the record holds another source than the one that ran")
    entry = _entry(program, record)
    if source_hash == record.source_hash:
        return _Plan(_job(record, program, entry), False, (), _span(entry.source.line))
    state = initial_state(program.ast.data) | {
        name: value for name, value in record.state.items() if program.declares(name)
    }
    granted = entry.grant.names("state:read")
    unknown = tuple(
        name for name in state if name not in record.state and not granted.isdisjoint({"*", name})
    )
    return _Plan(_changed_job(record, program, entry, state), True, unknown, _place(record, entry))


def _program(source: str, limits: Limits) -> tuple[Program, str]:
    result = parse_cached(source)
    if not result.ok or result.ast is None:
        raise InvalidPanelError(result.diagnostics)
    return Program(result.ast, limits), result.source_hash


def _entry(program: Program, record: Record) -> Entry:
    if not record.lifecycle:
        return program.tool(record.tool)
    entry = program.lifecycle(cast("LifecycleEvent", record.tool))
    if entry is None:
        raise PanelError(ErrorCode.TOOL_NOT_FOUND, f"there is no lifecycle {record.tool!r}")
    return entry


def _job(record: Record, program: Program, entry: Entry) -> Job:
    return Job(
        tool=entry.source,
        args=record.args,
        # What may not be read has a name, and no value reaches the guest.
        state={**record.state, **dict.fromkeys(record.hidden)},
        computed=program.computed,
        tools=entry.tools,
        aliases=frozenset(program.aliases),
        grant=Grant.of(record.grant),
        limits=record.limits,
        now=record.segments[0].now if record.segments else 0.0,
        seed=bytes.fromhex(record.seed),
    )


def _changed_job(record: Record, program: Program, entry: Entry, state: Mapping[str, Json]) -> Job:
    args = record.args
    if not record.lifecycle:
        known = {arg.name for arg in entry.source.args}
        args = program.arguments(
            record.tool, {name: value for name, value in args.items() if name in known}
        )
    return replace(
        _job(record, program, entry), args=args, state=state, grant=entry.grant,
        limits=entry.limits,
    )  # fmt: skip


def _place(record: Record, entry: Entry) -> Span:
    """Return the first line of the handler, or of one that it may call, that was changed."""
    if record.source is None:
        return _span(entry.source.line)
    before = _entry(_program(record.source, record.limits)[0], record)
    for old, new in _pairs(before, entry):
        lines = zip_longest(old.code.splitlines(), new.code.splitlines())
        changed = next((n for n, (was, now) in enumerate(lines) if was != now), None)
        if changed is not None:
            return _span(new.line + changed)
    return _span(entry.source.line)


def _pairs(before: Entry, after: Entry) -> Iterator[tuple[ToolSource, ToolSource]]:
    yield before.source, after.source
    for name, tool in after.tools.items():
        if name in before.tools:
            yield before.tools[name], tool


def _span(line: int) -> Span:
    return Span(line=line, column=1, end_line=line, end_column=1)


async def _run(record: Record, plan: _Plan, sandbox: Sandbox) -> tuple[RecordedSegment, ...]:
    """Run the segments until one does something else, or what follows was not told."""
    found: list[RecordedSegment] = []
    run: Run | None = None
    try:
        for recorded in record.segments:
            if recorded.told is None:
                break
            if run is None:
                run, segment = await sandbox.start(plan.job)
            else:
                segment = await sandbox.resume(
                    run, recorded.answers, recorded.foreign, now=recorded.now
                )
            told = Told.of(segment)
            found.append(_found(recorded, told, segment))
            if _differing(recorded.told, told, changed=plan.changed) is not None:
                break
    finally:
        if run is not None:
            await asyncio.to_thread(run.close)
    return tuple(found)


def _found(recorded: RecordedSegment, told: Told, segment: Segment) -> RecordedSegment:
    update = {"told": told, "compute_ms": segment.metrics.compute_ms}
    return recorded.model_copy(update=update)


# ---- what is compared


@dataclass(frozen=True, slots=True)
class _Differing:
    what: Part
    difference: Difference


def _divergence(record: Record, plan: _Plan, found: Sequence[RecordedSegment]) -> Divergence | None:
    """Return the difference in the last segment that ran; those before have none."""
    if not found:
        return None
    told, recorded = found[-1].told, record.segments[len(found) - 1].told
    if told is None or recorded is None:
        return None
    differing = _differing(recorded, told, changed=plan.changed)
    if differing is None:
        return None
    return Divergence(
        segment=len(found),
        what=differing.what,
        path=differing.difference.path,
        expected=differing.difference.expected,
        found=differing.difference.found,
        loc=(told.error and told.error.loc) or plan.place,
    )


def _differing(recorded: Told, found: Told, *, changed: bool) -> _Differing | None:
    if _stopped(recorded) and _stopped(found):
        return None
    expected, come = _comparable(recorded, changed=changed), _comparable(found, changed=changed)
    for part in _PARTS:
        was, now = expected.get(part), come.get(part)
        if _text(was) != _text(now):
            told = _errors(recorded, found) if part == "error" else _difference(was, now)
            return _Differing(part, told)
    return None


def _stopped(told: Told) -> bool:
    return told.error is not None and told.error.code in _BY_TIME


def _comparable(told: Told, *, changed: bool) -> dict[str, Any]:
    """Return what is compared; the lines of another source say nothing about what it does."""
    values = told.model_dump(mode="json")
    if changed and told.error is not None:
        values["error"] = {"code": told.error.code.value, "message": told.error.message}
    return values


def _difference(was: Json, now: Json) -> Difference:
    # Alike by value, so that their members stand in another order.
    return first_difference(was, now) or Difference("", _text(was)[:200], _text(now)[:200])


def _errors(recorded: Told, found: Told) -> Difference:
    was, now = (
        f"{each.error.code}: {each.error.message}" if each.error else "no error"
        for each in (recorded, found)
    )
    if was != now:
        return Difference("", was, now)
    return _difference(*(each.model_dump(mode="json").get("error") for each in (recorded, found)))


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


__all__ = ["Divergence", "Replayed", "replay"]
