"""Expressions that stand in no panel: total, and read as in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.parser import parse, parse_expression

pytestmark = pytest.mark.requirement("lang.expressions")

SOURCES = ["$state.a", "$state.a + 1", "[1, 2].map(x => x * 2)", "{ a: 1 }", "'}' + `{${1}}`", "1n"]


@given(st.text() | st.text(alphabet="{}()[]$state.scope+=>'`\" \n1a\0&;", max_size=40))
def test_any_text_gives_either_a_value_or_diagnostics(text: str):
    result = parse_expression(text)
    assert (result.value is None) == bool(result.diagnostics)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("shape", ["{}", " {} ", "{{{}}}", " {{ {} }} "])
def test_an_expression_alone_is_what_it_is_as_a_computed_value(source: str, shape: str):
    alone = parse_expression(shape.format(source))
    ast = parse(f'<NexusPanel><Data><Computed name="c" value="{{ {source} }}"/></Data>').ast
    assert ast is not None
    computed = [each.value for each in ast.data.computed]
    assert [alone.value] == (computed or [None])


def test_a_place_is_counted_in_the_whole_text():
    (found,) = parse_expression("{\n  $state.a = 1 }").diagnostics
    assert (found.code, found.loc.line, found.loc.column) == ("INVALID_EXPRESSION", 2, 3)
