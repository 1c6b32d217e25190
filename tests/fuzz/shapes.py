"""Hostile shapes of source, each of any size: what makes a careless parser take quadratic time.

A shape is a beginning, a piece that is repeated with its number in it, and an end. Whether reading
it is linear is measured by ``linear`` and counted by ``test_linear``.
"""

from collections.abc import Callable
from dataclasses import dataclass

VIEW = "<NexusPanel><View>"
DATA = "<NexusPanel><Data>"
LOGIC = "<NexusPanel><Logic>"
HANDLER = '<NexusPanel><Logic><Tool name="t"><Handler>'
PANEL_END = "</View></NexusPanel>"


@dataclass(frozen=True, slots=True)
class Shape:
    """A family of sources of growing size."""

    name: str
    make: Callable[[int], str]
    """Returns a source of about that many bytes, never more."""


def repeated(begin: str, piece: str, end: str = "", middle: str = "", other: str = "") -> Shape:
    """A shape that repeats ``piece``, and after ``middle`` the ``other``, as often as fits.

    ``#`` in a piece is its number, counted from 0.
    """

    def make(size: int) -> str:
        room = size - len(f"{begin}{middle}{end}".encode())
        count = max(room // (_width(piece, size) + _width(other, size)), 1)
        return begin + _numbered(piece, count) + middle + _numbered(other, count) + end

    return Shape("", make)


def long(begin: str, piece: str, middle: str, other: str, end: str = "") -> Shape:
    """A shape of which one half is a single long thing and the other half many short ones."""

    def make(size: int) -> str:
        half = (size - len(f"{begin}{middle}{end}".encode())) // 2
        first = piece * (half // len(piece.encode()))
        return begin + first + middle + _numbered(other, half // _width(other, size)) + end

    return Shape("", make)


def _width(piece: str, size: int) -> int:
    return len(piece.replace("#", str(size)).encode())


def _numbered(piece: str, count: int) -> str:
    if "#" not in piece:
        return piece * count
    return "".join(piece.replace("#", str(number)) for number in range(count))


def _deep_computed(size: int) -> str:
    """Computed values of which each reads the next and the first: every one closes a cycle."""
    piece = '<Computed name="c{n}" value="$state.c{m} + $state.c0"/>'
    count = size // (len(piece) + 8)
    values = "".join(piece.format(n=n, m=min(n + 1, count - 1)) for n in range(count))
    return f"{DATA}{values}</Data></NexusPanel>"


SHAPES = {
    "elements inside one another": repeated(VIEW, "<Layout>"),
    "elements opened and closed": repeated(VIEW, "<Layout><Text>a</Text></Layout>", PANEL_END),
    "unknown elements never closed": repeated(VIEW, "<a>"),
    "end tags that close nothing": repeated(VIEW, "</a>", PANEL_END),
    "a long name, many stray end tags": long(
        "<NexusPanel><View><", "a", ">", "</b>", "</View></NexusPanel>"
    ),
    "a long id around many elements": long(
        '<NexusPanel><View><Layout id="', "a", '">', "<Spinner/>", "</Layout></View></NexusPanel>"
    ),
    "a long tool name, many arguments": long(
        '<NexusPanel><Logic><Tool name="', "a", '">', '<Arg name="a#"/>', "</Tool>"
    ),
    "many attributes": repeated(VIEW + "<Text ", 'a#="b" ', "/>" + PANEL_END),
    "one huge attribute": repeated(VIEW + '<Text content="', "word ", '"/>' + PANEL_END),
    "one huge default": repeated(
        DATA + '<State name="a" type="list" default="[', "#,", '0]"/></Data></NexusPanel>'
    ),
    "a long key in a default": long(
        DATA + "<State name='a' default='{\"", "a", '":[', "0,", "0]}'/></Data></NexusPanel>"
    ),
    "quotes never closed": repeated(VIEW, '<a b="'),
    "typographic quotes never closed": repeated(VIEW + "<a ", "b=„ "),
    "typographic quotes": repeated(VIEW + "<a ", "b=“x“ "),
    "braces in text": repeated(VIEW + "<Text>", "{a} ", "</Text>" + PANEL_END),
    "braces never closed": repeated(VIEW, "{a"),
    "braces never closed in tags": repeated(VIEW, "<a x={"),
    "braces inside one another": repeated(VIEW + "<Text>", "{a:", "</Text>" + PANEL_END),
    "templates inside one another": repeated(VIEW + "<Text x={", "`${"),
    "one long template": repeated(VIEW + "<Text>{`", "a\\`$ ", "`}</Text>" + PANEL_END),
    "comments never closed": repeated(VIEW, "<!--"),
    "comments": repeated(VIEW, "<!---->", PANEL_END),
    "CDATA never closed": repeated(VIEW, "<![CDATA["),
    "handlers with CDATA never closed": repeated(LOGIC, '<Tool name="a#"><Handler><![CDATA[x'),
    "declarations": repeated(VIEW, "<!a[<?b "),
    "entities": repeated(VIEW + "<Text>", "&lt;&nbsp;", "</Text>" + PANEL_END),
    "unknown entities": repeated(VIEW + "<Text>", "&a;", "</Text>" + PANEL_END),
    "less-than signs": repeated(VIEW + "<Text>", "< ", "</Text>" + PANEL_END),
    "white space": repeated(VIEW + "<Text>a", " \n", "</Text>" + PANEL_END),
    "white space in a tag": repeated(VIEW + "<Text", " ", "=" + PANEL_END),
    "one long handler": repeated(HANDLER, "$state.a#=1;", "</Handler></Tool></Logic></NexusPanel>"),
    "many handlers": repeated(
        LOGIC, '<Tool name="a#"><Handler>' + "$state.b = f($args);\n" * 9 + "</Handler></Tool>"
    ),
    "spaces after a tool's name": repeated(
        VIEW + '<Button label="a" trigger="a', " ", 'x"/>' + PANEL_END
    ),
    "spaces after a bound name": repeated(
        VIEW + '<Layout><Input label="a" bind="$state.a', " ", 'x"/></Layout>' + PANEL_END
    ),
    "broken handlers": repeated(LOGIC, '<Tool name="a#"><Handler>a of of of</Handler></Tool>'),
    "handlers that name unknown states": repeated(
        LOGIC,
        '<Tool name="a#"><Handler>$log($state.b#, $state.c#);</Handler></Tool>',
        "</Data></NexusPanel>",
        "</Logic><Data>",
        '<State name="a#"/>',
    ),
    "handlers that read any extension": repeated(
        LOGIC, '<Extension name="a#"/>', "", "", '<Tool name="a#"><Handler>$ext[a]</Handler></Tool>'
    ),
    "handlers that declare everything": repeated(
        LOGIC,
        '<Tool name="a#"><Handler capabilities="'
        + "state:write " * 9
        + '">'
        + "$state.a=1;" * 9
        + "</Handler></Tool>",
    ),
    "many states": repeated(DATA, '<State name="a#" type="number" default="#"/>'),
    "states that are alike": repeated(
        DATA,
        '<State name="aaaaaaaaaaaaaaaaaaaaaaaa#"/>',
        PANEL_END,
        "</Data><View>",
        "{$state.aaaaaaaaaaaaaaaaaaaaaaaab#}",
    ),
    "computed values in cycles": Shape("", _deep_computed),
    "computed values of any state": repeated(
        DATA, '<State name="a#"/>', "", "", '<Computed name="c#" value="$state[1]"/>'
    ),
    "bindings of computed values": repeated(
        DATA,
        '<Computed name="a#" value="1"/>',
        PANEL_END,
        "</Data><View>",
        '<Switch bind="$state.a#"/>',
    ),
    "a tool of many arguments, run often": repeated(
        LOGIC + '<Tool name="t">',
        '<Arg name="a#" required="false"/>',
        PANEL_END,
        "<Handler>1</Handler></Tool></Logic><View>",
        '<Button trigger="t" label="a"/>',
    ),
    "tests that are given unknown states": repeated(
        '<NexusPanel><Test name="t"><Given state="{',
        "a#: 1, ",
        "</Data></NexusPanel>",
        '}"/></Test><Data>',
        '<State name="b#"/>',
    ),
    "tests": repeated(
        "<NexusPanel>",
        '<Test name="t#"><Call tool="a" args="{ id: 1 }"/><Expect state="{ a: [1] }"/></Test>',
        "</NexusPanel>",
    ),
    "many ids": repeated(VIEW + "<Layout>", '<Spinner id="a#"/>', "</Layout>" + PANEL_END),
    "conditions": repeated(VIEW, '<If condition="a"/><Else/>', PANEL_END),
    "conditions and comments": repeated(VIEW, '<If condition="a"/>', "", "", "<!---->"),
    "repetitions with scopes": repeated(
        VIEW,
        '<Iterate items="$state.a" as="b#"><Text>{$scope.b#}{$scope.c}</Text></Iterate>',
        PANEL_END,
    ),
    "repetitions inside one another": repeated(
        VIEW + "".join(f'<Iterate items="$state.a" as="b{n}">' for n in range(60)),
        "{$scope.c}<!---->",
    ),
    "a wide flat view": repeated(VIEW + "<Layout>", '<Metric label="a" value="#"/>'),
    "HTML": repeated(VIEW, "<div><p>a</p></div>", PANEL_END),
    "long chains of members": repeated(VIEW, "{$state" + ".a" * 40 + "}", PANEL_END),
    "long chains of operators": repeated(VIEW, "{1" + "+1" * 50 + "}", PANEL_END),
    "broken expressions": repeated(VIEW, "<Text>{a b c}</Text>", PANEL_END),
    "quotes in quotes": repeated(VIEW, """<a b="{c ? "d" : 'e'}"/>""", PANEL_END),
    "quotes in quotes never closed": repeated(VIEW + "<a ", 'b="{ c "d" '),
    "quotes in quotes that close too late": repeated(
        VIEW + "<a ", 'b="{ c "d', PANEL_END, "}" * 99
    ),
    "quotes in quotes after braces": repeated(VIEW + "<a ", 'b="{"c"}x'),
    "quotes in quotes of both kinds": repeated(VIEW + "<a ", """b="{'c"d='{"e'"""),
    "lists in quotes never closed": repeated(VIEW + "<a ", 'b="["c", '),
    "lists in quotes": repeated(VIEW, """<a b="["c", "d"]"/>""", PANEL_END),
    "comments of JSX": repeated(VIEW, "{/* a */}", PANEL_END),
    "comments of JSX never closed": repeated(VIEW, "{/* a "),
    "comments of JSX that do not end in a brace": repeated(VIEW, "{/* a */"),
    "comments of JSX behind white space": repeated(VIEW, "{  /*", "*/}"),
    "fragments": repeated(VIEW, "<>  <a/></>", PANEL_END),
    "fragments around nothing": repeated(VIEW, "<>    ", PANEL_END),
    "two braces": repeated(VIEW + "<Text>", "{{ $state.a }}", "</Text>" + PANEL_END),
    "two braces never closed": repeated(VIEW + "<Text>", "{{ $state.a ", "</Text>" + PANEL_END),
    "two braces and white space": repeated(VIEW + "<Text>{{", " ", "$state.a</Text>" + PANEL_END),
    "two braces around a reference": repeated(VIEW, '<If condition="{{ $state.a }}"/>', PANEL_END),
    "one long reference in two braces": repeated(
        VIEW + '<If condition="{{ $state.', "a ", '}}"/>' + PANEL_END
    ),
    "a call with long arguments": repeated(
        VIEW + '<Button trigger="$tools.a({', "} ", 'x"/>' + PANEL_END
    ),
    "entities in expressions": repeated(VIEW, "{a &lt; b}", PANEL_END),
    "strings never closed beside entities": repeated(
        VIEW, "<Text>{a &lt; '" + '\\"' * 40 + "</Text>", PANEL_END
    ),
    "entities in handlers": repeated(
        LOGIC, '<Tool name="a#"><Handler>if (a &lt; b) c();</Handler></Tool>'
    ),
    "typographic quotes in handlers": repeated(
        LOGIC, '<Tool name="a#"><Handler>a = “b”; c = „</Handler></Tool>'
    ),
    "fences in handlers": repeated(LOGIC, '<Tool name="a#"><Handler>```\n``` </Handler></Tool>'),
    "functions in handlers": repeated(
        LOGIC, '<Tool name="a#"><Handler>((((() => { a(); }))))</Handler></Tool>'
    ),
    "void elements left open at the end": repeated(VIEW, "<br><Spinner>"),
    "properties of Vue": repeated(VIEW, '<Text :content="$state.a" v-if="b"/>', PANEL_END),
    "tags named in prose": repeated("", "`<NexusPanel>` "),
    "tags named after the end": repeated("<NexusPanel/>", "`<View>` "),
    "a comment of brackets": repeated(VIEW + "<!--", "> <a ", "-->" + PANEL_END),
    "a value of brackets": repeated(VIEW + '<Text content="', "> ", '"/>' + PANEL_END),
    "braces of brackets": repeated(VIEW + "<Text content={[", "1 > 2, ", "0]}/>" + PANEL_END),
    "a handler of arrows": repeated(
        HANDLER, "a => b / c;\n", "</Handler></Tool></Logic></NexusPanel>"
    ),
    "a handler of arrows in CDATA": repeated(
        HANDLER + "<![CDATA[", "a => b / c;\n", "]]></Handler></Tool></Logic></NexusPanel>"
    ),
    "text in many pieces": repeated(VIEW + "<Text>", "a<!---->", "</Text>" + PANEL_END),
    "prose without a panel": repeated("", "<!-- a <View "),
    "panels after the end": repeated("", "<NexusPanel/>\n"),
}
SHAPES = {name: Shape(name, shape.make) for name, shape in SHAPES.items()}
