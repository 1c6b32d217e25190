"""Every component in every state, light and dark: axe finds nothing to complain about."""

from collections.abc import Callable
from typing import TypedDict

import pytest
from browsing import RENDERER
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.requirement("ui.a11y")

AXE = RENDERER.parents[1] / "node_modules" / "axe-core" / "axe.min.js"


class Violation(TypedDict):
    """What axe says of some elements."""

    rule: str
    elements: list[str]


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, open_gallery: Callable[[str], Page]) -> Page:
    opened = open_gallery(request.param)
    expect(opened.locator(".recharts-pie-sector").first).to_be_visible()
    expect(opened.get_by_role("heading", name="Version 2.4")).to_be_visible()
    opened.add_script_tag(path=AXE)
    return opened


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
