"""A first, linear look at JavaScript: tokens, brackets, and which token may follow which.

tree-sitter recovers from anything, but takes time that grows with the square of the errors: a few
kilobytes of noise keep it busy for minutes. Code that gets past this look is JavaScript or close
to it. What is refused here is refused at the very token, with a reason; what is let through may
still be wrong, which the grammar tells.
"""

import re
from typing import Final, NamedTuple

_TOKEN = re.compile(
    r"""
    [ \t]*+
    (?: (?P<word>[^\W\d][\w$]*|\$[\w$]*|\#[A-Za-z_$][\w$]*)
    | (?P<dot>\?\.(?!\d)|\.(?![\d.]))
    | (?P<open>[([{])
    | (?P<close>[)\]}])
    | (?P<comma>,)
    | (?P<semicolon>;)
    | (?P<line>\s+)
    | (?P<number>(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)n?)
    | (?P<string>"(?:[^"\\\n]|\\(?:\r\n|.))*+"|'(?:[^'\\\n]|\\(?:\r\n|.))*+')
    | (?P<arrow>=>)
    | (?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)
    | (?P<spread>\.\.\.)
    | (?P<step>\+\+|--)
    | (?P<sign>[+-](?!=))
    | (?P<unary>[!~](?!=))
    | (?P<colon>:)
    | (?P<star>\*(?![*=]))
    | (?P<slash>/=?)
    | (?P<tick>`)
    | (?P<operator>===?|!==?|\*\*=?|&&=?|\|\|=?|\?\?=?|<<=?|>>>?=?|[<>]=?|[-+*%&|^]=|[%&|^?=])
    | (?P<end>\Z)
    | (?P<unknown>))
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*+\])++/[A-Za-z]*")
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*+(?P<end>`|\$\{)?", re.DOTALL)

_PREFIXES: Final = frozenset(
    (
        "return", "await", "yield", "else", "do", "const", "let", "var", "function", "class", "if",
        "for", "while", "switch", "try", "catch", "finally", "default", "break",
        "continue", "debugger", "with",
    )
)  # fmt: skip
"""Words after which an operand or a statement may stand, or nothing."""
_UNARY: Final = frozenset(("typeof", "void", "delete", "new", "throw", "case"))
"""Words after which an operand must stand."""
_BINARY: Final = frozenset(("in", "instanceof"))
"""Words between two operands."""
_MODULES: Final = frozenset(("import", "export"))
"""Words of modules, of which there are none."""
_NAMES: Final = frozenset(("async", "static", "get", "set", "of", "extends"))
"""Names that may stand beside another name."""
_INFIXES: Final = _BINARY | _NAMES | {"while", "else"}
"""Words that may follow an operand on its line."""
_CONTROL: Final = frozenset(("if", "for", "while", "with", "await"))
"""Words whose brackets are followed by a statement."""

_OPERANDS: Final = frozenset(("operand", "name", ")", "]", "}"))
_COMPLETE: Final = _OPERANDS | {"prefix"}
_FREE: Final = frozenset(("prefix", "name", ")", "}"))
_CLOSES: Final = {")": "(", "]": "[", "}": "{"}
_DANGLING: Final = frozenset(("operator", "sign", "unary", "dot", "spread", "arrow", "colon", "()"))
"""What something must follow."""
_IN_EXPRESSION: Final = frozenset(("operator", "sign", "unary", "spread", "(", "["))
"""What a ``{`` after it makes an object."""
_ANYTHING: Final = frozenset(
    (*_COMPLETE, *_DANGLING, "start", "(", "[", "{", ",", ";", "template")
)  # fmt: skip
_AFTER: Final[dict[str, tuple[frozenset[str], str]]] = {
    "dot": (_COMPLETE, "dot"),
    "arrow": (_COMPLETE | {"()"}, "arrow"),
    "colon": (_COMPLETE, "colon"),
    "operator": (_COMPLETE, "operator"),
    "comma": (_COMPLETE | {"[", ","}, ","),
    "semicolon": (_ANYTHING - _DANGLING, ";"),
    "sign": (_ANYTHING - {"dot"}, "sign"),
}
"""For the tokens that need nothing else: what they may follow, and what they then are."""
_KEY = re.compile(r"\s*:")


class Slip(NamedTuple):
    """The first token that cannot stand where it stands, and why."""

    start: int
    end: int
    why: str


class TooDeepError(Exception):
    """Raised when more brackets or operators stand inside one another than allowed."""


class _Open(NamedTuple):
    """A bracket that is open, and what the code is like once it has closed."""

    mark: str
    place: int
    after: str


class _Scan:
    """One pass over a piece of code."""

    def __init__(self, code: str, most_depth: int) -> None:
        self._code = code
        self._most = most_depth
        self._open: list[_Open] = []
        self._before = "start"
        """What the last token was."""
        self._word = ""
        """The last word, while it is the last token."""
        self._new_line = True
        self._pending = 0
        """Tokens in a row of which none ends an operand."""

    def run(self) -> Slip | None:
        """Return the first slip."""
        code, match = self._code, _TOKEN.match
        end = 0
        while True:
            token = match(code, end)
            assert token is not None and token.lastgroup is not None  # noqa: S101, PT018  see <unknown>
            kind = token.lastgroup
            start, end = token.span(kind)
            if kind == "line":
                self._new_line = self._new_line or "\n" in token[0]
                continue
            if kind == "comment":
                continue
            if kind == "end":
                return self._at_end()
            if kind == "unknown":
                return self._unknown(start)
            if kind == "slash":
                if code.startswith("/*", start):
                    return self._unknown(start)
                kind, end = self._slash(start, end)
            after = _AFTER.get(kind)
            if after is not None and self._before in after[0]:
                self._before = after[1]
            elif (slip := self._take(kind, start, end)) is not None:
                return slip
            self._new_line = False
            self._pending = 0 if self._before in _OPERANDS else self._pending + 1
            if self._pending > self._most:
                raise TooDeepError
            if kind == "tick" or self._before == "template":
                end = self._template(end)
                if end < 0:
                    return Slip(start, start + 1, "This template is never closed.")

    # ---- one token

    def _take(self, kind: str, start: int, end: int) -> Slip | None:
        """Take a token that needs more of a look than what it stands after."""
        if kind in _AFTER and (kind != "dot" or self._word != "new"):
            return self._unexpected(start, end)
        match kind:
            case "dot":
                self._before = "dot"
            case "word":
                return self._take_word(start, end)
            case "open":
                return self._take_open(start)
            case "close":
                return self._take_close(start)
            case "tick":
                self._before = "operand"
            case "step":
                postfix = self._before in _OPERANDS and not self._new_line
                self._before = "operand" if postfix else "sign"
            case "star":
                if self._before not in _COMPLETE and self._before not in ("{", ",", ";"):
                    return self._unexpected(start, end)
                self._before = "operator" if self._before in _OPERANDS - {"}"} else "prefix"
            case _:  # an operand or what comes before one
                return self._take_beginning(kind, start, end)
        return None

    def _take_beginning(self, kind: str, start: int, end: int) -> Slip | None:
        if self._cannot_begin():
            return self._unexpected(start, end)
        if kind == "number" and self._code[end : end + 1].isidentifier():
            return Slip(start, end + 1, "A number ends where a name begins.")
        self._before = kind if kind in ("unary", "spread") else "operand"
        return None

    def _cannot_begin(self) -> bool:
        """Tell whether no operand may begin here, because one has just ended on the same line."""
        before = self._before
        return before == "dot" or (
            before in _OPERANDS and before not in _FREE and not self._new_line
        )

    def _take_word(self, start: int, end: int) -> Slip | None:
        word, before = self._code[start:end], self._before
        self._word = word
        if before == "dot" or (before in ("{", ",") and _KEY.match(self._code, end)):
            self._before = "operand"
        elif word in _MODULES:
            return Slip(start, end, "There are no modules in a panel.")
        elif word in _BINARY:
            if before not in _COMPLETE:
                return self._unexpected(start, end)
            self._before = "operator"
        elif self._cannot_begin() and word not in _INFIXES:
            return self._unexpected(start, end)
        elif word in _UNARY:
            self._before = "unary"
        elif word in _NAMES:
            self._before = "name"
        else:
            self._before = "prefix" if word in _PREFIXES else "operand"
        return None

    def _take_open(self, start: int) -> Slip | None:
        mark, before = self._code[start], self._before
        if before == "()" or (mark == "{" and before == "]" and not self._new_line):
            return self._unexpected(start, start + 1)
        after = mark
        if mark == "(" and before == "prefix" and self._word in _CONTROL:
            after = "prefix"
        elif mark == "(" and before not in _COMPLETE and before != "dot":
            after = "group"
        elif mark == "{" and before in _IN_EXPRESSION:
            after = "]"
        self._open.append(_Open(mark, start, after))
        if len(self._open) > self._most:
            raise TooDeepError
        self._before = mark
        return None

    def _take_close(self, start: int) -> Slip | None:
        mark, before = self._code[start], self._before
        if before in _DANGLING:
            return self._unexpected(start, start + 1)
        if not self._open:
            return Slip(start, start + 1, f"Nothing is open that `{mark}` could close.")
        opened = self._open.pop()
        if opened.mark == "${" and mark == "}":
            self._before = "template"
        elif opened.mark != _CLOSES[mark]:
            why = f"`{opened.mark}` is still open here; close it before `{mark}`."
            return Slip(start, start + 1, why)
        elif opened.after == "group":
            self._before = "()" if before == "(" else ")"
        else:
            self._before = mark if opened.after == opened.mark else opened.after
        self._word = ""
        return None

    def _slash(self, start: int, end: int) -> tuple[str, int]:
        """Tell a regular expression from a division; returns the kind and the end."""
        before = self._before
        if before not in _OPERANDS or before == "}":
            regex = _REGEX.match(self._code, start)
            if regex is not None:
                return "regex", regex.end()
        return "operator", end

    def _template(self, position: int) -> int:
        """Pass the text of a template up to its end or its next ``${``; -1 when it never ends."""
        text = _TEMPLATE_TEXT.match(self._code, position)
        if text is None or text["end"] is None:
            return -1
        self._before = "operand"
        if text["end"] == "${":
            self._open.append(_Open("${", text.end() - 2, "template"))
            self._before = "("
        return text.end()

    # ---- telling

    def _unexpected(self, start: int, end: int) -> Slip:
        return Slip(start, end, f"`{self._code[start:end]}` cannot stand here.")

    def _unknown(self, position: int) -> Slip:
        character = self._code[position]
        if character in "\"'":
            line = self._code.find("\n", position)
            end = len(self._code) if line < 0 else line
            return Slip(position, end, f"This text is never closed; end it with `{character}`.")
        if self._code.startswith("/*", position):
            return Slip(position, position + 2, "This comment is never closed; end it with `*/`.")
        return Slip(position, position + 1, f"`{character}` means nothing in JavaScript.")

    def _at_end(self) -> Slip | None:
        if self._open:
            mark, place, _ = self._open[-1]
            return Slip(place, place + len(mark), f"`{mark}` is never closed.")
        if self._before in _DANGLING:
            end = len(self._code.rstrip())
            return Slip(max(end - 1, 0), end, "Something is missing at the end.")
        return None


def first_slip(code: str, most_depth: int) -> Slip | None:
    """Return the first token of a piece of JavaScript that cannot stand where it does.

    Raises:
        TooDeepError: more than ``most_depth`` brackets stand inside one another.

    """
    return _Scan(code, most_depth).run()
