"""A git repository with a work tree, to which several processes may commit and people too.

Everything is made for stock git to read, and to write beside us. A commit is built on the head that
is read under the lock, becomes visible by one compare-and-set of the branch, and is durable when
``commit`` returns. The work tree follows; a crash in between is made good by whoever takes the lock
next. What the files mean is not known here.
"""

import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final, cast

from dulwich.errors import NotGitRepository, NotTreeError
from dulwich.file import FileLocked
from dulwich.object_store import (
    MemoryObjectStore,
    OverlayObjectStore,
    commit_tree_changes,
    iter_tree_contents,
    tree_lookup_path,
)
from dulwich.objects import ZERO_SHA, Blob, ObjectID, ShaFile, SubmoduleEncountered, Tree
from dulwich.objects import Commit as GitCommit
from dulwich.refs import HEADREF, Ref
from dulwich.repo import Repo

from nexus_core.history.errors import HistoryConflict, HistoryError, not_found
from nexus_core.history.lock import CommitLock, Intent, Journal
from nexus_core.history.paths import check_path
from nexus_core.history.worktree import (
    REGULAR,
    LockedIndex,
    Version,
    WorkTree,
    fsync,
)
from nexus_protocol.errors import ErrorCode

PATIENCE: Final = 10.0
"""Seconds for which another git program may hold what a commit needs."""

