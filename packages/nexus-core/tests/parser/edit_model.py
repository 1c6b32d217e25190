"""What operations on a panel mean: the same done to its tree, a plain model of lists in dicts."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from nexus_core.parser import parse
from nexus_protocol import PanelAst
from nexus_protocol.edits import (
    After,
    Before,
    EditOperation,
    InsertNodes,
    Inside,
    MoveNode,
    Place,
    RemoveNode,
    ReplaceNode,
    SetAttribute,
)

Tree = dict[str, Any]
_DERIVED = frozenset(("loc", "address", "layout", "reads", "calls", "capabilities"))


class Spot(NamedTuple):
    siblings: list[Tree]
    index: int

    @property
    def node(self) -> Tree:
        return self.siblings[self.index]


class Model:
    """The view of one panel as a tree that operations change."""

    def __init__(self, source: str, ast: PanelAst) -> None:
        self._tree = json.loads(ast.to_json())
        view = self._tree.pop("view")
        self.stands_for_several = ast.view is not None and _at(source, ast).startswith("<View")
        self.roots: list[Tree] = [] if view is None else [view]
        if self.stands_for_several:
            self.roots = view["children"]

    def spots(self) -> dict[str, Spot]:
        """The nodes of the view by their addresses."""
        return dict(_spots(self.roots))

    def apply(self, operation: EditOperation) -> None:
        match operation:
            case SetAttribute():
                node = self.spots()[operation.address].node
                node["props"].pop(operation.name, None)
                if operation.value is not None:
                    node["props"][operation.name] = json.loads(operation.value.to_json())
            case RemoveNode():
                spot = self.spots()[operation.address]
                del spot.siblings[spot.index]
            case InsertNodes():
                siblings, index = self._place(operation.place)
                siblings[index:index] = nodes_of(operation.nxml)
            case ReplaceNode():
                spot = self.spots()[operation.address]
                spot.siblings[spot.index : spot.index + 1] = nodes_of(operation.nxml)
            case MoveNode():
                spot = self.spots()[operation.address]
                siblings, index = self._place(operation.place)
                moved = spot.node
                siblings.insert(index, moved)
                old = next(
                    n
                    for n, each in enumerate(spot.siblings)
                    if each is moved and not (spot.siblings is siblings and n == index)
                )
                del spot.siblings[old]

    def _place(self, place: Place) -> tuple[list[Tree], int]:
        match place:
            case Inside():
                children = self._children(place.parent)
                return children, len(children) if place.index is None else place.index
            case Before():
                spot = self.spots()[place.before]
                return spot.siblings, spot.index
            case After():
                spot = self.spots()[place.after]
                return spot.siblings, spot.index + 1

    def _children(self, address: str) -> list[Tree]:
        if address == "View" or (self.stands_for_several and address == "Layout"):
            return self.roots
        spots = self.spots()
        if address not in spots:
            return spots[address.removesuffix("/Else")].node["otherwise"]
        return spots[address].node["children"]

    def comparable(self) -> object:
        return comparable({**self._tree, "view": _one(self.roots)})


def _one(roots: list[Tree]) -> Tree | None:
    if len(roots) < 2:
        return roots[0] if roots else None
    strategy = {"strategy": {"kind": "literal", "value": "stack"}}
    return {
        "kind": "component", "type": "Layout", "props": strategy, "children": roots, "known": True,
    }  # fmt: skip


def _at(source: str, ast: PanelAst) -> str:
    assert ast.view is not None
    lines = source.split("\n")
    return lines[ast.view.loc.line - 1][ast.view.loc.column - 1 :]


def _spots(siblings: list[Tree]) -> Iterator[tuple[str, Spot]]:
    for index, node in enumerate(siblings):
        if "address" in node:
            yield node["address"], Spot(siblings, index)
        yield from _spots(node.get("children", []))
        yield from _spots(node.get("otherwise", []))


def nodes_of(nxml: str) -> list[Tree]:
    """The nodes that a piece of NXML is read as; without addresses, for they have none yet."""
    ast = parse(f"<NexusPanel><View><Layout>{nxml}</Layout></View></NexusPanel>").ast
    assert ast is not None
    children = json.loads(ast.to_json())["view"]["children"]
    return [_without(each, "address") for each in children]


def _without(value: Any, name: str) -> Any:
    match value:
        case dict():
            return {key: _without(each, name) for key, each in value.items() if key != name}
        case list():
            return [_without(each, name) for each in value]
        case _:
            return value


def comparable(value: Any) -> Any:
    """A tree without places, and without what follows from the rest."""
    match value:
        case dict():
            return {key: comparable(each) for key, each in value.items() if key not in _DERIVED}
        case list():
            return [comparable(each) for each in value]
        case _:
            return value
