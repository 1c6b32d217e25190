"""Parse NXML, run its handlers in a sandbox, and own a panel's state: Nexus without a server.

Names load when they are first used, so that checking a panel does not wait for the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nexus_core.errors import InvalidPanelError, NexusError, PanelError
    from nexus_core.notices import Execution
    from nexus_core.panel import Panel
    from nexus_core.panel_tests import run_tests
    from nexus_core.parser import (
        EditResult,
        ParseResult,
        StreamingParser,
        edit,
        format_source,
        generate,
        node_hash,
        parse,
    )
    from nexus_core.recording import Record
    from nexus_core.replaying import replay
    from nexus_core.sandbox import Limits, Sandbox

__all__ = [
    "EditResult",
    "Execution",
    "InvalidPanelError",
    "Limits",
    "NexusError",
    "Panel",
    "PanelError",
    "ParseResult",
    "Record",
    "Sandbox",
    "StreamingParser",
    "edit",
    "format_source",
    "generate",
    "node_hash",
    "parse",
    "replay",
    "run_tests",
]

_HOMES = {
    "EditResult": "parser",
    "Execution": "notices",
    "InvalidPanelError": "errors",
    "Limits": "sandbox",
    "NexusError": "errors",
    "Panel": "panel",
    "PanelError": "errors",
    "ParseResult": "parser",
    "Record": "recording",
    "Sandbox": "sandbox",
    "StreamingParser": "parser",
    "edit": "parser",
    "format_source": "parser",
    "generate": "parser",
    "node_hash": "parser",
    "parse": "parser",
    "replay": "replaying",
    "run_tests": "panel_tests",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"nexus_core.{_HOMES[name]}"), name)
