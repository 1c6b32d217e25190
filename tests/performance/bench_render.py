"""The first render of a panel of a thousand nodes, in a real browser.

Prints a Markdown table: milliseconds of processor time that its script takes, from the tree and the
state to the elements in the page, style and layout left out; in a page that has just been loaded,
where nothing is compiled yet, and in one that has drawn the same before. Beside it the same
elements by React alone, a component for each, in pages of their own, in turn. Fails when the median
of a fresh page is over what is wanted.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from browsing import build_page, chromium
from playwright.sync_api import Browser, CDPSession, Page, Route

ADDRESS = "http://render.test/"
WANTED_MS = 50.0
WARM = 5


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        config = Path(__file__).parent / "render" / "vite.config.ts"
        folder = build_page(config, Path(name) / "page")
        ours, theirs = Sample(), Sample()
        for _ in range(given.pages):
            page = open_page(browser, folder)
            nodes = page.evaluate("() => window.nodes")
            ours.add(page, "drawPanel")
            copy = page.evaluate("() => window.copy()")
            page.context.close()
            page = open_page(browser, folder)
            page.evaluate("copy => window.take(copy)", copy)
            theirs.add(page, "drawCopy")
            page.context.close()
    print(f"| {nodes} nodes, {given.pages} pages | median, ms | best | drawn again, median |")
    print("| --- | --: | --: | --: |")
    print(f"| Nexus | {ours.row()} |")
    print(f"| the same elements by React alone | {theirs.row()} |")
    print(f"| ratio | {ours.median / theirs.median:.2f} | | |")
    return 0 if ours.median <= WANTED_MS else 1


class Sample:
    """The processor times of many pages in milliseconds."""

    def __init__(self) -> None:
        self.fresh: list[float] = []
        self.again: list[float] = []

    def add(self, page: Page, function: str) -> None:
        """Draw once in a fresh page, and then some times more."""
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        times = [script_time(page, session, function) for _ in range(1 + WARM)]
        self.fresh.append(times[0])
        self.again += times[1:]

    @property
    def median(self) -> float:
        """The median of fresh pages."""
        return statistics.median(self.fresh)

    def row(self) -> str:
        """Return the cells of the table."""
        return f"{self.median:.1f} | {min(self.fresh):.1f} | {statistics.median(self.again):.1f}"


def script_time(page: Page, session: CDPSession, function: str) -> float:
    """Run a function of the page; return the milliseconds that its script took of the processor."""

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "ScriptDuration")

    before = spent()
    # By a timer: what is evaluated from outside does not count as the page's script.
    page.evaluate(f"() => new Promise(end => setTimeout(() => end(window.{function}())))")
    return (spent() - before) * 1000


def open_page(browser: Browser, folder: Path) -> Page:
    """Open the page from its folder, without a server."""

    def give(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        route.fulfill(path=folder / (path or "index.html"))

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.route(ADDRESS + "**", give)
    page = context.new_page()
    page.goto(ADDRESS)
    page.wait_for_function("() => window.drawPanel")
    return page


if __name__ == "__main__":
    sys.exit(main())
