"""What an extension is: a named object with async methods whose arguments are checked.

This module reads the methods off a class and checks the arguments of one call, which come from
JavaScript and are hostile. Finding an extension, bounding its time and checking what it returns
is the registry's business.
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticSerializationError

from nexus_core.errors import NexusError
from nexus_protocol import strict_json
from nexus_protocol._model import Json, Model
from nexus_protocol.errors import ErrorCode

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31}){1,3}")
"""An extension's name: lower case, dotted, such as ``nexus.http``."""

_MARK: Final = "__nexus_method__"
_UNUSABLE: Final = frozenset({"then", "toJSON", "toString", "valueOf", "constructor"})
"""Names that JavaScript calls by itself, so that awaiting or printing the alias would call out."""

_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"

Function = TypeVar("Function", bound=Callable[..., Awaitable[object]])


class ExtensionError(NexusError):
    """Raised when a call of an extension fails; the handler sees its code and message."""

    def __init__(self, code: ErrorCode, message: str, *, retry_after: float | None = None) -> None:
        self.code = code
        self.retry_after = retry_after
        """Seconds after which the same call has a chance: the handler's ``error.retryAfter``."""
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class CallContext:
    """On whose behalf an extension is called."""

    panel_id: str
    tool: str
    user: str | None
    execution_id: str
    elapsed: float = 0.0
    """Seconds since the handler asked, for a call that was taken over from a process that ended
    before the answer; 0 otherwise."""
    workspace: str = "default"
    """Whose store and connections are meant; a panel on its own is in the workspace ``default``."""


_Count = Annotated[int, Field(gt=0)]
_Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Quota(Model):
    """How much an extension takes; what is None has no bound but the executions' own limits.

    Calls beyond a number at once wait for their turn. Calls beyond a rate are refused with
    RATE_LIMITED, which says when to try again.
    """

    concurrent: _Count | None = None
    """Calls under way, of all panels."""
    concurrent_per_panel: _Count | None = None
    rate: _Rate | None = None
    """Calls in a second, of all panels."""
    rate_per_panel: _Rate | None = None
    burst_seconds: _Rate = 2.0
    """Seconds' worth of a rate that may come at once after a rest."""


class Extension:
    """The base of what handlers reach as ``$ext.<alias>``.

    A subclass sets ``name`` and marks its methods::

        class Clock(Extension):
            name = "example.clock"

            @method(idempotent=True)
            async def now(self, context: CallContext, zone: str = "UTC") -> Json:
                "Return the time in a zone."

    One instance serves every panel, so it keeps nothing of one caller for another. What a method
    returns fits its annotation, which handlers and documentation rely on: any JSON as ``Json``, or
    a ``Model`` that says more.
    """

    name: ClassVar[str]
    quota: ClassVar[Quota] = Quota()
    """What its calls are held to unless the operator says otherwise."""

    def scopes(self) -> dict[str, Json]:
        """Return what the operator has opened to panels, without secrets, for people to read."""
        return {}

    async def close(self) -> None:
        """Let go of connections and files; no method is called after this."""


class ParameterDescription(Model):
    """One parameter of a method, as JavaScript passes it: by position."""

    name: str
    required: bool
    json_schema: dict[str, Json]


class MethodDescription(Model):
    """What a method does, for documentation, prompts and callers that retry."""

    name: str
    """As JavaScript spells it: camelCase."""
    doc: str
    parameters: tuple[ParameterDescription, ...]
    arguments_schema: dict[str, Json]
    """JSON Schema 2020-12 of the list of arguments."""
    result_schema: dict[str, Json]
    """JSON Schema 2020-12 of what is returned."""
    timeout_seconds: float
    idempotent: bool
    """Whether calling it twice does what calling it once does, whatever the arguments."""

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.doc.strip().partition("\n")[0]


class ExtensionDescription(Model):
    """An extension as data: what there is to call, what it takes, and what is opened."""

    name: str
    doc: str
    methods: tuple[MethodDescription, ...]
    quota: Quota
    scopes: dict[str, Json]


