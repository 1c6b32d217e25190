"""The panels of one workspace: found, made, saved, deleted, opened.

What is committed to git exists; the database holds an index of it and everything that moves. A save
goes to the database, at once to the running panel, and a moment later to git; what others commit or
edit there is taken up like a save. No HTTP here.
"""

import asyncio
import contextlib
import hashlib
import logging
import re
import time
import unicodedata
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from nexus_core import ParseResult
from nexus_core.changes import apply_ops
from nexus_core.history import Author, HistoryError
from nexus_core.parser import parse_cached
from nexus_core.state import carry_over, fits
from nexus_protocol import ErrorCode, Json, PanelAst
from nexus_protocol.ast import StateType
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError, invalid_panel
from workspace_kernel.resources import (
    NewPanel,
    Page,
    PanelDocument,
    PanelDraft,
    PanelInfo,
    PanelStatus,
    SavedPanel,
    TriggerInfo,
)
from workspace_kernel.services.archives import Carried
from workspace_kernel.services.branches import Branches
from workspace_kernel.services.debounce import Debounce
from workspace_kernel.services.journal import recover
from workspace_kernel.services.paging import page
from workspace_kernel.services.past import Past
from workspace_kernel.services.running import Reported, RunningPanel
from workspace_kernel.services.runtime import Runtime
from workspace_kernel.services.samples import filled, templates
from workspace_kernel.services.sources import (
    LOCAL_USER,
    Conflict,
    Look,
    Sources,
    is_name,
    missing,
)
from workspace_kernel.services.triggers import Triggers

_OTHER_WAYS: Final = 2
"""Ways to make a panel beside the one that is chosen."""
_AT_ONCE: Final = 32
"""Panels that are taken up together, so that the disk is waited for once for many."""

logger = logging.getLogger(__name__)


