"""Every schema by its name, and what is wrong with a fingerprint.

The registry judges; when it is asked, and what happens with its findings, is ``recording``'s
business.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from trilog_schemas.fields import Field, Kind
from trilog_schemas.objects import EXECUTION, PANEL, SESSION, WORKSPACE, ObjectType
from trilog_schemas.processes import HANDLER_EXECUTION, PANEL_LIFECYCLE, Process

OBJECTS: Mapping[str, ObjectType] = {o.name: o for o in (EXECUTION, PANEL, SESSION, WORKSPACE)}
PROCESSES: Mapping[str, Process] = {p.name: p for p in (HANDLER_EXECUTION, PANEL_LIFECYCLE)}

_ID = Field("id", Kind.STRING, "The identity of an object.")


class ViolationCode(StrEnum):
    """What can be wrong with a fingerprint."""

    UNKNOWN_ATTRIBUTE = "UNKNOWN_ATTRIBUTE"
    UNKNOWN_PHASE = "UNKNOWN_PHASE"
    MISSING_OBJ_ID = "MISSING_OBJ_ID"
    INVALID_VALUE = "INVALID_VALUE"


@dataclass(frozen=True, slots=True)
class Violation:
    """One finding: what is wrong, in which schema, at which attribute."""

    code: ViolationCode
    schema: str
    subject: str
    """The attribute's name, or the phase."""

    def __str__(self) -> str:
        return f"{self.code}: {self.subject} of {self.schema}"


class SchemaError(ValueError):
    """Raised when a fingerprint contradicts its schema, in strict mode."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        self.violations = violations
        super().__init__("; ".join(map(str, violations)))


def check_object(
    schema: ObjectType, object_id: object, attributes: Mapping[str, object]
) -> tuple[Violation, ...]:
    """Return what is wrong with an anchor: its identity first, then its attributes in order."""
    return (*_check_id(schema.name, object_id), *_check(schema, attributes))


def check_record(
    schema: Process, phase: str, object_id: object, attributes: Mapping[str, object]
) -> tuple[Violation, ...]:
    """Return what is wrong with the record of a phase, given the identity it is anchored to."""
    known = phase in schema.phases
    wrong_phase = () if known else (Violation(ViolationCode.UNKNOWN_PHASE, schema.name, phase),)
    return (*_check_id(schema.name, object_id), *wrong_phase, *_check(schema, attributes))


def check_span(
    schema: Process, object_id: object, attributes: Mapping[str, object]
) -> tuple[Violation, ...]:
    """Return what is wrong with a span of a process, given the identity it is anchored to."""
    return (*_check_id(schema.name, object_id), *_check(schema, attributes))


def _check_id(schema_name: str, object_id: object) -> tuple[Violation, ...]:
    if object_id is None or object_id == "":
        return (Violation(ViolationCode.MISSING_OBJ_ID, schema_name, _ID.name),)
    if not _ID.accepts(object_id):
        return (Violation(ViolationCode.INVALID_VALUE, schema_name, _ID.name),)
    return ()


def _check(schema: ObjectType | Process, attributes: Mapping[str, object]) -> Iterator[Violation]:
    fields = {field.name: field for field in schema.fields}
    for name, value in attributes.items():
        field = fields.get(name)
        if field is None:
            yield Violation(ViolationCode.UNKNOWN_ATTRIBUTE, schema.name, name)
        elif not field.accepts(value):
            yield Violation(ViolationCode.INVALID_VALUE, schema.name, name)


__all__ = [
    "OBJECTS",
    "PROCESSES",
    "SchemaError",
    "Violation",
    "ViolationCode",
    "check_object",
    "check_record",
    "check_span",
]
