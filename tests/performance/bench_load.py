"""The first load of a page, with nothing cached, beside a bare page, NiceGUI, Reflex and Streamlit.

Prints a Markdown table: milliseconds until the browser paints any content (FCP), and until the
page's own content stands in it, the last label or the changed row; kilobytes over the wire, those
of WebSocket frames included; requests; and those of them to other hosts. Every load is in a browser
context of its own; each server has served the page before. All take turns.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_click import Place, Subject, frame_bytes, subjects
from browsing import chromium
from playwright.sync_api import Browser, Page

SETTLE_MS = 1500
"""After the content stands, a page may go on loading for so long."""

NOTICE = """([selector, nth]) => {
  const look = () => {
    if (document.querySelectorAll(selector)[nth]?.textContent.trim()) {
      window.stood = performance.now();
      observer.disconnect();
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, characterData: true });
}"""


@dataclass(slots=True)
class Load:
    """What loading a page once took."""

    first_paint: float = 0
    stood: float = 0
    bytes: float = 0
    requests: int = 0
    foreign: int = 0


@dataclass(slots=True)
class Loads:
    """All loads of one page."""

    subject: Subject
    each: list[Load] = field(default_factory=list)

    def row(self, form: str) -> str:
        """Return the line of the table."""
        if self.subject.failure:
            return f"| {form} | {self.subject.name} | {self.subject.failure} | | | | |"
        figures = (
            f"{self._median('first_paint'):.0f}",
            f"{self._median('stood'):.0f}",
            f"{self._median('bytes') / 1000:,.0f}",
            f"{self._median('requests'):.0f}",
            f"{self._median('foreign'):.0f}",
        )
        return f"| {form} | {self.subject.name} | {' | '.join(figures)} |"

    def _median(self, name: str) -> float:
        return statistics.median(getattr(each, name) for each in self.each)


def load(browser: Browser, subject: Subject) -> Load:
    """Load a page in a fresh context."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        found = Load()
        count_traffic(page, subject.url, found)
        page.add_init_script(f"({NOTICE})({json_of(subject.place)})")
        page.goto(subject.url)
        page.wait_for_function("() => window.stood", timeout=30_000)
        page.wait_for_timeout(SETTLE_MS)
        found.stood = page.evaluate("() => window.stood")
        found.first_paint = page.evaluate(
            "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
        )
        return found
    finally:
        context.close()


def json_of(place: Place) -> str:
    """Return a place as a literal of JavaScript."""
    selector, nth = place
    return f"[{selector!r}, {nth}]"


def count_traffic(page: Page, url: str, found: Load) -> None:
    """Add what a page asks for and receives to a load."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    host = urlsplit(url).netloc

    def asked(event: dict[str, dict[str, str]]) -> None:
        address = urlsplit(event["request"]["url"])
        if address.scheme in ("http", "https"):
            found.requests += 1
            found.foreign += address.netloc != host

    def received(event: dict[str, float]) -> None:
        found.bytes += event["encodedDataLength"]

    def heard(event: dict[str, dict[str, str]]) -> None:
        found.bytes += frame_bytes(event)

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", received)
    session.on("Network.webSocketFrameReceived", heard)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print("| page | system | first paint, ms | content, ms | kB | requests | to other hosts |")
    print("| --- | --- | --: | --: | --: | --: | --: |")
    with (
        tempfile.TemporaryDirectory() as folder,
        subjects(Path(folder)) as forms,
        chromium() as browser,
    ):
        for form, measured in forms:
            loads = [Loads(subject) for subject in measured]
            present = [each for each in loads if not each.subject.failure]
            for each in present:
                load(browser, each.subject)
            for _ in range(rounds):
                for each in present:
                    each.each.append(load(browser, each.subject))
            for each in loads:
                print(each.row(form.name), flush=True)


if __name__ == "__main__":
    main()
