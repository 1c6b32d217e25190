"""The least that a page with a WebSocket can be: what Nexus is measured beside.

One Starlette application that serves a file and answers every frame with a counter.
"""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

BARE_SERVER = """
import itertools, json, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
page = open(sys.argv[2]).read()
async def home(request): return HTMLResponse(page)
async def talk(socket):
    await socket.accept()
    values = itertools.count(1)
    try:
        while True:
            json.loads(await socket.receive_text())
            await socket.send_text(json.dumps({"type": "PATCH", "value": next(values)}))
    except Exception:
        pass
app = Starlette(routes=[Route("/", home), WebSocketRoute("/ws", talk)])
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", ws_per_message_deflate=False)
"""


@contextlib.contextmanager
def bare_server(page: Path) -> Iterator[str]:
    """Serve a file at ``/`` and the counter at ``/ws``; yields the address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", BARE_SERVER, str(port), str(page)])
    try:
        _wait_for_port(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait()


def _wait_for_port(port: int) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.02)
    raise RuntimeError("the bare server did not start")
