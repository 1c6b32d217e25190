"""Read a panel while it is still being written, so that it paints before it is whole.

Knows how much text to wait for, so that the work stays linear in the length of the source however
it is cut into chunks. The tokens are those of ``parse``, from the
same lexer; what is shown of them is the business of ``painting``.
"""

import sys
from typing import Final, Literal

from nexus_core.errors import NexusError
from nexus_core.parser.findings import Findings
from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.parser.markup.lexer import Lexer, Mark, UnsettledError
from nexus_core.parser.markup.tokens import Element, StartTag, Token
from nexus_core.parser.markup.tree import TreeBuilder, find_panel, look_after, look_before
from nexus_core.parser.painting import Painter
from nexus_core.parser.parse import VOID, parse, read_root, result_of
from nexus_core.parser.result import ParseResult
from nexus_core.parser.source import GrowingSource
from nexus_protocol import PanelAst
from nexus_protocol.stream import StreamEvent

_GROWTH: Final = 8
"""What is long and not finished is looked at again when it has grown by one part in so many."""
_LONG: Final = 256
"""Characters of one token that are long."""
_COPIED: Final = 512
"""A very long source is put together again when it has grown by one part in so many."""
_VERY_LONG: Final = 65_536
"""Characters of source that are very long."""
_NEVER: Final = sys.maxsize


class StreamEndedError(NexusError):
    """Raised when more source is given to a stream that has been finished."""


class StreamingParser:
    """Reads one panel in chunks.

    ``feed`` says what is new, ``finish`` gives what ``parse`` gives for all chunks together.
    """

    def __init__(self, *, limits: ParseLimits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._source = GrowingSource()
        self._painter = Painter(self._source, limits)
        self._findings = Findings(self._source, limits.diagnostics)
        self._builder = TreeBuilder(self._findings, limits, VOID)
        self._root: Element | None = None
        self._state: Literal["before", "inside", "full", "after"] = "before"
        """Where in the panel reading is; ``full`` where it has as many nodes as it may."""
        self._chunks: list[str] = []
        self._length = 0
        """Characters of the chunks."""
        self._joined = 0
        """Chunks that were looked at."""
        self._mark = Mark(0)
        """Up to where everything is settled."""
        self._in_text = False
        """Whether text that may be shown comes there."""
        self._wakes_at = ">"
        """What has to come before a token can be settled."""
        self._woken = False
        """Whether it has come."""
        self._enough = 0
        """Characters of all chunks that there have to be before it is worth another look."""
        self._result: ParseResult | None = None
        self._ending: tuple[StreamEvent, ...] = ()

    def feed(self, chunk: str) -> tuple[StreamEvent, ...]:
        """Take the next piece of the source; returns what it makes known.

        Raises:
            StreamEndedError: the stream has been finished.

        """
        if self._result is not None:
            raise StreamEndedError("the stream has been finished")
        self._chunks.append(chunk)
        self._length += len(chunk)
        if not self._woken:
            self._woken = self._wakes_at in chunk or (self._in_text and "<" not in chunk)
        if not self._woken or self._length < self._enough:
            return ()
        self._look(growing=True)
        return self._painter.drain()

    def finish(self) -> ParseResult:
        """Say that the source is whole; returns what ``parse`` does, again when asked again."""
        if self._result is None:
            self._look(growing=False)
            self._result = self._parse()
            if self._painter.tree() != self._result.ast:
                self._painter.show(self._result.ast)
            self._ending = self._painter.drain()
        return self._result

    @property
    def ending(self) -> tuple[StreamEvent, ...]:
        """What ``finish`` made known: what was open ends, and what was shown wrong is replaced."""
        return self._ending

    @property
    def panel(self) -> PanelAst | None:
        """The panel as far as it is known, what is open ended for show; nothing before it begins.

        Takes time in proportion to the panel.
        """
        return self._painter.tree()

    def _parse(self) -> ParseResult:
        """Read the elements that were found, or the source again where they are not all of it."""
        text = "".join(self._chunks)
        source, root = self._source, self._root
        source.end(text)
        is_usual = source.size <= self._limits.source_bytes and not source.broken
        if root is None or self._state != "after" or not is_usual:
            return parse(text, limits=self._limits)
        look_after(self._findings, self._mark.position)
        ast = read_root(source, self._findings, self._limits, root)
        return result_of(source, self._findings, ast)

    # ---- looking at what has come

    def _look(self, *, growing: bool) -> None:
        """Take from the source what is settled."""
        self._enough = _NEVER
        if self._length > self._limits.source_bytes:
            return
        self._source.grow("".join(self._chunks[self._joined :]))
        self._joined = len(self._chunks)
        if self._state == "before":
            self._look_for_panel()
        lexer = Lexer(self._findings, self._mark, growing=growing)
        if self._state == "inside":
            self._read_tokens(lexer)
        if not growing:
            self._end(lexer)
        elif self._state in ("before", "inside"):
            self._wait()

    def _look_for_panel(self) -> None:
        position, found = find_panel(self._source.text, self._mark.position)
        self._mark = Mark(position)
        if found:
            self._state = "inside"

    def _read_tokens(self, lexer: Lexer) -> None:
        """Take tokens until one needs more text."""
        self._in_text = False
        try:
            while self._state == "inside" and (token := lexer.next()) is not None:
                self._take(token)
            self._mark = Mark(lexer.position)
        except UnsettledError as unsettled:
            self._mark = lexer.mark
            self._findings.forget_from(self._mark.position)
            self._show_growing(unsettled.position)

    def _take(self, token: Token) -> None:
        """Put a token into the tree."""
        builder = self._builder
        if not builder.stack:
            assert isinstance(token, StartTag)  # noqa: S101  the panel was found there
            self._begin(token)
        else:
            if not builder.take(token):
                self._state = "full"
            self._painter.took(token, builder.stack)
        if not builder.stack:
            self._state = "after"

    def _begin(self, tag: StartTag) -> None:
        look_before(self._findings, tag.start)
        self._root = root = Element(tag)
        self._builder.begin(root)
        self._painter.begin(root)
        if tag.self_closing:
            root.content_end = root.end = tag.end
            self._builder.stack.clear()
            self._painter.close_all_but([])

    def _show_growing(self, end: int) -> None:
        """Show the text that has come so far, where it is text that comes."""
        position = self._mark.position
        is_text = not self._mark.raw and not self._source.text.startswith("<", position)
        if self._builder.too_deep or not is_text:
            return
        self._in_text = self._painter.paints_text
        if self._in_text:
            self._painter.show_growing(position, end)

    def _end(self, lexer: Lexer) -> None:
        """End what is still open."""
        if self._builder.stack:
            self._mark = Mark(len(self._source.text))
            self._builder.end(lexer)
            self._painter.close_all_but([])
            self._state = "after" if self._state == "inside" else self._state

    def _wait(self) -> None:
        """Settle what has to come before it is worth another look."""
        self._woken = False
        text, position = self._source.text, self._mark.position
        is_plain_code = self._mark.raw and text.find("/", position) < 0
        self._wakes_at = "/" if is_plain_code else ">"
        unsettled = len(text) - position
        more = unsettled // _GROWTH if unsettled > _LONG else 0
        if len(text) > _VERY_LONG:
            more = max(more, len(text) // _COPIED)
        self._enough = self._length + more
