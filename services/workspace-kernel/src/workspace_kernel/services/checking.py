"""Whether a source may become a panel, and values its state. Nothing is stored here."""

import asyncio
from collections.abc import Mapping

from nexus_core import ParseResult
from nexus_core.parser import parse_cached
from nexus_core.state import fits
from nexus_protocol import ErrorCode, Json, PanelAst
from nexus_protocol.ast import StateType
from workspace_kernel.errors import KernelError, invalid_panel


async def check(source: str) -> ParseResult:
    """Parse a source away from the event loop, for a long one takes long."""
    return await asyncio.to_thread(parse_cached, source)


def valid(result: ParseResult) -> PanelAst:
    """Return the tree of a source.

    Raises:
        KernelError: INVALID_PANEL.

    """
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


__all__ = ["check", "require_state", "valid"]
