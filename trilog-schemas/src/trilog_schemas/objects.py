"""The nouns: what telemetry can be about.

An object has an identity that outlives any one process: it is anchored (see ``recording``), and
from then on every fingerprint says that it belongs to it.
"""

from dataclasses import dataclass

from trilog_schemas.fields import Field, Kind


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of object and the fields that describe one."""

    name: str
    doc: str
    fields: tuple[Field, ...] = ()


WORKSPACE = ObjectType("Workspace", "A git repository of panels, and what runs of it.")

PANEL = ObjectType(
    "Panel",
    "A panel that is open: its source, its state and the one actor that owns them.",
    (
        Field("workspace_id", Kind.STRING, "The workspace that it belongs to."),
        Field("source_hash", Kind.STRING, "SHA-256 of the source that runs."),
    ),
)

EXECUTION = ObjectType(
    "Execution",
    "One run of a tool or a lifecycle handler, from its trigger to its answer.",
    (
        Field("panel_id", Kind.STRING, "The panel whose handler it runs."),
        Field(
            "cause",
            Kind.STRING,
            "What set it off.",
            choices=("trigger", "rest", "resume", "lifecycle", "headless"),
        ),
        Field("user", Kind.STRING, "Id of the account that asked, where people log in."),
    ),
)

SESSION = ObjectType(
    "Session",
    "One connection of a client, from its handshake to its close.",
    (Field("workspace_id", Kind.STRING, "The workspace that it looks at."),),
)

__all__ = ["EXECUTION", "PANEL", "SESSION", "WORKSPACE", "ObjectType"]
