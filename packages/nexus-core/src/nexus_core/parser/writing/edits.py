"""Change nodes of a panel in its source, and leave all other text as it is.

A batch of operations is checked against the source as it is given: every address and hash names a
node of that source, whatever the other operations do. Either all are applied or none; why not is
told as conflicts. What is put in is laid out canonically, at the margin of what is around it.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, assert_never

from nexus_core.parser.findings import Findings
from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.parser.markup.tokens import Element, Node, Text
from nexus_core.parser.markup.tree import ROOT, read_document
from nexus_core.parser.parse import VOID, parse
from nexus_core.parser.source import Source
from nexus_core.parser.writing.addresses import PANEL, hash_of, resolve
from nexus_core.parser.writing.outline import Located, Outline, Slot
from nexus_core.parser.writing.printer import INDENT, FormatError, lay_out
from nexus_core.parser.writing.setting import Splice, set_attribute
from nexus_core.parser.writing.spelling import UnwritableError
from nexus_protocol import Diagnostic
from nexus_protocol.ast import ComponentNode
from nexus_protocol.components import BY_NAME
from nexus_protocol.edits import (
    After,
    Before,
    ConflictCode,
    EditConflict,
    EditOperation,
    InsertNodes,
    Inside,
    MoveNode,
    Place,
    RemoveNode,
    ReplaceNode,
    SetAttribute,
)

_APART: Final = "<!---->"
"""Keeps two texts apart that would become one."""
_NAME: Final = re.compile(r"[^\s=<>/\"'`{}\u2018\u2019\u201c\u201d\u201e]+")
_LAY_OUT: Final = "Lay the source out with format_source first, then read the hashes again."
_ROUNDS: Final = 6
"""How often slips are mended in what is put in: one may cover another."""
_READ_AGAIN: Final = "Read the panel again and write the operation against what is there now."


@dataclass(frozen=True, slots=True)
class EditResult:
    """The source after a batch, or what kept the batch from being applied."""

    source: str
    """As it was given when there are conflicts."""
    conflicts: tuple[EditConflict, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Of the changed source, also of one that was refused; else of the source as it was given."""
    refused: str | None = None
    """The changed source, where it was refused for its new errors."""

    @property
    def ok(self) -> bool:
        """Whether the operations were applied."""
        return not self.conflicts


def edit(
    source: str, operations: Sequence[EditOperation], *, limits: ParseLimits = DEFAULT_LIMITS
) -> EditResult:
    """Apply operations to a source, all of them or none.

    Every source and every operation gives a result; nothing is raised.

    Args:
        source: the panel.
        operations: addresses and hashes are those of ``source``, for every one of them.
        limits: bounds of the panel, before and after.

    """
    editor = _Editor(Outline(source, limits), limits)
    splices: list[tuple[Splice, int]] = []
    conflicts: list[EditConflict] = []
    for number, operation in enumerate(operations):
        try:
            splices.extend((splice, number) for splice in editor.apply(operation))
        except _ConflictError as told:
            conflicts.append(told.conflict(number))
    before = editor.outline.result.diagnostics
    splices.sort(key=lambda each: (each[0].start, each[0].end, each[1]))
    if not conflicts:
        conflicts = _overlaps(splices, operations)
    if conflicts:
        return EditResult(source, tuple(conflicts), before)
    changed = _spliced(source, [splice for splice, _ in splices])
    after = parse(changed, limits=limits).diagnostics
    if refusal := _new_error(before, after):
        return EditResult(source, (refusal,), after, refused=changed)
    return EditResult(changed, (), after)


