"""Diagnostics for a person at a terminal: the line, a caret under the place, and what to do."""

from collections.abc import Callable
from typing import Final

from nexus_protocol import Diagnostic

_COLOURS: Final = {"error": "31", "warning": "33", "info": "36"}


def render(file: str, source: str, diagnostics: tuple[Diagnostic, ...], *, colour: bool) -> str:
    """Return the findings as text, one paragraph each, in the order given."""
    lines = source.splitlines()
    return "\n".join(_paragraph(file, lines, each, _painter(colour)) for each in diagnostics)


def _paragraph(
    file: str, lines: list[str], finding: Diagnostic, paint: Callable[[str, str], str]
) -> str:
    loc, colour = finding.loc, _COLOURS[finding.severity]
    head = f"{file}:{loc.line}:{loc.column}"
    label = paint(f"{finding.severity} {finding.code}", f"1;{colour}")
    text = lines[loc.line - 1] if loc.line <= len(lines) else ""
    end = loc.end_column if loc.end_line == loc.line else len(text) + 1
    # Tabs are kept in the margin, so that the caret stands under the place in any terminal.
    margin = "".join("\t" if each == "\t" else " " for each in text[: loc.column - 1])
    caret = paint("^" * max(1, end - loc.column), colour)
    number = f"{loc.line:>5}"
    return (
        f"{paint(head, '1')} {label}: {finding.message}\n"
        f"{number} | {text}\n"
        f"      | {margin}{caret}\n"
        f"        {finding.hint}\n"
    )


def _painter(colour: bool) -> Callable[[str, str], str]:
    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    return paint
