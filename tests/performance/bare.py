"""The least that a page with a WebSocket can be: what Nexus is measured beside.

One Starlette application that serves a file and answers every frame with a counter, at ``/ws`` to
its sender and at ``/all`` to everybody there.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from servers import Server, free_port, served

BARE_SERVER = """
import itertools, json, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
page = open(sys.argv[2]).read()
everybody, shared = set(), itertools.count(1)
def patch(value): return json.dumps({"type": "PATCH", "value": value})
async def home(request): return HTMLResponse(page)
async def talk(socket):
    await socket.accept()
    values = itertools.count(1)
    try:
        while True:
            json.loads(await socket.receive_text())
            await socket.send_text(patch(next(values)))
    except Exception:
        pass
async def tell_all(socket):
    await socket.accept()
    everybody.add(socket)
    try:
        while True:
            json.loads(await socket.receive_text())
            text = patch(next(shared))
            for each in tuple(everybody): await each.send_text(text)
    except Exception:
        everybody.discard(socket)
routes = [Route("/", home), WebSocketRoute("/ws", talk), WebSocketRoute("/all", tell_all)]
uvicorn.run(
    Starlette(routes=routes), port=int(sys.argv[1]), log_level="error", ws_per_message_deflate=False
)
"""


@contextlib.contextmanager
def bare_server(page: Path) -> Iterator[Server]:
    """Serve a file at ``/`` and the counters."""
    port = free_port()
    command = [sys.executable, "-c", BARE_SERVER, str(port), str(page)]
    with served(command, f"http://127.0.0.1:{port}/") as server:
        yield server
