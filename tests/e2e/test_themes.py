"""Light and dark: what the system prefers, and what a person chooses instead."""

import pytest
from playwright.sync_api import Page, expect

GROUND = "() => getComputedStyle(document.body).backgroundColor"


def brightness(colour: str) -> float:
    """Return the mean of red, green and blue of ``rgb(…)``."""
    parts = colour[colour.index("(") + 1 : colour.index(")")].split(",")[:3]
    return sum(float(part) for part in parts) / 3


@pytest.mark.requirement("ui.themes")
def test_the_page_follows_the_systems_preference(open_page):
    page: Page = open_page("/panels/notes")
    page.emulate_media(color_scheme="light")
    light = brightness(page.evaluate(GROUND))
    page.emulate_media(color_scheme="dark")
    assert brightness(page.evaluate(GROUND)) < 60 < 200 < light


@pytest.mark.requirement("ui.themes")
def test_a_chosen_theme_stays_over_a_reload(open_page):
    page: Page = open_page("/panels/notes")
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Dark theme").click()
    page.reload()
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")
    assert brightness(page.evaluate(GROUND)) < 60


@pytest.mark.requirement("ui.themes")
@pytest.mark.requirement("ui.a11y")
def test_where_colours_are_a_persons_own_a_line_tells_what_is_chosen(open_page):
    page: Page = open_page("/panels/notes/inspect")
    page.emulate_media(forced_colors="active")
    chosen = {"link": ("Notes", "Chat"), "button": ("Inspect", "Design"), "tab": ("State", "Log")}
    for role, (one, other) in chosen.items():
        named = page.get_by_role(role, name=one, exact=True)
        expect(named).to_have_css("outline-style", "solid")
        rest = page.get_by_role(role, name=other, exact=True)
        expect(rest).to_have_css("outline-style", "none")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_css("border-top-width", "1px")


@pytest.mark.requirement("ui.themes")
def test_a_hosts_own_tokens_colour_and_shape_every_component(open_gallery):
    page: Page = open_gallery("light")
    page.add_style_tag(content=":root { --nx-accent-fill: rgb(1, 2, 3); --nx-radius: 0px; }")
    button = page.get_by_role("button", name="Subscribe")
    expect(button).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(button).to_have_css("border-radius", "0px")
