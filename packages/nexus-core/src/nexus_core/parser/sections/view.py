"""The View section: components, conditions and repetitions with their addresses and cells."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias

from nexus_core.layout import COLUMNS, place_after
from nexus_core.parser import catalogue
from nexus_core.parser.facts import Component, Place, Trigger
from nexus_core.parser.findings import Mend
from nexus_core.parser.markup.tokens import Attribute, Element, Node, Text
from nexus_core.parser.nearest import nearest
from nexus_core.parser.sections.custom import read_custom
from nexus_core.parser.sections.html import tell_html
from nexus_core.parser.sections.reading import (
    IDENTIFIER,
    IDENTIFIER_RULE,
    Reading,
    apart,
    clipped,
    is_blank,
    keeps_lines,
    place_of,
    rename,
    tell_missing,
    tell_repeated_attribute,
    tell_stray_text,
    tell_unknown_attribute,
)
from nexus_core.parser.sections.texts import Scope, read_children_text
from nexus_core.parser.sections.values import member_places, read_property
from nexus_core.parser.trusted import (
    make_cell,
    make_component,
    make_if,
    make_iterate,
    make_literal,
    make_text_node,
)
from nexus_protocol.ast import (
    Cell,
    ComponentNode,
    Custom,
    ExpressionValue,
    IfNode,
    IterateNode,
    LiteralValue,
    TextNode,
    Value,
    ViewNode,
)
from nexus_protocol.components import BY_NAME, COMMON, ComponentSpec, PropSpec
from nexus_protocol.expressions import Identifier, ObjectExpression, Property
from nexus_protocol.locations import Span

_SILENT_ALIASES: Final = frozenset(("over",))
"""Aliases that the language documents as equal to the property's name."""
_CHANGED_NAMES: Final = {"class": "className", "classname": "className", "onclick": "trigger"}
_ELSEWHERE: Final = {
    **dict.fromkeys(("NexusPanel", "Data", "Logic", "View", "Test"), "Move it out of the View."),
    **dict.fromkeys(("State", "Computed"), "It belongs into Data."),
    **dict.fromkeys(
        (
            "Arg",
            "Capabilities",
            "Capability",
            "Extension",
            "Handler",
            "Lifecycle",
            "Tool",
            "Trigger",
        ),
        "It belongs into Logic.",
    ),
    **dict.fromkeys(("Given", "Call", "Expect"), "It belongs into a Test."),
}
_LAST_NAME = re.compile(r"\.([A-Za-z_$][\w$]*+)\s*+\}{0,2}+\s*+$", re.ASCII)
_PRESSED: Final = frozenset(("Button", "Action", "Form"))
_ANY_PROP: Final = PropSpec(name="", type="any", doc="")
_CELLS: Final = {
    (span, row): make_cell(col_span=span, new_row=row)
    for span in range(1, COLUMNS + 1)
    for row in (False, True)
}

Props: TypeAlias = dict[str, tuple[PropSpec, Attribute]]


class Spot(NamedTuple):
    """Where in the view a node is."""

    address: str
    """Its stable name."""
    path: str
    """The way to it from the top, for diagnostics."""
    names: frozenset[str] = frozenset()
    """What ``$scope`` has there."""
    within: tuple[str, ...] = ()
    """The components that it stands in, from the outermost."""

    def child(self, segment: str, *, named: bool = False) -> "Spot":
        """Return the spot of a child; ``named`` when its segment is an id."""
        address = segment if named or not self.address else f"{self.address}/{segment}"
        return Spot(address, f"{self.path}/{segment}", self.names, self.within)

    def with_names(self, names: Iterable[str]) -> "Spot":
        """Return the spot with more names in ``$scope``."""
        return Spot(self.address, self.path, self.names.union(names), self.within)

    def inside(self, component: str) -> "Spot":
        """Return the spot as that of what a component holds."""
        return Spot(self.address, self.path, self.names, (*self.within, component))

    def scope(self) -> Scope:
        """Return what a value there needs to know."""
        return Scope(self.path, self.names)


