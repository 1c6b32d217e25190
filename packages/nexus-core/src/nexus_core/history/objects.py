"""Commits, trees and files as git stores them: look one up, build and store the next.

Content goes to disk before anything refers to it. Who may commit, and what becomes of the work
tree, is not known here.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final, cast

from dulwich.errors import NotTreeError
from dulwich.file import GitFile
from dulwich.object_store import (
    MemoryObjectStore,
    OverlayObjectStore,
    commit_tree_changes,
    iter_tree_contents,
    tree_lookup_path,
)
from dulwich.objects import ZERO_SHA, Blob, Commit, ObjectID, ShaFile, SubmoduleEncountered, Tree
from dulwich.refs import HEADREF, Ref
from dulwich.repo import Repo

from nexus_core.history.errors import HistoryConflict, not_found

REGULAR: Final = 0o100644
HEADS: Final = b"refs/heads/"

_TRIES: Final = 10
_SHA: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it is in one commit."""

    mode: int
    sha: ObjectID


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit is to do; ``None`` removes a file."""

    files: Mapping[str, Blob | None]
    message: bytes
    author: bytes
    merged: ObjectID | None = None
    """The other commit that a merge has in it."""
    modes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Where a file's mode is not to stay as it is."""


def head_of(repo: Repo) -> ObjectID | None:
    """Return the commit that is checked out, if there is one."""
    try:
        return repo.refs[HEADREF]
    except KeyError:
        return None


def checked_out(repo: Repo) -> Ref | None:
    """Return the branch that is checked out, also one without commits; None when none is."""
    (*_, name), _ = repo.refs.follow(HEADREF)
    return name if name.startswith(HEADS) else None


def tip_of(repo: Repo, ref: Ref) -> ObjectID | None:
    """Return the commit that a branch is at, if it has one."""
    try:
        return repo.refs[ref]
    except KeyError:
        return None


def resolve(repo: Repo, ref: str | None) -> ObjectID | None:
    """Return the commit that a branch or a commit id names; without either, the head.

    Raises:
        HistoryError: NOT_FOUND.

    """
    if ref is None or ref == "HEAD":
        return head_of(repo)
    try:
        name = ref.encode()
        sha = ObjectID(name) if _SHA.fullmatch(ref) else repo.refs[Ref(HEADS + name)]
        if isinstance(repo.object_store[sha], Commit):
            return sha
    except (KeyError, ValueError):
        pass
    raise not_found(f"the branch or commit {ref[:100]!r}")


def files_of(repo: Repo, commit: ObjectID) -> list[str]:
    """Return the paths of all plain files in a commit, sorted."""
    return sorted(path for path, _ in blobs_of(repo, commit))


def blobs_of(repo: Repo, commit: ObjectID) -> Iterator[tuple[str, ObjectID]]:
    """Yield the plain files in a commit: path and what is in it."""
    for entry in iter_tree_contents(repo.object_store, tree_of(repo, commit)):
        if entry.path and entry.sha and S_ISREG(entry.mode or 0):
            yield entry.path.decode(errors="replace"), entry.sha


def version_at(repo: Repo, commit: ObjectID | None, path: str) -> Version | None:
    """Return a file as it is in a commit, or ``None`` where there is none.

    Raises:
        HistoryConflict: the path, or one on the way, is something else there than a file.

    """
    return None if commit is None else version_in(repo, tree_of(repo, commit), path)


def file_at(repo: Repo, commit: ObjectID | None, path: str) -> Version | None:
    """Return a file as it is in a commit, or ``None`` where there is none, whatever else is."""
    try:
        return version_at(repo, commit, path)
    except HistoryConflict:
        return None


def version_in(repo: Repo, tree: ObjectID, path: str) -> Version | None:
    """Return a file as it is in the tree of a commit. Else as ``version_at``."""
    lookup = repo.object_store.__getitem__
    try:
        mode, sha = tree_lookup_path(lookup, tree, path.encode(errors="replace"))
    except KeyError:
        return None
    except (NotTreeError, SubmoduleEncountered):
        mode, sha = 0, ZERO_SHA
    if not S_ISREG(mode):
        raise HistoryConflict(path, "is not a plain file, or lies below one")
    return Version(mode, sha)


def content_of(repo: Repo, version: Version) -> bytes:
    """Return what is in a file."""
    return repo.object_store[version.sha].as_raw_string()


