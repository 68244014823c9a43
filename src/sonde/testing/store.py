"""A store for one test, and telemetry put into it. Needs `sonde[server]` when it is called."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sonde.testing.clock import EPOCH_NS

if TYPE_CHECKING:
    from sonde.store import Database, Store


def insert(
    database: Database,
    *requests: ExportTraceServiceRequest | ExportLogsServiceRequest | ExportMetricsServiceRequest,
    received_at_ns: int = EPOCH_NS,
    segment: int = 1 << 22,
) -> None:
    """Decode and store requests as the server does, without a journal.

    Give each call a `segment` of its own (its low ten bits zero): equal ones are taken for a retry.
    """
    from sonde.decode import Signal, parse, slices

    for request in requests:
        signal: Literal["traces", "logs", "metrics"]
        if isinstance(request, ExportTraceServiceRequest):
            signal = "traces"
        elif isinstance(request, ExportLogsServiceRequest):
            signal = "logs"
        else:
            signal = "metrics"
        parsed = parse(Signal(signal), [request.SerializeToString()])
        for number, blocks in enumerate(slices(parsed, received_at_ns=[received_at_ns], segment=segment)):
            for block in blocks:
                database.insert_block(
                    block.table, block.data, block.partition, segment=segment + number, check=True
                )


@contextmanager
def temporary_store(**settings: object) -> Generator[Store, None, None]:
    """An embedded store in a directory that goes away with it; one at a time in a process."""
    from sonde.settings import Settings
    from sonde.store import open_store

    with tempfile.TemporaryDirectory(prefix="sonde-") as directory:
        values = Settings.model_validate({"data_dir": Path(directory), **settings})
        with open_store(values) as store:
            yield store