TOP: Final = Spot("", "View")


AROUND: Final = TOP.child("Layout")
"""Where the Layout is that is put around several roots."""


def read_view(reading: Reading, sections: list[Element]) -> ViewNode | None:
    """Read all View sections as one; several roots are stacked."""
    nodes = [node for section in sections for node in section.children]
    nodes = _without_html(reading, nodes, TOP)
    roots = [node for node in nodes if not is_blank(reading, node)]
    count = len(roots) - sum(isinstance(node, Element) and node.name == "Else" for node in roots)
    if count <= 1:
        children = _read_nodes(reading, nodes, TOP, is_root=True)
        return children[0] if children else None
    first = sections[0]
    reading.findings.add(
        catalogue.MULTIPLE_ROOTS, first.start, first.tag.name_end, "View", count=count
    )
    children = _read_nodes(reading, nodes, AROUND)
    return stack(children, reading.span(first.start, sections[-1].end))


def stack(roots: tuple[ViewNode, ...], loc: Span) -> ComponentNode:
    """Return the Layout that is put around several roots."""
    return make_component(
        type="Layout",
        address=AROUND.address,
        props={"strategy": make_literal(value="stack")},
        children=roots,
        layout=_CELLS[COLUMNS, False],
        loc=loc,
    )


# ---- siblings


class Siblings:
    """The names and cells of the elements in one parent, as they come one after the other.

    None depends on what comes later, so that an element keeps its address while a panel is written.
    """

    __slots__ = ("_alike", "_counts", "_is_root", "_packed", "_taken", "first", "parent")

    def __init__(self, parent: Spot, *, packed: bool = False, is_root: bool = False) -> None:
        self.parent = parent
        self.first: tuple[str, str | None] | None = None
        """What the first element is named after."""
        self._packed = packed
        self._is_root = is_root
        self._taken = 0
        self._alike: set[tuple[str, str | None]] = set()
        self._counts: dict[str, int] = {}

    def place(self, reading: Reading, element: Element) -> tuple[Spot, Cell]:
        """Return where the next element is; ``packed`` puts it on the grid of a Layout."""
        name, bound = clipped(element.name), _bound_name(reading, element)
        spec = BY_NAME.get(element.name)
        span, begins_row = COLUMNS if spec is None else spec.columns, False
        if self._packed:
            begins_row, self._taken = place_after(self._taken, span)
        spot = _spot(reading, element, self.segment(name, bound), self.parent)
        return spot, _CELLS[span, begins_row]

    def segment(self, name: str, bound: str | None) -> str:
        """Name the next element: by the state it alone is bound to so far, else by its number."""
        self.first = self.first or (name, bound)
        if self._is_root:
            return name
        number = self._counts.get(name, 0)
        self._counts[name] = number + 1
        if bound is None or (name, bound) in self._alike:
            return f"{name}[{number}]"
        self._alike.add((name, bound))
        return f"{name}[{bound}]"


def _read_nodes(
    reading: Reading,
    nodes: list[Node],
    parent: Spot,
    *,
    packed: bool = False,
    is_root: bool = False,
) -> tuple[ViewNode, ...]:
    """Read the nodes inside an element; ``packed`` puts them on the grid of an automatic Layout."""
    if not nodes:
        return ()
    nodes = _without_html(reading, nodes, parent)
    siblings = Siblings(parent, packed=packed, is_root=is_root)
    made: list[ViewNode] = []
    texts = 0
    for number, node in enumerate(nodes):
        if isinstance(node, Text):
            text = read_text_node(reading, node, parent.child(f"text[{texts}]"))
            texts += text is not None
            if text is not None:
                made.append(text)
        elif isinstance(node, Element):
            if node.name == "Else":
                _check_else(reading, nodes, number, parent)
            else:
                otherwise = _else_after(reading, nodes, number) if node.name == "If" else None
                spot, cell = siblings.place(reading, node)
                made.append(_read_element(reading, node, spot, cell, otherwise))
    return tuple(made)


