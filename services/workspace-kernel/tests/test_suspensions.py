"""Executions that wait: over the wire, over a killed kernel, within their bounds."""

import asyncio
import contextlib
import signal
import sqlite3
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, KernelProcess, served, wire

pytestmark = pytest.mark.requirement("run.suspend")

PANELS = "/api/workspaces/default/panels"

SOURCE = """
<NexusPanel title="Waiting">
  <Data>
    <State name="done" type="list" default="[]"/>
    <State name="begun" type="number" default="0"/>
  </Data>
  <Logic>
    <Extension name="nexus.http" alias="http"/>
    <Extension name="nexus.timer" alias="timer"/>
    <Tool name="read">
      <Arg name="n" type="number"/>
      <Handler>
        $state.begun += 1;
        const { data } = await $ext.http.get(`ADDRESS/${$args.n}`);
        $state.done.push(`read ${data}`);
        return data;
      </Handler>
    </Tool>
    <Tool name="write">
      <Arg name="n" type="number"/>
      <Handler>
        $state.begun += 1;
        try {
          const { data } = await $ext.http.post(`ADDRESS/${$args.n}`, $args.n);
          $state.done.push(`wrote ${data}`);
        } catch (error) {
          $state.done.push(`${error.code} ${$args.n}`);
          return error.code;
        }
      </Handler>
    </Tool>
    <Tool name="look"><Handler>
      await $ext.http.get("ADDRESS/look"); return $state.done;
    </Handler></Tool>
    <Tool name="sleep"><Handler>
      $state.begun += 1; await $ext.timer.sleep(60000); $state.done.push("slept");
    </Handler></Tool>
    <Tool name="spin"><Handler>while (true) {}</Handler></Tool>
  </Logic>
  <View><Layout><Text content="{$state.begun}"/></Layout></View>
</NexusPanel>
"""


