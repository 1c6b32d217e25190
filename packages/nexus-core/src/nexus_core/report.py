"""Findings for a person at a terminal.

Diagnostics with their line, a caret under the place, and what to do; tests with what did not hold.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from nexus_protocol import Diagnostic, Repair
from nexus_protocol.locations import Span
from nexus_protocol.strict_json import encode

if TYPE_CHECKING:
    from nexus_core.panel_tests import PanelTestFailure, PanelTestOutcome

_COLOURS: Final = {"error": "31", "warning": "33", "info": "36"}
_GREEN: Final = "32"
_LONGEST_TEXT: Final = 60
"""Characters of a slip that are shown."""
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb]"
)
"""What a terminal obeys, hides, or shows in another order; a tab is none of it."""


def printable(text: str) -> str:
    """Return text of unknown origin as one line that a terminal shows and does not obey."""
    return _UNPRINTABLE.sub(_escape, text)


def printable_json(text: str) -> str:
    """Return a JSON document that means the same and that a terminal does not obey."""
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] == "\n" else _unicode(found), text)


def _escape(found: re.Match[str]) -> str:
    return {"\n": "\\n", "\r": "\\r"}.get(found[0]) or _unicode(found)


def _unicode(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def render(file: str, source: str, diagnostics: tuple[Diagnostic, ...], *, colour: bool) -> str:
    """Return the findings as text, one paragraph each, in the order given."""
    lines = source.split("\n")
    return "\n".join(_paragraph(file, lines, each, _painter(colour)) for each in diagnostics)


def render_repairs(file: str, repairs: tuple[Repair, ...], *, colour: bool) -> str:
    """Return a line for each slip: where it is, what is written there and what it is read as."""
    paint = _painter(colour)
    label = f"1;{_COLOURS['info']}"
    return "\n".join(
        f"{paint(_place(file, each.loc), '1')} {paint(f'repaired {each.code}', label)}: "
        f"{_quoted(each.before)} is read as {_quoted(each.after)}"
        for each in repairs
    )


def _quoted(text: str) -> str:
    """Return a text on one line, shortened."""
    shown = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return printable(encode(shown))


def render_tests(file: str, outcomes: "Iterable[PanelTestOutcome]", *, colour: bool) -> str:
    """Return a line for each test, and one below it for each thing in it that did not hold."""
    paint = _painter(colour)
    marks = {True: paint("✓", _GREEN), False: paint("✗", _COLOURS["error"])}
    lines: list[str] = []
    for outcome in outcomes:
        name = printable(outcome.name)
        lines.append(f"{marks[outcome.ok]} {_place(file, outcome.loc)} {name}")
        lines.extend(f"    {_place(file, each.loc)} {_sentence(each)}" for each in outcome.failures)
    return "\n".join(lines)


def _place(file: str, loc: Span) -> str:
    return f"{printable(file)}:{loc.line}:{loc.column}"


def _sentence(failure: "PanelTestFailure") -> str:
    subject = f"{failure.what} {failure.path}".rstrip()
    return printable(f"{subject}: expected {failure.expected}, found {failure.found}")


def _paragraph(
    file: str, lines: list[str], finding: Diagnostic, paint: Callable[[str, str], str]
) -> str:
    loc, colour = finding.loc, _COLOURS[finding.severity]
    head = _place(file, loc)
    label = paint(f"{finding.severity} {finding.code}", f"1;{colour}")
    text = lines[loc.line - 1].removesuffix("\r") if loc.line <= len(lines) else ""
    end = loc.end_column if loc.end_line == loc.line else len(text) + 1
    before, covered = printable(text[: loc.column - 1]), printable(text[loc.column - 1 : end - 1])
    rest = printable(text[end - 1 :])
    # Tabs are kept in the margin, so that the caret stands under the place in any terminal.
    margin = "".join("\t" if each == "\t" else " " * _width(each) for each in before)
    caret = paint("^" * max(1, sum(map(_width, covered))), colour)
    number = f"{loc.line:>5}"
    return (
        f"{paint(head, '1')} {label}: {printable(finding.message)}\n"
        f"{number} | {before}{covered}{rest}\n"
        f"      | {margin}{caret}\n"
        f"        {printable(finding.hint)}\n"
    )


def _width(character: str) -> int:
    """Return how many cells of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _painter(colour: bool) -> Callable[[str, str], str]:
    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    return paint
