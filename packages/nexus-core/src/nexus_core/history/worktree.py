"""The files that people see beside ``.git``, and git's index of them.

Files are replaced whole and durably, and symbolic links are never followed. Whether a file may be
replaced is the repository's business.
"""

import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from dulwich.file import GitFile
from dulwich.index import (
    ConflictedIndexEntry,
    Index,
    IndexChecksumWriter,
    IndexEntry,
    index_entry_from_stat,
    write_index_dict,
)
from dulwich.objects import Blob, ObjectID
from dulwich.repo import Repo

from nexus_core.history.errors import HistoryConflict
from nexus_core.history.objects import Version, blobs_of, fsync

_TICK_NS: Final = 50_000_000
"""More than the steps in which any file system counts time that keeps to nanoseconds."""


class WorkTree:
    """The checked-out files of one repository, to be written under its lock."""

    def __init__(self, root: Path, scratch: Path) -> None:
        """Take the folder of the files, and the path of a file to prepare others in."""
        self._root = root
        self._scratch = scratch

    def sha(self, path: str) -> ObjectID | None:
        """Return what git would call the content of a file, or ``None`` where there is none.

        There is none where a folder has its name, and below another file.

        Raises:
            HistoryConflict: it, or what it would lie in, is neither a file nor a folder.

        """
        for place in (*_folders(path), path):
            try:
                mode = os.lstat(self._root / place).st_mode
            except FileNotFoundError:
                return None
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise HistoryConflict(place, "is not a plain file or folder in the work tree")
            if stat.S_ISREG(mode) != (place == path):
                return None
        return Blob.from_string((self._root / path).read_bytes()).id

    def in_the_way(self, path: str) -> Iterator[str]:
        """Yield what has to go before there can be a file: what its folder is, or what is in it."""
        for folder in _folders(path):
            place = self._root / folder
            if place.is_symlink() or place.is_file():
                yield folder
                return
        for each in (self._root / path).rglob("*"):
            if each.is_symlink() or not each.is_dir():
                yield str(each.relative_to(self._root))

    def read(self, path: str) -> bytes | None:
        """Return what is in a file; None where there is none, or something else than a file."""
        try:
            return (self._root / path).read_bytes() if self.sha(path) else None
        except (OSError, HistoryConflict):
            return None

    def stat(self, path: str) -> os.stat_result:
        """Return what the index notes of a file to see that it is unchanged."""
        # Joined as text: looking at a thousand files this is half of the time.
        return os.lstat(f"{self._root}/{path}")

    def write(self, path: str, content: bytes, mode: int) -> None:
        """Put a file in place of one that is there, or of empty folders; durable on return."""
        self._scratch.unlink(missing_ok=True)
        permissions = 0o777 if mode & stat.S_IXUSR else 0o666
        descriptor = os.open(self._scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, permissions)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        target = self._root / path
        _make_folder(target.parent)
        _remove_folders(target)
        self._scratch.replace(target)
        fsync(target.parent)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that this leaves empty; durable on return."""
        target = self._root / path
        if not target.is_dir():
            with suppress(FileNotFoundError, NotADirectoryError):
                target.unlink()
        folder = target.parent
        with suppress(OSError):
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent
        if folder.exists():
            fsync(folder)


class LockedIndex:
    """Git's index, held against other git programs as long as the block lasts.

    Raises:
        dulwich.file.FileLocked: another program holds it.

    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "LockedIndex":
        self._lock = GitFile(str(self._path), "wb")
        try:
            self._entries: dict[bytes, IndexEntry | ConflictedIndexEntry] = dict(
                Index(str(self._path)).items()
            )
        except BaseException:
            self._lock.abort()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.abort()

    def sha(self, path: str) -> ObjectID | None:
        """Return what is staged for a path.

        Raises:
            HistoryConflict: a merge is under way there.

        """
        return _staged(self._entries, path)

    def in_the_way(self, path: str) -> Iterator[str]:
        """Yield what is staged and leaves no room for a file: a file above it, or files below."""
        return _above_and_below(self._entries, path)

    def put(self, path: str, version: Version, status: os.stat_result) -> None:
        """Note that a file was checked out."""
        entry = index_entry_from_stat(status, version.sha, mode=version.mode)
        self._entries[path.encode()] = entry

    def remove(self, path: str) -> None:
        """Note that a file is gone."""
        self._entries.pop(path.encode(), None)

    def save(self) -> None:
        """Write the index; durable on return.

        Git's extensions are left out: its cache of trees would speak of trees before the change,
        and git makes them anew.
        """
        writer = IndexChecksumWriter(self._lock)
        write_index_dict(writer, self._entries)
        writer.close()
        fsync(self._path.parent)


