"""Name the nodes of a panel, and tell by a hash whether one is still what it was.

An address is stable: it says what a node is, not where its text stands. ``docs/NXML_SPEC.md``
lists them.
"""

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias, assert_never

from nexus_core.parser.parse import parse
from nexus_core.parser.writing.generate import AstNode, print_node, print_nodes, print_view
from nexus_protocol import PanelAst
from nexus_protocol.ast import ComponentNode, IfNode, IterateNode, TextNode, ViewNode

PANEL: Final = "NexusPanel"
"""The address of the panel itself."""


class ViewSection(NamedTuple):
    """The View section, which the tree has no node for."""

    root: ViewNode | None


class ElseBranch(NamedTuple):
    """What an If shows otherwise, which is part of its node."""

    nodes: tuple[ViewNode, ...]


Addressed: TypeAlias = AstNode | ViewSection | ElseBranch
"""What an address names."""


class AddressError(LookupError):
    """Raised when a panel has no node of an address."""


def node_hash(panel: PanelAst | str | bytes, address: str) -> str:
    """Return the hash of a node, for an operation to name what it was written against.

    It is the SHA-256 of the node as ``generate`` prints it, with everything in it. So it covers
    all that the tree holds of the node and its subtree: names, values, texts, the text of
    expressions and the code of handlers; and nothing else: neither comments, layout and spelling,
    nor where the node stands.

    Raises:
        AddressError: there is no such node, or no panel.
        FormatError: the node cannot be printed, see ``generate``.

    """
    ast = panel if isinstance(panel, PanelAst) else parse(panel).ast
    nodes = dict(addressed(ast)) if ast else {}
    found = resolve(address, nodes)
    if found is None:
        raise AddressError(f"there is no {address}")
    return hash_of(nodes[found])


def hash_of(node: Addressed) -> str:
    """Return the hash of a node.

    Raises:
        FormatError: it cannot be printed.

    """
    match node:
        case ViewSection(root=root):
            lines = print_view(root)
        case ElseBranch(nodes=nodes):
            lines = print_nodes(nodes)
        case _:
            lines = print_node(node)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def resolve(address: str, nodes: dict[str, Addressed]) -> str | None:
    """Return the address as the tree has it; the path of a diagnostic names its node, too."""
    if address in nodes:
        return address
    bare = address.removeprefix("View/")
    _, named, rest = bare.rpartition("/#")
    bare = f"#{rest}" if named else bare
    return bare if bare in nodes else None


def addressed(ast: PanelAst) -> Iterator[tuple[str, Addressed]]:
    """Yield all nodes of a panel with their addresses."""
    yield PANEL, ast
    yield "Data", ast.data
    for declared in (*ast.data.states, *ast.data.computed):
        yield declared.address, declared
    yield from _logic(ast)
    yield "View", ViewSection(ast.view)
    if ast.view is not None:
        yield from _view(ast.view)
    for test in ast.tests:
        yield test.address, test
        for part in (*([test.given] if test.given else []), *test.steps):
            yield part.address, part


def _logic(ast: PanelAst) -> Iterator[tuple[str, Addressed]]:
    yield "Logic", ast.logic
    for extension in ast.logic.extensions:
        yield extension.address, extension
    for tool in ast.logic.tools:
        yield tool.address, tool
        for arg in tool.args:
            yield arg.address, arg
        for trigger in tool.triggers:
            yield trigger.address, trigger
        yield tool.handler.address, tool.handler
    for lifecycle in ast.logic.lifecycles:
        yield lifecycle.address, lifecycle
        yield lifecycle.handler.address, lifecycle.handler


def _view(node: ViewNode) -> Iterator[tuple[str, Addressed]]:
    yield node.address, node
    match node:
        case TextNode():
            return
        case IfNode():
            yield f"{node.address}/Else", ElseBranch(node.otherwise)
            children = (*node.children, *node.otherwise)
        case ComponentNode() | IterateNode():
            children = node.children
        case _:
            assert_never(node)
    for child in children:
        yield from _view(child)
