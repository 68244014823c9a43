from __future__ import annotations

import gc
import os
import threading
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from sonde.sdk.process_metrics import measure_process


def measured() -> tuple[InMemoryMetricReader, MeterProvider]:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    measure_process(provider.get_meter("test"))
    return reader, provider


def values(reader: InMemoryMetricReader) -> dict[tuple[str, tuple[Any, ...]], float]:
    data = reader.get_metrics_data()
    assert data is not None
    return {
        (metric.name, tuple((point.attributes or {}).values())): getattr(point, "value", 0)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


def test_the_process_is_measured() -> None:
    reader, _provider = measured()
    before = gc.get_stats()[2]["collections"]
    gc.collect()
    found = values(reader)
    assert found["process.cpu.time", ("user",)] > 0
    assert 10_000_000 < found["process.memory.usage", ()] < found["process.memory.virtual", ()]
    assert found["process.thread.count", ()] == threading.active_count()
    assert found["cpython.gc.collections", (2,)] >= before + 1
    assert found["process.uptime", ()] >= 0


def test_open_files_are_counted() -> None:
    reader, _provider = measured()
    before = values(reader)["process.unix.file_descriptor.count", ()]
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(5)]
    assert values(reader)["process.unix.file_descriptor.count", ()] == before + 5
    for each in opened:
        os.close(each)


def test_cpu_utilization_is_that_since_last_time() -> None:
    reader, _provider = measured()
    values(reader)
    sum(number * number for number in range(300_000))
    assert 0 < values(reader)["process.cpu.utilization", ("user",)] <= 1.5
