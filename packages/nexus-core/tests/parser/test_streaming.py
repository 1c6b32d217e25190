"""Reading a panel while it is being written: whatever the chunks, in the end it is the same."""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nexus_core import StreamingParser, parse
from nexus_core.parser import ParseLimits, StreamEndedError
from nexus_core.parser.findings import Findings
from nexus_core.parser.markup.lexer import Lexer, UnsettledError
from nexus_core.parser.markup.tokens import EndTag, StartTag, Token
from nexus_core.parser.source import Source
from nexus_core.testing.strategies import panels
from nexus_protocol.ast import IfNode, TextNode, ViewNode
from nexus_protocol.stream import StreamEvent, fold

from . import samples
from .test_totality import FRAGMENTS, PANELS, mutated

SAMPLES = {case.name: samples.source(case).decode("utf-8", "replace") for case in samples.cases()}
NO_PANEL = ("empty_source", "no_panel", "sections_alone")
"""Samples that have no panel element, so that nothing can be shown before the end."""
SHORT = {name: source for name, source in SAMPLES.items() if len(source) <= 400}
LIMITS = ParseLimits()


def streamed(
    chunks: Iterable[str], limits: ParseLimits = LIMITS
) -> tuple[StreamingParser, list[StreamEvent]]:
    """Feed chunks; returns the finished parser and all events."""
    parser = StreamingParser(limits=limits)
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    parser.finish()
    return parser, [*events, *parser.ending]


def pieces(source: str, size: int) -> list[str]:
    return [source[place : place + size] for place in range(0, len(source), size)]


def check(source: str, chunks: Iterable[str], limits: ParseLimits = LIMITS) -> StreamingParser:
    """The two laws: the result is that of ``parse``, and the events fold to its tree."""
    parser, events = streamed(chunks, limits)
    whole = parse(source, limits=limits)
    assert parser.finish() == whole
    assert fold(events) == whole.ast == parser.panel
    return parser


def is_corrected(parser: StreamingParser) -> bool:
    """Whether the end replaced what had been shown."""
    return any(event.type == "panel" for event in parser.ending)


# ---- the laws


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.requirement("lang.streaming")
def test_a_sample_cut_at_any_place_gives_what_the_whole_gives(name: str):
    source = SHORT[name]
    for place in range(len(source) + 1):
        check(source, (source[:place], source[place:]))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("size", [1, 2, 7, 20, 100])
@pytest.mark.requirement("lang.streaming")
def test_a_sample_in_small_chunks_gives_what_the_whole_gives(name: str, size: int):
    check(SAMPLES[name], pieces(SAMPLES[name], size))


@pytest.mark.parametrize(
    "view",
    ["<Text>&" + "a" * 60 + "</Text>", '<Card><If condition="{1}">a</If><Else/></Card>'],
    ids=["a reference that never ends", "an Else without content"],
)
@pytest.mark.requirement("lang.streaming")
def test_what_is_rare_in_small_chunks_gives_what_the_whole_gives(view: str):
    source = f"<NexusPanel><View>{view}</View></NexusPanel>"
    check(source, pieces(source, 1))


@pytest.mark.requirement("lang.streaming")
def test_a_very_long_source_gives_what_the_whole_gives():
    source = f"<NexusPanel><View><Text>{'word ' * 16_000}</Text></View></NexusPanel>"
    check(source, pieces(source, 900))


@pytest.mark.parametrize("source", PANELS, ids=lambda text: text[:40])
@pytest.mark.requirement("lang.streaming")
def test_a_panel_of_the_demo_in_single_characters_gives_what_the_whole_gives(source: str):
    check(source, source)


@st.composite
def cut(draw: st.DrawFn, sources: st.SearchStrategy[str]) -> tuple[str, list[str]]:
    """A source and the chunks it comes in."""
    source = draw(sources)
    places = sorted(draw(st.lists(st.integers(0, len(source)), max_size=12)))
    bounds = [0, *places, len(source)]
    return source, [source[start:end] for start, end in pairwise(bounds)]


@settings(deadline=None)
@given(cut(mutated()))
@pytest.mark.requirement("lang.streaming")
def test_a_mutated_panel_in_any_chunks_gives_what_the_whole_gives(given: tuple[str, list[str]]):
    check(*given)


