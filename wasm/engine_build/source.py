"""Get the engine's C sources: through the configured package index, or from a file.

The archive's hash is pinned; whatever has another one is refused before it is unpacked.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from engine_build import inputs


class SourceError(RuntimeError):
    """Raised when the source archive cannot be had, or is not the pinned one."""


def fetch(directory: Path) -> Path:
    """Unpack the pinned sources into ``directory`` and return the folder with the C files.

    Raises:
        SourceError: the archive cannot be fetched, or its hash is another.
    """
    given = os.environ.get(inputs.SDIST_VARIABLE)
    archive = Path(given) if given else _download(directory)
    if not archive.is_file():
        raise SourceError(f"{inputs.SDIST_VARIABLE} names {archive}, which is no file")
    check(archive)
    with tarfile.open(archive) as tar:
        # Debian 12's Python 3.11.2 is older than extraction filters; the hash has been checked.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(directory)  # noqa: S202
    (unpacked,) = directory.glob(f"*/{inputs.SOURCE_FOLDER}")
    return unpacked


def check(archive: Path) -> None:
    """Compare the archive with the pinned hash.

    Raises:
        SourceError: it has another one.
    """
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != inputs.SDIST_SHA256:
        raise SourceError(
            f"{archive.name} has SHA-256 {found}, but {inputs.SDIST_PROJECT} "
            f"{inputs.SDIST_VERSION} is pinned to {inputs.SDIST_SHA256}"
        )


def _download(directory: Path) -> Path:
    requirements = directory / "requirements.txt"
    requirements.write_text(
        f"{inputs.SDIST_PROJECT}=={inputs.SDIST_VERSION} --hash=sha256:{inputs.SDIST_SHA256}\n"
    )
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
        "--no-build-isolation", "--require-hashes",
        "--dest", str(directory), "--requirement", str(requirements),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    archives = list(directory.glob("*.tar.gz"))
    if done.returncode != 0 or len(archives) != 1:
        raise SourceError(
            f"pip could not fetch the sources of {inputs.SDIST_PROJECT} {inputs.SDIST_VERSION}; "
            f"set {inputs.SDIST_VARIABLE} to the archive to build without an index.\n{done.stderr}"
        )
    return archives[0]
