"""The figures D1 to D4 of the repositories: nothing acknowledged is lost, git agrees.

`python tests/durability/figures.py D1 [D2 …] [--quick] [--seed N]`, from any folder. Each says what
it did, and fails when something was missed. D1 and D2 need strace, and leave to attach with it.

D1  SIGKILL at each write, fsync, rename … of each storing operation; and of a kernel under load
D2  the same calls fail with ENOSPC, EIO or EMFILE: not acknowledged, as before, the next one fine
D3  eight threads in each of four processes commit at once: acknowledged is in the history, exactly
D4  merges are those of `git merge-tree`; where we are not sure, a person is asked
"""

import argparse
import collections
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))

from durability import storing

from nexus_core.history import HistoryConflict, Repository
from workspace_kernel.testing import KernelProcess

HERE: Final = Path(__file__).parent
CALLS: Final = ("write", "pwrite64", "fsync", "rename", "unlink", "mkdir", "rmdir", "ftruncate")
ERRORS: Final = (
    ("write", "ENOSPC"),
    ("write", "EIO"),
    ("fsync", "EIO"),
    ("rename", "ENOSPC"),
    ("mkdir", "ENOSPC"),
    ("openat", "EMFILE"),
    ("openat", "ENOSPC"),
)
FEW: Final = 24
MOST_CALLS: Final = {"openat": 130}
"""Calls of a kind that an operation makes at most; after the last nothing is interfered with."""

READY_SECONDS: Final = 5.0

PANEL: Final = '<NexusPanel title="T"><View><Text content="{number}"/></View></NexusPanel>'


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a figure is tried."""

    random: Random
    quick: bool

    def of(self, quick: int, deep: int) -> int:
        """Return how often something is done."""
        return quick if self.quick else deep


def git(root: Path, *arguments: str) -> str:
    """Run stock git without anybody's configuration.

    Raises:
        subprocess.CalledProcessError: it failed.

    """
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def amiss(root: Path) -> list[str]:
    """Return what stock git finds wrong with a repository and its work tree."""
    found: list[str] = []
    try:
        git(root, "fsck", "--strict", "--no-dangling")
    except subprocess.CalledProcessError as error:
        found.append(f"fsck: {error.stdout}{error.stderr}")
    if changed := git(root, "status", "--porcelain", "--untracked-files=all"):
        found.append(f"status: {changed}")
    return found


# ---- D1 and D2: one operation, interfered with


@dataclass(frozen=True, slots=True)
class Interference:
    """What happens to the nth call of one kind."""

    call: str
    nth: int
    effect: str
    """As strace's ``inject`` has it."""

    def __str__(self) -> str:
        return f"{self.effect} at {self.call} {self.nth}"


