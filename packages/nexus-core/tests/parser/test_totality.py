"""Any input gives a result, and never anything else."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core.parser import FormatError, ParseLimits, ParseResult, format_source, parse
from nexus_protocol import Code, PanelAst

from . import samples

PANELS = [
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[4] / "tests" / "panels").glob("*.nxml"))
]
SOURCES = PANELS + [samples.source(case).decode("utf-8") for case in samples.cases()]
FRAGMENTS = st.sampled_from(
    [
        "<",
        ">",
        "/>",
        "</",
        "{",
        "}",
        "{{",
        "}}",
        '"',
        "'",
        "`",
        "${",
        "<!--",
        "-->",
        "]]>",
        "=",
        "<![CDATA[",
        "&nbsp;",
        "&#0;",
        "&foo;",
        "\\",
        "\n",
        "\0",
        "\ud800",
        "\u2028",
        "é",
        "“",
        "\N{LEFT SINGLE QUOTATION MARK}",
        "<Handler>",
        "</Handler>",
        "<If>",
        "<Else>",
        "<View>",
        "</View>",
        "<Data>",
        "<NexusPanel>",
        "</NexusPanel>",
        "<div>",
        "</div>",
        '<Text variant="code">',
        "$state",
        "$scope.x",
        "=>",
        '@click="a"',
        "key={note.id}",
        "args={{id: 1}}",
        "args='id: 2'",
        "{...x}",
        "[",
        "(",
        ")",
        "function",
        "class A{}",
        "import ",
        "await ",
        "?.",
        "1a ",
        "...",
        "/*",
        "//",
        "/(a+)+/",
        "const {a, ...b} = $state;",
        "$state[x]++;",
        "delete $state.a.b;",
        "$emit(x);",
        "-\nawait",
        "for (const q of $state.notes) q.x = 1;",
        "$ext[y];$tools[z]();$view.foo;",
        "<!DOCTYPE x>",
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A panel with pieces cut out, doubled, cut off, or put in."""
    text = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 60))
        match draw(st.sampled_from(["insert", "cut", "double", "truncate"])):
            case "insert":
                text = text[:place] + draw(FRAGMENTS) + text[place:]
            case "cut":
                text = text[:place] + text[place + length :]
            case "double":
                text = text[: place + length] + text[place:]
            case _:
                text = text[: place + 20 * length]
    return text


def check(result: ParseResult) -> None:
    """What holds for the result of any source."""
    for found in result.diagnostics:
        assert found.message
        assert found.hint
        assert (found.loc.line, found.loc.column) <= (found.loc.end_line, found.loc.end_column)
    assert result.ok == (
        result.ast is not None and all(d.severity != "error" for d in result.diagnostics)
    )
    if result.ast is not None:
        assert PanelAst.model_validate_json(result.ast.to_json()) == result.ast


@pytest.mark.requirement("lang.parser")
@given(st.text())
def test_arbitrary_text_gives_a_result(source: str):
    check(parse(source))


@pytest.mark.requirement("lang.parser")
@given(st.binary())
def test_arbitrary_bytes_give_a_result(source: bytes):
    check(parse(source))


@pytest.mark.requirement("lang.parser")
@given(st.lists(FRAGMENTS, max_size=30).map("".join))
def test_any_mixture_of_fragments_gives_a_result(inside: str):
    check(parse(f"<NexusPanel><View>{inside}"))
    check(parse(f'<NexusPanel><Logic><Tool name="t"><Handler>{inside}'))
    check(parse(f"<NexusPanel><View><Text>{{{inside}}}</Text>"))


@pytest.mark.requirement("lang.parser")
@settings(deadline=None)
@given(mutated())
def test_a_mutated_panel_gives_a_result(source: str):
    check(parse(source))


@pytest.mark.requirement("lang.printer")
@settings(deadline=None)
@given(mutated())
def test_laying_out_a_mutated_panel_keeps_its_tree_or_is_refused(source: str):
    try:
        printed = format_source(source)
    except FormatError:
        return
    assert format_source(printed) == printed
    assert samples.without_places(parse(printed)) == samples.without_places(parse(source))


@pytest.mark.parametrize("panel", PANELS, ids=lambda text: text[:40])
@pytest.mark.requirement("lang.parser")
def test_the_panels_of_the_demo_are_clean(panel: str):
    result = parse(panel)
    assert (result.ok, result.diagnostics, result.repairs) == (True, (), ())


