"""Logs of structlog: with its own loggers and over logging, configured at any time."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from io import StringIO
from typing import Any

import pytest
import structlog
from opentelemetry._logs import SeverityNumber
from opentelemetry.trace import Tracer
from structlog.testing import capture_logs
from structlog.typing import EventDict, WrappedLogger
from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram
from tests.sdk.logs.conftest import Captured


@pytest.fixture(autouse=True)
def defaults() -> Generator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def to(output: StringIO, *processors: Any, **more: Any) -> None:
    """Configure structlog to write JSON lines there."""
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file=output),
        **more,
    )


def over_logging(*processors: Any) -> None:
    """Configure structlog to hand its events to logging."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            *processors,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def test_an_event_becomes_a_record_and_shows_the_ids_in_its_line(captured: Captured, tracer: Tracer) -> None:
    output = StringIO()
    to(output, structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"))
    with tracer.start_as_current_span("a") as span:
        structlog.get_logger().bind(order=7).warning("order paid", amount=12.5, lines=[{"sku": "a"}])
    record, line = captured.only(), json.loads(output.getvalue())
    assert record.body == "order paid"
    assert (record.severity_number, record.severity_text) == (SeverityNumber.WARN, "WARN")
    assert record.span_id == span.get_span_context().span_id
    assert captured.scopes == [__name__]
    attributes = captured.attributes()
    assert (attributes["order"], attributes["amount"], attributes["lines"]) == (7, 12.5, '[{"sku":"a"}]')
    assert attributes["code.file.path"] == __file__
    assert not {"event", "level", "timestamp", "trace_id"} & attributes.keys()
    assert line["trace_id"] == f"{record.trace_id:032x}"
    assert line["span_id"] == f"{record.span_id:016x}"
    assert line["order"] == 7


def test_outside_of_a_span_a_line_is_what_it_was(captured: Captured) -> None:
    output = StringIO()
    to(output)
    structlog.get_logger().info("x", a=1)
    assert json.loads(output.getvalue()) == {"a": 1, "event": "x"}


@pytest.mark.parametrize(
    "processors",
    [
        [],
        [structlog.processors.format_exc_info],
        [structlog.processors.dict_tracebacks],
        [structlog.dev.set_exc_info, structlog.processors.format_exc_info],
    ],
    ids=["raw", "text", "frames", "set"],
)
def test_an_exception_is_structured_whatever_the_chain_makes_of_it(
    captured: Captured, processors: list[Any]
) -> None:
    to(StringIO(), *processors)
    try:
        raise KeyError("sku")
    except KeyError:
        structlog.get_logger().exception("cannot pay", order=7)
    attributes = captured.attributes()
    assert captured.only().severity_text == "ERROR"
    assert attributes["exception.type"] == "KeyError"
    assert attributes["exception.message"] == "'sku'"
    assert 'raise KeyError("sku")' in attributes["exception.stacktrace"]
    assert attributes["order"] == 7
    assert not {"exc_info", "exception"} & attributes.keys()


def test_a_renderer_is_shown_nothing_of_ours(captured: Captured) -> None:
    seen: list[EventDict] = []

    def renderer(logger: WrappedLogger, name: str, event_dict: EventDict) -> str:
        seen.append(event_dict)
        return ""

    structlog.configure(processors=[renderer], logger_factory=structlog.WriteLoggerFactory(file=StringIO()))
    try:
        raise KeyError("x")
    except KeyError:
        structlog.get_logger().exception("x")
    assert set(seen[0]) == {"event", "exc_info"}


def test_events_handed_to_logging_as_text_are_captured_once_and_structured(
    captured: Captured, tracer: Tracer, caplog: pytest.LogCaptureFixture
) -> None:
    over_logging(structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    logger = structlog.get_logger("shop.orders")
    with tracer.start_as_current_span("a"):
        try:
            raise KeyError("sku")
        except KeyError:
            logger.error("cannot pay", order=7, exc_info=True)
    logger.debug("filtered by its level")
    assert captured.scopes == ["shop.orders"]
    attributes = captured.attributes()
    assert captured.only().body == "cannot pay"
    assert attributes["order"] == 7
    assert attributes["exception.type"] == "KeyError"
    assert not {"logger", "level", "exception"} & attributes.keys()
    written = json.loads(caplog.records[-1].getMessage())
    assert written["trace_id"] == f"{captured.only().trace_id:032x}"
    assert not [name for name in vars(caplog.records[-1]) if "sonde" in name]


def test_events_handed_to_a_formatter_are_captured_once_and_structured(
    captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    over_logging(structlog.stdlib.ProcessorFormatter.wrap_for_formatter)
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ]
    )
    structlog.get_logger("shop.orders").warning("order paid", order=7)
    assert captured.only().body == "order paid"
    assert captured.attributes()["order"] == 7
    assert json.loads(formatter.format(caplog.records[-1])) == {
        "order": 7,
        "event": "order paid",
        "logger": "shop.orders",
        "level": "warning",
    }


def test_events_handed_to_logging_as_fields_are_captured_once(captured: Captured) -> None:
    over_logging(structlog.stdlib.render_to_log_kwargs)
    structlog.get_logger("shop.orders").warning("order paid", order=7)
    assert captured.only().body == "order paid"
    assert captured.attributes()["order"] == 7


def test_an_event_that_is_dropped_is_not_captured(captured: Captured) -> None:
    def drop(logger: WrappedLogger, name: str, event_dict: EventDict) -> EventDict:
        raise structlog.DropEvent

    structlog.configure(processors=[drop, structlog.processors.JSONRenderer()])
    structlog.get_logger().info("x")
    structlog.configure(processors=[drop])
    structlog.get_logger().info("x")
    assert captured.bodies == []


def test_a_filtering_logger_s_level_decides(captured: Captured) -> None:
    to(StringIO(), wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    structlog.get_logger().info("no")
    structlog.get_logger().warning("yes")
    assert captured.bodies == ["yes"]


def test_a_renamed_event_is_still_the_body(captured: Captured) -> None:
    to(StringIO(), structlog.processors.EventRenamer("message"))
    structlog.get_logger().info("order paid")
    assert captured.only().body == "order paid"


def test_values_of_the_context_are_attributes(captured: Captured) -> None:
    to(StringIO(), structlog.contextvars.merge_contextvars)
    structlog.contextvars.bind_contextvars(request="r1")
    structlog.get_logger().info("x")
    assert captured.attributes()["request"] == "r1"


def test_structlog_s_own_testing_goes_on_working(captured: Captured) -> None:
    to(StringIO())
    with capture_logs() as entries:
        structlog.get_logger().info("in the test", a=1)
    structlog.get_logger().info("after it")
    assert entries == [{"a": 1, "event": "in the test", "log_level": "info"}]
    assert captured.bodies == ["after it"]


def test_the_program_s_own_list_of_processors_is_not_touched(captured: Captured) -> None:
    mine: list[Any] = [structlog.processors.add_log_level, structlog.processors.JSONRenderer()]
    structlog.configure(processors=mine, logger_factory=structlog.WriteLoggerFactory(file=StringIO()))
    structlog.configure(processors=mine)
    structlog.get_logger().info("once")
    assert len(mine) == 2
    assert captured.bodies == ["once"]


@pytest.mark.parametrize("when", ["before", "after", "never", "cached"])
def test_structlog_is_captured_whenever_it_is_imported_and_configured(
    collector: Collector, run_program: RunProgram, when: str
) -> None:
    configure = "structlog.configure(processors=[structlog.processors.JSONRenderer()]{})"
    first = {
        "before": "import structlog\n" + configure.format("") + "\nsonde.configure()",
        "after": "sonde.configure()\nimport structlog\n" + configure.format(""),
        "never": "import structlog\nsonde.configure()",
        "cached": "import structlog\n"
        + configure.format(", cache_logger_on_first_use=True")
        + "\nlogger = structlog.get_logger()\nlogger.info('too early')\nsonde.configure()",
    }[when]
    source = f"import sonde\n{first}\nlogger = globals().get('logger') or structlog.get_logger()\n"
    run_program(source + "with sonde.span('a'):\n    logger.info('order paid', order=7)\n")
    (received,) = collector.logs
    assert received.record.body.string_value == "order paid"
    assert received.record.span_id == collector.spans[0].record.span_id
    assert values(received.record.attributes)["order"] == 7


def test_asynchronous_events_keep_their_span(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        """
import asyncio, sonde, structlog
sonde.configure()
async def main():
    with sonde.span("a"):
        await structlog.get_logger().ainfo("order paid", order=7)
asyncio.run(main())
"""
    )
    (received,) = collector.logs
    assert received.record.span_id == collector.spans[0].record.span_id
    assert received.scope == "__main__"
    assert values(received.record.attributes)["code.function.name"] == "main"