def _without_html(reading: Reading, nodes: list[Node], parent: Spot) -> list[Node]:
    """Put the content of HTML elements in their place; each is told."""
    if not any(isinstance(node, Element) and not node.name[0].isupper() for node in nodes):
        return nodes
    kept: list[Node] = []
    pending = list(reversed(nodes))
    while pending:
        node = pending.pop()
        if isinstance(node, Element) and not node.name[0].isupper():
            tell_html(reading, node, parent.path)
            pending.extend(reversed(node.children))
        else:
            kept.append(node)
    return kept


def _renaming(reading: Reading, element: Element, name: str) -> Mend:
    """Return what makes an element a component, where that takes and lacks no attribute."""
    given = {attribute.name for attribute in element.tag.attributes}
    by_text = {BY_NAME[name].text_prop} if element.children else set[str]()
    required = {prop.name for prop in BY_NAME[name].props if prop.required} - by_text
    sure = required <= given and given <= {prop.name for prop in _PROPS[name].values()}
    return rename(reading, element, name) if sure else Mend("")


def _bound_name(reading: Reading, element: Element) -> str | None:
    attribute = next((each for each in element.tag.attributes if _is_binding(each.name)), None)
    if attribute is None:
        return None
    last = _LAST_NAME.search(reading.source.text, attribute.value_start, attribute.value_end)
    return clipped(last[1]) if last else None


def _spot(reading: Reading, element: Element, segment: str, parent: Spot) -> Spot:
    """Return where an element is: under its id, when it has one that no other has."""
    attribute = element.attribute("id")
    if attribute is None or "{" in reading.raw(attribute) or attribute.quote == "none":
        return parent.child(segment)
    name = reading.value(attribute)
    taken = name in reading.facts.taken_ids
    spot = parent.child(segment) if taken else parent.child(f"#{clipped(name)}", named=True)
    reading.facts.taken_ids.add(name)
    reading.facts.ids.append(Place(name, *place_of(attribute), spot.path))
    return spot


def read_text_node(reading: Reading, node: Text, spot: Spot) -> TextNode | None:
    """Read text between elements; nothing when it is blank or an expression in it is wrong."""
    if is_blank(reading, node):
        return None
    value = read_children_text(
        reading, [(node.start, node.end, node.verbatim)], spot.scope(), fold=True
    )
    if value is None:
        return None
    return make_text_node(address=spot.address, value=value, loc=reading.span(node.start, node.end))


def _else_after(reading: Reading, nodes: list[Node], number: int) -> Element | None:
    """Return the Else that directly follows an If."""
    for later in range(number + 1, len(nodes)):
        node = nodes[later]
        if not is_blank(reading, node):
            return node if isinstance(node, Element) and node.name == "Else" else None
    return None


def _check_else(reading: Reading, nodes: list[Node], number: int, parent: Spot) -> None:
    element = nodes[number]
    for earlier in range(number - 1, -1, -1):
        node = nodes[earlier]
        if not is_blank(reading, node):
            if isinstance(node, Element) and node.name == "If":
                return
            break
    end = element.tag.name_end if isinstance(element, Element) else element.end
    reading.findings.add(catalogue.STRAY_ELSE, element.start, end, parent.path)


# ---- one element


def _read_element(
    reading: Reading, element: Element, spot: Spot, cell: Cell, otherwise: Element | None
) -> ViewNode:
    spec = BY_NAME.get(element.name)
    _check_place(reading, element, spec, spot)
    if spec is None:
        return _read_unknown(reading, element, spot, cell)
    match element.name:
        case "If":
            return _read_if(reading, element, spec, spot, cell, otherwise)
        case "Iterate":
            return _read_iterate(reading, element, spec, spot, cell)
        case _:
            return _read_component(reading, element, spec, spot, cell)


