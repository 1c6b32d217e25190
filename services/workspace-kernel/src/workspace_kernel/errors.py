"""How the kernel says no: one exception, one table of statuses, one JSON shape.

Every refusal that leaves the kernel over HTTP is ``{"error": {code, message, details, traceId}}``.
The use cases raise ``KernelError``; this module turns it, and what the libraries below raise, into
a status and that shape. What a WebSocket makes of it is the business of ``websocket.dispatch``.
"""

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import OperationalError

from nexus_core import InvalidPanelError, PanelError
from nexus_core.history import HistoryError
from nexus_protocol import Diagnostic, ErrorCode, Json, Model
from nexus_protocol.strict_json import JsonError
from workspace_kernel.db.ownership import DatabaseTakenError

STATUS: Final = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.INVALID_ARGUMENTS: 422,
    ErrorCode.INVALID_PANEL: 422,
    ErrorCode.INVALID_PATH: 422,
    ErrorCode.FORBIDDEN_ORIGIN: 403,
    ErrorCode.PERMISSION_DENIED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.TOOL_NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.REQUEST_TIMEOUT: 408,
    ErrorCode.CONFLICT: 409,
    ErrorCode.PRECONDITION_FAILED: 412,
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.URI_TOO_LONG: 414,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.RESOURCE_LIMIT: 429,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.HEADERS_TOO_LARGE: 431,
    ErrorCode.UNAVAILABLE: 503,
}
"""The HTTP status of each code; a code without a row is the kernel's own failure, 500."""


class KernelError(Exception):
    """Raised when a request cannot be done; ``code`` says why and ``details`` with what.

    ``retry_after`` is in seconds; ``allow`` are the methods that the address has.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        details: Json = None,
        *,
        retry_after: int | None = None,
        allow: Sequence[str] = (),
    ) -> None:
        self.code = code
        self.message = message
        self.details = details
        self.retry_after = retry_after
        self.allow = allow
        super().__init__(message)


class Failure(Model):
    """Why a request was refused."""

    code: ErrorCode
    message: str
    """One sentence for a person."""
    details: Json = None
    """What a program can use, such as diagnostics."""
    trace_id: str
    """Names the request in logs and traces."""


class FailureBody(Model):
    """The body of every answer that is not a success."""

    error: Failure


def as_kernel_error(error: Exception) -> KernelError:
    """Say what an exception means to the client; an unknown one tells nothing of itself."""
    match error:
        case KernelError():
            return error
        case InvalidPanelError():
            return invalid_panel(error.diagnostics)
        case PanelError() | HistoryError():
            return KernelError(error.code, str(error))
        case JsonError():
            return KernelError(ErrorCode.BAD_REQUEST, f"The body is {error}.")
        case ValidationError():
            return KernelError(ErrorCode.BAD_REQUEST, explain(error))
        case OperationalError() | DatabaseTakenError():
            return KernelError(ErrorCode.UNAVAILABLE, "The database does not answer.")
        case _:
            return KernelError(ErrorCode.INTERNAL_ERROR, "The kernel failed; its log says why.")


def invalid_panel(diagnostics: Sequence[Diagnostic]) -> KernelError:
    """Say that a source cannot run, with all that was found."""
    errors = [each for each in diagnostics if each.severity == "error"]
    place = f" The first, at line {errors[0].loc.line}: {errors[0].message}" if errors else ""
    details: list[Json] = [each.model_dump(mode="json") for each in diagnostics]
    return KernelError(
        ErrorCode.INVALID_PANEL,
        f"The source has {len(errors)} error{'' if len(errors) == 1 else 's'}.{place}",
        {"diagnostics": details},
    )


def explain(error: ValidationError) -> str:
    """Name the first places where a message does not fit its model, without repeating values."""
    findings = error.errors(include_url=False, include_input=False, include_context=False)
    told = (f"{_place(each['loc'])}: {_told(each)}" for each in findings[:3])
    return "; ".join(told)


def missing_address() -> KernelError:
    """Say that an address leads nowhere."""
    return KernelError(ErrorCode.NOT_FOUND, "There is nothing at this address.")


def wrong_method(method: str, allow: Sequence[str]) -> KernelError:
    """Say what may be asked of an address instead."""
    return KernelError(
        ErrorCode.METHOD_NOT_ALLOWED,
        f"This address does not take {method[:16]}, but {', '.join(allow)}.",
        allow=allow,
    )


def missing_workspace(workspace_id: str) -> KernelError:
    """Say that a workspace is not there; one that is not the asker's is told in the same words."""
    return KernelError(ErrorCode.NOT_FOUND, f"There is no workspace {workspace_id[:64]!r}.")


def unauthenticated() -> KernelError:
    """Say that somebody has to sign in, and not why what was shown does not do."""
    return KernelError(ErrorCode.UNAUTHENTICATED, "Sign in first.")


def _told(finding: ErrorDetails) -> str:
    # pydantic names the tag that it did not find, which is what was sent.
    return "no such type" if finding["type"] == "union_tag_invalid" else finding["msg"]


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:64] for part in loc[:8]) or "the message"


__all__ = [
    "STATUS",
    "Failure",
    "FailureBody",
    "KernelError",
    "as_kernel_error",
    "explain",
    "invalid_panel",
    "missing_address",
    "missing_workspace",
    "unauthenticated",
    "wrong_method",
]
