"""The exceptions of nexus_core; what an author of NXML did wrong is a ``Diagnostic`` instead."""

from collections.abc import Sequence

from nexus_protocol.diagnostics import Diagnostic
from nexus_protocol.errors import ErrorCode


class NexusError(Exception):
    """The root of this package's exceptions."""


class PanelError(NexusError):
    """Raised when a panel cannot do what it was asked: no such tool, bad arguments, bad path."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        self.code = code
        super().__init__(message)


class InvalidPanelError(PanelError):
    """Raised when a source with errors was to be opened; carries what was found."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        first = next((each for each in self.diagnostics if each.severity == "error"), None)
        place = f" at line {first.loc.line}: {first.message}" if first else ""
        super().__init__(ErrorCode.INVALID_PANEL, f"the panel has errors{place}")
