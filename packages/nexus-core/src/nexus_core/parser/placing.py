"""Name the node that a finding stands in, where it was told before there was a tree.

Characters and tags are read before anybody knows what they belong to; once the tree is there,
the innermost node around such a finding gives its path.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import TypeAlias, assert_never

from nexus_protocol import Diagnostic, PanelAst, Span
from nexus_protocol.ast import (
    Call,
    ChangeTrigger,
    ComponentNode,
    Computed,
    CronTrigger,
    EventTrigger,
    Expect,
    Extension,
    Given,
    IfNode,
    IntervalTrigger,
    IterateNode,
    Lifecycle,
    PanelTest,
    State,
    TextNode,
    Tool,
    ToolTrigger,
    ViewNode,
)

Node: TypeAlias = (
    State
    | Computed
    | Extension
    | Tool
    | ToolTrigger
    | Lifecycle
    | ViewNode
    | PanelTest
    | Given
    | Call
    | Expect
)


def placed(found: tuple[Diagnostic, ...], ast: PanelAst | None) -> tuple[Diagnostic, ...]:
    """Return the findings, each with the path of the node that it stands in.

    A finding that has a path keeps it; one that stands in no node belongs to the panel.
    """
    if ast is None or all(each.path for each in found):
        return found
    nodes = sorted(_top(ast), key=lambda each: _start(each[0]))
    return tuple(
        each if each.path else each.model_copy(update={"path": _path_at(each.loc, nodes)})
        for each in found
    )


def paths(ast: PanelAst) -> Iterator[tuple[str, Span]]:
    """Yield the path and the place of every node of a tree."""
    pending = list(_top(ast))
    while pending:
        node, path = pending.pop()
        yield path, node.loc
        pending.extend(_inside(node, path))


def _path_at(loc: Span, nodes: list[tuple[Node, str]]) -> str:
    """Return the path of the innermost node around a place."""
    path = ""
    while nodes:
        before = bisect_right(nodes, (loc.line, loc.column), key=lambda each: _start(each[0]))
        if before == 0 or not _holds(nodes[before - 1][0].loc, loc):
            break
        node, path = nodes[before - 1]
        nodes = list(_inside(node, path))
    return path


def _start(node: Node) -> tuple[int, int]:
    return node.loc.line, node.loc.column


def _holds(outer: Span, inner: Span) -> bool:
    return (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def _top(ast: PanelAst) -> Iterator[tuple[Node, str]]:
    declared = (*ast.data.states, *ast.data.computed, *ast.logic.extensions)
    owners = (*ast.logic.tools, *ast.logic.lifecycles)
    for node in (*declared, *owners, *ast.tests):
        yield node, node.address
    if ast.view is not None:
        yield ast.view, f"View/{ast.view.address}"


def _inside(node: Node, path: str) -> Iterator[tuple[Node, str]]:
    """Yield what a node holds, in the order of the source."""
    match node:
        case ComponentNode() | IterateNode():
            yield from _view_nodes(node, node.children, path)
        case IfNode():
            yield from _view_nodes(node, (*node.children, *node.otherwise), path)
        case Tool():
            for trigger in node.triggers:
                yield trigger, trigger.address
        case PanelTest():
            for part in (*((node.given,) if node.given else ()), *node.steps):
                yield part, part.address
        case (
            State() | Computed() | Extension() | Lifecycle() | TextNode()
            | IntervalTrigger() | CronTrigger() | EventTrigger() | ChangeTrigger()
            | Given() | Call() | Expect()
        ):  # fmt: skip
            return
        case _:
            assert_never(node)


def _view_nodes(
    parent: ViewNode, children: tuple[ViewNode, ...], path: str
) -> Iterator[tuple[Node, str]]:
    """Yield the nodes of a view with the way to each, of which an address is the last part."""
    for child in children:
        yield child, f"{path}/{child.address.removeprefix(parent.address + '/')}"
