"""Layouts in the served product: which components stand in a row on which width."""

from collections.abc import Iterator
from itertools import groupby

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("lang.layout")

PANEL = """
<NexusPanel title="Widths">
  <View>
    <Layout STRATEGY>
      <Metric label="a" value="1"/>
      <Metric label="b" value="1"/>
      <Metric label="c" value="1"/>
      <Metric label="d" value="1"/>
      <Metric label="e" value="1"/>
      <Code>f</Code>
      <Text>g</Text>
    </Layout>
  </View>
</NexusPanel>
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def draw(page: Page, kernel: Kernel, attributes: str, name: str = "widths") -> Locator:
    """Open a panel with such a Layout."""
    kernel.create_panel(name, PANEL.replace("STRATEGY", attributes))
    page.goto(f"{kernel.url}/panels/{name}")
    layout = page.locator(".nx-panel .nx-layout")
    expect(layout.get_by_text("g", exact=True)).to_be_visible()
    return layout


def rows(layout: Locator, width: int) -> list[str]:
    """The letters of the components, a text for each row from the top, in a panel that wide."""
    for _ in range(2):  # the second time what stands around the panel has its final width
        panel = layout.evaluate("layout => layout.getBoundingClientRect().width")
        view = layout.page.viewport_size["width"]
        layout.page.set_viewport_size({"width": view + round(width - panel), "height": 900})
    places = layout.evaluate(
        """layout => [...layout.children].map((child) => {
            const { top, left } = child.getBoundingClientRect();
            return [Math.round(top), left, child.textContent[0]];
        })"""
    )
    return ["".join(each[2] for each in row) for _, row in groupby(sorted(places), lambda p: p[0])]


def columns(layout: Locator) -> int:
    """How many columns its grid has."""
    return layout.evaluate("it => getComputedStyle(it).gridTemplateColumns.split(' ').length")


def test_an_automatic_layout_fills_as_many_columns_as_there_is_room_for(page: Page, kernel: Kernel):
    layout = draw(page, kernel, "")
    drawn = {width: (rows(layout, width), columns(layout)) for width in (1024, 1023, 640, 639)}
    assert drawn == {
        1024: (["abcd", "ef", "g"], 12),
        1023: (["abcd", "ef", "g"], 8),
        640: (["abcd", "ef", "g"], 8),
        639: (["ab", "cd", "e", "f", "g"], 4),
    }


def test_other_strategies_have_no_columns(page: Page, kernel: Kernel):
    strategies = {
        "stack": 'strategy="stack"',
        "column": 'strategy="flex" direction="column"',
        "line": 'strategy="flex"',
    }
    drawn = {
        name: rows(draw(page, kernel, attributes, name), 1400)
        for name, attributes in strategies.items()
    }
    assert drawn == {"stack": list("abcdefg"), "column": list("abcdefg"), "line": ["abcdefg"]}


def test_a_gap_is_the_distance_between_children(page: Page, kernel: Kernel):
    gaps = {"xs": "4px", "sm": "8px", "md": "16px", "lg": "24px", "xl": "32px"}
    for gap, distance in gaps.items():
        layout = draw(page, kernel, f'strategy="stack" gap="{gap}"', f"gap-{gap}")
        expect(layout).to_have_css("row-gap", distance)