def store_commit(repo: Repo, change: Change, head: ObjectID | None) -> ObjectID | None:
    """Store a commit on ``head`` and all that is new in it, durably.

    Returns:
        Its id; ``None`` when it would change nothing, and nothing was stored.

    """
    fresh = MemoryObjectStore()
    for blob in filter(None, change.files.values()):
        fresh.add_object(blob)
    before = tree_of(repo, head) if head else None
    store = OverlayObjectStore([fresh, repo.object_store], fresh)
    tree = commit_tree_changes(store, before or Tree(), _entries(repo, change, head))
    if tree == before and change.merged is None:
        return None
    commit = _commit(change, tree, head)
    _store(repo, [*(fresh[sha] for sha in fresh), commit])
    return commit.id


def advance(repo: Repo, ref: Ref, head: ObjectID | None, commit: ObjectID) -> bool:
    """Move a branch to a commit, durably, unless it is no longer at ``head``."""
    if not repo.refs.set_if_equals(ref, head or ZERO_SHA, commit):
        return False
    try:
        fsync((Path(repo.controldir()) / os.fsdecode(ref)).parent)
    except OSError:
        _move_back(repo, ref, head, commit)
        raise
    return True


def show(repo: Repo, ref: Ref) -> None:
    """Make a branch the one that is checked out, durably; the work tree is another's business.

    Raises:
        OSError: the disk is in the way; another one is checked out, as before.

    """
    head = Path(repo.controldir()) / "HEAD"
    before = head.read_bytes()
    repo.refs.set_symbolic_ref(HEADREF, ref)
    try:
        fsync(head.parent)
    except OSError:
        with GitFile(str(head), "wb") as file:
            file.write(before)
        raise


def remove(repo: Repo, ref: Ref, tip: ObjectID) -> None:
    """Remove a branch that is at a commit, durably.

    Raises:
        OSError: the disk is in the way; the branch is as before.

    """
    try:
        repo.refs.remove_if_equals(ref, tip)
    except OSError:
        if tip_of(repo, ref) is not None:
            raise
    folder = (Path(repo.controldir()) / os.fsdecode(ref)).parent
    try:
        fsync(next(each for each in (folder, *folder.parents) if each.exists()))
    except OSError:
        repo.refs.add_if_new(ref, tip)
        raise


def _move_back(repo: Repo, ref: Ref, head: ObjectID | None, commit: ObjectID) -> None:
    """Undo what cannot be promised to last, since nobody is told that it was done."""
    if head is None:
        repo.refs.remove_if_equals(ref, commit)
    else:
        repo.refs.set_if_equals(ref, commit, head)


def fsync(path: Path) -> None:
    """Make a file's content, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tree_of(repo: Repo, commit: ObjectID) -> ObjectID:
    """Return the tree of a commit."""
    return cast("Commit", repo.object_store[commit]).tree


def _entries(
    repo: Repo, change: Change, head: ObjectID | None
) -> list[tuple[bytes, int | None, ObjectID | None]]:
    entries: list[tuple[bytes, int | None, ObjectID | None]] = []
    for path, blob in change.files.items():
        if any(change.files.get(str(each)) is not None for each in PurePosixPath(path).parents):
            continue  # The file in the place of the folder takes its files with it.
        version = file_at(repo, head, path)
        if blob is not None:
            mode = change.modes.get(path) or (version.mode if version else REGULAR)
            entries.append((path.encode(), mode, blob.id))
        elif version is not None:
            entries.append((path.encode(), None, None))
    return entries


def _commit(change: Change, tree: ObjectID, head: ObjectID | None) -> Commit:
    commit = Commit()
    commit.tree = tree
    commit.parents = [each for each in (head, change.merged) if each]
    commit.author = commit.committer = change.author
    commit.author_time = commit.commit_time = int(time.time())
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = change.message
    return commit


def _store(repo: Repo, objects: Sequence[ShaFile]) -> None:
    root = Path(os.fsdecode(repo.object_store.path))
    for each in objects:
        _add(repo, each)
    for folder in {each.id[:2].decode() for each in objects}:
        with suppress(FileNotFoundError):  # Git has packed what was in it.
            fsync(root / folder)
    fsync(root)


def _add(repo: Repo, each: ShaFile) -> None:
    """Store an object; git that tidies up meanwhile removes folders as soon as they are empty."""
    for _ in range(_TRIES - 1):
        with suppress(FileNotFoundError):
            return repo.object_store.add_object(each)
    return repo.object_store.add_object(each)


__all__ = [
    "HEADS",
    "REGULAR",
    "Change",
    "Version",
    "advance",
    "blobs_of",
    "checked_out",
    "content_of",
    "file_at",
    "files_of",
    "fsync",
    "head_of",
    "remove",
    "resolve",
    "show",
    "store_commit",
    "tip_of",
    "tree_of",
    "version_at",
    "version_in",
]
