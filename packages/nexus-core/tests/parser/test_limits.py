"""Every limit is told where it is passed, has a default, and stands in the specification."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from nexus_core.parser import ParseLimits, parse

SPEC = (Path(__file__).parents[4] / "docs" / "NXML_SPEC.md").read_text(encoding="utf-8")
DEFAULTS = ParseLimits()


def view(inside: str) -> str:
    return f"<NexusPanel><View><Layout>{inside}</Layout></View></NexusPanel>"


def logic(code: str) -> str:
    tool = f'<Tool name="t"><Handler>{code}</Handler></Tool>'
    return f'<NexusPanel><Data><State name="a"/></Data><Logic>{tool}</Logic></NexusPanel>'


def data(inside: str) -> str:
    return f'<NexusPanel><Data><State name="a"/>{inside}</Data></NexusPanel>'


NEXT = "</Handler></Tool><Tool name='u'><Handler>"
COMPUTED = '<Computed name="c" value="{Object.keys($state)}"/>'
SCHEDULED = (
    '<NexusPanel><Logic><Tool name="t"><Trigger every="1m"/><Trigger every="2m"/>'
    "<Handler>f();</Handler></Tool></Logic></NexusPanel>"
)
CASES = {
    "source_bytes": (5, "<NexusPanel/>", "bytes of source", ""),
    "depth": (4, view("<Card><Card/></Card>"), "elements inside one another", "<Card/>"),
    "nodes": (5, view("<Text>x</Text>"), "elements and texts", ">"),
    "attributes": (1, view('<Text id="a" content=""/>'), "attributes in one element", 'content=""'),
    "expression_length": (3, view("<Text>{1 + 1}</Text>"), "characters of an expression", "1 + 1"),
    "expression_depth": (2, view("<Text>{-(-(1))}</Text>"), "operations inside one another",
                         "-(1)"),
    "handler_length": (3, logic("f();"), "characters of a handler", "f();"),
    "handler_depth": (3, logic("f(g(1));"), "pieces of code inside one another", "g(1)"),
    "code_depth": (2, logic("f(((1)));"), "brackets or operators inside one another", "f(((1)));"),
    "triggers": (1, SCHEDULED, "triggers", "<Trigger"),
    "broken_code": (0, logic(f"for (const a of of of) b{NEXT}f();"), "characters of broken code",
                    "f();"),
    "dynamic_names": (0, data(COMPUTED), "names that `$state[…]` and `$ext[…]` stand for",
                      COMPUTED),
    "diagnostics": (1, view("<Foo/><Bar/>"), "findings", ""),
}  # fmt: skip


def covered(source: str, line: int, column: int, end_column: int) -> str:
    return source.split("\n")[line - 1][column - 1 : end_column - 1]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.requirement("lang.parser")
def test_what_passes_a_limit_is_told_at_its_place(name: str):
    limit, source, what, text = CASES[name]
    result = parse(source, limits=replace(DEFAULTS, **{name: limit}))
    (told,) = [each for each in result.diagnostics if each.code == "LIMIT_EXCEEDED"]
    loc = told.loc
    assert told.message.startswith(f"There are more than {limit} {what}")
    assert covered(source, loc.line, loc.column, loc.end_column) == text
    assert told.hint


@pytest.mark.parametrize("source", ["<%s/>", "<%s></NexusPanel>", "<%s"])
@pytest.mark.requirement("lang.parser")
def test_the_panel_too_has_no_more_attributes_than_an_element(source: str):
    found = parse(source % ("NexusPanel" + ' odd=""' * 70)).diagnostics
    told = [each.code for each in found]
    assert (told.count("LIMIT_EXCEEDED"), told.count("UNKNOWN_ATTRIBUTE")) == (1, 64)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.requirement("lang.parser")
def test_what_passes_a_limit_is_fine_by_default(name: str):
    _, source, _, _ = CASES[name]
    assert "LIMIT_EXCEEDED" not in {each.code for each in parse(source).diagnostics}


@pytest.mark.parametrize(
    "source",
    [
        logic("f();").replace("</Logic>", "</Logic><View><Layout>%s</Layout></View>")
        % ('<Button label="b" trigger="t" args="{ a: 1 }"/>' * 3),
        logic("f();").replace("<Handler>", "<Capabilities>%s</Capabilities><Handler>")
        % ('<Capability type="state:write" scope="a"/><Capability type="ext:http"/>' * 3),
    ],
    ids=["arguments", "capabilities"],
)
@pytest.mark.requirement("lang.parser")
def test_no_more_is_told_than_the_limit_whatever_it_is(source: str):
    found = parse(source, limits=replace(DEFAULTS, diagnostics=1)).diagnostics
    assert len(found) == 2
    assert found[-1].code == "LIMIT_EXCEEDED"


@pytest.mark.requirement("lang.validator")
def test_cycles_are_told_until_their_names_are_too_many():
    names = [[f"c{cycle}_{n}" for n in range(300)] for cycle in range(9)]
    values = [
        f'<Computed name="{name}" value="$state.{after}"/>'
        for cycle in names
        for name, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    ]
    found = parse(data("".join(values))).diagnostics
    assert sum(each.code == "COMPUTED_CYCLE" for each in found) == 7


@pytest.mark.requirement("lang.validator")
def test_names_are_guessed_until_comparing_them_takes_too_long():
    states = "".join(f'<State name="{"s" * 59}{n:04}"/>' for n in range(500))
    misspelled = "".join(f"<Text>{{$state.{'s' * 58}x{n:04}}}</Text>" for n in range(4))
    source = (
        f"<NexusPanel><Data>{states}</Data><View><Layout>{misspelled}</Layout></View></NexusPanel>"
    )
    found = parse(source, limits=replace(DEFAULTS, diagnostics=1000)).diagnostics
    undefined = [each for each in found if each.code == "UNDEFINED_STATE_REFERENCE"]
    assert [bool(each.fix) for each in undefined] == [True, False, False, False]


@pytest.mark.requirement("lang.parser")
def test_every_limit_is_tested_and_stands_in_the_specification():
    names = [each.name for each in fields(ParseLimits)]
    assert list(CASES) == names
    assert re.findall(r"^\| `(\w+)` \| [\d,]+", SPEC, re.MULTILINE) == names
