"""What a browser makes of a panel that is still being written is what the server makes of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conformance.browser import ROOT, Script
from pydantic import TypeAdapter

from nexus_core import StreamingParser
from nexus_protocol import PanelAst
from nexus_protocol.stream import Fold, StreamEvent

SAMPLES = ROOT / "packages/nexus-core/tests/parser/samples"
SOURCES = sorted([*(ROOT / "tests/panels").glob("*.nxml"), *SAMPLES.glob("*/panel.nxml")])
LOOKS = 12
"""How often a panel is looked at while it is being written."""

EVENTS = TypeAdapter(tuple[StreamEvent, ...])

pytestmark = pytest.mark.requirement("lang.streaming")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Script]:
    with Script("fold-lines", tmp_path_factory.mktemp("fold")) as script:
        yield script


def as_sent(value: Any) -> Any:
    """Return JSON without what is null, which a tree may leave out."""
    if isinstance(value, dict):
        return {name: as_sent(each) for name, each in value.items() if each is not None}
    return [as_sent(each) for each in value] if isinstance(value, list) else value


def written(source: str) -> tuple[list[tuple[StreamEvent, ...]], list[PanelAst | None]]:
    """Feed a source in pieces; returns what became known with each, and the trees then."""
    parser, fold = StreamingParser(), Fold()
    size = len(source) // LOOKS + 1
    batches = [parser.feed(source[place : place + size]) for place in range(0, len(source), size)]
    parser.finish()
    batches.append(parser.ending)
    trees: list[PanelAst | None] = []
    for batch in batches:
        for event in batch:
            fold.add(event)
        trees.append(fold.tree())
    return batches, trees


def test_every_sample_is_the_same_tree_in_the_browser_however_far_it_has_come(browser: Script):
    different: list[str] = []
    for path in SOURCES:
        batches, trees = written(path.read_bytes().decode("utf-8", "replace"))
        sent = [EVENTS.dump_python(batch, mode="json", by_alias=True) for batch in batches]
        expected = [None if tree is None else json.loads(tree.to_json()) for tree in trees]
        if as_sent(browser.ask(sent)) != as_sent(expected):
            different.append(str(path.relative_to(ROOT)))

    assert len(SOURCES) > 100
    assert not different
