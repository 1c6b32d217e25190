"""What a schema says about one value: its name, its kind, and which values it may take.

A field knows nothing of the object or process that it belongs to; ``objects`` and ``processes``
put fields together, ``attributes`` spells them for telemetry.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, assert_never

Value: TypeAlias = str | int | float | bool
"""What telemetry can carry in one attribute."""


class Kind(StrEnum):
    """The kinds of values."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Field:
    """One named value of an object or a process."""

    name: str
    kind: Kind
    doc: str
    choices: tuple[str, ...] = ()
    """The values that a string may take; empty when it may be any."""

    def accepts(self, value: object) -> bool:
        """Tell whether the value is of the field's kind and among its choices.

        A boolean is no integer, an integer is a number, and numbers are finite.
        """
        match self.kind:
            case Kind.STRING:
                return isinstance(value, str) and (not self.choices or value in self.choices)
            case Kind.BOOLEAN:
                return isinstance(value, bool)
            case Kind.INTEGER:
                return isinstance(value, int) and not isinstance(value, bool)
            case Kind.NUMBER:
                return (
                    isinstance(value, (int, float))
                    and not isinstance(value, bool)
                    and abs(value) < float("inf")
                )
            case _:
                assert_never(self.kind)


__all__ = ["Field", "Kind", "Value"]
