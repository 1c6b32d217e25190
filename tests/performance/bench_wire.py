"""From TRIGGER to PATCH and RESULT over one WebSocket, without a browser, beside a bare echo.

Prints a Markdown table of median milliseconds. The handler runs in a fresh sandbox instance, and
its change is on disk before the PATCH is sent; the echo does neither.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from bare import bare_server
from bench_click import LABELS_PANEL, TABLE_PANEL
from serving import Kernel


async def echo(url: str, times: int) -> float:
    """Return the median of a round trip to the bare server."""
    async with connect(url.replace("http", "ws") + "ws", compression=None) as socket:
        return statistics.median([await round_trip(socket) for _ in range(times)])


async def round_trip(socket: ClientConnection) -> float:
    began = time.perf_counter()
    await socket.send('{"type":"TRIGGER","tool":"add"}')
    await socket.recv()
    return (time.perf_counter() - began) * 1000


async def trigger(url: str, panel: str, times: int) -> tuple[float, float, int]:
    """Return the medians until PATCH and until RESULT, and the bytes of a PATCH."""
    address = url.replace("http", "ws") + "/ws/default"
    async with connect(address, subprotocols=["nexus.v1"], compression=None, origin=url) as socket:
        await socket.send(json.dumps({"type": "SUBSCRIBE", "panelId": panel}))
        await until(socket, "PANEL")
        patches, results, size = [], [], 0
        for n in range(times):
            began = time.perf_counter()
            request = {"type": "TRIGGER", "requestId": str(n), "panelId": panel, "tool": "add"}
            await socket.send(json.dumps(request))
            size = len((await until(socket, "PATCH")).encode())
            patches.append((time.perf_counter() - began) * 1000)
            await until(socket, "RESULT")
            results.append((time.perf_counter() - began) * 1000)
        return statistics.median(patches), statistics.median(results), size


async def until(socket: ClientConnection, kind: str) -> str:
    """Return the next frame of a type."""
    while True:
        frame = await socket.recv()
        assert isinstance(frame, str)
        if json.loads(frame)["type"] == kind:
            return frame


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, Kernel(Path(folder) / "data") as kernel:
        page = Path(folder) / "page.html"
        page.touch()
        kernel.create_panel("labels", LABELS_PANEL)
        kernel.create_panel("rows", TABLE_PANEL)
        with bare_server(page) as bare:
            base = asyncio.run(echo(bare.url, times))
            print("| what | PATCH, ms | RESULT, ms | over the echo, ms | PATCH, bytes |")
            print("| --- | --- | --- | --- | --- |")
            print(f"| bare echo | {base:.2f} | | | |")
            for name, panel in (("one number", "labels"), ("a field in row 250 of 300", "rows")):
                patch, result, size = asyncio.run(trigger(kernel.url, panel, times))
                print(f"| {name} | {patch:.2f} | {result:.2f} | {patch - base:.2f} | {size} |")


if __name__ == "__main__":
    main()
