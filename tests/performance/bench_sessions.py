"""Memory that an open session costs: WebSockets that are connected and subscribed, and idle.

Prints a Markdown table: resident memory of the kernel's process with no session and with N, and
the difference for each, in KiB.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from serving import Kernel


async def open_session(url: str) -> ClientConnection:
    """Connect and subscribe as a browser does."""
    socket = await connect(
        url.replace("http", "ws") + "/ws/default", subprotocols=["nexus.v1"], compression=None,
        origin=url, max_size=None,
    )  # fmt: skip
    await socket.send(json.dumps({"type": "SUBSCRIBE", "panelId": "notes"}))
    while json.loads(await socket.recv())["type"] != "PANEL":
        pass
    return socket


async def measure(kernel: Kernel, sessions: int) -> None:
    """Open the sessions a hundred at a time and print what they cost."""
    process = psutil.Process(kernel.pid)
    warm = [await open_session(kernel.url) for _ in range(20)]
    for socket in warm:
        await socket.close()
    before = process.memory_info().rss
    opened: list[ClientConnection] = []
    while len(opened) < sessions:
        batch = min(100, sessions - len(opened))
        opened += await asyncio.gather(*(open_session(kernel.url) for _ in range(batch)))
    await asyncio.sleep(1)
    after = process.memory_info().rss
    print("| sessions | kernel without, MiB | with, MiB | a session, KiB |")
    print("| --- | --- | --- | --- |")
    print(
        f"| {sessions} | {before / 2**20:.1f} | {after / 2**20:.1f} "
        f"| {(after - before) / sessions / 1024:.1f} |"
    )
    await asyncio.gather(*(socket.close() for socket in opened))


def main() -> None:
    """Start a kernel with its demo panels and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Kernel(Path(folder)) as kernel:
        asyncio.run(measure(kernel, given.sessions))


if __name__ == "__main__":
    main()
