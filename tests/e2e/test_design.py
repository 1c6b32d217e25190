"""The visual layout editor: elements are moved, put in rows, widened, added and taken away."""

import re

import pytest
from browsing import violations
from playwright.sync_api import Locator, Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.layout")

FIELDS = """<NexusPanel title="Fields">
  <Data>
    <State name="name" type="string" default=""/>
    <State name="people" type="list" default='["Ada", "Grace"]'/>
  </Data>

  <View>
    <Layout>
      <Metric label="People" value="{$state.people.length}"/> <!-- all of them -->
      <Card title="Who">
        <Iterate items="{$state.people}" as="who">
          <Text>{$scope.who}</Text>
        </Iterate>
        <Input  label="Name"  bind="$state.name"/>
      </Card>
      <Button label="Send"/>
    </Layout>
  </View>
</NexusPanel>
"""


@pytest.fixture
def panel(kernel: Kernel, request: pytest.FixtureRequest) -> str:
    """The id of a panel of this test's own."""
    panel_id = re.sub(r"[^a-z]+", "-", request.node.name.lower())[:60].strip("-")
    kernel.create_panel(panel_id, FIELDS)
    return panel_id


def view_of(kernel: Kernel, panel_id: str) -> list[str]:
    """Return the lines between the tags of the outermost element of the view, as they are."""
    source = kernel.get(f"/api/workspaces/default/panels/{panel_id}")["source"]
    lines = source.splitlines()
    return lines[lines.index("    <Layout>") + 1 : lines.index("    </Layout>")]


def properties(page: Page) -> Locator:
    return page.get_by_role("region", name="Properties")


def expect_said(page: Page, words: str) -> None:
    """Wait until a screen reader has been told."""
    expect(properties(page).get_by_role("status")).to_have_text(words)


def drag(page: Page, what: Locator, to: Locator, x: float, y: float) -> None:
    """Drag something to a place in the box of an element, in parts of its width and height."""
    start, end = what.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 12, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 20)
    page.mouse.move(end["x"] + x * end["width"], end["y"] + y * end["height"], steps=2)


METRIC = '      <Metric label="People" value="{$state.people.length}"/> <!-- all of them -->'
CARD = [
    '      <Card title="Who">',
    '        <Iterate items="{$state.people}" as="who">',
    "          <Text>{$scope.who}</Text>",
    "        </Iterate>",
    '        <Input  label="Name"  bind="$state.name"/>',
    "      </Card>",
]
SEND = '      <Button label="Send"/>'


@pytest.mark.requirement("ui.a11y")
def test_an_element_is_moved_widened_copied_and_removed_by_keyboard_alone(
    open_page, kernel: Kernel, panel: str
):
    page = open_page(f"/panels/{panel}/design")
    page.get_by_role("button", name="Button Send").focus()
    page.keyboard.press("Enter")
    expect(properties(page).get_by_role("heading", name="Button")).to_be_visible()
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    expect_said(page, "Button “Send” moved: 1 of 3 in Layout.")
    assert view_of(kernel, panel) == [SEND, METRIC, *CARD]
    expect(page.get_by_role("button", name="Button Send")).to_be_focused()

    page.keyboard.press("Alt+ArrowRight")
    expect_said(page, "Button “Send” moved: 1 of 3 in Card.")
    page.keyboard.press("Alt+ArrowLeft")
    expect_said(page, "Button “Send” moved: 3 of 3 in Layout.")
    assert view_of(kernel, panel) == [METRIC, *CARD, SEND]

    properties(page).get_by_role("radio", name="12, a row of its own").click()
    expect_said(page, "Button “Send” takes 12 of 12 columns: 1 of 1 in Layout.")
    wide = ["      <Layout>", '        <Button label="Send"/>', "      </Layout>"]
    assert view_of(kernel, panel) == [METRIC, *CARD, *wide]
    properties(page).get_by_role("radio", name="3 of 12").click()
    expect_said(page, "Button “Send” takes 3 of 12 columns: 3 of 3 in Layout.")

    page.get_by_role("button", name="Button Send").focus()
    page.keyboard.press("ControlOrMeta+d")
    expect_said(page, "Button “Send” duplicated: 4 of 4 in Layout.")
    page.keyboard.press("Delete")
    expect_said(page, "Button “Send” removed: 3 of 3 in Layout.")
    assert view_of(kernel, panel) == [METRIC, *CARD, SEND]
    assert violations(page) == []


