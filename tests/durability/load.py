"""Real kernels, killed at any moment while people save panels and run their tools.

Several threads ask for one thing after the other and count what is acknowledged. After each kill
the database and the repository are looked at as they are; after the next start each panel has all
that was acknowledged, and at most the one thing more that was on its way.
"""

import itertools
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from durability.asking import Client
from durability.checking import broken, corrupt, git, ready_seconds, say
from durability.effort import Effort, Outcome, shared_out
from durability.kernels import Host, Hosted

SAVED, RUN = ("a", "b"), ("c", "d")
PANELS: Final = "/api/workspaces/default/panels"
LIVES: Final = 25
"""Kills of one data folder, before it is begun anew."""

SOURCE: Final = """<NexusPanel title="{number}">
  <Data><State name="count" type="number" default="0"/></Data>
  <Logic><Tool name="add"><Handler>$state.count += 1; return $state.count;</Handler></Tool></Logic>
  <View><Text content="{{$state.count}}"/></View>
</NexusPanel>
"""


class Life:
    """The kernels of one data folder, each killed by the next moment's chance."""

    def __init__(self, host: Host, data: Path, database: str | None) -> None:
        self._host = host
        self._data = data
        self._settings: dict[str, Any] = {"data": str(data), "demo": False, "save_delay_ms": 40}
        self._database = database
        if database:
            self._settings["database_url"] = database
        self.acknowledged: Counter[str] = Counter()

    def begin(self) -> Hosted:
        """Start the first kernel and make the panels."""
        kernel = self._start()
        with closing(Client(kernel.address, {"ann": ""})) as client:
            for panel in SAVED + RUN:
                body = {"id": panel, "source": SOURCE.format(number=0)}
                assert client.ask("POST", PANELS, body).is_success
        return kernel

    def kill(self, kernel: Hosted, seconds: float) -> tuple[Hosted, list[str]]:
        """Kill a kernel under load; return the next one, and what is lost or broken."""
        before = Counter(self.acknowledged)
        threads = [
            threading.Thread(target=self._ask, args=(kernel.address, panel, before[panel]))
            for panel in SAVED + RUN
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        kernel.end()
        for thread in threads:
            thread.join()
        root = self._data / "workspaces" / "default"
        found = broken(root) + ([] if self._database else corrupt(self._data / "nexus.db"))
        began = time.monotonic()
        kernel = self._start()
        if (took := time.monotonic() - began) > ready_seconds():
            found.append(f"ready after {took:.1f} s only")
        return kernel, found + self._survived(kernel, root)

    def _start(self) -> Hosted:
        kernel = self._host.start(self._settings)
        if kernel is None:
            raise RuntimeError("the kernel does not come up any more")
        return kernel

    def _ask(self, address: str, panel: str, begin: int) -> None:
        with closing(Client(address, {"ann": ""})) as client:
            ask = _save if panel in SAVED else _run
            try:
                for number in itertools.count(begin + 1):
                    if not ask(client, panel, number):
                        return
                    self.acknowledged[panel] = number
            except httpx.HTTPError:
                return

    def _survived(self, kernel: Hosted, root: Path) -> list[str]:
        """Return what is lost; what was on its way and arrived counts from now on."""
        missed: list[str] = []
        with closing(Client(kernel.address, {"ann": ""})) as client:
            for panel in SAVED + RUN:
                is_there = _is_saved if panel in SAVED else _is_run
                number = self.acknowledged[panel]
                for each in (number, number + 1):
                    if is_there(client, root, panel, each):
                        self.acknowledged[panel] = each
                        break
                else:
                    missed.append(f"{number} of {panel} is lost")
        return missed


def _save(client: Client, panel: str, number: int) -> bool:
    source = {"source": SOURCE.format(number=number)}
    return client.ask("PUT", f"{PANELS}/{panel}", source).is_success


def _run(client: Client, panel: str, number: int) -> bool:
    answer = client.ask("POST", f"{PANELS}/{panel}/tools/add", {}, idempotency_key=f"{number}")
    return answer.is_success and answer.json().get("value") == number


def _is_saved(client: Client, root: Path, panel: str, number: int) -> bool:
    wanted = SOURCE.format(number=number)
    committed = git(root, "show", f"HEAD:panels/{panel}.nxml")
    return client.get(f"{PANELS}/{panel}")["source"] == committed == wanted


def _is_run(client: Client, root: Path, panel: str, number: int) -> bool:
    return client.get(f"{PANELS}/{panel}/state")["state"]["count"] == number


def killed_under_load(
    effort: Effort, kills: int, make: Callable[[], str | None], check: Callable[[str], list[str]]
) -> tuple[int, list[str]]:
    """Kill kernels under load; return how much they acknowledged, and what was lost or broken.

    Args:
        effort: When to kill.
        kills: How often.
        make: Returns the URL of a fresh database; None for SQLite in the data folder.
        check: Returns what is wrong with such a database.

    """
    lives = [
        (Random(effort.random.random()), range(first, min(first + LIVES, kills)))
        for first in range(0, kills, LIVES)
    ]

    @contextmanager
    def working() -> Generator[Callable[[tuple[Random, range]], Outcome]]:
        with Host() as host:
            yield lambda life: _lived(host, *life, make(), check)

    acknowledged, missed = shared_out(effort.jobs, lives, working)
    return acknowledged.total(), missed


def _lived(
    host: Host,
    random: Random,
    kills: range,
    database: str | None,
    check: Callable[[str], list[str]],
) -> Outcome:
    """Kill the kernels of one data folder, one after the other."""
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nexus-load-") as name:
        life = Life(host, Path(name) / "data", database)
        kernel = life.begin()
        for number in kills:
            kernel, found = life.kill(kernel, 0.2 + random.random())
            missed += [f"kill {number + 1}: {each}" for each in found]
        kernel.end()
    missed += check(database) if database else []
    told = f"kills {kills.start + 1} to {kills.stop} under load"
    say(f"{told}: {life.acknowledged.total()} acknowledged, {len(missed)} missed")
    return life.acknowledged, missed


__all__ = ["killed_under_load"]
