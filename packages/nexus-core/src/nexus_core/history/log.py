"""The commits behind a commit, newest first, page by page; those of one file through its renames.

A page ends where its cursor says the next one begins: the commits that come next, each with the
name that the file has there. So a page costs the same wherever it is, and commits that are made
meanwhile do not shift it.
"""

import base64
import heapq
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias, cast

from dulwich.diff_tree import CHANGE_RENAME, RenameDetector, tree_changes
from dulwich.objects import Commit as GitCommit
from dulwich.objects import ObjectID
from dulwich.repo import Repo
from pydantic import Field, TypeAdapter

from nexus_core.history.errors import HistoryConflict, HistoryError
from nexus_core.history.objects import Version, resolve, tree_of, version_in
from nexus_core.history.people import Author
from nexus_protocol.errors import ErrorCode

MAX_EXAMINED: Final = 2000
"""Commits looked at for one page; it is shorter when those of a file are rare."""

_MAX_WAYS: Final = 256
_LATEST: Final = 253402300799
"""The last second of the year 9999, where datetime ends and a commit's time need not."""

_WAYS: Final = TypeAdapter[list[tuple[str, str | None]]](
    Annotated[list[tuple[str, str | None]], Field(min_length=1, max_length=_MAX_WAYS)]
)

_Place: TypeAlias = tuple[int, ObjectID, str | None]
"""The time of a commit, negative so that the newest comes first; the commit; the file's name."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One step of the history."""

    sha: str
    author: Author
    message: str
    at: datetime
    """When it was committed, in UTC, to the second."""
    path: str | None = None
    """What the file was called then, in the history of a file."""


@dataclass(frozen=True, slots=True)
class Log:
    """A part of the history, newest first."""

    commits: tuple[Commit, ...]
    cursor: str | None = None
    """Where the next part begins; None at the end."""


def read_log(
    repo: Repo, head: ObjectID | None, path: str | None, cursor: str | None, limit: int
) -> Log:
    """Return the commits from a cursor on, or from ``head``.

    Raises:
        HistoryError: BAD_REQUEST for a cursor that is none of this repository.

    """
    start = [] if head is None else [(head, path)]
    known = _Known(repo)
    places = [known.place(*each) for each in (start if cursor is None else _read(repo, cursor))]
    heapq.heapify(places)
    seen = {place[1:] for place in places}
    found: list[Commit] = []
    for _ in range(MAX_EXAMINED):
        if not places or len(found) >= limit:
            break
        sha, name = _take(known, places)
        shown, parents = _looked_at(known, sha, name)
        if shown:
            found.append(describe(repo, sha, name))
        for each in parents:
            if each not in seen:
                seen.add(each)
                heapq.heappush(places, known.place(*each))
    return Log(tuple(found), _write(places) if places else None)


class _Known:
    """What was read for one page: each commit is met as a child, as a parent, and among equals."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._commits: dict[ObjectID, GitCommit] = {}
        self._versions: dict[tuple[ObjectID, str], Version | None] = {}

    def commit(self, sha: ObjectID) -> GitCommit:
        """Return a commit."""
        if sha not in self._commits:
            self._commits[sha] = _commit(self.repo, sha)
        return self._commits[sha]

    def version(self, sha: ObjectID, path: str) -> Version | None:
        """Return a file as it is in a commit; None where there is none."""
        if (sha, path) not in self._versions:
            self._versions[sha, path] = _version(self.repo, self.commit(sha), path)
        return self._versions[sha, path]

    def place(self, sha: ObjectID, path: str | None) -> _Place:
        """Return where a commit comes in the order."""
        return -self.commit(sha).commit_time, sha, path


def _take(known: _Known, places: list[_Place]) -> tuple[ObjectID, str | None]:
    """Take the newest place out: of those of one second, one that no other of them builds on."""
    newest = places[0][0]
    if len(places) == 1 or min(place[0] for place in places[1:3]) != newest:
        return heapq.heappop(places)[1:]
    ties = [place for place in places if place[0] == newest]
    built_on = _built_on(known, {place[1] for place in ties}, newest)
    chosen = min((place for place in ties if place[1] not in built_on), default=ties[0])
    places.remove(chosen)
    heapq.heapify(places)
    return chosen[1:]


def _built_on(known: _Known, commits: set[ObjectID], newest: int) -> set[ObjectID]:
    """Return the commits that others of the same second are built on."""
    found: set[ObjectID] = set()
    waiting = list(commits)
    while waiting and len(found) < MAX_EXAMINED:
        for parent in map(ObjectID, known.commit(waiting.pop()).parents):
            if parent not in found and -known.commit(parent).commit_time <= newest:
                found.add(parent)
                waiting.append(parent)
    return found


def describe(repo: Repo, sha: ObjectID, path: str | None = None) -> Commit:
    """Return what is to be said of a commit."""
    commit = _commit(repo, sha)
    name, _, email = commit.author.decode(errors="replace").partition(" <")
    return Commit(
        sha=sha.decode(),
        author=Author(name, email.rstrip(">")),
        message=commit.message.decode(errors="replace").rstrip("\n"),
        at=datetime.fromtimestamp(min(commit.commit_time, _LATEST), UTC),
        path=path,
    )


def _looked_at(
    known: _Known, sha: ObjectID, path: str | None
) -> tuple[bool, list[tuple[ObjectID, str | None]]]:
    """Tell whether a commit belongs in the list, and where to go on."""
    parents = [ObjectID(each) for each in known.commit(sha).parents]
    if path is None:
        return True, [(each, None) for each in parents]
    now = known.version(sha, path)
    if not parents:
        return now is not None, []
    before = [(each, known.version(each, path)) for each in parents]
    for parent, version in before:
        if version == now:  # That way nothing was changed: the other ways do not matter.
            return False, [(parent, path)]
    if now is not None and not any(version for _, version in before):
        return True, [(each, _earlier_name(known.repo, each, sha, path)) for each in parents]
    return True, [(each, path) for each in parents]


def _version(repo: Repo, commit: GitCommit, path: str) -> Version | None:
    try:
        return version_in(repo, ObjectID(commit.tree), path)
    except HistoryConflict:
        return None


def _earlier_name(repo: Repo, parent: ObjectID, sha: ObjectID, path: str) -> str:
    """Return what a file was called before a commit that made it out of another."""
    detector = RenameDetector(repo.object_store)
    store, trees = repo.object_store, (tree_of(repo, parent), tree_of(repo, sha))
    for change in tree_changes(store, *trees, rename_detector=detector):
        old, new = change.old, change.new
        if change.type == CHANGE_RENAME and old and new and new.path == path.encode():
            return (old.path or b"").decode(errors="replace")
    return path


def _commit(repo: Repo, sha: ObjectID) -> GitCommit:
    return cast("GitCommit", repo.object_store[sha])


def _write(places: Sequence[_Place]) -> str:
    ways = [(sha.decode(), path) for _, sha, path in sorted(places, key=lambda each: each[:2])]
    text = json.dumps(ways[:_MAX_WAYS], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(repo: Repo, cursor: str) -> list[tuple[ObjectID, str | None]]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        ways = _WAYS.validate_json(text, strict=True)
        return [(_known(repo, sha), path) for sha, path in ways]
    except (ValueError, HistoryError):
        message = "the cursor is not one of this history"
        raise HistoryError(ErrorCode.BAD_REQUEST, message) from None


def _known(repo: Repo, sha: str) -> ObjectID:
    found = resolve(repo, sha)
    if found is None:
        raise ValueError
    return found


__all__ = ["MAX_EXAMINED", "Commit", "Log", "describe", "read_log"]
