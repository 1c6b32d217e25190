"""The files that people see beside ``.git``, and git's index of them.

Files are replaced whole and durably, and symbolic links are never followed. Whether a file may be
replaced is the repository's business.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType

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

from nexus_core.history.errors import HistoryConflict
from nexus_core.history.objects import Version, fsync


class WorkTree:
    """The checked-out files of one repository, to be written under its lock."""

    def __init__(self, root: Path, scratch: Path) -> None:
        """Take the folder of the files, and the path of a file to prepare others in."""
        self._root = root
        self._scratch = scratch

    def sha(self, path: str) -> ObjectID | None:
        """Return what git would call the content of a file, or ``None`` where there is none.

        Raises:
            HistoryConflict: there is something else than a file, or a folder on the way is none.

        """
        *folders, _ = Path(path).parents
        for folder in (*reversed(folders), Path(path)):
            try:
                mode = os.lstat(self._root / folder).st_mode
            except FileNotFoundError:
                return None
            expected = stat.S_ISREG if folder == Path(path) else stat.S_ISDIR
            if not expected(mode):
                raise HistoryConflict(str(folder), "is not a plain file or folder in the work tree")
        return Blob.from_string((self._root / path).read_bytes()).id

    def stat(self, path: str) -> os.stat_result:
        """Return what the index notes of a file to see that it is unchanged."""
        return os.lstat(self._root / path)

    def write(self, path: str, content: bytes, mode: int) -> None:
        """Put a file in place of what is there; durable on return."""
        self._scratch.unlink(missing_ok=True)
        permissions = 0o777 if mode & stat.S_IXUSR else 0o666
        descriptor = os.open(self._scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, permissions)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        target = self._root / path
        _make_folder(target.parent)
        self._scratch.replace(target)
        fsync(target.parent)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that this leaves empty; durable on return."""
        target = self._root / path
        target.unlink(missing_ok=True)
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
        entry = self._entries.get(path.encode())
        if isinstance(entry, ConflictedIndexEntry):
            raise HistoryConflict(path, "is in a merge that is not finished")
        return entry.sha if entry else None

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


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    fsync(folder.parent)


__all__ = ["LockedIndex", "WorkTree"]
