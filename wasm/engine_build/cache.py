"""Keep built engines per user, named by the hash of their inputs.

Checkouts and build environments come and go; equal inputs give the same engine, so the next one
takes it from here.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from engine_build import inputs

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


def provide(target: Path) -> None:
    """Put the engine for the present inputs into ``target``, building it when it is not cached."""
    key = inputs.key()
    folder = find(key)
    if folder is None:
        # Imported here: it needs what a cache hit does without.
        from engine_build.build import build

        folder = keep(key, build())
    target.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        _replace(folder / name, target / name)


def _replace(origin: Path, target: Path) -> None:
    """Write the file in one step: who has the old one open keeps it."""
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as staging:
        staging.write(origin.read_bytes())
    Path(staging.name).chmod(0o644)
    Path(staging.name).replace(target)
