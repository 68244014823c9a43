"""Makes spans or logs through Sonde or the bare OpenTelemetry SDK, and prints what they cost as JSON.

Run as `python -m bench.sdk.records spans|logs sonde|bare ENDPOINT ROUNDS`. A round makes `ROUND` records and
sends them; nothing is dropped, so both sides do the same work.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable

ROUND = 1000
_WARM_UP_ROUNDS = 3


def main() -> None:
    kind, side, endpoint, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    if kind == "spans":
        make, flush = _sonde_spans(endpoint) if side == "sonde" else _bare_spans(endpoint)
    else:
        make, flush = _sonde_logs(endpoint) if side == "sonde" else _bare_logs(endpoint)
    thread_ns = 0
    began_ns = 0
    for number in range(_WARM_UP_ROUNDS + rounds):
        if number == _WARM_UP_ROUNDS:
            thread_ns, began_ns = 0, time.process_time_ns()
        started_ns = time.thread_time_ns()
        make()
        thread_ns += time.thread_time_ns() - started_ns
        flush()
    made = rounds * ROUND
    process_ns = time.process_time_ns() - began_ns
    print(json.dumps({"caller_ns": thread_ns / made, "process_ns": process_ns / made}))


def _sonde_spans(endpoint: str) -> tuple[Callable[[], object], Callable[[], object]]:
    import sonde

    sonde.configure(service_name="bench", endpoint=endpoint, instrument=False, capture_logs=False)

    def make() -> None:
        for number in range(ROUND // 2):
            with (
                sonde.span("orders.place", {"order.items": number, "user.id": "user-17"}),
                sonde.span("orders.reserve", {"stock.shelf": "A-7"}),
            ):
                pass

    return make, sonde.flush


def _bare_spans(endpoint: str) -> tuple[Callable[[], object], Callable[[], object]]:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "bench"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    tracer = provider.get_tracer("bench")

    def make() -> None:
        for number in range(ROUND // 2):
            with (
                tracer.start_as_current_span(
                    "orders.place", attributes={"order.items": number, "user.id": "user-17"}
                ),
                tracer.start_as_current_span("orders.reserve", attributes={"stock.shelf": "A-7"}),
            ):
                pass

    return make, provider.force_flush


def _log_some() -> None:
    log = logging.getLogger("bench")
    for number in range(ROUND):
        log.info("order %s placed", number, extra={"order.items": number, "user.id": "user-17"})


def _sonde_logs(endpoint: str) -> tuple[Callable[[], object], Callable[[], object]]:
    import sonde

    logging.getLogger("bench").setLevel(logging.INFO)
    sonde.configure(service_name="bench", endpoint=endpoint, instrument=False)
    return _log_some, sonde.flush


def _bare_logs(endpoint: str) -> tuple[Callable[[], object], Callable[[], object]]:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    provider = LoggerProvider(resource=Resource.create({"service.name": "bench"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(f"{endpoint}/v1/logs")))
    logging.getLogger("bench").setLevel(logging.INFO)
    logging.getLogger().addHandler(LoggingHandler(logger_provider=provider))
    return _log_some, provider.force_flush


if __name__ == "__main__":
    main()
