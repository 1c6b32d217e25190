"""Take pictures of every screen of the studio, for a person to look at.

Starts a kernel with the sample panels and writes every screen to ``tests/output/screens``, in light
and dark, on a desktop and a phone. With ``--readme`` it writes the README's picture instead.
"""

import argparse
import tempfile
from pathlib import Path

from browsing import chromium
from playwright.sync_api import Browser, Page
from serving import Kernel

ROOT = Path(__file__).parents[1]
SIZES = {"desktop": (1280, 860), "phone": (390, 844)}
PANELS = sorted(path.stem for path in (ROOT / "tests/panels").glob("*.nxml"))
SCREENS = {
    "home": "/",
    **{panel: f"/panels/{panel}" for panel in PANELS},
    "source": "/panels/notes/source",
    "missing": "/panels/nothing-here",
}


def main() -> None:
    """Take them all, or the README's one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, Kernel(Path(data)) as kernel, chromium() as browser:
        fill(kernel)
        if given.readme:
            picture = ROOT / "docs/images/studio.png"
            take(browser, kernel.url + "/panels/dashboard/source", picture, "light", (1440, 900))
            return
        for theme in ("light", "dark"):
            for size, extent in SIZES.items():
                for screen, path in SCREENS.items():
                    picture = ROOT / f"tests/output/screens/{screen}-{theme}-{size}.png"
                    take(browser, kernel.url + path, picture, theme, extent)


def fill(kernel: Kernel) -> None:
    """Give the panels something to show."""
    for text in ("Water the plants", "Ask Ada about the loom", "Read one chapter"):
        call(kernel, "notes", "addNote", {"text": text})
    call(kernel, "chat", "send", {"text": "What is a panel?"})
    call(kernel, "monitor", "check", {})


def call(kernel: Kernel, panel: str, tool: str, args: dict[str, object]) -> None:
    """Run a tool over REST."""
    kernel.call("POST", f"/api/workspaces/default/panels/{panel}/tools/{tool}", {"args": args})


def take(browser: Browser, url: str, picture: Path, theme: str, size: tuple[int, int]) -> None:
    """Open a page in a theme and a size and keep what it looks like."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page: Page = context.new_page()
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    picture.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=picture)
    context.close()
    print(picture.relative_to(ROOT))


if __name__ == "__main__":
    main()
