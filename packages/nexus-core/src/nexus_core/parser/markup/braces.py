"""Where an expression in braces ends.

Knows as much JavaScript as that takes: strings, template literals and comments hide the braces
inside them. Whether the text between is an expression is decided elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

_PIECE = re.compile(
    r"""
    [^{}"'`/<]+
    | (?P<open>\{)
    | (?P<close>\})
    | (?P<tick>`)
    | "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'?
    | /\*(?:[^*]|\*(?!/))*+(?:\*/)? | //[^\n]*
    | (?P<tag></[A-Za-z])
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*+(?P<end>`|\$\{)?", re.DOTALL)
_NO_BRACE_HIDDEN = re.compile(r"""[^{}"'`/<]*\}""")


def closing_brace(text: str, start: int, end: int) -> int:
    """Return the offset of the brace that closes the one at ``start``, or -1."""
    simple = _NO_BRACE_HIDDEN.match(text, start + 1, end)
    if simple is not None:
        return simple.end() - 1
    for opened, closed in _pairs(text, start, end):
        if opened == start:
            return closed
    return -1


class BraceMemory(NamedTuple):
    """The pairs that the last search which failed met, and up to where it went."""

    pairs: Mapping[int, int]
    searched: int


NO_BRACES: Final = BraceMemory({}, 0)


class BraceIndex:
    """Closing braces of one text, found in linear time however often they are asked for.

    A search that fails has seen everything up to the end of its stretch, the next end tag outside
    strings; the pairs it met on the way answer the questions about that stretch that come later.
    """

    __slots__ = ("_text", "memory", "saw_all")

    def __init__(self, text: str, memory: BraceMemory = NO_BRACES) -> None:
        self._text = text
        self.memory = memory
        self.saw_all = False
        """Whether the last search that failed went on to the end of the text."""

    def closing(self, start: int) -> int:
        """Return the offset of the brace that closes the one at ``start``, or -1."""
        if start < self.memory.searched:
            return self.memory.pairs.get(start, -1)
        simple = _NO_BRACE_HIDDEN.match(self._text, start + 1)
        if simple is not None:
            return simple.end() - 1
        pairs: dict[int, int] = {}
        searched = 0
        for opened, closed in _pairs(self._text, start, len(self._text)):
            if opened == start:
                return closed
            if opened < 0:
                searched = closed
                self.saw_all = closed == len(self._text)
            else:
                pairs[opened] = closed
        self.memory = BraceMemory(pairs, searched)
        return -1


def _pairs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of braces from ``start`` on, each when it closes, until an end tag.

    The last pair is -1 and where the search ended.
    """
    opened: list[int] = []
    templates: list[int] = []  # how many braces were open where each ${ began
    position = start
    while position < end:
        piece = _PIECE.match(text, position, end)
        assert piece is not None  # noqa: S101  it takes any character
        position = piece.end()
        match piece.lastgroup:
            case "open":
                opened.append(piece.start())
            case "close":
                yield opened.pop(), piece.start()
                if templates and templates[-1] == len(opened):
                    templates.pop()
                    position = _template(text, position, end, opened, templates)
            case "tick":
                position = _template(text, position, end, opened, templates)
            case "tag":
                yield -1, piece.start()
                return
            case _:
                pass
    yield -1, end


def _template(text: str, position: int, end: int, opened: list[int], templates: list[int]) -> int:
    """Pass the text of a template literal up to its end or its next substitution."""
    piece = _TEMPLATE_TEXT.match(text, position, end)
    assert piece is not None  # noqa: S101  it takes nothing, too
    if piece["end"] == "${":
        templates.append(len(opened))
        opened.append(piece.end() - 1)
    return piece.end()
