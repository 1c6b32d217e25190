"""The panels of one workspace: found, made, saved, deleted, opened, looked back upon.

Sources live in git, and what is in git exists; the database holds an index of them and everything
that moves. A save goes to git first, then to the index, then to the running panel. No HTTP here.
"""

import asyncio
import contextlib
import hashlib
import re
import time
import unicodedata
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from nexus_core import ParseResult
from nexus_core.history import Author, HistoryError, Repository
from nexus_core.parser import parse_cached
from nexus_core.recording import Record
from nexus_core.replaying import Replayed
from nexus_core.state import fits
from nexus_protocol import Change, ErrorCode, Json, PanelAst
from nexus_protocol.ast import StateType
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel, StoredExecution
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError, invalid_panel
from workspace_kernel.resources import (
    CommitInfo,
    ExecutionEntry,
    ExecutionRecord,
    Name,
    NewPanel,
    Page,
    PanelDocument,
    PanelDraft,
    PanelInfo,
    SavedPanel,
)
from workspace_kernel.services.records import with_source
from workspace_kernel.services.running import RunningPanel
from workspace_kernel.services.runtime import Runtime

FOLDER: Final = "panels"
SUFFIX: Final = ".nxml"
HISTORY_LIMIT: Final = 200
LOCAL_USER: Final = Author("Local user", "local@nexus.localhost")
"""Who acts where nobody logs in."""

Item = TypeVar("Item")

_NAME: Final = TypeAdapter[str](Name)


