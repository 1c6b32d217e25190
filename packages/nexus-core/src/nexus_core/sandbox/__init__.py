"""Run handlers where they can do nothing but what they are granted.

JavaScript runs in a WebAssembly module that imports nothing, one fresh instance for each
execution. What is not in its linear memory does not exist for it; what it wants done comes out as
data, and is checked here before anything happens.
"""

from nexus_core.sandbox.limits import Limits
from nexus_core.sandbox.model import (
    ArgSource,
    Event,
    Job,
    Log,
    Metrics,
    Outcome,
    Reply,
    Request,
    Segment,
    ToolSource,
    ViewCommand,
)
from nexus_core.sandbox.parked import Parked, ParkedError
from nexus_core.sandbox.run import Run
from nexus_core.sandbox.sandbox import Sandbox

__all__ = [
    "ArgSource",
    "Event",
    "Job",
    "Limits",
    "Log",
    "Metrics",
    "Outcome",
    "Parked",
    "ParkedError",
    "Reply",
    "Request",
    "Run",
    "Sandbox",
    "Segment",
    "ToolSource",
    "ViewCommand",
]
