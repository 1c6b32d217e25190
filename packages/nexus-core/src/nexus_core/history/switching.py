"""What lies between two branches when one is checked out in the place of the other.

Which files differ, and whether git has something under way that a switch would tear apart. Nothing
is written here; what may be overwritten in the work tree is the repository's business.
"""

from pathlib import Path
from stat import S_ISREG
from typing import Final

from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from nexus_core.history.errors import HistoryConflict, HistoryError
from nexus_core.history.objects import tree_of
from nexus_core.history.paths import check_path
from nexus_protocol.errors import ErrorCode

_UNDER_WAY: Final = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}
"""What git leaves in its folder until it is through, and what it calls that."""


def differing(repo: Repo, old: ObjectID | None, new: ObjectID) -> tuple[str, ...]:
    """Return the files that are not the same in two commits, sorted.

    Raises:
        HistoryConflict: one is no plain file.
        HistoryError: INVALID_PATH, the new commit has a file that may not be written.

    """
    before = None if old is None else tree_of(repo, old)
    changes = repo.object_store.tree_changes(before, tree_of(repo, new))
    paths: set[str] = set()
    for names, modes, _ in changes:
        for name, mode in zip(names, modes, strict=True):
            if name is None:
                continue
            path = name.decode("utf-8", "surrogateescape")
            if not S_ISREG(mode or 0):
                raise HistoryConflict(path, "is not a plain file")
            paths.add(check_path(path))
    return tuple(sorted(paths))


def require_settled(git: Path, branch: Ref) -> None:
    """Refuse a switch in the middle of something, or to a branch that another work tree shows.

    Raises:
        HistoryError: CONFLICT.

    """
    for name, what in _UNDER_WAY.items():
        if (git / name).exists():
            message = f"a {what} is under way; finish it with git, or abort it, before"
            raise HistoryError(ErrorCode.CONFLICT, message)
    for head in git.glob("worktrees/*/HEAD"):
        if head.read_bytes().strip() == b"ref: " + branch:
            message = "the branch is checked out in another work tree of the repository"
            raise HistoryError(ErrorCode.CONFLICT, message)


__all__ = ["differing", "require_settled"]
