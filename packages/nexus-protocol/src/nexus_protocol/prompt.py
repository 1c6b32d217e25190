"""What teaches a language model to write NXML: the language in brief, and every component.

The components, types, events, globals and capabilities are taken from the tables they live in; the
sentences are the rules that models get wrong. Kept short: it is part of every request.
"""
# ruff: noqa: E501 (one rule a line)

import re
from collections.abc import Iterable
from typing import Final, assert_never, get_args

from nexus_protocol.ast import LifecycleEvent, StateType
from nexus_protocol.capabilities import Grant
from nexus_protocol.components import CATALOGUE, CATALOGUE_HASH, COMMON, ComponentSpec, PropSpec
from nexus_protocol.expressions import FORBIDDEN_PROPERTIES, GLOBALS
from nexus_protocol.strict_json import encode

_FACT: Final = re.compile(r"@([a-z]+)@")
_OPAQUE: Final = frozenset(("any", "list", "module", "link", "image"))
"""Types that do not tell what is wanted, so that the property's own words are added."""

EXAMPLE: Final = """\
<NexusPanel title="Reading list">
  <Data>
    <State name="books" type="list" default="[]"/>
    <State name="form" type="object" default="{ title: '', pages: 100 }"/>
    <Computed name="unread" type="number" value="{$state.books.filter(b => !b.done).length}"/>
  </Data>
  <Logic>
    <Tool name="add" description="Put a book on the list.">
      <Arg name="title" type="string"/>
      <Arg name="pages" type="number" default="100"/>
      <Handler>
        if (!$args.title.trim()) { $emit.toast("A title, please.", "warn"); return; }
        $state.books.push({ id: crypto.randomUUID(), title: $args.title, pages: $args.pages, done: false });
        $state.form.title = "";
      </Handler>
    </Tool>
    <Tool name="remove">
      <Arg name="id" type="string"/>
      <Handler>$state.books = $state.books.filter(book => book.id !== $args.id);</Handler>
    </Tool>
  </Logic>
  <View>
    <Layout>
      <Metric label="Unread" value="{$state.unread}" unit="books"/>
      <Input label="Title" bind="$state.form.title" placeholder="Emma"/>
      <Button label="Add" trigger="add" args="{ title: $state.form.title, pages: $state.form.pages }"/>
      <If condition="{$state.books.length > 0}">
        <Iterate items="{$state.books}" as="book" key="id">
          <Text>{$scope.index + 1}. {$scope.book.title}, {$scope.book.pages} pages</Text>
          <Switch label="Read" bind="$scope.book.done"/>
          <Action label="Remove" trigger="remove" args="{ id: $scope.book.id }"/>
        </Iterate>
      </If>
      <Else><Text variant="caption">Nothing to read yet.</Text></Else>
    </Layout>
  </View>
</NexusPanel>
"""
"""A whole panel without a finding, in which every rule is seen at work."""

