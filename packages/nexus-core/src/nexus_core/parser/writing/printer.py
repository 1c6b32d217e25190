"""Lay a source out canonically: two spaces a level, an element a line, wide tags split.

Works on the elements as they were written, so that comments, entities, the text of expressions
and the code of handlers stay to the letter; slips are written as they were read. Reading the
result gives the same tree, but for places; laying it out again gives the same text.
"""

from collections.abc import Sequence
from typing import Final

from nexus_core.parser.findings import Findings
from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.parser.markup.tokens import Attribute, Element, Node, Text
from nexus_core.parser.markup.tree import Document, read_document
from nexus_core.parser.parse import VOID, read_source
from nexus_core.parser.sections.reading import keeps_lines
from nexus_core.parser.sections.texts import FOLDED, SPACE, pieces_of
from nexus_core.parser.source import Source
from nexus_protocol.components import BY_NAME
from nexus_protocol.diagnostics import Code

INDENT: Final = "  "
"""The margin of one level."""
_WIDTH: Final = 100
_ROUNDS: Final = 6
"""How often repairs are written down: one may cover another, as quotes do what is in them."""
_UNREADABLE: Final = frozenset((Code.PARSE_ERROR, Code.LIMIT_EXCEEDED))
_SECTIONS: Final = frozenset(("Data", "Logic", "View", "Test"))


class FormatError(ValueError):
    """Raised when a source cannot be laid out; says why and where.

    Either it could not be read whole, or it has more slips than can be mended.
    """


def format_source(source: str | bytes, *, limits: ParseLimits = DEFAULT_LIMITS) -> str:
    """Return a source in canonical layout.

    Raises:
        FormatError: it has syntax errors, or too many slips.

    """
    text = _mended(Source(source), limits)
    document = read_document(Findings(text, limits.diagnostics), limits, VOID)
    assert document is not None  # noqa: S101  without one there was a PARSE_ERROR
    return _Printer(text.text).document(document)


def _mended(text: Source, limits: ParseLimits) -> Source:
    """Return a source with its slips mended as they were read."""
    rounds = 0
    while True:
        findings = Findings(text, limits.diagnostics, limits.nodes)
        read_source(text, findings, limits)
        for found in findings.diagnostics():
            if found.code in _UNREADABLE:
                raise FormatError(f"line {found.loc.line}: {found.message}")
        repaired = findings.repaired()
        if repaired == text.text:
            return text
        rounds += 1
        if findings.too_many_repairs or rounds == _ROUNDS:
            raise FormatError("there are too many slips, or slips within slips")
        text = Source(repaired)


def lay_out(text: str, nodes: Sequence[Node], margin: str) -> str:
    """Return some nodes of a source in canonical layout; the first line is without its margin."""
    return "\n".join(_Printer(text, margin).nodes(nodes, 0)).removeprefix(margin)