class ReadIndex:
    """Git's index as it is now, held against nobody."""

    def __init__(self, path: Path) -> None:
        self._entries = dict(Index(str(path)).items())

    def sha(self, path: str) -> ObjectID | None:
        """Return what is staged for a path. Raises as ``LockedIndex.sha`` does."""
        return _staged(self._entries, path)

    def in_the_way(self, path: str) -> Iterator[str]:
        """Yield what leaves no room for a file. Else as ``LockedIndex.in_the_way``."""
        return _above_and_below(self._entries, path)


class SeenFiles:
    """What the committed files hold now, read again only where something changed since."""

    def __init__(self, tree: WorkTree) -> None:
        self._tree = tree
        self._committed: tuple[ObjectID | None, str, dict[str, ObjectID]] = (None, "", {})
        self._edited: dict[str, tuple[tuple[int, ...], ObjectID | None]] = {}

    def look(self, repo: Repo, head: ObjectID | None, prefix: str) -> dict[str, str]:
        """Return git's name of what each file below ``prefix`` holds, edits included."""
        if self._committed[:2] != (head, prefix):
            self._committed = (head, prefix, _blobs(repo, head, prefix))
        committed = self._committed[2]
        self._edited = {path: self._look_at(path) for path in committed}
        return {
            path: (self._edited[path][1] or committed[path]).decode() for path in sorted(committed)
        }

    def _look_at(self, path: str) -> tuple[tuple[int, ...], ObjectID | None]:
        try:
            found = self._tree.stat(path)
        except OSError:
            return (), None
        mark = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)
        known = self._edited.get(path)
        if known is not None and known[0] == mark:
            return known
        # A file may change again within one tick of the clock that marks it: it is read once more.
        settled = time.time_ns() - found.st_ctime_ns > _TICK_NS
        return mark if settled else (), self._sha(path)

    def _sha(self, path: str) -> ObjectID | None:
        try:
            return self._tree.sha(path)
        except (OSError, HistoryConflict):
            return None


def _blobs(repo: Repo, head: ObjectID | None, prefix: str) -> dict[str, ObjectID]:
    if head is None:
        return {}
    return {path: blob for path, blob in blobs_of(repo, head) if path.startswith(prefix)}


def _staged(
    entries: Mapping[bytes, IndexEntry | ConflictedIndexEntry], path: str
) -> ObjectID | None:
    entry = entries.get(path.encode())
    if isinstance(entry, ConflictedIndexEntry):
        raise HistoryConflict(path, "is in a merge that is not finished")
    return entry.sha if entry else None


def _above_and_below(names: Iterable[bytes], path: str) -> Iterator[str]:
    above, below = {folder.encode() for folder in _folders(path)}, f"{path}/".encode()
    return (os.fsdecode(name) for name in names if name in above or name.startswith(below))


def _folders(path: str) -> list[str]:
    """Return the folders that a file is in, the outermost first."""
    names = path.split("/")
    return ["/".join(names[:depth]) for depth in range(1, len(names))]


def _remove_folders(folder: Path) -> None:
    """Remove a folder that has nothing but folders in it, if there is one."""
    for below, _, _ in os.walk(folder, topdown=False):
        Path(below).rmdir()


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    fsync(folder.parent)


__all__ = ["LockedIndex", "ReadIndex", "SeenFiles", "WorkTree"]
