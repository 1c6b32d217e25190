"""The component catalogue: every component a view may use, as data.

The one source for the validator, the JSON Schema, the TypeScript types, the language-model prompt,
the reference page and the renderer's registry. All of them carry ``CATALOGUE_HASH`` and refuse
to work with another's. Plain dataclasses, for they come from this file alone: models would have to
be built and to check it at every import.
"""

import hashlib
import json
from dataclasses import dataclass, fields, replace
from typing import ClassVar, Final, Literal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from nexus_protocol._model import Json, Maybe, Model

PropType = Literal[
    "string",  # text, or an interpolation
    "number",
    "boolean",
    "choice",  # one of ``choices``
    "list",
    "any",
    "binding",  # an assignable path, written without braces
    "tool",  # the name of a tool
    "arguments",  # an object by name, a list by order, or an expression
    "condition",  # an expression taken as true or false
    "expression",  # any expression; braces optional
    "name",  # an identifier
    "module",  # the dotted name of a module that the host registered
    "link",  # an address that a person may go to: http, https, mailto or a path of the same origin
    "image",  # where a picture is: a path of the same origin or the picture itself as data
]
Content = Literal["none", "text", "nodes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PropSpec:
    """One property of a component."""

    __pydantic_config__: ClassVar[ConfigDict] = Model.model_config

    name: str
    type: PropType
    required: bool = False
    default: Json = None
    choices: tuple[str, ...] = ()
    doc: str
    aliases: tuple[str, ...] = ()
    """Other spellings that are accepted: ``onClick`` for ``trigger``, ``over`` for ``items``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """One component: what it is called, takes and holds."""

    __pydantic_config__: ClassVar[ConfigDict] = Model.model_config

    name: str
    doc: str
    columns: int
    """Columns it takes of the 12 by default."""
    content: Content
    text_prop: Maybe[str] = None
    """The property that text children stand for, where ``content`` is ``text``."""
    within: Maybe[str] = None
    """The component that it must stand in, where it makes no sense elsewhere."""
    holds: Maybe[str] = None
    """The only component that may stand directly in it, where others make no sense."""
    props: tuple[PropSpec, ...] = ()
    free: bool = False
    """Whether it takes attributes of any other name too, among them ``bind:*`` and ``on:*``."""
    structural: bool = False
    """Whether it is only what it holds: of the common properties ``id`` alone means something."""

    def prop(self, name: str) -> PropSpec | None:
        """Return the property of that name or alias, its own or a common one."""
        return next(
            (spec for spec in (*self.props, *COMMON) if name == spec.name or name in spec.aliases),
            None,
        )


def _string(name: str, doc: str, *, required: bool = False, default: str | None = None) -> PropSpec:
    return PropSpec(name=name, type="string", required=required, default=default, doc=doc)


def _choice(name: str, choices: str, default: str | None, doc: str) -> PropSpec:
    return PropSpec(
        name=name, type="choice", choices=tuple(choices.split()), default=default, doc=doc
    )


def _number(name: str, doc: str, default: int | None = None) -> PropSpec:
    return PropSpec(name=name, type="number", default=default, doc=doc)


def _boolean(name: str, doc: str, *, default: bool = False) -> PropSpec:
    return PropSpec(name=name, type="boolean", default=default, doc=doc)


def _tool(doc: str, *, required: bool = False, name: str = "trigger") -> PropSpec:
    aliases = ("onClick", "on:click", "onSubmit", "on:submit") if name == "trigger" else ()
    return PropSpec(name=name, type="tool", required=required, doc=doc, aliases=aliases)


_BIND = PropSpec(
    name="bind",
    type="binding",
    required=True,
    doc="Path in $state or $scope that is shown and written.",
)
_OPTIONAL_BIND = replace(_BIND, required=False)
_DISABLED = _boolean("disabled", "Greyed out and without effect.")
_LABEL = _string("label", "What it is called; also its accessible name.")
_GAP = _choice("gap", "xs sm md lg xl", "md", "Space between children.")
_ALIGN = _choice("align", "start center end stretch", "stretch", "Alignment across the main axis.")
_JUSTIFY = _choice(
    "justify",
    "start center end stretch space-between",
    "start",
    "Distribution along the main axis.",
)

COMMON: tuple[PropSpec, ...] = (
    PropSpec(name="id", type="name", doc="Unique name of the node in its panel."),
    _string("className", "Class names for a host's own style sheet."),
    _tool("Tool to run on the component's main event."),
    PropSpec(name="args", type="arguments", doc="Arguments of the tool."),
    PropSpec(name="visible", type="condition", default=True, doc="Whether it is shown."),
    _string("aria-label", "Accessible name where no visible text gives one."),
)
"""Properties that every component takes."""

CATALOGUE: tuple[ComponentSpec, ...] = (
    ComponentSpec(
        name="Layout",
        doc="Arranges its children: on a 12-column grid, stacked, in a row, or as a flex box.",
        columns=12,
        content="nodes",
        props=(
            _choice("strategy", "auto stack row flex", "auto", "How children are arranged."),
            _choice("direction", "row column", "row", "Main axis of a flex box."),
            _GAP,
            _ALIGN,
            _JUSTIFY,
        ),
    ),
    ComponentSpec(
        name="Row",
        doc="A Layout whose children stand in a row.",
        columns=12,
        content="nodes",
        props=(_GAP, _ALIGN, _JUSTIFY),
    ),
    ComponentSpec(
        name="Column",
        doc="A Layout whose children are stacked.",
        columns=12,
        content="nodes",
        props=(_GAP, _ALIGN, _JUSTIFY),
    ),
    ComponentSpec(
        name="Container",
        doc="A framed group with an optional title.",
        columns=12,
        content="nodes",
        props=(
            _string("title", "Heading of the group."),
            _choice("variant", "card panel section transparent", "card", "How it is framed."),
        ),
    ),
    ComponentSpec(
        name="Card",
        doc="A Container framed as a card.",
        columns=12,
        content="nodes",
        props=(_string("title", "Heading of the card."),),
    ),
    ComponentSpec(
        name="List",
        doc="A list of ListItem.",
        columns=12,
        content="nodes",
    ),
    ComponentSpec(
        name="ListItem",
        doc="One item of a List.",
        columns=12,
        content="nodes",
        within="List",
    ),
    ComponentSpec(
        name="Text",
        doc="Text; its children are its content.",
        columns=12,
        content="text",
        text_prop="content",
        props=(
            _string("content", "The text.", required=True),
            _choice(
                "variant", "h1 h2 h3 h4 body code caption markdown", "body", "Its role and size."
            ),
        ),
    ),
    ComponentSpec(
        name="Metric",
        doc="One figure with its name.",
        columns=3,
        content="none",
        props=(
            _string("label", "What is measured.", required=True),
            PropSpec(name="value", type="any", required=True, doc="The figure."),
            _string("unit", "Unit after the figure."),
            _choice("trend", "up down neutral", None, "Direction of change."),
        ),
    ),
    ComponentSpec(
        name="StatusBadge",
        doc="A short state in words and colour.",
        columns=3,
        content="none",
        props=(
            _string("label", "The words.", required=True),
            _choice("status", "success warn error info", "info", "The colour's meaning."),
        ),
    ),
    ComponentSpec(
        name="Button",
        doc="Runs a tool when pressed.",
        columns=3,
        content="text",
        text_prop="label",
        props=(
            _string("label", "Its text.", required=True),
            _choice("variant", "primary secondary danger ghost", "primary", "Its weight."),
            _DISABLED,
        ),
    ),
    ComponentSpec(
        name="Action",
        doc="A button that must name its tool; the compact form for rows and toolbars.",
        columns=3,
        content="text",
        text_prop="label",
        props=(
            _string("label", "Its text.", required=True),
            _tool("Tool to run when pressed.", required=True),
            _choice("variant", "primary secondary danger ghost", "secondary", "Its weight."),
            _DISABLED,
        ),
    ),
    ComponentSpec(
        name="Input",
        doc="A field bound to the state; its tool runs on Enter.",
        columns=6,
        content="none",
        props=(
            _BIND,
            _LABEL,
            _string("placeholder", "Example shown while it is empty."),
            _choice(
                "inputType", "text number password email date search", "text", "What is typed."
            ),
            _boolean("multiline", "Several lines; the tool then runs on Ctrl+Enter."),
            _number("rows", "Lines shown of a multi-line field.", 3),
            _DISABLED,
        ),
    ),
    ComponentSpec(
        name="Switch",
        doc="A boolean of the state, turned on and off; its tool runs after each change.",
        columns=3,
        content="none",
        props=(_BIND, _LABEL, _DISABLED),
    ),
    ComponentSpec(
        name="Checkbox",
        doc="A boolean of the state, ticked or not; its tool runs after each change.",
        columns=3,
        content="none",
        props=(_BIND, _LABEL, _DISABLED),
    ),
    ComponentSpec(
        name="Select",
        doc="One of several values, bound to the state; its tool runs after each change.",
        columns=6,
        content="none",
        props=(
            _BIND,
            _LABEL,
            PropSpec(
                name="options",
                type="list",
                required=True,
                doc="Texts or numbers, or objects {value, label}.",
            ),
            _DISABLED,
        ),
    ),
    ComponentSpec(
        name="Slider",
        doc="A number of the state between two limits; its tool runs when it is let go.",
        columns=6,
        content="none",
        props=(
            _BIND,
            _LABEL,
            _number("min", "Smallest value.", 0),
            _number("max", "Greatest value.", 100),
            _number("step", "Distance between two values.", 1),
            _DISABLED,
        ),
    ),
    ComponentSpec(
        name="Form",
        doc="Fields that one tool takes together: on Enter in one, or by a Button without a tool.",
        columns=12,
        content="nodes",
        props=(_tool("Tool to run when it is submitted.", required=True),),
    ),
    ComponentSpec(
        name="Table",
        doc="A list of objects as rows; with rowTrigger a row runs a tool with itself as `row`.",
        columns=12,
        content="none",
        props=(
            PropSpec(name="data", type="list", required=True, doc="The rows, a list of objects."),
            PropSpec(
                name="columns",
                type="list",
                doc="Names, or objects {key, label, align}; all keys of the first row by default.",
            ),
            _number("pageSize", "Rows a page; 0 shows all in a scrolling window.", 0),
            _boolean("sortable", "Headers sort the rows on the screen."),
            _tool("Tool that a row runs: {row, index, key}.", name="rowTrigger"),
            _string("rowKey", "Property that identifies a row.", default="id"),
        ),
    ),
    ComponentSpec(
        name="Chart",
        doc="A list of objects as a picture.",
        columns=6,
        content="none",
        props=(
            _choice(
                "type",
                "line bar area pie scatter",
                "line",
                "Kind of picture; a pie shows the first y, named by x.",
            ),
            PropSpec(name="data", type="list", required=True, doc="The points, a list of objects."),
            _string("xKey", "Property along the x axis; the first one by default."),
            PropSpec(name="yKey", type="any", doc="Property along the y axis, or a list of them."),
            _number("height", "Height in pixels.", 300),
            _string("title", "What the picture shows; also its accessible name."),
        ),
    ),
    ComponentSpec(
        name="LogStream",
        doc="Lines of text or {level, message, time}, the newest last.",
        columns=12,
        content="none",
        props=(
            PropSpec(name="data", type="list", required=True, doc="The lines."),
            _number("height", "Height in pixels.", 200),
            _boolean("autoScroll", "Follows the newest line.", default=True),
        ),
    ),
    ComponentSpec(
        name="Progress",
        doc="How far something has come; without a value, that it goes on.",
        columns=6,
        content="none",
        props=(
            _number("value", "What is done."),
            _number("max", "What there is to do.", 100),
            _LABEL,
        ),
    ),
    ComponentSpec(
        name="Spinner",
        doc="Says that something goes on.",
        columns=6,
        content="none",
        props=(_LABEL,),
    ),
    ComponentSpec(
        name="Code",
        doc="Code, its lines kept; its children are its content.",
        columns=6,
        content="text",
        text_prop="content",
        props=(
            _string("content", "The code.", required=True),
            _string("language", "Language it is in, shown above it."),
        ),
    ),
    ComponentSpec(
        name="Markdown",
        doc="Text in Markdown with tables and task lists; HTML in it is shown as it is written.",
        columns=6,
        content="text",
        text_prop="content",
        props=(_string("content", "The Markdown.", required=True),),
    ),
    ComponentSpec(
        name="Link",
        doc="Leads to another page; one of another host opens beside this one.",
        columns=6,
        content="text",
        text_prop="label",
        props=(
            _string("label", "Its text.", required=True),
            PropSpec(
                name="href",
                type="link",
                required=True,
                doc="Where to: https://…, http://…, mailto:… or a path such as /docs.",
            ),
        ),
    ),
    ComponentSpec(
        name="Image",
        doc="A picture of the same host.",
        columns=6,
        content="none",
        props=(
            PropSpec(
                name="src",
                type="image",
                required=True,
                doc="A path such as /logo.png, or data:image/… of png, jpeg, gif or webp.",
            ),
            _string("alt", "What it shows, for who does not see it.", required=True),
        ),
    ),
    ComponentSpec(
        name="Tabs",
        doc="Shows one Tab, that whose value or title bind holds; its tool runs after a change.",
        columns=12,
        content="nodes",
        holds="Tab",
        props=(_OPTIONAL_BIND,),
    ),
    ComponentSpec(
        name="Tab",
        doc="One page of Tabs; its tool runs when it is chosen.",
        columns=12,
        content="nodes",
        within="Tabs",
        props=(
            _string("title", "What stands on the tab.", required=True),
            _string("value", "What bind holds while it is shown; the title by default."),
        ),
    ),
    ComponentSpec(
        name="Modal",
        doc="A dialog over the page while open, or what bind holds, is true; closing writes false.",
        columns=12,
        content="nodes",
        props=(
            _string("title", "Heading of the dialog.", required=True),
            PropSpec(
                name="open",
                type="condition",
                default=False,
                doc="Whether it is shown, where it is not bound.",
            ),
            _OPTIONAL_BIND,
            _tool("Tool to run when it is closed."),
        ),
    ),
    ComponentSpec(
        name="CustomComponent",
        doc="A component that the host registered; other attributes are values for it, "
        "`bind:<name>` a path that it shows and writes, `on:<event>` the tool of an event.",
        columns=6,
        content="nodes",
        free=True,
        props=(
            PropSpec(
                name="module",
                type="module",
                required=True,
                doc="Name under which the host registered it, such as acme.map.",
            ),
            PropSpec(
                name="component",
                type="name",
                doc="Which component of the module; the default one where it is left out.",
            ),
        ),
    ),
    ComponentSpec(
        name="If",
        doc="Shows its children while the condition holds.",
        columns=12,
        content="nodes",
        structural=True,
        props=(
            PropSpec(
                name="condition",
                type="condition",
                required=True,
                doc="When to show.",
                aliases=("test", "when"),
            ),
        ),
    ),
    ComponentSpec(
        name="Else",
        doc="Directly after an If: shows its children while the condition does not hold.",
        columns=12,
        content="nodes",
        structural=True,
    ),
    ComponentSpec(
        name="Iterate",
        doc="Draws its children once for each item of a list, with $scope.<as> and $scope.index.",
        columns=12,
        content="nodes",
        structural=True,
        props=(
            PropSpec(
                name="items",
                type="expression",
                required=True,
                doc="The list.",
                aliases=("over", "each"),
            ),
            PropSpec(name="as", type="name", default="item", doc="Name of an item in $scope."),
            _string("key", "Property of an item that identifies it."),
        ),
    ),
)

BY_NAME: dict[str, ComponentSpec] = {spec.name: spec for spec in CATALOGUE}
"""The catalogue by component name."""

_PRINTED: Final = {
    kind: tuple((field.name, to_camel(field.name)) for field in fields(kind))
    for kind in (ComponentSpec, PropSpec)
}


def facts(spec: ComponentSpec | PropSpec) -> dict[str, object]:
    """Return a component or property as it prints in JSON, the properties in it as they are."""
    printed = {outside: getattr(spec, name) for name, outside in _PRINTED[type(spec)]}
    return {name: fact for name, fact in printed.items() if fact is not None or name == "default"}


def to_json(spec: ComponentSpec | PropSpec) -> str:
    """Print a component or property as compact JSON."""
    return json.dumps(spec, default=facts, ensure_ascii=False, separators=(",", ":"))


CATALOGUE_HASH: str = hashlib.sha256(
    "\n".join(map(to_json, (*COMMON, *CATALOGUE))).encode()
).hexdigest()[:16]
"""Sixteen hexadecimal digits that change with any fact of the catalogue."""
