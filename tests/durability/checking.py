"""Ask stock git and SQLite whether what is on disk is whole."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path


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


def broken(root: Path) -> list[str]:
    """Return what stock git finds wrong with a repository."""
    try:
        git(root, "fsck", "--strict", "--no-dangling")
    except subprocess.CalledProcessError as error:
        return [f"fsck of {root.name}: {error.stdout}{error.stderr}"]
    return []


def amiss(root: Path) -> list[str]:
    """Return what stock git finds wrong with a repository and its work tree."""
    changed = git(root, "status", "--porcelain", "--untracked-files=all")
    return broken(root) + ([f"status of {root.name}: {changed}"] if changed else [])


def corrupt(database: Path) -> list[str]:
    """Return what SQLite finds wrong with a database, which is left as it is found."""
    with tempfile.TemporaryDirectory(prefix="nexus-sqlite-") as folder:
        for file in database.parent.glob(f"{database.name}*"):
            shutil.copy(file, folder)
        with closing(sqlite3.connect(Path(folder) / database.name)) as copy:
            (answer,) = copy.execute("PRAGMA integrity_check").fetchone()
            foreign = copy.execute("PRAGMA foreign_key_check").fetchall()
    found = [] if answer == "ok" else [f"the database: {answer}"]
    return found + ([f"rows that refer to none: {foreign}"] if foreign else [])


def ready_seconds() -> float:
    """Return how long a start may take: five seconds, longer where others keep the machine busy."""
    return 5.0 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def say(how_far: str) -> None:
    """Tell who waits how far it is."""
    sys.stderr.write(f"    {how_far}\n")
    sys.stderr.flush()


__all__ = ["amiss", "broken", "corrupt", "git", "ready_seconds", "say"]
