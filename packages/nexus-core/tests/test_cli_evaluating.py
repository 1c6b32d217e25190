"""``nexus eval``: values to stdout, what is wrong to stderr, and how it ends."""

import json
import subprocess
import sys

import pytest

from nexus_core.cli import FINDINGS, GOOD, USAGE, main

pytestmark = pytest.mark.requirement("ker.cli")

STATE = '{"n": 2, "items": [{"done": true}, {"done": false}], "expression": "kept"}'


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$state.n * 2", 4),
        ("{$state.n * 2}", 4),
        (" { $state.items.filter(item => !item.done).length } ", 1),
        ("{ n: $state.n }", {"n": 2}),
        ("{{ n: $state.n }}", {"n": 2}),
        ("{}", {}),
        ("`é ${$state.n}`", "é 2"),
        ("$state.missing ?? null", None),
        ("$state.missing", None),
        ("$state.expression", "kept"),
        ("[0.5, true, 'a'] // three", [0.5, True, "a"]),
    ],
)
def test_eval_prints_the_value_as_json(capsys, expression, value):
    assert main(["eval", expression, "--state", STATE]) == GOOD
    shown = capsys.readouterr()
    assert (json.loads(shown.out), shown.err) == (value, "")


def test_eval_without_a_state_has_an_empty_one(capsys):
    assert main(["eval", "Object.keys($state).length"]) == GOOD
    assert capsys.readouterr().out == "0\n"


def test_eval_of_what_is_refused_puts_a_caret_under_it(capsys):
    assert main(["eval", "1 + fetch('/x')", "--state", "{}"]) == FINDINGS
    shown = capsys.readouterr()
    head, text, caret, hint = shown.err.splitlines()[:4]
    assert (shown.out, head) == (
        "",
        "expression:1:5 error FORBIDDEN_GLOBAL: There is no `fetch` in a panel.",
    )
    assert text[caret.index("^") : caret.rindex("^") + 1] == "fetch"
    assert "$state" in hint


def test_eval_counts_columns_from_the_brace_that_was_given(capsys):
    assert main(["eval", "{$state.n = 1}", "--json"]) == FINDINGS
    (found,) = json.loads(capsys.readouterr().err)["diagnostics"]
    assert (found["code"], found["loc"]["column"]) == ("INVALID_EXPRESSION", 2)


def test_eval_proposes_the_state_that_a_bare_name_means(capsys):
    assert main(["eval", "n + 1", "--state", STATE, "--json"]) == FINDINGS
    shown = capsys.readouterr()
    (found,) = json.loads(shown.err)["diagnostics"]
    assert (shown.out, found["hint"]) == ("", "Did you mean $state.n?")


@pytest.mark.parametrize("expression", ["", "{", "}", "{}}", "1 +", "\0", "a" * 10_000])
def test_eval_tells_what_is_wrong_with_any_text(capsys, expression):
    assert main(["eval", expression, "--json"]) == FINDINGS
    shown = capsys.readouterr()
    assert shown.out == ""
    assert json.loads(shown.err)["diagnostics"]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("$state.missing.name", "EXECUTION_ERROR"),
        ("$state.items.push(1)", "EXECUTION_ERROR"),
        ("$scope.item", "EXECUTION_ERROR"),
        ("1 / 0", "SERIALIZATION_ERROR"),
        ("x => x", "SERIALIZATION_ERROR"),
    ],
)
def test_eval_tells_why_there_is_no_value(capsys, expression, code):
    assert main(["eval", expression, "--state", STATE, "--json"]) == FINDINGS
    shown = capsys.readouterr()
    assert (shown.out, json.loads(shown.err)["error"]["code"]) == ("", code)


def test_eval_tells_an_error_in_words_to_a_person(capsys):
    assert main(["eval", "$state.missing.name"]) == FINDINGS
    shown = capsys.readouterr()
    assert (shown.out, shown.err.startswith("EXECUTION_ERROR: TypeError: ")) == ("", True)


@pytest.mark.parametrize("state", ["{", "[]", "1", '{"a": NaN}'])
def test_eval_takes_no_state_but_an_object(capsys, state):
    assert main(["eval", "1", "--state", state]) == USAGE
    shown = capsys.readouterr()
    assert (shown.out, shown.err.startswith("nexus: --state: ")) == ("", True)


def test_an_expression_that_is_refused_does_not_load_the_engine():
    code = (
        "import sys; from nexus_core.cli import main; main(['eval', '1 +']);"
        "sys.exit('wasmtime' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert ended.returncode == 0
