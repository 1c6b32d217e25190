"""Canonical NXML source."""


class FormatError(ValueError):
    """Raised when a source cannot be laid out; says why."""


def format_source(source: str | bytes) -> str:
    """Return the source in canonical layout.

    Raises:
        FormatError: it has syntax errors.

    """
    raise FormatError("the panel cannot be laid out yet")
