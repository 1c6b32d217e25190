"""Start the Chromium of this machine, headless and quiet, and build pages for it to open."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

RENDERER = Path(__file__).parents[1] / "packages" / "nexus-renderer"
AXE = RENDERER.parents[1] / "node_modules" / "axe-core" / "axe.min.js"


def build_page(config: Path, folder: Path) -> Path:
    """Build the page of a Vite configuration, with the renderer's dependencies, into a folder."""
    npx = shutil.which("npx")
    if npx is None:
        raise RuntimeError("npx is missing, which comes with Node")
    command = [npx, "vite", "build", "--config", str(config), "--outDir", str(folder)]
    subprocess.run(command, cwd=RENDERER, check=True, capture_output=True)
    return folder


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a running browser."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("Chromium is missing; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page, *rules: str) -> list[str]:
    """Let axe look at a page as it is, by all of its rules; a page's policy does not hinder it."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    return page.evaluate(
        """async (only) => {
            // What has just changed, such as a theme, takes a frame and moves for a moment.
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const moving = document.getAnimations().filter((each) =>
                Number.isFinite(each.effect?.getComputedTiming().endTime));
            await Promise.allSettled(moving.map((each) => each.finished));
            const {violations} = await axe.run(only.length ? {runOnly: only} : {});
            return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html}`));
        }""",
        rules,
    )


def violations_in_both_themes(page: Page) -> list[str]:
    """Let axe look at a page in light, and at its colours in dark: the rest is the same there."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + [f"dark: {each}" for each in violations(page, "color-contrast")]
