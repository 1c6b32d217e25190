"""What a panel's declarations say about its state: how it begins and what survives an edit."""

import copy
from collections.abc import Mapping

from nexus_core.state.types import fits
from nexus_protocol import Json
from nexus_protocol.ast import Data
from nexus_protocol.patches import Add, PatchOp, Remove


def initial_state(data: Data) -> dict[str, Json]:
    """Return the state a new panel begins with: every declared default."""
    return {state.name: copy.deepcopy(state.default) for state in data.states}


def carry_over(state: Mapping[str, Json], data: Data) -> tuple[PatchOp, ...]:
    """Return the operations that fit a state to changed declarations.

    A value stays where its name is still declared and its type still fits; what is new, or no
    longer fits, begins with its default; what is no longer declared goes.
    """
    declared = {each.name: each for each in data.states}
    gone = [Remove(path=f"/{name}") for name in state if name not in declared]
    begun = [
        Add(path=f"/{each.name}", value=copy.deepcopy(each.default))
        for each in data.states
        if each.name not in state or not fits(state[each.name], each.type)
    ]
    return (*gone, *begun)
