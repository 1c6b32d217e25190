"""The View section: components, conditions and repetitions with their addresses and cells."""

import re
from typing import Final

from nexus_core.layout import COLUMNS, place_after
from nexus_core.parser import catalogue
from nexus_core.parser.facts import Component, Place
from nexus_core.parser.findings import Mend
from nexus_core.parser.markup.tokens import Attribute, Element, Node, Text
from nexus_core.parser.nearest import nearest
from nexus_core.parser.sections.html import tell_html
from nexus_core.parser.sections.properties import (
    PROPERTIES,
    Props,
    check_required,
    id_of,
    is_binding,
    match_attributes,
    note_triggers,
    read_free_attributes,
    read_properties,
)
from nexus_core.parser.sections.reading import (
    IDENTIFIER,
    IDENTIFIER_RULE,
    Reading,
    clipped,
    is_blank,
    keeps_lines,
    place_of,
    rename,
    tell_stray_text,
)
from nexus_core.parser.sections.spots import AROUND, TOP, Spot
from nexus_core.parser.sections.texts import read_children_text
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
    IfNode,
    IterateNode,
    LiteralValue,
    TextNode,
    Value,
    ViewNode,
)
from nexus_protocol.components import BY_NAME, COMMON, ComponentSpec, PropSpec
from nexus_protocol.locations import Span

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
_ANY_PROP: Final = PropSpec(name="", type="any", doc="")
_CELLS: Final = {
    (span, row): make_cell(col_span=span, new_row=row)
    for span in range(1, COLUMNS + 1)
    for row in (False, True)
}


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
    sure = required <= given and given <= {prop.name for prop in PROPERTIES[name].values()}
    return rename(reading, element, name) if sure else Mend("")


def _bound_name(reading: Reading, element: Element) -> str | None:
    attribute = next((each for each in element.tag.attributes if is_binding(each.name)), None)
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
    given = match_attributes(reading, element, spec, spot)
    props = read_properties(reading, given, spot)
    text = spec.text_prop
    if text is not None:
        _read_content(reading, element, spec, text, given, props, spot)
    check_required(reading, element, spec, given, props, spot)
    note_triggers(reading, element, given, props, spot)
    place = element.start, element.tag.name_end
    reading.facts.components.append(Component(element.name, *place, spot.path, frozenset(given)))
    return make_component(
        type=element.name,
        id=id_of(props),
        address=spot.address,
        props=props,
        children=_read_inside(reading, element, spec, props, spot),
        layout=cell,
        custom=read_free_attributes(reading, element, given, spot) if spec.free else None,
        loc=reading.span(element.start, element.end),
    )


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
    props = read_properties(reading, given, spot)
    note_triggers(reading, element, given, props, spot)
    return make_component(
        type=element.name,
        id=id_of(props),
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
    given = match_attributes(reading, element, spec, spot)
    props = read_properties(reading, given, spot)
    check_required(reading, element, spec, given, props, spot)
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
    match_attributes(reading, element, BY_NAME["Else"], spot)
    return _read_nodes(reading, element.children, spot)


_TRUE: Final = make_literal(value=True)


def _read_iterate(
    reading: Reading, element: Element, spec: ComponentSpec, spot: Spot, cell: Cell
) -> IterateNode:
    given = match_attributes(reading, element, spec, spot)
    name = _item_name(reading, given, spot)
    key = given.pop("key", None)
    props = read_properties(reading, given, spot)
    check_required(reading, element, spec, given, props, spot)
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


# ---- elements that are still being written


def read_start(reading: Reading, element: Element, spot: Spot, cell: Cell) -> ViewNode:
    """Read what the start tag of an element says."""
    alone = Element(element.tag, content_end=element.tag.end, end=element.tag.end)
    return _read_element(reading, alone, spot, cell, None)
