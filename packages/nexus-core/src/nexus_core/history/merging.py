"""What becomes of two branches: file by file, and line by line where both changed one.

The outcome is a change to be committed, or the files that need a person. Nothing is written here.
Renames are not guessed: a file that one side moved and the other changed needs a person.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from stat import S_ISREG

from dulwich.graph import find_merge_base
from dulwich.object_store import iter_tree_contents
from dulwich.objects import Blob, ObjectID
from dulwich.repo import Repo

from nexus_core.history import lines
from nexus_core.history.errors import HistoryConflict
from nexus_core.history.objects import Change, Version, content_of, tree_of
from nexus_core.history.paths import check_path

_Files = Mapping[str, Version]


def contains(repo: Repo, commit: ObjectID, ancestor: ObjectID) -> bool:
    """Tell whether a commit has another one in its history."""
    return find_merge_base(repo, [commit, ancestor]) == [ancestor]


def merging(
    repo: Repo, head: ObjectID, other: ObjectID, *, message: bytes, author: bytes
) -> Change:
    """Return the change of ``head`` that has in it what ``other`` did.

    Raises:
        HistoryConflict: both changed something, and not in places that leave each other alone.
        HistoryError: INVALID_PATH, the other one has a file that may not be written.

    """
    bases = find_merge_base(repo, [head, other])
    if len(bases) != 1:
        raise HistoryConflict("the branch", "has not one commit in common, but none or several")
    base, ours, theirs = (_files(repo, each) for each in (ObjectID(bases[0]), head, other))
    changed = [path for path in {*base, *theirs} if base.get(path) != theirs.get(path)]
    files: dict[str, Blob | None] = {}
    modes: dict[str, int] = {}
    for path in sorted(changed):
        versions = base.get(path), ours.get(path), theirs.get(path)
        if versions[1] == versions[2]:
            continue
        blob, mode = _merged(repo, path, *versions)
        files[path] = blob
        if mode is not None:
            modes[check_path(path)] = mode
    _require_room({*ours, *modes} - (files.keys() - modes.keys()))
    return Change(files, message, author, merged=other, modes=modes)


def _files(repo: Repo, commit: ObjectID) -> dict[str, Version]:
    return {
        entry.path.decode("utf-8", "surrogateescape"): Version(entry.mode, entry.sha)
        for entry in iter_tree_contents(repo.object_store, tree_of(repo, commit))
        if entry.path and entry.mode and entry.sha
    }


def _merged(
    repo: Repo, path: str, base: Version | None, ours: Version | None, theirs: Version | None
) -> tuple[Blob | None, int | None]:
    """Return what becomes of a file that they changed, and its mode."""
    if any(each and not S_ISREG(each.mode) for each in (base, ours, theirs)):
        raise HistoryConflict(path, "is not a plain file")
    if base == ours:
        if theirs is None:
            return None, None
        return Blob.from_string(content_of(repo, theirs)), theirs.mode
    if base is None or ours is None or theirs is None:
        raise HistoryConflict(path, "was made, changed or removed in both branches")
    mode = theirs.mode if base.mode == ours.mode else ours.mode
    contents = (content_of(repo, each) for each in (base, ours, theirs))
    text = lines.merge(*contents)
    if text is None:
        raise HistoryConflict(path, "was changed in the same place in both branches")
    return Blob.from_string(text), mode


def _require_room(paths: set[str]) -> None:
    """Refuse a file where the other side has a folder of that name."""
    for path in paths:
        for folder in PurePosixPath(path).parents:
            if str(folder) in paths:
                raise HistoryConflict(str(folder), "is a file in one branch, a folder in the other")


__all__ = ["contains", "merging"]