class Panels:
    """The panels of one workspace."""

    def __init__(
        self,
        workspace: str,
        sources: Sources,
        database: Database,
        runtime: Runtime,
        triggers: Triggers,
        save_delay: float,
    ) -> None:
        """Take the parts, and the seconds of quiet after which a save is committed."""
        self._workspace = workspace
        self._sources = sources
        self._database = database
        self._runtime = runtime
        self._triggers = triggers
        self._stopped: set[str] = set()
        self._saving = asyncio.Lock()
        """One change of sources at a time: what is compared is what is replaced."""
        self._seen: dict[str, str] = {}
        """What each panel held in the repository when it was last looked at."""
        self.branches = Branches(sources.repository, self._settled)
        self.past = Past(
            workspace,
            sources,
            database,
            runtime.records,
            require=self._row,
            settle=self._settle_now,
        )
        self._later = Debounce(save_delay, self._settle_later)

    # ---- finding and reading

    async def page(self, cursor: str | None, limit: int) -> Page[PanelInfo]:
        """Return panels in the order of their ids."""
        rows = await self._database.read(
            partial(
                repositories.panels, workspace=self._workspace, after=cursor or "", limit=limit + 1
            )
        )
        return page(rows, limit, self._info, lambda row: row.id)

    async def read(self, panel_id: str) -> PanelDocument:
        """Return a panel with its source.

        Raises:
            KernelError: NOT_FOUND.

        """
        async with self._saving:
            await self._catch_up()
            row = await self._row(panel_id)
            source = await self._sources.read(panel_id)
        return PanelDocument(**self._info(row).model_dump(), source=source)

    @contextlib.asynccontextmanager
    async def use(self, panel_id: str) -> AsyncGenerator[RunningPanel]:
        """Yield a panel, started if it does not run; it is not put to sleep meanwhile.

        Raises:
            KernelError: NOT_FOUND; CONFLICT, somebody stopped it; UNAVAILABLE.
            InvalidPanelError: the source has errors.

        """
        self._require_startable(panel_id)
        load = partial(self._sources.read, panel_id)
        running = await self._runtime.open(self._key(panel_id), load)
        if panel_id in self._stopped:  # While it was on its way.
            await self._runtime.close(self._key(panel_id))
            self._require_startable(panel_id)
        with running.hold():
            yield running

    async def start(self, panel_id: str) -> PanelInfo:
        """Run a panel, also one that was stopped, whose triggers then count from now on.

        Raises:
            KernelError: NOT_FOUND, or UNAVAILABLE.
            InvalidPanelError: the source has errors.

        """
        key = self._key(panel_id)
        async with self._saving:
            await self._row(panel_id)
            if panel_id in self._stopped:
                await self._database.write(repositories.mark_stopped(key, None))
                self._stopped.discard(panel_id)
                await self._triggers.arm(key)
        async with self.use(panel_id):
            return self._info(await self._row(panel_id))

    async def stop(self, panel_id: str) -> PanelInfo:
        """Run a panel no more until somebody starts it; what waits in it goes on then.

        Raises:
            KernelError: NOT_FOUND.

        """
        key = self._key(panel_id)
        async with self._saving:
            await self._row(panel_id)
            if panel_id not in self._stopped:
                await self._database.write(repositories.mark_stopped(key, time.time()))
                self._stopped.add(panel_id)
                self._triggers.disarm(key)
            await self._runtime.close(key)
            return self._info(await self._row(panel_id))

    async def triggers(self, panel_id: str) -> Page[TriggerInfo]:
        """Return what runs tools of a panel by itself.

        Raises:
            KernelError: NOT_FOUND.

        """
        await self._row(panel_id)
        return Page(items=await self._triggers.shown(self._key(panel_id)))

    def _require_startable(self, panel_id: str) -> None:
        if panel_id in self._stopped:
            text = f"The panel {panel_id} is stopped; start it first."
            raise KernelError(ErrorCode.CONFLICT, text)

    # ---- making and changing

    async def create(
        self, new: NewPanel, author: Author = LOCAL_USER, *, first_rev: int = 0
    ) -> SavedPanel:
        """Make a panel, whose revisions go on from ``first_rev``.

        Raises:
            KernelError: INVALID_PANEL, CONFLICT when there is one of that name, NOT_FOUND for a
                template or a panel to copy, INVALID_ARGUMENTS.

        """
        draft = await self._drafted(new)
        result = await check(draft.source)
        panel_id = new.id or _name_of(_valid(result))
        async with self._saving:
            await self._catch_up()
            row = await self._known(panel_id)
            if row is not None and row.deleted_at is None:
                raise KernelError(ErrorCode.CONFLICT, f"There is a panel {panel_id!r} already.")
            commit = self._committed(panel_id, draft.source, "Create panel", author)
            return await self._create(panel_id, draft, result, row, commit, first_rev)

    async def _drafted(self, new: NewPanel) -> PanelDraft:
        """Return what a new panel is made from."""
        if [new.source, new.template, new.copy_of].count(None) != _OTHER_WAYS:
            text = "A panel is made of one of source, template and copyOf."
            raise KernelError(ErrorCode.INVALID_ARGUMENTS, text)
        if new.copy_of is not None:
            return await self._copied(new.copy_of, new)
        if new.template is None:
            return PanelDraft(source=new.source or "", state=new.state)
        title = new.title or (new.id or new.template).replace("-", " ").capitalize()
        source = filled(new.template, title)
        if source is None:
            known = ", ".join(templates())
            text = f"There is no template {new.template[:64]!r}; there are {known}."
            raise KernelError(ErrorCode.NOT_FOUND, text)
        return PanelDraft(source=source, state=new.state)

    async def _copied(self, panel_id: str, new: NewPanel) -> PanelDraft:
        """Return what another panel is now; it is not woken for the sake of its state."""
        source = (await self.read(panel_id)).source
        state: dict[str, Json] = {}
        if new.with_state:
            running = self._runtime.running(self._key(panel_id))
            if running is not None:
                state = running.state
            else:
                read = partial(recover, key=self._key(panel_id))
                state = (await self._database.read(read)).state or {}
            tree = _valid(await check(source))
            known: dict[str, StateType] = {each.name: each.type for each in tree.data.states}
            state = {k: v for k, v in state.items() if k in known and fits(v, known[k])}
        return PanelDraft(source=source, state={**state, **(new.state or {})} or None)

    async def save(
        self,
        panel_id: str,
        draft: PanelDraft,
        if_match: str | None,
        author: Author = LOCAL_USER,
    ) -> tuple[SavedPanel, bool]:
        """Store a source and let the running panel go on with it; tells whether it is new.

        It is durable on return, and committed to git when the panel's saves become quiet.

        Raises:
            KernelError: INVALID_PANEL, then the last good source stays; PRECONDITION_FAILED, the
                source is not the one that ``if_match`` names (``*`` means any); CONFLICT, that one
                was put aside because somebody changed the panel in the repository.
            HistoryError: CONFLICT, the panel has an edit in the work tree that nobody committed.

        """
        result = await check(draft.source)
        async with self._saving:
            await self._catch_up()
            row = await self._known(panel_id)
            exists = row is not None and row.deleted_at is None
            await self._require_match(panel_id, row if exists else None, if_match)
            if row is None or not exists:
                commit = self._committed(panel_id, draft.source, "Create panel", author)
                return await self._create(panel_id, draft, result, row, commit), True
            keep = partial(self._keep, panel_id, draft.source, author)
            return await self._change(row, draft, result, keep), False

    async def restore(
        self, panel_id: str, commit: str, if_match: str | None, author: Author = LOCAL_USER
    ) -> SavedPanel:
        """Commit a panel's source as it was at a commit; one that was deleted is made again.

        Raises:
            KernelError: NOT_FOUND, PRECONDITION_FAILED, INVALID_PANEL when it has errors by now.

        """
        if not is_name(panel_id):
            raise missing(panel_id)
        draft = PanelDraft(source=await self._sources.read_at(panel_id, commit))
        result = await check(draft.source)
        async with self._saving:
            await self._catch_up()
            await self._settle(panel_id)
            row = await self._known(panel_id)
            exists = row is not None and row.deleted_at is None
            await self._require_match(panel_id, row if exists else None, if_match)
            store = self._committed(
                panel_id, draft.source, f"Restore {commit[:10]} of panel", author
            )
            if row is None or not exists:
                return await self._create(panel_id, draft, result, row, store)
            return await self._change(row, draft, result, partial(self._store, store))

    async def delete(
        self, panel_id: str, if_match: str | None = None, author: Author = LOCAL_USER
    ) -> None:
        """Delete a panel, its state and its log; its sources stay in the history.

        Raises:
            KernelError: NOT_FOUND, PRECONDITION_FAILED.
            HistoryError: CONFLICT, the panel has an edit in the work tree that nobody committed.

        """
        async with self._saving:
            await self._catch_up()
            await self._settle(panel_id)
            row = await self._row(panel_id)
            await self._require_match(panel_id, row, if_match)
            key = self._key(panel_id)
            commit = self._committed(panel_id, None, "Delete panel", author)
            async with self._triggers.withdrawn(key), commit:
                await self._runtime.discard(key)
                await self._forget(row)
            self._seen.pop(panel_id, None)
            self._stopped.discard(panel_id)

    # ---- the index of sources, and what others do to them

    async def open(self) -> None:
        """Commit what was saved before the kernel ended, and take up what is in git by now."""
        await self._sources.open()
        rows = await self._database.read(partial(repositories.panels, workspace=self._workspace))
        # What is in git as it was when it was last taken up is not read, and not parsed.
        self._seen = {row.id: row.blob or "" for row in rows}
        self._stopped = {row.id for row in rows if row.stopped_at is not None}
        await self.catch_up()
        async with self._saving:
            await self._settle_all()
        for panel_id in self._sources.pending:
            self._later.touch(panel_id)

    async def close(self) -> None:
        """Commit what was saved; what cannot be committed now waits for the next start."""
        await self._later.close()
        async with self._saving:
            await self._settle_all()

    async def catch_up(self) -> None:
        """Take up what others committed to the repository, or edited in its work tree."""
        async with self._saving:
            await self._catch_up()

    async def tidy(self) -> None:
        """Put the repository in order if that is worth it; saves go on meanwhile.

        Raises:
            HistoryError: UNAVAILABLE; nothing is lost.

        """
        await asyncio.to_thread(self._sources.repository.tidy)

    async def install(self, sources: Mapping[str, str], what: str, author: Author) -> None:
        """Take several sources in with one commit."""
        await self._sources.commit(sources, what, author)
        await self.catch_up()

    async def sources(self) -> dict[str, str]:
        """Return the sources of all panels by id, as they are saved."""
        async with self._settled():
            pass
        return {panel_id: await self._sources.read(panel_id) for panel_id in await self.ids()}

    # ---- out of the workspace

    async def ids(self) -> list[str]:
        """Return the ids of all panels, in their order."""
        rows = await self._database.read(partial(repositories.panels, workspace=self._workspace))
        return [row.id for row in rows]

    async def find(self, panel_id: str) -> PanelInfo | None:
        """Return a panel without its source, if it is there."""
        async with self._saving:
            await self._catch_up()
            row = await self._known(panel_id)
        return self._info(row) if row is not None and row.deleted_at is None else None

    async def carried(self, panel_id: str) -> Carried:
        """Return all that a panel is now, to be carried elsewhere; it is not woken for that.

        Raises:
            KernelError: NOT_FOUND.

        """
        found = await self.read(panel_id)
        running = self._runtime.running(self._key(panel_id))
        if running is not None:
            state, rev = running.state, running.rev
        else:
            kept = await self._database.read(partial(recover, key=self._key(panel_id)))
            state, rev = kept.state or {}, kept.rev
        result = await check(found.source)
        if result.ok and result.ast is not None:
            # What fits the source, and its defaults: as when it starts next.
            state = apply_ops(state, carry_over(state, result.ast.data))
        return Carried(panel_id, found.source, found.title, state, rev)

    @contextlib.asynccontextmanager
    async def _settled(self) -> AsyncGenerator[None]:
        """Have every save in the repository meanwhile, and follow what is done to it."""
        async with self._saving:
            await self._catch_up()
            await self._settle_all()
            try:
                yield
            finally:
                try:
                    await self._catch_up()
                except Exception:
                    # What was done to the repository is done; the next look takes it up.
                    logger.exception("Workspace %s could not be looked at", self._workspace)

    async def _catch_up(self) -> None:
        look = await self._sources.look()
        if look is None:
            return
        if waiting := self._to_settle(look):
            for panel_id in waiting:
                await self._settle_all(panel_id)
                self._seen[panel_id] = ""
            look = await self._sources.look() or look
        found = look.sources
        changed = sorted(_differing(found, self._seen) - set(self._sources.pending))
        for first in range(0, len(changed), _AT_ONCE):
            some = changed[first : first + _AT_ONCE]
            outcomes = await asyncio.gather(
                *(self._take_up(each, found.get(each)) for each in some), return_exceptions=True
            )
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome
        self.branches.seen(look.branch)

    async def _take_up(self, panel_id: str, blob: str | None) -> None:
        """Go by what a panel holds in the repository, or by that it is gone."""
        if blob is None:
            await self._withdraw(panel_id)
            del self._seen[panel_id]
        else:
            await self._follow(panel_id, blob)
            self._seen[panel_id] = blob

    def _to_settle(self, look: Look) -> frozenset[str]:
        """Return the panels whose save waits while others are at the same panel, or branch."""
        changed = _differing(look.sources, self._seen)
        return look.left_behind | (changed & set(self._sources.pending))

    async def _follow(self, panel_id: str, blob: str) -> None:
        """Take up a source that changed in the repository."""
        source = await self._sources.read(panel_id)
        result = await check(source)
        row = await self._known(panel_id)
        plan = await self._triggers.plan(self._key(panel_id), result.ast) if result.ok else None
        writes = plan.writes if plan else ()
        if row is None:
            new = self._new_row(panel_id, result, blob)
            await self._database.write(repositories.add_panel(new), *writes)
        elif row.deleted_at is not None or row.source_hash != result.source_hash:
            described = _described(row, result, blob)
            await self._database.write(repositories.change_panel(described), *writes)
            await self._reload(panel_id, source)
        elif row.blob != blob:
            same = row.changed(blob=blob)
            await self._database.write(repositories.change_panel(same), *writes)
        if plan is not None and panel_id not in self._stopped:
            self._triggers.apply(plan)
        if not result.ok and (running := self._runtime.running(self._key(panel_id))) is not None:
            running.report(_broken(result))

    async def _withdraw(self, panel_id: str) -> None:
        """Stop a panel that others removed; its state stays, for the case that it comes back."""
        row = await self._known(panel_id)
        if row is not None and row.deleted_at is None:
            key = self._key(panel_id)
            self._triggers.disarm(key)
            await self._runtime.close(key)
            plan = await self._triggers.plan(key, None)
            gone = row.changed(deleted_at=time.time(), blob=None)
            await self._database.write(repositories.change_panel(gone), *plan.writes)

    async def _forget(self, row: Panel) -> None:
        key = self._key(row.id)
        last_rev = await self._database.read(partial(repositories.last_rev, key=key))
        await self._database.write(*repositories.delete_panel(row, last_rev))

    # ---- from the database into git

    async def _settle_later(self, panel_id: str) -> bool:
        """Commit what was saved of a panel; tells whether it is done."""
        async with self._saving:
            try:
                await self._settle(panel_id)
            except HistoryError as error:
                logger.warning("The save of panel %s waits: %s", panel_id, error)
                return False
        return True

    async def _settle_now(self, panel_id: str | None) -> None:
        """Commit what waits, when nobody changes sources."""
        async with self._saving:
            await self._settle_all(panel_id)

    async def _settle_all(self, panel_id: str | None = None) -> None:
        """Commit what was saved; what cannot be now waits."""
        for each in self._sources.pending:
            if panel_id in (None, each):
                try:
                    await self._settle(each)
                except HistoryError as error:
                    logger.warning("The save of panel %s waits: %s", each, error)

    async def _settle(self, panel_id: str) -> Conflict | None:
        if panel_id not in self._sources.pending:
            return None
        conflict = await self._sources.settle(panel_id)
        self._seen[panel_id] = ""  # Who goes back to what was there before is followed too.
        if conflict is not None:
            await self._give_way(conflict)
        return conflict

    async def _give_way(self, conflict: Conflict) -> None:
        """Go on with what others made of a panel, and say where the save is."""
        running = self._runtime.running(self._key(conflict.panel))
        if running is not None:
            running.report(_put_aside(conflict))
        self._seen[conflict.panel] = ""
        await self._catch_up()

    # ---- steps of a save

    async def _create(
        self,
        panel_id: str,
        draft: PanelDraft,
        result: ParseResult,
        tombstone: Panel | None,
        commit: AbstractAsyncContextManager[None],
        first_rev: int = 0,
    ) -> SavedPanel:
        ast = _valid(result)
        require_state(ast, draft.state or {})
        row = self._new_row(panel_id, result, blob_of(draft.source)).changed(first_rev=first_rev)
        key = self._key(panel_id)
        plan = await self._triggers.plan(key, ast)
        writes: list[Write] = []
        if tombstone is None:
            writes.append(repositories.add_panel(row))
        else:
            # One that others removed has its state still.
            last_rev = await self._database.read(partial(repositories.last_rev, key=key))
            used = last_rev > tombstone.first_rev
            free = last_rev + 1 if used else tombstone.first_rev
            row = row.changed(first_rev=max(free, first_rev))
            writes += [*repositories.clear_panel(key), repositories.change_panel(row)]
            writes.append(repositories.mark_stopped(key, None))
            self._stopped.discard(panel_id)
        if draft.state:
            writes.append(
                repositories.take_snapshot(key, row.first_rev, draft.state, row.created_at)
            )
        async with commit:
            await self._database.write(*writes, *plan.writes)
        self._triggers.apply(plan)
        self._seen[panel_id] = ""
        return self._saved(row, result)

    async def _change(
        self,
        row: Panel,
        draft: PanelDraft,
        result: ParseResult,
        keep: Callable[[Panel, Sequence[Write]], Awaitable[None]],
    ) -> SavedPanel:
        ast = _valid(result)
        require_state(ast, draft.state or {})
        if row.source_hash != result.source_hash:
            row = _described(row, result, blob_of(draft.source))
            plan = await self._triggers.plan(self._key(row.id), ast)
            await keep(row, plan.writes)
            if row.id not in self._stopped:
                self._triggers.apply(plan)
        await self._reload(row.id, draft.source)
        if draft.state:
            async with self.use(row.id) as running:
                await running.replace(draft.state)
        return self._saved(row, result)

    async def _keep(
        self, panel_id: str, source: str, author: Author, row: Panel, also: Sequence[Write]
    ) -> None:
        """Make a save durable, to be committed later; never together with somebody else's."""
        if self._sources.is_by_another(panel_id, author):
            conflict = await self._settle(panel_id)
            if conflict is not None:
                raise _gave_way(await self._sources.both(conflict))
        save = await self._sources.plan(panel_id, source, author)
        await self._sources.store(save, repositories.change_panel(row), *also)
        self._later.touch(panel_id)

    async def _store(
        self, commit: AbstractAsyncContextManager[None], row: Panel, also: Sequence[Write]
    ) -> None:
        """Commit a source at once."""
        async with commit:
            await self._database.write(repositories.change_panel(row), *also)
        self._seen[row.id] = ""

    @contextlib.asynccontextmanager
    async def _committed(
        self, panel_id: str, source: str | None, what: str, author: Author
    ) -> AsyncGenerator[None]:
        """Commit a source, and take it back when what the block writes cannot be kept.

        Who was refused finds all as before; who is killed in between finds it done.
        """
        before = await self._sources.committed(panel_id)
        await self._sources.commit({panel_id: source}, f"{what} {panel_id}", author)
        try:
            yield
        except SQLAlchemyError:
            logger.warning("The database cannot be written: %s %s is taken back", what, panel_id)
            await self._sources.commit({panel_id: before}, f"Take back: {what} {panel_id}", author)
            raise

    async def _reload(self, panel_id: str, source: str) -> None:
        async with self._runtime.steady(self._key(panel_id)) as running:
            if running is not None and not running.broken:
                await running.reload(source)

    async def _require_match(self, panel_id: str, row: Panel | None, if_match: str | None) -> None:
        if if_match is None or (row is not None and if_match in ("*", row.source_hash)):
            return
        lost = await self._sources.lost(panel_id, if_match)
        if lost is not None:
            raise _gave_way(lost)
        raise KernelError(
            ErrorCode.PRECONDITION_FAILED,
            "The panel was changed since it was read."
            if row
            else "There is no such panel any more.",
            {"sourceHash": row.source_hash} if row else None,
        )

    # ---- rows

    async def _known(self, panel_id: str) -> Panel | None:
        if not is_name(panel_id):
            raise missing(panel_id)
        return await self._database.read(partial(repositories.panel, key=self._key(panel_id)))

    async def _row(self, panel_id: str) -> Panel:
        row = await self._known(panel_id)
        if row is None or row.deleted_at is not None:
            raise missing(panel_id)
        return row

    def _new_row(self, panel_id: str, result: ParseResult, blob: str) -> Panel:
        now = time.time()
        row = Panel(
            workspace_id=self._workspace,
            id=panel_id,
            source_hash=result.source_hash,
            created_at=now,
            updated_at=now,
        )
        return _described(row, result, blob)

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
            status=self._status(row),
            problem=row.problem,
        )

    def _status(self, row: Panel) -> PanelStatus:
        if self._runtime.running(self._key(row.id)) is not None:
            return "active"
        if row.id in self._stopped:
            return "stopped"
        if row.problem is not None:
            return "error"
        return "created" if row.started_at is None else "suspended"

    def _saved(self, row: Panel, result: ParseResult) -> SavedPanel:
        return SavedPanel(
            **self._info(row).model_dump(), diagnostics=result.diagnostics, repairs=result.repairs
        )


