"""How a failure is told: code, message, and the place in the panel's source."""

import pytest

from nexus_core.sandbox import Job, ToolSource
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode


def fail(sandbox, code, **fields):
    run = sandbox.open(
        Job(tool=ToolSource(name="add", code=code, **fields), grant=Grant.everything())
    )
    error = run.start().error
    assert error is not None
    return error


def test_an_error_has_the_line_and_column_of_the_panel(sandbox):
    error = fail(sandbox, "\n  const a = 1;\n  null.x;", line=40, column=20)

    assert (error.code, error.message) == (
        ErrorCode.EXECUTION_ERROR,
        "TypeError: cannot read property 'x' of null",
    )
    assert (error.loc.line, error.loc.column) == (42, 3)


def test_the_first_line_counts_from_where_the_handler_begins(sandbox):
    error = fail(sandbox, "null.x", line=40, column=20)

    assert (error.loc.line, error.loc.column) == (40, 20)


def test_a_stack_counts_lines_of_the_panel_and_shows_none_of_the_bridge(sandbox):
    error = fail(sandbox, "function f() { $emit(1) }\nf()", line=10)

    assert error.stack == "at f (add:10:16)\nat <anonymous> (add:11:1)"


def test_a_syntax_error_is_a_compilation_error_with_its_place(sandbox):
    error = fail(sandbox, "const a = 1;\nconst b = ;", line=5)

    assert (error.code, error.loc.line) == (ErrorCode.COMPILATION_ERROR, 6)


@pytest.mark.parametrize("code", ["}", "})(", "return 1 }", "/*", "'", "await = 1"])
def test_what_does_not_parse_is_a_compilation_error(sandbox, code):
    assert fail(sandbox, code).code is ErrorCode.COMPILATION_ERROR


@pytest.mark.parametrize(
    ("thrown", "message"),
    [
        ("new Error('boom')", "boom"),
        ("new TypeError('boom')", "TypeError: boom"),
        ("'text'", "thrown: text"),
        ("undefined", "thrown: undefined"),
        ("{toString() { throw 1 }}", "thrown: something that has no text"),
        ("Object.create(null)", "thrown: something that has no text"),
        ("new Proxy({}, {get() { throw 2 }})", "thrown: something that has no text"),
    ],
)
def test_whatever_is_thrown_is_told(sandbox, thrown, message):
    assert fail(sandbox, f"throw {thrown}").message == message


def test_a_huge_message_is_cut(sandbox):
    assert len(fail(sandbox, "throw new Error('x'.repeat(1e6))").message) < 10_000


def test_code_that_follows_a_comment_at_the_end_is_not_lost(sandbox):
    tool = ToolSource(name="add", code="return 1 // one")

    assert sandbox.open(Job(tool=tool)).start().value == 1


def test_handlers_are_strict(sandbox):
    assert "not defined" in fail(sandbox, "total = 1").message