@settings(deadline=None)
@given(cut(st.lists(FRAGMENTS, max_size=30).map("".join)), st.integers(0, 3))
@pytest.mark.requirement("lang.streaming")
def test_any_mixture_of_fragments_gives_what_the_whole_gives(
    given: tuple[str, list[str]], where: int
):
    begin = (
        "",
        "<NexusPanel><View>",
        '<NexusPanel><Logic><Tool name="t"><Handler>',
        "<NexusPanel>",
    )
    source, chunks = given
    check(begin[where] + source, (begin[where], *chunks))
    check(begin[where] + source, begin[where] + source)


@settings(deadline=None)
@given(cut(st.text()))
@pytest.mark.requirement("lang.streaming")
def test_any_text_in_any_chunks_gives_what_the_whole_gives(given: tuple[str, list[str]]):
    check(*given)


@settings(deadline=None)
@given(cut(panels()))
@pytest.mark.requirement("lang.streaming")
def test_what_a_valid_panel_showed_is_never_replaced(given: tuple[str, list[str]]):
    assert not is_corrected(check(*given))


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in NO_PANEL])
@pytest.mark.requirement("lang.streaming")
def test_what_a_sample_showed_is_never_replaced(name: str):
    assert not is_corrected(check(SAMPLES[name], pieces(SAMPLES[name], 20)))


# ---- what is shown half-way


def outline(node: ViewNode | None) -> object:
    """Kinds and addresses of a view, without the texts."""
    if node is None or isinstance(node, TextNode):
        return None
    children = [outline(child) for child in node.children if not isinstance(child, TextNode)]
    if isinstance(node, IfNode):
        children += [outline(child) for child in node.otherwise if not isinstance(child, TextNode)]
    return node.address, children


def tags(source: str) -> list[int]:
    """Where each tag of a source ends."""
    lexer = Lexer(Findings(Source(source), 200), source.index("<NexusPanel"))
    ends: list[int] = []
    while (token := lexer.next()) is not None:
        if isinstance(token, StartTag | EndTag):
            ends.append(token.end)
    return ends


GOOD = [
    *PANELS,
    *(source for name, source in SAMPLES.items() if name.startswith("good") and "<View" in source),
]


@pytest.mark.parametrize("source", GOOD, ids=range(len(GOOD)))
@pytest.mark.requirement("lang.streaming")
def test_every_component_is_shown_when_its_start_tag_has_come(source: str):
    parser, place = StreamingParser(), 0
    for end in tags(source):
        for character in source[place:end]:
            parser.feed(character)
        place = end
        begun = parse(source[:end]).ast
        assert begun is not None
        assert parser.panel is not None
        assert outline(parser.panel.view) == outline(begun.view)


BEGIN = '<NexusPanel title="T"><Data><State name="n" default="1"/></Data><Logic><Tool name="t">'
CODE = "<Handler>$state.n = 1;"


def names(source: str) -> tuple[list[str], list[str]]:
    """The states and tools that are shown after a source."""
    parser = StreamingParser()
    parser.feed(source)
    panel = parser.panel
    assert panel is not None
    return [state.name for state in panel.data.states], [tool.name for tool in panel.logic.tools]


@pytest.mark.requirement("lang.streaming")
def test_a_tool_is_not_there_before_its_handler_has_ended():
    assert names(BEGIN + CODE + "</Handler>") == (["n"], [])
    assert names(BEGIN + CODE + "</Handler></Tool>") == (["n"], ["t"])


@pytest.mark.requirement("lang.streaming")
def test_nothing_is_shown_of_a_tag_that_is_half_written():
    parser = StreamingParser()
    parser.feed('<NexusPanel><View><Layout><Text variant="h1" content="Half')
    panel = parser.panel
    assert panel is not None
    assert outline(panel.view) == ("Layout", [])


@pytest.mark.requirement("lang.streaming")
def test_text_is_shown_while_it_grows_and_without_a_half_written_expression():
    words = "one two three four five six seven eight nine ten "
    parser, events = StreamingParser(), list[StreamEvent]()
    for chunk in ("<NexusPanel><View><Text>", words, words, "{$state.", "n} &amp", "; </Text>"):
        events += parser.feed(chunk)
    shown = [json.loads(event.to_json()) for event in events if event.type == "text"]
    assert [(each["name"], _texts(each["value"])) for each in shown] == [
        ("content", [words.strip()]),
        ("content", [(words * 2).strip()]),
        ("content", [words * 2, "$state.n", " &"]),
    ]


def _texts(value: dict[str, Any]) -> list[str]:
    """The parts of a value, of an expression its source."""
    parts = value.get("parts", [value.get("value")])
    return [part if isinstance(part, str) else part["source"] for part in parts]


