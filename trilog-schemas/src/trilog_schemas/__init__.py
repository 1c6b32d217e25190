"""Model-driven observability: schemas of what there is and what happens, and records that refer.

``anchor``, ``record`` and ``span`` are what the other packages call; ``objects`` and ``processes``
hold what they may be about. Needs the OpenTelemetry API and nothing else.
"""

from trilog_schemas.objects import EXECUTION, PANEL, SESSION, WORKSPACE, ObjectType
from trilog_schemas.processes import HANDLER_EXECUTION, PANEL_LIFECYCLE, Process
from trilog_schemas.recording import anchor, anchored, continuing, record, span, strict
from trilog_schemas.registry import OBJECTS, PROCESSES, SchemaError, Violation, ViolationCode

__all__ = [
    "EXECUTION",
    "HANDLER_EXECUTION",
    "OBJECTS",
    "PANEL",
    "PANEL_LIFECYCLE",
    "PROCESSES",
    "SESSION",
    "WORKSPACE",
    "ObjectType",
    "Process",
    "SchemaError",
    "Violation",
    "ViolationCode",
    "anchor",
    "anchored",
    "continuing",
    "record",
    "span",
    "strict",
]
