"""The base of every model that crosses a boundary: frozen, camelCase outside, no unknown names.

A model's validator and serializer are built when they are first used: whoever imports the tree of
a panel rarely reads one from JSON, and building them all was a third of the import.
"""

import threading
from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

Json: TypeAlias = JsonValue
"""Any JSON value: object, list, string, number, boolean or null."""

T = TypeVar("T")

Maybe: TypeAlias = Annotated[T | None, Field(exclude_if=lambda value: value is None)]
"""A field that may be absent: it is not printed when it is ``None``. A ``Json`` null is printed."""

_building: Final = threading.RLock()


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
        defer_build=True,
    )

    def __eq__(self, other: object) -> bool:
        """Compare type and fields; there is nothing else in a model, and trees have many."""
        if not isinstance(other, Model) or type(self) is not type(other):
            return NotImplemented
        return self.__dict__ == other.__dict__

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Mapping[str, object] | None = None,
    ) -> bool | None:
        """Build the validator and the serializer, as pydantic does, in one thread at a time.

        pydantic calls this on first use, and in the versions allowed here without a lock: a second
        thread may then find a class half built.
        """
        depth = _parent_namespace_depth
        with _building:
            return super().model_rebuild(
                force=force,
                raise_errors=raise_errors,
                _parent_namespace_depth=depth + 1 if depth > 0 else 0,  # this frame is one more
                _types_namespace=_types_namespace,
            )

    def to_json(self) -> str:
        """Print the model as compact JSON."""
        return self.model_dump_json()
