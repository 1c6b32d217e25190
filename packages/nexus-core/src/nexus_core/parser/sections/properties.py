"""The attributes of a component: which properties they give, and what their values say.

What the catalogue allows a component is looked up here; how one value is read is the business of
``values``, and where components stand is that of ``view``.
"""

from dataclasses import replace
from typing import Final, TypeAlias

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place, Trigger
from nexus_core.parser.findings import Mend
from nexus_core.parser.markup.tokens import Attribute, Element
from nexus_core.parser.sections.custom import read_custom
from nexus_core.parser.sections.reading import (
    Reading,
    apart,
    place_of,
    tell_missing,
    tell_repeated_attribute,
    tell_unknown_attribute,
)
from nexus_core.parser.sections.spots import Spot
from nexus_core.parser.sections.values import member_places, read_property
from nexus_protocol.ast import Custom, ExpressionValue, LiteralValue, Value
from nexus_protocol.components import BY_NAME, COMMON, ComponentSpec, PropSpec
from nexus_protocol.expressions import Identifier, ObjectExpression, Property

_SILENT_ALIASES: Final = frozenset(("over",))
"""Aliases that the language documents as equal to the property's name."""
_CHANGED_NAMES: Final = {"class": "className", "classname": "className", "onclick": "trigger"}
_PRESSED: Final = frozenset(("Button", "Action", "Form"))
_VUE_RENAMED: Final = frozenset(("binding", "tool", "arguments", "condition", "expression", "name"))
"""Types of properties that are written without braces."""
Props: TypeAlias = dict[str, tuple[PropSpec, Attribute]]
"""What is given, by the names of properties."""


def match_attributes(reading: Reading, element: Element, spec: ComponentSpec, spot: Spot) -> Props:
    """Return the attributes by the names of their properties; tells those it does not take."""
    given: Props = {}
    for attribute in element.tag.attributes:
        prop = property_of(reading, attribute, spec, spot)
        if prop is None and spec.free:
            continue
        if prop is None:
            known = [each.name for each in (*spec.props, *COMMON)]
            named = _CHANGED_NAMES.get(attribute.name)
            if attribute.name == "v-if" and attribute.value_end > attribute.value_start:
                _tell_condition(reading, element, attribute, known, spot)
            elif named is not None and element.attribute(named) is None:
                place = attribute.start, attribute.name_end
                facts = {"name": element.name, "attribute": attribute.name, "known": named}
                reading.findings.tell(
                    catalogue.UNKNOWN_ATTRIBUTE, *place, spot.path, facts, near=named
                )
            else:
                tell_unknown_attribute(reading, element, attribute, known, spot.path)
        elif prop.name in given:
            tell_repeated_attribute(reading, attribute, spot.path)
        else:
            given[prop.name] = (prop, attribute)
            if spec.structural and prop.name in _OF_WHAT_IS_SEEN:
                place = attribute.start, attribute.name_end
                facts = {"name": element.name, "attribute": attribute.name}
                reading.findings.tell(catalogue.INEFFECTIVE_ATTRIBUTE, *place, spot.path, facts)
    return given


_OF_WHAT_IS_SEEN: Final = frozenset(prop.name for prop in COMMON) - {"id"}
"""The common properties that mean something only where there is an element on the page."""


def _tell_condition(
    reading: Reading, element: Element, attribute: Attribute, known: list[str], spot: Spot
) -> None:
    """Tell ``v-if``, which is an element of its own here."""
    raw = reading.raw(attribute)
    quote = "'" if '"' in raw else '"'
    opening = f"<If condition={quote}{{{raw}}}{quote}>"
    edits = [
        (element.start, element.start, opening),
        (attribute.start - 1, attribute.end, ""),
        (element.end, element.end, "</If>"),
    ]
    facts = {"name": element.name, "attribute": attribute.name, "known": ", ".join(known)}
    place = attribute.start, attribute.name_end
    fix = Mend("Put it into an <If>", *edits) if quote not in raw else None
    reading.findings.tell(catalogue.UNKNOWN_ATTRIBUTE, *place, spot.path, facts, fix=fix)


def property_of(
    reading: Reading, attribute: Attribute, spec: ComponentSpec, spot: Spot
) -> PropSpec | None:
    """Return the property that an attribute gives, by whatever name; none that it does not."""
    name = attribute.name
    if name.startswith(("@", "v-on:")):
        prop = PROPERTIES[spec.name].get(f"on:{name.removeprefix('@').removeprefix('v-on:')}")
        if prop is not None:
            place = attribute.start, attribute.name_end
            reading.findings.repair("AT_EVENT", *place, apart(reading, attribute, prop.name))
        return prop
    if name.startswith((":", "v-")):
        return _vue_property(reading, attribute, spec)
    prop = PROPERTIES[spec.name].get(name)
    if prop is not None and prop.name != name and name not in _SILENT_ALIASES:
        reading.findings.add(
            catalogue.DEPRECATED_ALIAS,
            attribute.start,
            attribute.name_end,
            spot.path,
            fix=Mend(f"Write {prop.name}", (attribute.start, attribute.name_end, prop.name)),
            alias=name,
            name=prop.name,
        )
    return prop


