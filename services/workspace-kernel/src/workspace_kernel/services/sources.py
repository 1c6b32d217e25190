"""The sources of a workspace's panels: the newest word on each, and their way into git.

A save is durable when it is in the database, and is committed a moment later by who made it. When
somebody changed the same source meanwhile, nothing of theirs is touched: the save goes to a branch
below ``conflicts/``, beside them. Callers take turns; what a source means is not known here.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from pydantic import TypeAdapter, ValidationError

from nexus_core.history import Author, Commit, HistoryError, Log, Repository
from nexus_protocol import ErrorCode, Json
from workspace_kernel.db import repositories
from workspace_kernel.db.models import PendingSave
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import Name

FOLDER: Final = "panels"
SUFFIX: Final = ".nxml"
CONFLICTS: Final = "conflicts/"
LOCAL_USER: Final = Author("Local user", "local@nexus.localhost")
"""Who acts where nobody logs in."""

PATIENCE: Final = 0.25
"""Seconds to wait for another git program where the save is safe in the database."""

_NAME: Final = TypeAdapter[str](Name)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A save that was put beside what others did to the panel meanwhile."""

    panel: str
    branch: str
    commit: str
    """The save; what the others did is what is there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is in the repository at one moment."""

    sources: Mapping[str, str]
    """Git's name of what each panel holds, edits in the work tree included."""
    left_behind: frozenset[str]
    """Panels with a save for a branch that is not checked out any more."""
    branch: str | None
    """The one that is checked out; None when none is."""


