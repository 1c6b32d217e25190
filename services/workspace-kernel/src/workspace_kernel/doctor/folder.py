"""The data folder as files: who can read it, whether there is room, and the engine beside it."""

import hashlib
import shutil
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from nexus_quickjs import EngineMissingError, engine
from workspace_kernel.doctor.report import Symptom, error, warning

LITTLE_ROOM: Final = 256 << 20
"""Bytes on the disk below which a kernel may soon be unable to write."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def look(data: Path) -> Iterator[Symptom]:
    """Look at the files."""
    if data.stat().st_mode & _OTHERS:
        yield error(
            "FOLDER_OPEN",
            str(data),
            "Other users of this machine can get into the data folder.",
            mend=partial(data.chmod, 0o700),
        )
    for path in sorted((data / "auth").glob("*")):
        if path.stat().st_mode & _OTHERS:
            yield error(
                "SECRET_OPEN",
                str(path),
                "Other users of this machine can read a secret, once they get into the folder.",
                mend=partial(path.chmod, 0o600),
            )
    free = shutil.disk_usage(data).free
    if free < LITTLE_ROOM:
        yield warning("DISK_LOW", str(data), f"There are {free >> 20} MiB left on the disk.")
    yield from _engine()


def _engine() -> Iterator[Symptom]:
    try:
        known = engine()
    except EngineMissingError as missing:
        yield error("ENGINE_MISSING", "nexus-quickjs", f"Panels cannot run: {missing}.")
        return
    if hashlib.sha256(known.path.read_bytes()).hexdigest() != known.sha256:
        yield error(
            "ENGINE_CHANGED",
            str(known.path),
            "The engine is not the one that was built; install nexus-quickjs anew.",
        )


__all__ = ["LITTLE_ROOM", "look"]
