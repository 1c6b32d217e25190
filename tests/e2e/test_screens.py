"""Every screen and dialog of the studio, for everybody: axe, keyboard, small screens, both ways."""

import re
from collections.abc import Callable, Iterator

import pytest
from browsing import violations_in_both_themes as violations
from playwright.sync_api import Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.a11y")

COUNTER = """<NexusPanel title="Counter">
  <Data>
    <State name="count" type="number" default="0"/>
  </Data>

  <Logic>
    <Tool name="add">
      <Handler>
        $state.count += 1;
        $emit('grown', { by: 1 });
        $emit.toast('Grown', 'success');
      </Handler>
    </Tool>
  </Logic>

  <View>
    <Layout>
      <Text content="{`There are ${$state.count}`}"/>
      <Button label="Add" trigger="add"/>
    </Layout>
  </View>
</NexusPanel>
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel for all of this module."""
    with Kernel(tmp_path_factory.mktemp("screens") / "data") as running:
        running.create_panel("counter", COUNTER)
        yield running


@pytest.fixture
def page(open_page: Callable[[str], Page]) -> Page:
    """The list of panels, after the tour was declined."""
    page = open_page("/")
    page.get_by_role("button", name="Not now").click()
    return page


def go(page: Page, kernel: Kernel, path: str) -> None:
    page.goto(kernel.url + path)
    expect(page.get_by_role("heading", level=1).first).to_be_attached()
    expect(page.get_by_role("status", name=re.compile("Loading"))).to_have_count(0)


# ---- axe


def test_axe_finds_nothing_on_any_page(page: Page, kernel: Kernel):
    found = {"/": violations(page)}
    go(page, kernel, "/panels/counter")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("There are 1")).to_be_visible()
    expect(page.get_by_text("Grown")).to_be_visible()
    found["panel"] = violations(page)
    page.get_by_role("button", name="Inspect").click()
    page.get_by_role("button", name="Add", exact=True).click()
    for tab in ("State", "Events", "Runs", "Log"):
        page.get_by_role("tab", name=tab).click()
        found[tab] = violations(page)
        if tab == "Runs":
            page.get_by_role("tabpanel").get_by_role("button", name=re.compile("add")).first.click()
            expect(page.get_by_text("CPU")).to_be_visible()
            found["run"] = violations(page)
    page.get_by_role("button", name="Design").click()
    expect(page.get_by_role("button", name="Button Add")).to_be_visible()
    found["elements"] = violations(page)
    page.get_by_role("button", name="Button Add").click()
    expect(page.get_by_label("label", exact=True)).to_be_enabled()
    found["properties"] = violations(page)
    page.get_by_role("button", name="Source").click()
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("<!-- more --><Oops/>")
    expect(page.get_by_role("region", name="Problems")).to_be_visible()
    found["source"] = violations(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_axe_finds_nothing_on_the_canvas_and_where_there_is_nothing(page: Page, kernel: Kernel):
    go(page, kernel, "/canvas")
    found = {"empty": violations(page)}
    for title in ("Counter", "Notes"):
        page.get_by_role("button", name="Add panel").click()
        page.get_by_role("menuitem", name=title, exact=True).click()
        expect(page.get_by_role("group", name=f"Window of {title}")).to_be_visible()
    page.get_by_role("button", name="Minimise Notes").click()
    page.get_by_role("button", name="More for Counter").click()
    found["windows"] = violations(page)
    for path, title in (("/nowhere", "Nothing here"), ("/panels/none", "No such panel")):
        go(page, kernel, path)
        expect(page.get_by_role("heading", name=title).first).to_be_visible()
        found[path] = violations(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_axe_finds_nothing_in_any_dialog_and_each_gives_the_focus_back(page: Page):
    found: dict[str, list[str]] = {}
    page.emulate_media(reduced_motion="reduce")

    def look(name: str) -> None:
        dialog = page.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()
        expect(dialog).to_have_css("animation-duration", "0.001s")
        assert dialog.evaluate("(it) => it.contains(document.activeElement)")
        found[name] = violations(page)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)

    page.keyboard.press("ControlOrMeta+k")
    look("Commands")
    page.keyboard.press("?")
    look("Keyboard shortcuts")
    opener = page.get_by_role("main").get_by_role("button", name="New panel")
    opener.click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_role("radio", name=re.compile("Dashboard"))).to_be_visible()
    look("New panel")
    expect(opener).to_be_focused()
    page.get_by_role("button", name=re.compile("^Workspace:")).click()
    found["workspaces"] = violations(page)
    page.get_by_role("menuitem", name="New workspace…").click()
    look("New workspace")
    page.get_by_role("link", name="Counter").first.click()
    page.get_by_role("button", name="More actions").click()
    found["menu"] = violations(page)
    page.get_by_role("menuitem", name="Delete panel…").click()
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    look("Delete “Counter”?")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Menu").click()
    look("Menu")
    assert {where: what for where, what in found.items() if what} == {}


