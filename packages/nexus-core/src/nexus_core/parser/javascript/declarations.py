"""What a handler declares: names, where they hold, what they may come from, and its functions.

The first pass over a syntax tree, parents before children. It notes besides what is awaited in
which function, and tells what never runs. What is used of the panel is found in a second pass, by
``handlers``, when all names are known.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from tree_sitter import Node

from nexus_core.parser import catalogue
from nexus_core.parser.javascript import flaws
from nexus_core.parser.javascript.code import Code
from nexus_core.parser.javascript.expressions import Problem
from nexus_core.parser.javascript.flow import Flow
from nexus_core.parser.javascript.grammar import MEMBERS, field
from nexus_core.parser.javascript.scopes import (
    BLOCKS,
    FUNCTIONS,
    Scopes,
    Target,
    declared_names,
    parameter_nodes,
)
from nexus_core.parser.javascript.uses import ROOTS

_SILENT: Final = frozenset(
    ("property_identifier", "string", "number", "true", "false", "null", "undefined", "comment")
)
"""A third of the nodes of usual code, which say nothing and hold no others that do."""


class Met(NamedTuple):
    """A node that was met on the way, and where it stands."""

    node: Node
    kind: str
    parent: Node | None
    function: Node | None


class Declarations:
    """The first pass over the code of one handler."""

    def __init__(self, code: Code, flow: Flow, scopes: Scopes, problems: list[Problem]) -> None:
        self._code = code
        self._flow = flow
        self._scopes = scopes
        self._problems = problems
        self.awaited: list[tuple[Node, Node | None]] = []
        """Each ``await``, and the function that it stands in."""
        self._function: Node | None = None
        self._ordinary: list[tuple[int, int]] = []
        """The functions with ``arguments`` of their own; those inside another are left out."""

    def read(self, root: Node, wanted: Collection[str], deepest: int) -> list[Met]:
        """Note what is declared where; returns the nodes of the kinds that are wanted."""
        self._root = self._block = root
        met: list[Met] = []
        pending: list[tuple[Node, str, Node | None, int, Node, Node | None]] = [
            (root, root.type, None, 0, root, None)
        ]
        while pending:
            node, kind, parent, depth, block, function = pending.pop()
            if kind in wanted:
                met.append(Met(node, kind, parent, function))
            if (visit := _VISITS.get(kind)) is not None:
                self._block, self._function = block, function
                visit(self, node, parent)
            if depth > deepest:
                what, limit = "pieces of code inside one another", str(deepest)
                found = self._code.problem(catalogue.LIMIT_EXCEEDED, node, what=what, limit=limit)
                self._problems.append(found)
                break
            if kind == "identifier":
                continue
            if kind in BLOCKS:
                block = node
                function = node if kind in FUNCTIONS else function
            for child in reversed(node.named_children):
                kind = child.type
                if kind not in _SILENT:
                    pending.append((child, kind, node, depth + 1, block, function))
        return met

    def is_inside_function(self, node: Node) -> bool:
        """Tell whether ``this`` and ``arguments`` are those of a function of the author's."""
        after = bisect_right(self._ordinary, (node.start_byte, node.end_byte))
        return after > 0 and node.start_byte < self._ordinary[after - 1][1]

    def visit_declarator(self, node: Node, parent: Node | None) -> None:
        """Note the names of ``const``, ``let`` or ``var`` and what they come from."""
        children = [child for child in node.named_children if child.type != "comment"]
        is_var = parent is not None and parent.type == "variable_declaration"
        names = self._declare(children[0], self._body() if is_var else self._block)
        if len(children) > 1:
            value = children[-1]
            self._flow.assign(names, value.start_byte, value.end_byte)
            if children[0].type == "identifier" and not is_var:
                self._declare_alias(names[0], value, parent)

    def _declare_alias(self, name: str, value: Node, parent: Node | None) -> None:
        """Note ``const s = $state`` and ``const http = $ext.http``."""
        if parent is None or parent.children[0].type != "const":
            return
        text = self._code.of(value)
        if text in ROOTS:
            self._scopes.declare_alias(name, Target(text))
        elif value.type == "member_expression" and text.startswith("$ext."):
            key = text.removeprefix("$ext.")
            if key.isidentifier():
                self._scopes.declare_alias(name, Target("$ext", key))

    def visit_function(self, node: Node, parent: Node | None) -> None:
        """Note a function's names and parameters."""
        parameters = self._declare_parameters(node)
        self._flow.take_parameters(parameters)
        if node.type != "arrow_function" and (
            not self._ordinary or node.start_byte >= self._ordinary[-1][1]
        ):
            self._ordinary.append((node.start_byte, node.end_byte))
        name = node.child_by_field_name("name")
        if name is not None:
            self._define(node, self._code.of(name), parameters)
        elif parent is not None and parent.type in _NAMING:
            left = parent.named_children[0]
            last = left.named_children[-1] if left.type in MEMBERS else left
            self._flow.define(self._code.of(last), parameters)

    def _define(self, node: Node, name: str, parameters: list[str]) -> None:
        self._flow.define(name, parameters)
        if node.type == "method_definition":
            return
        expression = node.type in ("function_expression", "generator_function")
        self._scopes.declare(name, node if expression else self._body())
        self._flow.assign((name,), node.start_byte, node.end_byte)

    def visit_class(self, node: Node, _: Node | None) -> None:
        """Note a class's name."""
        name = node.child_by_field_name("name")
        if name is not None:
            text = self._code.of(name)
            self._scopes.declare(text, node if node.type == "class" else self._block)
            self._flow.assign((text,), node.start_byte, node.end_byte)

    def visit_catch(self, node: Node, _: Node | None) -> None:
        """Note the name of what was caught."""
        parameter = node.child_by_field_name("parameter")
        if parameter is not None:
            self._flow.catch(self._declare(parameter, node))

    def visit_throw(self, node: Node, _: Node | None) -> None:
        """Note what is thrown."""
        self._flow.throw(node.start_byte, node.end_byte)

    def visit_default(self, node: Node, _: Node | None) -> None:
        """Note what a variable is when nothing is given for it."""
        left, right = node.named_children[0], node.named_children[-1]
        names = [self._code.of(each) for each in declared_names(left)]
        self._flow.assign(names, right.start_byte, right.end_byte)

    def visit_for_in(self, node: Node, _: Node | None) -> None:
        """Note the variable of a loop and the list it comes from."""
        kind = node.child_by_field_name("kind")
        if kind is not None:
            scope = self._body() if kind.type == "var" else node
            names, right = self._declare(field(node, "left"), scope), field(node, "right")
            self._flow.assign(names, right.start_byte, right.end_byte)

    def visit_await(self, node: Node, _: Node | None) -> None:
        """Note what is awaited."""
        self.awaited.append((node, self._function))

    def visit_block(self, node: Node, _: Node | None) -> None:
        """Tell what never runs."""
        dead = flaws.unreachable(node)
        if dead is not None:
            start, end = self._code.span(dead[0])[0], self._code.span(dead[1])[1]
            self._problems.append(Problem(catalogue.UNREACHABLE_CODE, start, end, {}))

    def _declare_parameters(self, function: Node) -> list[str]:
        return [self._declare_one(each, function) for each in parameter_nodes(function)]

    def _declare(self, pattern: Node, scope: Node) -> list[str]:
        return [self._declare_one(each, scope) for each in declared_names(pattern)]

    def _declare_one(self, node: Node, scope: Node) -> str:
        name = self._code.of(node)
        self._scopes.declare(name, scope)
        return name

    def _body(self) -> Node:
        """Return what a name of the whole function holds in."""
        return self._function or self._root


_Visit = Callable[[Declarations, Node, Node | None], None]
_NAMING: Final = frozenset(
    ("variable_declarator", "pair", "field_definition", "assignment_expression")
)
"""What gives a name to a function that stands in it."""

_VISITS: Final[dict[str, _Visit]] = {
    "variable_declarator": Declarations.visit_declarator,
    "class_declaration": Declarations.visit_class,
    "class": Declarations.visit_class,
    "catch_clause": Declarations.visit_catch,
    "throw_statement": Declarations.visit_throw,
    "assignment_pattern": Declarations.visit_default,
    "object_assignment_pattern": Declarations.visit_default,
    "for_in_statement": Declarations.visit_for_in,
    "await_expression": Declarations.visit_await,
    **dict.fromkeys(
        ("program", "statement_block", "switch_case", "switch_default"), Declarations.visit_block
    ),
    **dict.fromkeys(FUNCTIONS, Declarations.visit_function),
}


__all__ = ["Declarations", "Met"]
