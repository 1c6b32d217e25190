"""A first panel lives: what a person does with the served product, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from serving import Kernel

PANELS = Path(__file__).parents[1] / "panels"

ENDLESS = """
<NexusPanel title="Endless">
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic>
    <Tool name="hang"><Handler timeout_ms="2000">while (true) {}</Handler></Tool>
  </Logic>
  <View><Button label="Hang" trigger="hang"/></View>
</NexusPanel>
"""


def add_note(page: Page, text: str) -> None:
    field = page.get_by_label("New note")
    field.focus()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_text(text, exact=True)).to_be_visible()
    expect(field).to_have_value("")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of that accessible name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => document.activeElement.getAttribute('aria-label')"
            " ?? document.activeElement.textContent"
        )
        if focused.strip() == name:
            return
    raise AssertionError(f"{name!r} cannot be reached with Tab")


@pytest.mark.requirement("ui.renderer")
def test_a_note_is_added_edited_filtered_and_deleted_by_keyboard_alone(open_page, kernel: Kernel):
    kernel.create_panel("by-keyboard", (PANELS / "notes.nxml").read_text())
    page: Page = open_page("/panels/by-keyboard")
    add_note(page, "Buy milk")
    add_note(page, "Call Ada")

    tab_to(page, "Edit note: Buy milk")
    page.keyboard.press("Enter")
    edited = page.get_by_label("Edit note", exact=True)
    expect(edited).to_have_value("Buy milk")
    edited.focus()
    page.keyboard.press("End")
    page.keyboard.type(" and bread")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Buy milk and bread", exact=True)).to_be_visible()

    page.get_by_label("Filter", exact=True).focus()
    page.keyboard.type("ada")
    expect(page.get_by_text("Buy milk and bread", exact=True)).to_be_hidden()
    expect(page.get_by_text("Call Ada", exact=True)).to_be_visible()

    tab_to(page, "Delete note: Call Ada")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Call Ada", exact=True)).to_be_hidden()


@pytest.mark.requirement("ker.ws")
def test_a_second_browser_shows_a_note_without_being_asked(open_page):
    first, second = open_page("/panels/notes"), open_page("/panels/notes")
    expect(second.get_by_label("New note")).to_be_visible()
    first.get_by_label("New note").fill("Seen by both")
    first.get_by_label("New note").press("Enter")
    expect(second.get_by_text("Seen by both", exact=True)).to_be_visible()


@pytest.mark.requirement("ker.store")
def test_a_note_outlives_a_kernel_that_was_killed(open_page, kernel: Kernel):
    page: Page = open_page("/panels/notes")
    add_note(page, "Survives")
    kernel.kill()
    kernel.start()
    # The open page finds the new kernel by itself, and so does a new one.
    add_note(page, "Written afterwards")
    expect(open_page("/panels/notes").get_by_text("Survives", exact=True)).to_be_visible()


@pytest.mark.requirement("ker.panels")
def test_an_endless_handler_ends_with_timeout_on_screen_while_another_panel_answers(
    open_page, kernel: Kernel
):
    kernel.create_panel("endless", ENDLESS)
    endless, notes = open_page("/panels/endless"), open_page("/panels/notes")
    expect(notes.get_by_label("New note")).to_be_visible()
    endless.get_by_role("button", name="Hang").click()
    add_note(notes, "Still answering")
    expect(endless.get_by_text("TIMEOUT")).to_be_hidden()
    expect(endless.get_by_role("alert").filter(has_text="TIMEOUT")).to_be_visible()


def source_editor(page: Page):
    return page.locator(".cm-content")


def replace_source(page: Page, source: str) -> None:
    editor = source_editor(page)
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("ControlOrMeta+s")


@pytest.mark.requirement("ui.studio")
def test_a_source_edited_in_the_studio_changes_the_panel_and_keeps_its_state(
    open_page, kernel: Kernel
):
    source = (PANELS / "notes.nxml").read_text()
    kernel.create_panel("edited", source)
    page: Page = open_page("/panels/edited/source")
    add_note(page, "Kept over the edit")
    replace_source(page, source.replace('label="New note"', 'label="Your note"'))
    expect(page.get_by_label("Your note")).to_be_visible()
    expect(page.get_by_text("Kept over the edit", exact=True)).to_be_visible()


@pytest.mark.requirement("ui.studio")
def test_a_broken_source_shows_its_diagnostics_at_the_line_and_the_panel_runs_on(
    open_page, kernel: Kernel
):
    source = (PANELS / "notes.nxml").read_text()
    kernel.create_panel("mistaken", source)
    page: Page = open_page("/panels/mistaken/source")
    add_note(page, "Before the mistake")
    broken = source.replace("{$state.shown.length} of", "{$state.shwn.length} of")
    line = broken[: broken.index("$state.shwn")].count("\n") + 1
    replace_source(page, broken)
    problems = page.get_by_role("region", name=re.compile("problems", re.IGNORECASE))
    expect(problems.get_by_text(re.compile("shwn")).first).to_be_visible()
    expect(problems.get_by_text(re.compile(rf"\b{line}\b")).first).to_be_visible()
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    add_note(page, "After the mistake")
    expect(page.get_by_text("Before the mistake", exact=True)).to_be_visible()


@pytest.mark.requirement("ui.renderer")
@pytest.mark.parametrize("panel", sorted(path.stem for path in PANELS.glob("*.nxml")))
def test_every_sample_panel_draws_without_an_error(open_page: Callable[[str], Page], panel: str):
    page = open_page(f"/panels/{panel}")
    expect(page.locator(".nx-panel").first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.requirement("run.extensions")
def test_the_monitor_polls_the_kernels_own_health(open_page):
    page: Page = open_page("/panels/monitor")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Healthy", exact=True)).to_be_visible()


@pytest.mark.requirement("ui.renderer")
def test_a_row_of_the_table_runs_its_tool_by_keyboard(open_page, kernel: Kernel):
    page: Page = open_page("/panels/inventory")
    row = page.get_by_role("row").filter(has_text="Bolt 001")
    row.focus()
    page.keyboard.press("Enter")
    expect(row.get_by_text("25", exact=True)).to_be_visible()


@pytest.mark.requirement("ui.renderer")
def test_a_form_in_steps_checks_each_before_it_goes_on(open_page):
    page: Page = open_page("/panels/signup")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Please tell us your name.")).to_be_visible()
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Email").press("Enter")
    expect(page.get_by_label("Seats")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text(re.compile("Thank you, Ada Lovelace"))).to_be_visible()
