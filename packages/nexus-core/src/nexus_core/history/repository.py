"""A git repository with a work tree, to which several processes may commit and people too.

Everything is made for stock git to read, and to write beside us. A commit is built on the head that
is read under the lock, becomes visible by one compare-and-set of the branch, and is durable when
``commit`` returns. The work tree follows; a crash in between is made good by whoever takes the lock
next. What the files mean is not known here.
"""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Final

from dulwich.errors import NotGitRepository
from dulwich.file import FileLocked
from dulwich.objects import Blob, ObjectID
from dulwich.refs import Ref, check_ref_format
from dulwich.repo import Repo

from nexus_core.history import packing
from nexus_core.history.errors import HistoryConflict, HistoryError, not_found
from nexus_core.history.lock import CommitLock, Intent, Journal
from nexus_core.history.log import MAX_EXAMINED, Commit, Log, describe, read_log
from nexus_core.history.merging import contains, merging
from nexus_core.history.objects import (
    HEADS,
    Change,
    Version,
    advance,
    checked_out,
    content_of,
    file_at,
    files_of,
    fsync,
    head_of,
    remove,
    resolve,
    show,
    store_commit,
    tip_of,
    version_at,
)
from nexus_core.history.opening import open_repo
from nexus_core.history.paths import check_path
from nexus_core.history.people import Author
from nexus_core.history.switching import differing, require_settled
from nexus_core.history.worktree import LockedIndex, ReadIndex, SeenFiles, WorkTree
from nexus_protocol.errors import ErrorCode

PATIENCE: Final = 10.0
"""Seconds for which another git program may hold what a commit needs."""

_BRANCH: Final = b"main"
_UNFINISHED: Final = ".nexus-new-"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, and the commit it is at."""

    name: str
    head: str
    checked_out: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """What is in a repository at one moment, as people see it."""

    head: str | None
    branch: str | None
    """The branch that is checked out; None when none is."""
    files: Mapping[str, str]
    """The committed files of a folder: git's name of what each holds now, edits included."""


