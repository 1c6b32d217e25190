"""Look at the fingerprints that a test leaves, through a real OpenTelemetry SDK in memory.

Needs ``opentelemetry-sdk``, which is loaded when ``fingerprints`` is entered.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from opentelemetry import trace

from trilog_schemas.recording import strict

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan


@dataclass(frozen=True, slots=True)
class Event:
    """What was recorded inside a span."""

    name: str
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A finished span as a plain value, to be compared whole."""

    name: str
    attributes: Mapping[str, object]
    events: tuple[Event, ...] = ()
    error: str | None = None
    """The type of the exception that left the span."""
    parent: str | None = field(default=None, compare=False)
    """The span id of the parent, in hexadecimal."""
    trace: str = field(default="", compare=False)
    """The id of the trace, in hexadecimal."""


@contextmanager
def fingerprints() -> Generator[Sequence[Fingerprint]]:
    """Collect what is recorded meanwhile, by all threads, in the order in which spans end.

    Fingerprints are checked against their schemas too (see ``recording.strict``). The SDK stays
    installed in the process afterwards, since OpenTelemetry takes a provider only once, and drops
    what nobody collects.
    """
    collected: list[Fingerprint] = []
    collectors = _collectors()
    collectors.append(collected)
    try:
        with strict():
            yield collected
    finally:
        collectors[:] = [each for each in collectors if each is not collected]


@cache
def _collectors() -> list[list[Fingerprint]]:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

    collectors: list[list[Fingerprint]] = []

    class _Collect(SpanProcessor):
        def on_end(self, span: "ReadableSpan") -> None:
            for collector in collectors:
                collector.append(_fingerprint(span))

    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider(shutdown_on_exit=False)
        trace.set_tracer_provider(provider)
    provider.add_span_processor(_Collect())
    return collectors


def _fingerprint(span: "ReadableSpan") -> Fingerprint:
    failed = span.status.status_code is trace.StatusCode.ERROR
    own = span.get_span_context()
    return Fingerprint(
        name=span.name,
        attributes=dict(span.attributes or {}),
        events=tuple(Event(each.name, dict(each.attributes or {})) for each in span.events),
        error=span.status.description if failed else None,
        parent=trace.format_span_id(span.parent.span_id) if span.parent else None,
        trace=trace.format_trace_id(own.trace_id) if own else "",
    )


__all__ = ["Event", "Fingerprint", "fingerprints"]
