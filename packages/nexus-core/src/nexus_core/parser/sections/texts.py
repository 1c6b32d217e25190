"""Expressions, and text with expressions in it, to the values of the tree.

Knows braces, ``{…}`` and ``{{`` and ``}}`` in text, and what to tell of a wrong expression. What an
attribute may hold is the business of ``values``.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place, ScopePlace
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript.expressions import Analysis, Problem
from nexus_core.parser.markup import slips
from nexus_core.parser.markup.braces import closing_brace
from nexus_core.parser.markup.entities import decode
from nexus_core.parser.markup.tokens import Quote
from nexus_core.parser.sections.reading import Reading
from nexus_core.parser.trusted import (
    make_expression_value,
    make_literal,
    make_template,
)
from nexus_protocol.ast import ExpressionValue, Value

_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\w+);")
_TEXT_BRACES: Final = re.compile(r"\{\{\s*+(?=\$(?:state|scope|args)[.?\[])[^{}\n]*+\}\}")
SPACE: Final = " \t\n\r\f"
"""White space that is folded, as browsers do; others, such as a no-break space, say something."""
FOLDED: Final = re.compile(rf"[{SPACE}]+")


class Scope(NamedTuple):
    """Where a value stands: the path of its node, and the names that ``$scope`` has there."""

    path: str
    names: frozenset[str] = frozenset()
    quote: Quote = "double"
    """The quotes around it, if it is an attribute."""


class Piece(NamedTuple):
    """A stretch of text, or of an expression without its braces."""

    start: int
    end: int
    is_expression: bool | None
    """``None`` for text that begins with a brace that never closes."""


# ---- expressions


def read_expression(reading: Reading, start: int, end: int, scope: Scope) -> ExpressionValue | None:
    """Read the expression between two offsets; nothing when it is wrong, which is told."""
    source, begin = trimmed(reading, start, end)
    if not source:  # shown with the braces or quotes around it
        return tell_empty(reading, max(start - 1, 0), end + 1, scope)
    start = begin
    analysis = reading.expression(source)
    if analysis.tree is None:
        reading.facts.unread = True
        fix = _mended(reading, source, scope)
        first = analysis.problems[0]._replace(fix=fix)
        if entity := _ENTITY.search(source):
            first = Problem(catalogue.ENTITY_IN_EXPRESSION, *entity.span(), {}, fix)
        others = () if entity else analysis.problems[1:]
        tell_problems(reading, (first, *others), start, scope.path, scope.names)
    note_uses(reading, analysis, start, scope)
    if analysis.tree is None:
        return None
    return make_expression_value(source=source, tree=analysis.tree)


def tell_empty(reading: Reading, start: int, end: int, scope: Scope) -> None:
    """Tell that an expression is missing."""
    reading.facts.unread = True
    last = len(reading.source.text)
    reading.findings.add(catalogue.EMPTY_EXPRESSION, start, min(end, last), scope.path)


def _mended(reading: Reading, source: str, scope: Scope) -> Mend | None:
    """Return what makes an expression of a source that is none; nothing when it is not known."""
    edits = slips.in_expression(source, scope.quote)
    if edits and reading.expression(slips.apply(source, edits)).tree is not None:
        return Mend("Write it as JavaScript", *edits)
    return None


def note_uses(reading: Reading, analysis: Analysis, start: int, scope: Scope) -> None:
    """Write down the states and items that an expression names."""
    path = scope.path
    facts = reading.facts
    for name, first, last in analysis.states:
        facts.state_uses.append(Place(name, start + first, start + last, path))
    for name, first, last in analysis.scopes:
        facts.scope_uses.append(ScopePlace(name, start + first, start + last, path, scope.names))
    for name, first, last in analysis.dynamic:
        facts.dynamic.append(Place(name, start + first, start + last, path))


def tell_problems(
    reading: Reading,
    problems: tuple[Problem, ...],
    start: int,
    path: str,
    names: frozenset[str] = frozenset(),
) -> None:
    """Tell what is wrong in code that begins at ``start`` and has such names in scope."""
    for finding, first, last, facts, fix in problems:
        begin, end = start + first, start + last
        if begin == end:  # something is missing: show what it is missing after
            begin = max(begin - 1, 0)
        near = None
        mend = None if fix is None else fix.moved(start)
        if finding is catalogue.UNKNOWN_NAME and not reading.findings.full:
            near = meant_by(reading, facts["name"], names)
        reading.findings.tell(finding, begin, end, path, facts, near=near, fix=mend)


_WORDS: Final = {"True": "true", "False": "false", "None": "null", "nil": "null"}
"""Constants of other languages."""


def meant_by(reading: Reading, name: str, names: frozenset[str] = frozenset()) -> str | None:
    """Return the item in scope, the constant or the state that a bare name probably means."""
    if name in names:
        return f"$scope.{name}"
    if name in _WORDS:
        return _WORDS[name]
    declared = [place.name for place in (*reading.facts.states, *reading.facts.computed)]
    return f"$state.{name}" if name in declared else None


def trimmed(reading: Reading, start: int, end: int) -> tuple[str, int]:
    """Return a stretch of the source without the white space around it, and where it begins."""
    raw = reading.source.text[start:end]
    source = raw.strip()
    return source, start + (raw.index(source) if source else 0)


# ---- text


def read_text(reading: Reading, start: int, end: int, scope: Scope) -> Value | None:
    """Read text in which ``{…}`` is an expression; nothing when one of them is wrong."""
    pieces = list(split(reading, start, end, scope.path))
    return _assemble(reading, pieces, scope, fold=False)


def read_children_text(
    reading: Reading, stretches: list[tuple[int, int, bool]], scope: Scope, *, fold: bool
) -> Value | None:
    """Read the text inside an element; ``stretches`` are (start, end, verbatim).

    With ``fold`` white space is folded as a browser does, else only the blank lines around it and
    the common indent are taken away.
    """
    pieces: list[Piece | str] = []
    for start, end, verbatim in stretches:
        if verbatim:
            pieces.append(reading.source.text[start:end])
        else:
            pieces.extend(split(reading, start, end, scope.path))
    return _assemble(reading, pieces, scope, fold=fold, trim=True)


def _assemble(
    reading: Reading,
    pieces: "list[Piece] | list[Piece | str]",
    scope: Scope,
    *,
    fold: bool,
    trim: bool = False,
) -> Value | None:
    parts: list[str | ExpressionValue] = []
    good = True
    for piece in pieces:
        if isinstance(piece, str):
            part = piece
        elif piece.is_expression:
            part = read_expression(reading, piece.start, piece.end, scope)
        else:
            _tell_braces(reading, piece, scope)
            part = unbraced(decode(reading.findings, piece.start, piece.end))
        if part is None:
            good = False
        elif isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    if trim:
        parts = _trim(parts, fold=fold)
    return _value(parts) if good else None


def _tell_braces(reading: Reading, piece: Piece, scope: Scope) -> None:
    """Tell ``{{ $state.n }}`` in text: it stands for braces, and is hardly meant to."""
    if reading.source.text.find("{{", piece.start, piece.end) < 0:
        return
    for found in _TEXT_BRACES.finditer(reading.source.text, piece.start, piece.end):
        start, end = found.span()
        fix = Mend("Write one brace", (start, start + 2, "{"), (end - 2, end, "}"))
        reading.findings.add(catalogue.TEXT_BRACES, start, end, scope.path, fix=fix)


def _value(parts: list[str | ExpressionValue]) -> Value:
    match parts:
        case []:
            return make_literal(value="")
        case [str() as text]:
            return make_literal(value=text)
        case [ExpressionValue() as expression]:
            return expression
        case _:
            return make_template(parts=tuple(parts))


def _trim(parts: list[str | ExpressionValue], *, fold: bool) -> list[str | ExpressionValue]:
    """Fold or dedent the text among parts, and cut it at both ends."""
    parts = [_fold(part) for part in parts] if fold else _dedent(parts)
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip(SPACE)
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip(SPACE)
    return [part for part in parts if part != ""]


def _fold(part: str | ExpressionValue) -> str | ExpressionValue:
    return FOLDED.sub(" ", part) if isinstance(part, str) else part


def _dedent(parts: list[str | ExpressionValue]) -> list[str | ExpressionValue]:
    """Take the indent that all lines have in common off each of them."""
    marked = "".join(part if isinstance(part, str) else "x" for part in parts)
    lines = [line for line in marked.split("\n")[1:] if not line.isspace() and line]
    common = min((len(line) - len(line.lstrip(" \t")) for line in lines), default=0)
    indent = re.compile(rf"\n[ \t]{{0,{common}}}")
    return [indent.sub("\n", part) if isinstance(part, str) else part for part in parts]


def split(reading: Reading, start: int, end: int, path: str) -> Iterator[Piece]:
    """Yield the stretches of text and of expressions; tells a brace that never closes."""
    for piece in pieces_of(reading.source.text, start, end):
        if piece.is_expression is None:
            reading.findings.add(catalogue.UNCLOSED_EXPRESSION, piece.start, piece.start + 1, path)
        yield piece


def pieces_of(text: str, start: int, end: int) -> Iterator[Piece]:
    """Yield the stretches of text and of expressions between two offsets."""
    find = text.find
    begin = position = start
    while (brace := find("{", position, end)) >= 0:
        if text.startswith("{{", brace) and brace + 1 < end:
            position = brace + 2
            continue
        closing = closing_brace(text, brace, end)
        if brace > begin:
            yield Piece(begin, brace, is_expression=False)
        if closing < 0:
            yield Piece(brace, end, is_expression=None)
            return
        yield Piece(brace + 1, closing, is_expression=True)
        begin = position = closing + 1
    if begin < end:
        yield Piece(begin, end, is_expression=False)


def unbraced(text: str) -> str:
    """Return text with one brace for each two."""
    if "{" in text or "}" in text:
        return text.replace("{{", "{").replace("}}", "}")
    return text
