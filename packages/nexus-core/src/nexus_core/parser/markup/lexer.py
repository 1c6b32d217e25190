"""Turn NXML source into tokens.

The lexer knows characters and places: tags, quotes, comments, the raw text of handlers. Whether a
tag may stand where it stands is the parser's business. It takes everything: what is not NXML is
told, and reading goes on at the nearest place that makes sense, in time linear in the text.

The text may be growing: then ``Lexer.next`` gives the tokens that no text to come can change, and
raises ``Unsettled`` at the first of which that is not certain.
"""

import re
import sys
from typing import NamedTuple

from nexus_core.parser import catalogue
from nexus_core.parser.catalogue import RepairCode
from nexus_core.parser.findings import Findings, Mend
from nexus_core.parser.markup.braces import NO_BRACES, BraceIndex, BraceMemory
from nexus_core.parser.markup.slips import quoted, spaced
from nexus_core.parser.markup.tokens import (
    Attribute,
    Code,
    Comment,
    EndTag,
    Quote,
    StartTag,
    Text,
    Token,
)

RAW_ELEMENT = "handler"
"""The element, in lower case, whose content is code and not markup."""

_START = re.compile(r"<([A-Za-z_$][\w.:$-]*)")
_END = re.compile(r"</\s*([^\s<>/]*)[^<>]*(>?)")
_TAG_END = re.compile(r"\s*(/?)>")
_ATTRIBUTE = re.compile(
    r"""
    \s*+ (?P<name>[^\s=<>/"'`{}\u2018\u2019\u201c\u201d\u201e]++)
    (?: \s*=\s* (?:
        "(?P<double>[^"]*+)"(?=[\s/>]|\Z)
        | '(?P<single>[^']*+)'(?=[\s/>]|\Z)
        | (?P<other>(?=[^\s>]))
    ) )?
    """,
    re.VERBOSE,
)
"""An attribute; where something else than white space or the end of the tag follows the quotes of a
value, they may stand inside it, which is looked into."""
_BARE = re.compile(r"(?:[^\s<>/]|/(?!>))+")
_JUNK = re.compile(r"""[^\s<>/A-Za-z]+|[^\s<>]""")
_TEXT = re.compile(r"[^<{]+")
_MARKUP = re.compile(r"<[A-Za-z_$/!?]")
_JSX_COMMENT = re.compile(r"\{\s*+/\*(?P<words>[^*]*+(?:\*(?!/)[^*]*+)*+)\*/\s*+\}")
_JSX_OPENING = re.compile(r"\{\s*+/\*")
_FRAGMENT = re.compile(r"<>(?=\s*+<[A-Za-z/])")
"""The beginning of a fragment of JSX: a tag follows, where ``a <> b`` is text."""
_UNSURE = re.compile(r"<(?:>\s*+<?)?\Z")
"""What more text may make a tag or a fragment of."""
RAW_END = re.compile(r"</\s*(handler|tool|lifecycle|logic|nexuspanel)\s*>", re.IGNORECASE)
_CDATA = re.compile(r"\s*<!\[CDATA\[")
_AFTER_CDATA = re.compile(r"\s*</\s*handler\s*>", re.IGNORECASE)
_DECLARATION = re.compile(r"<!(?:[^<>\[]|\[[^\]]*+\]?)*+>?")
_CUT_OFF = re.compile(r"""(?P<quote>["'])[^"'<>]*+(?<![=\s])\s*+(?P=quote)""")
"""What follows a quote that did not end its value: the rest of a string, and its end."""
_BETWEEN_BRACES = re.compile(r"[^\"'{}<>]*+")
_BRACE = re.compile(r"[{}]")
_BETWEEN = {quote: re.compile(rf"[^{quote}{{}}<>]*+") for quote in "\"'"}
"""Text of a value between its expressions, by the quotes around it."""
_REST_OF_LIST = re.compile(r"[^\[\]{}<>]*+\]?")
_AFTER_VALUE = frozenset(" \t\r\n/>")
_UNFINISHED_VALUE = re.compile(r"[^\n>]*")
_LONGEST_OPENING = len("<![CDATA[")
_CLOSERS = {
    "\u201c": "\u201d\u201c\u201e",
    "\u201d": "\u201d\u201c",
    "\u201e": "\u201d\u201c",
    "\u2018": "\u2019\u2018",
    "\u2019": "\u2019\u2018",
}
"""Typographic quotes that may open a value, and those that then close it."""
_SMART_QUOTES = {
    opening: re.compile(rf"[^\n{closers}]*+[{closers}]") for opening, closers in _CLOSERS.items()
}
"""A value in typographic quotes, after the one that opens it."""


