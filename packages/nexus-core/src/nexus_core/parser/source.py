"""The text of a panel and the places in it.

Everything in the parser speaks of places as offsets into the text; this module alone turns them
into the lines and columns that people read. What the text means is no business of it.
"""

import hashlib
import re
from bisect import bisect_right

from nexus_core.parser.trusted import make_span
from nexus_protocol.locations import Span

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Source:
    """A panel's text with its line starts and its hash.

    ``text`` never holds what JSON cannot carry: U+0000, lone surrogates and bytes that are not
    UTF-8 stand there as U+FFFD, and ``broken`` lists their offsets.
    """

    __slots__ = ("_line_starts", "broken", "hash", "size", "text")

    def __init__(self, given: str | bytes) -> None:
        self.hash: str
        self.size: int
        self.hash, self.size = _hash_and_size(given)
        self.text: str
        self.broken: tuple[int, ...]
        self.text, self.broken = storable(given)
        self._line_starts: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """Return the lines and columns, counted from 1, of the text from ``start`` to ``end``."""
        starts = self._line_starts
        if starts is None:
            starts = self._line_starts = _line_starts(self.text)
        line = bisect_right(starts, start)
        end_line = (
            line if end < _at(starts, line, len(self.text) + 1) else bisect_right(starts, end)
        )
        return make_span(
            line=line,
            column=start - starts[line - 1] + 1,
            end_line=end_line,
            end_column=end - starts[end_line - 1] + 1,
        )


class GrowingSource(Source):
    """A source of which more comes; its spans are kept, for in the end they are asked for again."""

    __slots__ = ("_spans",)

    def __init__(self) -> None:
        super().__init__("")
        self._spans: dict[tuple[int, int], Span] = {}

    def grow(self, given: str) -> None:
        """Put more text behind; hash and size are those of the whole after ``end`` only."""
        new, broken = storable(given)
        before = len(self.text)
        self.text += new
        if broken and not self.broken:  # one is enough to know that the source has to be read again
            self.broken = (before + broken[0],)
        if self._line_starts is not None:
            _add_line_starts(self._line_starts, self.text, before)

    def end(self, given: str) -> None:
        """Say that the source is whole and what it is."""
        self.hash, self.size = _hash_and_size(given)

    def span(self, start: int, end: int) -> Span:
        """Return the lines and columns, counted from 1, of the text from ``start`` to ``end``."""
        known = self._spans.get((start, end))
        if known is None:
            known = self._spans[start, end] = super().span(start, end)
        return known


def _hash_and_size(given: str | bytes) -> tuple[str, int]:
    data = given if isinstance(given, bytes) else given.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest(), len(data)


def storable(given: str | bytes) -> tuple[str, tuple[int, ...]]:
    """Return a text without what JSON cannot carry, and the offsets of that."""
    if isinstance(given, bytes):
        try:
            text = given.decode("utf-8")
        except UnicodeDecodeError:
            text = given.decode("utf-8", "surrogateescape")
    else:
        text = given
    if text.isascii() and "\0" not in text:
        return text, ()
    broken = tuple(match.start() for match in _UNSTORABLE.finditer(text))
    return (_UNSTORABLE.sub(REPLACEMENT, text) if broken else text), broken


def _line_starts(text: str) -> list[int]:
    starts = [0]
    _add_line_starts(starts, text, 0)
    return starts


def _add_line_starts(starts: list[int], text: str, after: int) -> None:
    position = text.find("\n", after) + 1
    while position:
        starts.append(position)
        position = text.find("\n", position) + 1


def _at(starts: list[int], index: int, otherwise: int) -> int:
    return starts[index] if index < len(starts) else otherwise
