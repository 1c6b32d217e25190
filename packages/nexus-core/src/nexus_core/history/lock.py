"""One commit at a time, over threads and processes, and a note of the commit that is under way.

The note is what tells a process that was killed in mid-commit from one that finished: it is in the
file that is locked, empty between commits. Who finds it written cleans up first. What there is to
clean up is the repository's business.
"""

import fcntl
import json
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_BEGUN: Final = b"{}"
_MAX_NOTE: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Intent:
    """The commit that was about to become the head: which one, on which, changing what."""

    old: str | None
    new: str
    paths: tuple[str, ...]


class Journal:
    """The note in the locked file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._settled = False

    @property
    def interrupted(self) -> bool:
        """Whether a commit was begun and not finished."""
        return os.fstat(self._descriptor).st_size > 0

    def read(self) -> Intent | None:
        """Return the commit that was under way, when it got far enough to have changed anything."""
        try:
            note = json.loads(os.pread(self._descriptor, _MAX_NOTE, 0))
            return Intent(note["old"], note["new"], tuple(note["paths"]))
        except (ValueError, KeyError, TypeError):
            return None  # Only begun, or torn: the head is moved after the note is on disk.

    def begin(self) -> None:
        """Note that a commit begins; from here on lock files of git may be left behind."""
        self._write(_BEGUN)

    def intend(self, intent: Intent) -> None:
        """Note, on disk, what is about to happen to head, index and work tree."""
        self._write(json.dumps(asdict(intent)).encode())
        os.fsync(self._descriptor)

    def settle(self) -> None:
        """Say that all is done but letting go of git's locks, after which ``conclude`` notes it."""
        self._settled = True

    def conclude(self) -> None:
        """Note that nothing is under way, if that was said."""
        if self._settled:
            self.finish()

    def finish(self) -> None:
        """Note that nothing is under way."""
        os.ftruncate(self._descriptor, 0)

    def _write(self, note: bytes) -> None:
        # In this order the file is at no moment empty, which would say that nothing is under way.
        os.pwrite(self._descriptor, note, 0)
        os.ftruncate(self._descriptor, len(note))


class CommitLock:
    """The lock of one repository; kept by the kernel, so that a killed process gives it up."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def hold(self) -> Generator[Journal]:
        """Wait for the lock and keep it meanwhile."""
        with self._threads:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield Journal(descriptor)
            finally:
                os.close(descriptor)

    @contextmanager
    def try_hold(self) -> Generator[Journal | None]:
        """Take the lock if nobody has it; yields None when somebody does."""
        if not self._threads.acquire(blocking=False):
            yield None
            return
        descriptor = None
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            yield Journal(descriptor) if _taken(descriptor) else None
        finally:
            if descriptor is not None:
                os.close(descriptor)
            self._threads.release()


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


__all__ = ["CommitLock", "Intent", "Journal"]
