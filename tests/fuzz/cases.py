"""Sources that nobody would write, and what must hold for the result of every source.

``generate`` makes a source from a random generator: noise, panels of random parts, and mutations of
the sample panels, those of the slips of language models among them. ``broken`` parses one and says
what does not hold. How many are tried, and what is told of a failure, is the business of callers.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from nexus_core.parser import FormatError, ParseResult, format_source, parse
from nexus_core.parser import generate as print_panel
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.parser.javascript.handlers import analyse_handler
from nexus_protocol import PanelAst
from nexus_protocol.components import CATALOGUE, COMMON
from nexus_protocol.locations import Span

ROOT = Path(__file__).parents[2]
LONGEST = 1 << 16
"""Bytes of the longest source."""

SOURCES = tuple(
    path.read_text(encoding="utf-8")
    for path in (
        *sorted((ROOT / "tests/panels").glob("*.nxml")),
        *sorted((ROOT / "packages/nexus-core/tests/parser/samples").glob("*/panel.nxml")),
        *sorted((ROOT / "packages/nexus-core/tests/parser/slips").glob("*/*/panel.nxml")),
    )
)
"""The sample panels, good and bad."""

TOKENS = (
    "<", ">", "/>", "</", "{", "}", "{{", "}}", '"', "'", "`", "${", "=", "&", ";", ",", ":", ".",
    "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE x>", "<?xml ?>", "&lt;", "&nbsp;", "&#0;",
    "&foo;", "&#x110000;", "\\", "\\u", "\n", "\r\n", "\t", " ", "\0", "\ud800", "\u2028",
    "\ufeff", "é",
    "😀", "\u201c", "\u201d", "\u201e", "\u2018", "\u2019", "\u0663", "\xa0", "\x85",
    "<Handler>", "</Handler>", "<If>", "<Else>", "</Else>", "<View>", "</View>", "<Data>",
    "<Logic>", "<NexusPanel>", "</NexusPanel>", "<Iterate>", "<div>", "</div>", "<Text>",
    "</Text>", "<Text/>",
    "<>", "</>", "{/*", "*/}", "{{ $state.a }}", "${$state.a}", '="{a ? "b" : "c"}"', '="["a"]"',
    '<Text variant="code">', "<State/>", '<State name="a"/>', "<Test>", "$state", "$state.a",
    "$scope.item", "$args.x", "$tools.a()", "$ext.http.get(", "$emit(", "=>", '@click="a"',
    "key={note.id}", "args={{id: 1}}", 'bind="$state.a"', 'id="a"', "visible", "{...x}", "[", "]",
    "(", ")", "function", "class A{}", "import ", "await ", "async ", "return ", "new ", "delete ",
    "typeof ", "of ", "in ", "?.", "??", "||", "&&", "**", "++", "--", "1a ", "0x", "1e999", "1n",
    "...", "/*", "*/", "//", "/(a+)+/", "/[/", "__proto__", "constructor", "#x", "-\nawait",
    "const {a, ...b} = $state;", "$state[x]++;", "for (const q of $state.notes) q.x = 1;",
    "$ext[y];$tools[z]();$view.foo;", "null", "true", "undefined", "NaN", "-0", "1e-7", "[1,]",
)  # fmt: skip
"""What is put into sources."""

SLIPS: tuple[tuple[str, str], ...] = (
    (r'="(\{[^"]*\})"', r"=\1"),
    (r'="([^"{]*)"', r"=\1"),
    (r'"([^"\n]*)"', "\u201c\\1\u201d"),
    (r"'([^'\n]*)'", "\u2018\\1\u2019"),
    (r"<([A-Z]\w*)", lambda found: "<" + found[1].lower()),  # type: ignore[list-item]
    (r"/>", ">"),
    (r"</\w+>", ""),
    (r"</\w+>", "</div>"),
    (r"(</\w+>)\s*(</\w+>)", r"\2\1"),
    (r"\btrigger=", "@click="),
    (r"\btrigger=", "onClick="),
    (r'trigger="(\w+)"', r'trigger="{() => $tools.\1()}"'),
    (r'trigger="(\w+)"', r'trigger="\1()"'),
    (r'bind="([^"]*)"', r'bind="{\1}"'),
    (r'args="\{([^"]*)\}"', r'args="\1"'),
    (r'args="(\{[^"]*\})"', r'args="{\1}"'),
    (r"&&", "&amp;&amp;"),
    (r"&lt;", "<"),
    (r" ", "&nbsp;"),
    (r"\$state\.", ""),
    (r"\{\$", "{{$"),
    (r"\A", "Here is the panel:\n```nxml\n"),
    (r"\Z", "\n```\nEnjoy!"),
    (r"<(\w+)", r'<\1 class="x"'),
    (r"<!\[CDATA\[|\]\]>", ""),
    (r"'([^'\n<>]*)'", r'"\1"'),
    (r'"([^"\n<>]*)"', r"'\1'"),
    (r'="(\{[^"]*\})"', r'="{\1}"'),
    (r'="(\{[^"]*\})"', r'="$\1"'),
    (r'="\{([^"]*)\}"', r'="\1"'),
    (r'\b(\w+)="\{([^"]*)\}"', r':\1="\2"'),
    (r"\bbind=", "v-model="),
    (r'="true"', '="True"'),
    (r"<(\w+) ", r'<\1 v-if="$state.a" '),
    (r"=>", "=&gt;"),
    (r"(<Handler[^>]*>)", r"\1() => { "),
    (r"(<Handler[^>]*>)", r"\1\n```js\n"),
    (r"<!--(.*?)-->", r"{/*\1*/}"),
    (r"(<(\w+)[^>]*/>)", r"<>\1</>"),
    (r"<(\w+)", r"<div><\1"),
    (r"/>", "/><br>"),
)
"""The slips of language models: what is written, and what they make of it."""


def generate(random: Random) -> str | bytes:
    """Return a random source of at most ``LONGEST`` bytes."""
    ways: tuple[tuple[int, Callable[[Random], str | bytes]], ...] = (
        (4, _bytes), (6, _text), (10, _tokens), (25, _panel), (54, _mutant), (1, _amplified),
    )  # fmt: skip
    way = random.choices([each for _, each in ways], [weight for weight, _ in ways])[0]
    source = way(random)
    if isinstance(source, str):
        source = source[:LONGEST]
        if len(source.encode("utf-8", "surrogatepass")) > LONGEST:
            source = source[: LONGEST // 4]
    return source


# ---- noise


def _bytes(random: Random) -> bytes:
    noise = random.randbytes(random.randrange(200))
    source = random.choice(SOURCES).encode()
    place = random.randrange(len(source) + 1)
    return noise if random.random() < 0.3 else source[:place] + noise + source[place + len(noise) :]


def _text(random: Random) -> str:
    highest = random.choice((0x7F, 0xFF, 0x2FFF, 0x10FFFF))
    return "".join(chr(random.randint(0, highest)) for _ in range(random.randrange(200)))


def _tokens(random: Random) -> str:
    begin = random.choice(
        ("", "<NexusPanel>", "<NexusPanel><View>", "<NexusPanel><View><Text>{",
         '<NexusPanel><View><Button label="', "<NexusPanel><Data><State ",
         '<NexusPanel><Data><Computed name="c" value="',
         '<NexusPanel><Logic><Tool name="t"><Handler>')
    )  # fmt: skip
    return begin + "".join(random.choices(TOKENS, k=random.randrange(1, 40)))


# ---- panels of random parts

_NAMES = ("a", "b", "list", "item", "n", "$x", "a-b", "1", "", "constructor", "ö", "a" * 70)
_EXPRESSIONS = (
    "$state.a", "$state.list.length", "$state.n + 1", "$scope.item.id", "$state['b']", "$state[b]",
    "$state.list.map(x => x.id)", "`a${$state.b}`", "$state.n > 1 ? 'a' : \"b\"", "{ id: 1 }",
    "[1, ...$state.list]", "a", "1 +", "", "$state.a = 1", "new Date(1).getTime()",
    "/a+/g.test('')",
    "$state.a?.b?.[0]", "$state.a ?? ($state.b || 1)", "// c\n1", "/* } */ 1", "'}'", "x => { }",
    "({a: [b = 1]}) => b", "$state.__proto__", "window.x", "0.1e3", "-0", "1_0", "\"'\"",
)  # fmt: skip
_CODE = (
    "$state.a = 1;", "$state.list.push($args.x);", "return $tools.a();",
    "await $ext.http.get('/');",
    "$emit.toast('a');", "if (a < b && c) { $state.n++; }", "for (const x of $state.list) x.d = 1;",
    "const { a, b } = $state; a.b = 1;", "window.alert(1);", "let x = `}${1}`;", "// </b>", "}",
    "(",
    "'", "/[/]/.test(1);", "", "delete $state.a;", "class A { #b = 1 }",
    "label: while (1) break label;",
)  # fmt: skip
_COMPONENTS = (*(spec.name for spec in CATALOGUE), "Unknown", "div", "State", "text")
_ATTRIBUTES = (
    *sorted({prop.name for spec in CATALOGUE for prop in (*spec.props, *COMMON)}),
    "onClick", "class", "@click", "on:event", "xmlns", "foo",
)  # fmt: skip


def _panel(random: Random) -> str:
    data = "".join(_declaration(random) for _ in range(random.randrange(5)))
    logic = "".join(_tool(random) for _ in range(random.randrange(3)))
    view = "".join(_node(random, 4) for _ in range(random.randrange(1, 3)))
    sections = [f"<Data>{data}</Data>", f"<Logic>{logic}</Logic>", f"<View>{view}</View>"]
    random.shuffle(sections)
    return f"<NexusPanel>{''.join(sections)}</NexusPanel>"


def _declaration(random: Random) -> str:
    name = random.choice(_NAMES[:6] if random.random() < 0.8 else _NAMES)
    kind = random.choice(
        ("", "string", "number", "boolean", "list", "array", "object", "any", "int")
    )
    if random.random() < 0.3:
        return f'<Computed name="{name}" value={_quoted(random)}/>'
    default = random.choice(("", "1", "[]", "{}", "true", "a", '["b"]', "-0", "1e999", "[1,{a:1}]"))
    return f'<State name="{name}" type="{kind}" default=\'{default}\'/>'


def _tool(random: Random) -> str:
    code = " ".join(random.choices(_CODE, k=random.randrange(4)))
    if random.random() < 0.3:
        code = f"<![CDATA[{code}]]>"
    if random.random() < 0.2:
        event = random.choice(("mount", "update", "x"))
        return f'<Lifecycle on="{event}"><Handler>{code}</Handler></Lifecycle>'
    if random.random() < 0.1:
        return f'<Extension name="nexus.{random.choice(_NAMES)}"/>'
    name = random.choice(_NAMES)
    arg = f'<Arg name="{random.choice(_NAMES)}"/>' if random.random() < 0.5 else ""
    return f'<Tool name="{name}">{arg}<Handler>{code}</Handler></Tool>'


def _node(random: Random, depth: int) -> str:
    kind = random.random()
    if depth == 0 or kind < 0.2:
        return random.choice((" ", "text", "a < b", "{{", "&lt;", "<!-- c -->", "\n  word\n")) + (
            f"{{{random.choice(_EXPRESSIONS)}}}" if kind < 0.1 else ""
        )
    name = random.choice(_COMPONENTS)
    attributes = "".join(f" {_attribute(random)}" for _ in range(random.randrange(4)))
    if kind < 0.5:
        return f"<{name}{attributes}/>"
    inside = "".join(_node(random, depth - 1) for _ in range(random.randrange(4)))
    return f"<{name}{attributes}>{inside}</{name}>"


def _attribute(random: Random) -> str:
    name = random.choice(_ATTRIBUTES)
    return name if random.random() < 0.1 else f"{name}={_quoted(random)}"


def _quoted(random: Random) -> str:
    value = random.choice((*_NAMES, *_EXPRESSIONS, "h1", "$state.a", "true", "12", "a {b} c", "{{"))
    if random.random() < 0.6:
        value = f"{{{random.choice(_EXPRESSIONS)}}}"
    quote = random.choice(('"', '"', "'", ""))
    return f"{quote}{value}{quote}"


# ---- mutations of samples


def _mutant(random: Random) -> str:
    text = random.choice(SOURCES)
    if len(text) > 3000:  # a long one costs as much as many short ones
        start = random.randrange(len(text) - 2000)
        text = text if random.random() < 0.1 else text[:300] + text[start : start + 2000]
    for _ in range(random.randrange(1, 6)):
        text = _mutated(random, text)
    return text


def _mutated(random: Random, text: str) -> str:
    start = random.randrange(len(text) + 1)
    end = min(start + random.randrange(1, 60), len(text))
    match random.randrange(9):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + text[start:]
        case 2:
            later = random.randrange(end, len(text) + 1)
            return text[:start] + text[end:later] + text[start:end] + text[later:]
        case 3:
            other = random.choice(SOURCES)
            place = random.randrange(len(other) + 1)
            return text[:start] + other[place : place + random.randrange(200)] + text[start:]
        case 4 if random.random() < 0.3:
            return text[:start]
        case 5 | 6:
            return _with_slip(random, text)
        case _:
            return text[:start] + random.choice(TOKENS) + text[start:]


def _with_slip(random: Random, text: str) -> str:
    pattern, instead = random.choice(SLIPS)
    places = list(re.finditer(pattern, text))
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start()] + re.sub(pattern, instead, place[0]) + text[place.end() :]


def _amplified(random: Random) -> str:
    """A mutant of which one stretch is repeated as often as fits."""
    text = random.choice((_mutant, _panel, _tokens))(random)
    text = text[: LONGEST // 8]
    start = random.randrange(len(text) + 1)
    piece = text[start : start + random.choice((1, 2, 5, 20, 80))] or random.choice(TOKENS)
    most = LONGEST - len(text.encode("utf-8", "surrogatepass"))
    times = min(most // len(piece.encode("utf-8", "surrogatepass")), 10 ** random.randint(2, 5))
    return text[:start] + piece * times + text[start:]


# ---- what must hold


def broken(source: str | bytes, most_seconds: float | None = None) -> str | None:
    """Return what does not hold for a source, beginning with a word for its kind; else nothing.

    ``most_seconds`` bounds the processor time of a parse.
    """
    try:
        took = _seconds(source) if most_seconds is not None else 0.0
        result = parse(source)
        _check(source, result)
        if result.ok:
            _check_layout(source, result)
            check_generated(result)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if most_seconds is not None and took > most_seconds:
        took = min(took, _seconds(source), _seconds(source))
        if took > most_seconds:
            return f"slow: {took:.2f} s"
    return None


def _seconds(source: str | bytes) -> float:
    analyse.cache_clear()
    analyse_handler.cache_clear()
    begun = time.process_time()
    parse(source)
    return time.process_time() - begun


def _check(source: str | bytes, result: ParseResult) -> None:
    if isinstance(source, bytes):
        source = source.decode("utf-8", "surrogateescape")
    widths = [len(line) for line in source.split("\n")]
    assert type(result) is ParseResult, "no result"
    for found in result.diagnostics:
        assert found.message, f"no message: {found}"
        assert found.hint, f"no hint: {found}"
        edits = found.fix.edits if found.fix else ()
        for loc in (found.loc, *(edit.loc for edit in edits)):
            assert _is_inside(loc, widths), f"a place outside the source: {found}"
    for repair in result.repairs:
        assert _is_inside(repair.loc, widths), f"a place outside the source: {repair}"
    if result.ast is not None:
        printed = result.ast.to_json()
        assert not result.ok or PanelAst.model_validate_json(printed) == result.ast, "another tree"


def _is_inside(loc: Span, widths: list[int]) -> bool:
    return (
        1 <= loc.line <= loc.end_line <= len(widths)
        and 1 <= loc.column <= widths[loc.line - 1] + 1
        and 1 <= loc.end_column <= widths[loc.end_line - 1] + 1
        and (loc.line, loc.column) <= (loc.end_line, loc.end_column)
    )


def _check_layout(source: str | bytes, result: ParseResult) -> None:
    try:
        printed = format_source(source)
    except FormatError as error:
        if "too many slips" in str(error):
            return
        raise
    assert format_source(printed) == printed, "laid out again it is another text"
    again = parse(printed)
    assert again.ok, "laid out it is not ok"
    assert without_places(again) == without_places(result), "laid out it is another tree"


def check_generated(result: ParseResult) -> None:
    """Assert that what is printed of a tree is read as the same tree, and is canonical."""
    assert result.ast is not None, "no tree"
    printed = print_panel(result.ast)
    again = parse(printed)
    assert again.ok, f"printed it is not ok: {again.diagnostics}"
    assert without_places(again) == without_places(result), "printed it is another tree"
    assert format_source(printed) == printed, "printed it is not canonical"


def without_places(result: ParseResult) -> object:
    """Return the tree of a result without the places in its source."""
    assert result.ast is not None
    return _without_loc(json.loads(result.ast.to_json()))


def _without_loc(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_loc(each) for key, each in value.items() if key != "loc"}
        case list():
            return [_without_loc(each) for each in value]
        case _:
            return value
