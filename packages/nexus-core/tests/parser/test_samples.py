"""Every sample folder: what is found, the tree, and what holds for all of them."""

import json
from pathlib import Path

import pytest

from nexus_core.parser import FormatError, ParseResult, format_source, parse
from nexus_protocol import Code, PanelAst
from nexus_protocol.diagnostics import Diagnostic

from . import samples

CASES = samples.cases()
all_cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def results() -> dict[str, ParseResult]:
    return {case.name: parse(samples.source(case)) for case in CASES}


@all_cases
@pytest.mark.requirement("lang.parser")
@pytest.mark.requirement("lang.validator")
@pytest.mark.requirement("lang.repair")
def test_a_sample_is_told_exactly_what_is_written_beside_it(
    case: Path, results: dict[str, ParseResult]
):
    expected = json.loads((case / "diagnostics.json").read_text(encoding="utf-8"))
    assert samples.findings(results[case.name]) == expected


@pytest.mark.parametrize(
    "case", [c for c in CASES if (c / "ast.json").exists()], ids=lambda case: case.name
)
@pytest.mark.requirement("lang.ast")
@pytest.mark.requirement("lang.expressions")
def test_a_good_sample_has_the_tree_that_is_written_beside_it(
    case: Path, results: dict[str, ParseResult]
):
    result = results[case.name]
    assert result.ast is not None
    expected = json.loads((case / "ast.json").read_text(encoding="utf-8"))
    assert json.loads(result.ast.to_json()) == expected
    assert (result.ok, result.diagnostics) == (True, ())


@all_cases
@pytest.mark.requirement("lang.ast")
def test_a_tree_reads_back_from_its_json_with_validation(
    case: Path, results: dict[str, ParseResult]
):
    ast = results[case.name].ast
    if ast is not None:
        assert PanelAst.model_validate_json(ast.to_json()) == ast


@all_cases
@pytest.mark.requirement("lang.lexer")
def test_a_diagnostic_stands_exactly_on_the_text_it_found(
    case: Path, results: dict[str, ParseResult]
):
    text = samples.source(case).decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    for found in results[case.name].diagnostics:
        covered = _covered(text, found)
        shown = found.found or ""
        assert covered.startswith(shown.removesuffix("…")), found


@all_cases
@pytest.mark.requirement("lang.repair")
def test_a_repair_stands_exactly_on_the_text_it_replaces(
    case: Path, results: dict[str, ParseResult]
):
    text = samples.source(case).decode("utf-8")
    for repair in results[case.name].repairs:
        start = _offset(text, repair.loc.line, repair.loc.column)
        assert text.startswith(repair.before, start)
        assert not repair.lossy


@all_cases
@pytest.mark.requirement("lang.validator")
def test_applying_a_fix_mends_the_finding_it_belongs_to(
    case: Path, results: dict[str, ParseResult]
):
    text = samples.source(case).decode("utf-8")
    for found in results[case.name].diagnostics:
        if found.fix is not None and found.code != Code.PARSE_ERROR:
            after = parse(_fixed(text, found))
            assert (found.message, found.loc) not in {(d.message, d.loc) for d in after.diagnostics}


@all_cases
@pytest.mark.requirement("lang.printer")
def test_laying_a_sample_out_keeps_its_tree_and_is_idempotent(
    case: Path, results: dict[str, ParseResult]
):
    result = results[case.name]
    try:
        printed = format_source(samples.source(case))
    except FormatError:
        codes = {found.code for found in result.diagnostics}
        assert codes & {Code.PARSE_ERROR, Code.LIMIT_EXCEEDED}
        return
    assert format_source(printed) == printed
    assert samples.without_places(parse(printed)) == samples.without_places(result)


@pytest.mark.requirement("lang.validator")
def test_every_code_has_a_sample(results: dict[str, ParseResult]):
    told = {found.code for result in results.values() for found in result.diagnostics}
    assert told == set(Code)


def _covered(text: str, found: Diagnostic) -> str:
    start = _offset(text, found.loc.line, found.loc.column)
    return text[start : _offset(text, found.loc.end_line, found.loc.end_column)]


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1


def _fixed(text: str, found: Diagnostic) -> str:
    assert found.fix is not None
    for edit in sorted(found.fix.edits, key=lambda e: (e.loc.line, e.loc.column), reverse=True):
        start = _offset(text, edit.loc.line, edit.loc.column)
        end = _offset(text, edit.loc.end_line, edit.loc.end_column)
        text = text[:start] + edit.text + text[end:]
    return text
