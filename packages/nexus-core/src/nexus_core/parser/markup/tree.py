"""Make a tree of elements from the tokens of a document.

Knows what may be left out and mended: void elements left open, prose and fences around the
panel, an end that is missing. Which element means what is the business of ``sections``.
"""

import re
from collections.abc import Container
from dataclasses import dataclass

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Findings, Mend
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.markup.lexer import Lexer
from nexus_core.parser.markup.tokens import Comment, Element, EndTag, StartTag, Token

ROOT = "NexusPanel"
_BYTE_ORDER_MARK = "\ufeff"

_COMMENT = r"<!--[^-]*+(?:-(?!->)[^-]*+)*+(?:-->)?"
_NOT_QUOTED = r"(?<!(?<!`)`)"
"""Before a tag that is not named in prose, between single backticks."""
_LANDMARK = re.compile(
    rf"(?P<comment>{_COMMENT})|{_NOT_QUOTED}(?:"
    r"(?P<root><(?i:NexusPanel)(?=[\s/>]|$))|(?P<section><(?:Data|Logic|View|Test)(?=[\s/>]|$)))"
)
_BLANK = re.compile(rf"(?:\s++|<\?xml[^>]*+>|{_COMMENT})*+")
_MARKUP = re.compile(rf"{_NOT_QUOTED}<[A-Za-z/!]")


@dataclass(slots=True)
class Document:
    """The element of the panel and the comments outside it."""

    root: Element
    before: list[Comment]
    after: list[Comment]


def read_document(findings: Findings, limits: ParseLimits, void: Container[str]) -> Document | None:
    """Read the panel of a source, or nothing when there is none.

    Args:
        findings: where slips and repairs are told; it holds the source.
        limits: bounds of the tree.
        void: names of the elements that never hold others.

    """
    text = findings.source.text
    before: list[Comment] = []
    section = -1
    for landmark in _LANDMARK.finditer(text):
        match landmark.lastgroup:
            case "comment":
                before.append(Comment(*landmark.span()))
            case "section":
                section = landmark.start() if section < 0 else section
            case _:
                return _read_panel(findings, TreeBuilder(findings, limits, void), landmark, before)
    if section < 0:
        findings.add(catalogue.NO_PANEL, 0, min(len(text), 40))
        return None
    return _read_sections_alone(findings, TreeBuilder(findings, limits, void), section)


def find_panel(text: str, position: int) -> tuple[int, bool]:
    """Look for the panel in a text that is growing, from a position on.

    Returns:
        where it begins and true, else where to look on when there is more text and false.

    """
    rest = position
    for landmark in _LANDMARK.finditer(text, position):
        start, rest = landmark.span()
        if rest == len(text) and not text.endswith("-->", start + 4):
            return start, False
        if landmark.lastgroup == "root":
            return start, True
    begun = text.rfind("<", max(rest, len(text) - len(ROOT)))
    return (len(text) if begun < 0 else begun), False


def _read_panel(
    findings: Findings, builder: "TreeBuilder", opening: re.Match[str], before: list[Comment]
) -> Document:
    look_before(findings, opening.start())
    root, end = builder.read(opening.start())
    return Document(root, before, look_after(findings, end))


def look_after(findings: Findings, end: int) -> list[Comment]:
    """Tell what comes after the panel and should not; returns the comments there."""
    _look_at_suffix(findings, end)
    found = _LANDMARK.finditer(findings.source.text, end)
    after = [Comment(*each.span()) for each in found if each.lastgroup == "comment"]
    if after and not findings.source.text.endswith("-->", after[-1].start + 4, after[-1].end):
        findings.add(catalogue.UNCLOSED_COMMENT, after[-1].start, after[-1].start + 4)
    return after


def _read_sections_alone(findings: Findings, builder: "TreeBuilder", start: int) -> Document:
    """Recover the sections of a document that has lost its panel element."""
    findings.add(catalogue.NO_PANEL, start, start + 1)
    root = Element(StartTag(ROOT, start, start, [], self_closing=False))
    root.content_end = root.end = builder.read_into(root, start)
    return Document(root, [], [])


def look_before(findings: Findings, start: int) -> None:
    """Tell what comes before the panel and should not."""
    text = findings.source.text
    blank = _BLANK.match(text, 1 if text.startswith(_BYTE_ORDER_MARK) else 0, start)
    prose = blank.end() if blank else 0
    if prose >= start:
        return
    if text[prose : prose + 9].upper() == "<!DOCTYPE":
        findings.add(catalogue.DOCTYPE, prose, start)
    else:
        findings.repair("PROSE_AROUND", prose, start, "")


def _look_at_suffix(findings: Findings, end: int) -> None:
    text = findings.source.text
    blank = _BLANK.match(text, end)
    rest = blank.end() if blank else end
    if rest >= len(text):
        return
    if _MARKUP.search(text, rest):
        findings.add(catalogue.SECOND_PANEL, rest, len(text.rstrip()))
    else:
        findings.repair("PROSE_AROUND", rest, len(text), "")


