import os
import subprocess
from pathlib import Path

import pytest

from nexus_core.history import Author, Repository

ANN = Author("Ann", "ann@example.test")


class Git:
    """Stock git in one folder, without anybody's configuration."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.root), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.root),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                **{f"GIT_{role}_NAME": "Olga" for role in ("AUTHOR", "COMMITTER")},
                **{f"GIT_{role}_EMAIL": "olga@example.test" for role in ("AUTHOR", "COMMITTER")},
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(
                done.returncode, arguments, done.stdout, done.stderr
            )
        return done.stdout

    def check(self) -> None:
        """Find nothing wrong, and work tree, index and head the same."""
        self("fsck", "--strict", "--no-dangling")
        assert self("status", "--porcelain", "--untracked-files=all") == ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def repository(root: Path) -> Repository:
    return Repository.open(root)


@pytest.fixture
def git(root: Path) -> Git:
    return Git(root)


@pytest.fixture
def ann() -> Author:
    return ANN
