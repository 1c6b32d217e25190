"""Commit from eight threads, ``count`` times each, and print each commit: one of several."""

import sys
import threading

from nexus_core.history import Author, Repository


def main(root: str, name: str, count: str) -> None:
    repository = Repository.open(root)
    author = Author(name, f"{name}@example.test")

    def commit(thread: int) -> None:
        for number in range(int(count)):
            files = {f"{name}/{thread}": b"%d" % number}
            message = f"{name} {thread} {number}"
            # The others wait their turn: on a busy disk longer than a person would.
            sys.stdout.write(repository.commit(files, message=message, author=author) + "\n")

    threads = [threading.Thread(target=commit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main(*sys.argv[1:])
