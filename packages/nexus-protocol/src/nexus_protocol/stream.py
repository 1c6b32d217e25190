"""What becomes known of a panel while its source is still being written.

``StreamingParser`` of nexus-core gives these events; ``Fold`` puts them together to the tree that
there is so far, and says by that what each of them means to a renderer. Nodes come ready to draw:
their properties are values of the tree, with expressions as ESTree, and what is drawn when half of
a panel has come is decided by the parser alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, assert_never

from pydantic import Field

from nexus_protocol._model import Model
from nexus_protocol.ast import (
    ComponentNode,
    Computed,
    Extension,
    Lifecycle,
    PanelAst,
    PanelTest,
    State,
    TextNode,
    Tool,
    Value,
    ViewNode,
)
from nexus_protocol.locations import Span


class PanelRead(Model):
    """The panel begins, with the attributes of its start tag and nothing in it.

    Where reading to the end shows that the tree is another than the events before it made, the
    last event is one more of this type with the whole tree, or with nothing where there is none.
    """

    type: Literal["panel"] = "panel"
    panel: PanelAst | None


class StateRead(Model):
    """A state, whole."""

    type: Literal["state"] = "state"
    entry: State


class ComputedRead(Model):
    """A computed value, whole."""

    type: Literal["computed"] = "computed"
    entry: Computed


class ExtensionRead(Model):
    """An extension, whole."""

    type: Literal["extension"] = "extension"
    entry: Extension


class ToolRead(Model):
    """A tool, whole: its handler has ended."""

    type: Literal["tool"] = "tool"
    entry: Tool


class LifecycleRead(Model):
    """A lifecycle, whole: its handler has ended."""

    type: Literal["lifecycle"] = "lifecycle"
    entry: Lifecycle


class PanelTestRead(Model):
    """A test, whole."""

    type: Literal["test"] = "test"
    entry: PanelTest


class NodeOpened(Model):
    """A node after the others in the innermost open one; what follows goes into it.

    With nothing open it is the view, in place of what was the view before: a second root comes
    as a Layout that has the first one in it.
    """

    type: Literal["open"] = "open"
    node: ViewNode


class NodeRead(Model):
    """A node that holds no others, whole; its place is that of ``NodeOpened``."""

    type: Literal["node"] = "node"
    node: ViewNode


class ElseOpened(Model):
    """What follows is drawn when the condition of the last node does not hold."""

    type: Literal["else"] = "else"


class TextRead(Model):
    """The text in the innermost open node as far as it has come; it replaces what came before.

    It is the property ``name`` of a component, or the ``value`` of a text.
    """

    type: Literal["text"] = "text"
    name: str
    value: Value


class NodeClosed(Model):
    """The innermost open node is whole, or with none open the panel; it stands at ``loc``."""

    type: Literal["close"] = "close"
    loc: Span


StreamEvent: TypeAlias = Annotated[
    PanelRead
    | StateRead
    | ComputedRead
    | ExtensionRead
    | ToolRead
    | LifecycleRead
    | PanelTestRead
    | NodeOpened
    | NodeRead
    | ElseOpened
    | TextRead
    | NodeClosed,
    Field(discriminator="type"),
]
"""Something new in a panel that is being written."""


@dataclass(slots=True)
class _Draft:
    """A node of which more came than its start."""

    node: ViewNode
    children: "list[_Part]"
    otherwise: "list[_Part]"
    inside: "list[_Part]"
    """Where what follows goes, while the node is open."""
    loc: Span
    text: TextRead | None = None

    def node_so_far(self) -> ViewNode:
        """Return the node with what is in it."""
        node = self.node
        update: dict[str, object] = {"loc": self.loc}
        if self.children and not isinstance(node, TextNode):
            update["children"] = (*node.children, *map(_so_far, self.children))
        if self.otherwise:
            update["otherwise"] = tuple(map(_so_far, self.otherwise))
        if self.text is not None:
            name, value = self.text.name, self.text.value
            is_component = isinstance(node, ComponentNode)
            update |= {"props": {**node.props, name: value}} if is_component else {name: value}
        return node.model_copy(update=update)


_Part: TypeAlias = ViewNode | _Draft


def _so_far(part: _Part) -> ViewNode:
    return part.node_so_far() if isinstance(part, _Draft) else part


class Fold:
    """The panel that a stream of events has made so far."""

    def __init__(self) -> None:
        self._start(None)

    def _start(self, panel: PanelAst | None) -> None:
        self._panel = panel
        self._states: list[State] = []
        self._computed: list[Computed] = []
        self._extensions: list[Extension] = []
        self._tools: list[Tool] = []
        self._lifecycles: list[Lifecycle] = []
        self._tests: list[PanelTest] = []
        self._view: list[_Part] = []
        """Of the roots the last is the view."""
        self._open: list[_Draft] = []

    def add(self, event: StreamEvent) -> None:
        """Take the next event."""
        match event:
            case NodeRead():
                self._siblings.append(event.node)
            case NodeOpened():
                self._open_node(event.node)
            case NodeClosed():
                self._close(event.loc)
            case TextRead():
                self._open[-1].text = event
            case ElseOpened():
                self._open_else()
            case StateRead():
                self._states.append(event.entry)
            case ComputedRead():
                self._computed.append(event.entry)
            case ExtensionRead():
                self._extensions.append(event.entry)
            case ToolRead():
                self._tools.append(event.entry)
            case LifecycleRead():
                self._lifecycles.append(event.entry)
            case PanelTestRead():
                self._tests.append(event.entry)
            case PanelRead():
                self._start(event.panel)
            case _:
                assert_never(event)

    def view(self) -> ViewNode | None:
        """Return the view as if everything that is open ended here."""
        if self._view:
            return _so_far(self._view[-1])
        return None if self._panel is None else self._panel.view

    def tree(self) -> PanelAst | None:
        """Return the panel as if everything that is open ended here; nothing before it begins."""
        panel = self._panel
        if panel is None:
            return None
        states = (*panel.data.states, *self._states)
        computed = (*panel.data.computed, *self._computed)
        logic = {
            "extensions": (*panel.logic.extensions, *self._extensions),
            "tools": (*panel.logic.tools, *self._tools),
            "lifecycles": (*panel.logic.lifecycles, *self._lifecycles),
        }
        update = {
            "data": panel.data.model_copy(update={"states": states, "computed": computed}),
            "logic": panel.logic.model_copy(update=logic),
            "view": self.view(),
            "tests": (*panel.tests, *self._tests),
        }
        return panel.model_copy(update=update)

    @property
    def _siblings(self) -> list[_Part]:
        return self._open[-1].inside if self._open else self._view

    def _open_node(self, node: ViewNode) -> None:
        children: list[_Part] = []
        draft = _Draft(node, children, [], children, node.loc)
        self._siblings.append(draft)
        self._open.append(draft)

    def _open_else(self) -> None:
        """Open the last node again, for what is drawn when its condition does not hold."""
        last = self._siblings.pop()
        self._open_node(_so_far(last))
        self._open[-1].inside = self._open[-1].otherwise

    def _close(self, loc: Span) -> None:
        if self._open:
            self._open.pop().loc = loc
        elif self._panel is not None:
            self._panel = self._panel.model_copy(update={"loc": loc})


def fold(events: Iterable[StreamEvent]) -> PanelAst | None:
    """Return the panel that events make, as ``Fold.tree`` does."""
    folded = Fold()
    for event in events:
        folded.add(event)
    return folded.tree()
