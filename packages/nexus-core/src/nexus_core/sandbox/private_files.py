"""Files that are run as they are read: whoever could have written one decides what happens here.

So they are kept for this user alone, and one that others could have written is as if it were not
there. What stands in them is the business of who keeps them.
"""

import os
import tempfile
from pathlib import Path


def default_directory() -> Path:
    """Return the folder where this user's engines are kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nexus" / "engine"


def is_private(path: Path) -> bool:
    """Tell whether only this user could have written what is there."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return False
    return status.st_uid == os.geteuid() and status.st_mode & 0o077 == 0


def store(path: Path, data: bytes, *, durable: bool) -> bool:
    """Write a file in one step; without a private place for it nothing is written.

    Args:
        path: Where; the folder is made when it is not there.
        data: What.
        durable: Wait for the disk. Who does not has to be able to tell a torn file.

    Returns:
        Whether it is there now.
    """
    directory = path.parent
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_private(directory):
            return False
        with tempfile.NamedTemporaryFile(dir=directory, delete=False) as staging:
            staging.write(data)
            if durable:
                staging.flush()
                os.fsync(staging.fileno())
        Path(staging.name).replace(path)
    except OSError:
        return False
    return True
