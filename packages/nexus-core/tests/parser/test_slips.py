"""The usual slips of language models: each is read as it was meant, or refused with a fix."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from nexus_core.parser import ParseResult, catalogue, format_source, parse
from nexus_protocol.diagnostics import Edit

from . import samples

SPEC = (Path(__file__).parents[4] / "docs" / "NXML_SPEC.md").read_text(encoding="utf-8")
CASES = samples.slips()
KINDS = Counter(case.parent.name for case in CASES)
MOST_FIXES = 5

all_cases = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}"
)
pytestmark = pytest.mark.requirement("lang.repair")


def read(case: Path, name: str) -> str:
    return (case / name).read_text(encoding="utf-8")


def mended(source: str) -> tuple[str, ParseResult]:
    """The source with the first fix applied until no error is left, and how it is read then."""
    result = parse(source)
    for _ in range(MOST_FIXES):
        fixes = [d.fix for d in result.diagnostics if d.severity == "error" and d.fix]
        if not fixes:
            break
        source = edited(source, fixes[0].edits)
        result = parse(source)
    return source, result


def edited(source: str, edits: tuple[Edit, ...]) -> str:
    for edit in sorted(edits, key=lambda e: (e.loc.line, e.loc.column), reverse=True):
        start = offset(source, edit.loc.line, edit.loc.column)
        end = offset(source, edit.loc.end_line, edit.loc.end_column)
        source = source[:start] + edit.text + source[end:]
    return source


def offset(text: str, line: int, column: int) -> int:
    return sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1


def test_there_are_eighteen_slips_of_three_variants_at_least():
    assert len(KINDS) == 18
    assert min(KINDS.values()) >= 3


@all_cases
def test_a_slip_is_told_exactly_as_is_written_beside_it(case: Path):
    expected = json.loads(read(case, "diagnostics.json"))
    assert samples.findings(parse(read(case, "panel.nxml"))) == expected


@all_cases
def test_the_clean_twin_of_a_slip_has_none(case: Path):
    twin = parse(read(case, "clean.nxml"))
    assert (twin.ok, twin.diagnostics, twin.repairs) == (True, (), ())


@all_cases
def test_a_slip_is_read_as_its_clean_twin_or_its_fixes_make_it_so(case: Path):
    _, result = mended(read(case, "panel.nxml"))
    assert result.diagnostics == ()
    assert [repair for repair in result.repairs if repair.lossy] == []
    twin = parse(read(case, "clean.nxml"))
    assert samples.without_places(result) == samples.without_places(twin)


@all_cases
def test_a_mended_slip_is_laid_out_as_its_clean_twin(case: Path):
    source, result = mended(read(case, "panel.nxml"))
    if source != read(case, "panel.nxml") or result.repairs:
        assert format_source(source) == format_source(read(case, "clean.nxml"))


@all_cases
def test_the_repairs_of_a_slip_written_down_leave_no_slip(case: Path):
    source, result = mended(read(case, "panel.nxml"))
    printed = parse(format_source(source))
    assert (printed.diagnostics, printed.repairs) == ((), ())
    assert samples.without_places(printed) == samples.without_places(result)


def test_the_specification_has_a_row_for_every_slip():
    rows = re.findall(r"^\| \d+ \| .*\| `(\w+)` \|", SPEC, re.MULTILINE)
    assert sorted(rows) == sorted(KINDS)


def test_every_repair_of_the_catalogue_has_a_sample():
    panels = (*samples.cases(), *CASES)
    made = {repair.code for case in panels for repair in parse(samples.source(case)).repairs}
    assert made == set(catalogue.REPAIRS)