def _check_place(
    reading: Reading, element: Element, spec: ComponentSpec | None, spot: Spot
) -> None:
    """Tell a component that makes no sense where it stands, for itself or for what holds it."""
    name = element.name
    parent = BY_NAME.get(spot.within[-1]) if spot.within else None
    place = element.start, element.tag.name_end, spot.path
    if parent is not None and parent.holds not in (None, name):
        held = parent.holds or ""
        facts = {"name": name, "parent": parent.name, "held": held}
        reading.findings.tell(catalogue.NOT_HELD, *place, facts)
    elif spec is not None and spec.within and (parent is None or parent.name != spec.within):
        reading.findings.add(catalogue.OUTSIDE, *place, name=name, parent=spec.within)
    elif name == "Form" and name in spot.within:
        reading.findings.add(catalogue.NESTED_FORM, *place)


def _read_component(
    reading: Reading, element: Element, spec: ComponentSpec, spot: Spot, cell: Cell
) -> ComponentNode:
    given = _match_attributes(reading, element, spec, spot)
    props = _read_props(reading, given, spot)
    text = spec.text_prop
    if text is not None:
        _read_content(reading, element, spec, text, given, props, spot)
    _check_required(reading, element, spec, given, props, spot)
    _note_trigger(reading, element, given, props, spot)
    place = element.start, element.tag.name_end
    reading.facts.components.append(Component(element.name, *place, spot.path, frozenset(given)))
    return make_component(
        type=element.name,
        id=_id_of(props),
        address=spot.address,
        props=props,
        children=_read_inside(reading, element, spec, props, spot),
        layout=cell,
        custom=_read_free(reading, element, given, spot) if spec.free else None,
        loc=reading.span(element.start, element.end),
    )


def _read_free(reading: Reading, element: Element, given: Props, spot: Spot) -> Custom:
    """Read the attributes that the catalogue does not name."""
    taken = {attribute.start for _, attribute in given.values()}
    named = _PROPS[element.name]
    free = (
        each
        for each in element.tag.attributes
        if each.start not in taken and each.name not in named
    )
    return read_custom(reading, free, spot.scope())


def _read_inside(
    reading: Reading, element: Element, spec: ComponentSpec, props: dict[str, Value], spot: Spot
) -> tuple[ViewNode, ...]:
    spot = spot.inside(spec.name)
    if spec.content == "nodes":
        packed = is_packed(spec.name, props)
        return _read_nodes(reading, element.children, spot, packed=packed)
    if spec.content == "none":  # it holds no elements: the tree ends it before any
        has_label = any(prop.name == "label" for prop in spec.props)
        instead = 'Write it as `label="…"`.' if has_label else "Write it as an attribute."
        tell_stray_text(reading, element, instead, spot.path)
    elements: list[Node] = [*element.elements()]
    for child in element.elements():
        reading.findings.add(
            catalogue.ELEMENT_IN_TEXT,
            child.start,
            child.tag.name_end,
            spot.path,
            parent=element.name,
            name=child.name,
        )
    return _read_nodes(reading, elements, spot)


def is_packed(name: str, props: dict[str, Value]) -> bool:
    """Tell whether the children of a component sit on the grid of an automatic Layout."""
    return name == "Layout" and props.get("strategy", _AUTO) == _AUTO


_AUTO: Final = make_literal(value="auto")


def _read_content(
    reading: Reading,
    element: Element,
    spec: ComponentSpec,
    prop: str,
    given: Props,
    props: dict[str, Value],
    spot: Spot,
) -> None:
    """Take the text inside a component for the property that it stands for."""
    stretches = [(n.start, n.end, n.verbatim) for n in element.children if isinstance(n, Text)]
    if all(reading.source.text[start:end].isspace() for start, end, _ in stretches):
        return
    if prop in given:
        tell_stray_text(reading, element, f"Its text is given as {prop} already.", spot.path)
        return
    props[prop] = read_content(reading, spec.name, props, stretches, spot)


def read_content(
    reading: Reading,
    name: str,
    props: dict[str, Value],
    stretches: list[tuple[int, int, bool]],
    spot: Spot,
) -> Value:
    """Read the text inside a component; ``stretches`` are (start, end, verbatim)."""
    variant = props.get("variant")
    role = str(variant.value) if isinstance(variant, LiteralValue) else None
    fold = not keeps_lines(name, role)
    value = read_children_text(reading, stretches, spot.scope(), fold=fold)
    return make_literal(value="") if value is None else value