class TreeBuilder:
    """Puts tokens into elements."""

    def __init__(self, findings: Findings, limits: ParseLimits, void: Container[str]) -> None:
        self._findings = findings
        self._limits = limits
        self._void = void
        self.stack: list[Element] = []
        """The elements that are open, the innermost last."""
        self._nodes = 0
        self.too_deep = 0
        """How many elements are open that stand too deep to be read."""

    def read(self, start: int) -> tuple[Element, int]:
        """Read the element that begins at ``start``; returns it and where reading ended."""
        lexer = Lexer(self._findings, start)
        tag = lexer.next()
        assert isinstance(tag, StartTag)  # noqa: S101  the caller found it there
        root = Element(tag)
        if tag.self_closing:
            self._check_attributes(tag)
            root.content_end = root.end = tag.end
        else:
            self._fill(root, lexer)
        return root, lexer.position

    def read_into(self, root: Element, start: int) -> int:
        """Read everything from ``start`` on into ``root``; returns where reading ended."""
        lexer = Lexer(self._findings, start)
        self._fill(root, lexer)
        return lexer.position

    def _fill(self, root: Element, lexer: Lexer) -> None:
        """Read into ``root`` until its end tag."""
        self.begin(root)
        stack = self.stack
        while stack and (token := lexer.next()) is not None:
            if not self.take(token):
                place = lexer.position
                self._exceed("elements and texts", self._limits.nodes, place - 1, place)
                lexer.position = len(self._findings.source.text)
        self.end(lexer)

    def begin(self, root: Element) -> None:
        """Open the element that all others go into."""
        self._check_attributes(root.tag)
        self.stack.append(root)

    def take(self, token: Token) -> bool:
        """Put the next token where it belongs; false where no more can be taken."""
        if isinstance(token, StartTag):
            self._open(token)
        elif isinstance(token, EndTag):
            self._close(token)
        elif not self.too_deep:
            self.stack[-1].children.append(token)
        self._nodes += 1
        return self._nodes <= self._limits.nodes

    def _open(self, tag: StartTag) -> None:
        stack = self.stack
        if stack[-1].name in self._void and len(stack) > 1 and not self.too_deep:
            self._close_void()
        if self.too_deep or len(stack) >= self._limits.depth:
            if not self.too_deep:
                self._exceed("elements inside one another", self._limits.depth, tag.start, tag.end)
            self.too_deep += not tag.self_closing
            return
        self._check_attributes(tag)
        element = Element(tag)
        stack[-1].children.append(element)
        if tag.self_closing:
            element.content_end = element.end = tag.end
        else:
            stack.append(element)

    def _close_void(self) -> None:
        """End an element that cannot hold others at the tag that follows it."""
        element = self.stack.pop()
        tag = element.tag
        self.stack[-1].children.extend(element.children)
        element.children = []
        element.content_end = element.end = tag.end
        if self._findings.source.text.startswith(">", tag.end - 1):
            self._findings.repair("VOID_LEFT_OPEN", tag.end - 1, tag.end, "/>")

    def _close(self, tag: EndTag) -> None:
        stack = self.stack
        if self.too_deep:
            self.too_deep -= 1
            return
        depth = self._depth_of(tag.name)
        if depth < 0:
            fix = Mend("Remove it", (tag.start, tag.end, ""))
            place = tag.start, tag.end
            self._findings.add(catalogue.STRAY_END_TAG, *place, fix=fix, name=tag.name)
            return
        while len(stack) > depth + 1:
            name = stack[-1].name
            fix = Mend(f"Close <{name}>", (tag.start, tag.start, f"</{name}>"))
            self._close_unclosed(tag.start, fix)
        element = stack.pop()
        element.content_end, element.end = tag.start, tag.end

    def _depth_of(self, name: str) -> int:
        """Return the place on the stack of the innermost open element of that name, or -1."""
        names = [element.name for element in self.stack]
        if name not in names:
            names = [each.casefold() if len(each) == len(name) else "" for each in names]
            name = name.casefold()
        return len(names) - 1 - names[::-1].index(name) if name in names else -1

    def _close_unclosed(self, place: int, fix: Mend | None = None) -> None:
        if self.stack[-1].name in self._void:
            self._close_void()
            return
        element = self.stack.pop()
        element.content_end = element.end = place
        tag, name = element.tag, element.name
        self._findings.add(catalogue.UNCLOSED_ELEMENT, tag.start, tag.end, name=name, fix=fix)

    def end(self, lexer: Lexer) -> None:
        """End what is still open where the text ends."""
        end = len(self._findings.source.text)
        self.too_deep = 0
        stack = self.stack
        if len(stack) == 1 and _is_whole(stack[0]):
            root = stack.pop()
            self._findings.repair("UNCLOSED_END", end, end, f"</{root.name}>")
            root.content_end = root.end = end
        fix = self._closing_all(lexer) if stack else None
        while stack:
            if stack[-1].tag.start == stack[-1].tag.end:  # stands for a panel that is missing
                stack.pop()
            else:
                self._close_unclosed(end, fix)

    def _closing_all(self, lexer: Lexer) -> Mend | None:
        """Return what ends all that is open where the text ends, without a tag cut off there."""
        if lexer.swallowed:
            return None
        open_ones = [each for each in reversed(self.stack) if each.name not in self._void]
        ends = "".join(f"</{each.name}>" for each in open_ones if each.tag.end > each.tag.start)
        end = len(self._findings.source.text)
        return Mend("Close what is open", (end if lexer.cut is None else lexer.cut, end, ends))

    def _check_attributes(self, tag: StartTag) -> None:
        most = self._limits.attributes
        if len(tag.attributes) > most:
            first = tag.attributes[most]
            self._exceed("attributes in one element", most, first.start, first.end)
            del tag.attributes[most:]

    def _exceed(self, what: str, limit: int, start: int, end: int) -> None:
        self._findings.add(catalogue.LIMIT_EXCEEDED, start, end, what=what, limit=limit)


def _is_whole(panel: Element) -> bool:
    """Tell whether only the end tag of the panel is missing: its view has been closed."""
    names = [element.name for element in panel.elements()]
    return "View" in names and names[-1] in ("View", "Test")
