"""What the studio does around a panel: its source, its inside, its properties, many at once."""

import re
from collections.abc import Callable

import pytest
from browsing import violations
from playwright.sync_api import Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.studio")

TALLY = """<NexusPanel title="Tally">
  <Data>
    <State name="count" type="number" default="2" description="How many."/>
    <State name="label" type="string" default="Apples"/>
  </Data>

  <Logic>
    <Tool name="add">
      <Handler>$state.count += 1; $log('one more');</Handler>
    </Tool>
    <Tool name="fail">
      <Handler>
        const nothing = null;
        return nothing.length;
      </Handler>
    </Tool>
  </Logic>

  <View>
    <Layout>
      <Text id="title" content="{$state.label}"/>
      <Text content="{`There are ${$state.count}`}"/>
      <Button label="Add" variant="primary" trigger="add"/>
      <Button label="Fail" trigger="fail"/>
    </Layout>
  </View>
</NexusPanel>
"""


@pytest.fixture
def tally(kernel: Kernel, request: pytest.FixtureRequest) -> str:
    """The id of a panel of this test's own."""
    panel_id = re.sub(r"[^a-z]+", "-", request.node.name.lower())[:60].strip("-")
    kernel.create_panel(panel_id, TALLY)
    return panel_id


def source_of(kernel: Kernel, panel_id: str) -> str:
    return kernel.get(f"/api/workspaces/default/panels/{panel_id}")["source"]


# ---- without accounts


def test_where_nobody_signs_in_nothing_speaks_of_accounts(open_page: Callable[[str], Page]):
    page = open_page("/account")
    expect(page.get_by_role("heading", name="Nobody signs in here").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Signed in as"))).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Workspace:")).click()
    expect(page.get_by_role("menuitem", name="Members")).to_have_count(0)


# ---- the source


def editor_of(page: Page):
    return page.locator(".cm-content")