def _read_unknown(reading: Reading, element: Element, spot: Spot, cell: Cell) -> ComponentNode:
    """Keep a component that the catalogue does not know, for a host that may."""
    near = None if reading.findings.full else nearest(element.name, BY_NAME)
    finding = catalogue.UNKNOWN_COMPONENT
    if element.name in _ELSEWHERE:
        finding, near = catalogue.UNKNOWN_ELEMENT, None
    reading.findings.add(
        finding,
        element.start,
        element.tag.name_end,
        spot.path,
        near=f"<{near}>" if near else None,
        fix=_renaming(reading, element, near) if near else None,
        name=element.name,
        parent="View",
        instead=_ELSEWHERE.get(element.name),
    )
    spot = spot.inside(element.name)
    given: Props = {}
    for attribute in element.tag.attributes:
        spec = next((each for each in COMMON if each.name == attribute.name), _ANY_PROP)
        given.setdefault(attribute.name, (spec, attribute))
    props = _read_props(reading, given, spot)
    _note_trigger(reading, element, given, props, spot)
    return make_component(
        type=element.name,
        id=_id_of(props),
        address=spot.address,
        props=props,
        children=_read_nodes(reading, element.children, spot),
        layout=cell,
        known=False,
        loc=reading.span(element.start, element.end),
    )


# ---- conditions and repetitions


def _read_if(
    reading: Reading,
    element: Element,
    spec: ComponentSpec,
    spot: Spot,
    cell: Cell,
    otherwise: Element | None,
) -> IfNode:
    given = _match_attributes(reading, element, spec, spot)
    props = _read_props(reading, given, spot)
    _check_required(reading, element, spec, given, props, spot)
    end = otherwise.end if otherwise else element.end
    return make_if(
        address=spot.address,
        condition=props.get("condition", _TRUE),
        children=_read_nodes(reading, element.children, spot),
        otherwise=_read_else(reading, otherwise, spot) if otherwise else (),
        layout=cell,
        loc=reading.span(element.start, end),
    )


def _read_else(reading: Reading, element: Element, spot: Spot) -> tuple[ViewNode, ...]:
    spot = spot.child("Else")
    _match_attributes(reading, element, BY_NAME["Else"], spot)
    return _read_nodes(reading, element.children, spot)


_TRUE: Final = make_literal(value=True)


def _read_iterate(
    reading: Reading, element: Element, spec: ComponentSpec, spot: Spot, cell: Cell
) -> IterateNode:
    given = _match_attributes(reading, element, spec, spot)
    name = _item_name(reading, given, spot)
    key = given.pop("key", None)
    props = _read_props(reading, given, spot)
    _check_required(reading, element, spec, given, props, spot)
    inside = spot.with_names((name, f"{name}Index", "index"))
    return make_iterate(
        address=spot.address,
        items=props.get("items", make_literal(value=[])),
        name=name,
        key=_item_key(reading, key[1], name) if key else None,
        children=_read_nodes(reading, element.children, inside),
        layout=cell,
        loc=reading.span(element.start, element.end),
    )


def _item_name(reading: Reading, given: Props, spot: Spot) -> str:
    attribute = given.pop("as", None)
    if attribute is None:
        return "item"
    place = reading.identifier(
        {"as": attribute[1]}, "as", spot.path, pattern=IDENTIFIER, rule=IDENTIFIER_RULE
    )
    return place.name if place else "item"


def _item_key(reading: Reading, attribute: Attribute, name: str) -> str:
    """Return the property that ``key`` names; ``{$scope.note.id}`` and ``note.id`` mean ``id``."""
    text = reading.value(attribute).strip()
    bare = text.strip("{} ").removeprefix("$scope.").removeprefix(f"{name}.")
    if bare != text and IDENTIFIER.fullmatch(bare):
        reading.findings.repair("ITERATE_KEY", *place_of(attribute), bare)
        return bare
    return text