@pytest.mark.parametrize(
    ("source", "limits", "message"),
    [
        ("<NexusPanel/>", ParseLimits(source_bytes=5), "There are more than 5 bytes of source."),
        (
            "<NexusPanel><View>" + "<Text>a</Text>" * 9,
            ParseLimits(nodes=10),
            "There are more than 10 elements and texts.",
        ),
        (
            "<NexusPanel><View>" + "<Text>{#x}{@}{-\nawait}</Text>" * 9,
            ParseLimits(broken_code=0),
            "There are more than 0 characters of broken code.",
        ),
        (
            '<NexusPanel><Logic><Tool name="a"><Handler>if (a) b c d else else e</Handler></Tool>'
            '<Tool name="b"><Handler>$log(1);</Handler></Tool></Logic></NexusPanel>',
            ParseLimits(handler_length=5),
            "There are more than 5 characters of a handler.",
        ),
        (
            '<NexusPanel><Logic><Tool name="a"><Trigger every="1m"/><Trigger event="b"/>'
            "<Handler>$log(1);</Handler></Tool></Logic></NexusPanel>",
            ParseLimits(triggers=1),
            "There are more than 1 triggers.",
        ),
    ],
)
@pytest.mark.requirement("lang.parser")
def test_what_passes_a_limit_is_told(source: str, limits: ParseLimits, message: str):
    told = [
        d.message for d in parse(source, limits=limits).diagnostics if d.code == "LIMIT_EXCEEDED"
    ]
    assert message in told


@pytest.mark.requirement("lang.parser")
def test_broken_handlers_past_the_patience_are_not_read():
    broken = '<Tool name="t{n}"><Handler>for (const a of of of) b</Handler></Tool>'
    tools = "".join(broken.replace("{n}", str(n)) for n in range(3))
    result = parse(
        f"<NexusPanel><Logic>{tools}</Logic></NexusPanel>", limits=ParseLimits(broken_code=10)
    )
    assert [d.code for d in result.diagnostics] == [
        Code.HANDLER_SYNTAX,
        Code.LIMIT_EXCEEDED,
        Code.LIMIT_EXCEEDED,
    ]


@pytest.mark.requirement("lang.validator")
def test_findings_end_at_their_limit_with_a_note():
    result = parse("<NexusPanel>" + "</x>" * 50, limits=ParseLimits(diagnostics=10))
    assert len(result.diagnostics) == 11
    assert result.diagnostics[-1].message == (
        "There are more than 10 findings; the others are not listed."
    )


@pytest.mark.requirement("lang.lexer")
def test_bytes_that_are_not_utf_8_are_told_and_replaced():
    result = parse(b"<NexusPanel><View><Text>a\xffb</Text></View></NexusPanel>")
    assert [(d.code, d.loc.column, d.found) for d in result.diagnostics] == [
        (Code.PARSE_ERROR, 26, "\N{REPLACEMENT CHARACTER}")
    ]
    assert result.ast is not None


@pytest.mark.requirement("lang.lexer")
def test_places_count_characters_not_bytes():
    result = parse(
        "<NexusPanel><View><Text>äöü😀 {'ß' + $state.größe.x}</Text></View></NexusPanel>"
    )
    assert [(d.found, d.loc.column) for d in result.diagnostics] == [("größe", 44)]


@pytest.mark.requirement("lang.lexer")
def test_places_in_a_handler_count_characters_not_bytes():
    result = parse(
        '<NexusPanel><Logic><Tool name="t"><Handler>\n"äöü"; window.x;</Handler></Tool>'
        "</Logic></NexusPanel>"
    )
    assert [(d.found, d.loc.line, d.loc.column) for d in result.diagnostics] == [("window", 2, 8)]


HOSTILE = {
    "open tags": "<NexusPanel><View>" + "<a>" * 9000,
    "open quotes": "<NexusPanel><View>" + '<a b="' * 9000,
    "open braces in text": "<NexusPanel><View>" + "{a" * 9000,
    "open braces in tags": "<NexusPanel><View>" + "<a x={" * 9000,
    "open comments": "<!--" * 9000,
    "open templates": "<NexusPanel><View><Text x={" + "`${" * 9000,
    "escaped quotes": '<NexusPanel><View><Text x={"' + '\\"' * 9000,
    "broken numbers": '<NexusPanel><Logic><Tool name="a"><Handler>' + "1a " * 9000,
    "brackets": '<NexusPanel><Logic><Tool name="a"><Handler>' + "(((" * 9000,
    "operators": "<NexusPanel><View><Text>{" + "+*" * 4000 + "}</Text>",
    "awaits": '<NexusPanel><Logic><Tool name="a"><Handler>' + "-\nawait" * 4000,
    "private names": '<NexusPanel><Logic><Tool name="a"><Handler>' + "#x:get" * 5000,
    "handlers": "<NexusPanel><Logic>" + '<Tool name="a"><Handler>x' * 2000,
    "smart quotes": "<NexusPanel><View>" + "<a b=“" * 9000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.requirement("lang.parser")
def test_hostile_shapes_are_read_to_their_end(source: str):
    check(parse(source))


@pytest.mark.requirement("lang.parser")
def test_a_long_handler_is_read_to_its_end():
    lines = "".join(f"const v{n} = $state.list.filter(x => x.id === {n});\n" for n in range(150))
    result = parse(
        '<NexusPanel><Data><State name="list" type="list"/></Data><Logic><Tool name="a"><Handler>'
        f"{lines}v149[0].done = true;</Handler></Tool></Logic></NexusPanel>"
    )
    assert (result.ok, result.capabilities) == (True, ("state:read:list", "state:write:list"))
