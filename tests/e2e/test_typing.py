"""Typing while the kernel is far away: every keystroke is on the screen at once and stays there."""

from collections.abc import Iterator

import pytest
from late import late
from playwright.sync_api import Browser, Page, expect
from serving import Kernel

pytestmark = [pytest.mark.requirement("ui.renderer"), pytest.mark.requirement("ui.client")]

LATENCY = 0.3
KEYSTROKE_MS = 20
HALF = "abcdefghij" * 10
PANEL = """
<NexusPanel title="Rows">
  <Data><State name="rows" type="list" default='[{"id":1,"title":""},{"id":2,"title":""}]'/></Data>
  <View>
    <Layout strategy="stack">
      <Iterate items="{$state.rows}" as="row" key="id">
        <Input bind="$scope.row.title" aria-label="Row {$scope.row.id}"/>
      </Iterate>
    </Layout>
  </View>
</NexusPanel>
"""
WATCH = """field => {
    window.seen = [];
    const look = () => {
        if (seen.at(-1) !== field.value) seen.push(field.value);
        requestAnimationFrame(look);
    };
    look();
}"""


@pytest.fixture
def page(browser: Browser, kernel: Kernel) -> Iterator[Page]:
    kernel.create_panel("rows", PANEL)
    context = browser.new_context()
    with late(kernel.port, LATENCY / 2) as address:
        opened = context.new_page()
        opened.goto(address + "/panels/rows")
        yield opened
        context.close()


def test_200_characters_typed_into_a_row_are_shown_in_order_and_arrive(page: Page, kernel: Kernel):
    field = page.get_by_label("Row 2")
    field.focus()
    field.evaluate(WATCH)
    page.keyboard.type(HALF, delay=KEYSTROKE_MS)
    # The second half goes into the middle of the first: the caret stays where it is put.
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.type(HALF, delay=KEYSTROKE_MS)
    whole = HALF[:4] + HALF + HALF[4:]
    expect(field).to_have_value(whole)
    growing = [HALF[:n] for n in range(len(HALF))]
    growing += [HALF[:4] + HALF[:n] + HALF[4:] for n in range(len(HALF) + 1)]
    seen: list[str] = page.evaluate("() => window.seen")
    assert seen == [each for each in growing if each in set(seen)]
    other = page.context.new_page()
    other.goto(kernel.url + "/panels/rows")
    expect(other.get_by_label("Row 2")).to_have_value(whole)
    expect(other.get_by_label("Row 1")).to_have_value("")
    expect(field).to_have_value(whole)
