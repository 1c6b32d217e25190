"""Let handlers ask databases that the operator names, reading only unless it is said otherwise.

``await $ext.sql.query("shop", "SELECT name, price FROM item WHERE price < :most", {most: 10})``
answers ``{columns, rows, truncated}``. This module knows which connections a panel may use, and
turns what a database returns into JSON. How a statement is bounded, kept from writing and stopped
is in ``_databases``, which imports SQLAlchemy and is itself imported with the first statement.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_core import to_jsonable_python

from nexus_core.extensions.extension import CallContext, Extension, ExtensionError, Quota, method
from nexus_protocol._model import Json, Model
from nexus_protocol.errors import ErrorCode
from nexus_protocol.expressions import FORBIDDEN_PROPERTIES

if TYPE_CHECKING:
    from nexus_core.extensions._databases import Database

MAX_TIMEOUT_MS: Final = 120_000
MAX_STATEMENT: Final = 64 << 10

_LARGEST: Final = 2**53 - 1
_KINDS: Final = ("sqlite:", "postgresql:", "postgresql+psycopg:")

Scalar: TypeAlias = str | bool | int | float | None
Parameter: TypeAlias = Scalar | Annotated[list[Scalar], Field(min_length=1, max_length=1000)]
"""A list stands for the members of an ``IN``."""
Statement: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_STATEMENT)]
Parameters: TypeAlias = dict[Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,63}$")], Parameter]


class SqlConnection(BaseModel):
    """A database that panels may ask, under a name that the operator gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: SecretStr
    """``postgresql://…`` or ``sqlite:///…``."""
    write: bool = False
    """Whether ``execute`` may change anything; ``query`` never does."""
    panels: tuple[str, ...] = ("*",)
    """Patterns of the ids of the panels that may use it."""
    max_rows: int = Field(default=1000, ge=1, le=100_000)
    """Rows of one answer; what is beyond is cut off, and the answer says so."""
    max_bytes: int = Field(default=1 << 20, ge=1024, le=4 << 20)
    """Of the rows of one answer as JSON; what is beyond is cut off as well."""
    timeout_ms: int = Field(default=5000, ge=1, le=MAX_TIMEOUT_MS)
    """Time of one statement, in milliseconds."""

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(_KINDS):
            raise ValueError("a URL of postgresql:// or sqlite:/// is expected")
        return url


