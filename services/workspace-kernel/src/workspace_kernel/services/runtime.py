"""Which panels run: opened on first use, restarted after a failed write, closed for others' sake.

The runtime decides when a panel starts and stops. What it runs, and what it is asked, is the
business of ``panels`` and ``running``.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final
from weakref import WeakValueDictionary

from nexus_protocol import ErrorCode
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.errors import KernelError
from workspace_kernel.services.records import Records
from workspace_kernel.services.running import RunningPanel
from workspace_kernel.services.shared import Shared

_LOOKS: Final = 4
"""How often a panel is looked at in the time after which it sleeps."""

LoadSource = Callable[[], Awaitable[str]]


class Runtime:
    """The running panels of a kernel."""

    def __init__(self, shared: Shared, max_panels: int, idle_seconds: float) -> None:
        """Take how many panels may run, and the seconds after which an idle one sleeps."""
        self._shared = shared
        self._max_panels = max_panels
        self._idle_seconds = idle_seconds
        self._panels: dict[PanelKey, RunningPanel] = {}
        self._locks: WeakValueDictionary[PanelKey, asyncio.Lock] = WeakValueDictionary()
        """Those that somebody holds or waits for: anybody may ask for panels that are not there."""
        self._starting = 0
        self._draining = False

    @property
    def records(self) -> Records:
        """What runs executions again."""
        return self._shared.records

    def running(self, key: PanelKey) -> RunningPanel | None:
        """Return a panel if it runs."""
        return self._panels.get(key)

    async def open(self, key: PanelKey, load_source: LoadSource) -> RunningPanel:
        """Return a panel, started if it does not run.

        Raises:
            KernelError: NOT_FOUND from ``load_source``; UNAVAILABLE, too many panels run.
            InvalidPanelError: the source has errors.

        """
        running = self._panels.get(key)
        if running is not None and not running.broken:
            return running
        async with self._lock(key):
            return await self._open(key, load_source)

    async def close(self, key: PanelKey) -> None:
        """Stop a panel if it runs, or begins to; what waits in it goes on when it starts again."""
        async with self.closed(key):
            pass

    @contextlib.asynccontextmanager
    async def discarded(self, key: PanelKey) -> AsyncGenerator[None]:
        """Keep a panel that is being deleted stopped meanwhile, and end what waits in it."""
        async with self.closed(key, leave=False):
            self._shared.allowance.forget(key)
            yield

    @contextlib.asynccontextmanager
    async def closed(self, key: PanelKey, *, leave: bool = True) -> AsyncGenerator[None]:
        """Keep a panel stopped meanwhile; who followed it hears of that when all is done."""
        async with self._lock(key):
            running = self._panels.get(key)
            if running is not None:
                await self._halt(running, leave=leave)
            try:
                yield
            finally:
                if running is not None:
                    running.say_stopped()

    async def put_to_sleep(self) -> None:
        """Put panels to sleep once nobody has used them for a while; for ever."""
        clock = self._shared.clock
        while True:
            await self.sleep_idle()
            await clock.wait_until(clock.now() + self._idle_seconds / _LOOKS)

    async def sleep_idle(self) -> None:
        """Put the panels to sleep that nobody has used for long enough."""
        latest = self._shared.clock.now() - self._idle_seconds
        for key in [each.key for each in self._panels.values() if each.used_at <= latest]:
            await self._sleep(key, latest)

    async def _sleep(self, key: PanelKey, latest: float) -> None:
        async with self._lock(key):
            running = self._panels.get(key)
            if running is not None and running.idle and running.used_at <= latest:
                await self._halt(running, leave=True)
                running.say_stopped()

    @contextlib.asynccontextmanager
    async def steady(self, key: PanelKey) -> AsyncGenerator[RunningPanel | None]:
        """Keep a panel from being started or stopped meanwhile; yields it if it runs."""
        async with self._lock(key):
            yield self._panels.get(key)

    async def reload(self, key: PanelKey, source: str) -> None:
        """Let a panel that runs go on with another source."""
        async with self.steady(key) as running:
            if running is not None and not running.broken:
                await running.reload(source)

    async def stop(self, drain_seconds: float) -> None:
        """Take nothing in any more, let what runs come to its end, then stop all panels."""
        self._draining = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(drain_seconds):
                await asyncio.gather(*(each.drain() for each in self._panels.values()))
        await asyncio.gather(*(self.close(key) for key in tuple(self._panels)))

    def _lock(self, key: PanelKey) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    async def _open(self, key: PanelKey, load_source: LoadSource) -> RunningPanel:
        if self._draining:
            raise KernelError(ErrorCode.UNAVAILABLE, "The kernel is stopping.")
        running = self._panels.get(key)
        if running is None:
            return await self._start(key, await load_source())
        if running.broken:
            await running.restart(await load_source())
        return running

    async def _start(self, key: PanelKey, source: str) -> RunningPanel:
        await self._make_room()
        self._starting += 1
        try:
            running = await RunningPanel.start(key, source, self._shared)
        finally:
            self._starting -= 1
        self._panels[key] = running
        self._shared.telemetry.panels.set(len(self._panels))
        return running

    async def _make_room(self) -> None:
        """Stop the panel that has been idle longest, when there are as many as there may be."""
        while len(self._panels) + self._starting >= self._max_panels:
            idle = [panel for panel in self._panels.values() if panel.idle]
            if not idle:
                raise KernelError(
                    ErrorCode.UNAVAILABLE,
                    f"{self._max_panels} panels run and all are in use; see the setting "
                    "max_panels.",
                )
            await self._sleep(min(idle, key=lambda panel: panel.used_at).key, math.inf)

    async def _halt(self, running: RunningPanel, *, leave: bool) -> None:
        # Out of the way first: who asks for it meanwhile waits, and has it started again.
        self._panels.pop(running.key, None)
        self._shared.telemetry.panels.set(len(self._panels))
        await running.stop(leave=leave)


__all__ = ["LoadSource", "Runtime"]