class Storing:
    """A process that does storing operations while strace interferes."""

    def __enter__(self) -> "Storing":
        command = [sys.executable, str(HERE / "storing.py")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def do(self, operation: str, copy: Path, interference: Interference) -> dict[str, str] | None:
        """Return what the operation said; None when it was killed."""
        self._write(json.dumps({"operation": operation, "copy": str(copy)}))
        tracer = self._attach(int(self._read()), interference)
        self._write("go")
        said = self._read()
        if said != "ended":
            self._read()
        tracer.wait()
        return None if said == "ended" else json.loads(said)

    def _attach(self, child: int, what: Interference) -> subprocess.Popen[bytes]:
        inject = f"inject={what.call}:{what.effect}:when={what.nth}"
        command = ["strace", "-p", str(child), "-e", f"trace={what.call}", "-e", inject]
        tracer = subprocess.Popen([*command, "-o", "/dev/null"], stderr=subprocess.DEVNULL)
        while "\nTracerPid:\t0\n" in Path(f"/proc/{child}/status").read_text():
            if tracer.poll() is not None:
                raise RuntimeError("strace is not there, or may not attach")
            time.sleep(0.002)
        return tracer

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


Check = Callable[[str, Path, Path, dict[str, str] | None], list[str]]


def interfered(
    effort: Effort, cases: list[tuple[str, str]], stride: int, check: Check
) -> tuple[collections.Counter[str], list[str]]:
    """Do each operation with the 1st, 2nd … call of each kind interfered with, until none is."""
    counts: collections.Counter[str] = collections.Counter()
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nexus-durability-") as name, Storing() as process:
        folder = Path(name)
        before = folder / "before"
        storing.prepare(before)
        for operation, (call, effect) in itertools.product(storing.OPERATIONS, cases):
            most = MOST_CALLS.get(call, FEW)
            for nth in itertools.count(1 + effort.random.randrange(min(stride, most // 4)), stride):
                copy = folder / "copy"
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(before, copy)
                interference = Interference(call, nth, effect)
                said = process.do(operation, copy, interference)
                counts["killed" if said is None else next(iter(said))] += 1
                found = check(operation, before, copy, said)
                missed += [f"{operation}, {interference}: {each}" for each in found]
                if nth > most:
                    break
    return counts, missed


def is_done(operation: str, copy: Path, said: dict[str, str] | None) -> list[str]:
    """Return what is missing of an operation that was acknowledged."""
    if said is None or "done" not in said:
        return []
    branches = git(copy, "branch", "--format=%(refname:short)").split()
    if operation == "unbranch":
        return ["the branch is still there"] if "side" in branches else []
    if not git(copy, "branch", "--contains", said["done"]).strip():
        return ["acknowledged, and not in the history"]
    return []


def goes_on(copy: Path) -> list[str]:
    """Return what is wrong with the next commit."""
    files = {"next": b"next"}
    sha = Repository(copy).commit(files, message="Next", author=storing.ANN)
    return amiss(copy) + ([] if git(copy, "rev-parse", "HEAD").strip() == sha else ["not next"])


def after_a_kill(
    operation: str, before: Path, copy: Path, said: dict[str, str] | None
) -> list[str]:
    """Return what is lost or broken after an operation was killed."""
    began = time.monotonic()
    Repository.open(copy)
    found = [] if time.monotonic() - began < READY_SECONDS else ["not ready in time"]
    found += [f"{each} is left" for each in (copy / ".git").rglob("*.lock")]
    return found + is_done(operation, copy, said) + amiss(copy) + goes_on(copy)


def after_an_error(
    operation: str, before: Path, copy: Path, said: dict[str, str] | None
) -> list[str]:
    """Return what an operation did that it should not have, with the disk in its way."""
    found = is_done(operation, copy, said)
    if said is None or "raised" in said:
        found.append(f"ended with {said}")
    if said is not None and "refused" in said:
        refs = ("for-each-ref", "--format=%(refname) %(objectname)")
        if said["refused"] != "UNAVAILABLE":
            found.append(f"refused with {said['refused']}")
        if git(copy, *refs) != git(before, *refs):
            found.append("refused, and something changed")
    return found + goes_on(copy)


def d1(effort: Effort) -> tuple[str, list[str]]:
    """Kill storing operations at every step, and a kernel under load."""
    cases = [(call, "signal=SIGKILL") for call in CALLS]
    counts, missed = interfered(effort, cases, effort.of(FEW, 1), after_a_kill)
    kills = effort.of(1, 100)
    saved, lost = killed_under_load(effort, kills)
    told = f"{counts['killed']} kills of {len(storing.OPERATIONS)} operations; "
    return told + f"{kills} kills of a kernel, {saved} saves acknowledged", missed + lost


def d2(effort: Effort) -> tuple[str, list[str]]:
    """Let the calls of storing operations fail."""
    cases = [(call, f"error={name}") for call, name in ERRORS]
    counts, missed = interfered(effort, cases, effort.of(60, 1), after_an_error)
    return f"{counts['refused']} operations refused, {counts['done']} came through", missed


# ---- D1: a kernel under load


def killed_under_load(effort: Effort, kills: int) -> tuple[int, list[str]]:
    """Kill a kernel while panels are saved; return how many saves it acknowledged, what it lost."""
    missed: list[str] = []
    total = 0
    with tempfile.TemporaryDirectory(prefix="nexus-durability-") as name:
        kernel = KernelProcess(Path(name) / "data", NEXUS_SAVE_DELAY_MS="40")
        numbers = dict.fromkeys(("a", "b", "c"), 0)
        for number in range(kills):
            kernel.start()
            acknowledged = save_until_killed(kernel, numbers, 0.3 + effort.random.random())
            total += sum(acknowledged.values()) - sum(numbers.values())
            kernel.start()
            numbers, found = survived(kernel, acknowledged)
            missed += [f"kill {number}: {each}" for each in found]
            kernel.end(signal.SIGKILL)
    return total, missed


def save_until_killed(
    kernel: KernelProcess, begin: dict[str, int], seconds: float
) -> dict[str, int]:
    """Save three panels at once and kill the kernel; return the last acknowledged of each."""
    acknowledged = dict(begin)

    def save(panel: str) -> None:
        with httpx.Client(base_url=kernel.settings.address, trust_env=False) as http:
            for number in itertools.count(begin[panel] + 1):
                body = {"source": PANEL.format(number=number)}
                try:
                    answer = http.put(f"/api/workspaces/default/panels/{panel}", json=body)
                except httpx.HTTPError:
                    return
                if answer.is_success:
                    acknowledged[panel] = number

    threads = [threading.Thread(target=save, args=(panel,)) for panel in begin]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    kernel.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    return acknowledged


def survived(
    kernel: KernelProcess, acknowledged: dict[str, int]
) -> tuple[dict[str, int], list[str]]:
    """Return where the panels are after a start, and what is wrong with it."""
    root = kernel.settings.data / "workspaces" / "default"
    found = amiss(root)
    numbers = dict(acknowledged)
    for panel, number in acknowledged.items():
        if not number:
            continue
        committed = git(root, "show", f"HEAD:panels/{panel}.nxml")
        # The one that was on its way when the kernel was killed may be there as well.
        for each in (number, number + 1):
            if committed == PANEL.format(number=each):
                numbers[panel] = each
                break
        else:
            found.append(f"save {number} of {panel} is lost: {committed}")
    with sqlite3.connect(f"file:{kernel.settings.data}/nexus.db?mode=ro", uri=True) as database:
        (answer,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    return numbers, found + ([] if answer == "ok" else [f"the database: {answer}"])


# ---- D3


def d3(effort: Effort) -> tuple[str, list[str]]:
    """Commit from many threads of several processes."""
    each = effort.of(2, 25)
    with tempfile.TemporaryDirectory(prefix="nexus-durability-") as name:
        root = Path(name)
        Repository.open(root)
        command = [sys.executable, str(HERE / "committing.py"), str(root)]
        writers = [
            subprocess.Popen([*command, str(n), str(each)], stdout=subprocess.PIPE, text=True)
            for n in range(4)
        ]
        said = [writer.communicate()[0].split() for writer in writers]
        acknowledged = collections.Counter(itertools.chain.from_iterable(said))
        there = collections.Counter(git(root, "log", "--format=%H").split())
        missed = amiss(root)
    wanted = 4 * 8 * each
    if acknowledged != there or acknowledged.total() != wanted:
        missed.append(f"{acknowledged.total()} acknowledged, {there.total()} there, of {wanted}")
    return f"{wanted} commits from 32 threads in 4 processes, each in the history once", missed


# ---- D4


def d4(effort: Effort) -> tuple[str, list[str]]:
    """Merge random changes of panels, with us and with stock git."""
    counts: collections.Counter[str] = collections.Counter()
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nexus-durability-") as name:
        root = Path(name)
        repository = Repository.open(root)
        source = (HERE.parent / "panels" / "tasks.nxml").read_bytes()
        files = {f"panels/{panel}.nxml": source for panel in "abc"}
        base = repository.commit(files, message="Base", author=storing.ANN)
        for number in range(effort.of(15, 500)):
            ours, theirs = f"ours{number}", f"theirs{number}"
            for branch in (ours, theirs):
                repository.create_branch(branch, base)
                changes = changed(effort.random, files)
                repository.commit(changes, message="C", author=storing.ANN, branch=branch)
            git(root, "switch", "--quiet", ours)
            verdict = compared(root, repository, theirs)
            counts[verdict] += 1
            if verdict == "DIFFERENT":
                missed.append(f"merge {number} is not what git makes of it")
        missed += amiss(root)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())), missed


def changed(random: Random, files: dict[str, bytes]) -> dict[str, bytes]:
    """Change, remove and add lines of a panel or two."""
    changes: dict[str, bytes] = {}
    for path in random.sample(sorted(files), random.randrange(1, 3)):
        lines = files[path].splitlines(keepends=True)
        for _ in range(random.randrange(1, 4)):
            at = random.randrange(len(lines))
            fresh = [b"    <Text content='%d'/>\n" % random.getrandbits(40)]
            lines[at : at + random.randrange(3)] = fresh * random.randrange(2)
        changes[path] = b"".join(lines)
    return changes


def compared(root: Path, repository: Repository, branch: str) -> str:
    """Merge, and say how that compares with what stock git makes of it."""
    try:
        wanted = git(root, "merge-tree", "--write-tree", "HEAD", branch).split()[0]
    except subprocess.CalledProcessError:
        wanted = None
    try:
        repository.merge(branch, message="Merge", author=storing.ANN)
        made = git(root, "rev-parse", "HEAD^{tree}").strip()
    except HistoryConflict:
        made = None
    if made == wanted:
        return "conflicts alike" if made is None else "merged alike"
    return "left to a person" if made is None else "DIFFERENT"


# ---- running them

FIGURES: Final = {"D1": d1, "D2": d2, "D3": d3, "D4": d4}


def chosen(arguments: list[str] | None = None) -> Iterator[tuple[str, Effort]]:
    """Yield the figures that are asked for on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("figures", nargs="+", choices=FIGURES)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args(arguments)
    for name in options.figures:
        yield name, Effort(Random(options.seed), options.quick)


def main() -> int:
    """Try the figures and print how it went."""
    failed = False
    for name, effort in chosen():
        began = time.monotonic()
        told, missed = FIGURES[name](effort)
        print(f"{name}  {told}; {len(missed)} missed; {time.monotonic() - began:.0f} s", flush=True)
        for each in missed[:20]:
            print(f"    {each}")
        failed = failed or bool(missed)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
