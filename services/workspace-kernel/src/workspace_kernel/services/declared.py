"""What the source of a panel declares to run by itself, as values, and the names of its runs.

When a trigger runs is the business of ``triggers``.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from typing import Final, assert_never, cast

from nexus_core.schedules import cron_after, interval_after
from nexus_protocol import Change, Json, Model, PanelAst
from nexus_protocol.ast import (
    ChangeTrigger,
    CronTrigger,
    EventTrigger,
    IntervalTrigger,
    ToolTrigger,
)
from nexus_protocol.strict_json import encode

PREFIX: Final = "trigger:"
"""Begins the request ids of runs; nobody else's may."""
_REQUEST: Final = re.compile(r"trigger:(?P<chain>[0-9]{1,3}):(?P<trigger>[0-9a-f]{16}):.+")
_NAMED: Final = 16


class Declared(Model):
    """A trigger, and what of its tool has to be known without opening the panel."""

    tool: str
    parameters: tuple[str, ...]
    """Names of the tool's arguments."""
    trigger: ToolTrigger

    @property
    def id(self) -> str:
        """What names it on its panel as long as it says the same."""
        said = self.trigger.model_dump(mode="json", exclude={"address", "loc"})
        text = encode({"tool": self.tool, **cast("dict[str, Json]", said)})
        return hashlib.sha256(text.encode()).hexdigest()[:_NAMED]

    def due_after(self, moment: float, due: float | None, least: float) -> float | None:
        """Return when it is due next after a moment; None where that is not a matter of time.

        Args:
            moment: Seconds since the epoch.
            due: When it was due before, with which an interval keeps its step.
            least: Seconds of the shortest interval.

        """
        match self.trigger:
            case IntervalTrigger(seconds=seconds):
                step = max(seconds, int(least))
                return moment + step if due is None else interval_after(step, due, moment)
            case CronTrigger(cron=cron, timezone=timezone):
                return cron_after(cron, timezone, moment)
            case EventTrigger() | ChangeTrigger():
                return None
            case _:
                assert_never(self.trigger)

    def arguments(self, payload: Json) -> dict[str, Json] | list[Json]:
        """Return the arguments of a run, completed by what an event brought."""
        given = self.trigger.args
        if isinstance(given, list) or not isinstance(payload, Mapping):
            return given
        told = {name: payload[name] for name in self.parameters if name in payload}
        return told | given

    def watches(self, change: Change) -> bool:
        """Tell whether a change is one that it waits for: of its path, and not its own."""
        path = self.trigger.path if isinstance(self.trigger, ChangeTrigger) else None
        if path is None or trigger_of(change.cause.id) == self.id:
            return False
        return any(_touches(op.path, path) for op in change.ops)


def declared_in(ast: PanelAst) -> dict[str, Declared]:
    """Return the triggers of a panel by id; what is declared twice alike is one."""
    every = (
        Declared(tool=tool.name, parameters=tuple(arg.name for arg in tool.args), trigger=trigger)
        for tool in ast.logic.tools
        for trigger in tool.triggers
    )
    return {each.id: each for each in every}


# ---- the names of runs


def request_name(chain: int, trigger: str, token: str | None = None) -> str:
    """Return the request id of a run; the same token is the same run."""
    return f"{PREFIX}{chain}:{trigger}:{token or uuid.uuid4().hex}"


def chain_of(request_id: str | None) -> int:
    """Return how many triggers led to a run, one because of the other; 0 for any other request."""
    found = _REQUEST.fullmatch(request_id) if request_id else None
    return int(found["chain"]) if found else 0


def trigger_of(request_id: str | None) -> str | None:
    """Return the trigger that asked for a run; None for any other request."""
    found = _REQUEST.fullmatch(request_id) if request_id else None
    return found["trigger"] if found else None


def _touches(changed: str, watched: str) -> bool:
    return _inside(changed, watched) or _inside(watched, changed)


def _inside(path: str, holder: str) -> bool:
    return path == holder or path.startswith(f"{holder}/")


__all__ = [
    "PREFIX",
    "Declared",
    "chain_of",
    "declared_in",
    "request_name",
    "trigger_of",
]
