"""The specification is true: its examples parse, and it names every code and every repair."""

import json
import re
from pathlib import Path

import pytest

from nexus_core import StreamingParser, edit, node_hash, run_tests
from nexus_core.parser import parse
from nexus_protocol import Code
from nexus_protocol.edits import EDIT_OPERATIONS

from . import samples

SPEC = (Path(__file__).parents[4] / "docs" / "NXML_SPEC.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```nxml\n(.*?)```", SPEC, re.DOTALL)


@pytest.mark.parametrize("source", EXAMPLES)
@pytest.mark.requirement("lang.parser")
def test_an_example_of_the_specification_is_clean(source: str):
    result = parse(source)
    assert (result.ok, result.diagnostics, result.repairs) == (True, (), ())


@pytest.mark.requirement("lang.tests")
async def test_the_tests_in_the_examples_of_the_specification_hold():
    outcomes = [outcome for source in EXAMPLES for outcome in await run_tests(source)]
    assert [outcome.name for outcome in outcomes if outcome.ok] == [
        "adds a note",
        "clears the notes",
        "refuses an empty note",
    ]
    assert [outcome for outcome in outcomes if not outcome.ok] == []


@pytest.mark.requirement("lang.validator")
def test_the_specification_names_every_code():
    assert [code for code in Code if code not in re.findall(r"[A-Z_]{6,}", SPEC)] == []


@pytest.mark.requirement("lang.repair")
def test_the_specification_names_every_repair_of_the_samples():
    made = {
        repair.code for case in samples.cases() for repair in parse(samples.source(case)).repairs
    }
    named = set(re.findall(r"`([A-Z_]{6,})`", SPEC))
    assert made <= named


@pytest.mark.requirement("lang.printer")
def test_the_edits_in_the_specification_make_what_they_say():
    section = SPEC[SPEC.index("## Edits") :]
    before, after = re.findall(r"```nxml\n(.*?)```", section, re.DOTALL)
    found = re.search(r"```json\n(.*?)```", section, re.DOTALL)
    assert found is not None
    setting, inserting = json.loads(found[1])
    setting["hash"] = node_hash(before, setting["address"])
    inserting["place"]["hash"] = node_hash(before, inserting["place"]["parent"])
    result = edit(before, EDIT_OPERATIONS.validate_python([setting, inserting]))
    assert (result.source, result.conflicts) == (after, ())


@pytest.mark.requirement("lang.streaming")
def test_the_example_of_streaming_comes_as_the_specification_says():
    section = SPEC[SPEC.index("## Streaming") : SPEC.index("## Repairs")]
    (source,) = re.findall(r"```nxml\n(.*?)```", section, re.DOTALL)
    (written,) = re.findall(r"comes as `([a-z ]+)`", section)
    parser = StreamingParser()
    events = [event for character in source for event in parser.feed(character)]
    parser.finish()
    assert " ".join(event.type for event in (*events, *parser.ending)) == written