class Panels:
    """The panels of one workspace."""

    def __init__(
        self, workspace: str, repository: Repository, database: Database, runtime: Runtime
    ) -> None:
        self._workspace = workspace
        self._repository = repository
        self._database = database
        self._runtime = runtime
        self._saving = asyncio.Lock()
        """One change of sources at a time: what is compared is what is replaced."""

    # ---- finding and reading

    async def page(self, cursor: str | None, limit: int) -> Page[PanelInfo]:
        """Return panels in the order of their ids."""
        rows = await self._database.read(
            partial(
                repositories.panels, workspace=self._workspace, after=cursor or "", limit=limit + 1
            )
        )
        return _page([self._info(row) for row in rows], limit, lambda info: info.id)

    async def read(self, panel_id: str) -> PanelDocument:
        """Return a panel with its source.

        Raises:
            KernelError: NOT_FOUND.

        """
        async with self._saving:
            row = _existing(await self._caught_up(panel_id), panel_id)
            source = await self._source(panel_id)
        return PanelDocument(**self._info(row).model_dump(), source=source)

    @contextlib.asynccontextmanager
    async def use(self, panel_id: str) -> AsyncGenerator[RunningPanel]:
        """Yield a panel, started if it does not run; it is not put to sleep meanwhile.

        Raises:
            KernelError: NOT_FOUND, or UNAVAILABLE.
            InvalidPanelError: the source has errors.

        """
        running = await self._runtime.open(self._key(panel_id), partial(self._source, panel_id))
        with running.hold():
            yield running

    # ---- making and changing

    async def create(self, draft: NewPanel, author: Author = LOCAL_USER) -> SavedPanel:
        """Make a panel.

        Raises:
            KernelError: INVALID_PANEL, CONFLICT when there is one of that name.

        """
        result = await check(draft.source)
        panel_id = draft.id or _name_of(_valid(result))
        async with self._saving:
            row = await self._known(panel_id)
            if row is not None and row.deleted_at is None:
                raise KernelError(ErrorCode.CONFLICT, f"There is a panel {panel_id!r} already.")
            return await self._create(panel_id, draft, result, row, author)

    async def save(
        self,
        panel_id: str,
        draft: PanelDraft,
        if_match: str | None,
        author: Author = LOCAL_USER,
    ) -> tuple[SavedPanel, bool]:
        """Store a source and let the running panel go on with it; tells whether it is new.

        Raises:
            KernelError: INVALID_PANEL, then the last good source stays; PRECONDITION_FAILED, the
                source is not the one that ``if_match`` names (``*`` means any).

        """
        result = await check(draft.source)
        async with self._saving:
            row = await self._caught_up(panel_id)
            exists = row is not None and row.deleted_at is None
            _require_match(row if exists else None, if_match)
            if row is None or not exists:
                return await self._create(panel_id, draft, result, row, author), True
            return await self._change(row, draft, result, author), False

    async def delete(
        self, panel_id: str, if_match: str | None = None, author: Author = LOCAL_USER
    ) -> None:
        """Delete a panel, its state and its log; its sources stay in the history.

        Raises:
            KernelError: NOT_FOUND, PRECONDITION_FAILED.

        """
        async with self._saving:
            row = _existing(await self._caught_up(panel_id), panel_id)
            _require_match(row, if_match)
            await self._commit(panel_id, None, f"Delete panel {panel_id}", author)
            await self._runtime.discard(self._key(panel_id))
            await self._forget(row)

    # ---- looking back

    async def changes(self, panel_id: str, before: int | None, limit: int) -> Page[Change]:
        """Return the changes of a panel's state, newest first."""
        await self._row(panel_id)
        found = await self._database.read(
            partial(
                repositories.changes_before, key=self._key(panel_id), rev=before, limit=limit + 1
            )
        )
        return _page(found, limit, lambda change: str(change.rev))

    async def executions(
        self, panel_id: str, before: int | None, limit: int
    ) -> Page[ExecutionEntry]:
        """Return the executions of a panel, newest first."""
        await self._row(panel_id)
        rows = await self._database.read(
            partial(
                repositories.executions, key=self._key(panel_id), before=before, limit=limit + 1
            )
        )
        page = _page(rows, limit, lambda row: str(row.number))
        return Page(items=tuple(map(_entry, page.items)), next_cursor=page.next_cursor)

    async def execution(self, panel_id: str, execution_id: str) -> ExecutionEntry:
        """Return one execution of a panel.

        Raises:
            KernelError: NOT_FOUND.

        """
        await self._row(panel_id)
        row = await self._database.read(
            partial(repositories.execution, key=self._key(panel_id), request_id=execution_id)
        )
        if row is None:
            raise KernelError(ErrorCode.NOT_FOUND, f"There is no execution {execution_id[:64]!r}.")
        return _entry(row)

    async def record(self, panel_id: str, execution_id: str) -> Record:
        """Return what runs an execution again, with the source that ran if it is in the history.

        Raises:
            KernelError: NOT_FOUND.

        """
        await self._row(panel_id)
        record = await self._runtime.records.read(self._key(panel_id), execution_id)
        return await asyncio.to_thread(with_source, record, self._versions(panel_id))

    async def replay(self, panel_id: str, execution_id: str, source: str | None) -> Replayed:
        """Run an execution again, with another source if one is given; nothing is changed by it.

        Raises:
            KernelError: NOT_FOUND, or CONFLICT when it cannot run again.
            InvalidPanelError: the source has errors.
            PanelError: the source has no such tool.

        """
        record = await self.record(panel_id, execution_id)
        return await self._runtime.records.replay(record, source)

    async def history(self, panel_id: str, limit: int) -> Page[CommitInfo]:
        """Return the newest versions of a panel's source, newest first, at most 200."""
        await self._row(panel_id)
        commits = await asyncio.to_thread(
            self._repository.history, _path(panel_id), min(limit, HISTORY_LIMIT)
        )
        return Page(
            items=tuple(
                CommitInfo(
                    id=each.sha,
                    message=each.message,
                    author=each.author.name,
                    at=each.at.timestamp(),
                )
                for each in commits
            )
        )

    # ---- the index of sources

    async def reconcile(self) -> None:
        """Bring the index up to what is in git: the kernel may have been killed between the two."""
        known = {
            row.id: row
            for row in await self._database.read(
                partial(repositories.panels, workspace=self._workspace)
            )
        }
        sources = await asyncio.to_thread(self._sources)
        for panel_id, source in sources.items():
            row = known.pop(panel_id, None)
            if row is None or row.source_hash != hashlib.sha256(source).hexdigest():
                await self._index(panel_id, await check(source.decode("utf-8", "replace")))
        for row in known.values():
            await self._forget(row)

    async def install(self, sources: Mapping[str, bytes]) -> None:
        """Take several sources in with one commit."""
        files = {_path(panel_id): source for panel_id, source in sources.items()}
        await self._commit_files(files, "Install the sample panels", LOCAL_USER)
        await self.reconcile()

    def _sources(self) -> dict[str, bytes]:
        paths = self._repository.paths(f"{FOLDER}/")
        found = {path: _id_in(path) for path in paths}
        return {
            panel_id: self._repository.read(path)
            for path, panel_id in found.items()
            if panel_id is not None
        }

    async def _index(self, panel_id: str, result: ParseResult) -> None:
        row = await self._known(panel_id)
        if row is None:
            await self._database.write(repositories.add_panel(self._new_row(panel_id, result)))
        else:
            await self._database.write(repositories.change_panel(_described(row, result)))

    async def _forget(self, row: Panel) -> None:
        key = self._key(row.id)
        last_rev = await self._database.read(partial(repositories.last_rev, key=key))
        await self._database.write(*repositories.delete_panel(row, last_rev))

    # ---- steps of a save

    async def _create(
        self,
        panel_id: str,
        draft: PanelDraft,
        result: ParseResult,
        tombstone: Panel | None,
        author: Author,
    ) -> SavedPanel:
        ast = _valid(result)
        _require_state(ast, draft.state or {})
        await self._commit(panel_id, draft.source, f"Create panel {panel_id}", author)
        row = self._new_row(panel_id, result)
        writes: list[Write] = []
        if tombstone is None:
            writes.append(repositories.add_panel(row))
        else:
            row = row.changed(first_rev=tombstone.first_rev)
            writes.append(repositories.change_panel(row))
        if draft.state:
            key = self._key(panel_id)
            writes.append(
                repositories.take_snapshot(key, row.first_rev, draft.state, row.created_at)
            )
        await self._database.write(*writes)
        return self._saved(row, result)

    async def _change(
        self, row: Panel, draft: PanelDraft, result: ParseResult, author: Author
    ) -> SavedPanel:
        _require_state(_valid(result), draft.state or {})
        if row.source_hash != result.source_hash:
            await self._commit(row.id, draft.source, f"Save panel {row.id}", author)
            row = _described(row, result)
            await self._database.write(repositories.change_panel(row))
        async with self._runtime.steady(self._key(row.id)) as running:
            if running is not None and not running.broken:
                await running.reload(draft.source)
        if draft.state:
            async with self.use(row.id) as running:
                await running.replace(draft.state)
        return self._saved(row, result)

    async def _commit(
        self, panel_id: str, source: str | None, message: str, author: Author
    ) -> None:
        content = None if source is None else source.encode("utf-8")
        await self._commit_files({_path(panel_id): content}, message, author)

    async def _commit_files(
        self, files: Mapping[str, bytes | None], message: str, author: Author
    ) -> None:
        await asyncio.to_thread(self._repository.commit, files, message=message, author=author)

    # ---- rows

    async def _source(self, panel_id: str) -> str:
        if not is_name(panel_id):
            raise _missing(panel_id)
        try:
            source = await asyncio.to_thread(self._repository.read, _path(panel_id))
        except HistoryError as error:
            if error.code is ErrorCode.NOT_FOUND:
                raise _missing(panel_id) from None
            raise
        return source.decode("utf-8", "replace")

    def _versions(self, panel_id: str) -> Iterator[Callable[[], str]]:
        """Return how to read each version of a source, the newest first."""
        path = _path(panel_id)
        for commit in self._repository.history(path, HISTORY_LIMIT):
            yield partial(self._version, path, commit.sha)

    def _version(self, path: str, sha: str) -> str:
        with contextlib.suppress(HistoryError):  # It was deleted there.
            return self._repository.read(path, sha).decode("utf-8", "replace")
        return ""

    async def _known(self, panel_id: str) -> Panel | None:
        if not is_name(panel_id):
            raise _missing(panel_id)
        return await self._database.read(partial(repositories.panel, key=self._key(panel_id)))

    async def _row(self, panel_id: str) -> Panel:
        return _existing(await self._known(panel_id), panel_id)

    async def _caught_up(self, panel_id: str) -> Panel | None:
        """Return what is known of a panel, after what others committed to the repository."""
        row = await self._known(panel_id)
        if row is None or row.deleted_at is not None:
            return row
        try:
            source = await self._source(panel_id)
        except KernelError:
            await self._runtime.discard(self._key(panel_id))
            await self._forget(row)
            return await self._known(panel_id)
        result = await check(source)
        if result.source_hash == row.source_hash:
            return row
        await self._index(panel_id, result)
        async with self._runtime.steady(self._key(panel_id)) as running:
            if running is not None and not running.broken:
                await running.reload(source)
        return await self._known(panel_id)

    def _new_row(self, panel_id: str, result: ParseResult) -> Panel:
        now = time.time()
        row = Panel(
            workspace_id=self._workspace,
            id=panel_id,
            source_hash=result.source_hash,
            created_at=now,
            updated_at=now,
        )
        return _described(row, result)

    def _key(self, panel_id: str) -> PanelKey:
        return PanelKey(self._workspace, panel_id)

    def _info(self, row: Panel) -> PanelInfo:
        return PanelInfo(
            id=row.id,
            title=row.title or row.id,
            description=row.description,
            icon=row.icon,
            source_hash=row.source_hash,
            created_at=row.created_at,
            updated_at=row.updated_at,
            running=self._runtime.running(self._key(row.id)) is not None,
        )

    def _saved(self, row: Panel, result: ParseResult) -> SavedPanel:
        return SavedPanel(
            **self._info(row).model_dump(), diagnostics=result.diagnostics, repairs=result.repairs
        )


