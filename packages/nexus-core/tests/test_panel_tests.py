"""Tests that a panel carries: how they run, and what is told when one does not hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core import InvalidPanelError, run_tests
from nexus_core.extensions import CallContext, Extension, method
from nexus_core.panel_tests import Difference, PanelTestFailure, PanelTestOutcome, first_difference
from nexus_protocol import Json

PANEL = """
<NexusPanel title="Notes">
  <Data>
    <State name="notes" type="list"/>
    <State name="theme" type="string"/>
    <Computed name="count" value="{$state.notes.length}"/>
    <Computed name="first" value="{$state.notes[0].text}"/>
  </Data>
  <Logic>
    <Extension name="test.shop" alias="shop"/>
    <Lifecycle on="mount"><Handler>
      $emit("ready");
      $state.theme = "light";
      if ($state.notes.length) $state.theme = "given came first";
    </Handler></Lifecycle>
    <Tool name="add">
      <Arg name="text" type="string"/>
      <Handler>
        if (!$args.text) throw new Error("empty");
        $state.notes.push({ text: $args.text });
        $emit("added", $args.text);
        return { count: $state.count };
      </Handler>
    </Tool>
    <Tool name="buy"><Handler>return await $ext.shop.price("milk");</Handler></Tool>
  </Logic>
  TESTS
