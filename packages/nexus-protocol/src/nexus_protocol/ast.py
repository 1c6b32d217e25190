"""A panel as a tree: what the parser makes and the renderer draws.

All nodes are frozen and print as camelCase JSON. What has a place of its own in the source has
``loc`` and ``address``, a stable name: ``Data/State[notes]``, ``Logic/Tool[add]/Arg[text]``, in the
view ``#email`` or ``Layout/Form[0]/Input[email]``, ``Test[adds a note]/Call[0]``. Unions are
discriminated by ``kind``; the expressions inside are ESTree (see ``nexus_protocol.expressions``)
and carry their own ``type``.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from nexus_protocol._model import Json, Maybe, Model
from nexus_protocol.expressions import Expression
from nexus_protocol.locations import Span

StateType = Literal["string", "number", "boolean", "list", "object", "any"]
LifecycleEvent = Literal["mount", "unmount", "update", "error"]


# ---- values of attributes


class LiteralValue(Model):
    """A value known when the panel is parsed, already coerced to the property's type."""

    kind: Literal["literal"] = "literal"
    value: Json


class ExpressionValue(Model):
    """The value of an expression: ``content="{$state.message}"``."""

    kind: Literal["expression"] = "expression"
    source: str
    tree: Expression


class TemplateValue(Model):
    """Text with expressions inside: ``"Total: {$state.n} items"``; parts in order."""

    kind: Literal["template"] = "template"
    parts: tuple["str | ExpressionValue", ...]


class BindingValue(Model):
    """An assignable path: ``bind="$state.user.name"`` or ``bind="$scope.item.done"``."""

    kind: Literal["binding"] = "binding"
    source: str
    tree: Expression
    """A chain of member accesses that begins at ``$state`` or ``$scope``."""


Value: TypeAlias = Annotated[
    LiteralValue | ExpressionValue | TemplateValue | BindingValue, Field(discriminator="kind")
]


# ---- Data


class State(Model):
    """A named part of the panel's state and what it starts as."""

    name: str
    type: StateType = "any"
    default: Json = None
    description: Maybe[str] = None
    validation: Maybe[str] = None
    address: str
    loc: Span


class Computed(Model):
    """A value that follows from the state; read through ``$state`` too, never written."""

    name: str
    type: StateType = "any"
    value: ExpressionValue
    description: Maybe[str] = None
    reads: tuple[str, ...] = ()
    """Names of the states and computed values it reads directly."""
    address: str
    loc: Span


class Data(Model):
    """The Data section."""

    states: tuple[State, ...] = ()
    computed: tuple[Computed, ...] = ()


# ---- Logic


class Extension(Model):
    """A host service that handlers reach as ``$ext.<alias>``."""

    name: str
    alias: str
    source: Maybe[str] = None
    address: str
    loc: Span


class Arg(Model):
    """A parameter of a tool."""

    name: str
    type: StateType = "any"
    required: bool = True
    default: Json = None
    description: Maybe[str] = None
    address: str
    loc: Span


class Handler(Model):
    """The JavaScript of a tool or lifecycle: the body of an async function."""

    code: str
    capabilities: tuple[str, ...] = ()
    """What it may do, spelled out and sorted: as declared, else as inferred from the code."""
    declared: bool = False
    """Whether the author declared the capabilities."""
    calls: tuple[str, ...] = ()
    """Names of the tools it calls through ``$tools``; ``*`` when that cannot be told."""
    timeout_ms: Maybe[int] = None
    address: str
    loc: Span
    """Where ``code`` stands, so that line n of a stack is line ``loc.line + n - 1``."""


class IntervalTrigger(Model):
    """Runs its tool again and again: ``every="5m"``."""

    kind: Literal["interval"] = "interval"
    seconds: int
    args: dict[str, Json] | list[Json] = Field(default_factory=dict[str, Json])
    address: str
    loc: Span


class CronTrigger(Model):
    """Runs its tool at certain times: ``cron="30 9 * * 1-5" timezone="Europe/Berlin"``."""

    kind: Literal["cron"] = "cron"
    cron: str
    """Minute, hour, day of the month, month and day of the week, with one space between."""
    timezone: str = "UTC"
    """A name of the IANA time zone database."""
    args: dict[str, Json] | list[Json] = Field(default_factory=dict[str, Json])
    address: str
    loc: Span


class EventTrigger(Model):
    """Runs its tool when a handler emits an event: ``event="sold" panel="shop"``."""

    kind: Literal["event"] = "event"
    event: str
    panel: Maybe[str] = None
    """The panel of the same workspace that emits it; absent for the trigger's own."""
    args: dict[str, Json] | list[Json] = Field(default_factory=dict[str, Json])
    """What the payload does not give."""
    address: str
    loc: Span


class ChangeTrigger(Model):
    """Runs its tool when the state changes: ``change="$state.stock"``."""

    kind: Literal["change"] = "change"
    path: str
    """JSON pointer into the state; what is inside counts too."""
    args: dict[str, Json] | list[Json] = Field(default_factory=dict[str, Json])
    address: str
    loc: Span


ToolTrigger: TypeAlias = Annotated[
    IntervalTrigger | CronTrigger | EventTrigger | ChangeTrigger, Field(discriminator="kind")
]
"""What runs a tool by itself."""


