"""Print the tree of a panel as NXML in canonical layout.

The law: for every tree that ``parse`` made of a source without errors, reading what ``generate``
prints gives the same tree without errors, but for places; and ``format_source`` leaves it as it
is. What a tree does not hold is lost: comments, the layout of the source, the order of states
among computed values, attributes that mean nothing. To change a source and keep those, see
``edits``.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias, assert_never

from nexus_core.parser.javascript.printing import print_literal
from nexus_core.parser.markup.lexer import RAW_END
from nexus_core.parser.sections.coercion import empty
from nexus_core.parser.sections.reading import keeps_lines
from nexus_core.parser.sections.triggers import DURATIONS, UTC
from nexus_core.parser.writing.printer import INDENT, FormatError, open_tag
from nexus_core.parser.writing.spelling import (
    Code,
    Parts,
    UnwritableError,
    attribute,
    content,
    default_text,
    expression_part,
    property_parts,
    survives_as_content,
)
from nexus_protocol import Json, PanelAst
from nexus_protocol.ast import (
    Arg,
    Call,
    ChangeTrigger,
    ComponentNode,
    Computed,
    CronTrigger,
    Data,
    EventTrigger,
    Expect,
    Extension,
    Given,
    Handler,
    IfNode,
    IntervalTrigger,
    IterateNode,
    Lifecycle,
    LiteralValue,
    Logic,
    PanelTest,
    State,
    StateType,
    TextNode,
    Tool,
    ToolTrigger,
    ViewNode,
)
from nexus_protocol.components import BY_NAME, COMMON, ComponentSpec, PropType

AstNode: TypeAlias = (
    PanelAst | Data | Logic | State | Computed | Extension | Tool | Arg | ToolTrigger | Handler
    | Lifecycle | ViewNode | PanelTest | Given | Call | Expect
)  # fmt: skip
"""What can be printed by itself."""

_HEAD: Final = ("title", "id", "description", "version", "author", "icon", "type")
_COMMON: Final[dict[str, PropType]] = {prop.name: prop.type for prop in COMMON}
_APART: Final = "<!---->"
"""Keeps two texts apart."""
_EMPTY_TEXT: Final = "&#32;"
"""A text of which nothing is left when it is read."""

Attributes: TypeAlias = list[tuple[str, Parts | None]]


def generate(ast: PanelAst) -> str:
    """Return the source of a panel in canonical layout.

    Raises:
        FormatError: a value holds both kinds of quotes, or code an end of its own, in a way that
            no source could have had.

    """
    return "\n".join(print_node(ast)) + "\n"


def print_node(node: AstNode) -> list[str]:
    """Return the lines of one node with everything in it.

    Raises:
        FormatError: as ``generate`` does.

    """
    return _lines(lambda: _node(node, ""))


def print_nodes(nodes: Sequence[ViewNode]) -> list[str]:
    """Return the lines of nodes that stand side by side.

    Raises:
        FormatError: as ``generate`` does.

    """
    return _lines(lambda: _children(nodes, ""))


def print_view(root: ViewNode | None) -> list[str]:
    """Return the lines of the View section.

    Raises:
        FormatError: as ``generate`` does.

    """
    return _lines(lambda: _view(root, ""))


def _lines(printed: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(printed())
    except UnwritableError as error:
        raise FormatError(str(error)) from error


def _node(node: AstNode, margin: str) -> Iterator[str]:
    match node:
        case PanelAst():
            return _panel(node, margin)
        case Data():
            return _element("Data", [], _all([*node.states, *node.computed], margin), margin)
        case Logic():
            entries = [*node.extensions, *node.tools, *node.lifecycles]
            return _element("Logic", [], _all(entries, margin), margin)
        case State():
            return _state(node, margin)
        case Computed():
            return _computed(node, margin)
        case Extension():
            return _extension(node, margin)
        case Tool():
            return _tool(node, margin)
        case Arg():
            return _arg(node, margin)
        case IntervalTrigger() | CronTrigger() | EventTrigger() | ChangeTrigger():
            return _trigger(node, margin)
        case Handler():
            return _handler(node, margin)
        case Lifecycle():
            inside = _all([node.handler], margin)
            return _element("Lifecycle", [_text("on", node.on)], inside, margin)
        case PanelTest():
            steps = [*([node.given] if node.given else []), *node.steps]
            return _element("Test", [_text("name", node.name)], _all(steps, margin), margin)
        case Given():
            return _element("Given", [_literal("state", node.state)], (), margin)
        case Call():
            return _call(node, margin)
        case Expect():
            return _expect(node, margin)
        case ComponentNode() | IfNode() | IterateNode() | TextNode():
            return _view_node(node, margin)
        case _:
            assert_never(node)


# ---- elements


def _element(
    name: str, attributes: Attributes, inside: Iterator[str] | tuple[()], margin: str
) -> Iterator[str]:
    """Yield the lines of an element, given the lines of what it holds."""
    head = [attribute(*each) for each in attributes]
    lines = list(inside)
    yield margin + open_tag(name, head, margin, ">" if lines else "/>")
    if lines:
        yield from lines
        yield f"{margin}</{name}>"


def _all(nodes: Sequence[AstNode], margin: str) -> Iterator[str]:
    """Yield the lines of what stands in an element with that margin."""
    for node in nodes:
        yield from _node(node, margin + INDENT)


def _given(**texts: str | None) -> Attributes:
    """Return plain attributes, those that are absent left out."""
    return [(name, (text,)) for name, text in texts.items() if text is not None]


def _text(name: str, text: str) -> tuple[str, Parts]:
    return name, (text,)


def _literal(name: str, value: Json) -> tuple[str, Parts]:
    return name, (Code(print_literal(value)),)


# ---- the panel


def _panel(ast: PanelAst, margin: str) -> Iterator[str]:
    sections: list[AstNode] = []
    if ast.data.states or ast.data.computed:
        sections.append(ast.data)
    if ast.logic.extensions or ast.logic.tools or ast.logic.lifecycles:
        sections.append(ast.logic)
    inner = margin + INDENT
    printed = [list(_node(each, inner)) for each in sections]
    if ast.view is not None:
        printed.append(list(_view(ast.view, inner)))
    printed.extend(list(_node(each, inner)) for each in ast.tests)
    return _element("NexusPanel", _head(ast), _with_gaps(printed), margin)


def _with_gaps(groups: list[list[str]]) -> Iterator[str]:
    for number, lines in enumerate(groups):
        if number:
            yield ""
        yield from lines


def _head(ast: PanelAst) -> Attributes:
    attributes = _given(**{name: getattr(ast, name) for name in _HEAD})
    if ast.tags:
        attributes.append(_text("tags", ", ".join(ast.tags)))
    return attributes


def _view(view: ViewNode | None, margin: str) -> Iterator[str]:
    return _element("View", [], _children((view,) if view else (), margin), margin)


# ---- Data and Logic


def _typed(kind: StateType) -> Attributes:
    return [] if kind == "any" else [_text("type", kind)]


def _default(kind: StateType, value: Json) -> tuple[str, Parts]:
    return _text("default", default_text(kind, value))


def _state(state: State, margin: str) -> Iterator[str]:
    head = [_text("name", state.name), *_typed(state.type)]
    if state.default != empty(state.type) or isinstance(state.default, float):
        head.append(_default(state.type, state.default))
    head += _given(description=state.description, validation=state.validation)
    return _element("State", head, (), margin)


def _computed(computed: Computed, margin: str) -> Iterator[str]:
    head: Attributes = [
        _text("name", computed.name),
        *_typed(computed.type),
        ("value", (expression_part(computed.value),)),
        *_given(description=computed.description),
    ]
    return _element("Computed", head, (), margin)


def _extension(extension: Extension, margin: str) -> Iterator[str]:
    last = extension.name.rpartition(".")[2].replace("-", "_")
    # The address tells whether an alias was given that is also the one by default.
    named = extension.name != extension.alias and extension.address.endswith(f"[{extension.alias}]")
    alias = extension.alias if named or extension.alias != last else None
    head = _given(name=extension.name, alias=alias, source=extension.source)
    return _element("Extension", head, (), margin)


def _tool(tool: Tool, margin: str) -> Iterator[str]:
    head = _given(name=tool.name, description=tool.description, icon=tool.icon)
    return _element("Tool", head, _all([*tool.args, *tool.triggers, tool.handler], margin), margin)


def _arg(arg: Arg, margin: str) -> Iterator[str]:
    head = [_text("name", arg.name), *_typed(arg.type)]
    if arg.default is not None:
        head.append(_default(arg.type, arg.default))
    elif not arg.required:
        head.append(_text("required", "false"))
    return _element("Arg", [*head, *_given(description=arg.description)], (), margin)


def _trigger(trigger: ToolTrigger, margin: str) -> Iterator[str]:
    head: Attributes
    match trigger:
        case IntervalTrigger():
            head = [_text("every", _duration(trigger.seconds))]
        case CronTrigger():
            zone = trigger.timezone if trigger.timezone != UTC else None
            head = _given(cron=trigger.cron, timezone=zone)
        case EventTrigger():
            head = _given(event=trigger.event, panel=trigger.panel)
        case ChangeTrigger():
            head = [_text("change", "$state" + trigger.path.replace("/", "."))]
        case _:
            assert_never(trigger)
    if trigger.args != {}:
        head.append(_literal("args", trigger.args))
    return _element("Trigger", head, (), margin)


def _duration(seconds: int) -> str:
    """Return seconds in the largest unit that fits."""
    unit, size = next(each for each in DURATIONS if seconds % each[1] == 0)
    return f"{seconds // size}{unit}"


def _handler(handler: Handler, margin: str) -> Iterator[str]:
    head: Attributes = []
    if handler.declared:
        head.append(_text("capabilities", " ".join(handler.capabilities)))
    if handler.timeout_ms is not None:
        head.append(_text("timeout_ms", str(handler.timeout_ms)))
    tag = open_tag("Handler", [attribute(*each) for each in head], margin, ">")
    yield f"{margin}{tag}{_code(handler.code)}</Handler>"


def _code(code: str) -> str:
    """Return code as it is, or in CDATA where it holds what would end it."""
    if not RAW_END.search(code) and not code.lstrip().startswith("<![CDATA["):
        return code
    if "]]>" in code:
        raise UnwritableError("the code of a handler holds both `</Handler>` and `]]>`")
    return f"<![CDATA[{code}]]>"


# ---- Test


def _call(call: Call, margin: str) -> Iterator[str]:
    head = [_text("tool", call.tool)]
    if call.args != {}:
        head.append(_literal("args", call.args))
    if call.returns is not None:
        head.append(_literal("returns", call.returns.value))
    return _element("Call", [*head, *_given(fails=call.fails)], (), margin)


def _expect(expect: Expect, margin: str) -> Iterator[str]:
    head: Attributes = []
    if expect.state or (expect.condition is None and expect.event is None):
        head.append(_literal("state", expect.state))
    if expect.condition is not None:
        head.append(("condition", (expression_part(expect.condition),)))
    return _element("Expect", [*head, *_given(event=expect.event)], (), margin)


# ---- View


def _children(nodes: Sequence[ViewNode], margin: str) -> Iterator[str]:
    """Yield the lines of the nodes in an element with that margin."""
    inner = margin + INDENT
    follows_text = False
    for node in nodes:
        is_text = isinstance(node, TextNode)
        if is_text and follows_text:
            yield inner + _APART
        yield from _view_node(node, inner)
        follows_text = is_text


def _view_node(node: ViewNode, margin: str) -> Iterator[str]:
    match node:
        case TextNode():
            yield margin + (content(node.value) or _EMPTY_TEXT)
        case IfNode():
            head: Attributes = [
                *_id(node),
                ("condition", property_parts("condition", node.condition)),
            ]
            yield from _element("If", head, _children(node.children, margin), margin)
            if node.otherwise:
                yield from _element("Else", [], _children(node.otherwise, margin), margin)
        case IterateNode():
            head = [*_id(node), ("items", property_parts("expression", node.items))]
            head += _given(**{"as": None if node.name == "item" else node.name, "key": node.key})
            yield from _element("Iterate", head, _children(node.children, margin), margin)
        case ComponentNode():
            yield from _component(node, margin)
        case _:
            assert_never(node)


def _id(node: IfNode | IterateNode) -> Attributes:
    """Return the id, which a node that is no component has in its address only."""
    named = node.address.startswith("#") and "/" not in node.address
    return _given(id=node.address[1:]) if named else []


def _component(node: ComponentNode, margin: str) -> Iterator[str]:
    spec = BY_NAME.get(node.type)
    inside = content_prop(node, spec)
    head = [
        (name, property_parts(_type_of(spec, name), value))
        for name, value in node.props.items()
        if name != inside
    ]
    head += _custom(node)
    if inside is None:
        yield from _element(node.type, head, _children(node.children, margin), margin)
        return
    tag = open_tag(node.type, [attribute(*each) for each in head], margin, ">")
    yield f"{margin}{tag}{content(node.props[inside])}</{node.type}>"


def _custom(node: ComponentNode) -> Attributes:
    """Return the attributes that the catalogue does not name."""
    if node.custom is None:
        return []
    values = ((name, property_parts("any", value)) for name, value in node.custom.props.items())
    paths = (
        (f"bind:{name}", property_parts("binding", path))
        for name, path in node.custom.bindings.items()
    )
    events = (_text(f"on:{name}", tool) for name, tool in node.custom.events.items())
    return [*values, *paths, *events]


def content_prop(node: ComponentNode, spec: ComponentSpec | None) -> str | None:
    """Return the property that is written as text between the tags, if there is one.

    It is the last one, as when it was read there, and loses nothing between tags.
    """
    if spec is None or spec.text_prop is None or next(reversed(node.props), None) != spec.text_prop:
        return None
    kept = lines_matter(node)
    lossless = survives_as_content(node.props[spec.text_prop], lines_kept=kept)
    return spec.text_prop if lossless else None


def lines_matter(node: ComponentNode) -> bool:
    """Tell whether the text inside a component is kept line by line."""
    variant = node.props.get("variant")
    role = str(variant.value) if isinstance(variant, LiteralValue) else None
    return keeps_lines(node.type, role)


def _type_of(spec: ComponentSpec | None, name: str) -> PropType:
    prop = spec.prop(name) if spec else None
    return prop.type if prop else _COMMON.get(name, "any")