_TEXT: Final = """\
# NXML

Write one NXML document, a panel, and nothing else: no prose, no Markdown fence. It is XML with JavaScript expressions; it is not HTML, JSX or Vue. Use only the elements, components and attributes below, spelled so.

## Document

```
<NexusPanel title? id? description? version? author? tags? icon? type?> Data? Logic? View? </NexusPanel>
Data: <State name type? default? description? validation?/> | <Computed name value type? description?/>
Logic: <Extension name alias? source?/> | <Tool name description? icon?> Arg* Trigger* Handler </Tool> | <Lifecycle on> Handler </Lifecycle>
<Arg name type? required? default? description?/>
<Trigger (every | cron timezone? | event panel? | change) args?/>
<Handler capabilities? timeout_ms?> JavaScript </Handler>
View: one component
```

- Types: @types@. `on` is @events@, each at most once.
- Declare every state that is read or written: `default` is a value of its type (`0`, `true`, `text`, `[]`, `{"a": 1}`). States and computed values share one space of names and are both read as `$state.name`.
- A computed value follows from the state by itself; never assign it. Filter, sort, count and format in a Computed, not in a handler.
- An Arg is required unless it has a `default` or `required="false"`; it is coerced to its type.
- A Trigger runs its Tool by itself: `every="5m"`, `cron="0 9 * * 1-5"`, `event="sold"` of `$emit`, or `change="$state.orders"`.
- `id` is optional everywhere; leave it out unless a handler names the component.

## Expressions

- One language everywhere: JavaScript expressions between braces. `value="{$state.n * 2}"` is the value itself; `label="Total: {$state.n}"` and `<Text>{$state.n} items</Text>` put it into text. `{{` and `}}` are braces in text.
- They read `$state`, and `$scope` inside an Iterate. Write `$state.name`, never `name`, `state.name` or `this.name`.
- Globals: @globals@. Arrow functions have an expression body. No assignment, `++`, `function`, `await`, `this`, statements, or properties @forbidden@.
- In attributes quote text within an expression by `'` and write `<`, `>` and `&&` as they are, not as entities.
- `bind` and other `~` are a path that is written, without braces: `bind="$state.form.email"`, `bind="$scope.todo.done"`; not a computed value. What is bound needs no tool to change it.
- `trigger` is the bare name of a Tool, no braces, no call: `trigger="save"`. `args` gives its arguments by name, `args="{ id: $scope.todo.id }"`, or in order, `args="[1, 'a']"`. There are no `onClick` functions.
- `<Iterate items="{$state.todos}" as="todo" key="id">` gives `$scope.todo` and `$scope.index`; `key` is a property's name. `<Else>` comes directly after `</If>`. `visible="{…}"` hides one component.

## Handlers

A Handler holds the body of an async JavaScript function, as it is: no `function` around it, nothing escaped.

- `$state.todos.push(x)`, `todo.done = true`, `$state.n += 1`: change the state directly; the view follows.
- `$args.name`: the arguments, frozen. A Lifecycle has none.
- `$emit("event", payload)`; `$emit.toast("Saved.", "success")`.
- `await $ext.http.get(url)` after `<Extension name="nexus.http"/>`; `await $ext.timer.sleep(ms)` after `<Extension name="nexus.timer"/>`. `$ext` has only declared extensions.
- `await $tools.other({ id: 1 })`: another tool of this panel.
- `$log("text", value)`; `Date`, `Math.random()` and `crypto.randomUUID()` work.
- There is no `window`, `document`, `fetch`, `setTimeout`, `setInterval`, `localStorage`, `require`, `import`, `eval`, `console` or `alert`.
- Capabilities (@capabilities@, `ext:<alias>`) are inferred from the code: leave `capabilities` out, and name what you use, `$state.todos`, not `$state[key]`.

## Components

`name*` is required, `name~` a path; `:type` is text when absent, `a|b` a choice; `=` gives the default. Then: the columns it takes of 12, what stands inside it, what it is.
A `Layout` packs its children on 12 columns and breaks rows by itself. Every component also takes @common@.

@components@

## Example

```nxml
@example@```

Catalogue @hash@.
"""
"""The prompt; ``@name@`` stands for a fact."""


def catalogue_prompt() -> str:
    """Return the language and all components as Markdown, in less than 3,500 tokens."""
    facts = {
        "types": _listed(get_args(StateType)),
        "events": _listed(get_args(LifecycleEvent)),
        "globals": " ".join(sorted(GLOBALS)),
        "forbidden": _listed(sorted(FORBIDDEN_PROPERTIES)),
        "capabilities": _listed(f"{each.family}:<name>" for each in Grant.everything()),
        "common": ", ".join(map(_property, COMMON)),
        "components": "\n".join(map(_component, CATALOGUE)),
        "example": EXAMPLE,
        "hash": CATALOGUE_HASH,
    }
    return _FACT.sub(lambda found: facts[found[1]], _TEXT)


def _component(spec: ComponentSpec) -> str:
    """Return a component on one line: ``- Input(bind~*, label, …) 6. A field …``."""
    props = ", ".join(map(_property, spec.props))
    words = [f"{prop.name}: {prop.doc}" for prop in spec.props if prop.type in _OPAQUE]
    return f"- {spec.name}({props}) {spec.columns}{_inside(spec)}. {' '.join([spec.doc, *words])}"


def _inside(spec: ComponentSpec) -> str:
    match spec.content:
        case "none":
            return ""
        case "text":
            return f", text is {spec.text_prop}"
        case "nodes":
            place = f", in a {spec.within} only" if spec.within else ""
            return f", {spec.holds} only{place}" if spec.holds else f", children{place}"
        case _:
            assert_never(spec.content)


def _property(prop: PropSpec) -> str:
    """Return a property as in a signature: ``bind~*``, ``gap:xs|sm|md=md``, ``rows:number=3``."""
    writable = "~" if prop.type == "binding" else ""
    required = "*" if prop.required else ""
    return f"{prop.name}{writable}{required}{_type(prop)}{_default(prop)}"


def _type(prop: PropSpec) -> str:
    match prop.type:
        case "string" | "binding":
            return ""
        case "choice":
            return f":{'|'.join(prop.choices)}"
        case _:
            return f":{prop.type}"


def _default(prop: PropSpec) -> str:
    if prop.default is None or prop.default is False:
        return ""
    return f"={prop.default if isinstance(prop.default, str) else encode(prop.default)}"


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)