class Tool(Model):
    """Something a person, an agent or another tool can do with the panel."""

    name: str
    description: Maybe[str] = None
    icon: Maybe[str] = None
    args: tuple[Arg, ...] = ()
    triggers: tuple[ToolTrigger, ...] = ()
    handler: Handler
    address: str
    loc: Span


class Lifecycle(Model):
    """A handler that runs when the panel begins, ends, changes or fails."""

    on: LifecycleEvent
    handler: Handler
    address: str
    loc: Span


class Logic(Model):
    """The Logic section."""

    extensions: tuple[Extension, ...] = ()
    tools: tuple[Tool, ...] = ()
    lifecycles: tuple[Lifecycle, ...] = ()


# ---- View


class Cell(Model):
    """Where a node sits on the 12-column grid of its Layout."""

    col_span: int
    new_row: bool = False


class TextNode(Model):
    """Text between elements, white space folded."""

    kind: Literal["text"] = "text"
    address: str
    value: Value
    loc: Span


class Custom(Model):
    """What a ``CustomComponent`` passes on to the component of the host."""

    props: dict[str, Value]
    """Values by name: the attributes that the catalogue does not name."""
    bindings: dict[str, BindingValue]
    """``bind:name``: paths that are shown and written; no name is among ``props`` too."""
    events: dict[str, str]
    """``on:event``: the tool that each event runs."""


class ComponentNode(Model):
    """A component of the catalogue, or one unknown to it (``known`` false)."""

    kind: Literal["component"] = "component"
    type: str
    id: Maybe[str] = None
    address: str
    """Stable name of the node: ``#id``, else a path such as ``Layout/Form[0]/Input[email]``."""
    props: dict[str, Value] = Field(default_factory=dict[str, Value])
    children: tuple["ViewNode", ...] = ()
    layout: Cell
    known: bool = True
    custom: Maybe[Custom] = None
    """Absent unless the component takes attributes of any name."""
    loc: Span


class IfNode(Model):
    """Children shown while the condition holds, else the others."""

    kind: Literal["if"] = "if"
    address: str
    condition: Value
    children: tuple["ViewNode", ...] = ()
    otherwise: tuple["ViewNode", ...] = ()
    layout: Cell
    loc: Span


class IterateNode(Model):
    """Children drawn once for each item; ``$scope`` gains ``name``, ``nameIndex`` and ``index``."""

    kind: Literal["iterate"] = "iterate"
    address: str
    items: Value
    name: str = "item"
    """The attribute ``as``: what an item is called in ``$scope``."""
    key: Maybe[str] = None
    """Property of an item that identifies it; without it items are told apart by position."""
    children: tuple["ViewNode", ...] = ()
    layout: Cell
    loc: Span


ViewNode: TypeAlias = Annotated[
    ComponentNode | IfNode | IterateNode | TextNode, Field(discriminator="kind")
]


# ---- Test


class Given(Model):
    """What a test begins with, in place of what the panel begins with."""

    state: dict[str, Json]
    """Values by the names of states."""
    address: str
    loc: Span


class Call(Model):
    """A step of a test: run a tool."""

    kind: Literal["call"] = "call"
    tool: str
    args: dict[str, Json] | list[Json] = Field(default_factory=dict[str, Json])
    """By name, or in the declared order."""
    returns: Maybe[LiteralValue] = None
    """What it has to return; absent when anything will do."""
    fails: Maybe[str] = None
    """The code of the error that it has to end with; absent when it has to succeed."""
    address: str
    loc: Span


class Expect(Model):
    """A step of a test: look at the panel. Everything that is given has to hold."""

    kind: Literal["expect"] = "expect"
    state: dict[str, Json] = Field(default_factory=dict[str, Json])
    """Values by the names of states and computed values."""
    condition: Maybe[ExpressionValue] = None
    event: Maybe[str] = None
    """The name of an event that the call before has to have emitted."""
    address: str
    loc: Span


Step: TypeAlias = Annotated[Call | Expect, Field(discriminator="kind")]


class PanelTest(Model):
    """An example of how the panel behaves, run on a fresh panel of its own."""

    name: str
    given: Maybe[Given] = None
    steps: tuple[Step, ...] = ()
    address: str
    loc: Span


# ---- the whole


class PanelAst(Model):
    """A whole panel."""

    kind: Literal["panel"] = "panel"
    title: Maybe[str] = None
    id: Maybe[str] = None
    description: Maybe[str] = None
    version: Maybe[str] = None
    author: Maybe[str] = None
    tags: tuple[str, ...] = ()
    icon: Maybe[str] = None
    type: Maybe[str] = None
    data: Data = Field(default_factory=Data)
    logic: Logic = Field(default_factory=Logic)
    view: ViewNode | None = None
    tests: tuple[PanelTest, ...] = ()
    catalogue_hash: str
    """Hash of the component catalogue it was made with; a renderer of another refuses it."""
    loc: Span

    def tool(self, name: str) -> Tool | None:
        """Return the tool of that name, if there is one."""
        return next((tool for tool in self.logic.tools if tool.name == name), None)

    def lifecycle(self, event: LifecycleEvent) -> Lifecycle | None:
        """Return the lifecycle for that event, if there is one."""
        return next((cycle for cycle in self.logic.lifecycles if cycle.on == event), None)
