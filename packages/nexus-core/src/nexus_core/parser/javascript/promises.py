"""Promises of a handler: what is awaited in vain, and what should be awaited.

Fed by ``handlers`` with what it meets; the findings are told when all is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript import flaws
from nexus_core.parser.javascript.code import Code
from nexus_core.parser.javascript.expressions import Problem
from nexus_core.parser.javascript.scopes import Scopes


class _Promised(NamedTuple):
    """A call that gives a promise."""

    node: Node
    function: Node | None
    call: str
    """How it is written, for a message."""
    name: str | None
    """The constant that holds the promise, where one does."""


class Promises:
    """The calls of one handler that give promises."""

    def __init__(self, code: Code, scopes: Scopes, known: Mapping[int, str]) -> None:
        """Take the code, its names, and roots and well-known globals by the byte they stand at."""
        self._code = code
        self._scopes = scopes
        self._known = known
        self._promised: list[_Promised] = []
        self._members: dict[str, Node] = {}
        """For each variable a member that is taken of it and belongs to no root."""

    def member(self, name: str, node: Node) -> None:
        """Note a member that is taken of a variable."""
        self._members.setdefault(name, node)

    def call(self, node: Node, callee: Node, parent: Node | None, function: Node | None) -> None:
        """Note a call that gives a promise, and the variable that it is given to."""
        name = None
        if parent is not None and parent.type == "variable_declarator":
            left = parent.named_children[0]
            name = self._code.of(left) if left.type == "identifier" else None
        self._promised.append(_Promised(node, function, self._code.of(callee), name))

    def problems(self, awaited: Iterable[tuple[Node, Node | None]]) -> Iterator[Problem]:
        """Tell what is wrong, given each ``await`` and the function that it stands in."""
        for node, function in awaited:
            yield from self._of_await(node, function)
        for promised in self._promised:
            yield from self._of_call(promised)

    def _of_await(self, node: Node, function: Node | None) -> Iterator[Problem]:
        keyword = self._code.offset(node.start_byte)
        end = keyword + len("await")
        if function is not None and not flaws.is_async(function):
            byte, fix = flaws.asynchronous_at(function), None
            if byte is not None:
                place = self._code.offset(byte)
                fix = Mend("Make the function async", (place, place, "async "))
            yield Problem(catalogue.AWAIT_OUTSIDE_ASYNC, keyword, end, {}, fix)
            return
        awaited = node.named_children[-1]
        start, last = self._code.span(awaited)
        if flaws.list_of_promises(awaited):
            fix = Mend("Wait for all of them", (start, start, "Promise.all("), (last, last, ")"))
            yield self._code.problem(catalogue.AWAITED_LIST, awaited, fix=fix)
        elif flaws.never_waits(awaited, self._known):
            fix = Mend("Remove await", (keyword, start, ""))
            yield Problem(catalogue.NEEDLESS_AWAIT, keyword, end, {}, fix)

    def _of_call(self, promised: _Promised) -> Iterator[Problem]:
        node, function, call, name = promised
        fate = flaws.fate_of(node, self._known)
        if fate == "dropped" and self._known.get(node.start_byte) == "$tools":
            return  # a tool runs up to its first suspension at once, so not to wait may be meant
        if fate is None and not (name and self._is_used_as_data(name)):
            return
        fix = None
        if flaws.is_async(function):
            start, end = self._code.span(node)
            fix = Mend("Wait for it", (start, start, "(await "), (end, end, ")"))
            if fate != "used":
                fix = Mend("Wait for it", (start, start, "await "))
        callee = node.named_children[0]
        yield self._code.problem(catalogue.MISSING_AWAIT, callee, fix=fix, call=call)

    def _is_used_as_data(self, name: str) -> bool:
        """Tell whether a member is taken of a variable that holds a promise for sure."""
        member = self._members.get(name)
        return (
            member is not None
            and self._scopes.declared_once(name)
            and self._scopes.is_declared(name, member.start_byte)
            and flaws.takes_data(member)
        )


__all__ = ["Promises"]
