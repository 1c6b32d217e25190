"""Long lists in a real browser: scrolled and walked through by keyboard, with few rows drawn."""

import pytest
from playwright.sync_api import Page, expect
from serving import Kernel

pytestmark = [pytest.mark.requirement("ui.renderer"), pytest.mark.requirement("ui.a11y")]

ROWS = 5_000
PANEL = f"""
<NexusPanel title="Long">
  <Data><State name="rows" type="list" default="[]"/></Data>
  <Logic>
    <Lifecycle on="mount"><Handler><![CDATA[
      $state.rows = Array.from({{ length: {ROWS} }}, (_, id) => (
        {{ id, title: "Row " + id + (id % 7 ? "" : " has much more to say".repeat(9)) }}));
    ]]></Handler></Lifecycle>
  </Logic>
  <View>
    <List aria-label="Rows">
      <Iterate items="{{$state.rows}}" as="row" key="id">
        <ListItem><Text>{{$scope.row.title}}</Text><Input bind="$scope.row.title"
          aria-label="Title {{$scope.row.id}}"/></ListItem>
      </Iterate>
    </List>
  </View>
</NexusPanel>
"""
SCROLL = """async by => {
    let scroller = document.querySelector(".nx-list");
    while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowY))
        scroller = scroller.parentElement;
    (scroller ?? document.scrollingElement).scrollBy(0, by);
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    await frame();
    return [...document.querySelectorAll(".nx-list-item")].filter(item => {
        const { top, bottom } = item.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
    }).map(item => Number(item.ariaPosInSet));
}"""


def test_a_list_of_thousands_is_scrolled_and_walked_with_few_rows_drawn(open_page, kernel: Kernel):
    kernel.create_panel("long", PANEL)
    page: Page = open_page("/panels/long")
    items = page.locator(".nx-list-item")
    expect(items.first).to_be_visible()
    assert items.first.get_attribute("aria-setsize") == str(ROWS)

    # Step by step, down and up again: no row is missing on the way.
    seen: list[int] = page.evaluate(SCROLL, 0)
    for step in (*[500] * 40, *[-500] * 10):
        shown: list[int] = page.evaluate(SCROLL, step)
        assert shown == list(range(shown[0], shown[0] + len(shown)))
        assert seen[0] <= shown[-1] + 1
        assert shown[0] <= seen[-1] + 1
        seen = shown
    assert seen[0] > 200

    # By keyboard on from a field, one field after the other.
    page.get_by_label(f"Title {seen[1]}", exact=True).focus()
    for _ in range(60):
        page.keyboard.press("Tab")
    expect(page.get_by_label(f"Title {seen[1] + 60}", exact=True)).to_be_focused()

    # And to the end, at once.
    page.evaluate("() => document.activeElement.blur()")
    page.evaluate(SCROLL, 1e9)
    expect(page.get_by_label(f"Title {ROWS - 1}", exact=True)).to_be_attached()
    assert ROWS in page.evaluate(SCROLL, 1e9)
    assert items.count() <= 1_000
