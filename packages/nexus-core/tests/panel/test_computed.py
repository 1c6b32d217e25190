"""Computed values are evaluated when what they read has changed, and at no other time."""

from collections.abc import Hashable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core import Limits, Panel, Sandbox
from nexus_protocol import ErrorCode, ExecutionError, Json

pytestmark = pytest.mark.requirement("run.state")


class WatchedSandbox(Sandbox):
    """A sandbox that remembers what it was asked to evaluate, and over which values."""

    def __init__(self) -> None:
        super().__init__()
        self.evaluated: list[list[str]] = []
        self.given: list[list[str]] = []

    async def evaluate(
        self,
        expressions: Mapping[str, str],
        state: Mapping[str, Json],
        limits: Limits | None = None,
        *,
        known: Mapping[str, Json] | None = None,
        owner: Hashable = None,
    ) -> dict[str, Json | ExecutionError]:
        self.evaluated.append(list(expressions))
        self.given.append([*state, *(known or {})])
        return await super().evaluate(expressions, state, limits, known=known, owner=owner)


@pytest.fixture(scope="module")
def sandbox():
    sandbox = WatchedSandbox()
    yield sandbox
    sandbox.close()


def source(states: Mapping[str, str], computed: Mapping[str, str]) -> str:
    declared = [f"<State name='{name}' default='{value}'/>" for name, value in states.items()]
    values = [f"<Computed name='{name}' value='{{{text}}}'/>" for name, text in computed.items()]
    return f"<NexusPanel><Data>{''.join((*declared, *values))}</Data></NexusPanel>"


async def opened(sandbox: WatchedSandbox, states, computed, **fields) -> Panel:
    """Open a panel with all values computed, and forget what that took."""
    panel = await Panel.start(source(states, computed), sandbox=sandbox, **fields)
    await panel.refresh()
    sandbox.evaluated.clear()
    sandbox.given.clear()
    return panel


STATES = {"a": "1", "b": "2", "big": "[]", "name": "a"}
COMPUTED = {
    "quad": "$state.double * 2",
    "double": "$state.a * 2",
    "shown": "`${$state.b}!`",
    "both": "$state.quad + $state.b",
}


@pytest.mark.parametrize(
    ("path", "evaluated", "given"),
    [
        ("/a", ["double", "quad", "both"], ["a", "b"]),
        ("/b", ["shown", "both"], ["b", "quad"]),
        ("/big", None, None),
    ],
)
async def test_a_change_evaluates_what_reads_it_over_what_that_reads(
    sandbox, path, evaluated, given
):
    panel = await opened(sandbox, STATES, COMPUTED)
    await panel.set(path, 7)
    await panel.refresh()

    assert [sorted(each) for each in sandbox.evaluated] == (
        [sorted(evaluated)] if evaluated else []
    )
    assert [sorted(each) for each in sandbox.given] == ([sorted(given)] if given else [])


async def test_what_is_read_is_evaluated_before_what_reads_it(sandbox):
    panel = await opened(sandbox, STATES, COMPUTED)
    await panel.set("/a", 7)
    await panel.refresh()

    (order,) = sandbox.evaluated
    assert order.index("double") < order.index("quad") < order.index("both")
    assert panel.computed == {"quad": 28, "double": 14, "shown": "2!", "both": 30}


async def test_nothing_is_evaluated_twice_at_one_revision(sandbox):
    panel = await opened(sandbox, STATES, COMPUTED)
    await panel.refresh()
    await panel.refresh()

    assert sandbox.evaluated == []


async def test_one_that_does_not_tell_what_it_reads_is_evaluated_at_every_change(sandbox):
    panel = await opened(sandbox, STATES, {**COMPUTED, "any": "$state[$state.name]"})
    await panel.set("/big", 1)
    await panel.refresh()
    await panel.set("/name", "quad")
    await panel.refresh()

    assert sandbox.evaluated == [["any"], ["any"]]
    assert panel.computed["any"] == 4


async def test_an_error_stays_until_something_that_was_read_changes(sandbox):
    panel = await opened(sandbox, STATES, {"bad": "$state.a.b.c", "on": "$state.bad + $state.b"})
    await panel.set("/big", 1)
    before = await panel.refresh()
    assert sandbox.evaluated == []
    assert isinstance(before["on"], ExecutionError)

    await panel.set("/b", 3)
    assert await panel.refresh() == before
    await panel.set("/a", {"b": {"c": 4}})
    assert await panel.refresh() == {"bad": 4, "on": 7}


async def test_what_failed_because_of_another_is_tried_again(sandbox):
    computed = {
        "endless": "Array.from({ length: $state.a }, (_, i) => $state.b ** i).length",
        "fine": "$state.a + $state.b",
    }
    panel = await opened(sandbox, STATES, computed, limits=Limits(timeout_ms=200))
    await panel.set("/a", 4_000_000_000)
    failed = await panel.refresh()
    assert {each.code for each in failed.values()} & {ErrorCode.TIMEOUT, ErrorCode.MEMORY_LIMIT}
    await panel.set("/big", 1)
    await panel.refresh()
    assert sorted(sandbox.evaluated[-1]) == ["endless", "fine"]
    await panel.set("/a", 3)

    assert await panel.refresh() == {"endless": 3, "fine": 5}


async def test_an_expression_is_evaluated_over_what_it_reads_only(sandbox):
    panel = await opened(sandbox, STATES, COMPUTED)

    assert await panel.evaluate("$state.quad + $state.b") == 6
    assert [sorted(each) for each in sandbox.given] == [["b", "quad"]]


async def test_an_expression_that_reads_a_failed_value_fails_as_it_does(sandbox):
    panel = await opened(sandbox, STATES, {"bad": "$state.a.b.c"})
    found = await panel.evaluate("$state.bad")

    assert isinstance(found, ExecutionError)
    assert found.code is ErrorCode.EXECUTION_ERROR


NAMES = ["s0", "s1", "s2"]
TEXTS = [
    "$state.{0} + $state.{1}", "$state.{0}.length", "$state.{0}.x.y",
    "[$state.{0}, {{n: $state.{1}}}]", "$state[$state.{0}]", "$state.{0} ? $state.{1} : 0",
    "Object.keys($state).length", "JSON.stringify($state.{0})",
]  # fmt: skip
VALUES = st.sampled_from([0, 1, "s1", "c0", "c1", [], [1, 2], {"x": {"y": 1}}, None])


@st.composite
def declared(draw) -> dict[str, str]:
    """Draw computed values, each over states and over those before it."""
    computed: dict[str, str] = {}
    for number in range(draw(st.integers(1, 5))):
        inputs = st.sampled_from([*NAMES, *computed])
        text = draw(st.sampled_from(TEXTS)).format(draw(inputs), draw(inputs))
        computed[f"c{number}"] = text
    return computed


def plain(values: Mapping[str, Json | ExecutionError]) -> dict[str, Json]:
    return {
        name: [value.code, value.message] if isinstance(value, ExecutionError) else value
        for name, value in values.items()
    }


@settings(max_examples=60, deadline=None)
@given(
    computed=declared(),
    changes=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), min_size=1, max_size=6),
)
async def test_the_values_are_those_of_a_whole_evaluation(sandbox, computed, changes):
    panel = await Panel.start(source(dict.fromkeys(NAMES, "0"), computed), sandbox=sandbox)
    await panel.refresh()
    for name, value in changes:
        await panel.set(f"/{name}", value)
        whole = await Sandbox.evaluate(sandbox, computed, panel.state)
        assert plain(await panel.refresh()) == plain(whole)
