"""Components of a host in a panel of a real kernel, under its policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import RENDERER, build_page
from playwright.sync_api import Browser, Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.custom")

PANEL = """
<NexusPanel title="Film">
  <Data>
    <State name="stars" type="number" default="2"/>
    <State name="said" type="string"/>
  </Data>
  <Logic>
    <Tool name="rated">
      <Arg name="stars" type="number"/>
      <Handler>$state.said = `You gave ${$args.stars}, ${$state.stars} are kept.`;</Handler>
    </Tool>
    <Tool name="reset"><Handler>$state.stars = 0;</Handler></Tool>
  </Logic>
  <View>
    <Layout strategy="stack">
      <CustomComponent module="acme.rating" aria-label="Rating" most="4"
        bind:value="$state.stars" on:rate="rated"/>
      <Text>{$state.said}</Text>
      <Button label="Reset" trigger="reset"/>
      <CustomComponent module="acme.broken"/>
      <CustomComponent module="acme.rating" component="Missing"/>
      <CustomComponent module="acme.unknown"/>
      <CustomComponent module="constructor"/>
    </Layout>
  </View>
</NexusPanel>
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a host that has registered components, built as a host builds it."""
    config = RENDERER / "dev" / "host" / "vite.config.ts"
    return build_page(config, tmp_path_factory.mktemp("host"))


@pytest.fixture(scope="module")
def hosting(host: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel that serves that host in the place of the studio."""
    with Kernel(tmp_path_factory.mktemp("hosting") / "data", NEXUS_STUDIO=str(host)) as running:
        running.create_panel("film", PANEL)
        yield running


@pytest.fixture
def page(browser: Browser, hosting: Kernel) -> Iterator[Page]:
    """The panel in that host."""
    complaints: list[str] = []
    context = browser.new_context()
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.goto(hosting.url + "/panels/film")
    yield opened
    context.close()
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_a_component_writes_the_state_and_runs_tools(page: Page):
    rating = page.get_by_role("group", name="Rating")
    expect(rating.locator("[aria-pressed=true]")).to_have_count(2)
    rating.get_by_role("button", name="4 of 4 stars").click()
    expect(page.get_by_text("You gave 4, 4 are kept.")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    expect(rating.locator("[aria-pressed=true]")).to_have_count(0)
    rating.get_by_role("button", name="1 of 4 stars").click()
    page.reload()
    expect(rating.locator("[aria-pressed=true]")).to_have_count(1)


def test_what_cannot_be_drawn_is_named_in_its_place(page: Page):
    expect(page.get_by_text("acme.broken could not be drawn")).to_be_visible()
    expect(page.get_by_text("There is no canvas.")).to_be_visible()
    expect(page.get_by_text("It has no component Missing.")).to_be_visible()
    for module in ("acme.unknown", "constructor"):
        place = page.locator(".nx-unregistered").filter(has_text=module)
        expect(place).to_contain_text("It is not registered where this panel is shown.")
    expect(page.get_by_role("button", name="Reset")).to_be_visible()


def test_the_studio_names_what_it_has_not_registered(open_page, kernel: Kernel):
    kernel.create_panel("film", PANEL)
    page: Page = open_page("/panels/film")
    expect(page.locator(".nx-unregistered")).to_have_count(5)
    expect(page.get_by_text("acme.broken", exact=True)).to_be_visible()
