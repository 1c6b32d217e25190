"""From a click to the changed page, in a real browser, beside a bare WebSocket page and peers.

Prints a Markdown table: the median and 90th percentile of milliseconds from the time that the
browser gives a click of the mouse to the mutation that shows the new value, both taken inside the
page, and the bytes of WebSocket frames that come in for one click: with Nexus a PATCH, and the
RESULT after it. The bare page is Starlette with one WebSocket and a few lines of script: what the
browser, the loopback interface and the server framework cost without any of them. All run in the
same browser, in turn, in the same run, with clicks as far apart as a person's.
"""

import argparse
import base64
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import peers
from bare import bare_server
from browsing import chromium
from playwright.sync_api import Browser, Page
from servers import NotServingError
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

WATCH = """([selector, nth]) => {
  const find = () => document.querySelectorAll(selector)[nth];
  let cell = find(), clicked = null, shown = cell.textContent;
  window.times = [];
  document.addEventListener("click", event => { clicked = event.timeStamp; }, { capture: true });
  new MutationObserver(() => {
    if (clicked === null) return;
    if (!cell.isConnected) cell = find();
    if (!cell || cell.textContent === shown) return;
    shown = cell.textContent;
    window.times.push(performance.now() - clicked);
    clicked = null;
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""

Place = tuple[str, int]
"""A selector, and which of the elements that it finds shows the changing value."""


@dataclass(slots=True)
class Subject:
    """A page to be measured, and what was found."""

    name: str
    url: str
    place: Place
    times: list[float] = field(default_factory=list)
    bytes: int = 0
    failure: str = ""

    def row(self, form: str, floor: float) -> str:
        """Return the line of the table."""
        if self.failure:
            return f"| {form} | {self.name} | {self.failure} | | | |"
        median = statistics.median(self.times)
        p90 = statistics.quantiles(self.times, n=10)[-1]
        received = self.bytes / len(self.times)
        return (
            f"| {form} | {self.name} | {median:.1f} | {p90:.1f} | {median / floor:.2f} "
            f"| {received:,.0f} |"
        )


@dataclass(frozen=True, slots=True)
class Form:
    """One of the two pages, as all systems have it."""

    name: str
    panel: str
    labels: int
    nexus: Place
    bare: Place
    nicegui: Place
    reflex: Place
    streamlit: Place


FORMS = (
    Form(
        name=f"{LABELS} labels",
        panel="labels",
        labels=LABELS,
        nexus=("#nx-label99", 0),
        bare=("#root p", LABELS - 1),
        nicegui=(f"#label{LABELS - 1}", 0),
        reflex=(f"#label{LABELS - 1}", 0),
        streamlit=("[data-testid=stText]", LABELS - 1),
    ),
    Form(
        name=f"{ROWS}-row table",
        panel="rows",
        labels=0,
        nexus=("table tbody tr td:last-child", CHANGED_ROW),
        bare=("table tr td:last-child", CHANGED_ROW),
        nicegui=("table tbody tr td:last-child", CHANGED_ROW),
        reflex=("table tbody tr td:last-child", CHANGED_ROW),
        streamlit=("table tbody tr td:last-child", CHANGED_ROW),
    ),
)


@contextlib.contextmanager
def subjects(folder: Path) -> Iterator[list[tuple[Form, list[Subject]]]]:
    """Serve both forms of the page with every system."""
    with contextlib.ExitStack() as stack:
        kernel = stack.enter_context(Kernel(folder / "data"))
        kernel.create_panel("labels", LABELS_PANEL)
        kernel.create_panel("rows", TABLE_PANEL)
        nicegui = stack.enter_context(peers.nicegui())
        streamlit = stack.enter_context(peers.streamlit())
        reflex, why = None, ""
        try:
            reflex = stack.enter_context(peers.reflex(frontend=True))
        except NotServingError as error:
            why = "not measured: its frontend could not be built"
            print(error, file=sys.stderr)
        found: list[tuple[Form, list[Subject]]] = []
        for form in FORMS:
            page = folder / f"{form.panel}.html"
            page.write_text(BARE_PAGE.format(labels=form.labels, rows=ROWS, changed=CHANGED_ROW))
            bare = stack.enter_context(bare_server(page))
            there = f"{reflex.url}/{form.panel}/" if reflex else ""
            asked = f"{streamlit.url}/?page={form.panel}"
            found.append(
                (
                    form,
                    [
                        Subject("bare page", bare.url, form.bare),
                        Subject("**Nexus**", f"{kernel.url}/panels/{form.panel}", form.nexus),
                        Subject(
                            peers.version("nicegui"), f"{nicegui.url}/{form.panel}", form.nicegui
                        ),
                        Subject(peers.version("reflex"), there, form.reflex, failure=why),
                        Subject(peers.version("streamlit"), asked, form.streamlit),
                    ],
                )
            )
        yield found


def compare(browser: Browser, measured: Sequence[Subject], clicks: int, rounds: int) -> None:
    """Click through all pages in turn, so that a slow moment of the machine meets all."""
    opened = [(each, open_page(browser, each)) for each in measured if not each.failure]
    for _ in range(rounds):
        for subject, page in opened:
            page.bring_to_front()
            with counting_frames(page, subject):
                subject.times += click(page, clicks // rounds)
    for _, page in opened:
        page.context.close()


def open_page(browser: Browser, subject: Subject) -> Page:
    """Open a page, watch the place where the value appears, and click until it is warm."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(subject.url)
    page.get_by_role("button", name="Add", exact=True).wait_for()
    selector, nth = subject.place
    page.locator(selector).nth(nth).wait_for(state="attached")
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, [selector, nth])
    click(page, 20)
    return page


