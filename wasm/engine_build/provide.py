"""Put the engine where the package expects it: from the cache, else built.

This is all that a build of the package asks for. It needs the compiler only when it has to build.
"""

import tempfile
from pathlib import Path

from engine_build import cache, inputs


def provide(target: Path) -> None:
    """Put the engine for the present inputs into ``target``, building it when it is not cached."""
    key = inputs.key()
    folder = cache.find(key)
    if folder is None:
        # Imported here: it needs what a cache hit does without.
        from engine_build.build import build

        folder = cache.keep(key, build())
    target.mkdir(parents=True, exist_ok=True)
    for name in cache.NAMES:
        _replace(folder / name, target / name)


def _replace(origin: Path, target: Path) -> None:
    """Write the file in one step: who has the old one open keeps it."""
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as staging:
        staging.write(origin.read_bytes())
    Path(staging.name).chmod(0o644)
    Path(staging.name).replace(target)
