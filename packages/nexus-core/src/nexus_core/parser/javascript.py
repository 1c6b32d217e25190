"""The one door to tree-sitter: JavaScript text to a syntax tree, in bounded time.

Knows the grammar's quirks and what no panel may name. What an expression or a handler may do is
the business of ``expressions`` and ``handlers``.
"""

import threading
from collections.abc import Iterator
from typing import Final

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_LANGUAGE: Final = Language(tree_sitter_javascript.language())
_STEP: Final = 2048
_MOST_ERRORS: Final = 16

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


def syntax_tree(code: bytes) -> Node:
    """Return the root of the syntax tree of a program; wrong places are error nodes in it.

    Recovery from very many errors takes tree-sitter time that grows with their square. So long
    code is read up to ever later places, and a stretch with many errors is the last: its tree is
    returned as it is.
    """
    parse = _thread.parser.parse
    for end in range(_STEP, len(code), _STEP):
        root = parse(code[:end]).root_node
        if root.has_error and _has_many_errors(root):
            return root
    return parse(code).root_node


def errors(root: Node) -> Iterator[Node]:
    """Yield the outermost wrong or missing nodes, in order."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            yield node
        elif node.has_error:
            pending.extend(reversed(node.children))


def _has_many_errors(root: Node) -> bool:
    count = 0
    pending = [root]
    while pending and count <= _MOST_ERRORS:
        node = pending.pop()
        count += node.is_error or node.is_missing
        if node.has_error:
            pending.extend(node.children)
    return count > _MOST_ERRORS


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
