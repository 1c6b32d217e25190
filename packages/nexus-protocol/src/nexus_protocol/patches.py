"""Changes of a panel's state as data: RFC 6902 in the one subset that Nexus uses.

``add`` upserts in objects and inserts in lists; ``move`` stays within one list. A path is a JSON
pointer (RFC 6901). Applying and inverting them is ``nexus_core.state``'s business.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from nexus_protocol._model import Json, Maybe, Model


class Add(Model):
    """Set a member of an object, or insert before a position of a list (``-`` appends)."""

    op: Literal["add"] = "add"
    path: str
    value: Json


class Remove(Model):
    """Take a member of an object or an item of a list away."""

    op: Literal["remove"] = "remove"
    path: str


class Replace(Model):
    """Put another value where one is; the empty path replaces the whole state."""

    op: Literal["replace"] = "replace"
    path: str
    value: Json


class Move(Model):
    """Take the item at ``from`` out of its list and insert it at ``path`` of the same list."""

    op: Literal["move"] = "move"
    from_: str = Field(validation_alias="from", serialization_alias="from")
    path: str


PatchOp: TypeAlias = Annotated[Add | Remove | Replace | Move, Field(discriminator="op")]


class Cause(Model):
    """Why the state changed."""

    kind: Literal["execution", "binding", "lifecycle", "reload", "undo", "proposal"]
    id: Maybe[str] = None
    """The request or execution that made the change."""
    tool: Maybe[str] = None
    trigger: Maybe[str] = None
    """The address of the trigger that ran the tool, such as ``Logic/Tool[add]/Trigger[0]``."""
    user: Maybe[str] = None
    trace: Maybe[str] = None
    undoes: Maybe[tuple[int, ...]] = None
    """The revisions that an undo takes back, newest first."""


class Change(Model):
    """One committed change set: it takes the state from ``base_rev`` to ``rev``."""

    rev: int
    base_rev: int
    ops: tuple[PatchOp, ...]
    cause: Cause
    at: float
    """Seconds since the epoch, UTC."""


__all__ = ["Add", "Cause", "Change", "Move", "PatchOp", "Remove", "Replace"]
