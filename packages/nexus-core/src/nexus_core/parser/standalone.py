"""Read an expression that stands in no panel, with the same syntax and the same diagnostics.

The braces around it are optional, as in a computed value. What an item in ``$scope`` or an
argument would be is not known here; that the states exist is not asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place
from nexus_core.parser.findings import Findings
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.parser.sections.reading import Reading
from nexus_core.parser.sections.texts import Scope, read_expression
from nexus_core.parser.source import Source
from nexus_protocol import Diagnostic
from nexus_protocol.ast import ExpressionValue


@dataclass(frozen=True, slots=True)
class ExpressionResult:
    """An expression, or what is wrong with it."""

    value: ExpressionValue | None
    """Absent when there are diagnostics."""
    diagnostics: tuple[Diagnostic, ...]
    """All findings, in the order of the text."""


def parse_expression(
    text: str, *, states: Iterable[str] = (), limits: ParseLimits = DEFAULT_LIMITS
) -> ExpressionResult:
    """Read an expression.

    Every text gives a result; nothing is raised.

    Args:
        text: the expression, with braces around it or without.
        states: names that ``$state`` is known to have, for better hints.
        limits: how much it may be.

    """
    source = Source(text)
    reading = Reading(source, Findings(source, limits.diagnostics), limits)
    reading.facts.states.extend(Place(name, 0, 0, "") for name in states)
    for place in source.broken[: limits.diagnostics]:
        reading.findings.add(catalogue.NOT_UTF8, place, place + 1)
    value = read_expression(reading, *_inside_braces(source.text, limits), Scope(""))
    found = reading.findings.diagnostics()
    return ExpressionResult(None if found else value, found)


def _inside_braces(text: str, limits: ParseLimits) -> tuple[int, int]:
    """Return where the expression begins and ends; braces of an object are part of it."""
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}") and len(stripped) > 1:
        problems = analyse(stripped, limits).problems
        if any(problem.finding is catalogue.EXPRESSION_SYNTAX for problem in problems):
            return text.index("{") + 1, text.rindex("}")
    return 0, len(text)