class _Printer:
    """Prints the nodes of one source."""

    def __init__(self, text: str, margin: str = "") -> None:
        self._text = text
        self._outer = margin

    def document(self, document: Document) -> str:
        """Return the whole text, a newline at its end."""
        lines = [self._raw(comment) for comment in document.before]
        lines.append(self._element(document.root, 0))
        lines.extend(self._raw(comment) for comment in document.after)
        return "\n".join(lines) + "\n"

    def _raw(self, node: Node) -> str:
        return self._text[node.start : node.end]

    def _element(self, element: Element, level: int) -> str:
        if element.name == "Handler":
            inside = self._text[element.tag.end : element.content_end]
            return f"{self._open_tag(element, level, '>')}{inside}</Handler>"
        inside = self._inside(element, level)
        if not inside:
            return self._open_tag(element, level, "/>")
        return f"{self._open_tag(element, level, '>')}{inside}</{element.name}>"

    def _inside(self, element: Element, level: int) -> str:
        """Return what stands between the tags, its line breaks included."""
        spec = BY_NAME.get(element.name)
        if spec is not None and spec.content == "text" and not element.elements():
            return self._content(element)
        lines = self.nodes(element.children, level + 1)
        return "".join(f"\n{line}" for line in [*lines, self._margin(level)]) if lines else ""

    # ---- children

    def nodes(self, nodes: Sequence[Node], level: int) -> list[str]:
        """Return the lines of nodes side by side; one empty line is kept between two."""
        lines: list[str] = []
        gap = False
        for child in nodes:
            printed = self._child(child, level)
            if not printed:
                gap = gap or self._text.count("\n", child.start, child.end) > 1
                continue
            gap = gap or (isinstance(child, Element) and child.name in _SECTIONS)
            if gap and lines:
                lines.append("")
            lines.append(self._margin(level) + printed)
            gap = isinstance(child, Text) and self._ends_in_gap(child)
        return lines

    def _child(self, child: Node, level: int) -> str:
        match child:
            case Element():
                return self._element(child, level)
            case Text():
                blank = not child.verbatim and self._raw(child).isspace()
                return "" if blank else self._words(child).strip(SPACE)
            case _:
                return self._raw(child)

    def _ends_in_gap(self, child: Text) -> bool:
        text = self._text[child.start : child.end]
        return text[len(text.rstrip()) :].count("\n") > 1

    def _content(self, element: Element) -> str:
        """Return the text of a component that holds text, on one line unless lines matter."""
        variant = element.attribute("variant")
        if keeps_lines(element.name, self._value(variant) if variant else None):
            inside = self._text[element.tag.end : element.content_end]
            return "" if inside.isspace() else inside
        parts = (
            self._words(node) if isinstance(node, Text) else self._raw(node)
            for node in element.children
        )
        return "".join(parts).strip(SPACE)

    def _words(self, node: Text) -> str:
        """Return text with its white space folded; expressions stay, but for their margins."""
        if node.verbatim:
            raw = self._raw(node)
            return f"<![CDATA[{raw}]]>" if raw.strip() else ""
        parts: list[str] = []
        for start, end, is_expression in pieces_of(self._text, node.start, node.end):
            raw = self._text[start:end]
            parts.append(_braced(raw) if is_expression else _folded(raw))
        return "".join(parts)

    # ---- tags

    def _open_tag(self, element: Element, level: int, end: str) -> str:
        """Return a start tag, on one line where it fits, else with an attribute a line."""
        attributes = [self._attribute(each) for each in element.tag.attributes]
        return open_tag(element.name, attributes, self._margin(level), end)

    def _margin(self, level: int) -> str:
        return self._outer + INDENT * level

    def _attribute(self, attribute: Attribute) -> str:
        if attribute.quote == "none":
            return attribute.name
        value = self._value(attribute)
        if attribute.quote == "braces":  # it holds both kinds of quotes
            return f"{attribute.name}={value}"
        quote = "'" if '"' in value else '"'
        return f"{attribute.name}={quote}{value}{quote}"

    def _value(self, attribute: Attribute) -> str:
        return self._text[attribute.value_start : attribute.value_end]


def open_tag(name: str, attributes: list[str], margin: str, end: str) -> str:
    """Return a start tag, on one line where it fits, else with an attribute a line."""
    line = " ".join([f"<{name}", *attributes]) + end
    if len(margin) + len(line) <= _WIDTH or not attributes:
        return line
    return f"\n{margin}{INDENT}".join([f"<{name}", *attributes]) + end


def _braced(raw: str) -> str:
    """Return an expression without its margins, unless they may end a comment."""
    if "//" in raw:
        return f"{{{raw}}}"
    inside = raw.strip()
    # A brace after the first would be a brace that is meant as text.
    return f"{{{' ' if inside.startswith('{') else ''}{inside}}}"


def _folded(raw: str) -> str:
    """Fold white space and write a bare ``<`` as its entity; white space at the ends is kept."""
    words = FOLDED.sub(" ", raw).strip(SPACE)
    before = " " if raw[0] in SPACE else ""
    after = " " if raw[-1] in SPACE and words else ""
    return f"{before}{words}{after}".replace("<", "&lt;")
