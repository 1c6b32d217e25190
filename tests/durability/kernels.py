"""Real kernels, killed or hindered at every step of everything that one can ask them to store.

A kernel that is killed is started again on what it left: what it acknowledged is there, what it
did not may be, and can be asked for again. A kernel that is hindered refuses, with all as before,
and does the same the next time.
"""

import itertools
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
from durability.asking import REQUESTS, Answer, Client, Request, prepare
from durability.checking import broken, corrupt, ready_seconds
from durability.effort import Effort, Outcome, at_each_step, shared_out
from durability.forking import Child, Forks
from durability.interfering import Happening, Interference, shown

_SETTINGS: Final = {
    "auth": "accounts",
    "signup": "open",
    "demo": False,
    "save_delay_ms": 20,
    "suspend_after_ms": 0,
    "access_seconds": 3600,
}


class Host:
    """A process that brings kernels up; see ``hosting.py``."""

    def __enter__(self) -> "Host":
        self._forks = Forks("hosting.py").__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._forks.__exit__()

    def start(
        self, settings: dict[str, Any], what: Interference | None = None, *, at_once: bool = False
    ) -> "Hosted | None":
        """Start a kernel that is to be interfered with so, or not; None when it ended by that."""
        child = self._forks.fork(settings, what, at_once=at_once)
        if address := child.hear():
            return Hosted(child, address)
        child.end()
        return None


def settings(data: Path) -> dict[str, Any]:
    """Return the settings of the kernels that are tried here."""
    return {**_SETTINGS, "data": str(data)}


@dataclass(frozen=True, slots=True)
class Hosted:
    """A kernel that runs."""

    child: Child
    address: str

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal and wait until it is gone."""
        self.child.end(number)


@dataclass(frozen=True, slots=True)
class Trial:
    """One request to one kernel, and a copy of what the kernel is to work on."""

    host: Host
    request: Request
    data: Path
    tokens: dict[str, Any]

    @contextmanager
    def started(self, what: Interference | None = None) -> Generator[tuple[Hosted, Client, float]]:
        """Run a kernel meanwhile; yields it, a client, and the seconds until it could be asked."""
        began = time.monotonic()
        kernel = self.host.start(settings(self.data), what)
        if kernel is None:
            raise RuntimeError("the kernel does not come up any more")
        took = time.monotonic() - began
        try:
            with closing(Client(kernel.address, self.tokens)) as client:
                yield kernel, client, took
        finally:
            kernel.end()


def asked(
    trial: Trial, kernel: Hosted, client: Client, what: Interference
) -> tuple[httpx.Response | None, Happening]:
    """Ask, with something in the way; return the answer, if any, and what was in the way."""
    assert kernel.child.watch is not None
    with kernel.child.watch.interfering(what) as happening:
        try:
            return trial.request.do(client), happening
        except httpx.HTTPError:
            return None, happening


# ---- killed


def killed(trial: Trial, what: Interference) -> tuple[str | None, list[str]]:
    """Kill a kernel while it does what it was asked; return how that ended, None when it did
    not come to that; and what is lost."""
    with trial.started(what) as (kernel, client, _):
        answer, happening = asked(trial, kernel, client, what)
    told = _told(answer)
    missed = damaged(trial.data)
    if answer is None and not happening.took_place:
        missed.append("ended by itself")
    with trial.started() as (_, client, took):
        if took > ready_seconds():
            missed.append(f"ready after {took:.1f} s only")
        acknowledged = answer is not None and answer.is_success
        missed += _after(trial.request, client, acknowledged=acknowledged, told=told)
    return "killed" if happening.took_place else None, missed + damaged(trial.data)


def _after(request: Request, client: Client, *, acknowledged: bool, told: Answer) -> list[str]:
    if acknowledged and not request.seen(client, told):
        return ["acknowledged, and lost"]
    if request.seen(client, told):
        return []
    again = request.do(client)
    if request.steps > 1 and _interrupted(again):
        return []
    return [] if request.seen(client, _told(again)) else [f"not to be had again: {again.text}"]


def _interrupted(answer: httpx.Response) -> bool:
    """Tell whether an execution was cut off, which is said and never repeated by itself."""
    told = _told(answer)
    return isinstance(told, dict) and told.get("error", {}).get("code") == "INTERRUPTED"


def _failed(answer: httpx.Response) -> bool:
    """Tell whether an execution ran, and came to no good end."""
    told = _told(answer)
    return isinstance(told, dict) and told.get("ok") is False


def _told(answer: httpx.Response | None) -> Answer:
    return answer.json() if answer is not None and answer.is_success and answer.content else None


def killed_at_the_start(trial: Trial, what: Interference) -> tuple[str | None, list[str]]:
    """Kill a kernel that starts on what a killed one left; return how that ended, what is lost."""
    with trial.started() as (kernel, client, _):
        told = _told(trial.request.do(client))
    kernel = trial.host.start(settings(trial.data), what, at_once=True)
    if kernel is not None:
        kernel.end()
    with trial.started() as (_, client, took):
        missed = [] if took <= ready_seconds() else [f"ready after {took:.1f} s only"]
        missed += _after(trial.request, client, acknowledged=True, told=told)
    return "killed at the start" if kernel is None else None, missed + damaged(trial.data)


# ---- hindered


def hindered(trial: Trial, what: Interference) -> tuple[str | None, list[str]]:
    """Let a call fail while a kernel does what it was asked; return as ``killed`` does."""
    request = trial.request
    with trial.started(what) as (kernel, client, _):
        answer, happening = asked(trial, kernel, client, what)
        if answer is None:
            return "ended", ["the kernel ended, or does not answer"]
        refused = not answer.is_success or _failed(answer)
        missed: list[str] = []
        if refused:
            if answer.status_code not in (200, 503):
                missed.append(f"refused with {answer.text}")
            if request.steps == 1 and request.seen(client, None):
                missed.append("refused, and done")
            answer, found = _once_more(request, client, answer)
            missed += found
        told = _told(answer)
        if cut_off := _interrupted(answer):
            missed += [] if refused else ["cut off, and acknowledged"]
        elif not request.seen(client, told):
            missed.append(f"not to be had, with {answer.text}")
    with trial.started() as (_, client, _):
        missed += ["gone after a start"] * (not cut_off and not request.seen(client, told))
    outcome = ("refused" if refused else "done") if happening.took_place else None
    return outcome, missed + damaged(trial.data)


def _once_more(
    request: Request, client: Client, refused: httpx.Response
) -> tuple[httpx.Response, list[str]]:
    """Ask again; an execution that came to no good end did so once and for all under its key."""
    answer = request.do(client)
    if not _failed(answer) or _interrupted(answer):
        return answer, []
    client.key = "once more"
    other = _failed(refused) and answer.json() != refused.json()
    return request.do(client), ["another answer to the same request"] * other


# ---- all of it


def damaged(data: Path) -> list[str]:
    """Return what git and SQLite find wrong with what a kernel keeps."""
    repositories = sorted((data / "workspaces").glob("*/.git"))
    found = [each for repository in repositories for each in broken(repository.parent)]
    return found + corrupt(data / "nexus.db")


Try = Callable[[Trial, Interference], tuple[str | None, list[str]]]


@dataclass(frozen=True, slots=True)
class Trials:
    """What is tried: these requests, with these calls interfered with."""

    attempt: Try
    """Returns how it ended, None when there was no such call; and what is amiss."""
    requests: tuple[str, ...]
    cases: tuple[tuple[tuple[str, ...], str], ...]
    """Calls that are counted together, and what happens to one of them."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One request, with one of some calls interfered with in each of some trials."""

    attempt: Try
    request: str
    calls: tuple[str, ...]
    effect: str
    steps: Iterable[int]


