"""Run the tests that a panel carries, each on a fresh panel of its own.

Knows how a test runs and how a difference is told. How tests are written is the parser's
business, and how outcomes are shown is the command line's.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, assert_never

from nexus_core.errors import InvalidPanelError, PanelError
from nexus_core.extensions import Extension, Registry
from nexus_core.notices import Execution
from nexus_core.panel import DEFAULT_LIMITS, Panel
from nexus_core.parser import parse_cached
from nexus_core.sandbox import Limits
from nexus_protocol import ExecutionError, Json, Model
from nexus_protocol.ast import Call, Expect, Given, PanelTest
from nexus_protocol.locations import Span

_NOTHING: Final = "nothing"
_LONGEST_VALUE: Final = 200
_FALSY: Final[tuple[Json, ...]] = (None, False, 0, "")


class PanelTestFailure(Model):
    """One thing in a test that is not as it should be."""

    what: str
    """The attribute that does not hold, such as ``state``; else ``call`` or ``mount``."""
    path: str = ""
    """JSON pointer to the first difference in the state or the returned value."""
    expected: str
    """JSON, or words."""
    found: str
    """JSON, or the code and message of an error."""
    address: str
    loc: Span


class PanelTestOutcome(Model):
    """What became of one test."""

    name: str
    ok: bool
    address: str
    loc: Span
    failures: tuple[PanelTestFailure, ...]


async def run_tests(
    source: str,
    *,
    extensions: Iterable[Extension] | Registry = (),
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[PanelTestOutcome, ...]:
    """Run all tests of a panel in their order.

    Args:
        source: NXML.
        extensions: What handlers may reach; by default nothing, so that no test needs a network.
        limits: What an execution may use.

    Raises:
        InvalidPanelError: the source has errors.
    """
    result = parse_cached(source)
    if not result.ok or result.ast is None:
        raise InvalidPanelError(result.diagnostics)
    registry = extensions if isinstance(extensions, Registry) else Registry(extensions)
    outcomes: list[PanelTestOutcome] = []
    for test in result.ast.tests:
        async with Panel.open(source, extensions=registry, limits=limits) as panel:
            failures = tuple(await _failures(panel, test))
        outcomes.append(_outcome(test, failures))
    return tuple(outcomes)


def _outcome(test: PanelTest, failures: tuple[PanelTestFailure, ...]) -> PanelTestOutcome:
    return PanelTestOutcome(
        name=test.name,
        ok=not failures,
        address=test.address,
        loc=test.loc,
        failures=failures,
    )


# ---- one test


class _Ended(NamedTuple):
    """How a call ended."""

    value: Json
    error: ExecutionError | None
    events: frozenset[str] = frozenset()


async def _failures(panel: Panel, test: PanelTest) -> list[PanelTestFailure]:
    """Run a test on its panel, up to a call that does not end as it should."""
    mounted = await panel.mounted()
    ended = _ended(mounted) if mounted else _Ended(None, None)
    if ended.error:
        return [_failure(test, "mount", "success", _placed(ended.error))]
    failures = await _begin(panel, test.given) if test.given else []
    for step in test.steps:
        match step:
            case Call():
                ended = await _call(panel, step)
                failure = _judge(step, ended)
                if failure:
                    return [*failures, failure]
            case Expect():
                failures += await _look(panel, step, ended)
            case _:
                assert_never(step)
    return failures


async def _begin(panel: Panel, given: Given) -> list[PanelTestFailure]:
    failures: list[PanelTestFailure] = []
    for name, value in given.state.items():
        try:
            await panel.set(f"/{name}", value)
        except PanelError as error:
            path = _pointer("", name)
            failures.append(_failure(given, "state", "a value of its type", str(error), path))
    return failures


async def _call(panel: Panel, call: Call) -> _Ended:
    try:
        return _ended(await panel.call(call.tool, call.args))
    except PanelError as error:
        return _Ended(None, ExecutionError(code=error.code, message=str(error)))


def _ended(execution: Execution) -> _Ended:
    events = frozenset(event.name for event in execution.events)
    return _Ended(execution.value, execution.error, events)


def _judge(call: Call, ended: _Ended) -> PanelTestFailure | None:
    """Return what is wrong with the end of a call."""
    if call.fails is not None:
        found = _placed(ended.error) if ended.error else "success"
        wrong = ended.error is None or ended.error.code != call.fails
        return _failure(call, "fails", call.fails, found) if wrong else None
    if ended.error:
        return _failure(call, "call", "success", _placed(ended.error))
    if call.returns is None:
        return None
    difference = first_difference(call.returns.value, ended.value)
    return _differs(call, "returns", difference) if difference else None


async def _look(panel: Panel, expect: Expect, ended: _Ended) -> list[PanelTestFailure]:
    """Return everything that an Expect names and that is not so."""
    failures = await _compare(panel, expect) if expect.state else []
    if expect.condition:
        value = await panel.evaluate(expect.condition.source)
        if isinstance(value, ExecutionError):
            failures.append(_failure(expect, "condition", "true", _told(value)))
        elif value in _FALSY:
            failures.append(_failure(expect, "condition", "true", _printed(value)))
    if expect.event is not None and expect.event not in ended.events:
        emitted = ", ".join(sorted(ended.events)) or _NOTHING
        failures.append(_failure(expect, "event", expect.event, emitted))
    return failures


async def _compare(panel: Panel, expect: Expect) -> list[PanelTestFailure]:
    values: Mapping[str, Json | ExecutionError] = {**panel.state, **await panel.refresh()}
    failures: list[PanelTestFailure] = []
    for name, expected in expect.state.items():
        value = values[name]
        path = _pointer("", name)
        if isinstance(value, ExecutionError):
            failures.append(_failure(expect, "state", _printed(expected), _told(value), path))
        elif difference := first_difference(expected, value, path):
            failures.append(_differs(expect, "state", difference))
    return failures


# ---- differences


class Difference(NamedTuple):
    """Where two values first differ, and both values there as JSON."""

    path: str
    expected: str
    found: str


def first_difference(expected: Json, found: Json, path: str = "") -> Difference | None:
    """Return where two values first differ; numbers are compared by value, as JavaScript does."""
    match expected, found:
        case (dict(), dict()) | (list(), list()):
            return _difference_inside(_members(expected), _members(found), path)
        case _:
            alike = isinstance(expected, bool) is isinstance(found, bool) and expected == found
            return None if alike else Difference(path, _printed(expected), _printed(found))


def _difference_inside(
    expected: Mapping[str, Json], found: Mapping[str, Json], path: str
) -> Difference | None:
    for name, value in expected.items():
        inside = _pointer(path, name)
        if name not in found:
            return Difference(inside, _printed(value), _NOTHING)
        if difference := first_difference(value, found[name], inside):
            return difference
    surplus = next((name for name in found if name not in expected), None)
    if surplus is None:
        return None
    return Difference(_pointer(path, surplus), _NOTHING, _printed(found[surplus]))


def _members(value: dict[str, Json] | list[Json]) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {str(n): each for n, each in enumerate(value)}


def _pointer(path: str, name: str) -> str:
    return f"{path}/{name.replace('~', '~0').replace('/', '~1')}"


# ---- words


def _differs(step: Call | Expect, what: str, difference: Difference) -> PanelTestFailure:
    return _failure(step, what, difference.expected, difference.found, difference.path)


def _failure(
    place: PanelTest | Given | Call | Expect, what: str, expected: str, found: str, path: str = ""
) -> PanelTestFailure:
    return PanelTestFailure(
        what=what,
        path=path,
        expected=expected,
        found=found,
        address=place.address,
        loc=place.loc,
    )


def _told(error: ExecutionError) -> str:
    return f"{error.code}: {error.message}"


def _placed(error: ExecutionError) -> str:
    """Return an error of a handler with its line; lines of expressions begin at the expression."""
    return _told(error) + (f" (line {error.loc.line})" if error.loc else "")


def _printed(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


__all__ = ["Difference", "PanelTestFailure", "PanelTestOutcome", "first_difference", "run_tests"]
