"""From a click to the changed page, in a real browser, beside a bare WebSocket page.

Prints a Markdown table: the median and 90th percentile of milliseconds from the time that the
browser gives a click of the mouse to the mutation that shows the new value, both taken inside the
page, and the bytes of WebSocket frames that one click costs: a PATCH, and the RESULT after it. The
bare page is Starlette with one WebSocket and a few lines of script: what the browser, the loopback
interface and the server framework cost without Nexus. Both run in the same browser, in turn, in
the same run, with clicks as far apart as a person's.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bare import bare_server
from browsing import chromium
from playwright.sync_api import Browser, Page
from serving import Kernel

LABELS = 100
ROWS = 300
CHANGED_ROW = 250

LABEL_NODES = "".join(f'<Text id="label{i}">{{$state.n}}</Text>' for i in range(LABELS))

LABELS_PANEL = f"""
<NexusPanel title="Labels">
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic><Tool name="add"><Handler>$state.n += 1;</Handler></Tool></Logic>
  <View>
    <Layout strategy="stack">
      <Button label="Add" trigger="add"/>
      {LABEL_NODES}
    </Layout>
  </View>
</NexusPanel>
"""

TABLE_PANEL = f"""
<NexusPanel title="Rows">
  <Data><State name="rows" type="list" default="[]"/></Data>
  <Logic>
    <Lifecycle on="mount"><Handler><![CDATA[
      if ($state.rows.length === 0)
        $state.rows = Array.from({{ length: {ROWS} }}, (_, n) => (
          {{ id: n, name: "Item " + n, shelf: "A" + (n % 9), stock: 0 }}));
    ]]></Handler></Lifecycle>
    <Tool name="add"><Handler>$state.rows[{CHANGED_ROW}].stock += 1;</Handler></Tool>
  </Logic>
  <View>
    <Layout strategy="stack">
      <Button label="Add" trigger="add"/>
      <Table data="{{$state.rows}}" rowKey="id"/>
    </Layout>
  </View>
</NexusPanel>
"""

BARE_PAGE = """<!doctype html><meta charset="utf-8"><button>Add</button><div id="root"></div>
<script>
const labels = {labels}, rows = {rows}, changed = {changed}, root = document.getElementById("root");
const cells = [];
if (labels) for (let i = 0; i < labels; i++) {{
  const p = root.appendChild(document.createElement("p")); p.textContent = "0"; cells.push(p);
}} else {{
  const table = root.appendChild(document.createElement("table"));
  for (let i = 0; i < rows; i++) {{
    const row = table.insertRow();
    for (const text of [i, "Item " + i, "A" + (i % 9), 0]) row.insertCell().textContent = text;
    cells.push(row.lastChild);
  }}
}}
const socket = new WebSocket(location.href.replace("http", "ws") + "ws");
document.querySelector("button").onclick = () =>
  socket.send(JSON.stringify({{ type: "TRIGGER", tool: "add" }}));
socket.onmessage = message => {{
  const value = JSON.parse(message.data).value;
  if (labels) for (const cell of cells) cell.textContent = value;
  else cells[changed].textContent = value;
}};
socket.onopen = () => document.title = "ready";
</script>"""

WATCH = """target => {
  const cell = target.row !== undefined
    ? document.querySelectorAll("table tr")[target.row].lastElementChild
    : target.id ? document.getElementById(target.id)
    : document.querySelectorAll("#root p")[target.n];
  window.times = [];
  let clicked = null, shown = cell.textContent;
  document.addEventListener("click", event => { clicked = event.timeStamp; }, { capture: true });
  new MutationObserver(() => {
    if (clicked === null || cell.textContent === shown) return;
    shown = cell.textContent;
    window.times.push(performance.now() - clicked);
    clicked = null;
  }).observe(cell, { subtree: true, childList: true, characterData: true });
}"""

CASES: tuple[tuple[str, str, int, dict[str, object], dict[str, object]], ...] = (
    (f"{LABELS} labels", "labels", LABELS, {"id": "nx-label99"}, {"n": 99}),
    (f"{ROWS}-row table", "rows", 0, {"row": CHANGED_ROW + 1}, {"row": CHANGED_ROW}),
)
"""Name, panel, labels of the bare page, and where the changed value stands in either page."""


def main() -> None:
    """Measure both pages in both forms and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print("| page | Nexus, ms | p90 | bare, ms | p90 | ratio | Nexus, bytes in | bare, bytes in |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        Kernel(Path(folder) / "data") as kernel,
    ):
        kernel.create_panel("labels", LABELS_PANEL)
        kernel.create_panel("rows", TABLE_PANEL)
        for name, panel, labels, target, bare_target in CASES:
            with bare_page(Path(folder), labels=labels) as bare_url:
                pages = (f"{kernel.url}/panels/{panel}", target), (bare_url, bare_target)
                ours, theirs = compare(browser, pages, given.clicks, given.rounds)
            print(row(name, ours, theirs))


