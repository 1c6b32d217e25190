"""Turn elements into events as they open and close, in a panel that is still being written.

Knows what can be shown of an element before its end has come: a component from its start tag on,
its text as it grows, everything else when it is whole. How an element is read is the business of
``sections``; which elements are open is told by the tree builder.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nexus_core.parser.findings import Unheard
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.markup.tokens import Element, StartTag, Text, Token
from nexus_core.parser.parse import read_panel
from nexus_core.parser.sections.data import read_data
from nexus_core.parser.sections.logic import read_logic
from nexus_core.parser.sections.properties import text_property
from nexus_core.parser.sections.reading import Reading, is_blank
from nexus_core.parser.sections.spots import AROUND, TOP, Spot
from nexus_core.parser.sections.tests import read_tests
from nexus_core.parser.sections.view import (
    Siblings,
    is_packed,
    read_content,
    read_start,
    read_text_node,
    stack,
)
from nexus_core.parser.source import Source
from nexus_core.parser.trusted import (
    make_closed,
    make_computed_read,
    make_node_read,
    make_opened,
    make_state_read,
    make_text_read,
    make_tool_read,
)
from nexus_protocol.ast import ComponentNode, IfNode, IterateNode, PanelAst, TextNode, ViewNode
from nexus_protocol.components import BY_NAME
from nexus_protocol.locations import Span
from nexus_protocol.stream import (
    ElseOpened,
    ExtensionRead,
    Fold,
    LifecycleRead,
    PanelRead,
    PanelTestRead,
    StreamEvent,
)

Kind: TypeAlias = Literal["panel", "section", "entry", "view", "node", "html", "hidden"]

_ENTRIES: Final = {
    "Data": frozenset(("State", "Computed")),
    "Logic": frozenset(("Extension", "Tool", "Lifecycle")),
}
"""What is read when it is whole, by the section that it stands in."""
_LEAST_GROWTH: Final = 24
"""Text is shown again when it has grown by so many characters,"""
_GROWTH: Final = 8
"""and by one part in so many."""
_LONGEST_REFERENCE: Final = 40


@dataclass(slots=True)
class _Row:
    """What is known of the nodes in one parent when the next one comes."""

    siblings: Siblings
    is_root: bool = False
    count: int = 0
    """Roots that are neither blank nor an Else."""
    texts: int = 0
    last: "_Frame | None" = None
    """The If that an Else may follow."""

    def text_spot(self) -> Spot:
        return self.siblings.parent.child(f"text[{self.texts}]")


@dataclass(slots=True)
class _Frame:
    """An element that is open, and what is needed of it when more comes."""

    element: Element
    kind: Kind
    start: int
    row: _Row | None = None
    """What its children belong to; an element of HTML has that of its parent."""
    node: ViewNode | None = None
    spot: Spot = TOP
    takes: Literal["nodes", "content", "nothing"] = "nodes"
    """What the text in it becomes."""
    text: str = ""
    """The property that its text stands for."""
    texts: list[Text] | None = None
    """Its text; that in an element which holds none moves to the parent if it is left open."""
    size: int = 0
    """Characters of the text."""
    shown: int = 0
    """Characters of the text that were shown last."""


class Painter:
    """Makes the events of one panel; they are folded at once, and ``tree`` is what is shown."""

    def __init__(self, source: Source, limits: ParseLimits) -> None:
        self._reading = Reading(source, Unheard(source, limits.diagnostics), limits)
        self._fold = Fold()
        self._new: list[StreamEvent] = []
        self._frames: list[_Frame] = []
        self._names: set[tuple[str, str]] = set()
        self._roots = _Row(Siblings(TOP, is_root=True), is_root=True)
        self._views: list[int] = []
        """Where the first View begins, and where each ends."""
        self._shown_of_text = 0
        """Characters of the open text node, while there is one, that were shown last."""

    @property
    def paints_text(self) -> bool:
        """Whether text that came now would be shown."""
        frame = self._frames[-1]
        return frame.row is not None and frame.takes != "nothing"

    def drain(self) -> tuple[StreamEvent, ...]:
        """Return the events since this was last called."""
        new, self._new = tuple(self._new), []
        return new

    def tree(self) -> PanelAst | None:
        """Return the panel as it is shown."""
        return self._fold.tree()

    def show(self, panel: PanelAst | None) -> None:
        """Show another panel in place of what was made of the elements."""
        self._emit(PanelRead(panel=panel))

    # ---- what the tree builder did

    def begin(self, root: Element) -> None:
        """Show a panel with nothing in it."""
        tag = root.tag
        panel = read_panel(self._reading, Element(tag, content_end=tag.end, end=tag.end))
        self._emit(PanelRead(panel=panel))
        self._frames.append(_Frame(root, "panel", root.start))

    def took(self, token: Token, opened: list[Element]) -> None:
        """Show what a token changed; ``opened`` are the elements that are open after it."""
        if not isinstance(token, Text):
            self.close_all_but(opened)
        if not opened:
            return
        children = opened[-1].children
        if isinstance(token, StartTag):
            if len(opened) > len(self._frames):
                self._open(opened[-1])
            elif children and isinstance(last := children[-1], Element) and last.tag is token:
                self._read_whole(last)
        elif isinstance(token, Text) and children and children[-1] is token:
            self._take_text(token)

    def close_all_but(self, opened: list[Element]) -> None:
        """Show the end of the elements that are not open any more."""
        frames = self._frames
        while frames and (
            len(frames) > len(opened) or frames[-1].element is not opened[len(frames) - 1]
        ):
            self._close(frames.pop())

    def _open(self, element: Element) -> None:
        self._frames.append(self._enter(element, is_whole=False))

    def _read_whole(self, element: Element) -> None:
        """Take an element without content."""
        frame = self._enter(element, is_whole=True)
        match frame.kind:
            case "entry":
                self._read_entry(element)
            case "view":
                self._views.append(element.end)
            case "node" if frame.node is None:  # an Else
                self._emit(make_closed(loc=self._span(frame)))
            case _:
                pass

    def _close(self, frame: _Frame) -> None:
        match frame.kind:
            case "entry":
                self._read_entry(frame.element)
            case "view":
                self._views.append(frame.element.end)
            case "panel":
                self._close_panel(frame)
            case "node":
                if frame.takes == "content" and frame.size != frame.shown:
                    self._show_content(frame, frame.texts or [], frame.size)
                self._emit(make_closed(loc=self._span(frame)))
                if frame.takes == "nothing" and not frame.element.children:
                    for text in frame.texts or ():
                        self._take_text(text)
            case _:
                pass

    def _close_panel(self, frame: _Frame) -> None:
        if self._roots.count > 1:
            self._emit(make_closed(loc=self._reading.span(self._views[0], self._views[-1])))
        self._emit(make_closed(loc=self._span(frame)))

    def _enter(self, element: Element, *, is_whole: bool) -> _Frame:
        """Return what an element is, given those around it; shows a node."""
        parent = self._frames[-1]
        name = element.name
        match parent.kind:
            case "panel" if name == "View":
                self._views = self._views or [element.start]
                return _Frame(element, "view", element.start, row=self._roots)
            case "panel" if name == "Test":
                return _Frame(element, "entry", element.start)
            case "panel" if name in _ENTRIES:
                return _Frame(element, "section", element.start)
            case "section" if name in _ENTRIES[parent.element.name]:
                return _Frame(element, "entry", element.start)
            case _ if parent.row is not None:
                return self._enter_row(parent.row, element, is_whole=is_whole)
            case _:
                return _Frame(element, "hidden", element.start)

    # ---- entries

    def _read_entry(self, element: Element) -> None:
        """Read what is whole, as if its section held nothing else."""
        section = Element(self._frames[-1].element.tag, [element])
        match element.name:
            case "State" | "Computed":
                data = read_data(self._reading, [section])
                for state in data.states:
                    self._declare("state", state.name, make_state_read(entry=state))
                for computed in data.computed:
                    self._declare("computed", computed.name, make_computed_read(entry=computed))
            case "Test":
                for test in read_tests(self._reading, [element]):
                    self._declare("test", test.name, PanelTestRead(entry=test))
            case _:
                logic = read_logic(self._reading, [section])
                for extension in logic.extensions:
                    self._declare("extension", extension.alias, ExtensionRead(entry=extension))
                for tool in logic.tools:
                    self._declare("tool", tool.name, make_tool_read(entry=tool))
                for cycle in logic.lifecycles:
                    self._declare("lifecycle", cycle.on, LifecycleRead(entry=cycle))

    def _declare(self, kind: str, name: str, event: StreamEvent) -> None:
        """Show the first of each name."""
        if (kind, name) not in self._names:
            self._names.add((kind, name))
            self._emit(event)

    # ---- nodes

    def _enter_row(self, row: _Row, element: Element, *, is_whole: bool) -> _Frame:
        if not element.name[0].isupper():
            return _Frame(element, "html", element.start, row=row)
        if element.name == "Else":
            return self._enter_else(row, element)
        self._count_root(row)
        spot, cell = row.siblings.place(self._reading, element)
        node = read_start(self._reading, element, spot, cell)
        if is_whole:
            self._emit(make_node_read(node=node))
            frame = _Frame(element, "node", element.start, node=node, spot=spot)
        else:
            self._emit(make_opened(node=node))
            frame = self._frame_of(element, node, spot)
        row.last = frame if isinstance(node, IfNode) else None
        return frame

    def _frame_of(self, element: Element, node: ViewNode, spot: Spot) -> _Frame:
        """Return the frame of a node, by what the text in it becomes."""
        frame = _Frame(element, "node", element.start, node=node, spot=spot)
        packed = isinstance(node, ComponentNode) and is_packed(node.type, node.props)
        frame.row = _Row(Siblings(spot, packed=packed))
        spec = BY_NAME.get(element.name)
        if spec is not None and spec.content != "nodes":
            frame.text = text_property(self._reading, element, spot) or ""
            frame.takes = "content" if frame.text else "nothing"
        return frame

    def _enter_else(self, row: _Row, element: Element) -> _Frame:
        """Open what an If holds for when its condition does not; hide an Else without one."""
        before, row.last = row.last, None
        if before is None:
            return _Frame(element, "hidden", element.start)
        self._emit(ElseOpened())
        return _Frame(element, "node", before.start, _Row(Siblings(before.spot.child("Else"))))

    def _count_root(self, row: _Row) -> None:
        """Put a Layout around the roots when the second one comes."""
        row.count += row.is_root
        if row.count != 2:
            return
        siblings = Siblings(AROUND)
        view, first = self._fold.view(), row.siblings.first
        roots: tuple[ViewNode, ...] = ()
        if view is not None:
            segment = view.address
            if first is not None and not isinstance(view, TextNode):
                segment = siblings.segment(*first)
            named = view.address.startswith("#")
            address = view.address if named else AROUND.child(segment).address
            roots = (_readdressed(view, view.address, address),)
        row.siblings = siblings
        self._emit(
            make_opened(node=stack(roots, self._reading.span(self._views[0], self._views[0])))
        )

    # ---- text

    def _take_text(self, text: Text) -> None:
        frame = self._frames[-1]
        if frame.row is None:
            return
        if frame.takes == "nodes":
            self._read_text_node(frame.row, text)
            return
        frame.texts = frame.texts or []
        frame.texts.append(text)
        frame.size += text.end - text.start
        if frame.takes == "content" and _has_grown(frame.shown, frame.size):
            self._show_content(frame, frame.texts, frame.size)

    def _read_text_node(self, row: _Row, text: Text) -> None:
        if is_blank(self._reading, text):
            return
        row.last = None
        shown, self._shown_of_text = self._shown_of_text, 0
        if not shown:
            self._count_root(row)
        node = read_text_node(self._reading, text, row.text_spot())
        if shown:
            if node is not None and shown != text.end - text.start:
                self._emit(make_text_read(name="value", value=node.value))
            self._emit(make_closed(loc=self._reading.span(text.start, text.end)))
        elif node is not None:
            self._emit(make_node_read(node=node))
        row.texts += node is not None

    def show_growing(self, start: int, end: int) -> None:
        """Show text that has not ended; ``end`` is up to where it is certain."""
        frame = self._frames[-1]
        if end - start < _LEAST_GROWTH:
            return
        reference = self._reading.source.text.rfind("&", max(start, end - _LONGEST_REFERENCE), end)
        end = end if reference < 0 else reference
        if frame.row is None or end <= start:
            return
        if frame.takes == "content":
            size = frame.size + end - start
            if _has_grown(frame.shown, size):
                self._show_content(frame, [*(frame.texts or ()), Text(start, end)], size)
        else:
            self._show_growing_node(frame.row, Text(start, end))

    def _show_growing_node(self, row: _Row, text: Text) -> None:
        size = text.end - text.start
        if is_blank(self._reading, text) or not _has_grown(self._shown_of_text, size):
            return
        row.last = None
        if not self._shown_of_text:
            self._count_root(row)
        node = read_text_node(self._reading, text, row.text_spot())
        if node is None:
            return
        if self._shown_of_text:
            self._emit(make_text_read(name="value", value=node.value))
        else:
            self._emit(make_opened(node=node))
        self._shown_of_text = size

    def _show_content(self, frame: _Frame, texts: list[Text], size: int) -> None:
        text = self._reading.source.text
        assert isinstance(frame.node, ComponentNode)  # noqa: S101  no other node takes content
        stretches = [(each.start, each.end, each.verbatim) for each in texts]
        if all(text[start:end].isspace() for start, end, _ in stretches):
            return
        props, name = frame.node.props, frame.element.name
        value = read_content(self._reading, name, props, stretches, frame.spot)
        frame.shown = size
        self._emit(make_text_read(name=frame.text, value=value))

    def _span(self, frame: _Frame) -> Span:
        return self._reading.span(frame.start, frame.element.end)

    def _emit(self, event: StreamEvent) -> None:
        self._new.append(event)
        self._fold.add(event)


def _has_grown(shown: int, size: int) -> bool:
    return size - shown >= max(_LEAST_GROWTH, shown // _GROWTH)


def _readdressed(node: ViewNode, old: str, new: str) -> ViewNode:
    """Return a node whose address, and those that begin with it, begin otherwise."""
    address = node.address
    if address == old or address.startswith(f"{old}/"):
        address = new + address[len(old) :]
    update: dict[str, object] = {"address": address}
    if isinstance(node, ComponentNode | IfNode | IterateNode):
        update["children"] = tuple(_readdressed(child, old, new) for child in node.children)
    if isinstance(node, IfNode):
        update["otherwise"] = tuple(_readdressed(child, old, new) for child in node.otherwise)
    return node.model_copy(update=update)
