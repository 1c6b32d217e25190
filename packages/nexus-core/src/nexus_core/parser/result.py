"""What parsing a panel gives."""

from dataclasses import dataclass

from nexus_protocol import Diagnostic, PanelAst, Repair


@dataclass(frozen=True, slots=True)
class ParseResult:
    """A panel's tree and everything that was found on the way to it."""

    ast: PanelAst | None
    """The tree, present whenever something sensible could be recovered."""
    diagnostics: tuple[Diagnostic, ...]
    """All findings, in the order of the source."""
    repairs: tuple[Repair, ...]
    """The slips that were mended while reading, in the order of the source."""
    capabilities: tuple[str, ...]
    """What the panel's handlers may do in sum, sorted."""
    source_hash: str
    """SHA-256 of the source's bytes, in hexadecimal."""

    @property
    def ok(self) -> bool:
        """Whether the panel can run: no finding is an error."""
        return self.ast is not None and all(d.severity != "error" for d in self.diagnostics)
