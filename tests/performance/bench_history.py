"""A workspace's repository over the years: what a commit, a page of the history, a diff cost.

Commits one panel after the other of twenty, and prints a row of a Markdown table every so often:
medians of wall time and, since other programs keep the disk busy, of processor time, before and
after the history is put into packs.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nexus_core.history import Author, Repository, unified

PANELS = 20
SOURCE = (Path(__file__).parents[1] / "panels" / "tasks.nxml").read_bytes()
ANN = Author("Ann", "ann@example.test")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return milliseconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - clock) * 1000, (time.process_time() - processor) * 1000


def median(work: Callable[[], object], times: int = 5) -> str:
    """Return the medians of both as the cell of a table."""
    clock, processor = zip(*(timed(work) for _ in range(times)), strict=True)
    return f"{statistics.median(clock):.1f} ({statistics.median(processor):.1f})"


def commit(repository: Repository, number: int) -> None:
    """Save one panel."""
    path = f"panels/p{number % PANELS}.nxml"
    content = SOURCE + b"<!-- %d -->\n" % number
    repository.commit({path: content}, message=f"Save {number}", author=ANN)


def compare(repository: Repository) -> None:
    """Make the difference of a panel to what it was fifty saves ago."""
    path = "panels/p3.nxml"
    before = repository.log(path, limit=50).commits[-1].sha
    unified(repository.read(path, before), repository.read(path), "a", "b")


def size(root: Path) -> float:
    """Return the mebibytes on disk."""
    return sum(each.lstat().st_blocks * 512 for each in (root / ".git").rglob("*")) / 2**20


def measure(repository: Repository, root: Path, label: str, commits: str) -> None:
    """Print a row."""
    cells = (
        commits,
        median(lambda: repository.log(limit=50)),
        median(lambda: repository.log("panels/p3.nxml", limit=50)),
        median(lambda: compare(repository)),
        f"{size(root):.1f}",
    )
    print(f"| {label} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=10_000)
    total = parser.parse_args().commits
    print(
        "| commits | a commit, ms (CPU) | page of history | page of a panel's | and a diff | MiB |"
    )
    print("| --- | --: | --: | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        repository = Repository.open(root)
        files = {f"panels/p{number}.nxml": SOURCE for number in range(PANELS)}
        repository.commit(files, message="Begin", author=ANN)
        for number in range(1, total + 1):
            commit(repository, number)
            if number in (total // 10, total // 2, total):
                once = iter(range(number * 1000, number * 1000 + 50))
                cost = median(lambda once=once: commit(repository, next(once)), 50)
                measure(repository, root, f"{number:,}", cost)
        clock, processor = timed(repository.pack)
        once = iter(range(10**9, 10**9 + 50))
        cost = median(lambda: commit(repository, next(once)), 50)
        measure(repository, root, f"{total:,}, packed", cost)
        print(f"\nPacking took {clock / 1000:.1f} s, {processor / 1000:.1f} of the processor.")


if __name__ == "__main__":
    main()