def _existing(row: Panel | None, panel_id: str) -> Panel:
    if row is None or row.deleted_at is not None:
        raise _missing(panel_id)
    return row


async def check(source: str) -> ParseResult:
    """Parse a source away from the event loop, for a long one takes long."""
    return await asyncio.to_thread(parse_cached, source)


def is_name(text: str) -> bool:
    """Tell whether a text can be the id of a panel or workspace."""
    try:
        return bool(_NAME.validate_python(text, strict=True))
    except ValidationError:
        return False


def _valid(result: ParseResult) -> PanelAst:
    if result.ok and result.ast is not None:
        return result.ast
    raise invalid_panel(result.diagnostics)


def _require_match(row: Panel | None, if_match: str | None) -> None:
    if if_match is None or (row is not None and if_match in ("*", row.source_hash)):
        return
    raise KernelError(
        ErrorCode.PRECONDITION_FAILED,
        "The panel was changed since it was read." if row else "There is no such panel any more.",
        {"sourceHash": row.source_hash} if row else None,
    )


def _require_state(ast: PanelAst, state: Mapping[str, Json]) -> None:
    declared: dict[str, StateType] = {each.name: each.type for each in ast.data.states}
    for name, value in state.items():
        if name not in declared:
            raise KernelError(ErrorCode.INVALID_ARGUMENTS, f"The panel has no state {name!r}.")
        if not fits(value, declared[name]):
            raise KernelError(
                ErrorCode.INVALID_ARGUMENTS, f"The state {name!r} is a {declared[name]}."
            )


