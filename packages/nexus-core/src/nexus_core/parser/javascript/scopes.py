"""Which names of a handler its author has declared, and where they hold.

Knows JavaScript's scopes as far as is needed to tell ``fetch`` from a variable of that name, and
to see ``$state`` through another name. Places are bytes.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

FUNCTIONS = frozenset(
    ("arrow_function", "function_expression", "function_declaration", "method_definition",
     "generator_function", "generator_function_declaration")
)  # fmt: skip
BLOCKS = frozenset(
    ("program", "statement_block", "for_statement", "for_in_statement", "switch_body",
     "catch_clause", "class_static_block", *FUNCTIONS)
)  # fmt: skip
"""What a name that is declared with ``let``, ``const`` or ``class`` holds in."""


class Target(NamedTuple):
    """What another name stands for: a root such as ``$state``, or ``http`` of ``$ext``."""

    root: str
    key: str | None = None


class Scopes:
    """The declarations of one handler."""

    def __init__(self) -> None:
        self._holds: dict[str, list[tuple[int, int]]] = {}
        self._aliases: dict[str, Target] = {}
        self._merged: dict[str, list[tuple[int, int]]] = {}

    def declare(self, name: str, scope: Node) -> None:
        """Note that a name is declared and holds in ``scope``."""
        self._holds.setdefault(name, []).append((scope.start_byte, scope.end_byte))

    def declare_alias(self, name: str, target: Target) -> None:
        """Note a constant that stands for something that is known."""
        self._aliases[name] = target

    def is_declared(self, name: str, place: int) -> bool:
        """Tell whether a name is one of the author's own at that place; after all declarations."""
        if name not in self._holds:
            return False
        if name not in self._merged:
            self._merged[name] = _merge(self._holds[name])
        stretches = self._merged[name]
        before = bisect_right(stretches, place, key=lambda each: each[0])
        return before > 0 and place < stretches[before - 1][1]

    def declared_once(self, name: str) -> bool:
        """Tell whether nothing else has the name, so that it means the same wherever it holds."""
        return len(self._holds.get(name, ())) == 1

    def alias(self, name: str, place: int) -> Target | None:
        """Return what a constant stands for at that place, where it is one for sure."""
        target = self._aliases.get(name)
        if target is not None and self.declared_once(name) and self.is_declared(name, place):
            return target
        return None


def _merge(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what stretches cover together; one that lies in another is left out."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches, key=lambda each: (each[0], -each[1])):
        if not merged or end > merged[-1][1]:
            merged.append((start, end))
    return merged


def declared_names(pattern: Node) -> Iterator[Node]:
    """Yield the variables that a pattern, or a list of parameters, brings in."""
    pending = [pattern]
    while pending:
        node = pending.pop()
        match node.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                yield node
            case "pair_pattern":
                pending.append(node.named_children[-1])
            case "assignment_pattern" | "object_assignment_pattern":
                pending.append(node.named_children[0])
            case "object_pattern" | "array_pattern" | "rest_pattern" | "formal_parameters":
                pending.extend(node.named_children)
            case _:
                pass


def parameter_nodes(function: Node) -> Iterator[Node]:
    """Yield the variables that the parameters of a function bring in."""
    parameters = function.child_by_field_name("parameters")
    parameters = parameters or function.child_by_field_name("parameter")
    return iter(()) if parameters is None else declared_names(parameters)
