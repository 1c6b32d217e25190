"""Do one storing operation on a repository in a process of its own, when told to.

Reads lines of JSON, ``{"operation": …, "copy": …}``, and forks for each: the child waits for a
byte, does the operation on the copy, and says how it ended. Whoever started this is told the
child's process id first, and can interfere with it.
"""

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from durability.checking import git
from durability.interfering import allow_tracing

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
    return repository.head or ""


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


def main() -> None:
    logging.disable()  # That something was in the way is what is wanted here.
    for line in sys.stdin:
        asked = json.loads(line)
        going, go = os.pipe()
        ready, is_ready = os.pipe()
        if (child := os.fork()) == 0:
            os.close(go)
            allow_tracing()
            os.write(is_ready, b"!")
            os.read(going, 1)
            told = do(asked["operation"], Path(asked["copy"]))
            os.writev(1, [json.dumps(told).encode() + b"\n"])  # No call that is interfered with.
            os._exit(0)
        os.close(going)
        os.read(ready, 1)
        os.close(ready)
        os.close(is_ready)
        print(child, flush=True)
        sys.stdin.readline()
        os.write(go, b"!")
        os.close(go)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