def click(page: Page, times: int) -> list[float]:
    """Click with the mouse, each time until the value has changed; milliseconds of each."""
    page.evaluate("() => { window.times = []; }")
    for n in range(times):
        # A button that still waits for the end of the last run takes no click: then once more.
        if not any(click_once(page, n + 1) for _ in range(5)):
            raise RuntimeError(f"click {n + 1} at {page.url} changed nothing")
    return page.evaluate("() => window.times")


def click_once(page: Page, count: int) -> bool:
    """Click, and tell whether so many changes are seen within two seconds.

    As fast as a person can. Asking for the change more often would steer the browser's frames.
    """
    box = page.get_by_role("button", name="Add", exact=True).bounding_box()
    assert box is not None
    page.wait_for_timeout(30)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(50):
        page.wait_for_timeout(40)
        if page.evaluate("() => window.times.length") >= count:
            return True
    return False


@contextlib.contextmanager
def counting_frames(page: Page, subject: Subject) -> Iterator[None]:
    """Add the bytes of the WebSocket frames that a page receives to the subject's."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def count(event: dict[str, dict[str, str]]) -> None:
        subject.bytes += frame_bytes(event)

    session.on("Network.webSocketFrameReceived", count)
    yield
    page.wait_for_timeout(100)
    session.detach()


def frame_bytes(event: dict[str, dict[str, str]]) -> int:
    """Return the bytes of a frame that DevTools tells of; binary ones come in base64."""
    response = event["response"]
    data = response["payloadData"]
    return len(base64.b64decode(data)) if int(response["opcode"]) == 2 else len(data.encode())


def main() -> None:
    """Measure all pages in both forms and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print("| page | system | ms | p90 | to the bare page | bytes in |")
    print("| --- | --- | --: | --: | --: | --: |")
    with (
        tempfile.TemporaryDirectory() as folder,
        subjects(Path(folder)) as forms,
        chromium() as browser,
    ):
        for form, measured in forms:
            compare(browser, measured, given.clicks, given.rounds)
            floor = statistics.median(measured[0].times)
            for subject in measured:
                print(subject.row(form.name, floor), flush=True)


if __name__ == "__main__":
    main()
