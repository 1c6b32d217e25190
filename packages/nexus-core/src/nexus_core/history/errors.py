"""How reading and writing a repository fails."""

from nexus_core.errors import NexusError
from nexus_protocol.errors import ErrorCode


class HistoryError(NexusError):
    """Raised when a repository cannot do what it was asked.

    INVALID_PATH, NOT_FOUND, CONFLICT, or UNAVAILABLE when the disk or another git program is in
    the way.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        self.code = code
        super().__init__(message)


class HistoryConflict(HistoryError):  # noqa: N818 - named for what it is, an answer one expects
    """Raised when a commit would overwrite what somebody else wrote and the caller has not seen."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        super().__init__(ErrorCode.CONFLICT, f"{path} {problem}")


def not_found(what: str) -> HistoryError:
    """Return the error for something that is not in the repository."""
    return HistoryError(ErrorCode.NOT_FOUND, f"{what} is not in the repository")


__all__ = ["HistoryConflict", "HistoryError", "not_found"]
