"""What the readers of sections share: the source, the findings, the facts, small words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts, Place
from nexus_core.parser.findings import Findings, Mend
from nexus_core.parser.javascript.expressions import Analysis, Problem, analyse
from nexus_core.parser.javascript.handlers import HandlerAnalysis, analyse_handler
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.markup.entities import decode
from nexus_core.parser.markup.tokens import Attribute, Comment, Element, Text
from nexus_core.parser.nearest import nearest
from nexus_core.parser.source import Source
from nexus_protocol.locations import Span

IDENTIFIER: Final = re.compile(
    r"(?!(?:__proto__|prototype|constructor)\Z)[A-Za-z_$][A-Za-z0-9_$]{0,63}"
)
"""Names that mean something to every JavaScript object are keys that no value may have either."""
IDENTIFIER_RULE: Final = (
    "Letters, digits, `_` and `$`, no digit first, 64 at most; not `__proto__`, `prototype` or"
    " `constructor`."
)
DOTTED: Final = re.compile(r"[A-Za-z_$][\w$-]{0,63}(?:\.[A-Za-z_$][\w$-]{0,63}){0,7}", re.ASCII)
"""Names of extensions and modules."""

_LONGEST_LABEL: Final = 64
_LINES_KEPT: Final = (frozenset(("Code", "Markdown")), frozenset(("code", "markdown")))
"""The components, and the variants of others, in which lines matter."""


@dataclass(slots=True)
class Reading:
    """One panel while it is read."""

    source: Source
    findings: Findings
    limits: ParseLimits
    facts: Facts = field(default_factory=Facts)
    broken: int = 0
    """Characters of code so far that turned out to be no JavaScript."""
    triggers: int = 0
    """Triggers so far."""
    dynamic: int = 0
    """Names so far that accesses which tell none stand for."""

    def span(self, start: int, end: int) -> Span:
        """Return the lines and columns of a stretch of the source."""
        return self.source.span(start, end)

    def expression(self, source: str) -> Analysis:
        """Return what an expression is, unless too much code was broken before."""
        if self.broken > self.limits.broken_code:
            return Analysis(None, (self._out_of_patience(source),))
        analysis = analyse(source, self.limits)
        self.broken += len(source) if analysis.broken else 0
        return analysis

    def handler(self, code: str) -> HandlerAnalysis:
        """Return what a handler does, unless too much code was broken before."""
        if self.broken > self.limits.broken_code:
            return HandlerAnalysis((self._out_of_patience(code),), unread=True)
        analysis = analyse_handler(code, self.limits)
        self.broken += len(code) if analysis.broken else 0
        return analysis

    def _out_of_patience(self, code: str) -> Problem:
        facts = {"what": "characters of broken code", "limit": str(self.limits.broken_code)}
        return Problem(catalogue.LIMIT_EXCEEDED, 0, len(code), facts)

    def any_of(self, places: Sequence[Place], start: int, end: int, path: str) -> set[str]:
        """Return the names that an access from ``start`` to ``end`` which tells none stands for.

        They are none once all of them, in all accesses together, are too many.
        """
        self.dynamic += len(places)
        most = self.limits.dynamic_names
        if self.dynamic > most:
            what = "names that `$state[…]` and `$ext[…]` stand for"
            facts = {"what": what, "limit": str(most)}
            self.findings.tell(catalogue.LIMIT_EXCEEDED, start, end, path, facts)
            return set()
        return {place.name for place in places}

    def value(self, attribute: Attribute) -> str:
        """Return the text of an attribute, its entities decoded."""
        return decode(self.findings, attribute.value_start, attribute.value_end)

    def raw(self, attribute: Attribute) -> str:
        """Return the text of an attribute as it is written."""
        return self.source.text[attribute.value_start : attribute.value_end]

    def text(self, attributes: dict[str, Attribute], name: str) -> str | None:
        """Return the text of an attribute, or nothing when it is not given."""
        attribute = attributes.get(name)
        return None if attribute is None else self.value(attribute)

    def identifier(
        self,
        attributes: dict[str, Attribute],
        name: str,
        path: str,
        *,
        pattern: re.Pattern[str] = IDENTIFIER,
        rule: str = IDENTIFIER_RULE,
    ) -> Place | None:
        """Return the name that an attribute gives and where; nothing when it cannot be one."""
        attribute = attributes.get(name)
        if attribute is None:
            return None
        text = self.value(attribute)
        if pattern.fullmatch(text) is None:
            self.findings.add(
                catalogue.INVALID_IDENTIFIER, *place_of(attribute), path, name=text, rule=rule
            )
            return None
        return Place(text, *place_of(attribute), path)

    def label(self, attribute: Attribute | None) -> str:
        """Return the text of an attribute for a path, shortened; nothing when it is not given."""
        if attribute is None:
            return ""
        end = min(attribute.value_end, attribute.value_start + _LONGEST_LABEL + 1)
        return clipped(self.source.text[attribute.value_start : end])


def clipped(name: str) -> str:
    """Return a name for a path, shortened: each node inside repeats the path of its parent."""
    return name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…"


def place_of(attribute: Attribute) -> tuple[int, int]:
    """Return where an attribute's value stands, or its name when the value is empty."""
    if attribute.value_end > attribute.value_start:
        return attribute.value_start, attribute.value_end
    return attribute.start, attribute.end


