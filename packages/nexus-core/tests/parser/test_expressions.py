"""Expressions: text to the ESTree subset, and what they name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.parser.javascript.expressions import Use, analyse
from nexus_core.parser.limits import ParseLimits
from nexus_protocol.expressions import LiteralExpression

LIMITS = ParseLimits()
names = st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,8}", fullmatch=True)


@pytest.mark.requirement("lang.expressions")
@given(st.sampled_from(["$state", "$scope", "$args"]), st.lists(names, min_size=1, max_size=5))
def test_a_plain_path_reads_as_it_does_in_brackets(root: str, path: list[str]):
    plain = analyse(".".join([root, *path]), LIMITS)
    grammar = analyse("(" + ".".join([root, *path]) + ")", LIMITS)
    shifted = [Use(name, start - 1, end - 1) for name, start, end in grammar.states]
    assert (plain.tree, list(plain.states)) == (grammar.tree, shifted)


@pytest.mark.requirement("lang.expressions")
@given(st.text().filter(lambda text: "\0" not in text))
def test_a_text_written_as_json_is_the_value_of_its_literal(text: str):
    assert analyse(json.dumps(text), LIMITS).tree == LiteralExpression(value=text)


@pytest.mark.requirement("lang.expressions")
@given(st.integers(0, 2**53 - 1) | st.floats(min_value=0, allow_infinity=False, allow_nan=False))
def test_a_number_written_as_json_is_the_value_of_its_literal(number: float):
    assert analyse(json.dumps(number), LIMITS).tree == LiteralExpression(value=number)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1F", 31),
        ("0b101", 5),
        ("0o17", 15),
        ("1_000", 1000),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("9007199254740993", 9007199254740992.0),
        ("123456789012345678901234", 1.2345678901234568e23),
        (r"'\x41\u0042\u{43}\n\0x'.length", None),
        (
            r"'\x41\u0042\u{43}\'\
'",
            "ABC'",
        ),
        (r"'\ud83d\ude00'", "😀"),
    ],
)
@pytest.mark.requirement("lang.expressions")
def test_a_literal_has_the_value_that_javascript_gives_it(text: str, value: object):
    tree = analyse(text, LIMITS).tree
    assert tree == (None if value is None else LiteralExpression(value=value))


@pytest.mark.parametrize("number", ["0x" + "F" * 300, "1" * 400, "1e400"])
@pytest.mark.requirement("lang.expressions")
def test_a_number_that_is_not_finite_is_refused(number: str):
    (problem,) = analyse(number, LIMITS).problems
    assert problem.facts["instead"] == "Write a number that is finite, or `Infinity`."


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Object.freeze($state.a)", "Object.freeze"),
        ("$state.a.keys().length", "a member of what keys() gives"),
        ("$state.f.call(1)", "`.call(…)`"),
        ("{...'ab'}", "a text spread into an object"),
    ],
)
@pytest.mark.requirement("lang.expressions")
def test_what_the_engines_do_not_agree_on_is_refused(text: str, what: str):
    (problem,) = analyse(text, LIMITS).problems
    assert problem.facts["what"] == what


@pytest.mark.requirement("lang.expressions")
def test_an_optional_chain_is_wrapped_where_it_ends():
    tree = analyse("($state.a?.b.c).d", LIMITS).tree
    assert tree is not None
    assert json.loads(tree.to_json())["object"]["type"] == "ChainExpression"


@pytest.mark.requirement("lang.expressions")
def test_a_parameter_hides_no_name_outside_its_function():
    (problem,) = analyse("$state.a.map(x => x) && x", LIMITS).problems
    assert (problem.facts, problem.start, problem.end) == ({"name": "x"}, 24, 25)
