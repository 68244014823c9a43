"""Metrics: collected by the exporter's thread, so that they need none of their own."""

from __future__ import annotations

import threading
import time
from typing import Any, Final, cast

from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricReader, MetricsData

from sonde.sdk.complaints import complain
from sonde.sdk.export.queue import BoundedQueue
from sonde.sdk.forking import undivided
from sonde.sdk.stats import Tally

_METRICS: Final = "opentelemetry.sdk.metrics"
_LOCKS: Final = (type(threading.Lock()), type(threading.RLock()))
_CUMULATIVE: Final = AggregationTemporality.CUMULATIVE
_DELTA: Final = AggregationTemporality.DELTA
# Source: OpenTelemetry specification, OTLP metrics exporter, temporality preference.
_TEMPORALITIES: Final[dict[str, dict[type, AggregationTemporality]]] = {
    "cumulative": {},
    "delta": {
        Counter: _DELTA,
        UpDownCounter: _CUMULATIVE,
        Histogram: _DELTA,
        ObservableCounter: _DELTA,
        ObservableUpDownCounter: _CUMULATIVE,
        ObservableGauge: _CUMULATIVE,
    },
    "lowmemory": {
        Counter: _DELTA,
        UpDownCounter: _CUMULATIVE,
        Histogram: _DELTA,
        ObservableCounter: _CUMULATIVE,
        ObservableUpDownCounter: _CUMULATIVE,
        ObservableGauge: _CUMULATIVE,
    },
}


class QueueingReader(MetricReader):
    """Collects when it is asked and the interval is over, into a queue."""

    def __init__(
        self, queue: BoundedQueue[MetricsData], tally: Tally, *, interval_s: float, temporality: str
    ) -> None:
        super().__init__(preferred_temporality=_TEMPORALITIES[temporality])
        self._queue = queue
        self._tally = tally
        self.interval_s = interval_s
        self._due = time.monotonic() + interval_s

    def collect_if_due(self, now: bool) -> None:
        """Collect if the interval is over, or `now`."""
        moment = time.monotonic()
        if not now and moment < self._due:
            return
        self._due = moment + self.interval_s
        try:
            # Collecting holds locks that every measurement takes: a child forked now could never measure.
            with undivided():
                self.collect()
        except Exception as error:  # a callback of the program's that fails
            complain("cannot collect metrics: %s", error, error=error)

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object
    ) -> None:
        if metrics_data.resource_metrics and not self._queue.put(metrics_data):
            self._tally.dropped("metrics", "queue full")

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: object) -> None:
        """Nothing to end: the exporter's thread is not this reader's."""


def free_locks(provider: object) -> None:
    """In a forked child: free the locks of a provider's meters, which a thread of the parent's may have held.

    OpenTelemetry frees those of the provider itself; for the others, who measures would wait for ever.
    """
    seen: set[int] = set()
    waiting: list[Any] = [provider]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, _LOCKS):
            found._at_fork_reinit()  # pyright: ignore -- as the standard library does with locks of its own
        elif isinstance(found, dict):
            waiting += cast(dict[Any, Any], found).values()
        elif isinstance(found, list | tuple):
            waiting += cast(list[Any], found)
        elif type(found).__module__.startswith(_METRICS):
            waiting += getattr(found, "__dict__", {}).values()