# ---- the keyboard alone


def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until what has that name, or begins with it, has the focus."""
    for _ in range(80):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        label = page.evaluate(
            """() => {
                const it = document.activeElement;
                const labelled = it.labels?.[0]?.textContent;
                return it.getAttribute("aria-label") ?? labelled ?? it.textContent;
            }"""
        )
        if label.strip().startswith(name):
            return
    raise AssertionError(f"{name!r} cannot be reached with Tab")


@pytest.mark.requirement("ui.studio")
def test_a_panel_is_made_edited_designed_undone_and_deleted_by_keyboard_alone(
    page: Page, kernel: Kernel
):
    page.keyboard.press("Alt+n")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("By hand")
    expect(page.get_by_role("radio", name=re.compile("Counter"))).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("Counter"))).to_be_checked()
    page.keyboard.press("Enter")

    editor = page.locator(".cm-content")
    expect(editor).to_be_focused()
    page.keyboard.press("ControlOrMeta+f")
    page.keyboard.type("Add one")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.type("Once more")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_role("button", name="Once more")).to_be_visible()
    # The first may close a list of completions; the one after it lets Tab out of the editor.
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Escape")
    tab_to(page, "Once more", back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("odd", exact=True)).to_be_visible()

    page.keyboard.press("Alt+d")
    expect(page.get_by_role("button", name="Button Once more")).to_be_visible()
    tab_to(page, "Button Once more")
    page.keyboard.press("Enter")
    expect(page.get_by_label("label", exact=True)).to_be_enabled()
    tab_to(page, "label")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Again")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Again", exact=True)).to_be_visible()

    page.keyboard.press("Alt+i")
    expect(page.get_by_role("tab", name="State")).to_be_visible()
    tab_to(page, "State")
    for tab in ("Events", "Runs", "Log"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=tab)).to_be_focused()
    expect(
        page.get_by_role("tabpanel").get_by_role("button", name="Undo", exact=True)
    ).to_be_enabled()
    tab_to(page, "Undo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("even", exact=True)).to_be_visible()

    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{kernel.url}/")
    expect(page.get_by_role("link", name="By hand")).to_have_count(0)


# ---- small screens, and lines that run from right to left


STICKING_OUT = """() => [...document.querySelectorAll("main *, header *")].filter((it) => {
    const {left, right, width, height} = it.getBoundingClientRect();
    if (width <= 1 || height <= 1 || (left >= -1 && right <= innerWidth + 1)) return false;
    const cut = (up) => getComputedStyle(up).overflowX !== "visible";
    for (let up = it.parentElement; up; up = up.parentElement) if (cut(up)) return false;
    return true;
}).map((it) => it.outerHTML.slice(0, 120))"""
"""What of the page lies beyond its sides, where no scroll bar leads."""


def test_lines_run_from_right_to_left_and_nothing_sticks_out_on_a_phone(page: Page, kernel: Kernel):
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("right to left")
    page.keyboard.press("Enter")
    go(page, kernel, "/panels/notes/source")
    divider = page.get_by_role("separator", name=re.compile("Width of the panel"))
    divider.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "52")

    page.set_viewport_size({"width": 340, "height": 700})
    found = {}
    for path in ("/", "/panels/notes/source", "/panels/notes/inspect", "/panels/notes/design"):
        go(page, kernel, path)
        menu = page.get_by_role("button", name="Menu").bounding_box()
        title = page.get_by_role("heading", level=1).bounding_box()
        assert menu is not None
        assert title is not None
        assert menu["x"] > title["x"]
        found[path] = page.evaluate(STICKING_OUT)
        page.evaluate("() => { document.documentElement.dir = 'ltr'; }")
        found[f"{path} from the left"] = page.evaluate(STICKING_OUT)
        page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    expect(page.locator("summary .lucide-chevron-right").first).to_have_css("scale", "-1 1")
    found["axe"] = violations(page)
    assert {where: what for where, what in found.items() if what} == {}