class UnsettledError(Exception):
    """Raised when what comes next depends on text that has not come yet.

    ``position`` is where that begins: the text of a text before it is certain.
    """

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Mark(NamedTuple):
    """A place between two tokens, and what a lexer knows there of the text that follows."""

    position: int
    raw: bool = False
    """Whether code comes next, not markup."""
    looked: int = 0
    """Up to where values were searched for quotes in quotes."""
    braces: BraceMemory = NO_BRACES


class Lexer:
    """Reads tokens from a source, from ``position`` on.

    Args:
        findings: where slips are told; it holds the source.
        start: where to begin.
        growing: whether more text may follow the source's.

    """

    def __init__(self, findings: Findings, start: int | Mark = 0, *, growing: bool = False) -> None:
        self._findings = findings
        self._text = findings.source.text
        self._growing = growing
        self._edge = len(self._text) if growing else sys.maxsize
        """Where nothing is certain any more; a text that is whole has no such place."""
        mark = start if isinstance(start, Mark) else Mark(start)
        self._braces = BraceIndex(self._text, mark.braces)
        self._absent: set[str] = set()
        self._unclosed: dict[str, int] = {}
        """Smart quotes that nothing closes, and up to where nothing does."""
        self._looked = mark.looked
        self._raw = mark.raw
        self._first = self._text.find("<")
        """Where markup begins, which is where a declaration may stand."""
        self.cut: int | None = None
        """Where the tag begins in the middle of which the text ends."""
        self.swallowed = False
        """Whether a comment or CDATA took the rest of the text, because it never ends."""
        self.position = mark.position
        self._asked: tuple[int, bool, int, BraceMemory] = mark

    @property
    def mark(self) -> Mark:
        """Where another lexer of a growing text can go on: where the last token was asked for."""
        return Mark(*self._asked)

    def next(self) -> Token | None:
        """Return the next token, or nothing at the end of the text.

        Raises:
            UnsettledError: text to come decides it; another lexer can go on at the mark.

        """
        if self._growing:
            self._asked = (self.position, self._raw, self._looked, self._braces.memory)
        while self.position < len(self._text):
            if self._raw:
                self._raw = False
                return self._code()
            if _MARKUP.match(self._text, self.position):
                token = self._markup()
            elif self._text[self.position] in "<{":
                token = self._odd_markup()
            else:
                return self._words()
            if token:
                return token
        self._expect_more_after(self.position)
        return None

    def _expect_more_after(self, position: int) -> None:
        """Stop where a growing text ends."""
        if position >= self._edge:
            raise UnsettledError(position)

    def _expect_more(self, position: int) -> None:
        """Stop at something that only text to come can end, unless none comes."""
        if self._growing:
            raise UnsettledError(position)

    # ---- text

    def _odd_markup(self) -> Token | None:
        """Read a comment or a fragment of JSX, or text that looks like one."""
        text, start = self._text, self.position
        if _FRAGMENT.match(text, start):
            self.position = start + 2
            self._tell_fragment(start, "<Layout>")
            return None
        comment = self._jsx_comment(start)
        if comment is None:
            return self._words()
        self.position = comment.end()
        self._findings.repair("JSX_COMMENT", start, self.position, f"<!--{comment['words']}-->")
        return Comment(start, self.position)

    def _jsx_comment(self, position: int) -> re.Match[str] | None:
        """Return the ``{/* … */}`` at a place, which can then stand as ``<!-- … -->``.

        It looks ahead to the next ``*/``; where there is none, no further.
        """
        opening = _JSX_OPENING.match(self._text, position)
        if opening is None or self._find("*/", opening.end()) < 0:
            return None
        comment = _JSX_COMMENT.match(self._text, position)
        return comment if comment and "--" not in comment["words"] else None

    def _tell_fragment(self, start: int, named: str) -> None:
        """Tell ``<>`` or ``</>``, which has been passed."""
        fix = Mend("Make it a Layout", (start, self.position, named))
        self._findings.add(catalogue.FRAGMENT, start, self.position, fix=fix)

    def _words(self) -> Text:
        text, start = self._text, self.position
        position = start
        while position < len(text):
            if run := _TEXT.match(text, position):
                position = run.end()
            elif text[position] == "{":
                if _JSX_OPENING.match(text, position) and self._jsx_comment(position):
                    break
                position = self._past_brace(position)
            elif _MARKUP.match(text, position) or _FRAGMENT.match(text, position):
                break
            else:
                if self._growing and _UNSURE.match(text, position):
                    raise UnsettledError(position)
                self._findings.repair("BARE_LESS_THAN", position, position + 1, "&lt;")
                position += 1
        if position >= self._edge:
            raise UnsettledError(position)
        self.position = position
        return Text(start, position)

    def _past_brace(self, position: int) -> int:
        if self._text.startswith("{{", position):
            return position + 2
        closing = self._closing(position)
        return position + 1 if closing < 0 else closing + 1

    def _closing(self, position: int) -> int:
        """Return where the brace at a position closes, or -1."""
        closing = self._braces.closing(position)
        if closing < 0 and self._braces.saw_all:
            self._expect_more(position)
        return closing

    # ---- everything that begins with <

    def _markup(self) -> Token | None:
        text, start = self._text, self.position
        if opened := _START.match(text, start):
            return self._start_tag(opened[1], opened.end())
        if text.startswith("</", start):
            return self._end_tag()
        self._expect_more_after(start + _LONGEST_OPENING)
        if text.startswith("<!--", start):
            return self._comment()
        if text.startswith("<![CDATA[", start):
            return self._verbatim()
        self._skip_declaration()
        return None

    def _comment(self) -> Comment:
        start = self.position
        end = self._find("-->", start + 4)
        if end < 0:
            line = self._text.find("\n", start)
            place = len(self._text) if line < 0 else line
            fix = Mend("Close it on its line", (place, place, " -->"))
            self._findings.add(catalogue.UNCLOSED_COMMENT, start, start + 4, fix=fix)
            self.swallowed = True
            self.position = len(self._text)
        else:
            self.position = end + 3
        return Comment(start, self.position)

    def _verbatim(self) -> Text:
        start = self.position + len("<![CDATA[")
        end = self._find("]]>", start)
        if end < 0:
            self._findings.add(catalogue.UNCLOSED_CDATA, self.position, start)
            self.swallowed = True
            end = len(self._text)
        self.position = min(end + 3, len(self._text))
        return Text(start, end, verbatim=True)

    def _skip_declaration(self) -> None:
        text, start = self._text, self.position
        if text.startswith("<?", start):
            end = self._find("?>", start)
            self.position = start + 2 if end < 0 else end + 2
        else:
            declaration = _DECLARATION.match(text, start)
            self.position = declaration.end() if declaration else start + 2
            self._expect_more_after(self.position)
        if text[start : start + 9].upper() == "<!DOCTYPE":
            self._findings.add(catalogue.DOCTYPE, start, self.position)
        elif not (text.startswith("<?xml", start) and start == self._first):
            self._findings.add(catalogue.STRAY_CHARACTERS, start, self.position)

    def _end_tag(self) -> EndTag | None:
        start = self.position
        tag = _END.match(self._text, start)
        assert tag is not None  # noqa: S101  it matches wherever the text goes on with </
        self.position = tag.end()
        if not tag[1] and tag[2]:
            self._tell_fragment(start, "</Layout>")
            return None
        if not tag[2]:
            self._expect_more_after(tag.end())
            fix = self._finish(start, tag.end())
            name = f"/{tag[1]}"
            self._findings.add(catalogue.UNFINISHED_TAG, start, tag.end(), fix=fix, name=name)
        return EndTag(tag[1], start, tag.end())

    # ---- start tags

    def _start_tag(self, name: str, position: int) -> StartTag:
        start = self.position
        if self._growing and self._text.find(">", position) < 0:
            raise UnsettledError(start)
        self.position = position
        attributes: list[Attribute] = []
        text, edge = self._text, self._edge
        while True:
            if ending := _TAG_END.match(text, self.position):
                self.position = ending.end()
                self_closing = bool(ending[1])
                break
            if self.position >= edge:
                raise UnsettledError(start)
            if found := _ATTRIBUTE.match(text, self.position):
                attributes.append(self._attribute(found))
            elif not self._skip_junk():
                fix = self._finish(start, self.position)
                self._findings.add(catalogue.UNFINISHED_TAG, start, position, fix=fix, name=name)
                self_closing = False
                break
        self._raw = not self_closing and name.casefold() == RAW_ELEMENT
        return StartTag(name, start, self.position, attributes, self_closing)

    def _finish(self, start: int, end: int) -> Mend:
        """Return what ends a tag, or leaves it out where the text ends in the middle of it."""
        if end < len(self._text.rstrip()):
            return Mend("End the tag", (end, end, ">"))
        self.cut = start
        return Mend("Leave the beginning of this tag out", (start, len(self._text), ""))

    def _attribute(self, found: re.Match[str]) -> Attribute:
        start, name_end = found.span("name")
        match found.lastgroup:
            case "double" | "single" as quote:
                value_start, value_end = found.span(quote)
                self.position = end = found.end()
            case "other":
                quote, value_start, value_end, end = self._odd_value(found.start("other"))
                self.position = end
            case _:
                quote, value_start, value_end, end = "none", name_end, name_end, name_end
                self.position = found.end()
        return Attribute(found["name"], start, name_end, value_start, value_end, end, quote)

    def _odd_value(self, start: int) -> tuple[Quote, int, int, int]:
        """Read a value that is not in straight quotes, or whose quotes never close."""
        text = self._text
        first = text[start]
        if first == "{" and (closing := self._closing(start)) >= 0:
            end = closing + 1
            self._requote("UNQUOTED_BRACES", start, end, spaced(text[start:end]))
            return "braces", start, end, end
        if first in _SMART_QUOTES and (end := self._smart_end(start)) >= 0:
            self._requote("SMART_QUOTES", start, end, text[start + 1 : end - 1])
            return "double", start + 1, end - 1, end
        if first in "\"'" and (end := self._find(first, start + 1)) >= 0:
            if (whole := self._nested_end(start, end)) >= 0:
                end = whole
                self._requote("QUOTES_IN_QUOTES", start, end + 1, text[start + 1 : end])
            return "double" if first == '"' else "single", start + 1, end, end + 1
        if first in "\"'":
            self._expect_more(start)
            rest = _UNFINISHED_VALUE.match(text, start + 1)
            end = rest.end() if rest else start + 1
            self._findings.add(catalogue.UNCLOSED_QUOTE, start, end, quote=first)
            return "bare", start + 1, end, end
        bare = _BARE.match(text, start)
        end = bare.end() if bare else start
        self._expect_more_after(end)
        if first == "{":
            self._findings.add(catalogue.UNCLOSED_BRACE, start, end)
        elif bare:
            self._requote("UNQUOTED_VALUE", start, end, bare[0])
        else:
            self._findings.add(catalogue.MISSING_VALUE, start, start + 1)
        return "bare", start, end, end

    def _nested_end(self, start: int, end: int) -> int:
        """Return the quote that really ends a value, or -1 when it is the one at ``end``.

        In ``"{a ? "b" : "c"}"`` the quotes inside are those of strings: the one at ``end`` stands
        within braces, and a string goes on behind it. It looks ahead to the brace that closes, at
        most to the next end tag, and to the end of the value; where it failed it does not look
        again.
        """
        text, quote = self._text, self._text[start]
        again = self._find(quote, end + 1)
        rest = text[end + 1 : again].rstrip() if end + 1 >= self._looked and again >= 0 else "="
        if rest.endswith("=") or "<" in rest or ">" in rest or text.startswith("{{", start + 1):
            return -1
        position = self._past_opened(start + 1, end)
        while position > 0:
            between = _BETWEEN[quote].match(text, position)
            position = between.end() if between else position
            self._looked = position
            if text.startswith(quote, position):
                if position + 1 == len(text) or text[position + 1] in _AFTER_VALUE:
                    return position
                break
            closing = self._closing(position) if text.startswith("{", position) else -1
            position = closing + 1
        return -1

    def _past_opened(self, start: int, end: int) -> int:
        """Return the place after the list or braces that a value opens and does not close, or 0."""
        text = self._text
        opened: list[int] = []
        for brace in _BRACE.finditer(text, start, end):
            if brace[0] == "{":
                opened.append(brace.start())
            elif opened:
                opened.pop()
        if opened:
            return self._closing(opened[0]) + 1
        if text.startswith("[", start) and (rest := _REST_OF_LIST.match(text, start + 1)):
            self._looked = rest.end()
            return rest.end() if rest[0].endswith("]") else 0
        return 0

    def _requote(self, code: RepairCode, start: int, end: int, value: str) -> None:
        """Record in which quotes a value is meant to stand, or tell that it can in none."""
        after = quoted(value)
        if after is None:
            self._findings.add(catalogue.BOTH_QUOTES, start, end)
        elif after != self._text[start:end]:
            self._findings.repair(code, start, end, after)

    def _smart_end(self, start: int) -> int:
        """Return where a value in smart quotes ends, its quote included, or -1."""
        first = self._text[start]
        if start < self._unclosed.get(first, 0):
            return -1
        closing = _SMART_QUOTES[first].match(self._text, start + 1)
        if closing is None:
            line_end = self._text.find("\n", start)
            if line_end < 0:
                self._expect_more(start)
            self._unclosed[first] = len(self._text) if line_end < 0 else line_end
            return -1
        return closing.end()

    def _skip_junk(self) -> bool:
        """Pass what is no attribute; false where the tag has to be taken as ended."""
        text = self._text
        while self.position < len(text) and text[self.position].isspace():
            self.position += 1
        self._expect_more_after(self.position)
        junk = _JUNK.match(text, self.position)
        if junk is None:
            return False
        end = junk.end()
        if text[self.position] == "{" and (closing := self._closing(self.position)) >= 0:
            end = closing + 1
        self._findings.add(catalogue.STRAY_CHARACTERS, self.position, end)
        self.position = end
        return True

    # ---- handlers

    def _code(self) -> Code:
        start = self.position
        if opening := _CDATA.match(self._text, start):
            end = self._find("]]>", opening.end())
            if end >= 0:
                self.position = end + 3
                self._expect_handler_end()
                return Code(opening.end(), end, in_cdata=True)
            self._findings.add(catalogue.UNCLOSED_CDATA, opening.end() - 9, opening.end())
            start = opening.end()
        self.position = self._code_end(start)
        return Code(start, self.position)

    def _expect_handler_end(self) -> None:
        """Pass what stands between the end of CDATA and the end tag of the handler."""
        if _AFTER_CDATA.match(self._text, self.position):
            return
        end = self._code_end(self.position)
        if stray := self._text[self.position : end].strip():
            start = self._text.index(stray, self.position)
            self._findings.add(catalogue.STRAY_CHARACTERS, start, start + len(stray))
        self.position = end

    def _code_end(self, start: int) -> int:
        """Return where raw code ends: at the end tag of its handler or of what is around it."""
        ending = None if "</handler>" in self._absent else RAW_END.search(self._text, start)
        if ending is None:
            self._expect_more(start)
            self._absent.add("</handler>")
            return len(self._text)
        return ending.start()

    def _find(self, mark: str, start: int) -> int:
        """Find a mark at or after ``start``; a mark that failed once is not looked for again."""
        if mark in self._absent:
            return -1
        place = self._text.find(mark, start)
        if place < 0:
            self._expect_more(start)
            self._absent.add(mark)
        return place
