"""Hypothesis strategies that make NXML: whole panels, and their parts.

For laws over panels in tests of any program that reads, changes or prints them. What is made is
valid: ``parse`` finds no error in it, names that are used are declared, and no more. Layout and
spelling vary as authors vary them: white space, comments, quotes, optional braces, CDATA, entities.
Needs Hypothesis, which ``nexus-core[testing]`` brings.
"""

import re
from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_STATES: Final = {
    "number": ("0", "1", "-2.5", "1e3"),
    "string": ("", "text", "a &amp; b", "1"),
    "boolean": ("true", "false"),
    "list": ("[]", "[1, 2]", '["a"]', '[{"id": 1, "text": "a"}]'),
    "object": ("{}", '{"id": 1}', "{ id: 1, tags: ['a'] }"),
    "any": ("null", "12", "words"),
}
"""Types of state, and defaults as they are written."""

_RESERVED: Final = frozenset(("constructor", "prototype", "__proto__"))
_WIDE: Final = ("Layout", "Container")
_SPACE: Final = st.sampled_from(
    ("", "", " ", "\n", "\n\n\n", "\t", "<!-- why -->", "\n<!-- a\n -- b -->\n")
)
_WORDS: Final = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12)


_NAMES: Final = st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,9}", fullmatch=True).filter(
    lambda name: name not in _RESERVED
)
_TEXTS: Final = _WORDS.map(
    lambda words: (
        words.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
        .replace("{", "{{")
        .replace("}", "}}")
    )
)
_NAME_LISTS: Final = st.lists(_NAMES, max_size=3, unique=True)
_STATE_TYPES: Final = st.dictionaries(_NAMES, st.sampled_from(sorted(_STATES)), max_size=4)


def names() -> SearchStrategy[str]:
    """Names of states, tools and arguments."""
    return _NAMES


def texts() -> SearchStrategy[str]:
    """Plain text as it stands in a source: references written out, braces doubled."""
    return _TEXTS


def expressions(states: Sequence[str] = (), items: Sequence[str] = ()) -> SearchStrategy[str]:
    """Expressions that read the given states and items of ``$scope``.

    They hold no double quotes, so that they can stand in an attribute.
    """
    paths = [*(f"$state.{name}" for name in states), *(f"$scope.{name}" for name in items)]

    def read(found: re.Match[str]) -> str:
        return paths[int(found[1]) % len(paths)] if paths else found[1]

    return _EXPRESSIONS.map(lambda expression: _READ.sub(read, expression))


_READ: Final = re.compile("@([0-9])")
"""Stands in an expression for a path that is put in once it is known which there are."""


def _longer_expressions(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    operators = ("+", "-", "*", "/", "%", "**", "===", "!==", "<", "<=", "&&", "||", "??", "in")
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(operators), inner),
        st.builds("({}{})".format, st.sampled_from(("!", "-", "typeof ")), inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("({}).{}".format, inner, names()),
        st.builds("({})?.[{}]".format, inner, inner),
        st.builds("[{}, ...{}]".format, inner, inner),
        st.builds("({{ {}: {}, 'k': {} }})".format, names(), inner, inner),
        st.builds("[{}].map(x => [x, {}])".format, inner, inner),
        st.builds("`a${{{}}}b`".format, inner),
        st.builds("Math.max({}, {}) /* {{ */".format, inner, inner),
    )


_EXPRESSIONS: Final = st.recursive(
    st.one_of(
        st.integers(0, 9).map("@{}".format),
        st.integers(0, 2**53 - 1).map(str),
        st.floats(0, 1e9, allow_nan=False, allow_infinity=False).map(repr),
        st.sampled_from(("true", "false", "null", "undefined", "'a'", "'}'", "[]", "``", "'\\n'")),
    ),
    _longer_expressions,
    max_leaves=6,
)
"""Expressions in which ``@0`` to ``@9`` stand for paths; made once, for making it takes long."""


