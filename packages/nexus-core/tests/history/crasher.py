"""Kill a commit or switch at its 1st step, and at every ``stride``-th after it, in a copy each.

A step is anything that opens, makes, renames or removes a file below the copy. Prints a line of
JSON for each copy: ``{"copy": …, "acknowledged": …}``, the last one of what got through.
"""

import itertools
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from nexus_core.history import Author, Repository

CHANGE = {"panels/a.nxml": b"new", "panels/b.nxml": None, "fresh/c.nxml": b"new"}
STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")


def commit(repository: Repository) -> str:
    return repository.commit(CHANGE, message="Crash", author=Author("Ann", "ann@example.test"))


def switch(repository: Repository) -> str:
    return repository.switch("side")


def act_until(step: int, act: str, copy: Path, report: int) -> None:
    """Commit or switch, and die at a step; tell the commit if there is no such step."""
    steps = itertools.count(1)

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        touches = event in STEPS and str(copy) in str(arguments)
        if touches and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    repository = Repository(copy)
    sys.addaudithook(watch)
    sha = {"commit": commit, "switch": switch}[act](repository)
    os.write(report, sha.encode())
    os._exit(0)


def main(template: str, copies: str, stride: str, act: str = "commit") -> None:
    for step in itertools.count(1, int(stride)):
        copy = Path(copies) / str(step)
        shutil.copytree(template, copy)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            act_until(step, act, copy, writing)
        os.close(writing)
        acknowledged = os.read(reading, 64).decode()
        os.close(reading)
        os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"copy": str(copy), "acknowledged": acknowledged}) + "\n")
        if acknowledged:
            return


main(*sys.argv[1:])
