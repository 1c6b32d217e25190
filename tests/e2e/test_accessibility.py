"""Every component in every state, light and dark: axe finds nothing to complain about."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import pytest
from browsing import RENDERER, build_page
from playwright.sync_api import Browser, Page, Route, expect

pytestmark = pytest.mark.requirement("ui.a11y")

AXE = RENDERER.parents[1] / "node_modules" / "axe-core" / "axe.min.js"
ADDRESS = "http://gallery.test/"


class Violation(TypedDict):
    """What axe says of some elements."""

    rule: str
    elements: list[str]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of all components, built."""
    config = RENDERER / "dev" / "vite.config.ts"
    return build_page(config, tmp_path_factory.mktemp("gallery"))


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, gallery: Path) -> Iterator[Page]:
    def give(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS).partition("?")[0]
        route.fulfill(path=gallery / (path or "index.html"))

    context = browser.new_context(viewport={"width": 1180, "height": 900})
    context.route(ADDRESS + "**", give)
    opened = context.new_page()
    opened.goto(f"{ADDRESS}?theme={request.param}")
    expect(opened.locator(".recharts-pie-sector").first).to_be_visible()
    expect(opened.locator(".nx-markdown h5, .nx-markdown h4").first).to_be_visible()
    opened.add_script_tag(path=AXE)
    yield opened
    context.close()


def violations(page: Page) -> list[Violation]:
    """Let axe look at the page as it is, by all of its rules."""
    return page.evaluate(
        """async () => (await axe.run()).violations.map(({id, nodes}) =>
            ({rule: id, elements: nodes.map(({html}) => html)}))"""
    )


def test_axe_finds_nothing_in_any_component_or_state(page: Page):
    assert violations(page) == []
    for tab in ("Progress", "Links and pictures"):
        page.get_by_role("tab", name=tab).click()
        assert violations(page) == []
    page.get_by_role("button", name="Delete account").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Save changes")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("alert").filter(has_text="EXECUTION_ERROR")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("switch", name="Ask in a dialog").click()
    expect(page.get_by_role("dialog", name="Delete the account?")).to_be_visible()
    assert violations(page) == []
