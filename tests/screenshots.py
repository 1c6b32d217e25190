"""Take pictures of every screen of the studio, for a person to look at.

Starts kernels with the sample panels and writes every screen to ``tests/output/screens``, in light
and dark, on a desktop and a phone. With ``--readme`` it writes the README's picture instead.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from browsing import chromium
from playwright.sync_api import Browser, Page
from serving import Kernel

ROOT = Path(__file__).parents[1]
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PANELS = sorted(path.stem for path in (ROOT / "tests/panels").glob("*.nxml"))
SCREENS = {
    "home": "/",
    "tour": "/?tour",
    **{panel: f"/panels/{panel}" for panel in PANELS},
    "source": "/panels/notes/source",
    "inspect": "/panels/notes/inspect",
    "design": "/panels/notes/design",
    "design-element": "/panels/dashboard/design",
    "design-add": "/panels/dashboard/design",
    "canvas": "/canvas",
    "missing": "/panels/nothing-here",
}


CANVAS = {
    "version": 1,
    "windows": [
        {"panelId": "notes", "isMinimised": False, "x": 0, "y": 0, "w": 5, "h": 14},
        {"panelId": "dashboard", "isMinimised": False, "x": 5, "y": 0, "w": 7, "h": 14},
        {"panelId": "tasks", "isMinimised": True, "x": 0, "y": 14, "w": 6, "h": 9},
    ],
}
PEOPLE = {"sign-in": "/", "account": "/account", "members": "/members"}
PASSWORD = "plenty of calm water"
PRESSED = {
    "design-element": ("Metric Revenue",),
    "design-add": ("Metric Revenue", "Add an element"),
}
"""The buttons that are pressed on a screen before it is taken."""


def main() -> None:
    """Take them all, or the README's one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, chromium() as browser:
        with Kernel(Path(data, "single")) as kernel:
            fill(kernel)
            if given.readme:
                picture = ROOT / "docs/images/studio.png"
                take(
                    browser, kernel.url + "/panels/dashboard/source", picture, "light", (1440, 900)
                )
                return
            take_all(browser, kernel, SCREENS)
        with Kernel(Path(data, "people"), NEXUS_AUTH="accounts") as kernel:
            sign_up(kernel)
            take_all(browser, kernel, PEOPLE)


def take_all(browser: Browser, kernel: Kernel, screens: Mapping[str, str]) -> None:
    """Take screens of a kernel in every theme and size."""
    for theme in ("light", "dark"):
        for size, extent in SIZES.items():
            for screen, path in screens.items():
                picture = ROOT / f"tests/output/screens/{screen}-{theme}-{size}.png"
                signed_in = screens is PEOPLE and path != "/"
                pressed = PRESSED.get(screen, ())
                url = kernel.url + path
                take(browser, url, picture, theme, extent, signed_in=signed_in, pressed=pressed)


def sign_up(kernel: Kernel) -> None:
    """Make the first owner's account."""
    link = (kernel.data / "auth/first-owner.txt").read_text("utf-8").strip()
    _, _, invitation = link.partition("#")
    account = {"name": "Ann Lovelace", "email": "ann@example.org", "password": PASSWORD}
    kernel.call("POST", "/api/auth/signup", {**account, "invitation": invitation})


def sign_in(page: Page) -> None:
    """Come in by the form that is shown."""
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def fill(kernel: Kernel) -> None:
    """Give the panels something to show."""
    for text in ("Water the plants", "Ask Ada about the loom", "Read one chapter"):
        call(kernel, "notes", "addNote", {"text": text})
    call(kernel, "chat", "send", {"text": "What is a panel?"})
    call(kernel, "monitor", "check", {})


def call(kernel: Kernel, panel: str, tool: str, args: dict[str, object]) -> None:
    """Run a tool over REST."""
    kernel.call("POST", f"/api/workspaces/default/panels/{panel}/tools/{tool}", {"args": args})


def take(
    browser: Browser,
    url: str,
    picture: Path,
    theme: str,
    size: tuple[int, int],
    *,
    signed_in: bool = False,
    pressed: Sequence[str] = (),
) -> None:
    """Open a page in a theme and a size and keep what it looks like."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
    )
    layout = json.dumps(json.dumps(CANVAS))
    context.add_init_script(f"localStorage.setItem('nexus.canvas::default', {layout})")
    if not url.endswith("?tour"):
        context.add_init_script("localStorage.setItem('nexus.tour:', '1')")
    page: Page = context.new_page()
    page.goto(url)
    if signed_in:
        sign_in(page)
    for name in pressed:
        page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    picture.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=picture)
    context.close()
    print(picture.relative_to(ROOT))


if __name__ == "__main__":
    main()
