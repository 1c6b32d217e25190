"""Accounts in the studio: coming in, staying in, leaving, and who else is in."""

import re
from collections.abc import Callable, Iterator

import pytest
from browsing import violations_in_both_themes as violations
from playwright.sync_api import BrowserContext, Page, expect
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.account")

PASSWORD = "plenty of calm water"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel where people log in, for all of this module."""
    data = tmp_path_factory.mktemp("accounts") / "data"
    # A token holds for seconds, so that pages have to renew theirs.
    with Kernel(data, NEXUS_AUTH="accounts", NEXUS_ACCESS_SECONDS="4") as running:
        yield running


@pytest.fixture(scope="module")
def owner(browser, kernel: Kernel) -> Iterator[Page]:
    """The first owner, who came by the invitation that the kernel wrote."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((kernel.data / "auth/first-owner.txt").read_text().strip())
    sign_up(page, "Ann")
    expect(page.get_by_role("heading", name="Panels", exact=True, level=1)).to_be_visible()
    yield page
    context.close()


@pytest.fixture
def newcomer(browser) -> Iterator[Callable[[str], Page]]:
    """Open an address in a browser of its own."""
    contexts: list[BrowserContext] = []

    def open_(url: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()


def sign_up(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.lower()}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make account").click()


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("E-mail").fill(f"{name.lower()}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def invite(owner: Page, role: str) -> str:
    """Make an invitation as the owner and return its link."""
    owner.goto(re.sub(r"(//[^/]+/).*", r"\1members", owner.url))
    owner.get_by_role("button", name="Invite").click()
    owner.get_by_label("As", exact=True).select_option(role)
    owner.get_by_role("button", name="Make link").click()
    link = owner.get_by_label("Invitation link").inner_text()
    owner.get_by_role("button", name="Done").click()
    return link


def open_menu(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Signed in as {name}").click()


def log_out(page: Page, name: str) -> None:
    open_menu(page, name)
    page.get_by_role("menuitem", name="Log out").click()


def test_an_invited_person_signs_up_and_is_in_the_workspace_as_what_they_were_invited(
    owner: Page, newcomer
):
    guest = newcomer(invite(owner, "viewer"))
    sign_up(guest, "Vera")
    guest.get_by_role("link", name="Notes").first.click()
    # The live panel is there: its socket was opened with a ticket.
    expect(guest.get_by_label("New note")).to_be_visible()
    expect(guest.get_by_role("button", name="New panel")).to_have_count(0)
    owner.reload()
    expect(owner.get_by_label("Role of Vera")).to_have_value("viewer")


def test_people_who_look_at_the_same_panel_see_each_other(owner: Page, kernel: Kernel, newcomer):
    guest = newcomer(invite(owner, "editor"))
    sign_up(guest, "Gina")
    guest.get_by_role("link", name="Tasks").first.click()
    owner.goto(f"{kernel.url}/panels/tasks")
    expect(owner.get_by_role("list", name="Also here")).to_have_text("GGina")
    expect(guest.get_by_role("list", name="Also here")).to_have_text("AAnn")


def test_a_changed_role_holds_at_once(owner: Page, newcomer):
    guest = newcomer(invite(owner, "viewer"))
    sign_up(guest, "Rolf")
    expect(guest.get_by_role("button", name="Signed in as Rolf")).to_be_visible()
    owner.reload()
    owner.get_by_label("Role of Rolf").select_option("editor")
    expect(owner.get_by_label("Role of Rolf")).to_have_value("editor")
    expect(guest.get_by_role("button", name="New panel").first).to_be_visible()


def test_an_address_asked_for_is_shown_after_signing_in_and_a_wrong_password_is_told(
    owner: Page, kernel: Kernel, newcomer
):
    page = newcomer(f"{kernel.url}/panels/notes")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    sign_in(page, "Ann")
    expect(page.get_by_label("New note")).to_be_visible()


def test_a_page_stays_in_when_its_token_is_over_and_over_a_reload(
    owner: Page, kernel: Kernel, newcomer
):
    page = newcomer(f"{kernel.url}/panels/notes")
    sign_in(page, "Ann")
    with page.expect_response(lambda answer: answer.url.endswith("/api/auth/refresh")) as renewed:
        pass
    assert renewed.value.status == 200
    page.get_by_label("New note").fill("Still here")
    page.get_by_label("New note").press("Enter")
    expect(page.get_by_text("Still here", exact=True).first).to_be_visible()
    page.reload()
    expect(page.get_by_text("Still here", exact=True).first).to_be_visible()


def test_a_login_that_ended_elsewhere_loses_no_draft(owner: Page, kernel: Kernel, newcomer):
    page = newcomer(invite(owner, "editor"))
    sign_up(page, "Dana")
    page.get_by_role("link", name="Chat").first.click()
    page.get_by_role("button", name="Source").click()
    editor = page.locator(".cm-content")
    expect(editor).to_contain_text("NexusPanel")
    editor.click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("<!-- a thought -->")

    elsewhere = newcomer(f"{kernel.url}/account")
    sign_in(elsewhere, "Dana")
    elsewhere.get_by_role("button", name="Log out everywhere").click()
    expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()

    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_contain_text("What you wrote is still here.")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(editor).to_contain_text("a thought")
    editor.click()
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Saved. The panel runs this source.")).to_be_attached()


def test_logging_out_in_one_tab_is_seen_in_the_other(owner: Page, kernel: Kernel, newcomer):
    first = newcomer(f"{kernel.url}/panels/notes")
    sign_in(first, "Ann")
    expect(first.get_by_label("New note")).to_be_visible()
    second = first.context.new_page()
    second.goto(f"{kernel.url}/panels/notes")
    expect(second.get_by_label("New note")).to_be_visible()
    log_out(first, "Ann")
    expect(first.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(second.get_by_role("dialog", name="Sign in again")).to_be_visible()
    sign_in(first, "Ann")
    expect(second.get_by_role("dialog")).to_have_count(0)


def test_a_personal_token_is_shown_once_and_opens_what_its_scopes_say(
    owner: Page, kernel: Kernel, newcomer
):
    page = newcomer(f"{kernel.url}/account")
    sign_in(page, "Ann")
    page.get_by_role("button", name="New token").click()
    page.get_by_label("Name").fill("Backup")
    page.get_by_role("button", name="Make token").click()
    token = page.get_by_label("Token", exact=True).inner_text()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("read · until")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Backup", exact=True)).to_be_visible()
    assert token not in page.content()

    headers = {"Authorization": f"Bearer {token}"}
    api = page.context.request
    assert api.get(f"{kernel.url}/api/workspaces", headers=headers).status == 200
    made = api.post(f"{kernel.url}/api/workspaces", headers=headers, data={"id": "more"})
    assert made.status == 403
    page.get_by_role("button", name="Delete token Backup").click()
    asked = page.get_by_role("dialog", name="Delete the token Backup?")
    expect(asked.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete token Backup")).to_be_focused()
    assert api.get(f"{kernel.url}/api/workspaces", headers=headers).status == 200
    page.keyboard.press("Enter")
    asked.get_by_role("button", name="Delete token").click()
    expect(page.get_by_text("Backup", exact=True)).to_have_count(0)
    assert api.get(f"{kernel.url}/api/workspaces", headers=headers).status == 401


def test_ones_canvas_and_having_seen_the_tour_go_along_to_another_browser(
    owner: Page, kernel: Kernel, newcomer
):
    first = newcomer(invite(owner, "editor"))
    sign_up(first, "Noor")
    first.get_by_role("button", name="Not now").click()
    first.goto(f"{kernel.url}/canvas")
    first.get_by_role("button", name="Add panel").click()
    first.get_by_role("menuitem", name="Notes", exact=True).click()
    first.get_by_role("button", name="Move Notes").focus()
    with first.expect_response(lambda answer: '"x":1' in (answer.request.post_data or "")) as saved:
        first.keyboard.press("ArrowRight")
    assert (saved.value.url.rpartition("/")[2], saved.value.ok) == ("layout", True)

    second = newcomer(kernel.url)
    sign_in(second, "Noor")
    expect(second.get_by_role("link", name="Notes").first).to_be_visible()
    expect(second.get_by_role("region", name="Tour")).to_have_count(0)
    second.get_by_role("link", name="Canvas").click()
    window = second.get_by_role("group", name="Window of Notes")
    expect(window).to_have_css("grid-column-start", "2")


def test_what_does_not_come_back_is_asked_about_by_name(owner: Page, newcomer):
    guest = newcomer(invite(owner, "editor"))
    sign_up(guest, "Lea")
    expect(guest.get_by_role("button", name="Signed in as Lea")).to_be_visible()
    owner.reload()
    owner.get_by_role("button", name="Remove Lea").click()
    dialog = owner.get_by_role("dialog", name="Remove Lea?")
    expect(dialog).to_contain_text("lea@example.org loses sight of this workspace at once.")
    dialog.get_by_role("button", name="Remove Lea").click()
    expect(owner.get_by_label("Role of Lea")).to_have_count(0)
    expect(guest.get_by_role("heading", name="Your first workspace")).to_be_visible()

    invite(owner, "viewer")
    waiting = owner.get_by_role("button", name="Take back")
    present = waiting.count()
    waiting.last.click()
    dialog = owner.get_by_role("dialog", name="Take the invitation as viewer back?")
    found = violations(owner)
    dialog.get_by_role("button", name="Take it back").click()
    expect(waiting).to_have_count(present - 1)

    owner.get_by_role("button", name="Leave workspace…").click()
    dialog = owner.get_by_role("dialog", name="Leave My workspace?")
    dialog.get_by_role("button", name="Leave workspace").click()
    expect(dialog.get_by_role("alert")).to_contain_text("make somebody else one first")
    dialog.get_by_role("button", name="Stay").click()
    expect(owner.get_by_role("button", name="Leave workspace…")).to_be_focused()
    assert found == []


def test_a_changed_password_and_the_activity_and_the_end_of_an_account(owner: Page, newcomer):
    page = newcomer(invite(owner, "editor"))
    sign_up(page, "Dora")
    expect(page.get_by_role("heading", name="Panels", exact=True, level=1)).to_be_visible()
    open_menu(page, "Dora")
    page.get_by_role("menuitem", name="Your account").click()
    page.get_by_label("Present password", exact=True).fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(PASSWORD + "!")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    page.reload()
    held = page.get_by_role("row", name=re.compile("My workspace"))
    expect(held.get_by_role("cell").first).to_have_text("8")
    activity = page.get_by_role("region", name="Activity")
    expect(activity.get_by_role("listitem").first).to_contain_text("Changed the password")
    page.get_by_role("button", name="Delete account…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD + "!")
    dialog.get_by_role("button", name="Delete account").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_workspace_is_made_switched_to_and_remembered(owner: Page, kernel: Kernel, newcomer):
    page = newcomer(kernel.url)
    sign_in(page, "Ann")
    page.get_by_role("button", name=re.compile("^Workspace:")).click()
    page.get_by_role("menuitem", name="New workspace…").click()
    page.get_by_label("Name").fill("Workshop")
    page.get_by_role("button", name="Make workspace").click()
    expect(page.get_by_role("heading", name="Make the first panel")).to_be_visible()
    page.goto(kernel.url)
    expect(page).to_have_url(f"{kernel.url}/w/workshop")
    page.get_by_role("button", name="Workspace: Workshop").click()
    page.get_by_role("menuitemradio", name="My workspace").click()
    expect(page.get_by_role("link", name="Notes").first).to_be_visible()


@pytest.mark.requirement("ui.a11y")
def test_axe_finds_nothing_on_any_screen_or_dialog_about_accounts(
    owner: Page, kernel: Kernel, newcomer
):
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = violations(page)

    page = newcomer(f"{kernel.url}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    look("sign in")
    sign_in(page, "Ann")
    expect(page.get_by_text("Made the account")).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    look("account")
    page.get_by_role("button", name="New token").click()
    expect(page.get_by_label("Name")).to_be_focused()
    look("new token")
    page.get_by_label("Name").fill("Seen")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_label("Token", exact=True)).to_be_visible()
    look("token")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Delete token Seen").click()
    look("delete token")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete account…").click()
    look("delete account")
    page.keyboard.press("Escape")
    open_menu(page, "Ann")
    look("menu")
    page.goto(f"{kernel.url}/members")
    expect(page.get_by_text("Ann (you)")).to_be_visible()
    look("members")
    page.get_by_role("button", name="Invite").click()
    look("invite")
    page.get_by_role("button", name="Make link").click()
    link = page.get_by_label("Invitation link").inner_text()
    look("link")
    page = newcomer(link)
    expect(page.get_by_label("Name")).to_be_visible()
    look("sign up")
    assert {where: what for where, what in found.items() if what} == {}