Idempotent: TypeAlias = bool | Callable[..., bool]
"""Whether a repeat is safe, or what tells it from the arguments."""


@dataclass(frozen=True, slots=True)
class _Mark:
    timeout: float
    idempotent: Idempotent


def method(
    *, timeout: float = 30.0, idempotent: Idempotent = False
) -> Callable[[Function], Function]:
    """Open an async method to handlers.

    The method takes a ``CallContext`` and then the arguments by position; their annotations say
    what is accepted (strictly: no text for a number) and returned, its docstring is the
    documentation.

    Args:
        timeout: Seconds after which a call ends with TIMEOUT.
        idempotent: Whether a repeat is safe, or a function of the checked arguments that says so.
            A call whose process ends before the answer is made again only if it is; else the
            handler is told INTERRUPTED.

    """

    def mark(function: Function) -> Function:
        setattr(function, _MARK, _Mark(timeout, idempotent))
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Parameter:
    """One positional parameter and what it accepts."""

    name: str
    required: bool
    adapter: TypeAdapter[Any]

    def describe(self) -> ParameterDescription:
        """Return the parameter as data."""
        return ParameterDescription(
            name=self.name, required=self.required, json_schema=self.adapter.json_schema()
        )


@dataclass(frozen=True, slots=True)
class Method:
    """A marked method of one extension instance, ready to be called."""

    name: str
    doc: str
    timeout: float
    idempotent: Idempotent
    parameters: tuple[Parameter, ...]
    result: TypeAdapter[Any] | None
    """What is returned, when it is anything more particular than JSON."""
    run: Callable[..., Awaitable[object]]

    def describe(self) -> MethodDescription:
        """Return the method as data."""
        return MethodDescription(
            name=self.name,
            doc=self.doc,
            parameters=tuple(parameter.describe() for parameter in self.parameters),
            arguments_schema=_arguments_schema(self.parameters),
            result_schema={
                "$schema": _SCHEMA,
                **(self.result.json_schema(mode="serialization") if self.result else {}),
            },
            timeout_seconds=self.timeout,
            idempotent=self.idempotent is True,
        )


