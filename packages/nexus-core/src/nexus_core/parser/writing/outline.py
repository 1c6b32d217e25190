"""Where the nodes of a panel stand in its source, to the character.

Joins the tree with the elements that it was made of. What is done to the text there is the
business of ``edits``.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from nexus_core.parser.findings import Findings
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.markup.tokens import Element, Node, Text
from nexus_core.parser.markup.tree import read_document
from nexus_core.parser.parse import VOID, parse
from nexus_core.parser.result import ParseResult
from nexus_core.parser.source import Source
from nexus_core.parser.writing.addresses import PANEL, Addressed, ElseBranch, ViewSection, addressed
from nexus_protocol import PanelAst
from nexus_protocol.ast import ComponentNode, Data, Handler, Logic, TextNode
from nexus_protocol.diagnostics import Code
from nexus_protocol.locations import Span

_EXACT_ENOUGH: Final = frozenset(("UNQUOTED_BRACES",))
"""Repairs that leave no doubt about where anything begins and ends."""
_COMMENTS: Final = re.compile(r"(?:<!--[^-]*+(?:-(?!->)[^-]*+)*+-->\s*+)+")
_CDATA: Final = len("<![CDATA[")


class Slot(NamedTuple):
    """A child of an element: an element, an If with its Else, or a text."""

    start: int
    end: int
    parent: Element
    nodes: list[Node]
    """What it is made of, in order."""

    @property
    def is_text(self) -> bool:
        """Whether it is a text."""
        return isinstance(self.nodes[0], Text)


class Located(NamedTuple):
    """A node of the tree and its place in the source."""

    address: str
    node: Addressed
    element: Element | None
    """Absent for a text."""
    slot: Slot | None
    """Absent for the panel, and for what stands for several roots."""


class Outline:
    """One source with its tree, its elements, and the places of both."""

    def __init__(self, source: str, limits: ParseLimits) -> None:
        self.source = Source(source)
        self.text = self.source.text
        self.result: ParseResult = parse(source, limits=limits)
        self.nodes: dict[str, Addressed] = {}
        self._slots: dict[int, list[Slot]] = {}
        self._elements: dict[int, Element] = {}
        self._parents: dict[int, Element] = {}
        self._line_starts = [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]
        self.root: Element | None = None
        self._slips: list[int] = []
        if self.result.ast is None:
            return
        document = read_document(Findings(self.source, limits.diagnostics), limits, VOID)
        assert document is not None  # noqa: S101  there is no tree without one
        self.root = document.root
        self._index(document.root)
        for address, node in addressed(self.result.ast):
            self.nodes.setdefault(address, node)
        self._slips = sorted(self._slip_places())

    def _index(self, root: Element) -> None:
        self._elements[root.start] = root
        pending = [root]
        while pending:
            parent = pending.pop()
            for child in parent.children:
                if isinstance(child, Element):
                    self._elements[child.start] = child
                    pending.append(child)
                self._parents.setdefault(child.start, parent)

    def _slip_places(self) -> Iterator[int]:
        for repair in self.result.repairs:
            if repair.code not in _EXACT_ENOUGH:
                yield self._offset(repair.loc)
        for found in self.result.diagnostics:
            if found.code is Code.PARSE_ERROR:
                yield self._offset(found.loc)

    def _offset(self, loc: Span) -> int:
        return self._line_starts[loc.line - 1] + loc.column - 1

    # ---- nodes

    def locate(self, address: str) -> Located | None:
        """Return a node with its place; nothing when its text is not to be found."""
        node = self.nodes[address]
        match node:
            case PanelAst():
                return Located(PANEL, node, self.root, None)
            case Data() | Logic() | ViewSection():
                return self._section(address, node)
            case ElseBranch():
                return self._else(address, node)
            case Handler():
                return self._handler(address, node)
            case TextNode():
                return self._text(address, node)
            case _:
                return self._of_element(address, node, self._elements.get(self._offset(node.loc)))

    def _of_element(self, address: str, node: Addressed, element: Element | None) -> Located | None:
        if element is None:
            return None
        if isinstance(node, ComponentNode) and element.name != node.type:
            return Located(address, node, element, None)  # it stands for several roots
        parent = self._parents[element.start]
        number = self.number_of(parent, element.start)
        slot = Slot(element.start, element.end, parent, [element])
        return Located(
            address, node, element, slot if number is None else self.slots(parent)[number]
        )

    def _section(self, address: str, node: Addressed) -> Located | None:
        sections = self.root.elements() if self.root else []
        element = next((each for each in sections if each.name == address), None)
        return self._of_element(address, node, element)

    def _handler(self, address: str, node: Handler) -> Located | None:
        owner = self.locate(address.removesuffix("/Handler"))
        inside = owner.element.elements() if owner and owner.element else []
        element = next((each for each in inside if each.name == "Handler"), None)
        return self._of_element(address, node, element)

    def _else(self, address: str, node: ElseBranch) -> Located | None:
        owner = self.locate(address.removesuffix("/Else"))
        last = owner.slot.nodes[-1] if owner and owner.slot else None
        if isinstance(last, Element) and last.name == "Else":
            return self._of_element(address, node, last)
        return None

    def _text(self, address: str, node: TextNode) -> Located | None:
        start = self._offset(node.loc)
        slots = self.slots(self._parents[start])
        slot = next((each for each in slots if each.nodes[0].start == start), None)
        return Located(address, node, None, slot)

    # ---- children

    def slots(self, element: Element) -> list[Slot]:
        """Return the children of an element, comments and white space left out."""
        known = self._slots.get(element.start)
        if known is None:
            known = self._slots[element.start] = list(self._read_slots(element))
        return known

    def _read_slots(self, element: Element) -> Iterator[Slot]:
        held: Slot | None = None
        between: list[Node] = []
        for child in element.children:
            slot = self._slot(child, element)
            if slot is None:
                between.append(child)
                continue
            if held and _is_else(child) and _is_if(held.nodes[0]):
                held = Slot(held.start, slot.end, element, [*held.nodes, *between, child])
            else:
                if held:
                    yield held
                held = slot
            between = []
        if held:
            yield held

    def _slot(self, child: Node, parent: Element) -> Slot | None:
        match child:
            case Element():
                return Slot(child.start, child.end, parent, [child])
            case Text(verbatim=True):
                blank = not self.text[child.start : child.end].strip()
                return None if blank else Slot(child.start - _CDATA, child.end + 3, parent, [child])
            case Text():
                raw = self.text[child.start : child.end]
                start = child.start + len(raw) - len(raw.lstrip())
                end = child.start + len(raw.rstrip())
                return Slot(start, end, parent, [child]) if start < end else None
            case _:
                return None

    def number_of(self, parent: Element, start: int) -> int | None:
        """Return which child of an element begins at an offset."""
        slots = self.slots(parent)
        number = bisect_left(slots, start, key=lambda slot: slot.start)
        return number if number < len(slots) and slots[number].start == start else None

    # ---- text

    def is_clean(self, start: int, end: int) -> bool:
        """Tell whether no slip was mended between two offsets."""
        first = bisect_left(self._slips, start)
        return first == len(self._slips) or self._slips[first] >= end

    def is_exact(self, element: Element) -> bool:
        """Tell whether an element is written as it was read: its tags are whole and clean."""
        if not self.is_clean(element.start, element.tag.end):
            return False
        if element.tag.self_closing:
            return True
        end_tag = self.text[element.content_end : element.end]
        return re.fullmatch(rf"</{re.escape(element.name)}\s*>", end_tag) is not None

    def indent_at(self, offset: int) -> str:
        """Return the white space at the beginning of the line of an offset."""
        start = self.line_start(offset)
        line = self.text[start:offset]
        return line[: len(line) - len(line.lstrip())]

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return where the line of an offset ends, before its line break."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def begins_line(self, offset: int) -> bool:
        """Tell whether nothing but white space stands before an offset on its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def ends_line(self, offset: int, *, but_for_comments: bool = False) -> bool:
        """Tell whether nothing but white space stands after an offset, up to a line break."""
        end = self.line_end(offset)
        rest = self.text[offset:end].strip()
        whole = but_for_comments and _COMMENTS.fullmatch(rest) is not None
        return end < len(self.text) and (not rest or whole)


def _is_if(node: Node) -> bool:
    return isinstance(node, Element) and node.name == "If"


def _is_else(node: Node) -> bool:
    return isinstance(node, Element) and node.name == "Else"
