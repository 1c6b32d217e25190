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
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from dulwich.errors import NotGitRepository
from dulwich.file import FileLocked
from dulwich.objects import Blob, ObjectID
from dulwich.objects import Commit as GitCommit
from dulwich.repo import Repo

from nexus_core.history.errors import HistoryConflict, HistoryError, not_found
from nexus_core.history.lock import CommitLock, Intent, Journal
from nexus_core.history.objects import (
    Change,
    Version,
    advance,
    content_of,
    files_of,
    fsync,
    head_of,
    resolve,
    store_commit,
    version_at,
)
from nexus_core.history.paths import check_path
from nexus_core.history.worktree import LockedIndex, WorkTree
from nexus_protocol.errors import ErrorCode

PATIENCE: Final = 10.0
"""Seconds for which another git program may hold what a commit needs."""

_BRANCH: Final = b"main"
_UNFINISHED: Final = ".nexus-new-"
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
            head = head_of(repo)
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
        change = Change(_checked(files), _message(message), author.line)
        try:
            with self._lock.hold() as journal:
                return self._commit(change, base, journal).decode()
        except OSError as error:
            message = f"the repository cannot be written: {error.strerror}"
            raise HistoryError(ErrorCode.UNAVAILABLE, message) from error

    def read(self, path: str, ref: str | None = None) -> bytes:
        """Return a file as it was committed, at the head, or at a branch or commit id.

        Raises:
            HistoryError: NOT_FOUND.

        """
        with Repo(str(self._root)) as repo:
            try:
                version = version_at(repo, resolve(repo, ref), path)
            except HistoryConflict:
                version = None  # A folder, a link or a submodule.
            if version is None:
                raise not_found(path[:100])
            return content_of(repo, version)

    def paths(self, prefix: str = "", ref: str | None = None) -> list[str]:
        """Return the committed files whose path begins with ``prefix``, sorted."""
        with Repo(str(self._root)) as repo:
            commit = resolve(repo, ref)
            if commit is None:
                return []
            return [path for path in files_of(repo, commit) if path.startswith(prefix)]

    def history(self, path: str | None = None, limit: int = 50) -> list[Commit]:
        """Return the newest commits first, of the whole repository or of one file."""
        with Repo(str(self._root)) as repo:
            head = head_of(repo)
            if head is None or limit < 1:
                return []
            paths = [path.encode(errors="replace")] if path is not None else None
            walker = repo.get_walker(include=[head], paths=paths, max_entries=limit)
            return [_described(entry.commit) for entry in walker]

    # ---- one commit, under the lock

    def _commit(self, change: Change, base: str | None, journal: Journal) -> ObjectID:
        deadline = time.monotonic() + PATIENCE
        with Repo(str(self._root)) as repo:
            if journal.interrupted:
                self._clean_up(repo, journal)
            seen = resolve(repo, base)
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
        self, repo: Repo, change: Change, seen: ObjectID | None, journal: Journal
    ) -> ObjectID | None:
        """Commit on the head of this moment; ``None`` when another git program was in the way."""
        try:
            with LockedIndex(self._git / "index") as index:
                head = head_of(repo)
                self._refuse_overwriting(repo, change, head, seen, index)
                commit = store_commit(repo, change, head)
                if commit is None:
                    journal.finish()
                    return head
                old = head.decode() if head else None
                intent = Intent(old, commit.decode(), tuple(change.files))
                journal.intend(intent)
                if not advance(repo, head, commit):
                    return None
                self._follow(repo, intent, index, journal)
                return commit
        except FileLocked:
            return None

    def _refuse_overwriting(
        self,
        repo: Repo,
        change: Change,
        head: ObjectID | None,
        seen: ObjectID | None,
        index: LockedIndex,
    ) -> None:
        for path, blob in change.files.items():
            committed, wanted = version_at(repo, head, path), blob.id if blob else None
            known = (committed.sha if committed else None, wanted)
            if version_at(repo, seen, path) != committed and known[0] != wanted:
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
        head = head_of(repo)
        old = ObjectID(intent.old.encode()) if intent.old else None
        new = ObjectID(intent.new.encode())
        for path in intent.paths:
            before, after = version_at(repo, old, path), version_at(repo, new, path)
            known = {version.sha if version else None for version in (before, after)}
            # A later commit or an edit since the crash is the newer word on the file.
            if version_at(repo, head, path) == after and self._found(path) in known:
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
            self._tree.write(path, content_of(repo, version), version.mode)
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


def _described(commit: GitCommit) -> Commit:
    name, _, email = commit.author.decode(errors="replace").partition(" <")
    return Commit(
        sha=commit.id.decode(),
        author=Author(name, email.rstrip(">")),
        message=commit.message.decode(errors="replace").rstrip("\n"),
        at=datetime.fromtimestamp(min(commit.commit_time, _LATEST), UTC),
    )


__all__ = ["Author", "Commit", "Repository"]
