"""Metrics: the messages `Gauge`, `Sum`, `Histogram` and `ExponentialHistogram` with their data points."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import (
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    Sum,
)
from opentelemetry.sdk.metrics._internal.exponential_histogram import buckets  # placeholder
