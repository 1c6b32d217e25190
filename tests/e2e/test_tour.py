"""The tour: offered once, declined or taken, and at its end there is a panel of one's own."""

import re

import pytest
from browsing import violations_in_both_themes as violations
from playwright.sync_api import Page, expect
from serving import Kernel

pytestmark = [pytest.mark.requirement("ui.studio"), pytest.mark.requirement("ui.a11y")]


def card(page: Page, title: str):
    return page.get_by_role("region", name=f"Tour: {title}")


def press(page: Page, name: str) -> None:
    """Press a button of the tour by the keyboard."""
    button = page.get_by_role("region", name="Tour").get_by_role("button", name=name, exact=True)
    button.focus()
    page.keyboard.press("Enter")


def test_the_tour_ends_with_a_panel_of_ones_own_by_keyboard_alone(open_page, kernel: Kernel):
    page: Page = open_page("/")
    press(page, "Begin")
    expect(card(page, "What shall it be?").get_by_role("heading")).to_be_focused()
    found = violations(page)
    press(page, "Counter")

    expect(card(page, "It is alive")).to_be_visible()
    page.get_by_role("button", name="Add one").focus()
    page.keyboard.press("Enter")
    expect(card(page, "It is alive").get_by_role("status")).to_contain_text("It is kept")
    press(page, "Make it yours")

    page.get_by_role("button", name="Button Add one").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("label", exact=True)).to_be_enabled()
    page.get_by_label("label", exact=True).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("One more")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="One more", exact=True)).to_be_visible()
    found += violations(page)
    press(page, "Show me the source")

    expect(page.locator(".cm-activeLine")).to_contain_text("One more")
    press(page, "To my panel")
    expect(page).to_have_url(re.compile("/panels/my-counter$"))
    expect(page.get_by_role("region", name="Tour")).to_have_count(0)
    source = kernel.get("/api/workspaces/default/panels/my-counter")["source"]
    assert '<Button label="One more"' in source
    assert found == []


def test_a_declined_tour_is_not_offered_again_and_is_taken_when_asked_for(open_page):
    page: Page = open_page("/")
    press(page, "Not now")
    expect(page.locator("#content")).to_be_focused()
    page.reload()
    expect(page.get_by_role("link", name="Notes").first).to_be_visible()
    expect(page.get_by_role("region", name="Tour")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("tour")
    page.keyboard.press("Enter")
    expect(card(page, "What shall it be?").get_by_role("heading")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Tour")).to_have_count(0)