class Sources:
    """The sources of one workspace."""

    def __init__(self, workspace: str, repository: Repository, database: Database) -> None:
        self.repository = repository
        self._workspace = workspace
        self._database = database
        self._pending: dict[str, PendingSave] = {}

    async def open(self) -> None:
        """Take up what was saved and not committed when the kernel last ended."""
        rows = await self._database.read(
            partial(repositories.pending_saves, workspace=self._workspace)
        )
        self._pending = {row.panel_id: row for row in rows}

    @property
    def pending(self) -> tuple[str, ...]:
        """The panels with a save that is not committed."""
        return tuple(self._pending)

    async def read(self, panel_id: str) -> str:
        """Return the newest word on a panel: saved, edited in the work tree, or committed.

        Raises:
            KernelError: NOT_FOUND.

        """
        if not is_name(panel_id):
            raise missing(panel_id)
        if (save := self._pending.get(panel_id)) is not None:
            return save.source
        return await self._read(panel_id, partial(self.repository.current, path_of(panel_id)))

    async def committed(self, panel_id: str) -> str | None:
        """Return a panel's source as it is committed, None where it is not."""
        with suppress(KernelError):
            return await self._read(panel_id, partial(self.repository.read, path_of(panel_id)))
        return None

    async def read_at(self, panel_id: str, ref: str) -> str:
        """Return a panel's source as it was at a commit, under the name that it had then.

        Raises:
            KernelError: NOT_FOUND.

        """
        return await self._read(panel_id, partial(self._at, path_of(panel_id), ref))

    async def require_ref(self, ref: str) -> None:
        """Refuse a name that is no commit and no branch.

        Raises:
            HistoryError: NOT_FOUND.

        """
        await asyncio.to_thread(self.repository.describe, ref)

    async def look(self) -> "Look | None":
        """Return what the repository holds; None while somebody is changing it."""
        sight = await asyncio.to_thread(self.repository.look, f"{FOLDER}/")
        if sight is None:
            return None
        found = {id_in(path): blob for path, blob in sight.files.items()}
        return Look(
            sources={panel_id: blob for panel_id, blob in found.items() if panel_id is not None},
            left_behind=frozenset(
                panel_id for panel_id, save in self._pending.items() if save.branch != sight.branch
            ),
            branch=sight.branch,
        )

    def versions(self, panel_id: str) -> Iterator[Callable[[], str]]:
        """Yield how to read each version of a source, the newest first; blocks."""
        save = self._pending.get(panel_id)
        if save is not None:
            yield partial(str, save.source)
        for commit in self.repository.log(path_of(panel_id), limit=REPLAYED).commits:
            yield partial(self._version, commit.path or path_of(panel_id), commit.sha)

    def _version(self, path: str, sha: str) -> str:
        with _unless_missing():  # It was deleted there.
            return self.repository.read(path, sha).decode("utf-8", "replace")
        return ""

    async def log(self, panel_id: str | None, cursor: str | None, limit: int) -> Log:
        """Return the versions of a panel, or of all, newest first."""
        path = None if panel_id is None else path_of(panel_id)
        read = partial(self.repository.log, path, cursor=cursor, limit=limit)
        return await asyncio.to_thread(read)

    # ---- saving

    async def plan(self, panel_id: str, source: str, author: Author) -> PendingSave:
        """Return the save of a source that is to be stored; nobody else's is in its way then.

        Raises:
            HistoryError: CONFLICT, the panel has an edit that nobody committed, or no branch is
                checked out.

        """
        before = self._pending.get(panel_id)
        place = await asyncio.to_thread(self.repository.require_free, path_of(panel_id))
        return PendingSave(
            workspace_id=self._workspace,
            panel_id=panel_id,
            source=source,
            branch=before.branch if before else place.branch or "",
            base=before.base if before else place.head,
            author_name=author.name,
            author_email=author.email,
        )

    async def store(self, save: PendingSave, *others: Write) -> None:
        """Make a save durable, together with what else is to be written."""
        await self._database.write(*others, *repositories.keep_save(save))
        self._pending[save.panel_id] = save

    def is_by_another(self, panel_id: str, author: Author) -> bool:
        """Tell whether somebody else's save of a panel waits."""
        save = self._pending.get(panel_id)
        return save is not None and (save.author_name, save.author_email) != (
            author.name,
            author.email,
        )

    async def settle(self, panel_id: str) -> Conflict | None:
        """Commit what was saved of a panel, or put it beside what others did meanwhile.

        Raises:
            HistoryError: UNAVAILABLE; the save stays.

        """
        save = self._pending.get(panel_id)
        if save is None:
            return None
        conflict = await asyncio.to_thread(self._commit_or_park, save)
        await self._database.write(repositories.forget_save(PanelKey(self._workspace, panel_id)))
        del self._pending[panel_id]
        return conflict

    async def commit(
        self, sources: Mapping[str, str | None], message: str, author: Author = LOCAL_USER
    ) -> str:
        """Commit sources at once (``None`` removes one) and return the commit.

        Raises:
            HistoryError: CONFLICT, UNAVAILABLE.

        """
        files = {
            path_of(panel_id): None if source is None else source.encode()
            for panel_id, source in sources.items()
        }
        commit = partial(self.repository.commit, files, message=message, author=author)
        return await asyncio.to_thread(commit)

    async def lost(self, panel_id: str, source_hash: str) -> Json:
        """Return both sides, when a source is one that was put beside what others did."""
        return await asyncio.to_thread(self._lost, panel_id, source_hash)

    async def both(self, conflict: Conflict) -> Json:
        """Return both sides of a conflict, as commits."""
        return await asyncio.to_thread(self._both, conflict)

    # ---- in a thread

    def _commit_or_park(self, save: PendingSave) -> Conflict | None:
        path, content = path_of(save.panel_id), save.source.encode()
        try:
            self.repository.commit(
                {path: content},
                message=f"Save panel {save.panel_id}",
                author=Author(save.author_name, save.author_email),
                base=save.base,
                branch=save.branch,
                patience=PATIENCE,
            )
        except HistoryError as error:
            if error.code is ErrorCode.UNAVAILABLE:
                raise
            # Killed after the commit and before the note of it, with others' commits since.
            if self.repository.has_held(path, content, save.base):
                return None
            logger.warning("A save of panel %s is put aside: %s", save.panel_id, error)
            return self._park(save)
        return None

    def _park(self, save: PendingSave) -> Conflict:
        branch = _branch_for(save.panel_id, save.source)
        self._make_branch(branch, save.base)
        commit = self.repository.commit(
            {path_of(save.panel_id): save.source.encode()},
            message=f"Save panel {save.panel_id} beside what others changed",
            author=Author(save.author_name, save.author_email),
            branch=branch,
            patience=PATIENCE,
        )
        return Conflict(save.panel_id, branch, commit)

    def _make_branch(self, branch: str, base: str | None) -> None:
        for start in (base, None):
            try:
                self.repository.create_branch(branch, start)
            except HistoryError as error:
                if error.code is ErrorCode.NOT_FOUND and start is not None:
                    continue  # Others dropped the commit, and git collected it.
                if error.code is not ErrorCode.CONFLICT:
                    raise  # Else it was made before the kernel was killed.
            return

    def _lost(self, panel_id: str, source_hash: str) -> Json:
        path = path_of(panel_id)
        for branch in self.repository.branches(f"{CONFLICTS}{panel_id}-"):
            with _unless_missing():
                content = self.repository.read(path, branch.head)
                if source_hash == hashlib.sha256(content).hexdigest():
                    return self._both(Conflict(panel_id, branch.name, branch.head))
        return None

    def _both(self, conflict: Conflict) -> Json:
        theirs = self.repository.log(path_of(conflict.panel), limit=1).commits
        return {
            "ours": {"branch": conflict.branch, "commit": conflict.commit},
            "theirs": {"commit": theirs[0].sha if theirs else None},
        }

    def _at(self, path: str, ref: str) -> bytes:
        try:
            return self.repository.read(path, ref)
        except HistoryError as error:
            named = self._named(path, ref) if error.code is ErrorCode.NOT_FOUND else None
            if named is None or named.path is None:
                raise
        return self.repository.read(named.path, ref)

    def _named(self, path: str, ref: str) -> Commit | None:
        """Return a commit of a file's history, in which the file had another name perhaps."""
        commits = self.repository.log(path, limit=LOOKED_BACK).commits
        return next((each for each in commits if each.sha == ref), None)

    async def _read(self, panel_id: str, read: "partial[bytes]") -> str:
        try:
            return (await asyncio.to_thread(read)).decode("utf-8", "replace")
        except HistoryError as error:
            if error.code is ErrorCode.NOT_FOUND:
                raise missing(panel_id, str(error)) from None
            raise


