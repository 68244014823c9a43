"""Logs of loguru, whatever the program does with its handlers."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest
from loguru import logger
from opentelemetry._logs import SeverityNumber
from opentelemetry.trace import Tracer
from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram
from tests.sdk.logs.conftest import Captured

from sonde.sdk.logs import start_capture, stop_capture

if TYPE_CHECKING:
    import loguru


@pytest.fixture(autouse=True)
def handlers(captured: Captured) -> Generator[None]:
    """None but ours; loguru's default one comes back."""
    logger.remove()
    yield
    logger.configure(handlers=[{"sink": sys.stderr}], extra={}, patcher=lambda record: None)


def lines(format: str = "{message}", **more: Any) -> list[str]:
    """What a handler of the program's writes, from now on."""
    written: list[str] = []
    logger.add(lambda message: written.append(str(message).rstrip("\n")), format=format, **more)
    return written


def test_a_log_becomes_a_record_of_the_span_it_was_made_in(captured: Captured, tracer: Tracer) -> None:
    written = lines("{message} {extra[trace_id]} {extra[span_id]}")
    with tracer.start_as_current_span("a") as span:
        logger.bind(order=7).success("paid by {}", "ann", amount=12.5)
    record = captured.only()
    assert record.body == "paid by ann"
    assert (record.severity_number, record.severity_text) == (SeverityNumber.INFO4, "SUCCESS")
    assert record.span_id == span.get_span_context().span_id
    assert captured.scopes == [__name__]
    attributes = captured.attributes()
    assert (attributes["order"], attributes["amount"]) == (7, 12.5)
    assert attributes["code.file.path"] == __file__
    assert attributes["code.function.name"] == "test_a_log_becomes_a_record_of_the_span_it_was_made_in"
    assert "trace_id" not in attributes
    assert written == [f"paid by ann {record.trace_id:032x} {record.span_id:016x}"]


def test_a_format_with_ids_works_outside_of_a_span(captured: Captured) -> None:
    written = lines("[{extra[trace_id]}] {message}")
    logger.info("x")
    assert written == ["[] x"]


def test_an_exception_is_structured(captured: Captured) -> None:
    try:
        raise KeyError("sku")
    except KeyError:
        logger.exception("cannot pay")
    attributes = captured.attributes()
    assert attributes["exception.type"] == "KeyError"
    assert attributes["exception.message"] == "'sku'"
    assert 'raise KeyError("sku")' in attributes["exception.stacktrace"]


def test_caught_exceptions_are_structured(captured: Captured) -> None:
    @logger.catch
    def fail() -> None:
        raise ValueError("broken")

    fail()
    assert captured.attributes()["exception.type"] == "ValueError"


def test_capturing_survives_what_the_program_does_with_its_handlers(captured: Captured) -> None:
    logger.info("with none")
    logger.remove()
    logger.info("removed again")
    added = logger.add(sys.stderr)
    logger.remove(added)
    logger.info("one came and went")
    logger.configure(handlers=[{"sink": sys.stderr}], extra={"app": "shop"})
    logger.info("configured")
    assert captured.bodies == ["with none", "removed again", "one came and went", "configured"]
    assert captured.records[-1].attributes is not None
    assert captured.records[-1].attributes["app"] == "shop"


def test_the_numbers_of_handlers_are_what_they_would_be(captured: Captured) -> None:
    first = logger.add(sys.stderr)
    assert logger.add(sys.stderr) == first + 1


def test_the_least_level_of_the_program_s_handlers_decides(captured: Captured) -> None:
    written = lines(level="WARNING")
    for _ in range(2):
        logger.info("no")
        logger.debug("no")
    logger.warning("yes")
    more = lines(level="TRACE")
    logger.trace("now yes")
    assert captured.bodies == ["yes", "now yes"]
    assert (written, more) == (["yes"], ["now yes"])


def test_a_module_that_is_disabled_is_not_captured(captured: Captured) -> None:
    logger.disable(__name__)
    logger.error("no")
    logger.enable(__name__)
    logger.error("yes")
    assert captured.bodies == ["yes"]


def test_patchers_of_the_program_are_seen(captured: Captured) -> None:
    def tenant(record: loguru.Record) -> None:
        record["extra"]["tenant"] = "acme"

    logger.patch(tenant).info("x")
    with logger.contextualize(request="r1"):
        logger.info("y")
    assert [dict(each.attributes or {}).get("tenant") for each in captured.records] == ["acme", None]
    assert [dict(each.attributes or {}).get("request") for each in captured.records] == [None, "r1"]


def test_handed_on_to_logging_it_is_captured_once(captured: Captured) -> None:
    class Propagate(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logging.getLogger(record.name).handle(record)

    logger.add(Propagate(), format="{level} {message}")
    logger.add(lambda message: logging.getLogger("forwarded").warning(str(message)), format="{message}")
    logger.add(Propagate(), enqueue=True)
    logger.bind(order=7).warning("order paid")
    logger.complete()
    assert captured.bodies == ["order paid"]
    assert captured.attributes()["order"] == 7


def test_handed_over_from_logging_it_is_captured_once(captured: Captured, app: logging.Logger) -> None:
    class Intercept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logger.opt(exception=record.exc_info).log(record.levelname, record.getMessage())

    written = lines("{message}")
    app.addHandler(Intercept())
    app.warning("order %d paid", 7, extra={"order": 7})
    assert captured.bodies == ["order 7 paid"]
    assert captured.attributes()["order"] == 7
    assert written == ["order 7 paid"]


def test_a_handler_of_logging_may_log_something_else_with_loguru(
    captured: Captured, app: logging.Logger
) -> None:
    class Counting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logger.info("another log")

    app.addHandler(Counting())
    app.warning("order paid")
    assert captured.bodies == ["order paid", "another log"]


def test_after_the_stop_nothing_is_left(captured: Captured) -> None:
    stop_capture()
    logger.info("x")
    logger.remove()
    logger.info("x")
    start_capture(captured.provider)
    logger.info("again")
    assert captured.bodies == ["again"]


@pytest.mark.parametrize("first", ["import loguru\nsonde.configure()", "sonde.configure()\nimport loguru"])
def test_loguru_is_captured_whenever_it_is_imported(
    collector: Collector, run_program: RunProgram, first: str
) -> None:
    ran = run_program(
        f"""
import multiprocessing, sonde
{first}
from loguru import logger
with sonde.span("a"):
    logger.info("order paid", order=7)
"""
    )
    (received,) = collector.logs
    assert received.record.span_id == collector.spans[0].record.span_id
    assert values(received.record.attributes)["order"] == 7
    assert ran.stderr.count("order paid") == 1


def test_loguru_handed_to_a_spawned_process_works_there(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(
        """
import multiprocessing, sys
import sonde
from loguru import logger

def work(passed):
    sonde.configure()
    passed.info("in the child")

if __name__ == "__main__":
    sonde.configure()
    logger.remove()
    logger.add(sys.stderr, enqueue=True, context=multiprocessing.get_context("spawn"))
    child = multiprocessing.get_context("spawn").Process(target=work, args=(logger,))
    child.start()
    child.join()
    assert child.exitcode == 0
    logger.info("in the parent")
"""
    )
    bodies = sorted(each.record.body.string_value for each in collector.logs)
    assert bodies == ["in the child", "in the parent"]
