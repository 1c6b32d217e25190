"""The figures D1 to D4: nothing acknowledged is lost; git, SQLite and PostgreSQL agree.

`python tests/durability/figures.py D1 [D2 …] [--jobs N] [--only NAME] [--quick] [--seed N]`,
from any folder. Each says what it did, and fails when something was missed. D1, D2 need libseccomp.

D1  SIGKILL at each write, fsync, rename … of all that is stored, and of kernels under load
D2  the same calls fail with ENOSPC, EIO or EMFILE: not acknowledged, as before, the next one fine
D3  eight threads in each of four processes commit at once: acknowledged is in the history, exactly
D4  merges are those of `git merge-tree`; where we are not sure, a person is asked
"""

import argparse
import collections
import contextlib
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from durability import kernels, storing
from durability.asking import REQUESTS
from durability.checking import amiss, git, ready_seconds
from durability.effort import Effort, Outcome, at_each_step, shared_out
from durability.forking import Forks
from durability.interfering import KILLED, Interference, shown
from durability.load import killed_under_load

from nexus_core.history import HistoryConflict, Repository
from workspace_kernel.testing import postgresql

HERE: Final = Path(__file__).parent
CALLS: Final = (
    *("create", "write", "fsync", "fdatasync", "rename", "unlink", "mkdir", "rmdir"),
    *("truncate", "link", "symlink", "chmod", "fchmod"),
)
"""All by which something on disk becomes another."""
ERRORS: Final = (
    ("write", "ENOSPC"),
    ("write", "EIO"),
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("rename", "ENOSPC"),
    ("mkdir", "ENOSPC"),
    ("open", "EMFILE"),
    ("create", "ENOSPC"),
)
REFS: Final = ("for-each-ref", "--format=%(refname) %(objectname)")
UNDER_LOAD: Final = "under load"
"""What ``--only`` calls the kills at any moment."""


# ---- D1 and D2: one operation, interfered with

Check = Callable[[str, Path, Path, dict[str, str] | None], list[str]]


@dataclass(frozen=True, slots=True)
class Case:
    """One operation, with one of some calls interfered with in each of some trials."""

    operation: str
    calls: tuple[str, ...]
    effect: str
    steps: Iterable[int]


def interfered(
    effort: Effort, cases: tuple[tuple[tuple[str, ...], str], ...], check: Check
) -> Outcome:
    """Do each operation with each call interfered with, or a few."""
    operations = effort.chosen(storing.OPERATIONS)
    listed = [
        Case(operation, *case, effort.steps(2, 40))
        for operation, case in itertools.product(operations, cases)
    ]
    with tempfile.TemporaryDirectory(prefix="nexus-durability-") as name:
        before = Path(name) / "before"
        storing.prepare(before)

        @contextlib.contextmanager
        def working() -> Generator[Callable[[Case], Outcome]]:
            with tempfile.TemporaryDirectory(dir=name) as own, Forks("storing.py") as forks:
                yield lambda case: at_each_call(forks, before, Path(own) / "copy", case, check)

        return shared_out(effort.jobs, listed, working)


def at_each_call(forks: Forks, before: Path, copy: Path, case: Case, check: Check) -> Outcome:
    """Do an operation again and again, each time with another call interfered with."""

    def attempt(step: int) -> tuple[str | None, list[str]]:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(before, copy)
        what = Interference(case.calls, step, case.effect)
        child = forks.fork({"operation": case.operation, "copy": str(copy)}, what, at_once=True)
        heard = child.hear()
        child.end()
        said = json.loads(heard) if heard else None
        found = check(case.operation, before, copy, said)
        if child.watch is None or not child.watch.took_place:
            return None, found
        return "killed" if said is None else next(iter(said)), found

    return at_each_step(
        f"{case.operation}, {case.effect} at {shown(case.calls)}", case.steps, attempt
    )


