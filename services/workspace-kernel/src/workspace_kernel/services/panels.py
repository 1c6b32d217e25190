"""The panels of one workspace: found, made, saved, deleted, opened.

What is committed to git exists; the database holds an index of it and everything that moves. A save
goes to the database, at once to the running panel, and a moment later to git; what others commit or
edit there is taken up like a save. No HTTP here.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from nexus_core import ParseResult
from nexus_core.changes import apply_ops
from nexus_core.history import Author
from nexus_core.state import carry_over, fits
from nexus_protocol import ErrorCode, Json
from nexus_protocol.ast import StateType
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
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
from workspace_kernel.services.checking import check, require_state, valid
from workspace_kernel.services.following import Following
from workspace_kernel.services.index import PanelIndex, blob_of, described, name_of
from workspace_kernel.services.journal import recover
from workspace_kernel.services.paging import page
from workspace_kernel.services.past import Past
from workspace_kernel.services.running import RunningPanel
from workspace_kernel.services.runtime import Runtime
from workspace_kernel.services.samples import filled, templates
from workspace_kernel.services.saves import Saves
from workspace_kernel.services.sources import LOCAL_USER, Sources, is_name, missing
from workspace_kernel.services.triggers import Triggers

_OTHER_WAYS: Final = 2
"""Ways to make a panel beside the one that is chosen."""

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
        self._index = PanelIndex(workspace, database)
        self._git = Following(self._index, sources, database, runtime, triggers, save_delay)
        self._saves = Saves(sources, database, self._git)
        self.branches = self._git.branches
        self.past = Past(
            workspace,
            sources,
            database,
            runtime.records,
            require=self._index.require,
            settle=self._git.settle_now,
        )

    # ---- finding and reading

    async def page(self, cursor: str | None, limit: int) -> Page[PanelInfo]:
        """Return panels in the order of their ids."""
        rows = await self._index.some(cursor or "", limit + 1)
        return page(rows, limit, self._info, lambda row: row.id)

    async def read(self, panel_id: str) -> PanelDocument:
        """Return a panel with its source.

        Raises:
            KernelError: NOT_FOUND.

        """
        async with self._git.turn:
            await self._git.catch_up()
            row = await self._index.require(panel_id)
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
        running = await self._runtime.open(self._index.key(panel_id), load)
        if self._index.is_stopped(panel_id):  # While it was on its way.
            await self._runtime.close(self._index.key(panel_id))
            self._require_startable(panel_id)
        with running.hold():
            yield running

    async def start(self, panel_id: str) -> PanelInfo:
        """Run a panel, also one that was stopped, whose triggers then count from now on.

        Raises:
            KernelError: NOT_FOUND, or UNAVAILABLE.
            InvalidPanelError: the source has errors.

        """
        key = self._index.key(panel_id)
        async with self._git.turn:
            await self._index.require(panel_id)
            if self._index.is_stopped(panel_id):
                await self._index.start(panel_id)
                await self._triggers.arm(key)
        async with self.use(panel_id):
            return self._info(await self._index.require(panel_id))

    async def stop(self, panel_id: str) -> PanelInfo:
        """Run a panel no more until somebody starts it; what waits in it goes on then.

        Raises:
            KernelError: NOT_FOUND.

        """
        key = self._index.key(panel_id)
        async with self._git.turn:
            await self._index.require(panel_id)
            if not self._index.is_stopped(panel_id):
                await self._index.stop(panel_id)
                self._triggers.disarm(key)
            await self._runtime.close(key)
            return self._info(await self._index.require(panel_id))

    async def triggers(self, panel_id: str) -> Page[TriggerInfo]:
        """Return what runs tools of a panel by itself.

        Raises:
            KernelError: NOT_FOUND.

        """
        await self._index.require(panel_id)
        return Page(items=await self._triggers.shown(self._index.key(panel_id)))

    def _require_startable(self, panel_id: str) -> None:
        if self._index.is_stopped(panel_id):
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
        panel_id = new.id or name_of(valid(result))
        async with self._git.turn:
            await self._git.catch_up()
            row = await self._index.known(panel_id)
            if row is not None and row.deleted_at is None:
                raise KernelError(ErrorCode.CONFLICT, f"There is a panel {panel_id!r} already.")
            commit = self._saves.committed(panel_id, draft.source, "Create panel", author)
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
            state, _ = await self._present(panel_id)
            tree = valid(await check(source))
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
        async with self._git.turn:
            await self._git.catch_up()
            row = await self._index.known(panel_id)
            exists = row is not None and row.deleted_at is None
            await self._saves.require_match(panel_id, row if exists else None, if_match)
            if row is None or not exists:
                commit = self._saves.committed(panel_id, draft.source, "Create panel", author)
                return await self._create(panel_id, draft, result, row, commit), True
            keep = partial(self._saves.keep, panel_id, draft.source, author)
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
        async with self._git.turn:
            await self._git.catch_up()
            await self._git.settle(panel_id)
            row = await self._index.known(panel_id)
            exists = row is not None and row.deleted_at is None
            await self._saves.require_match(panel_id, row if exists else None, if_match)
            store = self._saves.committed(
                panel_id, draft.source, f"Restore {commit[:10]} of panel", author
            )
            if row is None or not exists:
                return await self._create(panel_id, draft, result, row, store)
            return await self._change(row, draft, result, partial(self._saves.store, store))

    async def delete(
        self, panel_id: str, if_match: str | None = None, author: Author = LOCAL_USER
    ) -> None:
        """Delete a panel, its state and its log; its sources stay in the history.

        Raises:
            KernelError: NOT_FOUND, PRECONDITION_FAILED.
            HistoryError: CONFLICT, the panel has an edit in the work tree that nobody committed.

        """
        async with self._git.turn:
            await self._git.catch_up()
            await self._git.settle(panel_id)
            row = await self._index.require(panel_id)
            await self._saves.require_match(panel_id, row, if_match)
            key = self._index.key(panel_id)
            commit = self._saves.committed(panel_id, None, "Delete panel", author)
            async with self._triggers.withdrawn(key), commit, self._runtime.discarded(key):
                last_rev = await self._index.last_rev(panel_id)
                await self._database.write(*repositories.delete_panel(row, last_rev))
            self._git.forget(panel_id)
            self._index.forget(panel_id)

    # ---- git

    async def open(self) -> None:
        """Commit what was saved before the kernel ended, and take up what is in git by now."""
        await self._git.open()

    async def close(self) -> None:
        """Commit what was saved; what cannot be committed now waits for the next start."""
        await self._git.close()

    async def catch_up(self) -> None:
        """Take up what others committed to the repository, or edited in its work tree."""
        async with self._git.turn:
            await self._git.catch_up()

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
        async with self._git.settled():
            pass
        return {panel_id: await self._sources.read(panel_id) for panel_id in await self.ids()}

    # ---- out of the workspace

    async def ids(self) -> list[str]:
        """Return the ids of all panels, in their order."""
        return [row.id for row in await self._index.all()]

    async def find(self, panel_id: str) -> PanelInfo | None:
        """Return a panel without its source, if it is there."""
        async with self._git.turn:
            await self._git.catch_up()
            row = await self._index.known(panel_id)
        return self._info(row) if row is not None and row.deleted_at is None else None

    async def carried(self, panel_id: str) -> Carried:
        """Return all that a panel is now, to be carried elsewhere; it is not woken for that.

        Raises:
            KernelError: NOT_FOUND.

        """
        found = await self.read(panel_id)
        state, rev = await self._present(panel_id)
        result = await check(found.source)
        if result.ok and result.ast is not None:
            # What fits the source, and its defaults: as when it starts next.
            state = apply_ops(state, carry_over(state, result.ast.data))
        return Carried(panel_id, found.source, found.title, state, rev)

    async def _present(self, panel_id: str) -> tuple[dict[str, Json], int]:
        """Return the state of a panel and its revision, whether it runs or not."""
        key = self._index.key(panel_id)
        if (running := self._runtime.running(key)) is not None:
            return running.state, running.rev
        kept = await self._database.read(partial(recover, key=key))
        return kept.state or {}, kept.rev

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
        ast = valid(result)
        require_state(ast, draft.state or {})
        row = self._index.new_row(panel_id, result, blob_of(draft.source)).changed(
            first_rev=first_rev
        )
        key = self._index.key(panel_id)
        plan = await self._triggers.plan(key, ast)
        writes: list[Write] = []
        if tombstone is None:
            writes.append(repositories.add_panel(row))
        else:
            # One that others removed has its state still.
            last_rev = await self._index.last_rev(panel_id)
            used = last_rev > tombstone.first_rev
            free = last_rev + 1 if used else tombstone.first_rev
            row = row.changed(first_rev=max(free, first_rev))
            writes += [*repositories.clear_panel(key), repositories.change_panel(row)]
            writes.append(repositories.mark_stopped(key, None))
            self._index.forget(panel_id)
        if draft.state:
            writes.append(
                repositories.take_snapshot(key, row.first_rev, draft.state, row.created_at)
            )
        async with commit:
            await self._database.write(*writes, *plan.writes)
        self._triggers.apply(plan)
        self._git.look_again(panel_id)
        return self._saved(row, result)

    async def _change(
        self,
        row: Panel,
        draft: PanelDraft,
        result: ParseResult,
        keep: Callable[[Panel, Sequence[Write]], Awaitable[None]],
    ) -> SavedPanel:
        ast = valid(result)
        require_state(ast, draft.state or {})
        if row.source_hash != result.source_hash:
            row = described(row, result, blob_of(draft.source))
            plan = await self._triggers.plan(self._index.key(row.id), ast)
            await keep(row, plan.writes)
            if not self._index.is_stopped(row.id):
                self._triggers.apply(plan)
        await self._runtime.reload(self._index.key(row.id), draft.source)
        if draft.state:
            async with self.use(row.id) as running:
                await running.replace(draft.state)
        return self._saved(row, result)

    # ---- rows

    def _info(self, row: Panel) -> PanelInfo:
        return PanelInfo(
            id=row.id,
            title=row.title or row.id,
            description=row.description,
            icon=row.icon,
            source_hash=row.source_hash,
            created_at=row.created_at,
            updated_at=row.updated_at,
            running=self._runtime.running(self._index.key(row.id)) is not None,
            status=self._status(row),
            problem=row.problem,
        )

    def _status(self, row: Panel) -> PanelStatus:
        if self._runtime.running(self._index.key(row.id)) is not None:
            return "active"
        if self._index.is_stopped(row.id):
            return "stopped"
        if row.problem is not None:
            return "error"
        return "created" if row.started_at is None else "suspended"

    def _saved(self, row: Panel, result: ParseResult) -> SavedPanel:
        return SavedPanel(
            **self._info(row).model_dump(), diagnostics=result.diagnostics, repairs=result.repairs
        )


__all__ = ["Panels"]
