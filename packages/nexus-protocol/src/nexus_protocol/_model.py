"""The base of every model that crosses a boundary: frozen, camelCase outside, no unknown names."""

from typing import Annotated, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

Json: TypeAlias = JsonValue
"""Any JSON value: object, list, string, number, boolean or null."""

T = TypeVar("T")

Maybe: TypeAlias = Annotated[T | None, Field(exclude_if=lambda value: value is None)]
"""A field that may be absent: it is not printed when it is ``None``. A ``Json`` null is printed."""


class Model(BaseModel):
    """A frozen value with snake_case names in Python and camelCase names in JSON."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        ser_json_inf_nan="null",
    )

    def to_json(self) -> str:
        """Print the model as compact JSON."""
        return self.model_dump_json()