def is_done(operation: str, before: Path, copy: Path, said: dict[str, str] | None) -> list[str]:
    """Return what is missing of an operation that was acknowledged."""
    if said is None or "done" not in said:
        return []
    branches = git(copy, "branch", "--format=%(refname:short)").split()
    if operation == "unbranch":
        return ["the branch is still there"] if "side" in branches else []
    if operation == "pack":
        return [] if git(copy, *REFS) == git(before, *REFS) else ["packed, and branches moved"]
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
    found = [] if time.monotonic() - began < ready_seconds() else ["not ready in time"]
    found += [f"{each} is left" for each in (copy / ".git").rglob("*.lock")]
    side = ("for-each-ref", "--format=%(objectname)", "refs/heads/side")
    if operation == "unbranch" and git(copy, *side) not in ("", git(before, *side)):
        found.append("the branch is where it once was")
    return found + is_done(operation, before, copy, said) + amiss(copy) + goes_on(copy)


def after_an_error(
    operation: str, before: Path, copy: Path, said: dict[str, str] | None
) -> list[str]:
    """Return what an operation did that it should not have, with the disk in its way."""
    found = is_done(operation, before, copy, said)
    if said is None or "raised" in said:
        found.append(f"ended with {said}")
    if said is not None and "refused" in said:
        if said["refused"] != "UNAVAILABLE":
            found.append(f"refused with {said['refused']}")
        if git(copy, *REFS) != git(before, *REFS):
            found.append("refused, and something changed")
    return found + goes_on(copy)


def d1(effort: Effort) -> tuple[str, list[str]]:
    """Kill storing operations at every step, and kernels under load."""
    kills = ((CALLS, KILLED),)
    counts, missed = interfered(effort, kills, after_a_kill)
    of_kernels, lost = kernels.tried(
        effort,
        kernels.Trials(kernels.killed, tuple(REQUESTS), kills),
        kernels.Trials(kernels.killed_at_the_start, ("run a tool", "save a panel"), kills),
    )
    missed += lost
    told = (
        f"{counts['killed']} kills of operations of repositories, {of_kernels['killed']} of "
        f"kernels in requests, {of_kernels['killed at the start']} of kernels at the start"
    )
    if effort.chosen([UNDER_LOAD]):
        more, lost = under_load(effort)
        return f"{told}; {more}", missed + lost
    return told, missed


def under_load(effort: Effort) -> tuple[str, list[str]]:
    """Kill kernels under load, on SQLite and on PostgreSQL."""
    kills = effort.of(2, 500)
    acknowledged, missed = killed_under_load(effort, kills, lambda: None, str.split)
    told = f"{kills} kills under load with {acknowledged} acknowledged"
    if effort.quick:
        return told, missed
    more, lost = killed_beside_postgresql(effort, 50)
    return f"{told}, and 50 on PostgreSQL with {more}", missed + lost


def killed_beside_postgresql(effort: Effort, kills: int) -> tuple[int, list[str]]:
    """Kill kernels under load that keep their data in PostgreSQL."""
    with postgresql(durable=True) as create:
        numbers = itertools.count()
        return killed_under_load(effort, kills, lambda: create(f"d{next(numbers)}"), misfiled)


def misfiled(database: str) -> list[str]:
    """Return what PostgreSQL finds wrong with a database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_amcheck"))
    command = [found[-1], "--install-missing", "--heapallindexed", "--rootdescend", database]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"pg_amcheck: {done.stdout}{done.stderr}"]


def d2(effort: Effort) -> tuple[str, list[str]]:
    """Let the calls of storing operations fail."""
    cases = tuple(((call,), name) for call, name in ERRORS)
    counts, missed = interfered(effort, cases, after_an_error)
    asked = kernels.Trials(kernels.hindered, tuple(REQUESTS), cases)
    of_kernels, wrong = kernels.tried(effort, asked)
    told = f"{counts['refused']} operations of repositories refused, {counts['done']} came through"
    return (
        f"{told}; {of_kernels['refused']} requests to kernels refused, {of_kernels['done']} not",
        missed + wrong,
    )


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
    parser.add_argument("--jobs", type=int, default=1, help="trials at the same time")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help=f"of D1 and D2 only this operation or request, or {UNDER_LOAD!r}; may be repeated",
    )
    options = parser.parse_args(arguments)
    for name in options.figures:
        yield name, Effort(Random(options.seed), options.quick, options.jobs, tuple(options.only))


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
