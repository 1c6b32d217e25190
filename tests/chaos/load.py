"""W2, W3, W5: what a stalled client, vanishing ones, and many at once cost the others."""

import asyncio
import contextlib
import json
import re
import socket
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any

import psutil
from serving import Kernel
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from nexus_protocol.messages import PROTOCOL

PANEL = """
<NexusPanel title="Load">
  <Data><State name="text" default=""/><State name="n" type="number" default="0"/></Data>
  <Logic>
    <Extension name="nexus.timer"/>
    <Tool name="tick"><Arg name="at" type="string"/><Arg name="size" type="number" default="0"/>
      <Handler>$state.text = $args.at + "." + "x".repeat($args.size);</Handler></Tool>
    <Tool name="wait"><Handler>await $ext.timer.sleep(30); $state.n += 1;</Handler></Tool>
  </Logic>
  <View><Text content="{$state.text}"/></View>
</NexusPanel>
"""
_TIME = re.compile(r'"value":"(\d+)\.')
FLOOR_MS = 5.0
"""Below this a time is the scheduler's, and twice of it says nothing."""
GROWTH_MIB = 32
PATCH_BYTES = 100_000
"""Of W2: what fills the buffers between kernel and client soon."""


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that so large a share of the values does not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Reader:
    """A client that follows the panel, and notes when each patch came."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.times: list[float] = []
        """Milliseconds from the request for a change to its patch here."""
        self.rev = 0
        self.gaps = 0

    async def read(self) -> None:
        """Read until cancelled."""
        async for frame in self.connection:
            text = str(frame)
            if text.startswith('{"type":"PATCH"'):
                now = time.perf_counter_ns()
                rev = json.loads(text)["rev"]
                self.gaps += rev != self.rev + 1
                self.rev = rev
                if found := _TIME.search(text):
                    self.times.append((now - int(found[1])) / 1e6)

    async def reach(self, rev: int) -> None:
        """Wait until a revision has come."""
        async with asyncio.timeout(60):
            while self.rev < rev:  # noqa: ASYNC110 - nothing else is told of a revision
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def reading(kernel: Kernel, count: int) -> AsyncGenerator[list[Reader]]:
    """Follow the panel with so many clients meanwhile."""
    async with contextlib.AsyncExitStack() as stack:
        readers = [Reader(await stack.enter_async_context(_connect(kernel))) for _ in range(count)]
        for each in readers:
            each.rev = await _subscribe(each.connection)
        tasks = [asyncio.create_task(each.read()) for each in readers]
        try:
            yield readers
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _connect(kernel: Kernel) -> connect:
    return connect(
        f"ws://127.0.0.1:{kernel.port}/ws/default",
        subprotocols=[Subprotocol(PROTOCOL)],
        compression=None,
        proxy=None,
        max_size=None,
        close_timeout=1,
        open_timeout=30,
    )


async def _subscribe(connection: ClientConnection) -> int:
    await connection.send('{"type":"SUBSCRIBE","panelId":"load"}')
    while (message := json.loads(await connection.recv()))["type"] != "PANEL":
        pass
    return message["rev"]


async def _tick(connection: ClientConnection, number: int, size: int) -> None:
    """Ask for one change that says when it was asked for, and wait for its end."""
    args = {"at": str(time.perf_counter_ns()), "size": size}
    request = f"t{time.monotonic_ns()}-{number}"
    fields = {"requestId": request, "panelId": "load", "tool": "tick", "args": args}
    await connection.send(json.dumps({"type": "TRIGGER", **fields}))
    while json.loads(await connection.recv()).get("requestId") != request:
        pass


def _kernel(folder: Path) -> Kernel:
    return Kernel(folder / "data", NEXUS_DEMO="false")


# ---- W2


async def stalled(
    folder: Path, rounds: int, patches: int, *, timed: bool
) -> tuple[dict[str, object], list[str]]:
    """Measure the patches of ten clients without and with an eleventh that reads nothing."""
    without: list[float] = []
    beside: list[float] = []
    lost = 0
    with _kernel(folder) as kernel:
        kernel.create_panel("load", PANEL)
        for _ in range(rounds):
            for times, stall in ((without, False), (beside, True)):
                async with contextlib.AsyncExitStack() as stack:
                    if stall:
                        stack.callback((await _stall(kernel)).close)
                    readers = await stack.enter_async_context(reading(kernel, 10))
                    caller = await stack.enter_async_context(_connect(kernel))
                    for number in range(patches):
                        await _tick(caller, number, PATCH_BYTES)
                    for each in readers:
                        await each.reach(readers[0].rev)
                        lost += each.gaps + (len(each.times) != patches)
                        times += each.times
        collapses = _metric(kernel, "nexus_websocket_collapses_total")
    before, after = percentile(without, 0.99), percentile(beside, 0.99)
    rows: dict[str, object] = {
        "patches to each of ten clients": patches * rounds * 2,
        "lost by them": lost,
        "median alone, beside a stalled one": _pair(without, beside, 0.5),
        "p99 alone, beside a stalled one": _pair(without, beside, 0.99),
        "times that the stalled one was brought to a snapshot": collapses,
    }
    wrong = [f"{lost} patches were lost"] if lost else []
    if timed and after > 2 * max(before, FLOOR_MS):
        wrong.append(f"p99 went from {before:.1f} to {after:.1f} ms")
    if not collapses:
        wrong.append("the stalled client was never behind")
    return rows, wrong


def _pair(one: list[float], other: list[float], share: float) -> str:
    return f"{percentile(one, share):.1f} ms, {percentile(other, share):.1f} ms"


async def _stall(kernel: Kernel) -> socket.socket:
    """Follow the panel over a socket that is never read again."""
    raw = socket.create_connection(("127.0.0.1", kernel.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.sendall(_HANDSHAKE)
    raw.recv(1)
    raw.sendall(_masked(b'{"type":"SUBSCRIBE","panelId":"load"}'))
    return raw


_HANDSHAKE = (
    b"GET /ws/default HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def _masked(text: bytes) -> bytes:
    """Return a text frame with a mask of zeros."""
    length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2)
    return b"\x81" + length + b"\0\0\0\0" + text


def _metric(kernel: Kernel, name: str) -> float:
    import urllib.request

    with urllib.request.urlopen(f"{kernel.url}/metrics", timeout=30) as answer:
        page = answer.read().decode()
    found = re.search(rf"^{name} (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else 0.0


# ---- W3

_BEGUN = (
    b'{"type":"WHO"}',
    b'{"type":"SUBSCRIBE","panelId":"load"}',
    b'{"type":"TRIGGER","requestId":"%d","panelId":"load","tool":"wait"}',
    b'{"type":"SET","requestId":"%d","panelId":"load","path":"/text","value":"x"}',
    b'{"type":"SUBSCRIBE","panelId":"nowhere"}',
    b"{",
)


async def vanishing(
    folder: Path, cycles: int, random: Random
) -> tuple[dict[str, object], list[str]]:
    """Connect, say something and vanish, so many times; then compare what the kernel holds."""
    with _kernel(folder) as kernel:
        kernel.create_panel("load", PANEL)
        process = psutil.Process(kernel.pid)
        await asyncio.gather(*(_fill(kernel, number) for number in range(5)))
        await _vanish(kernel, cycles // 2, random)
        before = await _held(kernel, process)
        await _vanish(kernel, cycles, random)
        after = await _held(kernel, process, before)
    growth = (after["memory"] - before["memory"]) / (1 << 20)
    rows: dict[str, object] = {"cycles": cycles, "growth of memory": f"{growth:.1f} MiB"}
    rows |= {each: f"{before[each]:g} → {after[each]:g}" for each in before if each != "memory"}
    wrong = [
        f"{each}: {before[each]:g} before, {after[each]:g} after"
        for each in before
        if each != "memory" and after[each] > before[each]
    ]
    if growth > GROWTH_MIB:
        wrong.append(f"memory grew by {growth:.1f} MiB")
    return rows, wrong


async def _fill(kernel: Kernel, number: int) -> None:
    """Ask for as much at once as one socket may: pools of threads and instances are full then."""
    async with _connect(kernel) as connection:
        for each in range(60):
            request = f'"requestId":"fill-{number}-{each}","panelId":"load","tool":"wait"'
            await connection.send(f'{{"type":"TRIGGER",{request}}}')
        left = 60
        while left:
            left -= json.loads(await connection.recv())["type"] in ("RESULT", "ERROR")


async def _vanish(kernel: Kernel, cycles: int, random: Random) -> None:
    for number in range(cycles):
        said = random.sample(_BEGUN, random.randrange(len(_BEGUN) + 1))
        frames = (each % random.getrandbits(60) if b"%d" in each else each for each in said)
        data = b"".join(map(_masked, frames))
        reader, writer = await asyncio.open_connection("127.0.0.1", kernel.port)
        # Some vanish in the handshake, some in the middle of a frame, some when they are answered.
        if number % 5 == 0:
            writer.write(_HANDSHAKE[: random.randrange(len(_HANDSHAKE))])
        else:
            writer.write(_HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data[: random.randrange(len(data) + 1)] if number % 3 == 0 else data)
            await reader.read(random.randrange(2, 400))
        writer.transport.abort()


async def _held(
    kernel: Kernel, process: psutil.Process, wanted: dict[str, float] | None = None
) -> dict[str, float]:
    """Return what the kernel holds, when it has come to rest or to what is wanted."""
    until = time.monotonic() + 15
    while True:
        held = {
            "connections": _metric(kernel, "nexus_websocket_connections"),
            "subscriptions": _metric(kernel, "nexus_websocket_subscriptions"),
            "tasks": _metric(kernel, "nexus_event_loop_tasks"),
            "descriptors": float(process.num_fds()),
            "threads": float(process.num_threads()),
            "memory": float(process.memory_info().rss),
        }
        bound = wanted or {"connections": 0.0}
        at_rest = all(held[each] <= bound[each] for each in bound if each != "memory")
        if (at_rest and wanted) or time.monotonic() > until:
            return held
        if at_rest:
            wanted = held
        await asyncio.sleep(1)


# ---- W5


async def steady(
    folder: Path, clients: int, seconds: int, most_ms: float | None
) -> tuple[dict[str, object], list[str]]:
    """Make twenty patches a second for so many clients."""
    with _kernel(folder) as kernel:
        kernel.create_panel("load", PANEL)
        async with reading(kernel, clients) as readers, _connect(kernel) as caller:
            patches = seconds * 20
            await _pace(lambda number: _tick(caller, number, 0), patches, 1 / 20)
            for each in readers:
                await each.reach(patches)
    times = [time for each in readers for time in each.times]
    gaps = sum(each.gaps for each in readers)
    rows: dict[str, object] = {
        "clients": clients,
        "patches": patches,
        "gaps": gaps,
        "median": f"{percentile(times, 0.5):.1f} ms",
        "p95": f"{percentile(times, 0.95):.1f} ms",
        "p99": f"{percentile(times, 0.99):.1f} ms",
    }
    wrong = [f"{gaps} gaps"] if gaps else []
    if len(times) != clients * patches:
        wrong.append(f"{clients * patches - len(times)} patches did not come")
    if most_ms is not None and percentile(times, 0.95) > most_ms:
        wrong.append(f"p95 is {percentile(times, 0.95):.1f} ms")
    return rows, wrong


async def _pace(work: Callable[[int], Any], times: int, pause: float) -> None:
    """Do something so many times, each a pause after the one before began."""
    began = time.monotonic()
    for number in range(times):
        await asyncio.sleep(max(0.0, began + number * pause - time.monotonic()))
        await work(number)