_BRANCH: Final = b"main"
_UNFINISHED: Final = ".nexus-new-"
_SHA: Final = re.compile(r"[0-9a-f]{40}")
_LATEST: Final = 253402300799
"""The last second of the year 9999, where datetime ends and a commit's time need not."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Author:
    """Who a commit is by."""

    name: str
    email: str

    @property
    def line(self) -> bytes:
        """As git spells it, without what would end the line or the part."""
        name, email = (re.sub(r"[<>\0-\x1f]", "", part).strip() for part in (self.name, self.email))
        return f"{name or 'unknown'} <{email.replace(' ', '')}>".encode(errors="replace")


@dataclass(frozen=True, slots=True)
class Commit:
    """One step of the history."""

    sha: str
    author: Author
    message: str
    at: datetime
    """When it was committed, in UTC, to the second."""


class Repository:
    """The history of one folder.

    Safe to use from several threads; every call looks at the repository afresh, so that what other
    programs commit, pack or collect in between is seen.
    """

    def __init__(self, root: Path) -> None:
        """Take a repository that exists; ``open`` makes one where there is none."""
        self._root = root
        self._git = root / ".git"
        private = self._git / "nexus"
        private.mkdir(exist_ok=True)
        self._lock = CommitLock(private / "commit")
        self._tree = WorkTree(root, private / "checkout")

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Repository":
        """Open the repository in a folder, or make both; what a crash left behind is cleaned up.

        Raises:
            HistoryError: UNAVAILABLE when the folder cannot be used.

        """
        root = Path(path).resolve()
        try:
            root.mkdir(parents=True, exist_ok=True)
            if not (root / ".git").exists():
                _create(root)
            repository = cls(root)
            with repository._lock.hold() as journal, Repo(str(root)) as repo:
                repository._clean_up(repo, journal)
                _configure(repo)
        except (OSError, NotGitRepository, FileLocked) as error:
            message = f"the repository cannot be opened: {error}"
            raise HistoryError(ErrorCode.UNAVAILABLE, message) from error
        return repository

    @property
    def head(self) -> str | None:
        """The commit that is checked out, or ``None`` before the first one."""
        with Repo(str(self._root)) as repo:
            head = _head(repo)
        return head.decode() if head else None

    def commit(
        self,
        files: Mapping[str, bytes | None],
        *,
        message: str,
        author: Author,
        base: str | None = None,
    ) -> str:
        """Write files (``None`` removes one) as one commit and return its id; durable on return.

        Nothing changes and the head is returned when the files are already so.

        Args:
            files: The contents by path.
            message: What is said of the change.
            author: Who made it.
            base: The commit that the contents were made from: a file that another commit has
                changed since is a conflict. Without it, the head at the time of the call.

        Raises:
            HistoryConflict: a file has another commit's change since ``base``, or an edit in the
                work tree that nobody has committed.
            HistoryError: INVALID_PATH, NOT_FOUND for the base, or UNAVAILABLE; then nothing is
                committed.

        """
        change = _Change(_checked(files), _message(message), author.line)
        try:
            with self._lock.hold() as journal:
                return self._commit(change, base, journal).decode()
        except OSError as error:
            message = f"the repository cannot be written: {error.strerror}"
            raise HistoryError(ErrorCode.UNAVAILABLE, message) from error

    def read(self, path: str, ref: str | None = None) -> bytes:
        """Return a file as it was committed, at the head, or at a branch or commit id.

        Raises:
            HistoryError: NOT_FOUND, INVALID_PATH.

        """
        with Repo(str(self._root)) as repo:
            version = _version(repo, _resolve(repo, ref), check_path(path))
            if version is None:
                raise not_found(path)
            return _content(repo, version)

    def paths(self, prefix: str = "", ref: str | None = None) -> list[str]:
        """Return the committed files whose path begins with ``prefix``, sorted."""
        with Repo(str(self._root)) as repo:
            commit = _resolve(repo, ref)
            if commit is None:
                return []
            tree = _tree_of(repo, commit)
            found = [entry.path for entry in iter_tree_contents(repo.object_store, tree)]
        names = sorted(path.decode(errors="replace") for path in found if path)
        return [name for name in names if name.startswith(prefix)]

    def history(self, path: str | None = None, limit: int = 50) -> list[Commit]:
        """Return the newest commits first, of the whole repository or of one file."""
        with Repo(str(self._root)) as repo:
            head = _head(repo)
            if head is None or limit < 1:
                return []
            paths = [check_path(path).encode()] if path is not None else None
            walker = repo.get_walker(include=[head], paths=paths, max_entries=limit)
            return [_described(entry.commit) for entry in walker]

    # ---- one commit, under the lock

    def _commit(self, change: "_Change", base: str | None, journal: Journal) -> ObjectID:
        deadline = time.monotonic() + PATIENCE
        with Repo(str(self._root)) as repo:
            if journal.interrupted:
                self._clean_up(repo, journal)
            seen = _resolve(repo, base)
            journal.begin()
            try:
                while (committed := self._attempt(repo, change, seen, journal)) is None:
                    if time.monotonic() > deadline:
                        message = "another git program keeps the repository locked"
                        raise HistoryError(ErrorCode.UNAVAILABLE, message)
                    time.sleep(0.02)
            except HistoryError:
                journal.finish()  # Refused before anything changed. What else may happen stays
                raise  # noted, and the next to take the lock looks after it.
        return committed

    def _attempt(
        self, repo: Repo, change: "_Change", seen: ObjectID | None, journal: Journal
    ) -> ObjectID | None:
        """Commit on the head of this moment; ``None`` when another git program was in the way."""
        try:
            with LockedIndex(self._git / "index") as index:
                head = _head(repo)
                self._refuse_overwriting(repo, change, head, seen, index)
                commit = _build(repo, change, head)
                if commit is None:
                    journal.finish()
                    return head
                intent = Intent(head.decode() if head else None, commit, tuple(change.files))
                journal.intend(intent)
                if not _advance(repo, head, ObjectID(commit.encode())):
                    return None
                self._follow(repo, intent, index, journal)
                return ObjectID(commit.encode())
        except FileLocked:
            return None

    def _refuse_overwriting(
        self,
        repo: Repo,
        change: "_Change",
        head: ObjectID | None,
        seen: ObjectID | None,
        index: LockedIndex,
    ) -> None:
        for path, blob in change.files.items():
            committed, wanted = _version(repo, head, path), blob.id if blob else None
            known = (committed.sha if committed else None, wanted)
            if _version(repo, seen, path) != committed and known[0] != wanted:
                raise HistoryConflict(path, "was changed by another commit")
            if self._tree.sha(path) not in known or index.sha(path) not in known:
                raise HistoryConflict(path, "has an edit in the work tree that is not committed")

    def _follow(self, repo: Repo, intent: Intent, index: LockedIndex, journal: Journal) -> None:
        """Bring work tree and index to a commit that is already the head.

        The commit stands whatever happens here: what fails is noted, and done by the next who
        takes the lock.
        """
        try:
            self._check_out(repo, intent, index)
            journal.finish()
        except OSError:
            _log.exception("the work tree of %s is behind its history", self._root)

    def _check_out(self, repo: Repo, intent: Intent, index: LockedIndex) -> None:
        head = _head(repo)
        old = ObjectID(intent.old.encode()) if intent.old else None
        new = ObjectID(intent.new.encode())
        for path in intent.paths:
            before, after = _version(repo, old, path), _version(repo, new, path)
            known = {version.sha if version else None for version in (before, after)}
            # A later commit or an edit since the crash is the newer word on the file.
            if _version(repo, head, path) == after and self._found(path) in known:
                self._put(repo, path, after, index)
        index.save()

    def _found(self, path: str) -> ObjectID | str | None:
        try:
            return self._tree.sha(path)
        except HistoryConflict:
            return "not a file"

    def _put(self, repo: Repo, path: str, version: Version | None, index: LockedIndex) -> None:
        if version is None:
            self._tree.remove(path)
            index.remove(path)
            return
        if self._tree.sha(path) != version.sha:
            self._tree.write(path, _content(repo, version), version.mode)
        index.put(path, version, self._tree.stat(path))

    def _clean_up(self, repo: Repo, journal: Journal) -> None:
        """Remove what a killed process left behind, and finish what it had committed."""
        for lock in self._git.rglob("*.lock"):
            lock.unlink(missing_ok=True)
        for folder in self._root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(folder, ignore_errors=True)
        intent = journal.read() if journal.interrupted else None
        if intent is not None and ObjectID(intent.new.encode()) in repo.object_store:
            with LockedIndex(self._git / "index") as index:
                self._check_out(repo, intent, index)
        journal.finish()


@dataclass(frozen=True, slots=True)
class _Change:
    """What one commit is to do."""

    files: Mapping[str, Blob | None]
    message: bytes
    author: bytes


def _checked(files: Mapping[str, bytes | None]) -> dict[str, Blob | None]:
    paths = sorted(check_path(path) for path in files)
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    for path in paths:
        if path in folders:
            raise HistoryError(ErrorCode.INVALID_PATH, f"{path} is both a file and a folder")
    contents = ((path, files[path]) for path in paths)
    return {
        path: None if content is None else Blob.from_string(content) for path, content in contents
    }


def _message(text: str) -> bytes:
    return text.replace("\0", "").strip().encode(errors="replace") + b"\n"


def _create(root: Path) -> None:
    """Make the repository beside its place and move it there, so that half of one is never seen."""
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
    try:
        with Repo.init(str(folder), default_branch=_BRANCH) as repo:
            _configure(repo)
        for file in (folder / ".git").rglob("*"):
            fsync(file)
        (folder / ".git").rename(root / ".git")
        fsync(root)
    except OSError:
        if not (root / ".git").exists():
            raise  # Otherwise another process was faster, and theirs is as good.
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(repo: Repo) -> None:
    config = repo.get_config()
    if not config.get_boolean((b"core",), b"fsyncObjectFiles", False):
        config.set((b"core",), b"fsyncObjectFiles", True)
        config.write_to_path()


def _build(repo: Repo, change: _Change, head: ObjectID | None) -> str | None:
    """Store the commit and all that is new in it; ``None`` when it would change nothing."""
    fresh = MemoryObjectStore()
    store = OverlayObjectStore([fresh, repo.object_store], fresh)
    entries: list[tuple[bytes, int | None, ObjectID | None]] = []
    for path, blob in change.files.items():
        version = _version(repo, head, path)
        if blob is not None:
            fresh.add_object(blob)
            entries.append((path.encode(), version.mode if version else REGULAR, blob.id))
        elif version is not None:
            entries.append((path.encode(), None, None))
    before = _tree_of(repo, head) if head else None
    tree = commit_tree_changes(store, before or Tree(), entries)
    if tree == before:
        return None
    commit = _commit_object(change, tree, head)
    _store(repo, [*(fresh[sha] for sha in fresh), commit])
    return commit.id.decode()


def _commit_object(change: _Change, tree: ObjectID, head: ObjectID | None) -> GitCommit:
    commit = GitCommit()
    commit.tree = tree
    commit.parents = [head] if head else []
    commit.author = commit.committer = change.author
    commit.author_time = commit.commit_time = int(time.time())
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = change.message
    return commit


def _store(repo: Repo, objects: Sequence[ShaFile]) -> None:
    root = Path(os.fsdecode(repo.object_store.path))
    for each in objects:
        repo.object_store.add_object(each)
    for folder in {each.id[:2].decode() for each in objects}:
        fsync(root / folder)
    fsync(root)


def _advance(repo: Repo, head: ObjectID | None, commit: ObjectID) -> bool:
    """Move the branch that is checked out, unless it is no longer at ``head``."""
    if not repo.refs.set_if_equals(HEADREF, head or ZERO_SHA, commit):
        return False
    branch = repo.refs.follow(HEADREF)[0][-1]
    fsync((Path(repo.controldir()) / os.fsdecode(branch)).parent)
    return True


def _head(repo: Repo) -> ObjectID | None:
    try:
        return repo.refs[HEADREF]
    except KeyError:
        return None


def _resolve(repo: Repo, ref: str | None) -> ObjectID | None:
    if ref is None or ref == "HEAD":
        return _head(repo)
    try:
        name = ref.encode()
        sha = ObjectID(name) if _SHA.fullmatch(ref) else repo.refs[Ref(b"refs/heads/" + name)]
        if isinstance(repo.object_store[sha], GitCommit):
            return sha
    except (KeyError, ValueError):
        pass
    raise not_found(f"the branch or commit {ref[:100]!r}")


def _tree_of(repo: Repo, commit: ObjectID) -> ObjectID:
    return cast("GitCommit", repo.object_store[commit]).tree


def _version(repo: Repo, commit: ObjectID | None, path: str) -> Version | None:
    """Return a file as it is in a commit.

    Raises:
        HistoryConflict: the path, or one on the way, is something else there than a file.

    """
    if commit is None:
        return None
    lookup = repo.object_store.__getitem__
    try:
        mode, sha = tree_lookup_path(lookup, _tree_of(repo, commit), path.encode())
    except KeyError:
        return None
    except (NotTreeError, SubmoduleEncountered):
        mode, sha = 0, ZERO_SHA
    if not S_ISREG(mode):
        raise HistoryConflict(path, "is not a plain file, or lies below one")
    return Version(mode, sha)


def _content(repo: Repo, version: Version) -> bytes:
    return repo.object_store[version.sha].as_raw_string()


def _described(commit: GitCommit) -> Commit:
    name, _, email = commit.author.decode(errors="replace").partition(" <")
    return Commit(
        sha=commit.id.decode(),
        author=Author(name, email.rstrip(">")),
        message=commit.message.decode(errors="replace").rstrip("\n"),
        at=datetime.fromtimestamp(min(commit.commit_time, _LATEST), UTC),
    )


__all__ = ["Author", "Commit", "Repository"]
