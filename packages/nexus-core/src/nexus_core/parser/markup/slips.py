"""What people and models write when they think of another notation, and what they mean by it.

Code is never changed while it is read: a slip in it is an error, and what is known here becomes
its fix. That the mended code is right is checked by those who offer the fix.
"""

import re
from typing import Final, NamedTuple

from nexus_core.parser.markup.tokens import Quote

_PIECE: Final = re.compile(
    r"""
    (?P<string>"(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'? | `(?:[^`\\]|\\.)*+`?)
    | (?P<comment>//[^\n]*+ | /\*(?:[^*]|\*(?!/))*+(?:\*/)?)
    | (?P<entity>&(?:amp|lt|gt|quot|apos|nbsp|\#0*3[49]);)
    | (?P<smart>[\u201c\u201d\u201e](?P<double>[^\u201c\u201d\u201e\n]*+)[\u201c\u201d]
        | [\u2018\u2019\u201a](?P<single>[^\u2018\u2019\u201a\n]*+)[\u2018\u2019])
    | (?P<word>(?<![\w$.])(?:and|or)(?![\w$]))
    | (?P<end>[;,]\s*+\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_ENTITY: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#0*3[49]);")
_CHARACTERS: Final = {
    "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&nbsp;": " ",
}  # fmt: skip
_OPERATORS: Final = {"and": "&&", "or": "||"}
_FENCE: Final = re.compile(r"\s*+```[\w-]*+[ \t]*+\n")


class Edit(NamedTuple):
    """Replace the code from ``start`` to ``end`` by ``text``."""

    start: int
    end: int
    text: str


def in_expression(source: str, quote: Quote) -> list[Edit]:
    """Return what mends an expression that stands in such quotes; nothing when it is not known."""
    return _mended(source, quote, frozenset(("entity", "smart", "word", "end")))


def in_handler(code: str) -> list[Edit]:
    """Return what mends the characters of a handler; nothing when no slip is known."""
    if "&" not in code and code.isascii():
        return []
    return _mended(code, "none", frozenset(("entity", "smart")))


def fence(code: str) -> list[Edit]:
    """Return what takes away a Markdown fence around the code of a handler."""
    opening = _FENCE.match(code)
    if opening is None:
        return []
    last = code.rstrip()
    closing = len(last) - 3 if last.endswith("```") and len(last) - 3 >= opening.end() else -1
    edits = [Edit(*opening.span(), "\n")]
    return [*edits, Edit(closing, len(last), "")] if closing >= 0 else edits


def apply(code: str, edits: list[Edit]) -> str:
    """Return the code with the edits made in it; they are in order and do not overlap."""
    parts: list[str] = []
    position = 0
    for start, end, text in edits:
        parts.extend((code[position:start], text))
        position = end
    return "".join((*parts, code[position:]))


def spaced(braces: str) -> str:
    """Return the value of an attribute in braces as it means the same in quotes.

    There two braces in a row would be those of Vue.
    """
    return f"{{ {braces[1:-1]} }}" if braces.startswith("{{") else braces


def quoted(text: str) -> str | None:
    """Return a value in quotes; nothing when none can stand around it."""
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    if "{" not in text:
        return f'"{text.replace(chr(34), "&quot;")}"'
    return text if text.startswith("{") and text.endswith("}") else None


def _mended(code: str, quote: Quote, kinds: frozenset[str]) -> list[Edit]:
    """Return the edits of those kinds; entities everywhere, once one stands outside a string."""
    inner = "'" if quote == "double" else '"'
    edits: list[Edit] = []
    for found in _PIECE.finditer(code):
        kind = found.lastgroup
        if kind not in kinds:
            continue
        if kind == "entity":
            return [
                Edit(*each.span(), _character(each[0], quote)) for each in _ENTITY.finditer(code)
            ]
        if kind == "smart":
            text = found["double"] if found["single"] is None else found["single"]
            edits.append(Edit(*found.span(), f"{inner}{text}{inner}"))
        else:
            edits.append(Edit(*found.span(), _OPERATORS.get(found[0], "")))
    return edits


def _character(entity: str, quote: Quote) -> str:
    """Return what an entity stands for, quotes as the kind that may stand in the others."""
    character = _CHARACTERS.get(entity) or ('"' if entity.endswith("4;") else "'")
    if character in "\"'" and quote in ("double", "single"):
        return "'" if quote == "double" else '"'
    return character