def tried(effort: Effort, *trials: Trials) -> Outcome:
    """Interfere with each call of each request, or with a few."""
    items = [item for each in trials for item in _items(effort, each)]
    if not items:
        return Counter(), []
    with TemporaryDirectory(prefix="nexus-kernels-") as name:
        folder = Path(name)
        with Host() as host:
            tokens = prepared(host, folder / "before")

        @contextmanager
        def working() -> Generator[Callable[[_Item], Outcome]]:
            with TemporaryDirectory(dir=folder) as own, Host() as host:
                copy = Path(own) / "copy"

                def work(item: _Item) -> Outcome:
                    def attempt(step: int) -> tuple[str | None, list[str]]:
                        shutil.rmtree(copy, ignore_errors=True)
                        shutil.copytree(folder / "before", copy)
                        trial = Trial(host, REQUESTS[item.request], copy, tokens)
                        return item.attempt(trial, Interference(item.calls, step, item.effect))

                    what = f"{item.request}, {item.attempt.__name__}: {item.effect}"
                    return at_each_step(f"{what} at {shown(item.calls)}", item.steps, attempt)

                yield work

        return shared_out(effort.jobs, items, working)


def _items(effort: Effort, trials: Trials) -> list[_Item]:
    pairs = list(itertools.product(effort.chosen(trials.requests), trials.cases))
    if effort.quick:
        pairs = effort.random.sample(pairs, min(3, len(pairs)))
    return [_Item(trials.attempt, request, *case, effort.steps(1, 30)) for request, case in pairs]


def prepared(host: Host, data: Path) -> dict[str, Any]:
    """Make what the requests are about, and return tokens and ids."""
    tokens: dict[str, Any] = {}
    kernel = host.start(settings(data))
    if kernel is None:
        raise RuntimeError("the kernel does not come up")
    with closing(Client(kernel.address, tokens)) as client:
        prepare(client)
    kernel.end(signal.SIGTERM)
    return tokens


__all__ = [
    "Host",
    "Trials",
    "hindered",
    "killed",
    "killed_at_the_start",
    "prepared",
    "tried",
]
