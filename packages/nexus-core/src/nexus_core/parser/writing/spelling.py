"""Spell the values of the tree as a source writes them: in quotes, in braces, between tags.

The inverse of ``values`` and ``coercion``: reading what is spelled here gives the same value. An
expression keeps its text, in which neither references nor quotes can be escaped; so it decides
which quotes stand around it.
"""

import json
import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias, assert_never

from nexus_core.parser.javascript.expressions import Analysis
from nexus_core.parser.javascript.printing import print_expression, print_literal
from nexus_core.parser.markup.braces import closing_brace
from nexus_core.parser.sections.coercion import coerce
from nexus_core.parser.sections.texts import pieces_of
from nexus_protocol import Json
from nexus_protocol.ast import (
    BindingValue,
    ExpressionValue,
    LiteralValue,
    StateType,
    TemplateValue,
    Value,
)
from nexus_protocol.components import PropType
from nexus_protocol.expressions import ArrayExpression, Expression, ObjectExpression


class Code(NamedTuple):
    """A stretch of a value in which nothing can be escaped."""

    text: str
    tree: Expression | None = None
    """The expression, when it may be spelled in another way."""


Part: TypeAlias = str | Code
Parts: TypeAlias = tuple[Part, ...]
"""A value in its order: plain text, whose references are still to be written, and code."""

_TEXTS: Final = frozenset(("string", "choice", "link", "image"))
"""Types of properties in whose text ``{…}`` is an expression."""
_FLAGS: Final = frozenset(("boolean", "condition", "any"))
"""Types of properties that are true when only their name is written."""
_SHOWN_EXPRESSION: Final = re.compile(r"(\{\s*+)\$")
"""What looks like an expression and is text: a brace that is meant, and a name."""
_NOT_READ: Final = Analysis(None)
_EXPRESSIONS: Final = frozenset(("condition", "expression"))


class UnwritableError(ValueError):
    """Raised when no quotes can hold a value."""


# ---- attributes


def attribute(name: str, parts: Parts | None) -> str:
    """Return ``name="…"``, or the name alone for nothing.

    Raises:
        UnwritableError: code in it holds both kinds of quotes and cannot be spelled otherwise.

    """
    if parts is None:
        return name
    code = _code_of(parts)
    if '"' in code and "'" in code:
        if len(parts) == 1 and code.startswith("{"):
            return f"{name}={code}"
        parts = tuple(_respelled(part) for part in parts)
        code = _code_of(parts)
    if '"' in code and "'" in code:
        raise UnwritableError(f"the value of {name} holds both kinds of quotes")
    quote = _quote_for(parts, code)
    return f"{name}={quote}{''.join(_escaped(part, quote) for part in parts)}{quote}"


def written_attribute(name: str, text: str) -> str:
    """Return an attribute with a value as an author writes it; only quotes may be escaped.

    Raises:
        UnwritableError: its expressions hold both kinds of quotes.

    """
    if '"' not in text or "'" not in text:
        quote = "'" if '"' in text else '"'
        return f"{name}={quote}{text}{quote}"
    pieces = [(text[start:end], code) for start, end, code in pieces_of(text, 0, len(text))]
    code = "".join(piece for piece, is_code in pieces if is_code)
    if '"' in code and "'" in code:
        if len(pieces) == 1:
            return f"{name}={text}"
        raise UnwritableError(f"the value of {name} holds both kinds of quotes")
    quote = "'" if '"' in code else '"'
    written = (
        f"{{{piece}}}" if is_code else piece.replace(quote, "&quot;" if quote == '"' else "&apos;")
        for piece, is_code in pieces
    )
    return f"{name}={quote}{''.join(written)}{quote}"


def _code_of(parts: Parts) -> str:
    return "".join(part.text for part in parts if isinstance(part, Code))


def _respelled(part: Part) -> Part:
    if isinstance(part, str) or part.tree is None:
        return part
    text = print_expression(part.tree)
    return Code(braced(text) if part.text.startswith("{") else text)


def _quote_for(parts: Parts, code: str) -> str:
    if '"' in code:
        return "'"
    text = "".join(part for part in parts if isinstance(part, str))
    return "'" if "'" not in code and '"' in text and "'" not in text else '"'


def _escaped(part: Part, quote: str) -> str:
    if isinstance(part, Code):
        return part.text
    text = _referenced(part)
    return text.replace(quote, "&quot;" if quote == '"' else "&apos;")


def _referenced(text: str) -> str:
    """Write references where plain text would be read as something else."""
    return _SHOWN_EXPRESSION.sub(r"\1&#36;", text.replace("&", "&amp;"))


# ---- values of properties


