"""The verbs: what happens to objects, and the phases that it goes through.

A process is one trace; a phase is recorded when it begins. Which phase follows which is the
business of the code that runs the process.
"""

from dataclasses import dataclass

from trilog_schemas.fields import Field, Kind


@dataclass(frozen=True, slots=True)
class Process:
    """A kind of process, its phases in the order of a run, and the fields of its records."""

    name: str
    doc: str
    phases: tuple[str, ...]
    fields: tuple[Field, ...] = ()


PANEL_LIFECYCLE = Process(
    "PanelLifecycle",
    "A panel from its creation to the archive.",
    (
        "created",
        "parsing",
        "validating",
        "initialising",
        "active",
        "suspended",
        "stopped",
        "archived",
        "error",
    ),
    (
        Field("rev", Kind.INTEGER, "The revision of the panel's state."),
        Field("diagnostics", Kind.INTEGER, "How many diagnostics the source has."),
        Field("error_code", Kind.STRING, "Why it is in error."),
    ),
)

HANDLER_EXECUTION = Process(
    "HandlerExecution",
    "A handler from its start, over its suspensions, to its end.",
    ("started", "suspended", "resumed", "succeeded", "failed", "cancelled"),
    (
        Field("tool", Kind.STRING, "The tool or lifecycle event whose handler runs."),
        Field("awaiting", Kind.STRING, "The extension call that it is suspended on."),
        Field("error_code", Kind.STRING, "Why it failed."),
        Field("duration_ms", Kind.NUMBER, "Wall time in milliseconds."),
        Field("cpu_ms", Kind.NUMBER, "Time inside the sandbox in milliseconds."),
        Field("peak_memory_bytes", Kind.INTEGER, "The most memory that the instance held."),
        Field("host_calls", Kind.INTEGER, "Calls from the guest to the host."),
        Field("segments", Kind.INTEGER, "Parts between suspensions that were run."),
        Field("operations", Kind.INTEGER, "Patch operations that were committed."),
        Field("rev", Kind.INTEGER, "The revision of the state that it left."),
    ),
)

__all__ = ["HANDLER_EXECUTION", "PANEL_LIFECYCLE", "Process"]
