"""Logs captured in memory, in this process."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from typing import Any, cast

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

from sonde.sdk.logs import start_capture, stop_capture


class Captured:
    """What was captured, in order."""

    def __init__(self) -> None:
        self.exporter = InMemoryLogRecordExporter()
        self.provider = LoggerProvider(shutdown_on_exit=False)
        self.provider.add_log_record_processor(SimpleLogRecordProcessor(self.exporter))

    @property
    def records(self) -> list[LogRecord]:
        """The log records."""
        return [each.log_record for each in self.exporter.get_finished_logs()]

    @property
    def scopes(self) -> list[str]:
        """The names of their scopes."""
        scopes = [each.instrumentation_scope for each in self.exporter.get_finished_logs()]
        return [scope.name for scope in scopes if scope is not None]

    @property
    def bodies(self) -> list[object]:
        """Their bodies."""
        return [record.body for record in self.records]

    def only(self) -> LogRecord:
        """The one record there is."""
        (record,) = self.records
        return record

    def attributes(self) -> Mapping[str, Any]:
        """The attributes of the one record there is."""
        return cast(Mapping[str, Any], self.only().attributes)


@pytest.fixture
def captured() -> Generator[Captured]:
    """Captures until the test ends."""
    made = Captured()
    start_capture(made.provider)
    yield made
    stop_capture()


@pytest.fixture
def tracer() -> Tracer:
    """Makes spans that go nowhere."""
    return TracerProvider(shutdown_on_exit=False).get_tracer("test")


@pytest.fixture
def app() -> Generator[logging.Logger]:
    """A logger of a program's, at DEBUG."""
    logger = logging.getLogger("shop.checkout")
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(logging.NOTSET)
    logger.propagate = True
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