@st.composite
def panels(draw: DrawFn, *, max_nodes: int = 8) -> str:
    """Sources of whole panels in which ``parse`` finds no error.

    Args:
        draw: given by Hypothesis.
        max_nodes: about how many components and texts a view has at most.

    """
    states = draw(_STATE_TYPES)
    computed = [name for name in draw(_NAME_LISTS) if name not in states]
    tools = draw(_NAME_LISTS)
    sections = [
        _data(draw, states, computed),
        _logic(draw, sorted(states), tools),
        _View(draw, states, [*states, *computed], tools, max_nodes).section(),
    ]
    head = _attributes(draw, {"title": draw(texts()), "id": "demo", "tags": "a, b"}, some=True)
    body = "".join(draw(_SPACE) + each for each in draw(st.permutations(sections)))
    return f"{draw(_SPACE)}<NexusPanel{head}>{body}{draw(_SPACE)}</NexusPanel>{draw(_SPACE)}"


def _attributes(draw: DrawFn, values: dict[str, str], *, some: bool = False) -> str:
    """Write attributes in any order, in either quotes; with ``some`` any may be left out."""
    order = draw(st.permutations(sorted(values)))
    kept = [name for name in order if not some or draw(st.booleans())]
    return "".join(_attribute(draw, name, values[name]) for name in kept)


def _attribute(draw: DrawFn, name: str, value: str) -> str:
    fitting = [quote for quote in "\"'" if quote not in value]
    quote = draw(st.sampled_from(fitting))
    return f"{draw(st.sampled_from((' ', '  ', chr(10))))}{name}={quote}{value}{quote}"


# ---- Data and Logic


def _data(draw: DrawFn, states: dict[str, str], computed: Sequence[str]) -> str:
    lines: list[str] = []
    for name, kind in states.items():
        values = {"name": name, "type": kind}
        if draw(st.booleans()):
            values["default"] = draw(st.sampled_from(_STATES[kind]))
        lines.append(f"<State{_attributes(draw, values)}/>")
    for name in computed:
        written = draw(expressions(sorted(states)))
        value = _braced(draw, written) if draw(st.booleans()) else written
        lines.append(f"<Computed{_attributes(draw, {'name': name, 'value': value})}/>")
    return f"<Data>{_spaced(draw, lines)}</Data>"


def _braced(draw: DrawFn, expression: str) -> str:
    margin = draw(st.sampled_from(("", " ", "\n")))
    # A brace after the first would be a brace that is meant as text.
    before = " " if expression.startswith("{") else margin
    return f"{{{before}{expression}{margin}}}"


def _logic(draw: DrawFn, states: Sequence[str], tools: Sequence[str]) -> str:
    lines: list[str] = []
    for name in tools:
        inside = _arguments(draw) + _handler(draw, states)
        lines.append(f"<Tool{_attributes(draw, {'name': name})}>{inside}</Tool>")
    if draw(st.booleans()):
        lines.append(f'<Lifecycle on="mount">{_handler(draw, states)}</Lifecycle>')
    if draw(st.booleans()):
        lines.append('<Extension name="nexus.http" alias="http"/>')
    return f"<Logic>{_spaced(draw, lines)}</Logic>"


def _arguments(draw: DrawFn) -> str:
    given = draw(_NAME_LISTS)
    return "".join(f'{draw(_SPACE)}<Arg name="{name}" required="false"/>' for name in given)


def _handler(draw: DrawFn, states: Sequence[str]) -> str:
    lines = draw(_CODE)
    if states:
        lines = [*lines, f"$state.{draw(st.sampled_from(states))} = {draw(expressions(states))};"]
    code = draw(st.sampled_from((" ", "\n", "\n    "))).join(lines)
    inside = f"<![CDATA[{code}]]>" if draw(st.booleans()) else code
    return f"<Handler>{inside}</Handler>"


_CODE: Final = st.lists(
    st.sampled_from(
        ("$emit('done', 1);", "// { a comment </b>\n", "const a = `}${1}`;", "if (1 < 2) { }")
    ),
    min_size=1,
    max_size=3,
    unique=True,
)


def _spaced(draw: DrawFn, lines: Sequence[str]) -> str:
    return "".join(draw(_SPACE) + line for line in lines) + draw(_SPACE)


# ---- View


