"""Real kernels, killed or hindered at every step of everything that one can ask them to store.

A kernel that is killed is started again on what it left: what it acknowledged is there, what it
did not may be, and can be asked for again. A kernel that is hindered refuses, with all as before,
and does the same the next time.
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from durability.asking import REQUESTS, Answer, Client, Request, prepare
from durability.checking import broken, corrupt, ready_seconds, say
from durability.interfering import Interference, interfering

MOST: Final = 400
"""Calls of one kind that a request makes at most."""

_HERE: Final = Path(__file__).parent
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
        path = os.pathsep.join((str(_HERE.parent), os.environ.get("PYTHONPATH", "")))
        self._process = subprocess.Popen(
            [sys.executable, str(_HERE / "hosting.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONPATH": path},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start(
        self, settings: dict[str, Any], interference: Interference | None = None
    ) -> "Hosted | None":
        """Start a kernel, and interfere with that if so wanted; None when it ended by that."""
        self._tell({"settings": settings, "traced": interference is not None})
        process = int(self._hear())
        if interference is None:
            address = self._hear()
        else:
            with interfering(process, interference):
                address = self._hear()
        return Hosted(process, address) if address else None

    def _tell(self, asked: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def settings(data: Path) -> dict[str, Any]:
    """Return the settings of the kernels that are tried here."""
    return {**_SETTINGS, "data": str(data)}


@dataclass(frozen=True, slots=True)
class Hosted:
    """A kernel that runs."""

    process: int
    address: str

    @property
    def lives(self) -> bool:
        """Whether it has not been killed."""
        try:
            return "\nState:\tZ" not in Path(f"/proc/{self.process}/status").read_text()
        except FileNotFoundError:
            return False

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal and wait until it is gone."""
        try:
            os.kill(self.process, number)
            while Path(f"/proc/{self.process}").exists():
                time.sleep(0.002)
        except ProcessLookupError:
            pass


@dataclass(frozen=True, slots=True)
class Trial:
    """One request to one kernel, and a copy of what the kernel is to work on."""

    host: Host
    request: Request
    data: Path
    tokens: dict[str, Any]

    @contextmanager
    def started(self) -> Generator[tuple[Hosted, Client, float]]:
        """Run a kernel meanwhile; yields it, a client, and the seconds until it could be asked."""
        began = time.monotonic()
        kernel = self.host.start(settings(self.data))
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
) -> tuple[httpx.Response | None, bool]:
    """Ask, with something in the way; return the answer, if any, and whether a call failed."""
    with interfering(kernel.process, what) as failed:
        try:
            return trial.request.do(client), failed()
        except httpx.HTTPError:
            return None, failed()


# ---- killed


def killed(trial: Trial, what: Interference) -> tuple[str, list[str]]:
    """Kill a kernel while it does what it was asked; return how that ended and what is lost."""
    with trial.started() as (kernel, client, _):
        answer, _ = asked(trial, kernel, client, what)
        alive = answer is not None and kernel.lives
    told = _told(answer)
    missed = damaged(trial.data)
    with trial.started() as (_, client, took):
        if took > ready_seconds():
            missed.append(f"ready after {took:.1f} s only")
        acknowledged = answer is not None and answer.is_success
        missed += _after(trial.request, client, acknowledged=acknowledged, told=told)
    return "done" if alive else "killed", missed + damaged(trial.data)


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


def killed_at_the_start(trial: Trial, what: Interference) -> tuple[str, list[str]]:
    """Kill a kernel that starts on what a killed one left; return how that ended, what is lost."""
    with trial.started() as (kernel, client, _):
        told = _told(trial.request.do(client))
    kernel = trial.host.start(settings(trial.data), what)
    if kernel is not None:
        kernel.end()
    with trial.started() as (_, client, took):
        missed = [] if took <= ready_seconds() else [f"ready after {took:.1f} s only"]
        missed += _after(trial.request, client, acknowledged=True, told=told)
    return "killed" if kernel is None else "done", missed + damaged(trial.data)


# ---- hindered


def hindered(trial: Trial, what: Interference) -> tuple[str, list[str]]:
    """Let a call fail while a kernel does what it was asked; return as ``killed`` does."""
    request = trial.request
    with trial.started() as (kernel, client, _):
        answer, failed = asked(trial, kernel, client, what)
        if answer is None:
            return "ended", ["the kernel ended, or does not answer"]
        refused = not answer.is_success or _failed(answer)
        missed: list[str] = []
        if refused:
            if answer.status_code not in (200, 503):
                missed.append(f"refused with {answer.text}")
            if request.steps == 1 and request.seen(client, None):
                missed.append("refused, and done")
            answer = request.do(client)
        told = _told(answer)
        if cut_off := _interrupted(answer):
            missed += [] if refused else ["cut off, and acknowledged"]
        elif not request.seen(client, told):
            missed.append(f"not to be had, with {answer.text}")
    with trial.started() as (_, client, _):
        missed += ["gone after a start"] * (not cut_off and not request.seen(client, told))
    outcome = ("refused" if refused else "done") if failed else "not hindered"
    return outcome, missed + damaged(trial.data)


# ---- all of it


def damaged(data: Path) -> list[str]:
    """Return what git and SQLite find wrong with what a kernel keeps."""
    repositories = sorted((data / "workspaces").glob("*/.git"))
    found = [each for repository in repositories for each in broken(repository.parent)]
    return found + corrupt(data / "nexus.db")


Try = Callable[[Trial, Interference], tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Trials:
    """What is tried: these requests, with these calls interfered with."""

    attempt: Try
    requests: tuple[str, ...]
    cases: tuple[tuple[str, str], ...]
    """Calls and effects, as strace has them."""
    last: str
    """How a trial ends after which there is no later call to interfere with."""


def tried(trials: Trials, few: Random | None) -> tuple[Counter[str], list[str]]:
    """Interfere with the 1st, 2nd … call of each kind until there are no more, or with a few."""
    counts: Counter[str] = Counter()
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nexus-kernels-") as name, Host() as host:
        before, copy = Path(name) / "before", Path(name) / "copy"
        tokens = prepared(host, before)
        for request, (call, effect) in _chosen(trials, few):
            for nth in _steps(few):
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(before, copy)
                what = Interference(call, nth, effect)
                trial = Trial(host, REQUESTS[request], copy, tokens)
                outcome, found = trials.attempt(trial, what)
                counts[outcome] += 1
                missed += [f"{request}, {what}: {each}" for each in found]
                if outcome == trials.last:
                    break
            say(f"{request}, {effect} at {call} 1 to {nth}: {dict(counts)}, {len(missed)} missed")
    return counts, missed


def _chosen(trials: Trials, few: Random | None) -> Iterator[tuple[str, tuple[str, str]]]:
    pairs = list(itertools.product(trials.requests, trials.cases))
    yield from pairs if few is None else few.sample(pairs, 4)


def _steps(few: Random | None) -> Iterator[int]:
    yield from range(1, MOST) if few is None else (few.randrange(1, 4),)


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
