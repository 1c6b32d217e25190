"""The branches of a workspace's repository: looked at, made, switched to, merged, deleted, swept.

Saves go to the branch that is checked out. Whether that is another one because somebody asked for
it here or ran stock git beside the kernel makes no difference: it is followed, and told.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from nexus_core.history import Author, Branch, HistoryError, Repository
from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import BranchInfo, CommitInfo, Merge, NewBranch, Page, Switch
from workspace_kernel.services.paging import part
from workspace_kernel.services.sources import CONFLICTS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checkout:
    """Which branch is checked out, and who asked for it where that is known."""

    branch: str | None
    by: str | None = None


class Branches:
    """The branches of one workspace."""

    def __init__(
        self, repository: Repository, settled: Callable[[], AbstractAsyncContextManager[None]]
    ) -> None:
        """Take the repository, and what has every save in it and follows what is done meanwhile."""
        self._repository = repository
        self._settled = settled
        self._asked: Checkout | None = None
        self._followers: set[Callable[[], None]] = set()
        self.checkout: Checkout | None = None
        """As it was last seen; None before it was."""

    def follow(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Have somebody told when another branch was checked out; returns how to end that."""
        self._followers.add(tell)
        return lambda: self._followers.discard(tell)

    def seen(self, branch: str | None) -> None:
        """Take note of what is checked out, once its panels are what is there."""
        before = self.checkout
        if before is not None and before.branch == branch:
            return
        asked, self._asked = self._asked, None
        self.checkout = asked if asked and asked.branch == branch else Checkout(branch)
        if before is not None:
            for tell in tuple(self._followers):
                tell()

    async def page(self, after: str | None, limit: int) -> Page[BranchInfo]:
        """Return the branches by name, those after one."""
        found = await asyncio.to_thread(self._repository.branches)
        return part(map(_info, found), after, limit, lambda branch: branch.name)

    async def create(self, new: NewBranch) -> BranchInfo:
        """Make a branch where another one is, or at a commit.

        Raises:
            HistoryError: INVALID_PATH, NOT_FOUND, CONFLICT when there is one, UNAVAILABLE.

        """
        async with self._settled():
            make = partial(self._repository.create_branch, new.name, new.at)
            head = await asyncio.to_thread(make)
        return BranchInfo(name=new.name, head=head, checked_out=False)

    async def delete(self, name: str, at: Collection[str] | None = None) -> None:
        """Delete a branch, and what only it has; with ``at`` only where it is at one of these.

        Raises:
            HistoryError: INVALID_PATH, NOT_FOUND, PRECONDITION_FAILED when it is elsewhere,
                CONFLICT when it is checked out, UNAVAILABLE.

        """
        await asyncio.to_thread(self._repository.delete_branch, name, at)

    async def merge(self, merge: Merge, author: Author) -> CommitInfo:
        """Bring what a branch has into the one that is checked out; panels go on with it at once.

        Raises:
            KernelError: NOT_FOUND.
            HistoryError: CONFLICT, both changed the same; then nothing is changed. UNAVAILABLE.

        """
        if not any(each.name == merge.branch for each in self._repository.branches(merge.branch)):
            text = f"There is no branch {merge.branch[:100]!r}."
            raise KernelError(ErrorCode.NOT_FOUND, text)
        message = f"Merge branch {merge.branch}"
        async with self._settled():
            bring = partial(self._repository.merge, merge.branch, message=message, author=author)
            sha = await asyncio.to_thread(bring)
        commit = await asyncio.to_thread(self._repository.describe, sha)
        return CommitInfo(
            id=commit.sha,
            message=commit.message,
            author=commit.author.name,
            at=commit.at.timestamp(),
        )

    async def switch(self, switch: Switch, by: str | None = None) -> BranchInfo:
        """Check a branch out, once every save is in the one before; its panels run from then on.

        Who follows is told the name of who asked.

        Raises:
            HistoryError: INVALID_PATH, NOT_FOUND; CONFLICT, something that nobody has committed
                would be overwritten, or a merge is under way; UNAVAILABLE. Nothing is changed.

        """
        async with self._settled():
            head = await asyncio.to_thread(self._repository.switch, switch.branch)
            self._asked = Checkout(switch.branch, by)
        return BranchInfo(name=switch.branch, head=head, checked_out=True)

    async def sweep(self, oldest: float) -> None:
        """Delete saves that were put aside, once they are merged, or older than a moment."""
        for branch in await asyncio.to_thread(self._repository.branches, CONFLICTS):
            try:
                if await asyncio.to_thread(self._is_over, branch, oldest):
                    await self.delete(branch.name)
                    logger.info("The branch %s is swept; it was at %s", branch.name, branch.head)
            except HistoryError as error:
                logger.warning("The branch %s cannot be swept: %s", branch.name, error)

    def _is_over(self, branch: Branch, oldest: float) -> bool:
        if branch.checked_out:
            return False
        commit = self._repository.describe(branch.head)
        return commit.at.timestamp() < oldest or self._repository.has_merged(branch.head)


def _info(branch: Branch) -> BranchInfo:
    return BranchInfo(name=branch.name, head=branch.head, checked_out=branch.checked_out)


__all__ = ["Branches", "Checkout"]