def methods_of(extension: Extension) -> dict[str, Method]:
    """Return the marked methods of an extension by their JavaScript names.

    Raises:
        TypeError: the extension is not written as the port demands; the message says how.

    """
    name: object = getattr(extension, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise TypeError(f"{type(extension).__name__}.name is not a dotted name: {name!r}")
    methods = [
        _method(extension, attribute, mark)
        for attribute, function in inspect.getmembers(type(extension), inspect.isfunction)
        if isinstance(mark := getattr(function, _MARK, None), _Mark)
    ]
    return {each.name: each for each in methods}


def _method(extension: Extension, attribute: str, mark: _Mark) -> Method:
    function = getattr(extension, attribute)
    place = f"{type(extension).__name__}.{attribute}"
    name = to_camel(attribute)
    if name in _UNUSABLE or attribute.startswith("_"):
        raise TypeError(f"{place} has a name that JavaScript uses itself or that is private")
    if not (inspect.ismethod(function) and inspect.iscoroutinefunction(function)):
        raise TypeError(f"{place} is not an async method")
    parameters, result = _contract(function.__func__, place)
    return Method(
        name=name,
        doc=inspect.getdoc(function) or "",
        timeout=mark.timeout,
        idempotent=mark.idempotent,
        parameters=parameters,
        result=result,
        run=function,
    )


@lru_cache(maxsize=256)
def _contract(
    function: Callable[..., object], place: str
) -> tuple[tuple[Parameter, ...], TypeAdapter[Any] | None]:
    """Return what a method takes and gives, which takes milliseconds to find out."""
    hints = typing.get_type_hints(function, include_extras=True)
    return _parameters(function, hints, place), _result(hints, place)


def _result(hints: Mapping[str, Any], place: str) -> TypeAdapter[Any] | None:
    if "return" not in hints:
        raise TypeError(f"{place} does not say what it returns")
    return None if hints["return"] is Json else TypeAdapter(hints["return"])


def _arguments_schema(parameters: Sequence[Parameter]) -> dict[str, Json]:
    schemas, definitions = TypeAdapter.json_schemas(
        (each.name, "validation", each.adapter) for each in parameters
    )
    schema: dict[str, Json] = {
        "$schema": _SCHEMA,
        "type": "array",
        "prefixItems": [
            {"title": each.name, **schemas[each.name, "validation"]} for each in parameters
        ],
        "minItems": sum(each.required for each in parameters),
        "maxItems": len(parameters),
    }
    # JSON Schema forbids an empty list of items.
    return {name: part for name, part in (schema | definitions).items() if part != []}


def _parameters(
    function: Callable[..., object], hints: Mapping[str, Any], place: str
) -> tuple[Parameter, ...]:
    given = list(inspect.signature(function).parameters.values())[1:]
    if not given or hints.get(given[0].name) is not CallContext:
        raise TypeError(f"{place} does not take a CallContext first")
    return tuple(_parameter(each, hints, place) for each in given[1:])


def _parameter(given: inspect.Parameter, hints: Mapping[str, Any], place: str) -> Parameter:
    if given.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD or given.name not in hints:
        raise TypeError(f"{place}: {given.name} is not an annotated positional parameter")
    return Parameter(
        name=to_camel(given.name),
        required=given.default is inspect.Parameter.empty,
        adapter=TypeAdapter(hints[given.name]),
    )


def bind(method: Method, args: Sequence[Json]) -> list[object]:
    """Check the arguments of one call and turn them into the types that the method declares.

    Raises:
        ExtensionError: INVALID_ARGUMENTS, naming the parameter and what it accepts.

    """
    if len(args) > len(method.parameters):
        raise _invalid(method, f"takes at most {len(method.parameters)} arguments, not {len(args)}")
    missing = [each.name for each in method.parameters[len(args) :] if each.required]
    if missing:
        raise _invalid(method, f"needs {', '.join(missing)}")
    return [
        _validated(method, parameter, value)
        for parameter, value in zip(method.parameters, args, strict=False)
    ]


def plain(method: Method, result: object) -> Json:
    """Turn what a method returned into the JSON that its annotation promises.

    Raises:
        ExtensionError: EXTENSION_ERROR, it is something else.

    """
    try:
        if method.result is not None:
            checked = method.result.validate_python(result)
            result = method.result.dump_python(checked, mode="json", by_alias=True)
        strict_json.check(result)
    except strict_json.JsonError as error:
        raise _broken(method, str(error)) from None
    except (ValidationError, PydanticSerializationError):
        # What does not fit may be a secret, so it is not told.
        raise _broken(method, "what its annotation does not allow") from None
    return typing.cast("Json", result)


def _broken(method: Method, problem: str) -> ExtensionError:
    return ExtensionError(ErrorCode.EXTENSION_ERROR, f"{method.name} returned {problem}")


def _validated(method: Method, parameter: Parameter, value: Json) -> object:
    try:
        strict_json.check(value)
        return parameter.adapter.validate_json(strict_json.encode(value), strict=True)
    except strict_json.JsonError as error:
        raise _invalid(method, f"{parameter.name}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in (parameter.name, *first["loc"]))
        raise _invalid(method, f"{place}: {first['msg']}"[:300]) from None


def _invalid(method: Method, problem: str) -> ExtensionError:
    signature = ", ".join(each.name + ("" if each.required else "?") for each in method.parameters)
    message = f"{method.name}({signature}): {problem}"
    return ExtensionError(ErrorCode.INVALID_ARGUMENTS, message)


__all__ = [
    "NAME",
    "CallContext",
    "Extension",
    "ExtensionDescription",
    "ExtensionError",
    "Method",
    "MethodDescription",
    "Parameter",
    "ParameterDescription",
    "Quota",
    "bind",
    "method",
    "methods_of",
    "plain",
]