class Answer(Model):
    """What a statement returned."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Json], ...]
    """Dates and times as ISO 8601, decimals and integers beyond 2^53 as text, bytes as base64."""
    truncated: bool
    """Whether there were more rows than are allowed."""


class Effect(Answer):
    """What a statement that writes has done."""

    row_count: int
    """Rows that were inserted, updated or deleted."""


class SqlExtension(Extension):
    """``nexus.sql``: databases that the operator names."""

    name: ClassVar[str] = "nexus.sql"
    quota: ClassVar[Quota] = Quota(
        concurrent=8, concurrent_per_panel=4, rate_per_panel=50, burst_seconds=4
    )

    def __init__(self, connections: Mapping[str, SqlConnection] | None = None) -> None:
        """Say which databases there are, by the names that handlers use."""
        self._connections = dict(connections or {})
        self._databases: dict[str, Database] = {}

    def scopes(self) -> dict[str, Json]:
        """Return the connections without their addresses."""
        return {
            "connections": {
                name: {"write": each.write, "panels": list(each.panels)}
                for name, each in self._connections.items()
            }
        }

    async def close(self) -> None:
        """Close all connections."""
        for database in self._databases.values():
            await database.close()
        self._databases.clear()

    @method(timeout=MAX_TIMEOUT_MS / 1000 + 10, idempotent=True)
    async def query(
        self,
        context: CallContext,
        connection: str,
        statement: Statement,
        parameters: Parameters | None = None,
    ) -> Answer:
        """Run one statement that reads; ``:name`` in it stands for a parameter."""
        found = self._connection(context, connection)
        take = partial(_answer, found)
        return await self._database(connection, found).read(statement, parameters or {}, take)

    @method(timeout=MAX_TIMEOUT_MS / 1000 + 10)
    async def execute(
        self,
        context: CallContext,
        connection: str,
        statement: Statement,
        parameters: Parameters | None = None,
    ) -> Effect:
        """Run one statement that may write, in a transaction of its own."""
        found = self._connection(context, connection)
        if not found.write:
            message = f"the connection {connection} is for reading only"
            raise ExtensionError(ErrorCode.PERMISSION_DENIED, message)
        take = partial(_effect, found)
        return await self._database(connection, found).write(statement, parameters or {}, take)

    def _connection(self, context: CallContext, name: str) -> SqlConnection:
        connection = self._connections.get(name)
        # One that is not opened to the panel is not told from one that is not there.
        if connection is None or not _opened(connection, context.panel_id):
            raise ExtensionError(ErrorCode.NOT_FOUND, f"there is no connection {name[:64]!r}")
        return connection

    def _database(self, name: str, connection: SqlConnection) -> "Database":
        from nexus_core.extensions._databases import open_database

        if name not in self._databases:
            url, seconds = connection.url.get_secret_value(), connection.timeout_ms / 1000
            self._databases[name] = open_database(name, url, seconds)
        return self._databases[name]


def _opened(connection: SqlConnection, panel: str) -> bool:
    return any(fnmatchcase(panel, pattern) for pattern in connection.panels)


def _answer(
    connection: SqlConnection,
    columns: tuple[str, ...],
    found: Iterable[Sequence[object]],
    changed: int,
) -> Answer:
    """Read as many rows as there may be, and see whether there is one more."""
    _check_columns(columns)
    rows: list[dict[str, Json]] = []
    left = connection.max_bytes
    for values in found:
        row = {name: plain(value) for name, value in zip(columns, values, strict=True)}
        left -= _cost(row)
        if left < 0 or len(rows) == connection.max_rows:
            return Answer(columns=columns, rows=tuple(rows), truncated=True)
        rows.append(row)
    return Answer(columns=columns, rows=tuple(rows), truncated=False)


def _effect(
    connection: SqlConnection,
    columns: tuple[str, ...],
    found: Iterable[Sequence[object]],
    changed: int,
) -> Effect:
    answer = _answer(connection, columns, found, changed)
    return Effect(**dict(answer), row_count=changed)


def _check_columns(columns: tuple[str, ...]) -> None:
    repeated = [name for name, times in Counter(columns).items() if times > 1]
    if repeated or FORBIDDEN_PROPERTIES.intersection(columns):
        message = (
            "each column needs a name of its own that JavaScript does not use: write … AS name"
        )
        raise ExtensionError(ErrorCode.INVALID_ARGUMENTS, f"{message}; got {', '.join(columns)}")


def plain(value: object) -> Json:
    """Turn a value of a database into JSON that loses nothing."""
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) <= _LARGEST else str(value)
        case float():
            return value if value - value == 0 else str(value)
        case Decimal():
            return str(value)
        case str():
            return value.replace("\0", "\ufffd")
        case bytes():
            return b64encode(value).decode()
        case dict():
            members = cast("dict[object, object]", value)
            return {str(name): plain(part) for name, part in members.items()}
        case list() | tuple():
            return [plain(part) for part in cast("list[object]", value)]
        case _:
            return cast("Json", to_jsonable_python(value, fallback=str))


def _cost(value: Json) -> int:
    """Return about how many bytes a value takes as JSON."""
    match value:
        case dict():
            return 2 + sum(len(name) + 4 + _cost(part) for name, part in value.items())
        case list():
            return 2 + sum(1 + _cost(part) for part in value)
        case str():
            return 2 + len(value.encode())
        case _:
            return len(str(value))


__all__ = ["Answer", "Effect", "SqlConnection", "SqlExtension", "plain"]
