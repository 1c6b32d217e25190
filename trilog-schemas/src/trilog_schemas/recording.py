"""Leave fingerprints: anchor an object, record a phase, span a function.

Three channels at once: the object is baggage and travels with the context, over the network too;
the process is a trace; a function is a span in it. All of it goes through the OpenTelemetry API,
so that a program without an SDK pays next to nothing and sees nothing. What may be said is in the
schemas; it is checked where ``strict`` is on, as it is in tests.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import TypeAlias, cast

from opentelemetry import baggage, context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from trilog_schemas.attributes import FUNCTION, OBJ_ID, OBJ_TYPE, PHASE, PROCESS, prefix
from trilog_schemas.fields import Value
from trilog_schemas.objects import ObjectType
from trilog_schemas.processes import Process
from trilog_schemas.registry import (
    SchemaError,
    Violation,
    check_object,
    check_record,
    check_span,
)

_TRACER = trace.get_tracer("trilog_schemas")
_prefix = cache(prefix)
_TRACE_CONTEXT = TraceContextTextMapPropagator()

_Described: TypeAlias = tuple[tuple[ObjectType, Mapping[str, Value]], ...]
_DESCRIBED = context.create_key("trilog-described")
"""Where a context keeps what its anchors say, from the outermost; spelled only when recorded."""


class _Mode:
    """Whether fingerprints are checked: one switch for the process, read at every call."""

    strict = False


@contextmanager
def strict() -> Generator[None]:
    """Check every fingerprint against its schema meanwhile, and raise ``SchemaError`` on a miss."""
    before, _Mode.strict = _Mode.strict, True
    try:
        yield
    finally:
        _Mode.strict = before


class anchor:  # noqa: N801 - used as a context manager, and a class is one at half the cost.
    """Say that what happens inside is about one object.

    Its type and id become baggage, its attributes stand on every span and record inside. Anchors
    nest: the innermost object is the one that fingerprints belong to, and the attributes of the
    outer ones remain.

    Raises:
        SchemaError: in strict mode, when type, id and attributes are not as the schema says.

    """

    __slots__ = ("_attributes", "_object_id", "_object_type", "_token")

    def __init__(self, object_type: ObjectType, object_id: str, **attributes: Value) -> None:
        if _Mode.strict:
            _raise(check_object(object_type, object_id, attributes))
        self._object_type = object_type
        self._object_id = object_id
        self._attributes = attributes

    def __enter__(self) -> None:
        inside = baggage.set_baggage(OBJ_TYPE, self._object_type.name)
        inside = baggage.set_baggage(OBJ_ID, self._object_id, inside)
        if self._attributes:
            described = (*_described(), (self._object_type, self._attributes))
            inside = context.set_value(_DESCRIBED, described, inside)
        self._token = context.attach(inside)

    def __exit__(self, *_: object) -> None:
        context.detach(self._token)


@contextmanager
def continuing(traceparent: str | None) -> Generator[None]:
    """Let what happens inside belong to a trace that began elsewhere (W3C Trace Context).

    What is no ``traceparent`` begins a trace of its own, as nothing does.
    """
    carrier = {"traceparent": traceparent} if traceparent else {}
    token = context.attach(_TRACE_CONTEXT.extract(carrier, context.get_current()))
    try:
        yield
    finally:
        context.detach(token)


def anchored() -> dict[str, Value]:
    """Return the object that the current context is about, spelled for a log line.

    ``{"trilog.obj.type": …, "trilog.obj.id": …}`` and the attributes of the anchors around; empty
    outside of any.
    """
    object_type, object_id = baggage.get_baggage(OBJ_TYPE), baggage.get_baggage(OBJ_ID)
    if not isinstance(object_type, str) or not isinstance(object_id, str):
        return {}
    about: dict[str, Value] = {OBJ_TYPE: object_type, OBJ_ID: object_id}
    for schema, attributes in _described():
        about.update(_spell(schema, attributes))
    return about


def record(process: Process, phase: str, **attributes: Value) -> None:
    """Record that a phase begins: an event of the current span, or a span of its own outside one.

    Raises:
        SchemaError: in strict mode, when phase or attributes are not the process's, or no object
            is anchored.

    """
    if _Mode.strict:
        _raise(check_record(process, phase, baggage.get_baggage(OBJ_ID), attributes))
    current = trace.get_current_span()
    if current.is_recording():
        current.add_event(process.name, _event(process, phase, attributes))
        return
    alone = _TRACER.start_span(process.name)
    if alone.is_recording():
        alone.set_attributes(_event(process, phase, attributes))
        alone.end()


class span:  # noqa: N801 - as for anchor.
    """Time a function at work in a process, and note the type of an exception that leaves it.

    The span is named after the process, or ``Process.function`` when a function is named.

    Raises:
        SchemaError: in strict mode, when an attribute is not the process's, or no object is
            anchored.

    """

    __slots__ = ("_attributes", "_function", "_process", "_span", "_token")

    def __init__(self, process: Process, function: str = "", /, **attributes: Value) -> None:
        if _Mode.strict:
            _raise(check_span(process, baggage.get_baggage(OBJ_ID), attributes))
        self._process = process
        self._function = function
        self._attributes = attributes

    def __enter__(self) -> None:
        name = f"{self._process.name}.{self._function}" if self._function else self._process.name
        self._span = _TRACER.start_span(name)
        self._token = None
        if self._span.is_recording():
            self._span.set_attributes(self._spelled())
        if self._span.get_span_context().is_valid:
            self._token = context.attach(trace.set_span_in_context(self._span))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is None:
            return
        context.detach(self._token)
        if isinstance(error, Exception):
            # Its type only: messages and stack traces carry what users typed.
            self._span.set_status(trace.StatusCode.ERROR, type(error).__name__)
        self._span.end()

    def _spelled(self) -> dict[str, Value]:
        function = {FUNCTION: self._function} if self._function else {}
        about = {PROCESS: self._process.name, **function}
        return {**anchored(), **about, **_spell(self._process, self._attributes)}


def _event(process: Process, phase: str, attributes: Mapping[str, Value]) -> dict[str, Value]:
    about = {PROCESS: process.name, PHASE: phase}
    return {**anchored(), **about, **_spell(process, attributes)}


def _spell(schema: ObjectType | Process, attributes: Mapping[str, Value]) -> dict[str, Value]:
    start = _prefix(schema.name)
    return {start + name: value for name, value in attributes.items()}


def _described() -> _Described:
    return cast("_Described", context.get_value(_DESCRIBED) or ())


def _raise(violations: tuple[Violation, ...]) -> None:
    if violations:
        raise SchemaError(violations)


__all__ = ["anchor", "anchored", "continuing", "record", "span", "strict"]
