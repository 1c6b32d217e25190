"""Every sample folder: what is found, the tree, and what holds for all of them."""

import json
import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from nexus_core.parser import FormatError, ParseResult, catalogue, format_source, parse
from nexus_core.parser.placing import paths
from nexus_protocol import Code, PanelAst, Span
from nexus_protocol.diagnostics import Diagnostic

from . import samples

CASES = samples.cases()
all_cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def results() -> dict[str, ParseResult]:
    return {case.name: parse(samples.source(case)) for case in CASES}


@pytest.fixture(scope="module")
def all_told(results: dict[str, ParseResult]) -> list[Diagnostic]:
    slips = (parse(samples.source(case)) for case in samples.slips())
    return [each for result in (*results.values(), *slips) for each in result.diagnostics]


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
@pytest.mark.requirement("lang.validator")
def test_a_diagnostic_stands_exactly_on_the_text_it_found(
    case: Path, results: dict[str, ParseResult]
):
    text = samples.text(case)
    for told in results[case.name].diagnostics:
        covered, found = _covered(text, told.loc), told.found or ""
        assert covered == found or (found.endswith("…") and covered.startswith(found[:-1])), told


@all_cases
@pytest.mark.requirement("lang.validator")
def test_the_path_of_a_diagnostic_leads_to_the_node_it_stands_in(
    case: Path, results: dict[str, ParseResult]
):
    result = results[case.name]
    nodes = _nodes(result)
    for told in result.diagnostics:
        if told.path:
            assert _PATH.fullmatch(told.path), told
        around = [path for path, span in nodes.items() if _holds(span, told.loc)]
        innermost = max(around, key=len, default="")
        assert told.path.startswith(innermost) or told.path in (*nodes, "View"), (innermost, told)


@all_cases
@pytest.mark.requirement("lang.repair")
def test_a_repair_stands_exactly_on_the_text_it_replaces(
    case: Path, results: dict[str, ParseResult]
):
    text = samples.text(case)
    for repair in results[case.name].repairs:
        start = _offset(text, repair.loc.line, repair.loc.column)
        assert text.startswith(repair.before, start)
        assert not repair.lossy


FIXES = [
    pytest.param(case, number, id=f"{case.name}-{number}")
    for case in CASES
    for number, told in enumerate(parse(samples.source(case)).diagnostics)
    if told.fix is not None
]


@pytest.mark.parametrize(("case", "number"), FIXES)
@pytest.mark.requirement("lang.validator")
def test_applying_a_fix_mends_the_finding_and_adds_no_error(
    case: Path, number: int, results: dict[str, ParseResult]
):
    told = results[case.name].diagnostics
    after = parse(_fixed(samples.text(case), told[number])).diagnostics
    new = _errors(after) - _errors(told)
    assert [each for each in new if not _brought_to_light(each, after, told[number])] == []
    assert _alike(after, told[number]) < _alike(told, told[number])


def _brought_to_light(error: str, after: tuple[Diagnostic, ...], mended: Diagnostic) -> bool:
    """Whether an error stands in what is read only now: a renamed element, a condition."""
    assert mended.fix is not None
    lines = {line for edit in mended.fix.edits for line in (edit.loc.line, edit.loc.end_line)}
    places = {each.loc.line for each in after if f"{each.code} {each.message}" == error}
    return mended.fix.title.startswith(("Call it <", "Put it into an <If>")) and places <= lines


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


FINDINGS = {
    name: finding
    for name, finding in vars(catalogue).items()
    if isinstance(finding, catalogue.Finding)
}


@pytest.mark.parametrize("name", FINDINGS)
@pytest.mark.requirement("lang.validator")
def test_every_way_in_which_a_panel_can_be_wrong_has_a_sample_and_a_hint(
    name: str, all_told: list[Diagnostic]
):
    finding = FINDINGS[name]
    said = re.compile(_pattern(finding.message), re.DOTALL)
    fitting = [
        each for each in all_told if each.code == finding.code and said.fullmatch(each.message)
    ]
    assert fitting
    assert all(each.hint and "{" not in _without_code(each.hint) for each in fitting)


@pytest.mark.requirement("lang.validator")
def test_every_code_has_a_sample(results: dict[str, ParseResult]):
    told = {found.code for result in results.values() for found in result.diagnostics}
    assert told == set(Code)


@pytest.mark.requirement("lang.validator")
def test_all_that_is_wrong_is_told_at_once(results: dict[str, ParseResult]):
    """One panel with a mistake of every family that can stand beside the others."""
    codes = {found.code for found in results["many_mistakes"].diagnostics}
    never = {Code.LIMIT_EXCEEDED, Code.UNUSED_STATE, Code.UNUSED_TOOL, Code.PARSE_ERROR}
    assert set(Code) - codes == never


_PATH = re.compile(
    r"(?:Data|Logic|View|Test\[[^\n]*?\])(?:/(?:#[^/\n]+|[^/\[\n]+(?:\[[^\n]*?\])?))*", re.DOTALL
)


def _nodes(result: ParseResult) -> dict[str, Span]:
    return {} if result.ast is None else dict(paths(result.ast))


def _holds(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (
        (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


def _errors(told: tuple[Diagnostic, ...]) -> Counter[str]:
    return Counter(f"{each.code} {each.message}" for each in told if each.severity == "error")


def _alike(told: tuple[Diagnostic, ...], one: Diagnostic) -> int:
    return sum((each.code, each.message) == (one.code, one.message) for each in told)


def _pattern(template: str) -> str:
    parts = Formatter().parse(template)
    return "".join(re.escape(literal) + (".*" if name else "") for literal, name, *_ in parts)


def _without_code(text: str) -> str:
    return re.sub(r"`[^`]*`+|«[^»]*»", "", text)


def _covered(text: str, loc: Span) -> str:
    return text[_offset(text, loc.line, loc.column) : _offset(text, loc.end_line, loc.end_column)]


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
