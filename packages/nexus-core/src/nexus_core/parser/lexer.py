"""Turn NXML source into tokens.

The lexer knows characters and places: tags, quotes, comments, the raw text of handlers. Whether a
tag may stand where it stands is the parser's business. It takes everything: what is not NXML is
told, and reading goes on at the nearest place that makes sense, in time linear in the text.

``Lexer.next`` gives one token at a time and holds nothing beyond its position and what it must
give next, so a reader of a growing text can drive it too.
"""

import re

from nexus_core.parser import catalogue
from nexus_core.parser.braces import BraceIndex
from nexus_core.parser.findings import Findings
from nexus_core.parser.tokens import (
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
    (?: \s*=\s* (?: "(?P<double>[^"]*+)" | '(?P<single>[^']*+)' | (?P<other>(?=[^\s>])) ) )?
    """,
    re.VERBOSE,
)
_BARE = re.compile(r"(?:[^\s<>/]|/(?!>))+")
_JUNK = re.compile(r"""[^\s<>/A-Za-z]+|[^\s<>]""")
_TEXT = re.compile(r"[^<{]+")
_MARKUP = re.compile(r"<[A-Za-z_$/!?]")
_RAW_END = re.compile(r"</\s*(handler|tool|lifecycle|logic|nexuspanel)\s*>", re.IGNORECASE)
_CDATA = re.compile(r"\s*<!\[CDATA\[")
_AFTER_CDATA = re.compile(r"\s*</\s*handler\s*>", re.IGNORECASE)
_DECLARATION = re.compile(r"<!(?:[^<>\[]|\[[^\]]*+\]?)*+>?")
_UNFINISHED_VALUE = re.compile(r"[^\n>]*")
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


class Lexer:
    """Reads tokens from a source, from ``position`` on."""

    def __init__(self, findings: Findings, position: int = 0) -> None:
        self._findings = findings
        self._text = findings.source.text
        self._braces = BraceIndex(self._text)
        self._absent: set[str] = set()
        self._unclosed: dict[str, int] = {}
        """Smart quotes that nothing closes, and up to where nothing does."""
        self._raw = False
        self.position = position

    def next(self) -> Token | None:
        """Return the next token, or nothing at the end of the text."""
        while self.position < len(self._text):
            if self._raw:
                self._raw = False
                return self._code()
            if not _MARKUP.match(self._text, self.position):
                return self._words()
            if token := self._markup():
                return token
        return None

    # ---- text

    def _words(self) -> Text:
        text, start = self._text, self.position
        position = start
        while position < len(text):
            if run := _TEXT.match(text, position):
                position = run.end()
            elif text[position] == "{":
                position = self._past_brace(position)
            elif _MARKUP.match(text, position):
                break
            else:
                self._findings.repair("BARE_LESS_THAN", position, position + 1, "&lt;")
                position += 1
        self.position = position
        return Text(start, position)

    def _past_brace(self, position: int) -> int:
        if self._text.startswith("{{", position):
            return position + 2
        closing = self._braces.closing(position)
        return position + 1 if closing < 0 else closing + 1

    # ---- everything that begins with <

    def _markup(self) -> Token | None:
        text, start = self._text, self.position
        if opened := _START.match(text, start):
            return self._start_tag(opened[1], opened.end())
        if text.startswith("</", start):
            return self._end_tag()
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
            self._findings.add(catalogue.UNCLOSED_COMMENT, start, start + 4)
            self.position = len(self._text)
        else:
            self.position = end + 3
        return Comment(start, self.position)

    def _verbatim(self) -> Text:
        start = self.position + len("<![CDATA[")
        end = self._find("]]>", start)
        if end < 0:
            self._findings.add(catalogue.UNCLOSED_CDATA, self.position, start)
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
        if text[start : start + 9].upper() == "<!DOCTYPE":
            self._findings.add(catalogue.DOCTYPE, start, self.position)
        elif not text.startswith("<?xml", start):
            self._findings.add(catalogue.STRAY_CHARACTERS, start, self.position)

    def _end_tag(self) -> EndTag:
        start = self.position
        tag = _END.match(self._text, start)
        assert tag is not None  # noqa: S101  it matches wherever the text goes on with </
        self.position = tag.end()
        if not tag[2]:
            self._findings.add(catalogue.UNFINISHED_TAG, start, tag.end(), name=f"/{tag[1]}")
        return EndTag(tag[1], start, tag.end())

    # ---- start tags

    def _start_tag(self, name: str, position: int) -> StartTag:
        start = self.position
        self.position = position
        attributes: list[Attribute] = []
        text = self._text
        while True:
            if ending := _TAG_END.match(text, self.position):
                self.position = ending.end()
                self_closing = bool(ending[1])
                break
            if found := _ATTRIBUTE.match(text, self.position):
                attributes.append(self._attribute(found))
            elif not self._skip_junk():
                self._findings.add(catalogue.UNFINISHED_TAG, start, position, name=name)
                self_closing = False
                break
        self._raw = not self_closing and name.casefold() == RAW_ELEMENT
        return StartTag(name, start, self.position, attributes, self_closing)

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
        if first == "{" and (closing := self._braces.closing(start)) >= 0:
            end = closing + 1
            self._findings.repair("UNQUOTED_BRACES", start, end, _quoted(text[start:end]))
            return "braces", start, end, end
        if first in _SMART_QUOTES and (end := self._smart_end(start)) >= 0:
            self._findings.repair("SMART_QUOTES", start, end, _quoted(text[start + 1 : end - 1]))
            return "double", start + 1, end - 1, end
        if first in "\"'":
            rest = _UNFINISHED_VALUE.match(text, start + 1)
            end = rest.end() if rest else start + 1
            self._findings.add(catalogue.UNCLOSED_QUOTE, start, end, quote=first)
            return "bare", start + 1, end, end
        bare = _BARE.match(text, start)
        end = bare.end() if bare else start
        if first == "{":
            self._findings.add(catalogue.UNCLOSED_BRACE, start, end)
        elif bare:
            self._findings.repair("UNQUOTED_VALUE", start, end, _quoted(bare[0]))
        else:
            self._findings.add(catalogue.MISSING_VALUE, start, start + 1)
        return "bare", start, end, end

    def _smart_end(self, start: int) -> int:
        """Return where a value in smart quotes ends, its quote included, or -1."""
        first = self._text[start]
        if start < self._unclosed.get(first, 0):
            return -1
        closing = _SMART_QUOTES[first].match(self._text, start + 1)
        if closing is None:
            line_end = self._text.find("\n", start)
            self._unclosed[first] = len(self._text) if line_end < 0 else line_end
            return -1
        return closing.end()

    def _skip_junk(self) -> bool:
        """Pass what is no attribute; false where the tag has to be taken as ended."""
        text = self._text
        while self.position < len(text) and text[self.position].isspace():
            self.position += 1
        junk = _JUNK.match(text, self.position)
        if junk is None:
            return False
        end = junk.end()
        if text[self.position] == "{" and (closing := self._braces.closing(self.position)) >= 0:
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
        ending = None if "</handler>" in self._absent else _RAW_END.search(self._text, start)
        if ending is None:
            self._absent.add("</handler>")
            return len(self._text)
        return ending.start()

    def _find(self, mark: str, start: int) -> int:
        """Find a mark at or after ``start``; a mark that failed once is not looked for again."""
        if mark in self._absent:
            return -1
        place = self._text.find(mark, start)
        if place < 0:
            self._absent.add(mark)
        return place


def _quoted(text: str) -> str:
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return text if text.startswith("{") else f'"{text.replace(chr(34), "&quot;")}"'
