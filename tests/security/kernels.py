"""Drive the corpus through a real kernel: a process of its own, panels, TRIGGERs over a WebSocket.

A case becomes a panel's tool. What the parser refuses never runs, which is the first defence and
counted; the rest must end as the case may, and the control panel must answer exactly after it.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from security import corpus
from serving import Kernel

from nexus_core.parser import parse
from workspace_kernel.settings import Settings
from workspace_kernel.testing import WireClient, wire

MEMORY = 8 << 20
_CONTROL = "controls"
_numbers = itertools.count()


def runnable(source: str) -> bool:
    """Tell whether the parser lets a panel run."""
    return parse(source).ok


def controls() -> tuple[corpus.Case, ...]:
    """Return the controls that a panel may hold."""
    return tuple(each for each in corpus.controls() if runnable(corpus.panel_of(each)))


def _control_panel() -> str:
    tools = "".join(
        f'<Tool name="{_tool_name(each)}"><Handler><![CDATA[{each.code}]]></Handler></Tool>'
        for each in controls()
    )
    return (
        '<NexusPanel><Data><State name="count" type="any"/></Data>'
        f"<Logic>{tools}</Logic></NexusPanel>"
    )


def _tool_name(case: corpus.Case) -> str:
    return case.id.replace("/", "_").replace("-", "_")


class Target:
    """A kernel under attack."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._settings = Settings(data=kernel.data, port=kernel.port)

    @classmethod
    @contextmanager
    def start(cls, data: Path, **settings: str) -> "Generator[Target]":
        """Run a kernel meanwhile, with the control panel in it."""
        memory = {"NEXUS_SANDBOX_MEMORY_BYTES": str(MEMORY), "NEXUS_DEMO": "false"}
        with Kernel(data, **memory, **settings) as kernel:
            kernel.create_panel(_CONTROL, _control_panel())
            yield cls(kernel)

    @property
    def pid(self) -> int:
        """The kernel's process."""
        return self._kernel.pid

    @property
    def port(self) -> int:
        """Where it listens on the loopback interface."""
        return self._kernel.port

    def create(self, panel_id: str, source: str) -> None:
        """Add a panel."""
        self._kernel.create_panel(panel_id, source)

    def health(self) -> object:
        """Return what the kernel says of itself."""
        return self._kernel.get("/health")

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[WireClient]:
        """Open a WebSocket to the workspace; it takes as much as the kernel sends."""
        async with wire(self._settings, max_size=None) as client:
            yield client

    async def attack(self, cases: Iterable[corpus.Case], *, at_once: int = 1) -> list[str]:
        """Trigger cases, so many at once, then a control; return what is amiss."""
        found: list[str] = []
        given = list(cases)
        for start in range(0, len(given), at_once):
            batch = given[start : start + at_once]
            found += itertools.chain(
                *await asyncio.gather(*(self._one(case, at_once) for case in batch))
            )
            found += await self.check(start)
        return found

    async def _one(self, case: corpus.Case, at_once: int) -> list[str]:
        panel_id = f"attack-{next(_numbers)}"
        await asyncio.to_thread(self.create, panel_id, corpus.panel_of(case))
        async with self.connect() as client:
            result = await client.trigger(panel_id, "attack", dict(case.args), _request_id())
        # A panel refuses undeclared state, its memory is the operator's, and neighbours slow it.
        more = {"CONFLICT", "PERMISSION_DENIED", "MEMORY_LIMIT"}
        late = {"TIMEOUT"} if at_once > 1 else set[str]()
        return [*filter(None, [_amiss(case, result, more | late)])]

    async def check(self, number: int) -> list[str]:
        """Run one of the controls; return what is amiss."""
        known = controls()
        control = known[number % len(known)]
        async with self.connect() as client:
            result = await client.trigger(_CONTROL, _tool_name(control), None, _request_id())
        return [*filter(None, [_amiss(control, result, set())])]


def _request_id() -> str:
    """A key under which nothing was asked before."""
    return f"r{next(_numbers)}"


def _amiss(case: corpus.Case, result: dict[str, Any], more: set[str]) -> str | None:
    code = "ok" if result["ok"] else result["error"]["code"]
    if code not in case.outcomes | more:
        return f"{case.id} ended as {code}, not {'|'.join(sorted(case.outcomes))}: {result}"[:500]
    if code == "ok" and case.exact and result.get("value") != case.value:
        if case.id == "control/state-inc":  # it counts, and the panel's state stays
            return None
        return f"{case.id} gave {result.get('value')!r}, not {case.value!r}"
    return None
