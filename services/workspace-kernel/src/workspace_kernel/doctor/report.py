"""What the doctor found, as data and as text."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from nexus_protocol import Model
from nexus_protocol._model import Maybe

MOST_TOLD: Final = 1000
"""Findings in one report; what goes wrong everywhere goes wrong for one reason."""


Mend: TypeAlias = Callable[[], object]


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Something is lost, wrong, or open to others."""
    WARNING = "warning"
    """It works; a person should look at it."""
    NOTE = "note"
    """Good to know; nothing has to be done."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something that was found, and perhaps what mends it."""

    code: str
    severity: Severity
    where: str
    message: str
    mend: Mend | None = None
    """Does no harm whatever the cause is."""
    recovery: bool = False
    """Whether a kernel mends it when it starts."""

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by, to see whether it is still there."""
        return self.code, self.where


class Finding(Model):
    """Something that was found."""

    code: str
    severity: Severity
    where: str
    message: str
    mendable: bool
    mended: Maybe[bool] = None
    """After a repair: whether it is there no more."""


class Report(Model):
    """What was found in one data folder."""

    ok: bool
    """Whether there is neither an error nor a warning that is still there."""
    data: str
    findings: tuple[Finding, ...]


def error(
    code: str, where: str, message: str, mend: Mend | None = None, *, recovery: bool = False
) -> Symptom:
    """Tell of something that is wrong."""
    return Symptom(code, Severity.ERROR, where, message, mend, recovery)


def warning(
    code: str, where: str, message: str, mend: Mend | None = None, *, recovery: bool = False
) -> Symptom:
    """Tell of something that a person should look at."""
    return Symptom(code, Severity.WARNING, where, message, mend, recovery)


def note(code: str, where: str, message: str, *, recovery: bool = False) -> Symptom:
    """Tell of something that is good to know."""
    return Symptom(code, Severity.NOTE, where, message, None, recovery)


def report(data: str, symptoms: Iterable[Symptom], left: Iterable[Symptom] | None = None) -> Report:
    """Put a report together; ``left`` is what a second look found after a repair."""
    remaining = None if left is None else {each.key for each in left}
    findings = tuple(_finding(each, remaining) for each in symptoms)[:MOST_TOLD]
    serious = (each for each in findings if each.severity is not Severity.NOTE)
    return Report(ok=all(each.mended for each in serious), data=data, findings=findings)


def to_text(told: Report) -> str:
    """Return the report for a person, the worst first."""
    order = list(Severity)
    lines = [
        f"{each.severity:8}{each.code:22}{each.where}\n{'':8}{each.message}{_outcome(each)}"
        for each in sorted(told.findings, key=lambda each: order.index(each.severity))
    ]
    closing = "All is well" if told.ok else "This needs attention"
    return "\n".join([*lines, f"{closing} in {told.data}."])


def _outcome(finding: Finding) -> str:
    match finding.mended:
        case True:
            return " Mended."
        case False:
            return " Still there."
        case None:
            return " --repair mends it." if finding.mendable else ""


def _finding(symptom: Symptom, remaining: set[tuple[str, str]] | None) -> Finding:
    mended = None if remaining is None else symptom.key not in remaining
    return Finding(
        code=symptom.code,
        severity=symptom.severity,
        where=symptom.where,
        message=symptom.message,
        mendable=symptom.mend is not None or symptom.recovery,
        mended=mended,
    )


__all__ = [
    "Finding",
    "Report",
    "Severity",
    "Symptom",
    "error",
    "note",
    "report",
    "to_text",
    "warning",
]