def _described(row: Panel, result: ParseResult) -> Panel:
    """Return the row as it is with another source; one with errors keeps the old description."""
    changes: dict[str, object] = {
        "source_hash": result.source_hash,
        "updated_at": time.time(),
        "deleted_at": None,
    }
    if result.ast is not None:
        ast = result.ast
        changes |= {"title": ast.title, "description": ast.description, "icon": ast.icon}
    return row.changed(**changes)


def _name_of(ast: PanelAst) -> str:
    """Call a panel after its id or its title."""
    text = unicodedata.normalize("NFKD", ast.id or ast.title or "panel")
    plain = text.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-") or "panel"


def _path(panel_id: str) -> str:
    return f"{FOLDER}/{panel_id}{SUFFIX}"


def _id_in(path: str) -> str | None:
    name = path.removeprefix(f"{FOLDER}/").removesuffix(SUFFIX)
    return name if path == _path(name) and is_name(name) else None


def _missing(panel_id: str) -> KernelError:
    return KernelError(ErrorCode.NOT_FOUND, f"There is no panel {panel_id[:64]!r}.")


def _entry(row: StoredExecution) -> ExecutionEntry:
    asked = _CALL.validate_json(row.call)
    return ExecutionEntry(
        id=row.request_id,
        tool=str(asked["tool"]),
        args=asked["args"],  # pyright: ignore[reportArgumentType] - checked by the model.
        started_at=row.started_at,
        execution=ExecutionRecord.model_validate_json(row.result) if row.result else None,
    )


_CALL: Final = TypeAdapter(dict[str, Json])


def _page(items: Sequence[Item], limit: int, cursor: Callable[[Item], str]) -> Page[Item]:
    """Cut a list that was read one longer than the page, to see whether more follows."""
    shown = tuple(items[:limit])
    return Page(items=shown, next_cursor=cursor(shown[-1]) if len(items) > limit else None)


__all__ = ["FOLDER", "LOCAL_USER", "SUFFIX", "Panels", "check", "is_name"]