# ---- attributes


def _match_attributes(reading: Reading, element: Element, spec: ComponentSpec, spot: Spot) -> Props:
    """Return the attributes by the names of their properties; tells those it does not take."""
    given: Props = {}
    for attribute in element.tag.attributes:
        prop = _property_of(reading, attribute, spec, spot)
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
    return given


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


def _property_of(
    reading: Reading, attribute: Attribute, spec: ComponentSpec, spot: Spot
) -> PropSpec | None:
    name = attribute.name
    if name.startswith(("@", "v-on:")):
        prop = _PROPS[spec.name].get(f"on:{name.removeprefix('@').removeprefix('v-on:')}")
        if prop is not None:
            place = attribute.start, attribute.name_end
            reading.findings.repair("AT_EVENT", *place, apart(reading, attribute, prop.name))
        return prop
    if name.startswith((":", "v-")):
        return _vue_property(reading, attribute, spec)
    prop = _PROPS[spec.name].get(name)
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


def _is_binding(name: str) -> bool:
    """Tell whether a property is the binding, mended spellings included."""
    return _without_vue(name) in ("bind", "v-model")


def _vue_property(reading: Reading, attribute: Attribute, spec: ComponentSpec) -> PropSpec | None:
    """Return what ``:label="…"``, ``v-bind:label="…"`` or ``v-model="…"`` gives, as it is read."""
    name = _without_vue(attribute.name)
    prop = _PROPS[spec.name].get("bind" if name == "v-model" else name)
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


_VUE_RENAMED: Final = frozenset(("binding", "tool", "arguments", "condition", "expression", "name"))
"""Types of properties that are written without braces."""


def _props_by_name(spec: ComponentSpec) -> dict[str, PropSpec]:
    """Return the properties of a component by all their names; its own come before common ones.

    Where any name may be given, ``on:click`` is an event of its own and no other name of trigger.
    """
    table: dict[str, PropSpec] = {}
    for prop in (*spec.props, *COMMON):
        for name in (prop.name, *(() if spec.free else prop.aliases)):
            table.setdefault(name, prop)
    return table


_PROPS: Final = {spec.name: _props_by_name(spec) for spec in BY_NAME.values()}


def _read_props(reading: Reading, given: Props, spot: Spot) -> dict[str, Value]:
    props: dict[str, Value] = {}
    scope = spot.scope()
    for name, (spec, attribute) in given.items():
        value = read_property(reading, spec, attribute, scope)
        if value is not None:
            props[name] = value
    return props


def _check_required(
    reading: Reading,
    element: Element,
    spec: ComponentSpec,
    given: Props,
    props: dict[str, Value],
    spot: Spot,
) -> None:
    for prop in spec.props:
        if prop.required and prop.name not in given and prop.name not in props:
            tell_missing(reading, element, prop.name, spot.path)
    if spec.name == "Modal" and given.keys().isdisjoint(("open", "bind")):
        tell_missing(reading, element, "bind", spot.path)


def _id_of(props: dict[str, Value]) -> str | None:
    value = props.get("id")
    return value.value if isinstance(value, LiteralValue) and isinstance(value.value, str) else None


# ---- tools that components run


def _note_trigger(
    reading: Reading, element: Element, given: Props, props: dict[str, Value], spot: Spot
) -> None:
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


# ---- elements that are still being written


def read_start(reading: Reading, element: Element, spot: Spot, cell: Cell) -> ViewNode:
    """Read what the start tag of an element says."""
    alone = Element(element.tag, content_end=element.tag.end, end=element.tag.end)
    return _read_element(reading, alone, spot, cell, None)


def text_property(reading: Reading, element: Element, spot: Spot) -> str | None:
    """Return the property that the text in an element stands for, unless it is given already."""
    spec = BY_NAME.get(element.name)
    if spec is None or spec.text_prop is None:
        return None
    given = (_property_of(reading, each, spec, spot) for each in element.tag.attributes)
    taken = any(prop is not None and prop.name == spec.text_prop for prop in given)
    return None if taken else spec.text_prop