class Repository:
    """The history of one folder.

    Safe to use from several threads; every call looks at the repository afresh, so that what other
    programs commit, pack or collect in between is seen. Every one may raise ``HistoryError`` with
    UNAVAILABLE, when the disk is in the way or there are too many open files.
    """

    def __init__(self, root: Path) -> None:
        """Take a repository that exists; ``open`` makes one where there is none."""
        self._root = root
        self._git = root / ".git"
        private = self._git / "nexus"
        private.mkdir(exist_ok=True)
        self._lock = CommitLock(private / "commit")
        self._packing = private / "pack"
        self._tree = WorkTree(root, private / "checkout")
        self._seen = SeenFiles(self._tree)

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
            with repository._lock.hold() as journal, open_repo(root) as repo:
                repository._clean_up(repo, journal)
                packing.let_go(repo, repository._packing)
                _configure(repo)
        except (OSError, NotGitRepository, FileLocked) as error:
            message = f"the repository cannot be opened: {error}"
            raise HistoryError(ErrorCode.UNAVAILABLE, message) from error
        return repository

    @property
    def head(self) -> str | None:
        """The commit that is checked out, or ``None`` before the first one."""
        with self._opened() as repo:
            head = head_of(repo)
        return head.decode() if head else None

    # ---- writing

    def commit(
        self,
        files: Mapping[str, bytes | None],
        *,
        message: str,
        author: Author,
        base: str | None = None,
        branch: str | None = None,
        patience: float = PATIENCE,
    ) -> str:
        """Write files (``None`` removes one) as one commit and return its id; durable on return.

        Nothing changes and the head is returned when the files are already so.

        Args:
            files: The contents by path.
            message: What is said of the change.
            author: Who made it.
            base: The commit that the contents were made from: a file that another commit has
                changed since is a conflict. Without it, the head at the time of the call.
            branch: Where to commit; without it, to the branch that is checked out. The work tree
                follows only that one.
            patience: Seconds for which another git program may hold what is needed.

        Raises:
            HistoryConflict: a file has another commit's change since ``base``, or an edit in the
                work tree that nobody has committed.
            HistoryError: INVALID_PATH, NOT_FOUND for base or branch, CONFLICT when no branch is
                checked out, or UNAVAILABLE; then nothing is committed.

        """
        change = Change(_checked(files), _message(message), author.line)
        return self._carry_out(_Plan(lambda repo, head: change, base, branch), patience)

    def merge(self, branch: str, *, message: str, author: Author) -> str:
        """Bring what another branch has into the one that is checked out, as one commit.

        Returns:
            The commit; the head, when there was nothing to bring.

        Raises:
            HistoryConflict: both changed the same, or a file has an edit that nobody has committed.
            HistoryError: NOT_FOUND, and as ``commit``.

        """

        def make(repo: Repo, head: ObjectID | None) -> Change | None:
            other = resolve(repo, branch)
            if other is None or head is None:
                raise not_found("a commit to merge")
            if contains(repo, head, other):
                return None
            return merging(repo, head, other, message=_message(message), author=author.line)

        return self._carry_out(_Plan(make), PATIENCE)

    def switch(self, branch: str) -> str:
        """Check a branch out, and return the commit that it is at; durable on return.

        As with ``git switch``, an edit of a file that both branches have the same stays an edit.

        Raises:
            HistoryConflict: a file that is another there has an edit that nobody has committed, or
                one that git does not know is in its place; then nothing is changed.
            HistoryError: INVALID_PATH, NOT_FOUND, CONFLICT when git is in the middle of a merge or
                the like or another work tree has the branch, UNAVAILABLE.

        """
        ref = _ref(branch)
        return self._write(lambda repo: partial(self._try_switch, repo, ref), PATIENCE)

    def create_branch(self, name: str, at: str | None = None) -> str:
        """Make a branch at a commit or another branch, without checking it out; durable on return.

        Raises:
            HistoryError: INVALID_PATH for a name that git does not take, NOT_FOUND, CONFLICT when
                there is one, UNAVAILABLE.

        """
        with self._locked() as repo:
            ref = _ref(name)
            start = resolve(repo, at)
            if start is None:
                raise not_found("a commit to begin at")
            taken = HistoryError(ErrorCode.CONFLICT, f"there is a branch {name[:100]!r} already")
            if tip_of(repo, ref) is not None:
                raise taken
            _make_folders(self._git, ref)
            if not advance(repo, ref, None, start):
                raise taken
            return start.decode()

    def delete_branch(self, name: str, at: Collection[str] | None = None) -> None:
        """Delete a branch, durably; commits that nothing else has are then git's to collect.

        With ``at`` it has to be at one of these commits: nothing is lost that nobody has seen.

        Raises:
            HistoryError: NOT_FOUND, PRECONDITION_FAILED when it is elsewhere, CONFLICT when it is
                checked out, UNAVAILABLE.

        """
        with self._locked() as repo:
            ref = _ref(name)
            tip = tip_of(repo, ref)
            if tip is None:
                raise not_found(f"the branch {name[:100]!r}")
            if ref == checked_out(repo):
                raise HistoryError(ErrorCode.CONFLICT, f"the branch {name} is checked out")
            if at is not None and tip.decode() not in at:
                message = f"the branch {name} was committed to since it was read"
                raise HistoryError(ErrorCode.PRECONDITION_FAILED, message)
            remove(repo, ref, tip)

    def tidy(self) -> int:
        """Put objects into packs when there are enough of them; returns how many.

        It may take seconds. Others read and commit meanwhile.

        Raises:
            HistoryError: UNAVAILABLE; nothing is lost.

        """
        return self._tidied(always=False)

    def pack(self) -> int:
        """Put all that branches reach into packs; returns how much moved. Else as ``tidy``."""
        return self._tidied(always=True)

    def _tidied(self, *, always: bool) -> int:
        try:
            with open_repo(self._root) as repo:
                return packing.pack(repo, self._packing) if always or packing.is_due(repo) else 0
        except KeyError:
            return 0  # Git collected meanwhile what was to be moved: the next time finds the rest.
        except OSError as error:
            raise _unwritable(error) from error

    # ---- reading

    def read(self, path: str, ref: str | None = None) -> bytes:
        """Return a file as it was committed, at the head, or at a branch or commit id.

        Raises:
            HistoryError: NOT_FOUND.

        """
        with self._opened() as repo:
            return _content(repo, path, resolve(repo, ref))

    def paths(self, prefix: str = "", ref: str | None = None) -> list[str]:
        """Return the committed files whose path begins with ``prefix``, sorted."""
        with self._opened() as repo:
            commit = resolve(repo, ref)
            if commit is None:
                return []
            return [path for path in files_of(repo, commit) if path.startswith(prefix)]

    def log(
        self,
        path: str | None = None,
        *,
        ref: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Log:
        """Return commits, newest first: of the whole repository or of one file and its renames.

        Raises:
            HistoryError: NOT_FOUND for the ref, BAD_REQUEST for a cursor that is not ours.

        """
        with self._opened() as repo:
            return read_log(repo, resolve(repo, ref), path, cursor, limit)

    def describe(self, ref: str) -> Commit:
        """Return what is to be said of a commit.

        Raises:
            HistoryError: NOT_FOUND.

        """
        with self._opened() as repo:
            sha = resolve(repo, ref)
            if sha is None:
                raise not_found("a commit")
            return describe(repo, sha)

    def has_merged(self, commit: str) -> bool:
        """Tell whether a commit is in the history of the one that is checked out.

        Raises:
            HistoryError: NOT_FOUND.

        """
        with self._opened() as repo:
            head, wanted = head_of(repo), resolve(repo, commit)
            return head is not None and wanted is not None and contains(repo, head, wanted)

    def has_held(self, path: str, content: bytes, since: str | None) -> bool:
        """Tell whether a file held a content in one of the commits since another one."""
        wanted = Blob.from_string(content).id
        with self._opened() as repo:
            head = head_of(repo)
            if head is None:
                return False
            known = _resolve_if_there(repo, since)
            walker = repo.get_walker(
                include=[head], exclude=[known] if known else None, max_entries=MAX_EXAMINED
            )
            versions = (file_at(repo, each.commit.id, path) for each in walker)
            return any(version is not None and version.sha == wanted for version in versions)

    def branches(self, prefix: str = "") -> list[Branch]:
        """Return the branches whose name begins with ``prefix``, by name."""
        with self._opened() as repo:
            current = checked_out(repo)
            heads = repo.refs.as_dict(Ref(HEADS[:-1]))
            return [
                Branch(name.decode(errors="replace"), sha.decode(), HEADS + name == current)
                for name, sha in sorted(heads.items())
                if name.startswith(prefix.encode())
            ]

    # ---- beside other programs

    def look(self, prefix: str = "") -> Sight | None:
        """Return what the committed files hold now; None while git or a commit is at it.

        A committed file that is edited in the work tree holds the edit; one that is missing there,
        what was committed, for only a commit removes a file.
        """
        with _reading(), self._lock.try_hold() as journal:
            if journal is None or self._git_is_busy():
                return None
            with open_repo(self._root) as repo:
                if journal.interrupted:
                    self._clean_up(repo, journal)
                head, branch = head_of(repo), checked_out(repo)
                name = _name_of(branch) if branch else None
                files = self._seen.look(repo, head, prefix)
                return Sight(head.decode() if head else None, name, files)

    def current(self, path: str) -> bytes:
        """Return a committed file as people see it: with the edits in the work tree.

        Raises:
            HistoryError: NOT_FOUND.

        """
        committed = self.read(path)
        with _reading():
            edited = self._tree.read(path)
        return committed if edited is None else edited

    def require_free(self, path: str) -> Sight:
        """Return where a file would be committed now.

        Raises:
            HistoryConflict: the file has an edit that nobody has committed, or is in a merge.
            HistoryError: CONFLICT when no branch is checked out, INVALID_PATH.

        """
        check_path(path)
        with self._opened() as repo:
            ref, head = _branch_to_commit(repo, None), head_of(repo)
            index = ReadIndex(self._git / "index")
            committed = version_at(repo, head, path)
            self._refuse_edited(path, (committed.sha if committed else None,), index)
            return Sight(head.decode() if head else None, _name_of(ref), {})

    # ---- one change of head and work tree, under the lock

    def _write(self, begin: Callable[[Repo], "_Attempt"], patience: float) -> str:
        try:
            with self._lock.hold() as journal:
                return self._insist(begin, patience, journal).decode()
        except OSError as error:
            raise _unwritable(error) from error

    def _insist(
        self, begin: Callable[[Repo], "_Attempt"], patience: float, journal: Journal
    ) -> ObjectID:
        """Attempt it until no other git program is in the way."""
        deadline = time.monotonic() + patience
        with open_repo(self._root) as repo:
            if journal.interrupted:
                self._clean_up(repo, journal)
            attempt = begin(repo)
            journal.begin()
            try:
                while (commit := attempt(journal)) is None:
                    if time.monotonic() > deadline:
                        message = "another git program keeps the repository locked"
                        raise HistoryError(ErrorCode.UNAVAILABLE, message)
                    time.sleep(0.02)
                journal.conclude()
            except HistoryError:
                journal.finish()  # Refused before anything changed. What else may happen stays
                raise  # noted, and the next to take the lock looks after it.
        return commit

    def _try_switch(self, repo: Repo, ref: Ref, journal: Journal) -> ObjectID | None:
        """Check a branch out; ``None`` when another git program was in the way."""
        try:
            with LockedIndex(self._git / "index") as index:
                head, tip = head_of(repo), tip_of(repo, ref)
                if tip is None:
                    raise not_found(f"the branch {_name_of(ref)[:100]!r}")
                if ref == checked_out(repo):
                    journal.settle()
                    return tip
                require_settled(self._git, ref)
                paths = differing(repo, head, tip)
                self._refuse_losing(repo, paths, head, tip, index)
                intent = Intent(head.decode() if head else None, tip.decode(), paths)
                journal.intend(intent)
                show(repo, ref)
                self._follow(repo, intent, index, journal)
                return tip
        except FileLocked:
            return None

    def _refuse_losing(
        self,
        repo: Repo,
        paths: tuple[str, ...],
        head: ObjectID | None,
        tip: ObjectID,
        index: LockedIndex,
    ) -> None:
        """Refuse a switch that would overwrite what is in no commit."""
        versions = {path: (file_at(repo, head, path), file_at(repo, tip, path)) for path in paths}
        leaving = {path for path, (_, wanted) in versions.items() if wanted is None}
        for path, pair in versions.items():
            known = tuple(version.sha if version else None for version in pair)
            self._refuse_edited(path, known, index, leaving)

    def _carry_out(self, plan: "_Plan", patience: float) -> str:
        def begin(repo: Repo) -> "_Attempt":
            return partial(self._attempt, repo, plan, _seen(repo, plan))

        return self._write(begin, patience)

    def _attempt(
        self, repo: Repo, plan: "_Plan", seen: ObjectID | None, journal: Journal
    ) -> ObjectID | None:
        """Commit on the head of this moment; ``None`` when another git program was in the way."""
        try:
            # With the index held no git program checks another branch out meanwhile.
            with LockedIndex(self._git / "index") as index:
                ref = _branch_to_commit(repo, plan.branch)
                head = tip_of(repo, ref)
                change = plan.make(repo, head)
                commit = None
                if change is not None:
                    shown = index if ref == checked_out(repo) else None
                    self._refuse_overwriting(repo, change, head, seen, shown)
                    commit = store_commit(repo, change, head)
                if change is None or commit is None:
                    journal.settle()
                    return head
                return self._advance(repo, ref, head, commit, change, index, journal)
        except FileLocked:
            return None

    def _advance(
        self,
        repo: Repo,
        ref: Ref,
        head: ObjectID | None,
        commit: ObjectID,
        change: Change,
        index: LockedIndex,
        journal: Journal,
    ) -> ObjectID | None:
        """Move the branch, and the work tree if it shows that one."""
        shown = ref == checked_out(repo)
        intent = Intent(head.decode() if head else None, commit.decode(), tuple(change.files))
        if shown:
            journal.intend(intent)
        if not advance(repo, ref, head, commit):
            return None
        if shown:
            self._follow(repo, intent, index, journal)
        else:
            journal.settle()
        return commit

    def _refuse_overwriting(
        self,
        repo: Repo,
        change: Change,
        head: ObjectID | None,
        seen: ObjectID | None,
        index: LockedIndex | None,
    ) -> None:
        """Refuse what would undo a commit since ``seen``, or an edit where the branch is shown."""
        leaving = {path for path, blob in change.files.items() if blob is None}
        # A merge knows of all files that there is room for them.
        look_up = version_at if change.merged is None else file_at
        for path, blob in change.files.items():
            committed, wanted = look_up(repo, head, path), blob.id if blob else None
            before = committed.sha if committed else None
            changed = change.merged is None and version_at(repo, seen, path) != committed
            if changed and before != wanted:
                raise HistoryConflict(path, "was changed by another commit")
            if index is not None:
                self._refuse_edited(path, (before, wanted), index, leaving)

    def _refuse_edited(
        self,
        path: str,
        known: tuple[ObjectID | None, ...],
        index: LockedIndex | ReadIndex,
        leaving: Collection[str] = (),
    ) -> None:
        """Refuse a file that is none of the known ones, or whose place others have that stay."""
        if self._tree.sha(path) not in known or index.sha(path) not in known:
            raise HistoryConflict(path, "has an edit in the work tree that is not committed")
        if None not in known:
            return
        for other in chain(self._tree.in_the_way(path), index.in_the_way(path)):
            if other not in leaving:
                raise HistoryConflict(other, f"is in the way of {path}, and not committed")

    def _follow(self, repo: Repo, intent: Intent, index: LockedIndex, journal: Journal) -> None:
        """Bring work tree and index to a commit that is already the head.

        The commit stands whatever happens here: what fails is noted, and done by the next who
        takes the lock.
        """
        try:
            self._check_out(repo, intent, index)
            journal.settle()
        except OSError:
            _log.exception("the work tree of %s is behind its history", self._root)

    def _check_out(self, repo: Repo, intent: Intent, index: LockedIndex) -> None:
        head = head_of(repo)
        old = ObjectID(intent.old.encode()) if intent.old else None
        new = ObjectID(intent.new.encode())
        wanted = {path: file_at(repo, new, path) for path in intent.paths}
        # What goes makes room for what comes.
        for path, after in sorted(wanted.items(), key=lambda item: item[1] is not None):
            before = file_at(repo, old, path)
            known = {version.sha if version else None for version in (before, after)}
            # A later commit or an edit since the crash is the newer word on the file.
            is_newest = file_at(repo, head, path) == after and self._found(path) in known
            if is_newest and (after is None or not any(self._tree.in_the_way(path))):
                self._put(repo, path, after, index)
        index.save()

    @contextmanager
    def _locked(self) -> Generator[Repo]:
        """Hold the repository for a change that is one step of git's."""
        try:
            with self._lock.hold() as journal, open_repo(self._root) as repo:
                if journal.interrupted:
                    self._clean_up(repo, journal)
                journal.begin()
                yield repo
                journal.finish()
        except FileLocked as error:
            message = "another git program keeps the repository locked"
            raise HistoryError(ErrorCode.UNAVAILABLE, message) from error
        except OSError as error:
            raise _unwritable(error) from error

    @contextmanager
    def _opened(self) -> Generator[Repo]:
        """Have the repository to read in it."""
        with _reading(), open_repo(self._root) as repo:
            yield repo

    def _git_is_busy(self) -> bool:
        """Tell whether a git program is changing the work tree; one that died is not waited for."""
        try:
            held = time.time() - (self._git / "index.lock").stat().st_mtime
        except OSError:
            return False
        return held < PATIENCE

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
        """Remove what a killed process left behind, and finish what it had committed.

        A lock that another git program has at this moment is not touched: with the lock gone, what
        it writes next would end up in the place of what we write.
        """
        for lock in self._git.rglob("*.lock"):
            if journal.interrupted or _is_stale(lock):
                lock.unlink(missing_ok=True)
        for folder in self._root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(folder, ignore_errors=True)
        intent = journal.read() if journal.interrupted else None
        if intent is not None and ObjectID(intent.new.encode()) in repo.object_store:
            with LockedIndex(self._git / "index") as index:
                self._check_out(repo, intent, index)
        journal.finish()


def _is_stale(lock: Path) -> bool:
    try:
        return time.time() - lock.stat().st_mtime > PATIENCE
    except FileNotFoundError:
        return False


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
    """Have stock git write durably too, and bring the work tree along when one pushes here."""
    config = repo.get_config()
    before = config.get_boolean((b"core",), b"fsyncObjectFiles", False)
    pushed = config.has_section((b"receive",))
    if not before:
        config.set((b"core",), b"fsyncObjectFiles", True)
    if not pushed:
        config.set((b"receive",), b"denyCurrentBranch", b"updateInstead")
    if not before or not pushed:
        config.write_to_path()


_Attempt = Callable[[Journal], ObjectID | None]
"""Makes a change at once, and returns the commit it led to; None when it has to be tried again."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A commit to be made on whatever the head is then."""

    make: Callable[[Repo, ObjectID | None], Change | None]
    """What to change at a head; None when there is nothing to do."""
    base: str | None = None
    branch: str | None = None


def _seen(repo: Repo, plan: _Plan) -> ObjectID | None:
    """Return the commit that who made the plan knew."""
    if plan.base is not None:
        return resolve(repo, plan.base)
    return tip_of(repo, _branch_to_commit(repo, plan.branch))


def _branch_to_commit(repo: Repo, name: str | None) -> Ref:
    if name is not None:
        ref = _ref(name)
        if tip_of(repo, ref) is None and ref != checked_out(repo):
            raise not_found(f"the branch {name[:100]!r}")
        return ref
    current = checked_out(repo)
    if current is None:
        message = "no branch is checked out, so a commit would be lost; run `git switch main`"
        raise HistoryError(ErrorCode.CONFLICT, message)
    return current


def _ref(branch: str) -> Ref:
    name = Ref(HEADS + branch.encode(errors="replace"))
    if branch.startswith("-") or branch == "HEAD" or not check_ref_format(name):
        raise HistoryError(ErrorCode.INVALID_PATH, f"{branch[:100]!r} is no name for a branch")
    return name


def _name_of(ref: Ref) -> str:
    return ref[len(HEADS) :].decode(errors="replace")


def _make_folders(git: Path, ref: Ref) -> None:
    """Make the folders that a branch's file needs, durably."""
    folder = (git / os.fsdecode(ref)).parent
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        fsync(each.parent)


def _content(repo: Repo, path: str, commit: ObjectID | None) -> bytes:
    version = file_at(repo, commit, path)
    if version is None:
        raise not_found(path[:100])
    return content_of(repo, version)


def _resolve_if_there(repo: Repo, ref: str | None) -> ObjectID | None:
    try:
        return None if ref is None else resolve(repo, ref)
    except HistoryError:
        return None


@contextmanager
def _reading() -> Generator[None]:
    """Say of a disk in the way, or too many open files, that it is no fault of who asked."""
    try:
        yield
    except OSError as error:
        message = f"the repository cannot be read: {error.strerror}"
        raise HistoryError(ErrorCode.UNAVAILABLE, message) from error


def _unwritable(error: OSError) -> HistoryError:
    message = f"the repository cannot be written: {error.strerror}"
    return HistoryError(ErrorCode.UNAVAILABLE, message)


__all__ = ["PATIENCE", "Branch", "Repository", "Sight"]
