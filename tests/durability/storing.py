"""Do one storing operation on a repository in a process of its own.

It is told ``{"operation": …, "copy": …}``, does it on the copy, and says how it ended.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from durability.checking import git
from durability.forking import fork_for_ever

from nexus_core.history import Author, HistoryError, Repository

ANN = Author("Ann", "ann@example.test")
FILES = {"panels/a.nxml": b"1\n2\n3\n4\n5\n", "panels/b.nxml": b"old", "nexus.toml": b""}


def prepare(root: Path) -> None:
    """Make the repository that the operations work on."""
    repository = Repository.open(root)
    repository.commit(FILES, message="Start", author=ANN)
    repository.pack()
    repository.create_branch("side")
    git(root, "pack-refs", "--all")  # What is noted there of the branch is soon out of date.
    changed = {"panels/a.nxml": b"1\n2\n3\n4\nside\n", "panels/c.nxml": b"new"}
    repository.commit(changed, message="Side", author=ANN, branch="side")
    repository.commit({"panels/a.nxml": b"main\n2\n3\n4\n5\n"}, message="Main", author=ANN)


def change(repository: Repository) -> str:
    files = {"panels/a.nxml": b"changed", "panels/b.nxml": None, "deep/er/c": b"new"}
    return repository.commit(files, message="Change", author=ANN)


def aside(repository: Repository) -> str:
    return repository.commit({"panels/b.nxml": b"x"}, message="Aside", author=ANN, branch="side")


def merge(repository: Repository) -> str:
    return repository.merge("side", message="Merge", author=ANN)


def branch(repository: Repository) -> str:
    return repository.create_branch("conflicts/a-1", "side")


def unbranch(repository: Repository) -> str:
    repository.delete_branch("side")
    return ""


def switch(repository: Repository) -> str:
    return repository.switch("side")


def pack(repository: Repository) -> str:
    repository.pack()
    return ""


OPERATIONS: dict[str, Callable[[Repository], str]] = {
    each.__name__: each for each in (change, aside, merge, branch, unbranch, switch, pack)
}


def do(operation: str, copy: Path) -> dict[str, str]:
    """Return the commit that was acknowledged, or why nothing was."""
    try:
        return {"done": OPERATIONS[operation](Repository(copy))}
    except HistoryError as error:
        return {"refused": error.code}
    except Exception as error:
        return {"raised": repr(error)}


def tell(task: dict[str, Any], say: Callable[[str], None]) -> None:
    """Do what was asked for, and say how that ended."""
    say(json.dumps(do(task["operation"], Path(task["copy"]))))


if __name__ == "__main__":
    logging.disable()  # That something was in the way is what is wanted here.
    fork_for_ever(tell)