</NexusPanel>
"""


class Shop(Extension):
    """A shop where everything costs the same."""

    name = "test.shop"

    @method()
    async def price(self, context: CallContext, thing: str) -> int:
        """Answer what a thing costs."""
        return 3


async def outcomes(
    *steps: str, extensions: tuple[Extension, ...] = ()
) -> tuple[PanelTestOutcome, ...]:
    tests = (f'<Test name="test {n}">{each}</Test>' for n, each in enumerate(steps))
    return await run_tests(PANEL.replace("TESTS", "\n  ".join(tests)), extensions=extensions)


async def failures(steps: str) -> list[tuple[str, str, str, str]]:
    """What is wrong with a single test, without places."""
    (outcome,) = await outcomes(steps)
    return [(each.what, each.path, each.expected, each.found) for each in outcome.failures]


@pytest.mark.parametrize(
    "steps",
    [
        '<Expect state="{ notes: [], count: 0 }"/>',
        "<Given state=\"{ notes: [{ text: 'a' }] }\"/><Expect state=\"{ count: 1, first: 'a' }\"/>",
        '<Call tool="add" args="{ text: \'a\' }" returns="{ count: 1 }"/>',
        '<Call tool="add" args="[\'a\']"/><Expect condition="{$state.first === \'a\'}"/>',
        '<Call tool="add" args="[\'a\']"/><Expect event="added"/>',
        '<Call tool="add" args="[\'\']" fails="EXECUTION_ERROR"/><Expect state="{ count: 0 }"/>',
        '<Call tool="add" fails="INVALID_ARGUMENTS"/>',
        '<Call tool="buy" fails="EXTENSION_NOT_FOUND"/>',
    ],
)
@pytest.mark.requirement("lang.tests")
async def test_what_is_so_holds(steps: str):
    assert await failures(steps) == []


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (
            "<Given state=\"{ notes: [{ text: 'a' }] }\"/>"
            "<Expect state=\"{ notes: [{ text: 'b' }], count: 2 }\"/>",
            [("state", "/notes/0/text", '"b"', '"a"'), ("state", "/count", "2", "1")],
        ),
        (
            '<Expect state="{ first: null }"/>',
            [
                (
                    "state",
                    "/first",
                    "null",
                    "EXECUTION_ERROR: TypeError: cannot read property 'text' of undefined",
                )
            ],
        ),
        (
            '<Call tool="add" args="[\'a\']" returns="{ count: true }"/>',
            [("returns", "/count", "true", "1")],
        ),
        (
            '<Call tool="add" args="[\'\']"/>',
            [("call", "", "success", "EXECUTION_ERROR: empty (line 19)")],
        ),
        (
            '<Call tool="add" args="[\'a\']" fails="TIMEOUT"/>',
            [("fails", "", "TIMEOUT", "success")],
        ),
        (
            '<Call tool="add" args="[\'\']" fails="TIMEOUT"/>',
            [("fails", "", "TIMEOUT", "EXECUTION_ERROR: empty (line 19)")],
        ),
        (
            '<Expect condition="{$state.count}"/>',
            [("condition", "", "true", "0")],
        ),
        (
            '<Expect condition="{$state.first}"/>',
            [
                (
                    "condition",
                    "",
                    "true",
                    "EXECUTION_ERROR: TypeError: cannot read property 'text' of undefined",
                )
            ],
        ),
        (
            '<Call tool="add" args="[\'a\']"/><Expect event="removed"/>',
            [("event", "", "removed", "added")],
        ),
        (
            '<Call tool="add" fails="INVALID_ARGUMENTS"/><Expect event="added"/>',
            [("event", "", "added", "nothing")],
        ),
        (
            '<Given state="{ notes: 3 }"/><Expect state="{ count: 0 }"/>',
            [
                (
                    "state",
                    "/notes",
                    "a value of its type",
                    "state notes: expected a list, got the number 3",
                )
            ],
        ),
    ],
)
@pytest.mark.requirement("lang.tests")
async def test_what_is_not_so_is_told_with_what_was_expected_and_found(
    steps: str, expected: list[tuple[str, str, str, str]]
):
    assert await failures(steps) == expected


@pytest.mark.requirement("lang.tests")
async def test_a_failure_stands_at_its_step():
    (outcome,) = await outcomes('<Expect state="{ count: 1 }"/>')
    loc = outcome.loc
    assert outcome.failures == (
        PanelTestFailure(
            what="state",
            path="/count",
            expected="1",
            found="0",
            address="Test[test 0]/Expect[0]",
            loc=loc.model_copy(
                update={
                    "column": loc.column + len('<Test name="test 0">'),
                    "end_column": loc.end_column - len("</Test>"),
                }
            ),
        ),
    )


@pytest.mark.requirement("lang.tests")
async def test_every_test_begins_afresh():
    call = '<Call tool="add" args="[\'a\']" returns="{ count: 1 }"/>'
    assert [outcome.ok for outcome in await outcomes(call, call)] == [True, True]


@pytest.mark.requirement("lang.tests")
async def test_the_mount_handler_runs_before_what_is_given():
    (outcome,) = await outcomes(
        '<Given state="{ notes: [1] }"/><Expect state="{ theme: \'light\' }" event="ready"/>'
    )
    assert outcome.failures == ()


@pytest.mark.requirement("lang.tests")
async def test_a_mount_handler_that_waits_is_waited_for():
    test = """
      <Test name="a">
        <Given state="{ theme: 'mine' }"/>
        <Expect state="{ theme: 'mine' }"/>
      </Test>"""
    source = PANEL.replace('$emit("ready");', 'await $ext.shop.price("milk");')
    (outcome,) = await run_tests(source.replace("TESTS", test), extensions=[Shop()])
    assert outcome.ok


@pytest.mark.requirement("lang.tests")
async def test_a_mount_handler_that_fails_fails_the_test():
    source = PANEL.replace('$emit("ready");', "await $ext.shop.price();").replace(
        "TESTS", '<Test name="a"><Expect state="{ count: 0 }"/></Test>'
    )
    (outcome,) = await run_tests(source)
    (failure,) = outcome.failures
    assert (failure.what, failure.expected, failure.address, failure.loc) == (
        "mount",
        "success",
        outcome.address,
        outcome.loc,
    )
    assert failure.found.startswith("EXTENSION_NOT_FOUND: ")


@pytest.mark.requirement("lang.tests")
async def test_a_test_ends_at_a_call_that_is_not_as_it_should_be():
    first = '<Call tool="add" args="[\'a\']" returns="2"/>'
    found = await failures(f'{first}<Expect state="{{ count: 7 }}"/>')
    assert [each[0] for each in found] == ["returns"]


@pytest.mark.requirement("lang.tests")
async def test_extensions_that_are_given_are_reached():
    (outcome,) = await outcomes('<Call tool="buy" returns="3"/>', extensions=(Shop(),))
    assert outcome.ok


@pytest.mark.requirement("lang.tests")
async def test_a_panel_with_errors_is_not_tested():
    with pytest.raises(InvalidPanelError):
        await run_tests("<NexusPanel><Test/></NexusPanel>")


# ---- differences


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside),
    max_leaves=8,
)


@given(json_values)
def test_a_value_does_not_differ_from_itself(value: Json):
    assert first_difference(value, value) is None


@given(json_values, json_values)
def test_two_values_differ_both_ways_or_not_at_all(one: Json, other: Json):
    there, back = first_difference(one, other), first_difference(other, one)
    assert (there is None) == (back is None)


@pytest.mark.parametrize(
    ("expected", "found", "difference"),
    [
        ([1, 2], [1], Difference("/1", "2", "nothing")),
        ([1], [1, 2], Difference("/1", "nothing", "2")),
        ({"a": 1}, {"b": 1}, Difference("/a", "1", "nothing")),
        ({}, {"b": None}, Difference("/b", "nothing", "null")),
        ({"a/b": {"~": [0]}}, {"a/b": {"~": [1]}}, Difference("/a~1b/~0/0", "0", "1")),
        ([], {}, Difference("", "[]", "{}")),
        (1, True, Difference("", "1", "true")),
        (1, 1.0, None),
        ("a" * 300, "", Difference("", '"' + "a" * 198 + "…", '""')),
    ],
)
@pytest.mark.requirement("lang.tests")
def test_the_first_difference_is_told_with_its_path(
    expected: Json, found: Json, difference: Difference | None
):
    assert first_difference(expected, found) == difference
