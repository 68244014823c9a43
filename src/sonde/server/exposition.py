"""The Prometheus text format (version 0.0.4): too little to depend on a client library for."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Histogram:
    """Durations in seconds, counted in fixed buckets, by label values. Any thread may observe."""

    def __init__(self, *labels: str) -> None:
        self.labels = labels
        self._lock = threading.Lock()
        self._series: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}

    def observe(self, seconds: float, *values: str) -> None:
        """Count one duration."""
        with self._lock:
            counts, total = self._series.setdefault(values, ([0] * (len(SECONDS) + 1), [0.0]))
            counts[bisect_left(SECONDS, seconds)] += 1
            total[0] += seconds

    def snapshot(self) -> dict[tuple[str, ...], tuple[list[int], float]]:
        """Bucket counts (not cumulative) and the sum, by label values."""
        with self._lock:
            return {values: (list(counts), total[0]) for values, (counts, total) in self._series.items()}


class Page:
    """A page of metrics, being written."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def gauge(self, name: str, text: str, value: float) -> None:
        """One value that goes up and down."""
        self._head(name, text, "gauge")
        self._lines.append(f"{name} {value:.15g}")

    def gauges(self, name: str, text: str, label: str, values: Mapping[str, float]) -> None:
        """One value each for the values of a label."""
        self._head(name, text, "gauge")
        self._samples(name, (label,), (((key,), value) for key, value in sorted(values.items())))

    def counter(self, name: str, text: str, value: float) -> None:
        """One value that only grows; `name` ends in `_total`."""
        self._head(name, text, "counter")
        self._lines.append(f"{name} {value:.15g}")

    def counters(
        self, name: str, text: str, labels: Sequence[str], values: Mapping[tuple[str, ...], float]
    ) -> None:
        """Values that only grow, by label values."""
        self._head(name, text, "counter")
        self._samples(name, labels, sorted(values.items()))

    def histogram(self, name: str, text: str, histogram: Histogram) -> None:
        """Durations in seconds."""
        self._head(name, text, "histogram")
        for values, (counts, total) in sorted(histogram.snapshot().items()):
            cumulative = 0
            for bound, count in zip((*SECONDS, None), counts, strict=True):
                cumulative += count
                edge = "+Inf" if bound is None else f"{bound:g}"
                labels = _labels((*histogram.labels, "le"), (*values, edge))
                self._lines.append(f"{name}_bucket{labels} {cumulative}")
            labels = _labels(histogram.labels, values)
            self._lines.append(f"{name}_sum{labels} {total:.15g}")
            self._lines.append(f"{name}_count{labels} {cumulative}")

    def text(self) -> str:
        """The whole page."""
        return "\n".join(self._lines) + "\n"

    def _head(self, name: str, text: str, kind: str) -> None:
        self._lines.append(f"# HELP {name} {text}")
        self._lines.append(f"# TYPE {name} {kind}")

    def _samples(
        self, name: str, labels: Sequence[str], samples: Iterable[tuple[tuple[str, ...], float]]
    ) -> None:
        self._lines += [f"{name}{_labels(labels, values)} {value:.15g}" for values, value in samples]


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    pairs = ",".join(f'{name}="{_escape(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + pairs + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
