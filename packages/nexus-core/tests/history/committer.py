"""Commit ``count`` times to a repository and print each commit: one of several processes at it."""

import sys

from nexus_core.history import Author, Repository


def main(root: str, name: str, count: str) -> None:
    repository = Repository.open(root)
    author = Author(name, f"{name}@example.test")
    for number in range(int(count)):
        files = {f"{name}/{number}": b"%d" % number, f"{name}/last": b"%d" % number}
        sha = repository.commit(files, message=f"{name} {number}", author=author)
        sys.stdout.write(sha + "\n")
        sys.stdout.flush()


main(*sys.argv[1:])
