"""Charts of every type are drawn in a real browser, which knows how large they are."""

import json

import pytest
from playwright.sync_api import Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.renderer")

POINTS = [{"x": 1, "a": 10, "b": 20}, {"x": 4, "a": 30, "b": None}, {"x": 5, "a": 22, "b": 28}]
PARTS = {
    "line": (".recharts-line-curve", 2),
    "bar": (".recharts-bar-rectangle path", 5),
    "area": (".recharts-area-curve", 2),
    "pie": (".recharts-pie-sector", 3),
    "scatter": (".recharts-scatter-symbol", 5),
}


PANEL = """
<NexusPanel>
  <Data><State name="points" type="list" default='{points}'/></Data>
  <View><Chart type="{type}" data="{{$state.points}}" title="Figures"/></View>
</NexusPanel>
"""


@pytest.mark.parametrize("type_", PARTS)
def test_a_chart_of_each_type_draws_what_there_is(open_page, kernel: Kernel, type_: str):
    kernel.create_panel(type_, PANEL.format(points=json.dumps(POINTS), type=type_))
    page: Page = open_page(f"/panels/{type_}")
    part, count = PARTS[type_]
    expect(page.get_by_role("img", name="Figures").locator(part)).to_have_count(count)
