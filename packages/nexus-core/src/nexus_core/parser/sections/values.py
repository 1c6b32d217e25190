"""Attribute values to the values of the tree, as the type of each property is written.

Knows whole-value binding, paths, tools, arguments and addresses. Which properties a component has
is in the catalogue; expressions and text are the business of ``texts``.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias, assert_never, cast

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place
from nexus_core.parser.findings import Mend
from nexus_core.parser.markup import slips
from nexus_core.parser.markup.braces import closing_brace
from nexus_core.parser.markup.entities import decode
from nexus_core.parser.markup.tokens import Attribute
from nexus_core.parser.nearest import nearest
from nexus_core.parser.sections.coercion import DoesNotFitError, coerce, constant
from nexus_core.parser.sections.reading import DOTTED, IDENTIFIER, Reading, place_of
from nexus_core.parser.sections.texts import (
    Scope,
    meant_by,
    note_uses,
    read_expression,
    read_text,
    tell_empty,
    trimmed,
    unbraced,
)
from nexus_core.parser.trusted import (
    make_binding,
    make_expression_value,
    make_literal,
)
from nexus_core.parser.urls import UrlKind, refusal
from nexus_protocol import Json
from nexus_protocol.ast import BindingValue, ExpressionValue, LiteralValue, TemplateValue, Value
from nexus_protocol.components import PropSpec
from nexus_protocol.expressions import (
    ArrayExpression,
    Expression,
    Identifier,
    MemberExpression,
    ObjectExpression,
)

_TOOL_CALL = re.compile(
    r"\{?+\s*+(?:\(\s*+\)\s*+=>\s*+)?+(?:\$tools\.)?+([A-Za-z_$][\w$]*+)"
    r"\s*+(?:\(\s*+\))?+\s*+;?+\s*+\}?+",
    re.ASCII,
)
_DOUBLE_BRACES: Final = re.compile(
    r"(?:\{(?=\{[^{}]*+\}\}\s*+\Z)|\$)\{(?P<inside>\s*+\$(?:state|scope|args)[.?\[][^{}]*+)\}\}?\s*+"
)
_REFERENCE: Final = re.compile(r"\s*+\$(?:state|scope|args)[.?\[][^{}]*+")
_CALL_WITH_ARGUMENTS: Final = re.compile(
    r"\{?+\s*+(?:\(\s*+\)\s*+=>\s*+)?+\$tools\.(?P<tool>[A-Za-z_$][\w$]*+)"
    r"\((?P<given>\s*+\{.*\})\s*+\)\s*+;?+\s*+\}?+",
    re.ASCII | re.DOTALL,
)
_VIEW_ID: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,63}")
_VIEW_ID_RULE: Final = "Begin with a letter; go on with letters, digits, `_`, `$` and `-`."
_MODULE_RULE: Final = "Write the name under which the host registered it, such as `acme.map`."
Bounds: TypeAlias = tuple[int, int]


# ---- attributes


def whole_expression(reading: Reading, attribute: Attribute) -> Bounds | None:
    """Return the bounds of the expression when the value is one ``{…}`` and nothing else."""
    text = reading.source.text
    start, end = attribute.value_start, attribute.value_end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start >= end or text[start] != "{" or text[end - 1] != "}":
        return None
    if attribute.quote != "braces" and text[start + 1] == "{":
        return None
    return (start + 1, end - 1) if closing_brace(text, start, end) == end - 1 else None


def _bounds_without_text(reading: Reading, attribute: Attribute) -> Bounds | None:
    """Return what ``whole_expression`` does, where the value can be nothing else but one.

    Without text there is nothing else that ``{{…}}``, ``${…}`` or a bare reference can mean.
    """
    whole = whole_expression(reading, attribute)
    if whole and attribute.quote != "braces":
        return whole
    if bounds := _doubled(reading, attribute):
        inside = reading.source.text[slice(*bounds)].strip()
        place = attribute.value_start, attribute.value_end
        reading.findings.repair("DOUBLE_BRACES", *place, f"{{{inside}}}")
        return bounds
    return whole


def _doubled(reading: Reading, attribute: Attribute) -> Bounds | None:
    """Return the bounds of the expression in ``{{ $state.n }}`` or ``${$state.n}``."""
    text = reading.source.text
    if not text.startswith(("{{", "${"), attribute.value_start):
        return None
    found = _DOUBLE_BRACES.fullmatch(text, attribute.value_start, attribute.value_end)
    return found.span("inside") if found else None


def read_property(
    reading: Reading, spec: PropSpec, attribute: Attribute, scope: Scope
) -> Value | None:
    """Read an attribute as its property is typed; nothing when it does not fit, which is told."""
    if attribute.quote != "double":
        scope = Scope(scope.path, scope.names, attribute.quote)
    match spec.type:
        case "string":
            return _read_string(reading, spec, attribute, scope)
        case "number" | "boolean" | "list" | "any":
            return _read_coerced(reading, spec, attribute, scope)
        case "choice":
            return _read_choice(reading, spec, attribute, scope)
        case "binding":
            return _read_binding(reading, attribute, scope)
        case "tool":
            return _read_tool(reading, spec, attribute, scope)
        case "arguments":
            return _read_arguments(reading, attribute, scope)
        case "condition":
            if attribute.quote == "none":
                return make_literal(value=True)
            return read_bare_expression(reading, attribute, scope)
        case "expression":
            return read_bare_expression(reading, attribute, scope)
        case "name":
            return _read_name(reading, attribute, scope)
        case "module":
            return _read_module(reading, attribute, scope)
        case "link" | "image":
            return _read_url(reading, spec, spec.type, attribute, scope)
        case _:
            assert_never(spec.type)


def read_bare_expression(
    reading: Reading, attribute: Attribute, scope: Scope
) -> ExpressionValue | None:
    """Read an attribute that is an expression, with braces around it or without."""
    if attribute.value_start == attribute.value_end:
        return tell_empty(reading, attribute.start, attribute.end, scope)
    start, end = _bounds_without_text(reading, attribute) or (
        attribute.value_start,
        attribute.value_end,
    )
    return read_expression(reading, start, end, scope)


def _read_string(
    reading: Reading, spec: PropSpec, attribute: Attribute, scope: Scope
) -> Value | None:
    if attribute.quote == "none":
        return _tell_misfit(reading, spec, attribute, scope, "text", f'`{spec.name}="…"`')
    if attribute.quote == "braces":
        return read_bare_expression(reading, attribute, scope)
    start, end = attribute.value_start, attribute.value_end
    if reading.source.text.find("{", start, end) < 0:
        return make_literal(value=unbraced(decode(reading.findings, start, end)))
    return read_text(reading, start, end, scope)


def _read_coerced(
    reading: Reading, spec: PropSpec, attribute: Attribute, scope: Scope
) -> Value | None:
    if attribute.quote == "none" and spec.type in ("boolean", "any"):
        return make_literal(value=True)
    kind = spec.type
    assert kind in ("number", "boolean", "list", "any")  # noqa: S101  the caller chose by it
    find = whole_expression if kind == "any" else _bounds_without_text
    if bounds := find(reading, attribute):
        return read_expression(reading, *bounds, scope)
    text = reading.value(attribute)
    try:
        value = coerce(text, kind, reading.expression)
    except DoesNotFitError:
        return _read_uncoercible(reading, spec, attribute, scope)
    if kind == "any" and isinstance(value, str) and "{" in text:
        return read_text(reading, attribute.value_start, attribute.value_end, scope)
    return make_literal(value=value)


_WANTED: Final = {
    "number": ("a number", '`{name}="12"` or `{name}="{{$state.n}}"`'),
    "boolean": ("true or false", '`{name}="true"` or `{name}="{{$state.done}}"`'),
    "list": ("a list", '`{name}="{{$state.items}}"` or `{name}=\'["a", "b"]\'`'),
}


def _read_uncoercible(
    reading: Reading, spec: PropSpec, attribute: Attribute, scope: Scope
) -> Value | None:
    """Read a list whose members are expressions, or what only looks like text; else tell it."""
    raw = reading.raw(attribute)
    text = raw.strip()
    if spec.type == "list" and text.startswith("["):
        return read_bare_expression(reading, attribute, scope)
    if _REFERENCE.fullmatch(raw):
        return _read_reference(reading, attribute, text, scope)
    if spec.type == "boolean" and (word := _boolean_word(attribute, text)):
        reading.findings.repair("BOOLEAN_WORD", *place_of(attribute), word)
        return make_literal(value=word == "true")
    expected, example = _WANTED[spec.type]
    return _tell_misfit(
        reading, spec, attribute, scope, expected, example.format(name=attribute.name)
    )


def _read_reference(
    reading: Reading, attribute: Attribute, text: str, scope: Scope
) -> ExpressionValue | None:
    """Read a reference without braces where there can be no text."""
    value = read_bare_expression(reading, attribute, scope)
    if value is not None:
        reading.findings.repair("MISSING_BRACES", *place_of(attribute), f"{{{text}}}")
    return value


def _boolean_word(attribute: Attribute, text: str) -> str | None:
    """Return what ``disabled="disabled"`` and ``disabled="True"`` mean."""
    if text == attribute.name:
        return "true"
    return text.lower() if text.lower() in ("true", "false") else None


def _read_choice(
    reading: Reading, spec: PropSpec, attribute: Attribute, scope: Scope
) -> Value | None:
    if bounds := _bounds_without_text(reading, attribute):
        return read_expression(reading, *bounds, scope)
    text = reading.value(attribute)
    if text in spec.choices:
        return make_literal(value=text)
    if _REFERENCE.fullmatch(text):
        return _read_reference(reading, attribute, text.strip(), scope)
    if "{" in text:
        return read_text(reading, attribute.value_start, attribute.value_end, scope)
    expected = "one of " + ", ".join(spec.choices)
    near = None if reading.findings.full or not text else nearest(text, spec.choices)
    return _tell_misfit(
        reading, spec, attribute, scope, expected, f"`{spec.choices[0]}`", near=near
    )


def _tell_misfit(
    reading: Reading,
    spec: PropSpec,
    attribute: Attribute,
    scope: Scope,
    expected: str,
    example: str,
    near: str | None = None,
    fix: Mend | None = None,
) -> None:
    reading.findings.add(
        catalogue.INVALID_TYPE,
        *place_of(attribute),
        scope.path,
        near=near,
        fix=fix,
        what=spec.name,
        wanted=expected,
        example=example,
    )


# ---- bindings, tools, arguments, names


def _read_binding(reading: Reading, attribute: Attribute, scope: Scope) -> BindingValue | None:
    bounds = _doubled(reading, attribute) or whole_expression(reading, attribute)
    if bounds and attribute.quote != "braces":
        inner = reading.source.text[slice(*bounds)].strip()
        place = attribute.value_start, attribute.value_end
        reading.findings.repair("BRACES_AROUND_BINDING", *place, inner)
    start, end = bounds or (attribute.value_start, attribute.value_end)
    source, start = trimmed(reading, start, end)
    analysis = reading.expression(source)
    if analysis.tree is None or not _is_path(analysis.tree):
        _tell_bad_binding(reading, source, start, attribute, scope)
        return None
    note_uses(reading, analysis, start, scope)
    if source.startswith("$state"):
        name, first, last = analysis.states[0]
        reading.facts.bindings.append(Place(name, start + first, start + last, scope.path))
    return make_binding(source=source, tree=analysis.tree)


def _is_path(tree: Expression) -> bool:
    """Tell whether an expression is a chain of members of ``$state`` or ``$scope``."""
    # A chain with ``?.`` in it is a ChainExpression.
    if not isinstance(tree, MemberExpression):
        return False
    first = tree
    while isinstance(first.object, MemberExpression):
        first = first.object
    root = first.object
    return not first.computed and isinstance(root, Identifier) and root.name in ("$state", "$scope")


def _tell_bad_binding(
    reading: Reading, source: str, start: int, attribute: Attribute, scope: Scope
) -> None:
    place = (start, start + len(source)) if source else place_of(attribute)
    root = source.split(".")[0]
    near = f"$state.{source}" if meant_by(reading, root) else None
    reading.findings.add(catalogue.BAD_BINDING, *place, scope.path, near=near)


def _read_tool(
    reading: Reading, spec: PropSpec, attribute: Attribute, scope: Scope
) -> LiteralValue | None:
    text = reading.value(attribute)
    name = text.strip()
    called = _TOOL_CALL.fullmatch(name)
    if called is not None and called[1] != text:
        reading.findings.repair("TOOL_REFERENCE", *place_of(attribute), called[1])
        name = called[1]
    if IDENTIFIER.fullmatch(name) is None:
        wanted, example = "the name of a tool", f'`{spec.name}="save"`'
        fix = _call_as_attributes(reading, attribute)
        return _tell_misfit(reading, spec, attribute, scope, wanted, example, fix=fix)
    return make_literal(value=name)


def _call_as_attributes(reading: Reading, attribute: Attribute) -> Mend | None:
    """Return what makes ``{() => $tools.add({ id: 1 })}`` a name and its arguments."""
    call = _CALL_WITH_ARGUMENTS.fullmatch(reading.raw(attribute))
    if call is None:
        return None
    given = call["given"].strip()
    quote = "'" if '"' in given else '"'
    if quote in given or not isinstance(reading.expression(given).tree, ObjectExpression):
        return None
    after = f'"{call["tool"]}" args={quote}{given}{quote}'
    start = attribute.value_start - (attribute.quote in ("double", "single"))
    return Mend("Give the arguments in args", (start, attribute.end, after))


def _read_arguments(reading: Reading, attribute: Attribute, scope: Scope) -> Value | None:
    """Read ``{ id: … }``, ``[…]``, ``{expression}`` or, with the braces forgotten, ``id: …``."""
    start, end = attribute.value_start, attribute.value_end
    source, first = trimmed(reading, start, end)
    literal = _arguments_literal(reading, source, first, scope)
    if literal is not None:
        return literal
    if bounds := whole_expression(reading, attribute) or _inside_double(reading, attribute):
        _note_double(reading, attribute, bounds)
        return read_expression(reading, *bounds, scope)
    completed = _completed(reading, source, first, scope)
    if completed is None:
        reading.findings.add(catalogue.BAD_ARGUMENTS, *place_of(attribute), scope.path)
    return completed


def _completed(reading: Reading, source: str, start: int, scope: Scope) -> ExpressionValue | None:
    """Read ``id: 1`` as ``{id: 1}``."""
    completed = "{" + source + "}"
    analysis = reading.expression(completed)
    if not source or not isinstance(analysis.tree, ObjectExpression):
        return None
    reading.findings.repair("ARGUMENT_BRACES", start, start + len(source), completed)
    note_uses(reading, analysis, start - 1, scope)
    return make_expression_value(source=completed, tree=analysis.tree)


def member_places(
    reading: Reading, attribute: Attribute, names: Iterable[str]
) -> dict[str, Bounds]:
    """Return where each name stands in the object that an attribute writes out.

    A name that is written otherwise, as ``16`` is by ``0x10``, stands where the attribute does.
    """
    source, start = trimmed(reading, attribute.value_start, attribute.value_end)
    double = source.startswith("{{") and source.endswith("}}")
    text, start = (source[1:-1], start + 1) if double else (source, start)
    analysis = reading.expression(text)
    if not isinstance(analysis.tree, ObjectExpression):  # the braces are left out, as in `id: 1`
        analysis, start = reading.expression("{" + text + "}"), start - 1
    known = {name: (start + first, start + last) for name, first, last in analysis.members}
    return {name: known.get(name) or place_of(attribute) for name in names}


_CONSTANTS: Final = frozenset(("true", "false", "null"))


class Literal(NamedTuple):
    """What kind of value has to be written out, and how to say so."""

    kinds: tuple[type, ...]
    wanted: str
    example: str


def read_literal(
    reading: Reading, attribute: Attribute, scope: Scope, literal: Literal
) -> LiteralValue | None:
    """Read a value that is written out: ``{ done: true }``, ``[1, 2]``, ``'milk'``, ``3``."""
    source, first = trimmed(reading, attribute.value_start, attribute.value_end)
    if not source:
        return tell_empty(reading, attribute.start, attribute.end, scope)
    if IDENTIFIER.fullmatch(source) and source not in _CONSTANTS:
        near = f"'{source}'" if str in literal.kinds else None
        return _tell_no_literal(reading, attribute, scope, literal, near)
    bounds = whole_expression(reading, attribute) or _inside_double(reading, attribute)
    if bounds:
        _note_double(reading, attribute, bounds)
    value = (
        _arguments_literal(reading, source, first, scope)
        or (None if bounds else _completed(reading, source, first, scope))
        or read_expression(reading, *(bounds or (first, first + len(source))), scope)
    )
    if value is None:
        return None
    try:
        written = constant(value.tree)
    except DoesNotFitError:
        return _tell_no_literal(reading, attribute, scope, literal)
    if not isinstance(written, literal.kinds):
        return _tell_no_literal(reading, attribute, scope, literal)
    return make_literal(value=written)


_ARGUMENTS: Final = Literal(
    (dict, list), "an object or a list that is written out", "`{ id: 'n1' }` or `['n1']`"
)


def read_written_arguments(
    reading: Reading, attributes: dict[str, Attribute], path: str
) -> dict[str, Json] | list[Json] | None:
    """Return arguments that are written out; nothing when they are wrong, which is told."""
    attribute = attributes.get("args")
    if attribute is None:
        return {}
    literal = read_literal(reading, attribute, Scope(path), _ARGUMENTS)
    return cast("dict[str, Json] | list[Json]", literal.value) if literal else None


def argument_places(
    reading: Reading,
    attributes: dict[str, Attribute],
    args: dict[str, Json] | list[Json] | None,
) -> dict[str, Bounds] | None:
    """Return where each of the arguments stands that are written out by name."""
    if not isinstance(args, dict):
        return None
    return member_places(reading, attributes["args"], args) if args else {}


def _tell_no_literal(
    reading: Reading,
    attribute: Attribute,
    scope: Scope,
    literal: Literal,
    near: str | None = None,
) -> None:
    facts = {"what": attribute.name, "wanted": literal.wanted, "example": literal.example}
    reading.findings.tell(
        catalogue.INVALID_TYPE, *place_of(attribute), scope.path, facts, near=near
    )


def _arguments_literal(
    reading: Reading, source: str, start: int, scope: Scope
) -> ExpressionValue | None:
    if not source.startswith(("{", "[")):
        return None
    analysis = reading.expression(source)
    if not isinstance(analysis.tree, ObjectExpression | ArrayExpression):
        return None
    note_uses(reading, analysis, start, scope)
    return make_expression_value(source=source, tree=analysis.tree)


def _inside_double(reading: Reading, attribute: Attribute) -> Bounds | None:
    """Return the inside of ``{{ id: 1 }}``, as it is written elsewhere."""
    text = reading.raw(attribute)
    if text.strip().startswith("{{") and text.strip().endswith("}}"):
        start = attribute.value_start + text.index("{") + 1
        return start, attribute.value_start + text.rindex("}")
    return None


def _note_double(reading: Reading, attribute: Attribute, bounds: Bounds) -> None:
    """Record that ``args={{ id: 1 }}`` is written with one pair of braces in quotes."""
    inside = reading.source.text[slice(*bounds)].strip()
    is_double = inside.startswith("{") and attribute.quote == "braces"
    after = slips.quoted(slips.spaced(inside)) if is_double else None
    if after is not None:
        place = attribute.value_start, attribute.value_end
        reading.findings.repair("UNQUOTED_BRACES", *place, after)


def _read_name(reading: Reading, attribute: Attribute, scope: Scope) -> LiteralValue | None:
    place = reading.identifier(
        {"": attribute}, "", scope.path, pattern=_VIEW_ID, rule=_VIEW_ID_RULE
    )
    return None if place is None else make_literal(value=place.name)


def _read_module(reading: Reading, attribute: Attribute, scope: Scope) -> LiteralValue | None:
    place = reading.identifier({"": attribute}, "", scope.path, pattern=DOTTED, rule=_MODULE_RULE)
    return None if place is None else make_literal(value=place.name)


# ---- addresses

_URL_WANTED: Final[dict[UrlKind, tuple[str, str]]] = {
    "link": (
        "an address of the web, of mail, or a path of this host",
        '`{name}="https://example.org"`, `{name}="mailto:ada@example.org"` or `{name}="/docs"`',
    ),
    "image": (
        "a path of this host or a picture as data",
        '`{name}="/logo.png"` or `{name}="data:image/png;base64,…"`',
    ),
}


def _read_url(
    reading: Reading, spec: PropSpec, kind: UrlKind, attribute: Attribute, scope: Scope
) -> Value | None:
    """Read an address; what is written out of it is checked here, the rest where it is drawn."""
    value = _read_string(reading, spec, attribute, scope)
    written = _written(value)
    if written is None or refusal(written, kind) is None:
        return value
    wanted, example = _URL_WANTED[kind]
    return _tell_misfit(
        reading, spec, attribute, scope, wanted, example.format(name=attribute.name)
    )


def _written(value: Value | None) -> str | None:
    """Return an address with a letter for each expression; nothing when it begins with one."""
    match value:
        case LiteralValue(value=str() as text):
            return text
        case TemplateValue(parts=(str(), *_)):
            return "".join(part if isinstance(part, str) else "x" for part in value.parts)
        case _:
            return None
