"""Children that are there at once: what they import is imported already, in what forks them.

A script that calls ``fork_for_ever`` runs as a ``Forks``: told what to do, it forks a child that
does it, watched where that is wanted, and says over a channel of its own how it goes.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from durability.interfering import Interference, Watch, watched

_HERE: Final = Path(__file__).parent
_MOST: Final = 1 << 16
"""Bytes that are said at once at most."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that does what it was told, and says how it goes."""

    process: int
    channel: socket.socket
    watch: Watch | None

    def hear(self) -> str:
        """Return what it says next; nothing when it has ended."""
        return self.channel.recv(_MOST).decode()

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError), open(os.pidfd_open(self.process)) as process:
            os.kill(self.process, number)
            select.select([process], [], [])
        self.channel.close()


class Forks:
    """A process that forks others."""

    def __init__(self, script: str) -> None:
        self._script = script

    def __enter__(self) -> "Forks":
        path = os.pathsep.join((str(_HERE.parent), os.environ.get("PYTHONPATH", "")))
        self._socket, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = subprocess.Popen(
                [sys.executable, str(_HERE / self._script), str(there.fileno())],
                pass_fds=[there.fileno()],
                env={**os.environ, "PYTHONPATH": path},
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait()

    def fork(
        self, task: dict[str, Any], what: Interference | None = None, *, at_once: bool = False
    ) -> Child:
        """Fork a child that does a task.

        Args:
            task: What is to be done.
            what: What it is going to be interfered with; its calls are watched.
            at_once: Whether that is from its first moment on, and not when its watch is told to.

        """
        channel, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = {"task": task, "watched": what.calls if what else ()}
        with there:
            socket.send_fds(self._socket, [json.dumps(asked).encode()], [there.fileno()])
        said, listeners, _, _ = socket.recv_fds(channel, _MOST, 1)
        process = int(said)
        watch = Watch(process, listeners[0], what if at_once else None) if listeners else None
        return Child(process, channel, watch)


def fork_for_ever(do: Callable[[dict[str, Any], Callable[[str], None]], None]) -> None:
    """Fork a child for each task that comes, to do it and to say how it goes, until none can."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for those who were killed.
    with socket.socket(fileno=int(sys.argv[1])) as tasks:
        while True:
            said, channels, _, _ = socket.recv_fds(tasks, _MOST, 1)
            if not said:
                return
            with socket.socket(fileno=channels[0]) as channel:
                if os.fork() == 0:
                    tasks.close()
                    _be_child(json.loads(said), channel, do)


def _be_child(
    asked: dict[str, Any],
    channel: socket.socket,
    do: Callable[[dict[str, Any], Callable[[str], None]], None],
) -> None:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listeners = [watched(asked["watched"])] if asked["watched"] else []
        socket.send_fds(channel, [b"%d" % os.getpid()], listeners)
        for each in listeners:
            os.close(each)
        # By a call that nobody interferes with.
        do(asked["task"], lambda said: _say(channel, said))
    finally:
        os._exit(0)


def _say(channel: socket.socket, said: str) -> None:
    channel.sendmsg([said.encode()])


__all__ = ["Child", "Forks", "fork_for_ever"]
