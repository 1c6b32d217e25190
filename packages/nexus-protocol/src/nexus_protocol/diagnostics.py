"""What can be wrong with a panel, as values.

This module knows how a finding is told and lists every code there is. Which finding applies where
is the business of the parser's rules.
"""

from enum import StrEnum
from typing import Literal

from nexus_protocol._model import Json, Maybe, Model
from nexus_protocol.locations import Span

Severity = Literal["error", "warning", "info"]


class Code(StrEnum):
    """The stable names of all diagnostics."""

    # Errors: the panel cannot run as it stands.
    PARSE_ERROR = "PARSE_ERROR"
    UNKNOWN_ELEMENT = "UNKNOWN_ELEMENT"
    UNKNOWN_ATTRIBUTE = "UNKNOWN_ATTRIBUTE"
    MISSING_REQUIRED = "MISSING_REQUIRED"
    INVALID_IDENTIFIER = "INVALID_IDENTIFIER"
    INVALID_TYPE = "INVALID_TYPE"
    INVALID_DEFAULT = "INVALID_DEFAULT"
    INVALID_EXPRESSION = "INVALID_EXPRESSION"
    FORBIDDEN_GLOBAL = "FORBIDDEN_GLOBAL"
    HANDLER_SYNTAX = "HANDLER_SYNTAX"
    DUPLICATE_SECTION = "DUPLICATE_SECTION"
    DUPLICATE_STATE = "DUPLICATE_STATE"
    DUPLICATE_TOOL = "DUPLICATE_TOOL"
    DUPLICATE_ARG = "DUPLICATE_ARG"
    DUPLICATE_VIEW_ID = "DUPLICATE_VIEW_ID"
    DUPLICATE_EXTENSION_ALIAS = "DUPLICATE_EXTENSION_ALIAS"
    DUPLICATE_LIFECYCLE = "DUPLICATE_LIFECYCLE"
    UNDEFINED_STATE_REFERENCE = "UNDEFINED_STATE_REFERENCE"
    UNDEFINED_TOOL_REFERENCE = "UNDEFINED_TOOL_REFERENCE"
    INVALID_SCOPE_REFERENCE = "INVALID_SCOPE_REFERENCE"
    UNDECLARED_EXTENSION = "UNDECLARED_EXTENSION"
    COMPUTED_CYCLE = "COMPUTED_CYCLE"
    CAPABILITY_EXCEEDED = "CAPABILITY_EXCEEDED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    # Warnings: the panel runs; a person should look.
    UNUSED_STATE = "UNUSED_STATE"
    UNUSED_TOOL = "UNUSED_TOOL"
    UNKNOWN_COMPONENT = "UNKNOWN_COMPONENT"
    DANGEROUS_CAPABILITY = "DANGEROUS_CAPABILITY"
    DYNAMIC_STATE_ACCESS = "DYNAMIC_STATE_ACCESS"
    EMPTY_HANDLER = "EMPTY_HANDLER"
    MULTIPLE_ROOTS = "MULTIPLE_ROOTS"
    DEPRECATED_ALIAS = "DEPRECATED_ALIAS"
    NO_ACCESSIBLE_NAME = "NO_ACCESSIBLE_NAME"
    INEFFECTIVE_ATTRIBUTE = "INEFFECTIVE_ATTRIBUTE"
    UNREACHABLE_CODE = "UNREACHABLE_CODE"
    NEEDLESS_AWAIT = "NEEDLESS_AWAIT"
    MISSING_AWAIT = "MISSING_AWAIT"


class Edit(Model):
    """Replace the text in ``loc`` by ``text``."""

    loc: Span
    text: str


class Fix(Model):
    """Edits that a machine may apply as they are to mend a finding."""

    title: str
    edits: tuple[Edit, ...]


class Diagnostic(Model):
    """One finding in a panel's source."""

    code: Code
    severity: Severity
    message: str
    """One sentence: what is wrong."""
    loc: Span
    path: str = ""
    """The address of the node it was found in, such as ``View/Layout/Form[0]/#email``."""
    found: Maybe[str] = None
    expected: Maybe[str] = None
    hint: str
    """What to write instead."""
    fix: Maybe[Fix] = None


class Repair(Model):
    """A slip that the parser mended while reading."""

    code: str
    loc: Span
    before: str
    after: str
    lossy: bool = False


__all__ = ["Code", "Diagnostic", "Edit", "Fix", "Json", "Repair", "Severity"]
