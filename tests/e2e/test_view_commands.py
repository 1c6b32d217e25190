"""A handler acts on components of the view, in a real browser."""

import pytest
from playwright.sync_api import Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.renderer")

PANEL = """
<NexusPanel title="View">
  <Data>
    <State name="name" type="string" default=""/>
    <State name="people" type="list" default='[{"name":"Ada"},{"name":"Alan"}]'/>
  </Data>
  <Logic>
    <Tool name="ask"><Handler>
      $view.setFilter("people", "alan");
      $view.getElementById("who").setProp("label", "Who is it?");
      $view.focus("who");
    </Handler></Tool>
  </Logic>
  <View>
    <Layout strategy="stack">
      <Button label="Ask" trigger="ask"/>
      <Table id="people" data="{$state.people}"/>
      <Input id="who" label="Name" bind="$state.name"/>
    </Layout>
  </View>
</NexusPanel>
"""


def test_a_handler_filters_renames_and_puts_the_focus(open_page, kernel: Kernel):
    kernel.create_panel("view", PANEL)
    page: Page = open_page("/panels/view")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_label("Who is it?")).to_be_focused()
    expect(page.get_by_role("cell")).to_have_text("Alan")
