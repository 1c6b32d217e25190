"""Workers that end at once are started ever more seldom; one that lived is replaced at once."""

import threading
from contextlib import closing
from itertools import count
from types import SimpleNamespace

import pytest

from nexus_core.sandbox import Sandbox, workers

pytestmark = pytest.mark.requirement("run.pool")


THREADING = {"Condition": threading.Condition, "Thread": threading.Thread}


class Waits(threading.Event):
    """The event of the end, which tells how long it was waited for, and does not wait so long."""

    def __init__(self, wanted):
        super().__init__()
        self.seconds: list[float] = []
        self.enough = threading.Event()
        self._wanted = wanted

    def wait(self, timeout=None):
        self.seconds.append(timeout)
        if len(self.seconds) < self._wanted:
            return self.is_set()
        self.enough.set()
        return super().wait()


@pytest.fixture
def waits(monkeypatch):
    """Have a sandbox's one worker end after these lives; return the waits before each start."""

    def live(lives: list[float]) -> list[float]:
        closed = Waits(len(lives) + 1)
        # Nothing but the beginning and the end of each life asks for the time.
        times = (each for life, n in zip(lives, count(), strict=False) for each in (n, n + life))
        clock = SimpleNamespace(monotonic=lambda: next(times))
        monkeypatch.setattr(workers, "_spawned", cannot_start)
        monkeypatch.setattr(workers, "time", clock)
        monkeypatch.setattr(
            workers, "threading", SimpleNamespace(**THREADING, Event=lambda: closed)
        )
        with closing(Sandbox(workers=1)):
            assert closed.enough.wait(60)
        return closed.seconds

    return live


def cannot_start(*_):
    raise OSError("no memory")


def test_a_worker_that_cannot_live_is_started_ever_more_seldom(waits):
    assert waits([0.5] * 11) == [0, 0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10]


def test_a_worker_that_lived_for_a_while_is_replaced_at_once(waits):
    assert waits([0.5, 0.5, 0.5, 60, 0.5, 0.5]) == [0, 0, 0.1, 0.2, 0, 0, 0.1]