REPLAYED: Final = 200
"""Versions of a panel among which the one that ran an execution is looked for."""

LOOKED_BACK: Final = 2000
"""Versions of a panel among which an earlier name of it is looked for."""


def is_name(text: str) -> bool:
    """Tell whether a text can be the id of a panel or workspace."""
    try:
        return bool(_NAME.validate_python(text, strict=True))
    except ValidationError:
        return False


def path_of(panel_id: str) -> str:
    """Return where a panel's source is in the repository."""
    return f"{FOLDER}/{panel_id}{SUFFIX}"


def id_in(path: str) -> str | None:
    """Return the panel whose source is at a path, if it is one."""
    name = path.removeprefix(f"{FOLDER}/").removesuffix(SUFFIX)
    return name if path == path_of(name) and is_name(name) else None


def missing(panel_id: str, why: str = "") -> KernelError:
    """Return the error for a panel that is not there."""
    reason = f" ({why})" if why and not why.startswith(FOLDER) else ""
    return KernelError(ErrorCode.NOT_FOUND, f"There is no panel {panel_id[:64]!r}{reason}.")


@contextmanager
def _unless_missing() -> Generator[None]:
    """Go on where something is not in the repository, and only then."""
    try:
        yield
    except HistoryError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise


def _branch_for(panel_id: str, source: str) -> str:
    return f"{CONFLICTS}{panel_id}-{hashlib.sha256(source.encode()).hexdigest()[:8]}"


__all__ = [
    "CONFLICTS",
    "FOLDER",
    "LOCAL_USER",
    "SUFFIX",
    "Conflict",
    "Look",
    "Sources",
    "id_in",
    "is_name",
    "missing",
    "path_of",
]
