"""The triggers that wait, and their runs to come, as values and where to find them.

When a trigger runs is the business of ``triggers``; what an event or a change leads to, of
``causes``.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from nexus_protocol import Json
from nexus_protocol.ast import EventTrigger
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.services.declared import Declared


@dataclass(slots=True)
class Run:
    """One run that is asked for."""

    request_id: str
    args: dict[str, Json] | list[Json]
    stored: asyncio.Task[None] | None = None
    """Absent for one that is stored already."""
    inherited: bool = False
    """Whether an earlier kernel asked for it, and may have made it."""


@dataclass(slots=True, eq=False)
class Armed:
    """A trigger that waits, and its runs to come."""

    key: PanelKey
    declared: Declared
    due: float | None
    rest_until: float
    failures: int
    line: deque[Run] = field(default_factory=deque[Run])
    begun: bool = False
    """Whether the first of the line runs."""
    coming: int = 0
    """Runs whose cause is being committed."""
    resting: float | None = None
    """Until when nothing happens but that the clock is waited for."""
    pump: asyncio.Task[None] | None = None
    told_at: float = float("-inf")
    blamed: str | None = None
    """What was told since its newest run began."""

    @property
    def id(self) -> str:
        """What names it on its panel."""
        return self.declared.id

    @property
    def sees_what_comes(self) -> bool:
        """Whether a run is asked for that has surely not begun, and so will see a change too."""
        to_come = islice(self.line, int(self.begun), None)
        return self.coming > 0 or any(not run.inherited for run in to_come)

    @property
    def source(self) -> tuple[str, str, str] | None:
        """The event that it waits for: workspace, panel and name."""
        match self.declared.trigger:
            case EventTrigger(event=event, panel=panel):
                return self.key.workspace, panel or self.key.panel, event
            case _:
                return None


class ArmedTriggers:
    """All triggers that wait, by panel and by event."""

    def __init__(self) -> None:
        self._panels: defaultdict[PanelKey, dict[str, Armed]] = defaultdict(dict)
        self._events: defaultdict[tuple[str, str, str], dict[Armed, None]] = defaultdict(dict)

    def __iter__(self) -> Iterator[Armed]:
        return (armed for of_panel in self._panels.values() for armed in of_panel.values())

    def of_panel(self, key: PanelKey) -> tuple[Armed, ...]:
        """Return the triggers of one panel."""
        return tuple(self._panels.get(key, {}).values())

    def waiting_for(self, key: PanelKey, event: str) -> tuple[Armed, ...]:
        """Return the triggers that an event of a panel runs."""
        return tuple(self._events.get((key.workspace, key.panel, event), ()))

    def get(self, key: PanelKey, trigger: str) -> Armed | None:
        """Return one trigger, if it waits."""
        return self._panels.get(key, {}).get(trigger)

    def add(self, armed: Armed) -> None:
        """Let a trigger wait."""
        self._panels[armed.key][armed.id] = armed
        if armed.source is not None:
            self._events[armed.source][armed] = None

    def remove(self, key: PanelKey, trigger: str) -> Armed | None:
        """Let a trigger wait no more, and return it."""
        armed = self._panels.get(key, {}).pop(trigger, None)
        if armed is not None and not self._panels[key]:
            del self._panels[key]
        if armed is not None and armed.source is not None:
            watchers = self._events[armed.source]
            watchers.pop(armed, None)
            if not watchers:
                del self._events[armed.source]
        return armed


__all__ = ["Armed", "ArmedTriggers", "Run"]
