"""The one door to tree-sitter: JavaScript text to a syntax tree, in bounded time.

Knows the grammar's quirks and what no panel may name. What an expression or a handler may do is
the business of ``expressions`` and ``handlers``.
"""

import threading
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from nexus_core.parser.javascript.syntax import TooDeepError, first_slip

_LANGUAGE: Final = Language(tree_sitter_javascript.language())
_SHORT: Final = 256
"""Bytes that the grammar may see first: too few to keep it busy."""
_FIRST_STEP: Final = 2048
_GROWTH: Final = 1.25
_PATIENCE: Final = 4e-6
"""Seconds of this thread's processor time a byte; what is well-formed takes a tenth of it."""

MEMBERS: Final = frozenset(("member_expression", "subscript_expression"))
"""``a.b`` and ``a[b]``."""
FORBIDDEN_GLOBALS: Final[dict[str, str]] = {
    **dict.fromkeys(
        [
            "window",
            "document",
            "globalThis",
            "self",
            "top",
            "parent",
            "frames",
            "navigator",
            "location",
            "history",
            "screen",
            "localStorage",
            "sessionStorage",
            "indexedDB",
            "caches",
            "cookieStore",
            "Worker",
            "SharedWorker",
            "MutationObserver",
            "customElements",
        ],
        "A handler runs on the server: keep data in $state, show things with $view and $emit.",
    ),
    **dict.fromkeys(
        ["fetch", "XMLHttpRequest", "WebSocket", "EventSource"],
        'Declare `<Extension name="nexus.http"/>` and call `await $ext.http.get(url)`.',
    ),
    **dict.fromkeys(
        [
            "setTimeout",
            "setInterval",
            "setImmediate",
            "clearTimeout",
            "clearInterval",
            "queueMicrotask",
            "requestAnimationFrame",
            "requestIdleCallback",
        ],
        'Declare `<Extension name="nexus.timer"/>` and call `await $ext.timer.sleep(ms)`.',
    ),
    **dict.fromkeys(
        ["eval", "Function", "WebAssembly"], "Write the code itself; none is made at run time."
    ),
    **dict.fromkeys(
        [
            "require",
            "module",
            "exports",
            "process",
            "Buffer",
            "global",
            "__dirname",
            "__filename",
            "Deno",
            "Bun",
        ],
        "There are no modules and no Node here; use the $ext of a declared extension.",
    ),
    **dict.fromkeys(["alert", "confirm", "prompt"], "Call `$emit.toast(text)`."),
    "console": "Call `$log(…)`, or `$log.debug`, `.info`, `.warn`, `.error`.",
}
"""Names that exist in browsers or Node and not in a panel, and what to write instead."""


class _ThreadParser(threading.local):
    """A parser for each thread: tree-sitter's must not be shared."""

    def __init__(self) -> None:
        self.parser = Parser(_LANGUAGE)


_thread = _ThreadParser()


class Unreadable(NamedTuple):
    """Why there is no syntax tree: a place in the text and a reason."""

    start: int
    end: int
    why: str
    limit: bool = False
    """Whether ``why`` names what there is too much of."""
    recovered: bool = False
    """Whether the grammar had to recover from errors, which takes time."""


def syntax_tree(
    text: str, data: bytes, most_depth: int, *, grammar_first: bool = False
) -> Node | Unreadable:
    """Return the root of the syntax tree of a program; wrong places may be error nodes in it.

    Args:
        text: the program.
        data: the same in UTF-8.
        most_depth: brackets or operators inside one another that are allowed.
        grammar_first: save the first look where the text is short and the caller refuses every
            kind of node that it does not know.

    """
    short = grammar_first and len(data) <= _SHORT
    if short:
        root = _thread.parser.parse(data).root_node
        if not root.has_error:
            return root
    try:
        slip = first_slip(text, most_depth)
    except TooDeepError:
        what = "brackets or operators inside one another"
        return Unreadable(0, len(text), what, limit=True, recovered=short)
    if slip is not None:
        return Unreadable(*slip, recovered=short)
    return _grow(data) or Unreadable(
        0, len(text), "There are too many errors here.", recovered=True
    )


def _grow(data: bytes) -> Node | None:
    """Read ever longer beginnings of a program up to its end; nothing when one takes too long.

    Recovery from errors takes time that grows with their square, and cannot be interrupted; so
    each stretch shows what it costs before the next is added.
    """
    parse = _thread.parser.parse
    end = _FIRST_STEP
    while end < len(data):
        begun = time.thread_time()
        root = parse(data[:end]).root_node
        if root.has_error and time.thread_time() - begun > _PATIENCE * end:
            return None
        end = max(end + _FIRST_STEP, int(end * _GROWTH))
    return parse(data).root_node


def errors(root: Node) -> Iterator[Node]:
    """Yield the outermost wrong or missing nodes, in order."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            yield node
        elif node.has_error:
            pending.extend(reversed(node.children))


def field(node: Node, name: str) -> Node:
    """Return a field that the grammar guarantees where there is no error."""
    child = node.child_by_field_name(name)
    assert child is not None  # noqa: S101  a tree without error nodes has it
    return child


class Offsets:
    """Turns offsets into UTF-8 bytes into offsets into the text they encode."""

    __slots__ = ("_characters",)

    def __init__(self, text: str, data: bytes) -> None:
        self._characters: list[int] | None = None
        if len(text) != len(data):
            self._characters = _characters_by_byte(text)

    def __call__(self, byte: int) -> int:
        """Return the number of characters before a byte."""
        return byte if self._characters is None else self._characters[byte]


def _characters_by_byte(text: str) -> list[int]:
    table: list[int] = []
    for number, character in enumerate(text):
        table.extend([number] * len(character.encode()))
    table.append(len(text))
    return table
