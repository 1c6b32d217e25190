"""Start, kill and restart a real kernel in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Self

READY_WITHIN_SECONDS = 60


class Kernel:
    """``nexus serve`` on a free port of the loopback interface, with a data folder of its own."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the running kernel."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "kernel.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "nexus_core.cli", "serve"),
                    *("--data", str(self.data), "--port", str(self.port)),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """Take it away as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def get(self, path: str) -> object:
        """Return the JSON at a path."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def call(self, method: str, path: str, body: object, **headers: str) -> object:
        """Send JSON and return the JSON that comes back."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def create_panel(self, panel_id: str, source: str) -> None:
        """Add a panel to the default workspace."""
        self.call("POST", "/api/workspaces/default/panels", {"id": panel_id, "source": source})

    def delete_panel(self, panel_id: str) -> None:
        """Delete a panel of the default workspace."""
        path = f"/api/workspaces/default/panels/{panel_id}"
        urllib.request.urlopen(
            urllib.request.Request(self.url + path, method="DELETE"), timeout=60
        ).close()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                self.get("/ready")
            except OSError:
                time.sleep(0.02)
            else:
                return
        log = (self.data / "kernel.log").read_text(errors="replace")
        raise RuntimeError(f"the kernel did not become ready:\n{log[-4000:]}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(timeout=30)
        self._process = None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