def property_parts(kind: PropType, value: Value) -> Parts | None:
    """Return how a property of that type is written; nothing for a name that stands alone."""
    match value:
        case LiteralValue():
            return literal_parts(kind, value.value)
        case BindingValue():
            return (Code(_held(value.source), value.tree),)
        case ExpressionValue():
            if kind == "arguments" and _is_object_or_list(value):
                return (Code(value.source, value.tree),)
            return (expression_part(value),)
        case TemplateValue():
            return _template_parts(value)
        case _:
            assert_never(value)


def _held(path: str) -> str:
    """Return a path, in braces when no quotes can hold it."""
    return braced(path) if '"' in path and "'" in path else path


def _is_object_or_list(value: ExpressionValue) -> bool:
    written_out = isinstance(value.tree, ObjectExpression | ArrayExpression)
    return written_out and value.source.startswith(("{", "["))


def _template_parts(value: TemplateValue) -> Parts:
    texts = [part for part in value.parts if isinstance(part, str)]
    is_alone = len(value.parts) == len(texts) + 1 and all(map(str.isspace, texts))
    # White space around the only expression would be taken for none.
    spell: Callable[[str], Part] = _references if is_alone else doubled
    return tuple(
        spell(part) if isinstance(part, str) else expression_part(part) for part in value.parts
    )


def _references(text: str) -> Code:
    return Code("".join(f"&#{ord(each)};" for each in text))


def expression_part(value: ExpressionValue) -> Code:
    """Return an expression in braces, or bare where the braces would not be seen to close."""
    text = braced(value.source)
    whole = closing_brace(text, 0, len(text)) == len(text) - 1
    return Code(text if whole else value.source, value.tree)


def braced(source: str) -> str:
    """Return an expression in braces; a comment at its end may not hide the closing one."""
    margin = "\n" if "//" in source.rpartition("\n")[2] else ""
    return f"{{{' ' if source.startswith('{') else ''}{source}{margin}}}"


def doubled(text: str) -> str:
    """Return text in which braces are meant as braces."""
    return text.replace("{", "{{").replace("}", "}}")


def literal_parts(kind: PropType, value: Json) -> Parts | None:
    """Return how a property of that type is written so that it has that very value."""
    if value is True and kind in _FLAGS:
        return None
    if kind == "any":
        return _any_parts(value)
    if kind in _EXPRESSIONS:
        return (Code(braced(print_literal(value))),)
    if kind == "arguments":
        return (Code(print_literal(value)),)
    if isinstance(value, str):
        return (doubled(value) if kind in _TEXTS else value,)
    return (encode_json(value),)


def _any_parts(value: Json) -> Parts:
    if isinstance(value, str):
        return (doubled(value) if "{" in value else _as_any(value),)
    text = encode_json(value)
    # A brace at the beginning would begin an expression.
    return (Code("&#123;"), text[1:]) if text.startswith("{") else (text,)


def default_text(kind: StateType, value: Json) -> str:
    """Return the text of a default of that type, its references still to be written."""
    if isinstance(value, str):
        return _as_any(value) if kind == "any" else value
    return encode_json(value)


def _as_any(text: str) -> str:
    """Return what is read as that very text where any value may stand."""
    return text if coerce(text, "any", lambda _: _NOT_READ) == text else encode_json(text)


def encode_json(value: Json) -> str:
    """Return JSON with a space after commas and colons, as people write it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


# ---- text between tags

_END_TAG: Final = re.compile(r"</[A-Za-z]")
_SPACES: Final = re.compile(r" \s|[^\S ]")


def content(value: Value) -> str:
    """Return a value as the text between two tags."""
    text = "".join(
        _content_text(part) if isinstance(part, str) else braced(part.source)
        for part in _text_parts(value)
    )
    # A no-break space alone would be taken for the white space between two elements.
    return _references(text).text if text.isspace() else text


def _text_parts(value: Value) -> tuple[str | ExpressionValue | BindingValue, ...]:
    match value:
        case LiteralValue():
            return (str(value.value),)
        case TemplateValue():
            return value.parts
        case ExpressionValue() | BindingValue():
            return (value,)
        case _:
            assert_never(value)


def _content_text(text: str) -> str:
    return _referenced(doubled(text)).replace("<", "&lt;")


def survives_as_content(value: Value, *, lines_kept: bool) -> bool:
    """Tell whether a value, written between tags, is read as it is: no white space is lost."""
    parts = _text_parts(value)
    if any(not isinstance(part, str) and _END_TAG.search(part.source) for part in parts):
        return False
    marked = "".join(part if isinstance(part, str) else "x" for part in parts)
    if not marked or marked != marked.strip():
        return False
    return _has_no_margin(marked) if lines_kept else not _SPACES.search(marked)


def _has_no_margin(text: str) -> bool:
    """Tell whether the lines of a text have no indent in common."""
    lines = [line for line in text.split("\n")[1:] if line and not line.isspace()]
    return not lines or any(line[0] not in " \t" for line in lines)