def test_an_element_is_dragged_to_where_the_catalogue_allows_and_each_step_is_undone(
    open_page, kernel: Kernel, panel: str
):
    page = open_page(f"/panels/{panel}/design")
    send, name = page.get_by_role("button", name="Send", exact=True), page.get_by_label("Name")
    place = page.locator("[data-st-place]")
    drag(page, send, name, 0.99, 0.5)
    expect(page.get_by_text("in a row with Input")).to_be_visible()
    expect(place).to_be_visible()
    page.mouse.up()
    expect_said(page, "Button “Send” put beside Input “Name”: 2 of 2 in Row.")
    row = [
        "        <Row>",
        '          <Input label="Name" bind="$state.name"/>',
        '          <Button label="Send"/>',
        "        </Row>",
    ]
    assert view_of(kernel, panel) == [METRIC, *CARD[:4], *row, CARD[5]]

    page.get_by_role("button", name="Add an element").click()
    drag(page, page.get_by_role("button", name="Tab", exact=True), name, 0.5, 0.5)
    expect(page.get_by_text("cannot go here")).to_be_visible()
    expect(place).to_have_count(0)
    page.mouse.up()
    drag(
        page,
        page.get_by_role("button", name="Slider", exact=True),
        page.get_by_text("Grace"),
        0.5,
        2,
    )
    page.mouse.up()
    expect_said(page, "Slider added: 2 of 3 in Card.")
    expect(page.get_by_role("slider", name="Label")).to_be_visible()
    assert '"number" default=' in kernel.get(f"/api/workspaces/default/panels/{panel}")["source"]

    for _ in range(2):
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("button", name="Do again")).to_be_enabled()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    assert view_of(kernel, panel) == [METRIC, *CARD, SEND]


def test_conditions_lists_and_texts_have_fields_and_what_cannot_be_is_told_where_one_looks(
    open_page, kernel: Kernel, panel: str
):
    page = open_page(f"/panels/{panel}/design")
    fields = properties(page)
    page.get_by_role("button", name="Add an element").click()
    fields.get_by_role("button", name="If", exact=True).click()
    expect_said(page, "If added: 4 of 4 in Layout.")
    page.get_by_role("button", name="Add an element").click()
    fields.get_by_label("condition").fill("{$state.people.length > 1}")
    page.keyboard.press("Enter")
    expect_said(page, "condition of If set: 4 of 4 in Layout.")
    page.get_by_role("button", name="Iterate").click()
    name = fields.get_by_label("as", exact=True)
    name.fill("person")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("who"))
    before = view_of(kernel, panel)
    page.keyboard.press("Enter")
    assert violations(page) == []
    assert view_of(kernel, panel) == before
    fields.get_by_label("items").fill("{$state.peple.slice(1)}")
    fields.get_by_role("button", name="Replace it by people").click()
    expect(fields.get_by_label("items")).to_have_value("{$state.people.slice(1)}")
    expect(page.get_by_text("Ada", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(fields.get_by_role("heading", name="Button")).to_be_visible()
    iterate = CARD[1].replace("$state.people", "$state.people.slice(1)")
    condition = [
        '      <If condition="{$state.people.length > 1}">',
        "        <Text>Text</Text>",
        "      </If>",
    ]
    assert view_of(kernel, panel) == [METRIC, CARD[0], iterate, *CARD[2:], SEND, *condition]

    source = kernel.get(f"/api/workspaces/default/panels/{panel}")["source"]
    text = source.replace('<Button label="Send"/>', "Hello {$state.name}!")
    kernel.call("PUT", f"/api/workspaces/default/panels/{panel}", {"source": text})
    expect(page.get_by_text("Hello !")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Ada", exact=True)).to_be_visible()
    theirs = kernel.get(f"/api/workspaces/default/panels/{panel}")["source"]
    assert theirs == text.replace("$state.people.slice(1)", "$state.people")
    page.get_by_role("button", name="Do again").click()
    expect(page.get_by_text("Ada", exact=True)).to_have_count(0)
    page.get_by_role("button", name=re.compile("^text Hello")).click()
    fields.get_by_label("text", exact=True).fill("Good-bye & {$state.name}!")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Good-bye & !")).to_be_visible()
    written = text.replace("Hello {$state.name}!", "Good-bye &amp; {$state.name}!")
    assert kernel.get(f"/api/workspaces/default/panels/{panel}")["source"] == written

    page.get_by_role("button", name="Source").click()
    page.get_by_role("region", name="Source").get_by_role("button", name="Undo").click()
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Hello !")).to_be_visible()
    page.get_by_role("button", name="Design").click()
    page.get_by_role("button", name="Do again").click()
    expect(page.get_by_text("Good-bye & !")).to_be_visible()
    assert kernel.get(f"/api/workspaces/default/panels/{panel}")["source"] == written