@pytest.mark.requirement("lang.streaming")
def test_a_second_root_puts_a_layout_around_the_first_at_once():
    parser = StreamingParser()
    parser.feed('<NexusPanel><View><Layout><Button label="a" trigger="t"/></Layout><Spinner/>')
    panel = parser.panel
    assert panel is not None
    assert outline(panel.view) == (
        "Layout",
        [("Layout/Layout[0]", [("Layout/Layout[0]/Button[0]", [])]), ("Layout/Spinner[0]", [])],
    )


@pytest.mark.parametrize(
    "roots",
    [
        '<Text id="one">a</Text><Text>b</Text>',
        "words<Spinner/>",
        '<If condition="$state.a"><Text id="b">c</Text></If><Else><Spinner/></Else><Text>d</Text>',
        "<div><Input bind='$state.a'/><Input bind='$state.a'/></div>",
        "{a b}<Spinner/>",
    ],
)
@pytest.mark.requirement("lang.streaming")
def test_several_roots_have_the_addresses_that_they_keep(roots: str):
    source = f"<NexusPanel><View>{roots}</View></NexusPanel>"
    assert not is_corrected(check(source, source))


@pytest.mark.requirement("lang.streaming")
def test_before_the_panel_begins_nothing_is_shown():
    parser = StreamingParser()
    assert parser.feed("Here is your panel:\n```xml\n<!-- <NexusPanel> --> <NexusPan") == ()
    assert parser.panel is None


# ---- what is not causal is replaced in the end


@pytest.mark.parametrize(
    "source",
    [
        "<View><Text>sections without a panel</Text></View>",
        '<NexusPanel><Data><Computed name="c" value="$state[\'n\' + 1]"/>'
        '<State name="n1"/></Data></NexusPanel>',
        '<NexusPanel><Logic><Tool name="t"><Handler>$ext[$args.x].get();</Handler></Tool>'
        '<Extension name="nexus.http"/></Logic></NexusPanel>',
        "<NexusPanel><View><Layout>a long text that is shown, {and.then(is wrong}</Layout></View>",
    ],
)
@pytest.mark.requirement("lang.streaming")
def test_what_depends_on_what_comes_later_is_replaced_in_the_end(source: str):
    assert is_corrected(check(source, pieces(source, 20)))


@pytest.mark.requirement("lang.streaming")
def test_a_source_past_the_limit_of_its_size_has_nothing_in_the_end():
    source = "<NexusPanel><View><Text>" + "a" * 100
    parser = check(source, pieces(source, 20), ParseLimits(source_bytes=60))
    assert parser.panel is None


@pytest.mark.parametrize("most", [1, 2, 3, 5])
@pytest.mark.requirement("lang.streaming")
def test_a_source_past_the_limit_of_its_nodes_is_shown_up_to_it(most: int):
    source = "<NexusPanel><View><Layout><Text>a</Text>\n<Text>b</Text></Layout></View></NexusPanel>"
    check(source, pieces(source, 7), ParseLimits(nodes=most))


# ---- the door


@pytest.mark.requirement("lang.streaming")
def test_nothing_is_taken_after_the_end():
    parser, _ = streamed(("<NexusPanel/>",))
    with pytest.raises(StreamEndedError, match="finished"):
        parser.feed("<")


@pytest.mark.parametrize("source", PANELS, ids=lambda text: text[:40])
@pytest.mark.requirement("lang.streaming")
def test_every_event_is_read_back_from_its_json(source: str):
    reader: TypeAdapter[StreamEvent] = TypeAdapter(StreamEvent)
    _, events = streamed(pieces(source, 20))
    assert [reader.validate_json(event.to_json()) for event in events] == events


# ---- the tokens

TOKENS = [*SHORT.values(), *(source[:1500] for source in PANELS)]


def tokens(lexer: Lexer) -> list[Token]:
    """The tokens that a lexer gives before it needs more text."""
    found: list[Token] = []
    try:
        while (token := lexer.next()) is not None:
            found.append(token)
    except UnsettledError:
        pass
    return found


@pytest.mark.parametrize("source", TOKENS, ids=range(len(TOKENS)))
@pytest.mark.requirement("lang.lexer")
def test_no_text_to_come_changes_a_token_that_was_given(source: str):
    whole = tokens(Lexer(Findings(Source(source), 200)))
    for end in range(len(source)):
        begun = tokens(Lexer(Findings(Source(source[:end]), 200), growing=True))
        assert begun == whole[: len(begun)]
