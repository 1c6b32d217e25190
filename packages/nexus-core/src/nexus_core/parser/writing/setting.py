"""Set one attribute of an element in its source.

Knows how an attribute of each element is to be written so that it has a value, and where text
between the tags stands for a property. Which element, and whether it may be touched, is the
business of ``edits``.
"""

from typing import Final, NamedTuple, assert_never

from nexus_core.parser.javascript.printing import print_literal
from nexus_core.parser.markup.tokens import Attribute, Element
from nexus_core.parser.writing.generate import lines_matter
from nexus_core.parser.writing.outline import Located, Outline, Slot
from nexus_core.parser.writing.spelling import (
    Code,
    Parts,
    attribute,
    braced,
    content,
    default_text,
    encode_json,
    literal_parts,
    survives_as_content,
    written_attribute,
)
from nexus_protocol import Json
from nexus_protocol.ast import Arg, ComponentNode, IfNode, IterateNode, LiteralValue, State
from nexus_protocol.components import BY_NAME, COMMON, PropSpec
from nexus_protocol.edits import WrittenValue

_EXPRESSIONS: Final = frozenset((("Computed", "value"), ("Expect", "condition")))
_LITERALS: Final = frozenset(
    (("Given", "state"), ("Expect", "state"), ("Call", "args"), ("Call", "returns"))
)
_PLAIN: Final = frozenset((("Iterate", "key"),))
"""Attributes of components in which braces mean nothing."""


class Splice(NamedTuple):
    """Text that takes the place of a stretch of the source."""

    start: int
    end: int
    text: str


def set_attribute(
    outline: Outline, located: Located, name: str, value: LiteralValue | WrittenValue | None
) -> list[Splice]:
    """Return what sets, changes or removes an attribute.

    Raises:
        UnwritableError: no quotes can hold the value.

    """
    element = located.element
    assert element is not None  # noqa: S101  the caller has looked
    prop = _prop(element, name)
    known = prop.name if prop else name
    given = next(
        (each for each in element.tag.attributes if _same(element, each, name, prop)), None
    )
    text = None if given else _text_for(outline, located, element, known)
    if text is not None:
        return _set_text(located, element, text, known, value, outline)
    written = _written(located, element, known, value)
    if given is not None:
        return [_change(element, given, written)]
    return [] if written is None else [_add(outline, element, written)]


def _prop(element: Element, name: str) -> PropSpec | None:
    spec = BY_NAME.get(element.name)
    if spec is not None and not spec.free:
        return spec.prop(name)
    own = spec.props if spec else ()  # where any name may be given, a property has one only
    return next((prop for prop in (*own, *COMMON) if prop.name == name), None)


def _same(element: Element, given: Attribute, name: str, prop: PropSpec | None) -> bool:
    """Tell whether an attribute is the one that is to be set, under whichever of its names."""
    spelled = f"on:{given.name[1:]}" if given.name.startswith("@") else given.name
    return given.name == name or (prop is not None and _prop(element, spelled) is prop)


# ---- the value


def _written(
    located: Located, element: Element, name: str, value: LiteralValue | WrittenValue | None
) -> str | None:
    """Return the attribute as it is to be written; nothing when it is to go."""
    match value:
        case None:
            return None
        case WrittenValue():
            return written_attribute(name, value.text)
        case LiteralValue():
            return attribute(name, _parts(located, element, name, value.value))
        case _:
            assert_never(value)


def _parts(located: Located, element: Element, name: str, value: Json) -> Parts | None:
    node = located.node
    if isinstance(node, ComponentNode | IfNode | IterateNode):
        if (element.name, name) in _PLAIN:
            return (_plain(value),)
        prop = _prop(element, name)
        return literal_parts(prop.type if prop else "any", value)
    if isinstance(node, State | Arg) and name == "default":
        return (default_text(node.type, value),)
    if (element.name, name) in _EXPRESSIONS:
        return (Code(braced(print_literal(value))),)
    if (element.name, name) in _LITERALS:
        return (Code(print_literal(value)),)
    return (_plain(value),)


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else encode_json(value)


# ---- attributes in the tag


def _change(element: Element, given: Attribute, written: str | None) -> Splice:
    """Return what changes an attribute, which keeps the name it was written with, or removes it."""
    if written is None:
        return Splice(_end_before(element, given), given.end, "")
    _, equals, rest = written.partition("=")
    return Splice(given.name_end, given.end, equals + rest)


def _end_before(element: Element, given: Attribute) -> int:
    """Return where ends what stands before an attribute in its tag."""
    attributes = element.tag.attributes
    number = next(n for n, each in enumerate(attributes) if each is given)
    return attributes[number - 1].end if number else element.tag.name_end


def _add(outline: Outline, element: Element, written: str) -> Splice:
    """Return what adds an attribute behind the others, on a line of its own where they are."""
    attributes = element.tag.attributes
    if not attributes:
        place = element.tag.name_end
        return Splice(place, place, f" {written}")
    last = attributes[-1]
    own_line = outline.begins_line(last.start)
    margin = f"\n{outline.indent_at(last.start)}" if own_line else " "
    return Splice(last.end, last.end, margin + written)


# ---- text between the tags


def _text_for(outline: Outline, located: Located, element: Element, name: str) -> list[Slot] | None:
    """Return the texts between the tags, when they stand for the property of that name."""
    spec = BY_NAME.get(element.name)
    if spec is None or spec.text_prop != name or not isinstance(located.node, ComponentNode):
        return None
    return [slot for slot in outline.slots(element) if slot.is_text] or None


def _set_text(
    located: Located,
    element: Element,
    texts: list[Slot],
    name: str,
    value: LiteralValue | WrittenValue | None,
    outline: Outline,
) -> list[Splice]:
    """Return what writes text in place of text; as an attribute where it would lose white space."""
    inside = Splice(texts[0].start, texts[-1].end, _as_text(located, value))
    if inside.text or value is None:
        return [inside]
    written = _written(located, element, name, value)
    assert written is not None  # noqa: S101  there is a value
    return [_add(outline, element, written), Splice(element.tag.end, element.content_end, "")]


def _as_text(located: Located, value: LiteralValue | WrittenValue | None) -> str:
    """Return how a value stands between tags; nothing when it cannot."""
    if not isinstance(value, LiteralValue) or not isinstance(located.node, ComponentNode):
        return ""
    kept = lines_matter(located.node)
    lossless = isinstance(value.value, str) and survives_as_content(value, lines_kept=kept)
    return content(value) if lossless else ""
