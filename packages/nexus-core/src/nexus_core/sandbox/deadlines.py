"""End what is over its deadline.

Two ways stop a guest. Its interrupt flag makes JavaScript throw at the next poll, so that the error
can tell where it was; the engine's epoch, a little later, ends whatever does not poll.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import Literal

TICK = 0.005
"""Seconds between two looks at the deadlines."""
GRACE = 0.05
"""Seconds between asking JavaScript to stop and stopping the instance."""


Spent = Literal["timeout", "cpu"]
"""Which kind of time a guest has no more of."""


class Watch:
    """One running guest: until when it may run, and where its interrupt flag is.

    It is made on the thread that the guest runs on, whose processor time is counted.
    """

    __slots__ = ("_clock", "_cpu_end", "deadline", "flag")

    def __init__(self, deadline: float, flag: int, cpu_seconds: float | None = None) -> None:
        self.deadline = deadline
        self.flag = flag
        self._clock = self._cpu_end = None
        if cpu_seconds is not None:
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
            self._cpu_end = time.clock_gettime(self._clock) + cpu_seconds

    def spent(self, grace: float = 0.0) -> Spent | None:
        """Tell of what the guest has used more, by ``grace`` seconds, than it may, if anything."""
        if time.monotonic() >= self.deadline + grace:
            return "timeout"
        return "cpu" if self.cpu_left() <= -grace else None

    def cpu_left(self) -> float:
        """Seconds of processor time that the guest may still use."""
        if self._clock is None or self._cpu_end is None:
            return float("inf")
        return self._cpu_end - time.clock_gettime(self._clock)


class Ticker:
    """The thread that ends what is over its deadline; it sleeps while nothing runs.

    It catches up on ticks it owes when other threads kept it from running, and raises the epoch
    without giving up the interpreter lock, or busy threads would stretch every deadline.
    """

    _IDLE_TICKS = 40

    def __init__(
        self, raise_epoch: Callable[[], None], on_idle: Callable[[], None], idle_seconds: float
    ) -> None:
        """Make one that calls ``on_idle`` once when nothing has run for so long."""
        self._raise_epoch = raise_epoch
        self._on_idle = on_idle
        self._idle_seconds = idle_seconds
        self._watches: set[Watch] = set()
        self._changed = threading.Condition()
        self._asleep = True
        self._closed = False
        self._last = time.monotonic()
        self._thread: threading.Thread | None = None

    def watch(self, watch: Watch) -> None:
        """Raise the guest's flag as soon as its time is spent, until it is forgotten."""
        with self._changed:
            self._watches.add(watch)
            if self._asleep:
                self._last = time.monotonic()
                self._asleep = False
                self.start()
                self._changed.notify()

    def forget(self, watch: Watch) -> None:
        """After this nothing is written to the guest's memory any more."""
        with self._changed:
            self._watches.discard(watch)

    def expire(self, watch: Watch) -> None:
        """Raise the flag now, if the guest still runs."""
        with self._changed:
            if watch in self._watches:
                _raise_flag(watch.flag)

    @property
    def watched(self) -> int:
        """How many guests run."""
        return len(self._watches)

    def owed(self) -> int:
        """Ticks that passed but were not counted yet; they are not the next guest's."""
        return max(0, int((time.monotonic() - self._last) / TICK))

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def start(self) -> None:
        """Start the thread, which the first guest would do otherwise."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="nexus-ticker", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        idle = 0
        while True:
            with self._changed:
                if idle >= self._IDLE_TICKS and not self._watches and not self._closed:
                    self._asleep = True
                    self._sleep()
                    idle = 0
                if self._closed:
                    return
            time.sleep(TICK)
            idle = 0 if self._tick() else idle + 1

    def _sleep(self) -> None:
        if not self._changed.wait_for(self._woken, self._idle_seconds):
            self._on_idle()
            self._changed.wait_for(self._woken)

    def _woken(self) -> bool:
        return self._closed or not self._asleep

    def _tick(self) -> bool:
        """Count what has passed; tell whether anything runs."""
        with self._changed:
            now = time.monotonic()
            ticks = int((now - self._last) / TICK)
            self._last += ticks * TICK
            for _ in range(ticks):
                self._raise_epoch()
            for watch in self._watches:
                if watch.spent() is not None:
                    _raise_flag(watch.flag)
            return bool(self._watches)


def _raise_flag(address: int) -> None:
    ctypes.c_uint32.from_address(address).value = 1
