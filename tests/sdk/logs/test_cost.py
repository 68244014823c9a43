"""What a captured log costs, against OpenTelemetry's own handler with the same pipeline."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable

from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.trace import Tracer

from sonde.sdk.logs import start_capture, stop_capture

LOGS = 500
ROUNDS = 25


class Nothing(LogRecordProcessor):
    """Where both pipelines end."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Takes nothing."""

    def shutdown(self) -> None:
        """Nothing to end."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing waits."""
        return True


class Silent(logging.Handler):
    """Writes nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        """Takes nothing."""


def nanoseconds(logger: logging.Logger) -> float:
    """Of one log."""
    began = time.perf_counter_ns()
    for number in range(LOGS):
        logger.info("order %d paid by %s", number, "ann", extra={"user_id": "u1", "amount": 12.5})
    return (time.perf_counter_ns() - began) / LOGS


def isolated(name: str, handler: logging.Handler) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return logger


def test_a_log_costs_no_more_than_with_opentelemetry_s_handler(tracer: Tracer) -> None:
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(Nothing())
    theirs = isolated(
        "cost.opentelemetry", LoggingHandler(logger_provider=provider, log_code_attributes=True)
    )
    ours = isolated("cost.sonde", Silent())

    def captured() -> float:
        start_capture(provider)
        try:
            return nanoseconds(ours)
        finally:
            stop_capture()

    measures: list[Callable[[], float]] = [lambda: nanoseconds(theirs), captured]
    gc.disable()
    try:
        with tracer.start_as_current_span("a"):
            times = [[measure() for measure in measures] for _ in range(ROUNDS)]
    finally:
        gc.enable()
        for logger in (theirs, ours):
            logger.handlers.clear()
    least_theirs, least_ours = (min(column) for column in zip(*times, strict=True))
    assert least_ours <= 1.15 * least_theirs, f"{least_ours:.0f} ns against {least_theirs:.0f} ns"
