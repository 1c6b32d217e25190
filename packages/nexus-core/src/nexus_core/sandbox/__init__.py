"""Run handlers where they can do nothing but what they are granted.

JavaScript runs in a WebAssembly module that imports nothing, one fresh instance for each
execution. What is not in its linear memory does not exist for it; what it wants done comes out as
data, and is checked here before anything happens.

Names load when they are first used, so that a worker process has the engine and little else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from nexus_core.sandbox.sandbox import PoolMetrics, Sandbox

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
    "PoolMetrics",
    "Reply",
    "Request",
    "Run",
    "Sandbox",
    "Segment",
    "ToolSource",
    "ViewCommand",
]

_HOMES = {
    "Limits": "limits",
    "Parked": "parked",
    "ParkedError": "parked",
    "PoolMetrics": "sandbox",
    "Run": "run",
    "Sandbox": "sandbox",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"nexus_core.sandbox.{_HOMES.get(name, 'model')}"), name)
