"""The Data section: states with their defaults, and computed values."""

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place
from nexus_core.parser.markup.tokens import Attribute, Element
from nexus_core.parser.nearest import nearest
from nexus_core.parser.sections.coercion import (
    EXAMPLES,
    OTHER_NAMES,
    TYPES,
    DoesNotFitError,
    coerce,
    empty,
)
from nexus_core.parser.sections.reading import (
    IDENTIFIER,
    Reading,
    place_of,
    read_attributes,
    tell_misplaced,
    tell_stray_text,
)
from nexus_core.parser.sections.texts import Scope
from nexus_core.parser.sections.values import read_bare_expression
from nexus_core.parser.trusted import make_computed, make_data, make_state
from nexus_protocol import Json
from nexus_protocol.ast import Computed, Data, ExpressionValue, State, StateType

ELEMENTS = ("State", "Computed")
_STATE = ("name", "type", "default", "description", "validation")
_COMPUTED = ("name", "value", "type", "description")


def read_data(reading: Reading, sections: list[Element]) -> Data:
    """Read all Data sections as one."""
    states: dict[str, State] = {}
    computed: dict[str, Computed] = {}
    elements = [element for section in sections for element in section.elements()]
    _declare(reading, elements)
    for section in sections:
        tell_stray_text(reading, section, "Put it into a <State>'s default.", "Data")
    for element in elements:
        match element.name:
            case "State":
                if state := _read_state(reading, element):
                    states.setdefault(state.name, state)
            case "Computed":
                if value := _read_computed(reading, element):
                    computed.setdefault(value.name, value)
            case _:
                tell_misplaced(reading, element, "Data", ELEMENTS, "Data")
    return make_data(states=tuple(states.values()), computed=tuple(computed.values()))


def _declare(reading: Reading, elements: list[Element]) -> None:
    """Write down all names first, so that every expression can be compared with all of them."""
    for element in elements:
        name = element.attribute("name")
        if element.name in ELEMENTS and name and IDENTIFIER.fullmatch(reading.raw(name)):
            place = Place(reading.raw(name), *place_of(name), _path(reading, element))
            known = reading.facts.states if element.name == "State" else reading.facts.computed
            known.append(place)


def _path(reading: Reading, element: Element) -> str:
    return f"Data/{element.name}[{reading.label(element.attribute('name'))}]"


def _read_state(reading: Reading, element: Element) -> State | None:
    path = _path(reading, element)
    attributes = read_attributes(reading, element, _STATE, ("name",), path)
    tell_stray_text(reading, element, 'Write it as `default="…"`.', path)
    name = reading.identifier(attributes, "name", path)
    kind = read_type(reading, attributes, path)
    default = read_default(reading, attributes, kind, path)
    if name is None:
        return None
    return make_state(
        name=name.name,
        type=kind,
        default=empty(kind) if default is None and "default" not in attributes else default,
        description=reading.text(attributes, "description"),
        validation=reading.text(attributes, "validation"),
        address=path,
        loc=reading.span(element.start, element.end),
    )


def _read_computed(reading: Reading, element: Element) -> Computed | None:
    path = _path(reading, element)
    attributes = read_attributes(reading, element, _COMPUTED, ("name", "value"), path)
    tell_stray_text(reading, element, 'Write it as `value="{…}"`.', path)
    name = reading.identifier(attributes, "name", path)
    kind = read_type(reading, attributes, path)
    uses = reading.facts.state_uses
    before = len(uses)
    dynamic = len(reading.facts.dynamic)
    value = attributes.get("value")
    expression = _expression(reading, value, path) if value else None
    reads = tuple(uses[before:])
    if name is not None:
        reading.facts.computed_reads.setdefault(name.name, reads)
    if name is None or expression is None:
        return None
    names = {read.name for read in reads}
    if len(reading.facts.dynamic) > dynamic:
        names |= reading.any_of(reading.facts.states, element.start, element.end, path)
    return make_computed(
        name=name.name,
        type=kind,
        value=expression,
        description=reading.text(attributes, "description"),
        reads=tuple(sorted(names)),
        address=path,
        loc=reading.span(element.start, element.end),
    )


def _expression(reading: Reading, value: Attribute, path: str) -> ExpressionValue | None:
    return read_bare_expression(reading, value, Scope(path, quote=value.quote))


def read_type(reading: Reading, attributes: dict[str, Attribute], path: str) -> StateType:
    """Return the type that is declared; ``any`` when none is, or one that does not exist."""
    attribute = attributes.get("type")
    if attribute is None:
        return "any"
    text = reading.value(attribute)
    if text in TYPES:
        return TYPES[text]
    near = OTHER_NAMES.get(text)
    if near is None and not reading.findings.full:
        near = nearest(text, TYPES)
    reading.findings.add(
        catalogue.INVALID_TYPE,
        *place_of(attribute),
        path,
        near=near,
        what="The type",
        wanted="one of " + ", ".join(TYPES),
        example="`string`",
    )
    return TYPES[near] if near else "any"


def read_default(
    reading: Reading, attributes: dict[str, Attribute], kind: StateType, path: str
) -> Json:
    """Return the default as a value of its type; null when there is none or it does not fit."""
    attribute = attributes.get("default")
    if attribute is None:
        return None
    if kind == "boolean" and attribute.quote == "none":
        return True
    text = reading.value(attribute)
    inside = text.strip()[1:-1] if text.strip().startswith("{") else None
    for spelled in (text, inside):
        try:
            if spelled is not None:
                return coerce(spelled, kind, reading.expression)
        except DoesNotFitError:
            pass
    name = attributes.get("name")
    reading.findings.add(
        catalogue.INVALID_DEFAULT,
        *place_of(attribute),
        path,
        name=reading.value(name) if name else "this",
        wanted="an object" if kind == "object" else f"a {kind}",
        example=EXAMPLES[kind],
    )
    return None