def test_names_of_this_panel_are_completed_in_an_expression(open_page, tally: str):
    page = open_page(f"/panels/{tally}/source")
    editor_of(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(TALLY[: TALLY.index("<Text id")])
    page.keyboard.type("<Text>{$state.")
    options = page.get_by_role("option")
    expect(options).to_have_text([re.compile("^count"), re.compile("^label")])
    options.first.click()  # Enter is a new line for the first moment after the list has opened
    expect(editor_of(page)).to_contain_text("{$state.count}")


def test_a_word_under_the_pointer_is_explained(open_page, tally: str):
    page = open_page(f"/panels/{tally}/source")
    editor_of(page).get_by_text("variant").hover()
    expect(page.locator(".st-explanation")).to_contain_text("secondary · danger")


def test_a_quick_fix_mends_the_source(open_page, kernel: Kernel, tally: str):
    page = open_page(f"/panels/{tally}/source")
    editor_of(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(TALLY.replace('trigger="fail"', 'trigger="fial"'))
    problems = page.get_by_role("region", name="Problems")
    problems.get_by_role("button", name="Replace it by fail").click()
    expect(page.get_by_text("No problems")).to_be_visible()
    expect(editor_of(page)).to_contain_text('trigger="fail"')


def test_a_source_is_laid_out_when_it_is_saved_and_runs_beside_it(
    open_page, kernel: Kernel, tally: str
):
    page = open_page(f"/panels/{tally}/source")
    editor_of(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(TALLY.replace("  <View>", "<View>").replace("Apples", "Pears"))
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Saved. The panel runs this source.")).to_be_attached()
    assert source_of(kernel, tally) == TALLY.replace("Apples", "Pears")
    expect(editor_of(page)).to_contain_text("Pears")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()


def test_what_others_saved_meanwhile_is_compared_and_comes_together_with_ones_own(
    open_page, kernel: Kernel, tally: str
):
    page = open_page(f"/panels/{tally}/source")
    editor_of(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(TALLY.replace("Apples", "Pears"))
    path = f"/api/workspaces/default/panels/{tally}"
    theirs = {"source": TALLY.replace('label="Add"', 'label="More"')}
    kernel.call("PUT", path, theirs, **{"If-Match": "*"})
    page.get_by_role("button", name="Compare").click()
    differing = page.get_by_role("region", name="What differs")
    expect(differing.get_by_role("listitem")).to_have_count(2)
    expect(differing).to_contain_text('label="More"')
    page.get_by_role("button", name="Put both together").click()
    expect(page.get_by_text("Somebody else changed this panel")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Saved. The panel runs this source.")).to_be_attached()
    assert source_of(kernel, tally) == theirs["source"].replace("Apples", "Pears")


def test_unsaved_text_outlives_its_panel_and_makes_it_again(open_page, kernel: Kernel, tally: str):
    page = open_page(f"/panels/{tally}/source")
    editor_of(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(TALLY.replace("Apples", "Pears"))
    kernel.delete_panel(tally)
    left = page.get_by_role("region", name="Unsaved text")
    expect(left.get_by_label("Source")).to_have_value(re.compile("Pears"))
    expect(page.locator(f'nav a[href$="/panels/{tally}"]')).to_have_count(0)
    left.get_by_role("button", name="Make the panel again").click()
    expect(page.locator("#nx-title")).to_have_text("Pears")
    assert source_of(kernel, tally) == TALLY.replace("Apples", "Pears")


# ---- the list


def test_a_panel_is_renamed_duplicated_deleted_and_brought_back_with_its_state(
    open_page, kernel: Kernel, tally: str
):
    page = open_page(f"/panels/{tally}")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("There are 3")).to_be_visible()

    def choose(item: str):
        page.get_by_role("button", name="More actions").click()
        page.get_by_role("menuitem", name=item).click()
        return page.get_by_role("dialog")

    title = "A title that is much longer than the sidebar of the studio is wide"
    dialog = choose("Rename…")
    dialog.get_by_label("Name").fill(title)
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    panels = page.get_by_role("navigation", name="Panels").get_by_role("list")
    assert panels.evaluate("list => list.scrollWidth <= list.clientWidth")

    choose("Duplicate…").get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", name=f"{title} copy")).to_be_visible()
    expect(page.get_by_text("There are 3")).to_be_visible()
    choose("Delete panel…").get_by_role("button", name="Delete panel").click()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_role("heading", name=f"{title} copy")).to_be_visible()
    expect(page.get_by_text("There are 3")).to_be_visible()


# ---- the inside


def inspect(page: Page, tab: str):
    """Open a tab of the inspector and return it."""
    page.get_by_role("tab", name=tab).click()
    return page.get_by_role("tabpanel")


def test_the_state_is_shown_live_and_changed_in_place(open_page, tally: str):
    page = open_page(f"/panels/{tally}/inspect")
    state = inspect(page, "State").get_by_role("region", name="State")
    page.get_by_role("button", name="Add").click()
    state.get_by_role("button", name="Change count, now 3").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("41")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There are 41")).to_be_visible()
    state.get_by_role("button", name=re.compile("Change label")).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Plums")
    page.keyboard.press("Tab")  # What is left is kept.
    expect(page.get_by_text("Plums", exact=True)).to_be_visible()


def test_a_text_of_several_lines_is_changed_in_place_and_the_focus_stays(open_page, kernel: Kernel):
    kernel.create_panel("lines", TALLY.replace("Apples", "one&#10;two"))
    page = open_page("/panels/lines/inspect")
    state = inspect(page, "State").get_by_role("region", name="State")
    state.get_by_role("button", name=re.compile("Change label")).click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("\nthree")
    page.keyboard.press("ControlOrMeta+Enter")
    changed = state.get_by_role("button", name=re.compile("three"))
    expect(changed).to_be_focused()
    expect(page.locator("#nx-title")).to_have_text("one\ntwo\nthree")
    page.keyboard.press("Enter")
    page.keyboard.type("dropped")
    page.keyboard.press("Escape")
    expect(changed).to_be_focused()


def test_a_run_tells_its_cost_its_log_and_the_line_of_its_error_and_is_run_again(
    open_page, tally: str
):
    page = open_page(f"/panels/{tally}/inspect")
    runs = inspect(page, "Runs")
    page.get_by_role("button", name="Add", exact=True).click()
    runs.get_by_role("button", name=re.compile("add")).click()
    expect(runs.get_by_text("info: one more")).to_be_visible()
    expect(runs.get_by_text("CPU")).to_be_visible()
    runs.get_by_role("button", name="Replay").click()
    expect(runs.get_by_text("The same again, step for step.")).to_be_visible()
    expect(page.get_by_text("There are 3")).to_be_visible()

    page.get_by_role("button", name="Fail", exact=True).click()
    runs.get_by_role("button", name="line 14").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("nothing.length")


def test_a_change_is_undone_and_redone_and_taken_back_by_itself(open_page, tally: str):
    page = open_page(f"/panels/{tally}/inspect")
    log = inspect(page, "Log")
    for number in (3, 4):
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text(f"There are {number}")).to_be_visible()
    for button, number in (("Undo", 3), ("Undo", 2), ("Redo", 3), ("Redo", 4)):
        log.get_by_role("button", name=button).click()
        expect(page.get_by_text(f"There are {number}")).to_be_visible()
        expect(log.get_by_role("button", name=button)).to_be_visible()


def test_an_earlier_state_is_looked_at_and_brought_back(open_page, tally: str):
    page = open_page(f"/panels/{tally}/inspect")
    tab = inspect(page, "State")
    for number in (3, 4):
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text(f"There are {number}")).to_be_visible()
    slider = tab.get_by_label("Revision")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(tab.get_by_role("region", name="State")).to_contain_text("count2")
    expect(page.get_by_text("There are 4")).to_be_visible()
    tab.get_by_role("button", name="Bring this back").click()
    expect(page.get_by_text("There are 2")).to_be_visible()


def test_events_are_shown_as_they_come(open_page, kernel: Kernel):
    source = TALLY.replace("$log('one more');", "$emit('grown', { by: 1 });")
    kernel.create_panel("events", source)
    page = open_page("/panels/events/inspect")
    events = inspect(page, "Events")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(events.get_by_role("listitem")).to_contain_text("grown")


# ---- many at once


@pytest.fixture
def canvas(open_page) -> Page:
    """A canvas with Notes and Tasks on it, side by side."""
    page = open_page("/canvas")
    for title in ("Notes", "Tasks"):
        page.get_by_role("button", name="Add panel").click()
        page.get_by_role("menuitem", name=title, exact=True).click()
        expect(window(page, title)).to_be_visible()
    return page


def window(page: Page, title: str):
    return page.get_by_role("group", name=f"Window of {title}")


def place(page: Page, title: str) -> tuple[str, str]:
    """Return the columns and rows of a window."""
    style = window(page, title).evaluate("(e) => [e.style.gridColumn, e.style.gridRow]")
    return style[0], style[1]


def test_panels_stand_side_by_side_live_and_where_they_stand_is_remembered(canvas: Page):
    assert place(canvas, "Tasks") == ("7 / span 6", "1 / span 9")
    canvas.get_by_label("New note").fill("On the canvas")
    canvas.get_by_label("New note").press("Enter")
    expect(window(canvas, "Notes").get_by_text("On the canvas")).to_be_visible()
    canvas.reload()
    expect(window(canvas, "Tasks")).to_be_visible()
    assert place(canvas, "Tasks") == ("7 / span 6", "1 / span 9")


def test_a_window_is_moved_and_sized_by_pointer_and_by_keyboard(canvas: Page):
    grip = canvas.get_by_role("button", name="Move Tasks").bounding_box()
    assert grip is not None
    canvas.mouse.move(grip["x"] + 10, grip["y"] + 10)
    canvas.mouse.down()
    canvas.mouse.move(grip["x"] - 480, grip["y"] + 20, steps=4)
    canvas.mouse.up()
    assert place(canvas, "Tasks") == ("1 / span 6", "1 / span 9")
    assert place(canvas, "Notes") == ("1 / span 6", "10 / span 9")

    canvas.get_by_role("button", name="Move Tasks").focus()
    canvas.keyboard.press("ArrowRight")
    canvas.get_by_role("button", name="Size of Tasks").focus()
    canvas.keyboard.press("ArrowLeft")
    canvas.keyboard.press("ArrowDown")
    assert place(canvas, "Tasks") == ("2 / span 5", "1 / span 10")


def test_a_window_is_docked_minimised_and_shown_full(canvas: Page):
    canvas.get_by_role("button", name="More for Tasks").click()
    canvas.get_by_role("menuitem", name="Dock left").click()
    assert place(canvas, "Tasks") == ("1 / span 6", "1 / span 14")

    canvas.get_by_role("button", name="Minimise Tasks").click()
    expect(window(canvas, "Tasks")).to_have_count(0)
    shelf = canvas.get_by_role("list", name="Minimised panels")
    shelf.get_by_role("button", name="Tasks").click()
    expect(window(canvas, "Tasks")).to_be_visible()

    canvas.get_by_role("button", name="Notes on the full screen").click()
    box = window(canvas, "Notes").bounding_box()
    assert box is not None
    assert box["width"] > 1200
    canvas.keyboard.press("Escape")
    expect(canvas.get_by_role("button", name="Move Notes")).to_be_visible()


def test_a_panel_made_from_a_file_comes_onto_the_canvas(canvas: Page):
    canvas.get_by_role("button", name="Add panel").click()
    canvas.get_by_role("menuitem", name="New panel…").click()
    canvas.get_by_label("A file of your own").set_input_files(
        {"name": "tally.nxml", "mimeType": "text/plain", "buffer": TALLY.encode()}
    )
    expect(canvas.get_by_label("Name", exact=True)).to_have_value("Tally")
    canvas.get_by_role("button", name="Create panel").click()
    expect(window(canvas, "Tally").get_by_text("There are 2")).to_be_visible()


# ---- properties


def test_a_pressed_element_is_chosen_and_changed_in_the_source_in_place(
    open_page, kernel: Kernel, tally: str
):
    page = open_page(f"/panels/{tally}/design")
    page.get_by_role("button", name="Add", exact=True).click()
    properties = page.get_by_role("region", name="Properties")
    expect(properties.get_by_role("heading", name="Button")).to_be_visible()
    properties.get_by_label("label", exact=True).fill("One more")
    page.keyboard.press("Enter")
    # At once, while the change before it may still be on its way.
    properties.get_by_label("variant", exact=True).select_option("danger")
    expect(page.get_by_role("button", name="One more", exact=True)).to_be_visible()
    expect(properties.get_by_label("variant", exact=True)).to_have_value("danger")
    changed = TALLY.replace('label="Add" variant="primary"', 'label="One more" variant="danger"')
    expect(page.get_by_text("There are 2")).to_be_visible()
    assert source_of(kernel, tally) == changed


def test_an_element_is_chosen_and_removed_by_keyboard_alone(open_page, kernel: Kernel, tally: str):
    page = open_page(f"/panels/{tally}/design")
    page.get_by_role("button", name="Button Fail").focus()
    page.keyboard.press("Enter")
    remove = page.get_by_role("button", name="Remove this Button")
    expect(remove).to_be_enabled()
    remove.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Fail", exact=True)).to_have_count(0)
    line = '      <Button label="Fail" trigger="fail"/>\n'
    assert source_of(kernel, tally) == TALLY.replace(line, "")


def test_a_property_that_would_break_the_panel_is_refused_with_the_reason(
    open_page, kernel: Kernel, tally: str
):
    page = open_page(f"/panels/{tally}/design")
    page.get_by_text("Apples").click()
    content = page.get_by_label("content", exact=True)
    content.fill("{$state.nothing}")
    page.keyboard.press("Enter")
    expect(content).to_have_accessible_description(re.compile("nothing"))
    expect(content).to_have_attribute("aria-invalid", "true")
    assert source_of(kernel, tally) == TALLY


def test_unsaved_text_keeps_the_properties_from_changing_below_it(open_page, tally: str):
    page = open_page(f"/panels/{tally}/source")
    editor_of(page).click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("<!-- not yet -->")
    page.get_by_role("button", name="Design").click()
    page.get_by_text("Apples").click()
    expect(page.get_by_text("The source has unsaved text")).to_be_visible()
    expect(page.get_by_label("content", exact=True)).to_be_disabled()


# ---- branches


@pytest.mark.requirement("ker.git")
def test_an_idea_is_tried_on_a_branch_merged_and_the_branch_dropped(open_page, kernel: Kernel):
    kernel.call("POST", "/api/workspaces", {"id": "ideas"})
    panels = "/api/workspaces/ideas/panels"
    kernel.call("POST", panels, {"id": "tally", "source": TALLY})
    page = open_page("/w/ideas/panels/tally")
    expect(page.get_by_text("There are 2")).to_be_visible()
    page.keyboard.press("Alt+h")
    expect(page.get_by_text("Create panel tally")).to_be_visible()
    page.get_by_role("button", name="New branch").click()
    page.keyboard.type("bigger steps")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    branches = page.get_by_role("region", name="Branches")
    row = branches.get_by_role("listitem").filter(has_text="bigger-steps")
    expect(row).to_contain_text("Current")
    expect(page.get_by_role("link", name="History , on branch bigger-steps")).to_be_visible()

    kernel.call("PUT", f"{panels}/tally", {"source": TALLY.replace("+= 1", "+= 10")})
    kernel.call("POST", panels, {"id": "extra", "source": TALLY.replace("Tally", "Extra")})
    page.goto(f"{kernel.url}/w/ideas/panels/extra")
    expect(page.get_by_text("There are 2")).to_be_visible()
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("switch main")
    expect(page.get_by_role("option", name="Switch to branch main")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Switch branch").click()
    expect(page.get_by_text("There is no panel “extra” on the branch “main”.")).to_be_visible()
    expect(page.get_by_text("Panels run from the branch main now.")).to_be_visible()

    page.keyboard.press("Alt+h")
    file = kernel.data / "workspaces" / "ideas" / "panels" / "tally.nxml"
    file.write_text(TALLY.replace("Apples", "Pears"))
    page.get_by_role("button", name="Switch to bigger-steps").click()
    page.get_by_role("button", name="Switch branch").click()
    expect(page.get_by_role("alert")).to_contain_text("panels/tally.nxml has an edit")
    assert violations(page) == []
    page.keyboard.press("Escape")
    file.write_text(TALLY)

    for act in ("Merge", "Delete"):
        page.get_by_role("button", name="More about bigger-steps").click()
        page.get_by_role("menuitem", name=re.compile(act)).click()
        page.get_by_role("button", name=f"{act} branch").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Merge branch bigger-steps")).to_be_visible()
    expect(row).to_have_count(0)
    assert violations(page) == []
    page.get_by_role("link", name="Extra").click()
    expect(page.get_by_text("There are 2")).to_be_visible()
