"""A repository opened so that a branch that cannot be read is an error, not an empty branch.

dulwich takes whatever goes wrong when it reads a reference for a reference that is not there. With
a disk that fails for a moment, or too many open files, a commit would then begin a new history in
the place of the old one.
"""

import errno
import os
from pathlib import Path

from dulwich.refs import DiskRefsContainer, Ref
from dulwich.repo import Repo


class ExactRefs(DiskRefsContainer):
    """References as files, each read or reported."""

    def _read_loose_ref_file(self, name: Ref) -> bytes | None:
        found = super()._read_loose_ref_file(name)
        return self._read_again(name) if found is None else found

    def _read_again(self, name: Ref) -> bytes | None:
        path = self.refpath(name)
        try:
            if not os.path.isfile(path):
                return None
            with Path(os.fsdecode(path)).open("rb") as file:
                return file.readline().rstrip(b"\r\n")
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise


def open_repo(root: Path) -> Repo:
    """Open a repository; close it after use.

    Raises:
        NotGitRepository: there is none.
        OSError: it cannot be read.

    """
    repo = Repo(str(root))
    repo.refs = ExactRefs(repo.commondir(), repo.controldir())
    return repo


__all__ = ["open_repo"]
