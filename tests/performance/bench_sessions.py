"""Memory that an open connection costs a server while nothing happens on it.

Prints a Markdown table: proportional memory of the server's processes without connections, and
what each of the connections adds, with a thousand and with more; beside a bare Starlette socket,
NiceGUI and Reflex. Each is on the counter's page, and stays long enough for pings.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import peers
from bare import bare_server
from bench_click import LABELS_PANEL
from drivers import Bare, Nexus, NiceGui, Reflex, Session, open_all
from servers import Server, memory
from serving import Kernel

WARM = 50
OPENING_SECONDS = 150.0
SETTLE_SECONDS = 3.0


async def grow(
    server: Server, session: Callable[[str, str], Session], sizes: Sequence[int]
) -> list[str]:
    """Return cells: memory without sessions, and KiB of one for each size."""
    warm = [session(server.url, "counter") for _ in range(WARM)]
    await open_all(warm)
    for each in warm:
        each.close()
    await asyncio.sleep(SETTLE_SECONDS)
    empty = memory(server.pid)
    cells, sessions = [f"{empty / 2**20:.1f}"], list[Session]()
    try:
        for size in sizes:
            more = [session(server.url, "counter") for _ in range(size - len(sessions))]
            async with asyncio.timeout(OPENING_SECONDS):
                await open_all(more)
            sessions += more
            await asyncio.sleep(SETTLE_SECONDS)
            cells.append(_cell(sessions, memory(server.pid) - empty))
    except (TimeoutError, OSError) as error:
        cells.append(f"could not all come in ({type(error).__name__})")
    for each in sessions:
        each.close()
    return cells + [""] * (1 + len(sizes) - len(cells))


def _cell(sessions: Sequence[Session], more: int) -> str:
    lost = sum(each.lost for each in sessions)
    each = f"{more / (len(sessions) - lost) / 1024:.1f}"
    return f"{each} ({lost} lost)" if lost else each


@contextlib.contextmanager
def nexus(folder: Path) -> Iterator[Server]:
    """Run a kernel with the counter."""
    with Kernel(folder / "data", NEXUS_MAX_SOCKETS="100000") as kernel:
        kernel.create_panel("counter", LABELS_PANEL)
        yield Server(kernel.url, kernel.pid)


def measure(
    name: str,
    server: AbstractContextManager[Server],
    session: Callable[[str, str], Session],
    sizes: Sequence[int],
) -> None:
    """Start one system, print its line, and end it."""
    with server as running:
        cells = asyncio.run(grow(running, session, sizes))
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure one system after the other; memory does not drift with the machine's load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1000, 5000])
    sizes = sorted(parser.parse_args().sessions)
    print("| server | without, MiB | " + " | ".join(f"KiB each of {n:,}" for n in sizes) + " |")
    print("| --- |" + " --: |" * (1 + len(sizes)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "page.html"
        page.touch()
        measure("bare socket", bare_server(page), Bare, sizes)
        measure("**Nexus**", nexus(folder), Nexus, sizes)
        measure(peers.version("nicegui"), peers.nicegui(), NiceGui, sizes)
        measure(peers.version("reflex"), peers.reflex(frontend=False), Reflex, sizes)


if __name__ == "__main__":
    main()