class _View:
    """Draws the nodes of one view, which share a number that they may be."""

    def __init__(
        self,
        draw: DrawFn,
        states: dict[str, str],
        readable: Sequence[str],
        tools: Sequence[str],
        most: int,
    ) -> None:
        self._draw = draw
        self._writable = sorted(states)
        self._readable = readable
        self._tools = tools
        self._left = most
        self._ids = 0

    def section(self) -> str:
        """Return the section, with at most one root."""
        draw = self._draw
        root = self._element("Layout", (), 4) if draw(st.booleans()) else ""
        return f"<View>{draw(_SPACE)}{root}{draw(_SPACE)}</View>"

    def _node(self, items: tuple[str, ...], depth: int) -> str:
        self._left -= 1
        kinds = ["text", "Text", "Metric", "StatusBadge", "Button", "Input"]
        if depth and self._left > 0:
            kinds += [*_WIDE, "If", "Iterate", "Unknown"]
        return self._element(self._draw(st.sampled_from(kinds)), items, depth)

    def _nodes(self, items: tuple[str, ...], depth: int) -> str:
        most = min(max(self._left, 0), 4)
        count = self._draw(st.integers(0, most))
        return _spaced(self._draw, [self._node(items, depth - 1) for _ in range(count)])

    def _element(self, kind: str, items: tuple[str, ...], depth: int) -> str:
        match kind:
            case "text":
                return self._text(items)
            case "Text" | "Button":
                return self._with_text(kind, items)
            case "If":
                return self._condition(items, depth)
            case "Iterate":
                return self._repetition(items, depth)
            case "Metric" | "StatusBadge" | "Input":
                return self._leaf(kind, items)
            case _:
                inside = self._nodes(items, depth)
                head = self._head({"className": self._words(items)})
                return f"<{kind}{head}>{inside}</{kind}>"

    def _leaf(self, kind: str, items: tuple[str, ...]) -> str:
        values = {"label": self._words(items)}
        if kind == "Metric":
            values["value"] = self._draw(st.sampled_from(("12", "1.50", "some", self._read(items))))
        elif kind == "Input":
            if not self._writable:
                return f"<Spinner{self._head({})}/>"
            values["bind"] = f"$state.{self._draw(st.sampled_from(self._writable))}"
        head = _attributes(self._draw, values)
        return f"<{kind}{head}{self._head({})}/>"

    def _with_text(self, kind: str, items: tuple[str, ...]) -> str:
        head = self._head({"variant": "code"} if kind == "Text" else {})
        if kind == "Button" and self._tools:
            head += _attribute(self._draw, "trigger", self._draw(st.sampled_from(self._tools)))
        if self._draw(st.booleans()):
            name = "content" if kind == "Text" else "label"
            return f"<{kind}{head}{_attribute(self._draw, name, self._words(items))}/>"
        return f"<{kind}{head}>a{self._text(items)}{self._draw(_SPACE)}</{kind}>"

    def _condition(self, items: tuple[str, ...], depth: int) -> str:
        condition = _attribute(self._draw, "condition", self._read(items))
        shown = f"<If{condition}>{self._nodes(items, depth)}</If>"
        if self._draw(st.booleans()):
            shown += f"{self._draw(_SPACE)}<Else>{self._nodes(items, depth)}</Else>"
        return shown

    def _repetition(self, items: tuple[str, ...], depth: int) -> str:
        name = self._draw(names())
        head = _attributes(self._draw, {"items": self._read(items), "as": name, "key": "id"})
        inside = self._nodes((*items, name, f"{name}Index", "index"), depth)
        return f"<Iterate{head}>{inside}</Iterate>"

    def _head(self, values: dict[str, str]) -> str:
        """Return attributes that any component takes, an id of its own among them."""
        self._ids += 1
        return _attributes(
            self._draw, {"id": f"n{self._ids}", "visible": "{true}", **values}, some=True
        )

    def _read(self, items: tuple[str, ...]) -> str:
        return _braced(self._draw, self._draw(expressions(self._readable, items)))

    def _text(self, items: tuple[str, ...]) -> str:
        """Return text between tags, which may be CDATA."""
        words = self._draw(texts())
        plain = st.sampled_from(
            ("<![CDATA[{ & < ]]>", words, f"{words} {self._read(items)} {words}")
        )
        return self._draw(plain)

    def _words(self, items: tuple[str, ...]) -> str:
        """Return text inside an attribute."""
        words = self._draw(texts())
        return self._draw(st.sampled_from((words, f"{words} {self._read(items)}")))


__all__ = ["expressions", "names", "panels", "texts"]
