"""Parse NXML, run its handlers in a sandbox, and own a panel's state: Nexus without a server."""

from nexus_core.errors import InvalidPanelError, NexusError, PanelError
from nexus_core.notices import Execution
from nexus_core.panel import Panel
from nexus_core.parser import ParseResult, format_source, parse
from nexus_core.sandbox import Limits, Sandbox

__all__ = [
    "Execution",
    "InvalidPanelError",
    "Limits",
    "NexusError",
    "Panel",
    "PanelError",
    "ParseResult",
    "Sandbox",
    "format_source",
    "parse",
]