def read_attributes(
    reading: Reading, element: Element, known: Iterable[str], required: Iterable[str], path: str
) -> dict[str, Attribute]:
    """Return the attributes of an element by name; tells those unknown, repeated and missing."""
    found: dict[str, Attribute] = {}
    known = tuple(known)
    for attribute in element.tag.attributes:
        if attribute.name not in known:
            tell_unknown_attribute(reading, element, attribute, known, path)
        elif attribute.name in found:
            tell_repeated_attribute(reading, attribute, path)
        else:
            found[attribute.name] = attribute
    for name in required:
        if name not in found:
            tell_missing(reading, element, name, path)
    return found


def tell_unknown_attribute(
    reading: Reading, element: Element, attribute: Attribute, known: Iterable[str], path: str
) -> None:
    """Tell that an element does not take an attribute, and which is like it."""
    if attribute.name.startswith("xmlns"):
        return
    names = tuple(known)
    free = [name for name in names if element.attribute(name) is None]
    reading.findings.add(
        catalogue.UNKNOWN_ATTRIBUTE,
        attribute.start,
        attribute.name_end,
        path,
        near=None if reading.findings.full else nearest(attribute.name, free),
        name=element.name,
        attribute=attribute.name,
        known=", ".join(names) or "none",
    )


def tell_repeated_attribute(reading: Reading, attribute: Attribute, path: str) -> None:
    """Tell that an attribute is given twice."""
    place = attribute.start, attribute.end
    reading.findings.add(catalogue.REPEATED_ATTRIBUTE, *place, path, attribute=attribute.name)


def tell_missing(reading: Reading, element: Element, name: str, path: str) -> None:
    """Tell that an element lacks an attribute that it needs."""
    reading.findings.add(
        catalogue.MISSING_REQUIRED,
        element.start,
        element.tag.name_end,
        path,
        name=element.name,
        what=f"the attribute {name}",
        example=f'`{name}="…"`',
    )


def tell_stray_text(reading: Reading, element: Element, instead: str, path: str) -> None:
    """Tell the text in an element that holds none."""
    for child in element.children:
        if isinstance(child, Text):
            text = reading.source.text[child.start : child.end]
            if stripped := text.strip():
                start = child.start + text.index(stripped)
                reading.findings.add(
                    catalogue.STRAY_TEXT,
                    start,
                    start + len(stripped),
                    path,
                    name=element.name,
                    instead=instead,
                )


def tell_misplaced(
    reading: Reading, element: Element, parent: str, expected: Iterable[str], path: str
) -> None:
    """Tell that an element cannot stand where it stands, and which may."""
    names = tuple(expected)
    near = None if reading.findings.full else nearest(element.name, names)
    reading.findings.add(
        catalogue.UNKNOWN_ELEMENT,
        element.start,
        element.tag.name_end,
        path,
        near=f"<{near}>" if near else None,
        fix=rename(reading, element, near) if near else None,
        name=element.name,
        parent=parent,
        instead=f"It holds {', '.join(f'<{name}>' for name in names)}.",
    )


def rename(reading: Reading, element: Element, name: str, attributes: str = "") -> Mend:
    """Return what gives an element another name, in its start tag and its end tag.

    ``attributes`` are put behind the name in the start tag.
    """
    start, end = element.tag.name_start, element.tag.name_end
    edits = [(start, end, name + attributes)]
    closing = f"</{element.name}"
    if reading.source.text.startswith(closing, element.content_end):
        start = element.content_end + 2
        edits.append((start, start + len(element.name), name))
    return Mend(f"Call it <{name}>", *edits)


def keeps_lines(component: str, variant: str | None) -> bool:
    """Tell whether the text inside a component is kept line by line, not folded."""
    components, variants = _LINES_KEPT
    return component in components or variant in variants


def apart(reading: Reading, attribute: Attribute, name: str) -> str:
    """Return a name as it stands in place of an attribute's that may touch what is before it."""
    return name if reading.source.text[attribute.start - 1].isspace() else f" {name}"


def is_blank(reading: Reading, node: object) -> bool:
    """Tell whether a node is a comment or nothing but white space."""
    match node:
        case Comment():
            return True
        case Text(start=start, end=end):
            return reading.source.text[start:end].isspace() or start == end
        case _:
            return False
