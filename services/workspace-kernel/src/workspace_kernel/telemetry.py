"""What the kernel counts and times, as Prometheus metrics named after their units.

One registry for each kernel, so that several live in one process. What happens to which panel is
told through ``trilog_schemas`` where it happens; this module holds numbers only.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from nexus_core.sandbox import PoolMetrics
from nexus_protocol.messages import Metrics

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Telemetry:
    """The metrics of one kernel."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "nexus_http_request_seconds",
            "Time to answer an HTTP request.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.executions = Counter(
            "nexus_executions",
            "Executions that ended, by outcome: ok or an error code.",
            ("outcome",),
            registry=self.registry,
        )
        self.execution_seconds = Histogram(
            "nexus_execution_seconds",
            "Wall time of an execution, waiting included.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.compute_seconds = Histogram(
            "nexus_execution_compute_seconds",
            "Time of an execution inside the sandbox.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.changes = Counter(
            "nexus_changes", "Change sets committed to panels.", registry=self.registry
        )
        self.commit_seconds = Histogram(
            "nexus_commit_seconds",
            "Time of one database transaction.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.commit_writes = Histogram(
            "nexus_commit_writes",
            "Writes that shared one database transaction.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=self.registry,
        )
        self.panels = Gauge("nexus_panels_running", "Panels that run now.", registry=self.registry)
        self.connections = Gauge(
            "nexus_websocket_connections", "Open WebSockets.", registry=self.registry
        )
        self.subscriptions = Gauge(
            "nexus_websocket_subscriptions",
            "Panels that open WebSockets follow.",
            registry=self.registry,
        )
        self.tasks = Gauge(
            "nexus_event_loop_tasks", "Tasks on the event loop.", registry=self.registry
        )
        self.tasks.set_function(_tasks)
        self.frames = Counter(
            "nexus_websocket_frames",
            "Frames over WebSockets.",
            ("direction",),
            registry=self.registry,
        )
        self.bytes = Counter(
            "nexus_websocket_characters",
            "Characters of frames over WebSockets; of packed ones that come in, bytes.",
            ("direction",),
            registry=self.registry,
        )
        self.collapses = Counter(
            "nexus_websocket_collapses",
            "Times a slow client's queue was replaced by a snapshot.",
            registry=self.registry,
        )
        self.account_events = Counter(
            "nexus_account_events",
            "What was done about accounts and rights, as the audit log names it.",
            ("action",),
            registry=self.registry,
        )

    def watch(self, pool: Callable[[], PoolMetrics]) -> Callable[[], None]:
        """Show how much of the sandbox is in use; returns what ends that."""
        collector = _Pool(pool)
        self.registry.register(collector)
        return lambda: self.registry.unregister(collector)

    def commit(self, writes: int, seconds: float) -> None:
        """Take note of a transaction."""
        self.commit_seconds.observe(seconds)
        self.commit_writes.observe(writes)

    def execution(self, outcome: str, metrics: Metrics | None) -> None:
        """Take note of an execution."""
        self.executions.labels(outcome).inc()
        if metrics is not None:
            self.execution_seconds.observe(metrics.duration_ms / 1000)
            self.compute_seconds.observe(metrics.compute_ms / 1000)

    def sent(self, text: str) -> None:
        """Take note of a frame to a client."""
        self.frames.labels("out").inc()
        self.bytes.labels("out").inc(len(text))

    def received(self, frame: str | bytes) -> None:
        """Take note of a frame from a client."""
        self.frames.labels("in").inc()
        self.bytes.labels("in").inc(len(frame))

    def page(self) -> bytes:
        """Print all metrics as Prometheus reads them."""
        return generate_latest(self.registry)


def _tasks() -> float:
    """Return how many tasks the event loop has that the page is made on; 0 elsewhere."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0


class _Pool(Collector):
    """Reads the sandbox's figures when somebody asks for the page."""

    def __init__(self, read: Callable[[], PoolMetrics]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        now = self._read()
        for name, text, value in (
            ("live", "Instances that exist, those of waiting executions included.", now.live),
            ("room", "Instances that may exist at once.", now.room),
            ("running", "Instances that compute now.", now.running),
            ("threads", "Threads or processes that executions run on.", now.threads),
            ("waiting", "Executions that wait for a thread.", now.waiting),
            ("utilisation_ratio", "Share of the threads that do something.", now.utilisation),
            ("workers", "Worker processes that are ready.", now.workers),
        ):
            yield GaugeMetricFamily(f"nexus_sandbox_{name}", text, value)
        for name, text, value in (
            ("acquired", "Times that an execution was given a thread.", now.acquired),
            ("refused", "Executions not begun because too much waited.", now.refused),
            ("waited_seconds", "Time that executions waited for a thread.", now.waited_seconds),
            ("workers_lost", "Worker processes that ended on their own.", now.workers_lost),
            ("scripts_compiled", "Handlers compiled, to be kept so.", now.scripts_compiled),
            ("scripts_reused", "Times that a handler was there compiled.", now.scripts_reused),
        ):
            yield CounterMetricFamily(f"nexus_sandbox_{name}", text, value)


__all__ = ["MEDIA_TYPE", "Telemetry"]