class Outside:
    """A web server on loopback that answers when it is open, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.open = threading.Event()
        self._arrived = threading.Condition()
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.arrive(f"{self.command} {self.path}")
                outside.open.wait(PATIENCE)
                body = self.path.removeprefix("/").encode()
                with contextlib.suppress(OSError):  # Whoever asked may be dead by now.
                    self.send_response(200)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the library finds it by this name.

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def arrive(self, request: str) -> None:
        with self._arrived:
            self.asked[request] += 1
            self._arrived.notify_all()

    def wait_for(self, requests: int) -> None:
        with self._arrived:
            assert self._arrived.wait_for(lambda: self.asked.total() >= requests, PATIENCE)


@pytest.fixture
def outside():
    web = Outside()
    thread = threading.Thread(target=web.server.serve_forever, daemon=True)
    thread.start()
    yield web
    web.open.set()
    web.server.shutdown()
    thread.join()
    web.server.server_close()


def make(address: str, outside: Outside, panel: str = "p") -> None:
    made = httpx.post(
        address + PANELS,
        json={"id": panel, "source": SOURCE.replace("ADDRESS", outside.address)},
        trust_env=False,
    )
    assert made.status_code == 201, made.text


def state_of(address: str, panel: str = "p") -> dict:
    return httpx.get(f"{address}{PANELS}/{panel}/state", trust_env=False).json()["state"]


@pytest.fixture
def serving(tmp_path, outside):
    """A kernel that puts away what waits before it waits, with a panel."""
    settings = Settings(
        data=tmp_path / "data", suspend_after_ms=0, http_allow=(outside.address,), demo=False
    )
    with served(settings) as kernel:
        make(kernel.address, outside)
        yield kernel


# ---- killed


@pytest.mark.requirement("ker.store")
async def test_a_killed_kernel_goes_on_with_what_waited_and_makes_no_call_twice(
    tmp_path, outside, database_url
):
    process = KernelProcess(
        tmp_path / "data",
        NEXUS_DATABASE_URL=database_url(),
        NEXUS_SUSPEND_AFTER_MS="0",
        NEXUS_HTTP_ALLOW=outside.address,
    )
    process.start()
    try:
        address = process.settings.address
        make(address, outside)
        async with wire(process.settings) as client:
            for n in range(20):
                tool = "read" if n < 10 else "write"
                await client.send(
                    "TRIGGER", requestId=f"r{n}", panelId="p", tool=tool, args={"n": n}
                )
            await asyncio.to_thread(outside.wait_for, 20)
            process.end(signal.SIGKILL)
        process.start()
        outside.open.set()
        async with wire(process.settings) as back:
            results = [
                await back.trigger("p", "read" if n < 10 else "write", {"n": n}, request_id=f"r{n}")
                for n in range(20)
            ]
        state = state_of(address)
    finally:
        process.end(signal.SIGKILL)

    assert [each["value"] for each in results] == [*range(10), *["INTERRUPTED"] * 10]
    assert sorted(state["done"]) == sorted(
        [f"read {n}" for n in range(10)] + [f"INTERRUPTED {n}" for n in range(10, 20)]
    )
    assert state["begun"] == 20
    assert [outside.asked[f"POST /{n}"] for n in range(10, 20)] == [1] * 10
    assert [outside.asked[f"GET /{n}"] for n in range(10)] == [2] * 10


async def test_a_kernel_that_starts_goes_on_without_being_asked(tmp_path, outside):
    settings = Settings(
        data=tmp_path / "data",
        suspend_after_ms=0,
        drain_seconds=0,
        http_allow=(outside.address,),
    )
    with served(settings) as kernel:
        make(kernel.address, outside)
        async with wire(kernel) as client:
            await client.send("TRIGGER", requestId="r", panelId="p", tool="read", args={"n": 1})
            await asyncio.to_thread(outside.wait_for, 1)
    outside.open.set()
    with served(settings) as kernel:
        await asyncio.to_thread(outside.wait_for, 2)
        async with wire(kernel) as client:
            held = await client.subscribe("p")
            if not held["state"]["done"]:
                await client.expect("PATCH")
        assert state_of(kernel.address)["done"] == ["read 1"]
    with served(settings) as kernel:
        async with wire(kernel) as client:
            again = await client.trigger("p", "read", {"n": 1}, request_id="r")
    assert (again["ok"], again["value"]) == (True, 1)
    assert outside.asked == {"GET /1": 2}


async def test_what_waited_longer_than_the_log_reaches_back_sees_the_present(tmp_path, outside):
    settings = Settings(
        data=tmp_path / "data",
        suspend_after_ms=0,
        drain_seconds=0,
        http_allow=(outside.address,),
        demo=False,
    )
    values = ["then", *map(str, range(201))]
    with served(settings) as kernel:
        make(kernel.address, outside)
        async with wire(kernel) as client:
            await client.send("TRIGGER", requestId="r", panelId="p", tool="look")
            await client.expect("PROGRESS", requestId="r")
            for n, value in enumerate(values):
                path, written = ("/begun", n) if n else ("/done", [value])
                await client.send("SET", requestId=value, panelId="p", path=path, value=written)
                await client.expect("RESULT", requestId=value)
    with contextlib.closing(sqlite3.connect(settings.data / "nexus.db")) as database:
        # What a sweep leaves.
        database.execute("DELETE FROM snapshot WHERE rev < 200")
        database.execute("DELETE FROM change WHERE rev <= 200")
        database.commit()
    outside.open.set()
    with served(settings) as kernel:
        async with wire(kernel) as client:
            result = await client.trigger("p", "look", request_id="r")
    assert (result["ok"], result["value"]) == (True, ["then"])


# ---- cancelled


async def test_what_waits_is_cancelled_over_the_wire(serving):
    async with wire(serving) as client:
        await client.send("TRIGGER", requestId="r", panelId="p", tool="sleep")
        await client.expect("PROGRESS", requestId="r")
        await client.send("CANCEL", requestId="r", panelId="p")
        result = await client.expect("RESULT", requestId="r")
        again = await client.trigger("p", "sleep", request_id="r")
    assert (result["ok"], result["error"]["code"]) == (False, "CANCELLED")
    assert again == result
    assert state_of(serving.address) == {"begun": 1, "done": []}


async def test_what_computes_is_cancelled_over_the_wire(serving):
    async with wire(serving) as client:
        await client.send("TRIGGER", requestId="r", panelId="p", tool="spin")
        await client.send("CANCEL", requestId="r", panelId="p")
        result = await client.expect("RESULT", requestId="r")
    assert result["error"]["code"] == "CANCELLED"


async def test_another_connection_may_cancel(serving):
    async with wire(serving) as client, wire(serving) as other:
        await client.send("TRIGGER", requestId="r", panelId="p", tool="sleep")
        await client.expect("PROGRESS", requestId="r")
        await other.send("CANCEL", requestId="r", panelId="p")
        assert (await client.expect("RESULT"))["error"]["code"] == "CANCELLED"


async def test_cancelling_what_does_not_run_does_nothing(serving):
    async with wire(serving) as client:
        await client.send("CANCEL", requestId="r", panelId="p")
        await client.send("PING")
        assert await client.next() == {"type": "PONG"}


async def test_an_execution_is_cancelled_over_http(serving):
    address = f"{serving.address}{PANELS}/p/executions/r/cancel"
    async with wire(serving) as client, httpx.AsyncClient(trust_env=False) as http:
        await client.send("TRIGGER", requestId="r", panelId="p", tool="sleep")
        await client.expect("PROGRESS", requestId="r")
        assert (await http.post(address)).status_code == 204
        assert (await client.expect("RESULT"))["error"]["code"] == "CANCELLED"
        assert (await http.post(address)).status_code == 404


# ---- within bounds


async def test_more_than_may_wait_are_refused(tmp_path, outside):
    settings = Settings(data=tmp_path / "data", suspend_after_ms=0, max_suspended=2)
    with served(settings) as kernel:
        make(kernel.address, outside)
        async with wire(kernel) as client:
            for n in range(2):
                await client.send("TRIGGER", requestId=f"r{n}", panelId="p", tool="sleep")
                await client.expect("PROGRESS", requestId=f"r{n}")
            refused = await client.trigger("p", "sleep", request_id="r2")
            assert refused["error"]["code"] == "RESOURCE_LIMIT"
            assert "max_suspended" in refused["error"]["message"]
            await client.send("CANCEL", requestId="r0", panelId="p")
            await client.expect("RESULT", requestId="r0")
            await client.send("TRIGGER", requestId="r3", panelId="p", tool="sleep")
            await client.expect("PROGRESS", requestId="r3")
            for request_id in ("r1", "r3"):
                await client.send("CANCEL", requestId=request_id, panelId="p")
                await client.expect("RESULT", requestId=request_id)
        assert state_of(kernel.address)["begun"] == 3


async def test_what_waits_in_a_panel_that_is_deleted_is_gone(serving, outside):
    async with wire(serving) as client, httpx.AsyncClient(trust_env=False) as http:
        await client.send("TRIGGER", requestId="r", panelId="p", tool="read", args={"n": 1})
        await client.expect("PROGRESS", requestId="r")
        assert (await http.delete(f"{serving.address}{PANELS}/p")).status_code == 204
        assert (await client.expect("RESULT"))["error"]["code"] == "CANCELLED"
    make(serving.address, outside)
    outside.open.set()
    assert state_of(serving.address) == {"begun": 0, "done": []}


async def test_what_cannot_be_read_any_more_ends_as_interrupted(tmp_path, outside):
    settings = Settings(data=tmp_path / "data", suspend_after_ms=0, drain_seconds=0)
    with served(settings) as kernel:
        make(kernel.address, outside)
        async with wire(kernel) as client:
            await client.send("TRIGGER", requestId="r", panelId="p", tool="sleep")
            await client.expect("PROGRESS", requestId="r")
    with contextlib.closing(sqlite3.connect(settings.data / "nexus.db")) as database:
        database.execute("UPDATE suspended_execution SET image = ?", (b"damaged",))
        database.commit()
    with served(settings) as kernel:
        async with wire(kernel) as client:
            result = await client.trigger("p", "sleep", request_id="r")
    with contextlib.closing(sqlite3.connect(settings.data / "nexus.db")) as database:
        kept = database.execute("SELECT count(*) FROM suspended_execution").fetchone()
    assert (result["error"]["code"], kept) == ("INTERRUPTED", (0,))


async def test_what_waits_goes_on_under_another_source(serving, outside):
    async with wire(serving) as client, httpx.AsyncClient(trust_env=False) as http:
        await client.send("TRIGGER", requestId="r", panelId="p", tool="read", args={"n": 1})
        await client.expect("PROGRESS", requestId="r")
        changed = SOURCE.replace("ADDRESS", outside.address).replace("Waiting", "Changed")
        saved = await http.put(f"{serving.address}{PANELS}/p", json={"source": changed})
        assert saved.status_code == 200
        outside.open.set()
        assert (await client.expect("RESULT"))["value"] == 1
    assert state_of(serving.address)["done"] == ["read 1"]