async def check(source: str) -> ParseResult:
    """Parse a source away from the event loop, for a long one takes long."""
    return await asyncio.to_thread(parse_cached, source)


def _valid(result: ParseResult) -> PanelAst:
    if result.ok and result.ast is not None:
        return result.ast
    raise invalid_panel(result.diagnostics)


def require_state(ast: PanelAst, state: Mapping[str, Json]) -> None:
    """Refuse values that a panel does not declare, or not of that type.

    Raises:
        KernelError: INVALID_ARGUMENTS.

    """
    declared: dict[str, StateType] = {each.name: each.type for each in ast.data.states}
    for name, value in state.items():
        if name not in declared:
            raise KernelError(ErrorCode.INVALID_ARGUMENTS, f"The panel has no state {name!r}.")
        if not fits(value, declared[name]):
            raise KernelError(
                ErrorCode.INVALID_ARGUMENTS, f"The state {name!r} is a {declared[name]}."
            )


def blob_of(source: str) -> str:
    """Return git's name of a source."""
    content = source.encode()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _described(row: Panel, result: ParseResult, blob: str) -> Panel:
    """Return the row as it is with another source; one with errors keeps the old description."""
    changes: dict[str, object] = {
        "source_hash": result.source_hash,
        "updated_at": time.time(),
        "deleted_at": None,
        "blob": blob,
        "problem": None if result.ok else invalid_panel(result.diagnostics).message,
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


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def _broken(result: ParseResult) -> Reported:
    error = invalid_panel(result.diagnostics)
    message = f"The source in the repository cannot run; the last good one goes on. {error.message}"
    details: dict[str, Json] = {"sourceHash": result.source_hash}
    return Reported(ErrorCode.INVALID_PANEL, message, details)


def _gave_way(both: Json) -> KernelError:
    return KernelError(
        ErrorCode.CONFLICT,
        "Others changed the panel in the repository; the save was put on a branch beside theirs.",
        both,
    )


def _put_aside(conflict: Conflict) -> Reported:
    message = (
        f"Others changed panel {conflict.panel} in the repository while a save was on its way "
        f"there. Theirs is what runs; the save is on the branch {conflict.branch}."
    )
    details: dict[str, Json] = {"branch": conflict.branch, "commit": conflict.commit}
    return Reported(ErrorCode.CONFLICT, message, details)


__all__ = ["Panels", "check", "require_state"]
