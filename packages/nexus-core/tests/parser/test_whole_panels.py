"""What holds for every whole panel that the public strategy makes."""

import json

import pytest
from hypothesis import given, settings

from nexus_core.parser import format_source, parse
from nexus_core.testing.strategies import panels
from nexus_protocol import PanelAst

from . import samples

cases = settings(deadline=None)


@pytest.mark.requirement("lang.parser")
@cases
@given(panels())
def test_a_made_panel_is_valid_and_its_tree_reads_back(source: str):
    result = parse(source)
    assert [each for each in result.diagnostics if each.severity == "error"] == []
    assert result.ast is not None
    assert PanelAst.model_validate(json.loads(result.ast.to_json())) == result.ast


@pytest.mark.requirement("lang.printer")
@cases
@given(panels())
def test_laying_out_a_panel_keeps_its_tree_and_is_idempotent(source: str):
    printed = format_source(source)
    assert format_source(printed) == printed
    assert samples.without_places(parse(printed)) == samples.without_places(parse(source))
