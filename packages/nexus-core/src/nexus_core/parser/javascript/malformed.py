"""What is told of a handler that cannot be read, or that is a function which nothing calls."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from tree_sitter import Node

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript.code import Code
from nexus_core.parser.javascript.expressions import Problem
from nexus_core.parser.javascript.grammar import Unreadable, errors, field

_MOST_ERRORS_TOLD: Final = 3
_UNCALLED: Final = frozenset(("arrow_function", "function_expression", "function_declaration"))


def unreadable(place: Unreadable, most: int) -> Problem:
    """Tell where and why reading ended; ``most`` is how deep code may nest."""
    if place.limit:
        facts = {"what": place.why, "limit": str(most)}
        return Problem(catalogue.LIMIT_EXCEEDED, place.start, place.end, facts)
    return Problem(catalogue.HANDLER_SYNTAX, place.start, place.end, {"why": place.why})


def syntax_errors(root: Node, code: Code) -> Iterator[Problem]:
    """Tell of the first errors of a syntax tree."""
    for wrong in islice(errors(root), _MOST_ERRORS_TOLD):
        _, start, end = code.use("", wrong)
        line = code.data.find(b"\n", wrong.start_byte)
        end = min(end, code.offset(line) if line >= 0 else end)
        if end == start:
            start = max(start - 1, 0)
            end = min(start + 1, len(code.text))
        why = "Check brackets, quotes and operators near here."
        if wrong.is_missing:
            why = f"`{wrong.type}` is missing here."
        yield Problem(catalogue.HANDLER_SYNTAX, start, end, {"why": why})


def uncalled(statement: Node, code: Code) -> Problem | None:
    """Tell that the only statement is a function, which nothing calls."""
    function = statement
    while function.type in ("expression_statement", "parenthesized_expression"):
        inside = [each for each in function.named_children if each.type != "comment"]
        function = inside[0]
    if function.type not in _UNCALLED:
        return None
    fix = _body_alone(statement, function, code)
    return code.problem(catalogue.UNCALLED_FUNCTION, function, fix=fix)


def _body_alone(statement: Node, function: Node, code: Code) -> Mend | None:
    """Return what puts the body of a function in the place of the statement it stands in."""
    before = _arguments_of(function, code)
    if before is None:
        return None
    body = field(function, "body")
    first, last = code.span(body)
    if body.type == "statement_block":
        first, last = first + 1, last - 1
    else:
        before += "return "
    start, end = code.span(statement)
    after = ";" if body.type != "statement_block" else ""
    return Mend("Write the body alone", (start, first, before), (last, end, after))


def _arguments_of(function: Node, code: Code) -> str | None:
    """Return what declares the one parameter of a function; nothing when there are more."""
    single = function.child_by_field_name("parameter")
    many = function.child_by_field_name("parameters")
    named = [single] if single else (many.named_children if many else [])
    parameters = [each for each in named if each.type != "comment"]
    if not parameters:
        return ""
    if len(parameters) > 1 or parameters[0].type not in ("identifier", "object_pattern"):
        return None
    return f"const {code.of(parameters[0])} = $args; "


__all__ = ["syntax_errors", "uncalled", "unreadable"]
