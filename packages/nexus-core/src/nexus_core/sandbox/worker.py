"""A worker process: an engine, and nothing else, at the other end of two sockets.

    python -m nexus_core.sandbox.worker SOCKET SOCKET PARENT INSTANCES IDLE [CACHE]

Requests come and go on the first socket, one at a time. The second tells which guest is to stop
meanwhile, and its end is the worker's. The process needs nothing that it did not open before it
ran its first guest, and is not allowed more.
"""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import sys
import threading
from pathlib import Path

from nexus_core.sandbox import frames
from nexus_core.sandbox.engine import Engine, Instance
from nexus_core.sandbox.frames import Asked, Told
from nexus_core.sandbox.guest import EngineError, StoppedError
from nexus_core.sandbox.images import DamagedImageError
from nexus_core.sandbox.limits import MIB
from nexus_core.sandbox.stack import THREAD_STACK

_MORE_SPACE = 1024 * MIB
"""Address space beyond what the engine has reserved for its instances."""
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


class Worker:
    """The guests of this process."""

    def __init__(self, engine: Engine, channel: socket.socket) -> None:
        self._engine = engine
        self._channel = channel
        self._guests: dict[int, Instance] = {}
        self._changing = threading.Lock()
        self._newest = 0
        """Numbers only grow: a greater one is of a guest that is still to come."""
        self._early: set[int] = set()
        """Guests that are to stop and have not come yet."""

    def serve(self) -> None:
        """Answer requests until they end."""
        requests = frames.Requests(self._channel)
        self._channel.sendall(frames.pack_hello(self._engine.identity, self._engine.cache_hit))
        while (request := requests.read()) is not None:
            asked, number, stop, payload = request
            reply = self._answered(asked, number, stop, payload)
            if reply is not None:
                self._channel.sendall(reply)

    def interrupt(self, number: int) -> None:
        """Stop a guest, from another thread; one that has been closed is nobody."""
        with self._changing:
            guest = self._guests.get(number)
            if guest is not None:
                guest.interrupt()
            elif number > self._newest:
                self._early.add(number)

    def _answered(self, asked: Asked, number: int, stop: bool, payload: bytes) -> bytes | None:
        try:
            return self._done(asked, number, stop, payload)
        except StoppedError as error:
            return frames.pack_stopped(error.reason, str(error))
        except EngineError as error:
            return frames.pack_text(Told.REFUSED, str(error))
        except DamagedImageError as error:
            return frames.pack_text(Told.DAMAGED, str(error))

    def _done(self, asked: Asked, number: int, stop: bool, payload: bytes) -> bytes | None:
        match asked:
            case Asked.START:
                told = frames.Start.unpack(payload)
                left = self._made(number, told.memory_bytes, stop).start(
                    told.data,
                    head=told.head,
                    setup=told.setup,
                    allowance=told.allowance,
                    scripts=told.scripts,
                )
                return frames.pack_exit(left)
            case Asked.RESUME:
                again = frames.Resume.unpack(payload)
                guest = self._guests[number]
                if stop:
                    guest.interrupt()
                left = guest.resume(again.data, now=again.now, allowance=again.allowance)
                return frames.pack_exit(left)
            case Asked.IMAGE:
                return frames.pack_reply(Told.IMAGE, self._guests[number].image())
            case Asked.RESTORE:
                memory_bytes, image = frames.unpack_restore(payload)
                self._made(number, memory_bytes, stop).restore(image)
                return frames.pack_reply(Told.RESTORED)
            case Asked.CLOSE:
                return self._close(number)

    def _made(self, number: int, memory_bytes: int, stop: bool) -> Instance:
        guest = self._engine.instantiate(memory_bytes)
        with self._changing:
            self._guests[number], self._newest = guest, number
            if stop or number in self._early:
                guest.interrupt()
            self._early.clear()
        return guest

    def _close(self, number: int) -> None:
        with self._changing:
            guest = self._guests.pop(number, None)
        if guest is not None:  # None when there was no room for it
            guest.close()


def main() -> None:
    """Serve the sandbox that started this process."""
    data, control, parent, instances, idle, *cache = sys.argv[1:]
    _end_with(int(parent))
    engine = Engine(
        cache_dir=Path(cache[0]) if cache else None,
        instances=int(instances),
        idle_seconds=float(idle),
        # Whoever breaks out of a guest into this process leaves nothing to the next one.
        forms_on_disk=False,
    )
    worker = Worker(engine, socket.socket(fileno=int(data)))
    threading.stack_size(THREAD_STACK)
    engine.ticker.start()
    threading.Thread(target=_serve, args=(worker,), daemon=True).start()
    _confine()
    channel = socket.socket(fileno=int(control))
    while len(number := channel.recv(frames.INTERRUPT.size, socket.MSG_WAITALL)) > 0:
        worker.interrupt(*frames.INTERRUPT.unpack(number))
    os._exit(0)


def _serve(worker: Worker) -> None:
    with contextlib.suppress(BaseException):
        worker.serve()
    os._exit(1)  # Whatever it was, the sandbox sees a worker that ended.


def _end_with(parent: int) -> None:
    """Die when the parent does, even stopped: a stopped process does not see its sockets end."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _confine() -> None:
    """Allow no core dump, no file to be opened or written, and no more memory than guests need."""
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, _address_space()),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _address_space() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except FileNotFoundError:  # where there is no such file system
        return resource.RLIM_INFINITY
    return pages * resource.getpagesize() + _MORE_SPACE


if __name__ == "__main__":
    main()
