"""Make whole valid panels out of choices, whoever makes them: chance, or Hypothesis.

What is made is valid: ``parse`` finds no error in it, names that are used are declared, and all
components of the catalogue occur. Layout and spelling vary as authors vary them: white space,
comments, quotes, optional braces, CDATA, references, aliases; the texts are hostile.

The one thing asked of the outside is a number below another. Zero always means the plainest way,
so that Hypothesis shrinks towards the empty panel.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeAlias, TypeVar

from nexus_protocol.components import CATALOGUE, COMMON, ComponentSpec, PropSpec

T = TypeVar("T")

Choose: TypeAlias = Callable[[int], int]
"""Return a number from 0 up to below the given one."""

STATES: Final = {
    "string": ("", "text", "a &amp; b", "1", " {x} ", "&quot;&apos;&lt;", "null"),
    "number": ("0", "1", "-2.5", "1e3", "-0.0", "0x10", "1e21", "9007199254740993"),
    "boolean": ("false", "true"),
    "list": ("[]", "[1, 2]", '["a"]', '[{"id": 1, "text": "it&apos;s"}]', "[1.0, null, -0]"),
    "object": ("{}", '{"id": 1}', "{ id: 1, tags: ['a'] }", '{"a b": "{&amp;}"}'),
    "any": ("null", "12", "words", '"12"', "[1, {}]", " 7 ", '{"a": 1}', "1.50", "{", "true"),
}
"""Types of state, and defaults as they are written."""

WORDS: Final = (
    "a", "word", " ", "1", "&", "<", ">", '"', "'", "{", "}", "\u00a0", "é", "😀", "]]>", "-->",
    "//", "`", "\\", "&amp;", "{{", "}}", "null", "[1]", ",", "\u2028", "\u202e", "=", "/", "<b>",
    "\u201c", "\u2019", "</Text>", "$state", "ß\u0301", "\ufeff", "#", ";", "a: 1",
)  # fmt: skip
"""What texts are made of."""

_NAMES: Final = (
    "a", "count", "todo_list", "$x", "_", "Name9", "state", "ctor", "i" * 64, "class", "null_",
)  # fmt: skip
_SPACES: Final = (
    "",
    "",
    " ",
    "\n",
    "\n\n\n",
    "\t",
    "\r\n  ",
    "<!-- why -->",
    "\n<!-- a\n -- b -->\n",
)
_BEFORE_ATTRIBUTE: Final = (" ", "  ", "\n", "\n\t ")
_LEAVES: Final = (
    "1", "true", "null", "undefined", "[]", "Math.PI", "0.5", "1e21", "''", "'a'", "'}'", "'\\n{'",
    "``", "'</b>'", "({})", "{}", "/[a-z]+/g", "NaN", "'\\x22'", "[1,'b']", "({a: 1}).a", "{a: {}}",
    "1_000", "'é😀'", "() => 1",
)  # fmt: skip
_FORMS: Final = (
    "(@ + @)", "(@ - -@)", "@ * 2", "(@ ** 2)", "(@ === @)", "(@ && @)", "(@ || @)", "(@ ?? @)",
    "!(@)", "typeof (@)", "(@ ? @ : @)", "(@).name", "(@)?.[@]", "[@, ...[@]]",
    "({ a: @, 'k': @ })", "[@].map(x => [x, @])", "`a${@}b`", "Math.max(@, @) /* {{ */",
    "(@ in [])", "((x, {y = 1} = {}) => @)(1)",
    "{ id: @ }", "[@].length", "(@ // why\n)", "String(@)", "(@)?.a.b", "new Date(@).getTime()",
)  # fmt: skip
_STATEMENTS: Final = (
    "$emit('done', 1);", "// { a comment </b>\n", "const a = `}${1}`;", "if (1 < 2) { }",
    "$emit.toast(\"it's\");", "/* ]]> */", "let b = '</handler >';", "return 1 && [2];",
)  # fmt: skip
_NEEDS_CDATA: Final = "</handler"
_GRANTS: Final = (
    "state:read state:write events:emit tools:call ext:http",
    "state:write, state:read:*, events, http:request, tools:call:*",
)
_EVENTS: Final = ("mount", "unmount", "update", "error")
_LINKS: Final = ("/docs", "https://example.org/?a=1&amp;b=%22", "mailto:ada@example.org", "#top")
_IMAGES: Final = ("/logo.png", "data:image/png;base64,AAAA")
_VALUES: Final = {
    "string": ("''", "'it\\'s'", "'a\\x22b'"),
    "number": ("0", "-1.5", "1e21"),
    "boolean": ("false", "true"),
    "list": ("[]", "[1, { a: 'b' }]"),
    "object": ("{}", "{ 'a b': [null], c: { d: '{' } }"),
    "any": ("null", "'x'", "[[]]"),
}
"""Values of each type as tests write them."""
_SPECIAL: Final = frozenset(("If", "Else", "Iterate", "Tab", "ListItem"))
_PLACED: Final = tuple(spec for spec in CATALOGUE if spec.name not in _SPECIAL)
_ODD_PROPS: Final = ("x", "data-a", "@b", "on:c", "bind:d", "größe", "aria-label", "visible", "id")


def random_panel(random: Random, *, max_nodes: int = 8) -> str:
    """Return the source of a valid panel, made by chance."""
    real = random.random
    return PanelMaker(lambda below: int(real() * below), max_nodes).panel()


def escaped(text: str) -> str:
    """Return plain text as a source writes it: references for ``&`` and ``<``, braces doubled."""
    written = text.replace("&", "&amp;").replace("<", "&lt;")
    return written.replace("{", "{{").replace("}", "}}")


class Choices:
    """Small choices out of numbers."""

    def __init__(self, choose: Choose) -> None:
        self.below = choose

    def pick(self, options: Sequence[T]) -> T:
        """Return one of several."""
        return options[self.below(len(options))]

    def chance(self, out_of: int = 2) -> bool:
        """Return whether it happens, once in so many times."""
        return self.below(out_of) == out_of - 1

    def text(self, most: int = 4) -> str:
        """Return a plain text of some words."""
        return "".join([self.pick(WORDS) for _ in range(self.below(most + 1))])

    def name(self, taken: Sequence[str] = ()) -> str:
        """Return a name that is not taken yet."""
        name = self.pick(_NAMES)
        return name if name not in taken else f"{name[:50]}{len(taken)}"

    def names(self, most: int, taken: Sequence[str] = ()) -> list[str]:
        """Return some names, none of them taken."""
        made: list[str] = []
        for _ in range(self.below(most + 1)):
            made.append(self.name([*taken, *made]))
        return made

    def expression(self, paths: Sequence[str], depth: int = 2) -> str:
        """Return an expression that reads some of the paths; it holds no double quotes."""
        if depth == 0 or self.chance(3):
            return self.pick(paths) if paths and self.chance() else self.pick(_LEAVES)
        first, *rest = self.pick(_FORMS).split("@")
        return first + "".join([_inner(self.expression(paths, depth - 1)) + each for each in rest])


def _inner(expression: str) -> str:
    """Put brackets around what may not stand inside another as it is."""
    arrow = "=>" in expression and not expression.startswith(("(", "["))
    loose = arrow or expression.startswith(("{", "!", "typeof")) or expression.endswith(" 2")
    return f"({expression})" if loose else expression


class PanelMaker:
    """Makes one panel; what was declared is used later."""

    def __init__(self, choose: Choose, max_nodes: int) -> None:
        self._c = Choices(choose)
        self._left = max_nodes
        self._ids = 0
        self._states: dict[str, str] = {}
        self._computed: list[str] = []
        self._tools: dict[str, dict[str, tuple[str, bool]]] = {}
        """The arguments of each tool: type, and whether they are required."""
        self._http = False

    def panel(self) -> str:
        """Return the source."""
        c = self._c
        for name in c.names(4):
            self._states[name] = c.pick(tuple(STATES))
        self._computed = c.names(2, tuple(self._states))
        for name in c.names(3):
            arguments = [(each, (c.pick(tuple(STATES)), c.chance())) for each in c.names(3)]
            self._tools[name] = dict(arguments)
        self._http = c.chance(3)
        sections = [self._data(), self._logic(), self._view()]
        sections += [self._test(number) for number in range(c.below(3))]
        if c.chance():
            sections.reverse()
        head = self._head()
        body = "".join([self._space() + each for each in sections])
        begin = c.pick(("", "<?xml version='1.0'?>", "\ufeff", "\n<!-- a panel -->\n"))
        return f"{begin}<NexusPanel{head}>{body}{self._space()}</NexusPanel>{self._space()}"

    # ---- small parts

    def _space(self) -> str:
        return self._c.pick(_SPACES)

    def _spaced(self, parts: Sequence[str]) -> str:
        return "".join([self._space() + part for part in parts]) + self._space()

    def _attribute(self, name: str, value: str) -> str:
        """Write an attribute in quotes that its value does not hold."""
        quote = '"' if "'" in value else "'" if '"' in value else self._c.pick("\"'")
        return f"{self._c.pick(_BEFORE_ATTRIBUTE)}{name}={quote}{value}{quote}"

    def _attributes(self, values: dict[str, str]) -> str:
        return "".join([self._attribute(name, value) for name, value in values.items()])

    def _words(self) -> str:
        """Return text as a value writes it, with references for both kinds of quotes."""
        written = escaped(self._c.text())
        return written.replace('"', "&quot;").replace("'", self._c.pick(("&#39;", "&apos;")))

    def _texts(self, *names: str) -> dict[str, str]:
        """Return some of the attributes that hold plain text."""
        return {name: self._words() for name in names if self._c.chance(4)}

    def _braced(self, expression: str) -> str:
        margin = self._c.pick(("", " ", "\n"))
        # A brace after the first would be a brace that is meant as text.
        before = " " if expression.startswith("{") else margin
        return f"{{{before}{expression}{margin}}}"

    def _element(self, name: str, values: dict[str, str]) -> str:
        return f"<{name}{self._attributes(values)}{self._c.pick(('/>', ' />'))}"

    def _head(self) -> str:
        plain = self._texts("title", "id", "description", "version", "author", "icon", "type")
        tags = {"tags": self._c.pick(("a, b", "x;y,, z", "é &amp; ü"))} if self._c.chance(3) else {}
        return self._attributes({**plain, **tags})

    # ---- Data and Logic

    def _paths(self, items: Sequence[str] = ()) -> list[str]:
        names = (*self._states, *self._computed)
        return [*(f"$state.{name}" for name in names), *(f"$scope.{name}" for name in items)]

    def _data(self) -> str:
        c = self._c
        lines: list[str] = []
        for name, kind in self._states.items():
            values = {"name": name}
            if kind != "any" or c.chance():
                values["type"] = "array" if kind == "list" and c.chance() else kind
            if c.chance():
                values["default"] = c.pick(STATES[kind])
            lines.append(
                self._element("State", {**values, **self._texts("description", "validation")})
            )
        states = [f"$state.{name}" for name in self._states]
        for name in self._computed:
            written = c.expression(states)
            plain = written if c.chance() and not written.startswith("{") else self._braced(written)
            values = {"name": name, "value": plain, **self._texts("description")}
            lines.append(self._element("Computed", values))
        return f"<Data>{self._spaced(lines)}</Data>"

    def _logic(self) -> str:
        c = self._c
        lines = [self._tool(name) for name in self._tools]
        if self._http:
            alias = {"alias": "http"} if c.chance() else {}
            lines.append(self._element("Extension", {"name": "nexus.http", **alias}))
        lines.extend(
            f'<Lifecycle on="{event}">{self._space()}{self._handler(declare=True)}</Lifecycle>'
            for event in _EVENTS
            if c.chance(6)
        )
        return f"<Logic>{self._spaced(lines)}</Logic>"

    def _tool(self, name: str) -> str:
        block = self._c.chance(5)
        parts = [self._arg(*each) for each in self._tools[name].items()]
        if self._c.chance(5):
            parts.append(self._waiting(name))
        parts.append(self._handler(declare=not block))
        if block:
            parts.append(self._capabilities())
        head = self._attributes({"name": name, **self._texts("description", "icon")})
        return f"<Tool{head}>{self._spaced(parts)}</Tool>"

    def _waiting(self, tool: str) -> str:
        c = self._c
        waits = [{"event": "saved"}, {"event": "sold", "panel": "shop"}]
        if not any(required for _, required in self._tools[tool].values()):
            waits += [{"every": "90s"}, {"cron": "*/5  9 * * 1-5", "timezone": "Europe/Berlin"}]
            waits += [{"change": f"$state.{name}"} for name in self._states]
        return self._element("Trigger", c.pick(tuple(waits)))

    def _capabilities(self) -> str:
        kinds = ("state:read", "state:write", "events:emit", "tools:call", "ext:http")
        scopes = ("", " scope='*'")
        lines = [f'<Capability type="{kind}"{self._c.pick(scopes)}/>' for kind in kinds]
        return f"<Capabilities>{self._spaced(lines)}</Capabilities>"

    def _arg(self, name: str, facts: tuple[str, bool]) -> str:
        kind, required = facts
        values = {"name": name, "type": kind, **self._texts("description")}
        if not required:
            if self._c.chance():
                values["default"] = self._c.pick(STATES[kind])
            else:
                values["required"] = "false"
        return self._element("Arg", values)

    def _handler(self, *, declare: bool) -> str:
        c = self._c
        lines = [c.pick(_STATEMENTS) for _ in range(1 + c.below(3))]
        lines = list(dict.fromkeys(lines))
        if self._states and c.chance():
            lines.insert(
                0, f"$state.{c.pick(tuple(self._states))} = {_inner(c.expression(self._paths()))};"
            )
        if self._http and c.chance():
            lines.insert(0, "await $ext.http.get('/');")
        code = c.pick((" ", "\n", "\n    ")).join(lines)
        ends, needs = "]]>" in code, _NEEDS_CDATA in code
        if ends and needs:
            code, ends = code.replace("]]>", ""), False
        if needs or (not ends and c.chance()):
            code = f"<![CDATA[{code}]]>"
        head: dict[str, str] = {}
        if declare and c.chance(5):
            head["capabilities"] = c.pick(_GRANTS)
        if c.chance(6):
            head["timeout_ms"] = "250"
        return f"<Handler{self._attributes(head)}>{code}</Handler>"

    # ---- Test

    def _test(self, number: int) -> str:
        c = self._c
        steps: list[str] = []
        if c.chance():
            steps.append(self._element("Given", {"state": self._some_state(self._states)}))
        steps += [self._step() for _ in range(1 + c.below(3))]
        name = c.pick(("works", "does &amp; does not", "it's &lt;ok> {x}")) + f" {number}"
        return f"<Test{self._attribute('name', name)}>{self._spaced(steps)}</Test>"

    def _some_state(self, kinds: dict[str, str]) -> str:
        given = {name: kind for name, kind in kinds.items() if self._c.chance()}
        return self._object({name: self._c.pick(_VALUES[kind]) for name, kind in given.items()})

    def _object(self, values: dict[str, str]) -> str:
        return "{" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"

    def _step(self) -> str:
        c = self._c
        if self._tools and c.chance():
            return self._call(c.pick(tuple(self._tools)))
        expected: dict[str, str] = {}
        if c.chance():
            expected["state"] = self._some_state(self._states)
        if c.chance():
            expected["condition"] = self._braced(c.expression(self._paths()))
        if c.chance() or not expected:
            expected["event"] = c.pick(("done", "a&amp;b", "it's"))
        return self._element("Expect", expected)

    def _call(self, tool: str) -> str:
        c = self._c
        values = {"tool": tool}
        arguments = self._tools[tool]
        if arguments:
            values["args"] = self._object(
                {name: c.pick(_VALUES[kind]) for name, (kind, _) in arguments.items()}
            )
        if c.chance(3):
            values["fails"] = "EXECUTION_ERROR"
        elif c.chance(3):
            values["returns"] = c.pick(_VALUES[c.pick(tuple(_VALUES))])
        return self._element("Call", values)

    # ---- View

    def _view(self) -> str:
        roots = [self._placed((), 4, in_form=False) for _ in range(self._c.pick((0, 1, 1, 1, 2)))]
        return f"<View>{self._spaced(roots)}</View>"

    def _nodes(self, items: tuple[str, ...], depth: int, *, in_form: bool) -> str:
        count = self._c.below(min(max(self._left, 0), 4) + 1)
        return self._spaced([self._node(items, depth - 1, in_form=in_form) for _ in range(count)])

    def _node(self, items: tuple[str, ...], depth: int, *, in_form: bool) -> str:
        self._left -= 1
        match self._c.below(9):
            case 0 | 1:
                return self._text(items)
            case 2 if depth > 0:
                return self._condition(items, depth, in_form=in_form)
            case 3 if depth > 0:
                return self._repetition(items, depth, in_form=in_form)
            case 4:
                return self._unknown(items, depth, in_form=in_form)
            case _:
                return self._placed(items, depth, in_form=in_form)

    def _text(self, items: tuple[str, ...]) -> str:
        """Return text between tags, of which something is left when it is read."""
        read = self._braced(self._c.expression(self._paths(items)))
        words = escaped(self._c.text())
        return self._c.pick(
            ("a", f"{words}.", f"{words} {read} {words}", read,
             "<![CDATA[{ & < {$state.x}]]>", f"a{read}b",
             "&#32;")
        )  # fmt: skip

    def _condition(self, items: tuple[str, ...], depth: int, *, in_form: bool) -> str:
        condition = self._attribute("condition", self._read(items))
        shown = f"<If{self._own_id()}{condition}>{self._nodes(items, depth, in_form=in_form)}</If>"
        if self._c.chance():
            shown += f"{self._space()}<Else>{self._nodes(items, depth, in_form=in_form)}</Else>"
        return shown

    def _repetition(self, items: tuple[str, ...], depth: int, *, in_form: bool) -> str:
        c = self._c
        name = c.name()
        values = {c.pick(("items", "over")): self._read(items), "as": name}
        if c.chance():
            values["key"] = c.pick(("id", "a b", "$scope"))
        inside = self._nodes((*items, name, f"{name}Index", "index"), depth, in_form=in_form)
        return f"<Iterate{self._own_id()}{self._attributes(values)}>{inside}</Iterate>"

    def _own_id(self) -> str:
        self._ids += 1
        return self._attribute("id", f"n-{self._ids}") if self._c.chance(4) else ""

    def _unknown(self, items: tuple[str, ...], depth: int, *, in_form: bool) -> str:
        c = self._c
        values = [(c.pick(_ODD_PROPS), c.pick(("x", '"12"', "[1]", "12", self._words())))]
        head = "".join(
            [self._attribute(*each) for each in values if each[0] not in ("id", "visible")]
        )
        inside = self._nodes(items, depth, in_form=in_form) if depth > 0 else ""
        return f"<Odd.Thing{self._own_id()}{head}>{inside}</Odd.Thing>"

    def _read(self, items: tuple[str, ...]) -> str:
        return self._braced(self._c.expression(self._paths(items)))

    # ---- components of the catalogue

    def _placed(self, items: tuple[str, ...], depth: int, *, in_form: bool) -> str:
        spec = self._c.pick(_PLACED)
        needs = {prop.type for prop in spec.props if prop.required}
        lacks = ("binding" in needs and not self._states) or ("tool" in needs and not self._tools)
        if lacks or (spec.name == "Form" and in_form):
            return f"<Spinner{self._own_id()}/>"
        return self._component(spec, items, depth, in_form=in_form)

    def _component(
        self, spec: ComponentSpec, items: tuple[str, ...], depth: int, *, in_form: bool
    ) -> str:
        c = self._c
        text = spec.text_prop if spec.text_prop and c.chance() else None
        props = [
            prop
            for prop in (*spec.props, *COMMON)
            if prop.name not in (text, "args")
            and (prop.required or c.chance(5))
            and (prop.type != "binding" or self._states)
        ]
        if spec.name == "Modal" and not any(prop.name in ("open", "bind") for prop in props):
            props.append(next(prop for prop in spec.props if prop.name == "open"))
        if c.chance():
            props.reverse()
        seen: set[str] = set()
        head = ""
        for prop in props:
            if prop.name not in seen:
                head += self._prop(prop, items)
            seen.add(prop.name)
        if spec.free:
            head += self._free(items)
        if text is not None:
            words = self._content(items)
            return f"<{spec.name}{head}>{words}</{spec.name}>"
        if spec.content != "nodes":
            return f"<{spec.name}{head}/>"
        inside = self._inside(spec, items, depth, in_form=in_form or spec.name == "Form")
        return f"<{spec.name}{head}>{inside}</{spec.name}>"

    def _free(self, items: tuple[str, ...]) -> str:
        """Write attributes of names that the catalogue does not have."""
        c = self._c
        values = {"zoom": c.pick(("12", self._words(), self._read(items)))} if c.chance() else {}
        if self._states and c.chance():
            values["bind:centre"] = f"$state.{c.pick(tuple(self._states))}"
        if self._tools and c.chance():
            values["on:select"] = c.pick(tuple(self._tools))
        return self._attributes(values)

    def _content(self, items: tuple[str, ...]) -> str:
        c = self._c
        lines = c.pick(("", "", "\n    a\n      b\n"))
        return f"{self._space()}a{escaped(c.text())}{lines}{c.pick(('', self._read(items)))}"

    def _inside(
        self, spec: ComponentSpec, items: tuple[str, ...], depth: int, *, in_form: bool
    ) -> str:
        if depth <= 0:
            return ""
        held = {"Tabs": "Tab", "List": "ListItem"}.get(spec.name)
        if held is None:
            return self._nodes(items, depth, in_form=in_form)
        part = next(each for each in CATALOGUE if each.name == held)
        count = self._c.below(3)
        self._left -= count
        return self._spaced(
            [self._component(part, items, depth - 1, in_form=in_form) for _ in range(count)]
        )

    def _prop(self, prop: PropSpec, items: tuple[str, ...]) -> str:
        """Write a property; nothing when what it would name is not there."""
        c = self._c
        read = self._read(items)
        match prop.type:
            case "name" if prop.name == "id":
                self._ids += 1
                return self._attribute("id", f"n-{self._ids}")
            case "module":
                return self._attribute(prop.name, "acme.map")
            case "name":
                return self._attribute(prop.name, c.name())
            case "string":
                value = c.pick((self._words(), f"{self._words()} {read} {self._words()}", read))
            case "number":
                value = c.pick(("12", "-2.5", read, "1e3"))
            case "boolean":
                if c.chance(3):
                    return c.pick((" ", "\n")) + prop.name
                value = c.pick(("true", "false", read))
            case "choice":
                value = c.pick((*prop.choices, read))
            case "list":
                value = c.pick(
                    ("[]", '["a", {"b": "it&apos;s"}]', "[1, {a: 'x'}]", read,
                     f"[{_inner(c.expression(self._paths(items)))}]")
                )  # fmt: skip
            case "any":
                value = c.pick(
                    ("12", "1.50", "some", '"12"', "[1]", "null", self._words(), read, f"a {read}")
                )
            case "condition" | "expression":
                if prop.type == "condition" and c.chance(4):
                    return f" {prop.name}"
                plain = c.expression(self._paths(items))
                value = c.pick((read, read if plain.startswith("{") else plain))
            case "binding":
                if not self._states:
                    return ""
                value = f"$state.{c.pick(tuple(self._states))}{c.pick(('', '.a', '[0].b', '[1]'))}"
            case "tool":
                return self._trigger(prop, items)
            case "link":
                value = c.pick((*_LINKS, f"/a/{read}", read))
            case "image":
                value = c.pick((*_IMAGES, read))
            case _:
                return ""
        return self._written(prop, value, read)

    def _written(self, prop: PropSpec, value: str, read: str) -> str:
        """Write a value in quotes, sometimes an expression without them."""
        if value == read and self._c.chance(5) and prop.type != "binding":
            return f" {prop.name}={value}"
        return self._attribute(prop.name, value)

    def _trigger(self, prop: PropSpec, items: tuple[str, ...]) -> str:
        c = self._c
        if not self._tools:
            return ""
        tool = c.pick(tuple(self._tools))
        written = self._attribute(c.pick((prop.name, *prop.aliases)), tool)
        arguments = self._tools[tool]
        if prop.name != "trigger" or not arguments:
            return written
        values = {name: _inner(c.expression(self._paths(items), 1)) for name in arguments}
        spelled = (self._object(values), self._braced(f"Object.assign({self._object(values)})"))
        return written + self._attribute("args", c.pick(spelled))
