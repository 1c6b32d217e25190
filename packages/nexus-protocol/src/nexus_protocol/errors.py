"""The codes by which executions and requests fail, shared by sandbox, kernel and browser."""

from enum import StrEnum

from nexus_protocol._model import Maybe, Model
from nexus_protocol.locations import Span


class ErrorCode(StrEnum):
    """Why something failed; callers branch on this, never on the message."""

    # Executions.
    TIMEOUT = "TIMEOUT"
    CPU_LIMIT = "CPU_LIMIT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    STACK_OVERFLOW = "STACK_OVERFLOW"
    RESOURCE_LIMIT = "RESOURCE_LIMIT"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    EXECUTION_ERROR = "EXECUTION_ERROR"
    COMPILATION_ERROR = "COMPILATION_ERROR"
    SERIALIZATION_ERROR = "SERIALIZATION_ERROR"
    EXTENSION_NOT_FOUND = "EXTENSION_NOT_FOUND"
    METHOD_NOT_FOUND = "METHOD_NOT_FOUND"
    EXTENSION_ERROR = "EXTENSION_ERROR"
    RATE_LIMITED = "RATE_LIMITED"
    CANCELLED = "CANCELLED"
    INTERRUPTED = "INTERRUPTED"
    """The process ended in the middle: whether it was done, nobody knows."""
    INTERNAL_ERROR = "INTERNAL_ERROR"
    # Requests.
    BAD_REQUEST = "BAD_REQUEST"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    """Nobody is signed in, or no more."""
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    PRECONDITION_FAILED = "PRECONDITION_FAILED"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    """The request itself took too long to arrive."""
    URI_TOO_LONG = "URI_TOO_LONG"
    HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE"
    FORBIDDEN_ORIGIN = "FORBIDDEN_ORIGIN"
    INVALID_PANEL = "INVALID_PANEL"
    INVALID_ARGUMENTS = "INVALID_ARGUMENTS"
    TOOL_NOT_FOUND = "TOOL_NOT_FOUND"
    INVALID_PATH = "INVALID_PATH"
    UNAVAILABLE = "UNAVAILABLE"


class ExecutionError(Model):
    """How an execution failed, for its caller."""

    code: ErrorCode
    message: str
    stack: Maybe[str] = None
    """The JavaScript stack, lines counted in the panel's source where they are known."""
    loc: Maybe[Span] = None
    """Where in the panel's source."""


__all__ = ["ErrorCode", "ExecutionError"]
