"""Which runs the changes and events of panels lead to, and where that has to end.

Nothing happens here: what a commit leads to is found before it is made, so that it is stored in the
same transaction, and ``triggers`` begins the runs when that is done.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from nexus_core.notices import Emitted
from nexus_protocol import Change
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.services.armed import Armed, ArmedTriggers, Run
from workspace_kernel.services.declared import chain_of, request_name

LONGEST_CHAIN: Final = 8
"""Runs of which each asked for the next; one more is refused."""
LONGEST_LINE: Final = 100
"""Events that wait for one trigger; what comes then is passed over."""

_HOOKS: Final = ("mount:", "update:", "error:", "unmount:")
_CIRCLE: Final = (
    f"It was to run after {LONGEST_CHAIN} others of which each led to the next, and was not: "
    "triggers, events and changes go round in a circle."
)
_TOO_MANY: Final = f"More than {LONGEST_LINE} events wait for it; those that come are lost."


@dataclass(slots=True)
class Effects:
    """What one commit leads to."""

    runs: list[tuple[Armed, Run]] = field(default_factory=list[tuple[Armed, Run]])
    refused: list[tuple[Armed, str]] = field(default_factory=list[tuple[Armed, str]])
    """Triggers that do not run, and why."""


class Causes:
    """What leads to runs of the triggers that are armed."""

    def __init__(self, armed: ArmedTriggers) -> None:
        self._armed = armed
        self._chains: dict[PanelKey, int] = {}
        """How many triggers led to the newest change of a panel that no lifecycle made."""

    def effects(self, key: PanelKey, change: Change | None, events: Sequence[Emitted]) -> Effects:
        """Return what a commit of a panel will lead to."""
        effects = Effects()
        if change is not None:
            self._of_change(key, change, effects)
        asked: Counter[Armed] = Counter()
        for event in events:
            chain = self._chain(key, event.execution_id) + 1
            for armed in self._armed.waiting_for(key, event.name):
                if chain > LONGEST_CHAIN:
                    effects.refused.append((armed, _CIRCLE))
                elif len(armed.line) + armed.coming + asked[armed] >= LONGEST_LINE:
                    effects.refused.append((armed, _TOO_MANY))
                else:
                    asked[armed] += 1
                    run = Run(
                        request_name(chain, armed.id), armed.declared.arguments(event.payload)
                    )
                    effects.runs.append((armed, run))
        return effects

    def committed(self, key: PanelKey, change: Change) -> None:
        """Take note that a change was made."""
        if change.cause.kind != "lifecycle":
            chain = self._chain(key, change.cause.id)
            self._chains.pop(key, None)
            if chain:
                self._chains[key] = chain

    def forget(self, key: PanelKey) -> None:
        """Let go of what is known of a panel."""
        self._chains.pop(key, None)

    def _of_change(self, key: PanelKey, change: Change, effects: Effects) -> None:
        chain = self._chain(key, change.cause.id) + 1
        for armed in self._armed.of_panel(key):
            if not armed.declared.watches(change) or armed.sees_what_comes:
                continue
            if chain > LONGEST_CHAIN:
                effects.refused.append((armed, _CIRCLE))
            else:
                name = request_name(chain, armed.id, str(change.rev))
                effects.runs.append((armed, Run(name, armed.declared.arguments(None))))

    def _chain(self, key: PanelKey, execution: str | None) -> int:
        """Return how many triggers led to an execution.

        A lifecycle handler runs because of a change, and so counts as what made the newest.
        """
        if execution is not None and execution.startswith(_HOOKS):
            return self._chains.get(key, 0)
        return chain_of(execution)


__all__ = ["LONGEST_CHAIN", "LONGEST_LINE", "Causes", "Effects"]
