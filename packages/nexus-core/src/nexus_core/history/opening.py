"""A repository opened so that what cannot be read is an error, and what is moved is found.

dulwich takes whatever goes wrong when it reads a reference for a reference that is not there. With
a disk that fails for a moment, or too many open files, a commit would then begin a new history in
the place of the old one. And it removes a branch's file before what ``git pack-refs`` noted of the
branch earlier: killed in between, the branch would be where it once was.
"""

import errno
import os
from pathlib import Path

from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID, RawObjectID
from dulwich.refs import DiskRefsContainer, Ref
from dulwich.repo import Repo


class MovingObjects(DiskObjectStore):
    """Objects that git may put into a pack at any moment: what is not found is looked for again."""

    def get_raw(self, name: RawObjectID | ObjectID) -> tuple[int, bytes]:
        """Return the kind and the content of an object.

        Raises:
            KeyError: it is not there.

        """
        try:
            return super().get_raw(name)
        except KeyError:
            return super().get_raw(name)

    def __contains__(self, sha: ObjectID) -> bool:
        return super().__contains__(sha) or super().__contains__(sha)


class ExactRefs(DiskRefsContainer):
    """References as files, each read or reported."""

    def _read_loose_ref_file(self, name: Ref) -> bytes | None:
        found = super()._read_loose_ref_file(name)
        return self._read_again(name) if found is None else found

    def remove_if_equals(
        self,
        name: Ref,
        old_ref: ObjectID | None,
        committer: bytes | None = None,
        timestamp: int | None = None,
        timezone: int | None = None,
        message: bytes | None = None,
    ) -> bool:
        """Remove a reference that is at a commit, what is older first."""
        if self.read_loose_ref(name) is not None:
            self._remove_packed_ref(name)
        return super().remove_if_equals(name, old_ref, committer, timestamp, timezone, message)

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
    repo.object_store.__class__ = MovingObjects  # Made by what git's configuration says.
    repo.refs = ExactRefs(repo.commondir(), repo.controldir())
    return repo


__all__ = ["open_repo"]
