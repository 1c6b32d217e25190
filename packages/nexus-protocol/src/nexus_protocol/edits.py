"""Operations on the nodes of a panel's source, as editors and language models send them.

A node is named by its address in the source as it is before the batch, with the hash that it had
when the operation was written (``nexus_core.node_hash``), so that a change by somebody else in
between is noticed and nothing is guessed. How an operation is applied is the business of
``nexus_core.edit``.
"""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from nexus_protocol._model import Maybe, Model
from nexus_protocol.ast import LiteralValue

Address = Annotated[str, Field(max_length=4096)]
"""``#id``, a path such as ``Layout/Form[0]/Input[email]``, or ``Data/State[name]``."""
NodeHash = Annotated[str, Field(max_length=64)]
Nxml = Annotated[str, Field(max_length=1 << 20)]


# ---- where


class Inside(Model):
    """Among the children of a node."""

    parent: Address
    index: Maybe[Annotated[int, Field(ge=0)]] = None
    """How many children, as they are before the batch, come first; absent for the end."""
    hash: NodeHash
    """Of the parent."""


class Before(Model):
    """Directly before a node."""

    before: Address
    hash: NodeHash
    """Of that node."""


class After(Model):
    """Directly after a node."""

    after: Address
    hash: NodeHash
    """Of that node."""


Place: TypeAlias = Inside | Before | After


# ---- what


class WrittenValue(Model):
    """A value as an author writes it between the quotes: ``{…}`` is an expression."""

    kind: Literal["written"] = "written"
    text: Annotated[str, Field(max_length=1 << 20)]


class SetAttribute(Model):
    """Set one attribute of a node, or remove it."""

    type: Literal["Set"] = "Set"
    address: Address
    hash: NodeHash
    name: Annotated[str, Field(min_length=1, max_length=256)]
    value: Maybe[Annotated[LiteralValue | WrittenValue, Field(discriminator="kind")]] = None
    """A literal is meant as it is, its braces and quotes too; absent, the attribute goes."""


class InsertNodes(Model):
    """Put one or several nodes, written as NXML, into a place."""

    type: Literal["Insert"] = "Insert"
    place: Place
    nxml: Nxml


class RemoveNode(Model):
    """Remove a node with everything in it."""

    type: Literal["Remove"] = "Remove"
    address: Address
    hash: NodeHash


class MoveNode(Model):
    """Move a node with everything in it to another place."""

    type: Literal["Move"] = "Move"
    address: Address
    hash: NodeHash
    place: Place


class ReplaceNode(Model):
    """Put a node, written as NXML, in place of another."""

    type: Literal["Replace"] = "Replace"
    address: Address
    hash: NodeHash
    nxml: Nxml


EditOperation: TypeAlias = Annotated[
    SetAttribute | InsertNodes | RemoveNode | MoveNode | ReplaceNode, Field(discriminator="type")
]

EDIT_OPERATIONS: TypeAdapter[tuple[EditOperation, ...]] = TypeAdapter(tuple[EditOperation, ...])
"""Reads a batch of operations."""


# ---- why not


class ConflictCode(StrEnum):
    """Why a batch was not applied."""

    ADDRESS_GONE = "ADDRESS_GONE"
    """There is no node of that address."""
    HASH_DIFFERS = "HASH_DIFFERS"
    """The node is not what the operation was written against."""
    NOT_EXACT = "NOT_EXACT"
    """The node's source has slips that were mended while reading: lay it out first."""
    NOT_APPLICABLE = "NOT_APPLICABLE"
    """The operation makes no sense for that node or place."""
    INVALID_NXML = "INVALID_NXML"
    """What is to be put in cannot be read."""
    OVERLAP = "OVERLAP"
    """Two operations of the batch touch the same text."""
    NEW_ERRORS = "NEW_ERRORS"
    """The panel would have errors that it had not before."""


class EditConflict(Model):
    """Why an operation cannot be applied; nothing of its batch is."""

    code: ConflictCode
    address: str
    operation: int
    """Its number in the batch, from 0; for new errors that of the first operation."""
    expected: Maybe[str] = None
    found: Maybe[str] = None
    hint: str
    """What to do instead."""
