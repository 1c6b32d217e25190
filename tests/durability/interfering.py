"""Interfere with the system calls of a process.

strace attaches to it and kills it at its nth call of a kind, or lets that call fail; the calls of
each thread are counted apart. Which process that is, and what it was doing, is not known here.
"""

import contextlib
import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PTRACER = 0x59616D61


@dataclass(frozen=True, slots=True)
class Interference:
    """What happens to the nth call of one kind."""

    call: str
    nth: int
    effect: str
    """As strace's ``inject`` has it."""

    def __str__(self) -> str:
        return f"{self.effect} at {self.call} {self.nth}"


@contextlib.contextmanager
def interfering(process: int, what: Interference) -> Generator[Callable[[], bool]]:
    """Interfere as long as the block lasts; yields what tells whether a call was made to fail.

    Raises:
        RuntimeError: strace is not installed, or may not attach.

    """
    with tempfile.NamedTemporaryFile("r", prefix="nexus-strace-") as calls:
        inject = f"inject={what.call}:{what.effect}:when={what.nth}"
        command = ["strace", "-f", "-p", str(process), "-e", f"trace={what.call}", "-e", inject]
        tracer = subprocess.Popen([*command, "-o", calls.name], stderr=subprocess.DEVNULL)
        try:
            _wait_for(tracer, process)
            yield lambda: "(INJECTED)" in Path(calls.name).read_text()
        finally:
            _let_go(tracer)


def allow_tracing() -> None:
    """Let any process attach to this one, where by default only a parent may."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)


def is_traced(process: int) -> bool:
    """Tell whether strace has attached to all threads of a process."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return not any("\nTracerPid:\t0\n" in (each / "status").read_text() for each in tasks)


def _let_go(tracer: subprocess.Popen[bytes]) -> None:
    tracer.terminate()
    try:
        tracer.wait(0.3)
    except subprocess.TimeoutExpired:  # It may wait for threads of a dead process, for ever.
        tracer.kill()
        tracer.wait()


def _wait_for(tracer: subprocess.Popen[bytes], process: int) -> None:
    while not is_traced(process):
        if tracer.poll() is not None:
            raise RuntimeError("strace is not there, or may not attach")
        time.sleep(0.002)


__all__ = ["Interference", "allow_tracing", "interfering", "is_traced"]