def _without_vue(name: str) -> str:
    return name.removeprefix("v-bind").removeprefix(":")


def is_binding(name: str) -> bool:
    """Tell whether a property is the binding, mended spellings included."""
    return _without_vue(name) in ("bind", "v-model")


def _vue_property(reading: Reading, attribute: Attribute, spec: ComponentSpec) -> PropSpec | None:
    """Return what ``:label="…"``, ``v-bind:label="…"`` or ``v-model="…"`` gives, as it is read."""
    name = _without_vue(attribute.name)
    prop = PROPERTIES[spec.name].get("bind" if name == "v-model" else name)
    if prop is None or attribute.quote in ("braces", "none"):
        return None
    if prop.type in _VUE_RENAMED:
        reading.findings.repair("VUE_BINDING", attribute.start, attribute.name_end, prop.name)
        return prop
    raw = reading.raw(attribute).strip()
    quote = "'" if attribute.quote == "single" else '"'
    if not raw or raw.startswith("{") or raw.endswith("}") or quote in raw:
        return None
    after = f"{prop.name}={quote}{{{raw}}}{quote}"
    reading.findings.repair("VUE_BINDING", attribute.start, attribute.end, after)
    return replace(prop, type="expression")


def _props_by_name(spec: ComponentSpec) -> dict[str, PropSpec]:
    """Return the properties of a component by all their names; its own come before common ones.

    Where any name may be given, ``on:click`` is an event of its own and no other name of trigger.
    """
    table: dict[str, PropSpec] = {}
    for prop in (*spec.props, *COMMON):
        for name in (prop.name, *(() if spec.free else prop.aliases)):
            table.setdefault(name, prop)
    return table


PROPERTIES: Final = {spec.name: _props_by_name(spec) for spec in BY_NAME.values()}
"""The properties of every component, by all their names."""


def text_property(reading: Reading, element: Element, spot: Spot) -> str | None:
    """Return the property that the text in an element stands for, unless it is given already."""
    spec = BY_NAME.get(element.name)
    if spec is None or spec.text_prop is None:
        return None
    given = (property_of(reading, each, spec, spot) for each in element.tag.attributes)
    taken = any(prop is not None and prop.name == spec.text_prop for prop in given)
    return None if taken else spec.text_prop


def read_free_attributes(reading: Reading, element: Element, given: Props, spot: Spot) -> Custom:
    """Read the attributes that the catalogue does not name."""
    taken = {attribute.start for _, attribute in given.values()}
    named = PROPERTIES[element.name]
    free = (
        each
        for each in element.tag.attributes
        if each.start not in taken and each.name not in named
    )
    return read_custom(reading, free, spot.scope())


def read_properties(reading: Reading, given: Props, spot: Spot) -> dict[str, Value]:
    """Return the values of attributes, by the names of their properties; what has none is told."""
    props: dict[str, Value] = {}
    scope = spot.scope()
    for name, (spec, attribute) in given.items():
        value = read_property(reading, spec, attribute, scope)
        if value is not None:
            props[name] = value
    return props


def check_required(
    reading: Reading,
    element: Element,
    spec: ComponentSpec,
    given: Props,
    props: dict[str, Value],
    spot: Spot,
) -> None:
    """Tell what a component lacks that it cannot do without."""
    for prop in spec.props:
        if prop.required and prop.name not in given and prop.name not in props:
            tell_missing(reading, element, prop.name, spot.path)
    if spec.name == "Modal" and given.keys().isdisjoint(("open", "bind")):
        tell_missing(reading, element, "bind", spot.path)


def id_of(props: dict[str, Value]) -> str | None:
    """Return the id that a component is given."""
    value = props.get("id")
    return value.value if isinstance(value, LiteralValue) and isinstance(value.value, str) else None


def note_triggers(
    reading: Reading, element: Element, given: Props, props: dict[str, Value], spot: Spot
) -> None:
    """Note which tools a component runs, and with what."""
    for name, (spec, attribute) in given.items():
        value = props.get(name)
        if spec.type == "tool" and isinstance(value, LiteralValue):
            tool = Place(str(value.value), *place_of(attribute), spot.path)
            arguments = None
            if name == "trigger":
                arguments = _given_arguments(reading, element, given, props)
            reading.facts.triggers.append(Trigger(tool, arguments))


def _given_arguments(
    reading: Reading, element: Element, given: Props, props: dict[str, Value]
) -> dict[str, tuple[int, int]] | None:
    """Return the arguments that a component gives by name and where; nothing when it is unclear."""
    if "args" not in given:
        return {} if element.name in _PRESSED else None
    value = props.get("args")
    if not isinstance(value, ExpressionValue) or not isinstance(value.tree, ObjectExpression):
        return None
    names: list[str] = []
    for member in value.tree.properties:
        if not isinstance(member, Property) or member.computed:
            return None
        key = member.key
        name = key.name if isinstance(key, Identifier) else getattr(key, "value", None)
        names.append(str(name))
    return member_places(reading, given["args"][1], names)


__all__ = [
    "PROPERTIES",
    "Props",
    "check_required",
    "id_of",
    "is_binding",
    "match_attributes",
    "note_triggers",
    "property_of",
    "read_free_attributes",
    "read_properties",
    "text_property",
]
