"""Keep built engines per user, named by the hash of their inputs.

Checkouts and build environments come and go; equal inputs give the same engine, so the next one
takes it from here.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

NAMES = ("quickjs.wasm", "engine.json", "NOTICES")


def directory() -> Path:
    """Return the folder of all cached engines."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nexus-quickjs"


def find(key: str, names: Iterable[str] = NAMES) -> Path | None:
    """Return the folder kept under this key, or None when a file is not there."""
    folder = directory() / key
    return folder if all((folder / name).is_file() for name in names) else None


def keep(key: str, files: dict[str, bytes]) -> Path:
    """Store files under a key; two processes that store the same do no harm."""
    directory().mkdir(parents=True, exist_ok=True, mode=0o700)
    staging = Path(tempfile.mkdtemp(dir=directory()))
    for name, content in files.items():
        (staging / name).write_bytes(content)
    target = directory() / key
    try:
        staging.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(staging)
    return target