class _ConflictError(Exception):
    """Raised inside to end an operation that cannot be applied."""

    def __init__(
        self,
        code: ConflictCode,
        address: str,
        hint: str,
        *,
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        super().__init__(hint)
        self._facts = {"expected": expected, "found": found}
        self._code, self._address, self._hint = code, address, hint

    def conflict(self, operation: int) -> EditConflict:
        """Return the conflict of the operation of that number."""
        return EditConflict(
            code=self._code,
            address=self._address,
            operation=operation,
            hint=self._hint,
            **self._facts,
        )


def _not_applicable(address: str, hint: str) -> _ConflictError:
    return _ConflictError(ConflictCode.NOT_APPLICABLE, address, hint)


class _Gap(NamedTuple):
    """Where something can be put in: the text that gives way, and what goes around."""

    start: int
    end: int
    before: str
    after: str
    margin: str
    follows_text: bool = False
    precedes_text: bool = False


class _Piece(NamedTuple):
    """Nodes to be put in, and the text that they are read from."""

    text: str
    nodes: Sequence[Node]
    address: str
    """Which address the operation names."""
    begins_with_text: bool
    ends_with_text: bool


class _Editor:
    """Turns operations on one source into splices of its text."""

    def __init__(self, outline: Outline, limits: ParseLimits) -> None:
        self.outline = outline
        self._limits = limits
        self._hashes: dict[str, str] = {}

    def apply(self, operation: EditOperation) -> list[Splice]:
        """Return what an operation does to the text.

        Raises:
            _ConflictError: it cannot be applied.

        """
        match operation:
            case SetAttribute():
                return self._set(operation)
            case InsertNodes():
                piece = self._piece(operation.nxml, _address_of(operation.place))
                return [_put(self._gap(operation.place), piece)]
            case RemoveNode():
                return [self._without(self._whole(operation.address, operation.hash))]
            case MoveNode():
                return self._move(operation)
            case ReplaceNode():
                return [self._replace(operation)]
            case _:
                assert_never(operation)

    # ---- nodes

    def _find(self, address: str, expected: str) -> Located:
        """Return the node of an address, if it is what the operation was written against."""
        outline = self.outline
        known = resolve(address, outline.nodes)
        if known is None:
            why = _READ_AGAIN if outline.nodes else "The source holds no panel that can be read."
            raise _ConflictError(ConflictCode.ADDRESS_GONE, address, why, expected=expected)
        found = self._hash(known)
        if found != expected:
            raise _ConflictError(
                ConflictCode.HASH_DIFFERS, address, _READ_AGAIN, expected=expected, found=found
            )
        located = outline.locate(known)
        if located is None:
            hint = "Its source does not stand by itself; insert it into what is around it."
            raise _not_applicable(address, hint)
        if located.element is not None and not outline.is_exact(located.element):
            raise _ConflictError(ConflictCode.NOT_EXACT, address, _LAY_OUT)
        return located

    def _hash(self, address: str) -> str:
        if address not in self._hashes:
            try:
                self._hashes[address] = hash_of(self.outline.nodes[address])
            except FormatError as error:
                raise _ConflictError(ConflictCode.NOT_EXACT, address, str(error)) from error
        return self._hashes[address]

    def _whole(self, address: str, expected: str) -> Slot:
        """Return the extent of a node that can be removed."""
        located = self._find(address, expected)
        slot = located.slot
        if slot is None:
            raise _not_applicable(address, "Name a node that stands in another.")
        elements = [node for node in slot.nodes if isinstance(node, Element)]
        if not all(self.outline.is_exact(each) for each in elements):
            raise _ConflictError(ConflictCode.NOT_EXACT, address, _LAY_OUT)
        return slot

    def _texts_beside(self, slot: Slot) -> tuple[bool, bool]:
        """Tell whether a text touches a node from before, and from behind."""
        slots = self.outline.slots(slot.parent)
        number = self.outline.number_of(slot.parent, slot.start)
        if number is None:  # an Else, which goes with its If
            return False, False
        before, after = slots[max(number - 1, 0) : number], slots[number + 1 : number + 2]
        return self._touch(before, slot.start), self._touch(after, slot.end)

    def _touch(self, neighbour: list[Slot], offset: int) -> bool:
        """Tell whether what stands beside an offset is a text, with no comment in between."""
        if not neighbour or not neighbour[0].is_text:
            return False
        start, end, *_ = neighbour[0]
        first, last = (end, offset) if end <= offset else (offset, start)
        return self.outline.text.find("<!--", first, last) < 0

    # ---- Set

    def _set(self, operation: SetAttribute) -> list[Splice]:
        located = self._find(operation.address, operation.hash)
        if located.element is None or (located.slot is None and located.address != PANEL):
            hint = "It has no attributes of its own; replace it."
            raise _not_applicable(operation.address, hint)
        if not _NAME.fullmatch(operation.name):
            raise _not_applicable(operation.address, f"{operation.name} can be no attribute.")
        try:
            return set_attribute(self.outline, located, operation.name, operation.value)
        except UnwritableError as error:
            raise _not_applicable(operation.address, str(error)) from error

    # ---- Remove, Replace, Move

    def _without(self, slot: Slot) -> Splice:
        """Return what takes a node away, with its lines if it is alone on them."""
        outline = self.outline
        if all(self._texts_beside(slot)):
            return Splice(slot.start, slot.end, _APART)
        if outline.begins_line(slot.start) and outline.ends_line(slot.end):
            return Splice(outline.line_start(slot.start), outline.line_end(slot.end) + 1, "")
        return Splice(slot.start, slot.end, "")

    def _replace(self, operation: ReplaceNode) -> Splice:
        slot = self._whole(operation.address, operation.hash)
        piece = self._piece(operation.nxml, operation.address)
        if len(self._slots_of(piece)) != 1:
            raise _ConflictError(
                ConflictCode.INVALID_NXML, operation.address, "Write exactly one node."
            )
        before, after = self._texts_beside(slot)
        margin = self.outline.indent_at(slot.start)
        return _put(_Gap(slot.start, slot.end, "", "", margin, before, after), piece)

    def _slots_of(self, piece: _Piece) -> list[Node]:
        """Return the nodes of a piece; an Else belongs to the If before it."""
        kept: list[Node] = []
        for node in piece.nodes:
            blank = isinstance(node, Text) and not piece.text[node.start : node.end].strip()
            is_else = isinstance(node, Element) and node.name == "Else" and kept
            if isinstance(node, Element | Text) and not blank and not is_else:
                kept.append(node)
        return kept

    def _move(self, operation: MoveNode) -> list[Splice]:
        slot = self._whole(operation.address, operation.hash)
        if not self.outline.is_clean(slot.start, slot.end):
            raise _ConflictError(ConflictCode.NOT_EXACT, operation.address, _LAY_OUT)
        gap = self._gap(operation.place)
        if slot.start < gap.start < slot.end or self._is_anchor(operation.place, slot):
            raise _not_applicable(operation.address, "It cannot be moved to itself or into itself.")
        if self._stays(operation.place, slot):
            return []
        is_text = slot.is_text
        piece = _Piece(self.outline.text, slot.nodes, operation.address, is_text, is_text)
        return [self._without(slot), _put(gap, piece)]

    def _is_anchor(self, place: Place, slot: Slot) -> bool:
        if isinstance(place, Inside):
            return self._find(place.parent, place.hash).element in slot.nodes
        address = place.before if isinstance(place, Before) else place.after
        return self._find(address, place.hash).slot == slot

    def _stays(self, place: Place, slot: Slot) -> bool:
        """Tell whether a node is where it is to be moved."""
        if not isinstance(place, Inside):
            return False
        if self._find(place.parent, place.hash).element is not slot.parent:
            return False
        number = self.outline.number_of(slot.parent, slot.start) or 0
        index = len(self.outline.slots(slot.parent)) if place.index is None else place.index
        return index in (number, number + 1)

    # ---- places

    def _gap(self, place: Place) -> _Gap:
        match place:
            case Inside():
                return self._gap_inside(place)
            case Before():
                return self._gap_before(self._whole(place.before, place.hash))
            case After():
                return self._gap_after(self._whole(place.after, place.hash))
            case _:
                assert_never(place)

    def _gap_inside(self, place: Inside) -> _Gap:
        located = self._find(place.parent, place.hash)
        element = located.element
        if element is None or not _holds_nodes(located, element):
            raise _not_applicable(place.parent, "It holds no nodes; set its attributes instead.")
        slots = self.outline.slots(element)
        index = len(slots) if place.index is None else place.index
        if index > len(slots):
            hint = f"It has {len(slots)} children; give an index up to that, or none for the end."
            raise _not_applicable(place.parent, hint)
        if any(isinstance(n, Element) and not n.name[0].isupper() for n in element.children):
            raise _ConflictError(ConflictCode.NOT_EXACT, place.parent, _LAY_OUT)
        if index > 0:
            return self._gap_after(slots[index - 1])
        return self._gap_before(slots[0]) if slots else self._gap_in_empty(element)

    def _gap_before(self, slot: Slot) -> _Gap:
        outline = self.outline
        margin = outline.indent_at(slot.start)
        follows, precedes = self._texts_around(slot.parent, slot.start)
        if outline.begins_line(slot.start):
            start = outline.line_start(slot.start)
            return _Gap(start, start, margin, "\n", margin, follows, precedes)
        return _Gap(slot.start, slot.start, "", "", margin, follows, precedes)

    def _gap_after(self, slot: Slot) -> _Gap:
        outline = self.outline
        margin = outline.indent_at(slot.start)
        follows, precedes = self._texts_around(slot.parent, slot.end)
        if outline.ends_line(slot.end, but_for_comments=True):
            end = outline.line_end(slot.end)
            return _Gap(end, end, "\n" + margin, "", margin, follows, precedes)
        return _Gap(slot.end, slot.end, "", "", margin, follows, precedes)

    def _texts_around(self, parent: Element, offset: int) -> tuple[bool, bool]:
        """Tell whether a text touches an offset between two children, on either side."""
        slots = self.outline.slots(parent)
        number = bisect_left(slots, offset, key=lambda each: each.start)
        before, after = slots[max(number - 1, 0) : number], slots[number : number + 1]
        return self._touch(before, offset), self._touch(after, offset)

    def _gap_in_empty(self, element: Element) -> _Gap:
        """Return the gap in an element without nodes; one that closes itself is opened."""
        outline = self.outline
        outer = outline.indent_at(element.start)
        margin = outer + INDENT
        if element.tag.self_closing:
            end = element.tag.end
            start = element.start + len(outline.text[element.start : end - 2].rstrip())
            return _Gap(start, end, f">\n{margin}", f"\n{outer}</{element.name}>", margin)
        place = element.content_end
        if outline.begins_line(place):
            start = outline.line_start(place)
            margin = outline.indent_at(place) + INDENT
            return _Gap(start, start, margin, "\n", margin)
        return _Gap(place, place, f"\n{margin}", f"\n{outer}", margin)

    # ---- pieces

    def _piece(self, nxml: str, address: str) -> _Piece:
        """Read nodes that are to be put in."""
        opening, closing = f"<{ROOT}>", f"</{ROOT}>"
        text = f"{opening}{nxml.strip()}{closing}"
        for _ in range(_ROUNDS):
            source = Source(text)
            findings = Findings(source, self._limits.diagnostics, self._limits.nodes)
            document = read_document(findings, self._limits, VOID)
            assert document is not None  # noqa: S101  the text begins with a panel
            told, text = findings.diagnostics(), findings.repaired()
            whole = document.root.content_end == len(source.text) - len(closing)
            if told or source.broken or not whole:
                hint = f"{told[0].message} {told[0].hint}" if told else "Write nodes and text."
                raise _ConflictError(ConflictCode.INVALID_NXML, address, hint)
            if text == source.text:
                return self._read_piece(text, document.root.children, address)
        raise _ConflictError(ConflictCode.INVALID_NXML, address, "It has slips within slips.")

    def _read_piece(self, text: str, nodes: Sequence[Node], address: str) -> _Piece:
        piece = _Piece(text, nodes, address, begins_with_text=False, ends_with_text=False)
        kept = self._slots_of(piece)
        if not kept:
            raise _ConflictError(ConflictCode.INVALID_NXML, address, "Write at least one node.")
        return piece._replace(
            begins_with_text=isinstance(kept[0], Text), ends_with_text=isinstance(kept[-1], Text)
        )


def _put(gap: _Gap, piece: _Piece) -> Splice:
    """Return what puts a piece into a gap, laid out."""
    printed = lay_out(piece.text, piece.nodes, gap.margin)
    if gap.follows_text and piece.begins_with_text:
        printed = f"{_APART}\n{gap.margin}{printed}"
    if gap.precedes_text and piece.ends_with_text:
        printed = f"{printed}\n{gap.margin}{_APART}"
    return Splice(gap.start, gap.end, gap.before + printed + gap.after)


def _holds_nodes(located: Located, element: Element) -> bool:
    if isinstance(located.node, ComponentNode):
        spec = BY_NAME.get(element.name)
        return spec is None or spec.content == "nodes"
    return element.name not in VOID and element.name != "Handler"


def _address_of(place: Place) -> str:
    match place:
        case Inside():
            return place.parent
        case Before():
            return place.before
        case After():
            return place.after
        case _:
            assert_never(place)


# ---- the batch


def _spliced(source: str, splices: list[Splice]) -> str:
    parts: list[str] = []
    position = 0
    for start, end, text in splices:
        parts.extend((source[position:start], text))
        position = end
    return "".join((*parts, source[position:]))


def _overlaps(
    splices: list[tuple[Splice, int]], operations: Sequence[EditOperation]
) -> list[EditConflict]:
    """Tell the first two splices, which are in order, that touch the same text."""
    position = 0
    for splice, number in splices:
        if splice.start < position:
            hint = "Send the two operations in two batches, or write both as one Replace."
            address = _target_of(operations[number])
            return [_ConflictError(ConflictCode.OVERLAP, address, hint).conflict(number)]
        position = max(position, splice.end)
    return []


def _target_of(operation: EditOperation) -> str:
    return _address_of(operation.place) if isinstance(operation, InsertNodes) else operation.address


def _new_error(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> EditConflict | None:
    """Return a refusal when there is an error that was not there before."""
    known = Counter(_kind(each) for each in before if each.severity == "error")
    for found in after:
        if found.severity != "error":
            continue
        known[_kind(found)] -= 1
        if known[_kind(found)] < 0:
            return EditConflict(
                code=ConflictCode.NEW_ERRORS,
                address=found.path,
                operation=0,
                found=found.found,
                hint=f"{found.message} {found.hint}",
            )
    return None


def _kind(found: Diagnostic) -> tuple[str, str, str | None]:
    return found.code, found.message, found.found