def row(name: str, ours: "Sample", theirs: "Sample") -> str:
    """Return one line of the table."""
    ratio = ours.median / theirs.median
    return (
        f"| {name} | {ours.median:.2f} | {ours.p90:.2f} | {theirs.median:.2f} | {theirs.p90:.2f} "
        f"| {ratio:.2f} | {ours.received:.0f} | {theirs.received:.0f} |"
    )


class Sample:
    """The times of many clicks in milliseconds, and the bytes received for one."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.bytes: int = 0

    @property
    def median(self) -> float:
        """The median time."""
        return statistics.median(self.times)

    @property
    def p90(self) -> float:
        """The time that nine in ten clicks stay under."""
        return statistics.quantiles(self.times, n=10)[-1]

    @property
    def received(self) -> float:
        """Bytes of frames received for one click."""
        return self.bytes / len(self.times)


def compare(
    browser: Browser, pages: tuple[tuple[str, dict[str, object]], ...], clicks: int, rounds: int
) -> list[Sample]:
    """Click through both pages in turn, so that a slow moment of the machine meets both."""
    samples = [Sample() for _ in pages]
    opened = [open_page(browser, url, target) for url, target in pages]
    for _ in range(rounds):
        for sample, page in zip(samples, opened, strict=True):
            page.bring_to_front()
            with counting_frames(page, sample):
                sample.times += click(page, clicks // rounds)
    for page in opened:
        page.context.close()
    return samples


def open_page(browser: Browser, url: str, target: dict[str, object]) -> Page:
    """Open a page, watch the place where the value appears, and click until it is warm."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(url)
    page.get_by_role("button", name="Add", exact=True).wait_for()
    page.wait_for_timeout(500)
    page.evaluate(WATCH, target)
    click(page, 20)
    return page


def click(page: Page, times: int) -> list[float]:
    """Click with the mouse, each time until the value has changed; milliseconds of each."""
    box = page.get_by_role("button", name="Add", exact=True).bounding_box()
    assert box is not None
    page.evaluate("() => { window.times = []; }")
    for _ in range(times):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        # As fast as a person can. Polling for the change would steer the browser's frames.
        page.wait_for_timeout(60)
    return page.evaluate("() => window.times")


@contextlib.contextmanager
def counting_frames(page: Page, sample: Sample) -> Iterator[None]:
    """Add the bytes of the WebSocket frames that a page receives to the sample."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def count(event: dict[str, dict[str, str]]) -> None:
        sample.bytes += len(event["response"]["payloadData"].encode())

    session.on("Network.webSocketFrameReceived", count)
    yield
    page.wait_for_timeout(100)
    session.detach()


def bare_page(folder: Path, *, labels: int) -> AbstractContextManager[str]:
    """Serve the bare page in one of its forms; yields its address."""
    page = folder / "bare.html"
    page.write_text(BARE_PAGE.format(labels=labels, rows=ROWS, changed=CHANGED_ROW))
    return bare_server(page)


if __name__ == "__main__":
    main()
