"""Markdown in the served product: what a person sees of it, and that nothing in it runs."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.renderer")

WRITING = Path(__file__).parents[1] / "panels/writing.nxml"
PANEL = """
<NexusPanel title="Text">
  <Data><State name="text" type="string"/></Data>
  <Logic>
    <Tool name="write"><Arg name="text"/><Handler>$state.text = $args.text;</Handler></Tool>
    <Tool name="ping"><Handler>$emit.toast("Alive.");</Handler></Tool>
  </Logic>
  <View>
    <Layout strategy="stack">
      <Button label="Ping" trigger="ping"/>
      <Container title="Text"><Markdown content="{$state.text}"/></Container>
      <Text variant="markdown">{$state.text}</Text>
    </Layout>
  </View>
</NexusPanel>
"""

HOSTILE = """
[click](javascript:window.ran=1) [click](JaVaScRiPt&colon;window.ran=1)
[click](java&#10;script&#58;window.ran=1) [click](data:text/html,<script>window.ran=1</script>)
[click][r] [r] <javascript:window.ran=1> [click](//evil.test/) [click](https://a@evil.test/)

[r]: vbscript:window.ran=1 "x"

<script>window.ran = 1</script> <img src=x onerror="window.ran=1"> <svg onload="window.ran=1">

<iframe src="javascript:window.ran=1"></iframe>

![pixel](https://evil.test/pixel.png) ![x](javascript:window.ran=1)
![x](/x.png"onerror="window.ran=1)

<a href="javascript:window.ran=1">click</a> <style>* { display: none }</style>
"""

DANGEROUS = "script, iframe, style, a, img:not([src^='/x.png']), [onerror], [onload]"

DEEP = {
    "quotes": ">" * 10_000 + "a",
    "lists": "- " * 10_000 + "a",
    "brackets": "[" * 110_000,
    "links": "[a](" * 100_000,
    "stars": "*a **b " * 50_000 + "b** a*" * 50_000,
    "table": "|a" * 1_000 + "\n" + "|-" * 1_000 + "\n" + ("|b" * 1_000 + "\n") * 300,
    "lines": "- a\n" * 250_000,
    "words": "word " * 200_000,
}


def write(kernel: Kernel, text: str, panel: str = "text") -> None:
    path = f"/api/workspaces/default/panels/{panel}/tools/write"
    kernel.call("POST", path, {"args": {"text": text}})


def test_what_is_typed_is_formatted_at_once(open_page: Callable[[str], Page], kernel: Kernel):
    kernel.create_panel("typed", WRITING.read_text())
    page = open_page("/panels/typed")
    shown = page.get_by_role("group", name="How it looks")
    expect(shown.get_by_role("heading", name="A walk to the river")).to_be_visible()
    expect(shown.get_by_role("img", name="Done")).to_have_count(2)
    expect(shown.get_by_role("cell", name="1.2 km")).to_have_css("text-align", "end")
    page.get_by_label("Text", exact=True).fill("# Gone\n\n| a |\n|-|\n| **b** |")
    expect(shown.get_by_role("heading")).to_have_text("Gone")
    expect(shown.get_by_role("cell")).to_have_text("b")


def test_a_text_that_a_tool_writes_grows_word_by_word(
    open_page: Callable[[str], Page], kernel: Kernel
):
    kernel.create_panel("written", WRITING.read_text())
    page = open_page("/panels/written")
    shown = page.get_by_role("group", name="How it looks")
    heading = shown.get_by_role("heading", name="A walk to the river").element_handle()
    page.get_by_role("button", name="Write on").click()
    expect(shown.get_by_role("listitem").filter(has_text="no cloud at all")).to_be_visible()
    assert heading.evaluate("element => element.isConnected")


def test_nothing_in_a_text_runs_loads_or_leads_away(browser: Browser, kernel: Kernel):
    kernel.create_panel("text", PANEL)
    page = browser.new_context().new_page()
    asked, violations = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: violations.append(message.text))
    page.on("dialog", lambda dialog: violations.append(dialog.message))
    page.goto(kernel.url + "/panels/text")
    write(kernel, HOSTILE)
    expect(page.get_by_text("window.ran = 1").first).to_be_visible()
    for link in page.get_by_text("click").all():
        link.click()
    assert page.url == kernel.url + "/panels/text"
    assert page.evaluate("() => window.ran") is None
    assert [url for url in asked if not url.startswith((kernel.url, "data:", "ws://127"))] == []
    assert [text for text in violations if "Security" in text] == []
    assert page.locator(f".nx-panel :is({DANGEROUS})").count() == 0
    page.context.close()


@pytest.mark.parametrize("shape", DEEP)
def test_a_text_that_is_too_much_is_cut_and_the_panel_lives(
    browser: Browser, kernel: Kernel, shape: str
):
    kernel.create_panel(shape, PANEL)
    page = browser.new_context().new_page()
    page.goto(f"{kernel.url}/panels/{shape}")
    write(kernel, DEEP[shape], shape)
    cut = re.compile("are shown|too many parts|too deep")
    expect(page.locator(".nx-markdown .nx-note").first).to_have_text(cut)
    page.get_by_role("button", name="Ping").click()
    expect(page.get_by_text("Alive.")).to_be_visible()
    page.context.close()


def test_a_text_stays_readable_where_its_format_cannot_be_loaded(browser: Browser, kernel: Kernel):
    page = browser.new_context().new_page()

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/prose-*.js", refuse)
    page.goto(kernel.url + "/panels/writing")
    shown = page.get_by_role("group", name="How it looks")
    expect(shown).to_contain_text("Write on the **left**")
    expect(shown.get_by_role("status")).to_contain_text("could not be formatted")
    page.unroute("**/prose-*.js")
    shown.get_by_role("button", name="Try again").click()
    expect(shown.get_by_role("heading", name="A walk to the river")).to_be_visible()
    page.context.close()


def test_what_formats_a_text_is_not_loaded_before_there_is_one(browser: Browser, kernel: Kernel):
    page = browser.new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(kernel.url + "/panels/notes")
    expect(page.get_by_label("New note")).to_be_visible()
    assert [url for url in asked if "prose" in url] == []
    page.context.close()
