"""Keep compiled forms of scripts, in memory and on disk, under the hash of what they come from.

A form is bytecode, and bytecode is believed: whoever writes one owns the guest that it runs in. So
a file that others could have written is not read, and one that is not as it was written neither.
How a form is made, and what may be in it, is the business of ``compiling``.
"""

import contextlib
import hashlib
import os
import threading
from collections import OrderedDict
from pathlib import Path

from nexus_core.sandbox.limits import MIB
from nexus_core.sandbox.private_files import is_private, store

MEMORY_BYTES = 16 * MIB
DISK_BYTES = 64 * MIB
_OVERHEAD = 256
"""What an entry takes beside its form."""
_HASH_BYTES = 32
_SUFFIX = ".form"


class Forms:
    """Forms by key, those last used; for any thread."""

    def __init__(
        self,
        directory: Path | None,
        *,
        memory_bytes: int = MEMORY_BYTES,
        disk_bytes: int = DISK_BYTES,
    ) -> None:
        """Keep at most so much.

        Args:
            directory: Where they are kept on disk, this user's alone; None for in memory only.
            memory_bytes: How much of them is kept in memory.
            disk_bytes: How much of them is kept on disk.
        """
        self._directory = directory
        self._most = memory_bytes
        self._most_on_disk = disk_bytes
        self._changing = threading.Lock()
        self._forms: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._bytes_on_disk: int | None = None
        """None until something is written."""

    def get(self, key: str) -> bytes | None:
        """Return what is kept under a key; empty when it is known that there is no form."""
        with self._changing:
            form = self._forms.get(key)
            if form is not None:
                self._forms.move_to_end(key)
                return form
        form = self._read(key)
        if form is not None:
            self._remember(key, form)
        return form

    def keep(self, key: str, form: bytes) -> None:
        """Keep a form, or in memory only, that there is none, which is an empty one."""
        self._remember(key, form)
        if form:
            self._write(key, form)

    def _remember(self, key: str, form: bytes) -> None:
        with self._changing:
            self._bytes += len(form) + _OVERHEAD
            self._bytes -= self._size(self._forms.pop(key, None))
            self._forms[key] = form
            while self._bytes > self._most:
                self._bytes -= self._size(self._forms.popitem(last=False)[1])

    @staticmethod
    def _size(form: bytes | None) -> int:
        return 0 if form is None else len(form) + _OVERHEAD

    # ---- on disk

    def _read(self, key: str) -> bytes | None:
        if self._directory is None:
            return None
        path = self._directory / (key + _SUFFIX)
        if not (is_private(self._directory) and is_private(path)):
            return None
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        form = data[_HASH_BYTES:]
        return form if form and _hash(key, form) == data[:_HASH_BYTES] else None

    def _write(self, key: str, form: bytes) -> None:
        if self._directory is None:
            return
        # A torn file is told by its hash: there is nothing to wait for.
        data = _hash(key, form) + form
        if not store(self._directory / (key + _SUFFIX), data, durable=False):
            return
        with self._changing:
            if self._bytes_on_disk is None:
                self._bytes_on_disk = sum(size for _, size, _ in self._files())
            else:
                self._bytes_on_disk += len(data)
            if self._bytes_on_disk > self._most_on_disk:
                self._bytes_on_disk = self._forget_old()

    def _forget_old(self) -> int:
        """Remove files until half of the room is free, those first that were used least lately."""
        files = sorted(self._files())
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= self._most_on_disk // 2:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            left -= size
        return left

    def _files(self) -> list[tuple[float, int, Path]]:
        """Return (time of last use, size, path) of each file that is there."""
        found: list[tuple[float, int, Path]] = []
        if self._directory is not None:
            for path in self._directory.glob(f"*{_SUFFIX}"):
                with contextlib.suppress(OSError):  # another process has removed it
                    status = path.stat()
                    found.append((status.st_mtime, status.st_size, path))
        return found


def _hash(key: str, form: bytes) -> bytes:
    return hashlib.sha256(key.encode() + form).digest()
