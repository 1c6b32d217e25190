"""Server processes of the benchmarks: started, asked until they answer, weighed, surely ended.

What they serve is ``bare``'s and ``peers``' business.
"""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


class NotServingError(RuntimeError):
    """Raised when a server does not come up; says what it printed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it is, and the process that it and its children belong to."""

    url: str
    pid: int


@contextlib.contextmanager
def served(
    command: Sequence[str],
    url: str,
    *,
    probe: str = "",
    within: float = 60,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run a server until the block ends; its children end with it.

    Raises:
        NotServingError: ``url + probe`` is not answered within that many seconds.

    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            if not _answers(url + probe, process, within):
                log.seek(0)
                said = log.read().decode(errors="replace")[-2000:]
                raise NotServingError(f"{Path(command[0]).name} did not come up:\n{said}")
            yield Server(url, process.pid)
        finally:
            _end(process)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def processor_seconds(pid: int) -> float:
    """Return what a process and its children have used of the processors."""
    return sum(sum(each.cpu_times()[:2]) for each in _family(pid))


def memory(pid: int) -> int:
    """Return the bytes that a process and its children hold, shared pages in proportion (PSS)."""
    return sum(each.memory_full_info().pss for each in _family(pid))


def _family(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _answers(url: str, process: subprocess.Popen[bytes], within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            if number is signal.SIGTERM:
                # Children that outlived it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            return
