"""Logs of the standard library's logging, captured in this process."""

from __future__ import annotations

import copy
import logging
import logging.handlers
import pickle
import queue
from typing import Any

import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.trace import Tracer
from tests.sdk.logs.conftest import Captured

from sonde.sdk.logs import CaptureOptions, start_capture, stop_capture


def test_a_log_becomes_a_record_of_the_span_it_was_made_in(
    captured: Captured, app: logging.Logger, tracer: Tracer
) -> None:
    with tracer.start_as_current_span("pay") as span:
        app.info("order %d paid by %s", 7, "ann", extra={"user_id": "u1", "amount": 12.5})
    record, context = captured.only(), span.get_span_context()
    assert captured.scopes == ["shop.checkout"]
    assert record.body == "order 7 paid by ann"
    assert (record.severity_number, record.severity_text) == (SeverityNumber.INFO, "INFO")
    assert (record.trace_id, record.span_id) == (context.trace_id, context.span_id)
    attributes = captured.attributes()
    assert attributes["user_id"] == "u1"
    assert attributes["amount"] == 12.5
    assert attributes["code.file.path"] == __file__
    assert attributes["code.function.name"] == "test_a_log_becomes_a_record_of_the_span_it_was_made_in"
    assert attributes["code.line.number"] > 0
    assert set(attributes) == {
        "user_id",
        "amount",
        "code.file.path",
        "code.function.name",
        "code.line.number",
    }


def test_an_exception_is_structured(captured: Captured, app: logging.Logger) -> None:
    class Refused(ValueError):
        pass

    try:
        raise Refused("card declined")
    except Refused:
        app.exception("cannot pay")
    attributes = captured.attributes()
    assert captured.only().body == "cannot pay"
    assert attributes["exception.type"].endswith("Refused")
    assert attributes["exception.type"].startswith(__name__)
    assert attributes["exception.message"] == "card declined"
    assert 'raise Refused("card declined")' in attributes["exception.stacktrace"]


def test_an_exception_may_be_handed_over_without_being_current(
    captured: Captured, app: logging.Logger
) -> None:
    app.error("later", exc_info=KeyError("x"), stack_info=True)
    assert captured.attributes()["exception.type"] == "KeyError"
    assert "test_std_logging" in captured.attributes()["code.stacktrace"]


@pytest.mark.parametrize(
    ("level", "number", "text"),
    [
        (5, SeverityNumber.TRACE2, "Level 5"),
        (10, SeverityNumber.DEBUG, "DEBUG"),
        (25, SeverityNumber.INFO4, "Level 25"),
        (30, SeverityNumber.WARN, "WARN"),
        (50, SeverityNumber.FATAL, "FATAL"),
        (99, SeverityNumber.FATAL4, "Level 99"),
    ],
)
def test_levels_become_severities(
    captured: Captured, app: logging.Logger, level: int, number: SeverityNumber, text: str
) -> None:
    app.setLevel(1)
    app.log(level, "x")
    assert (captured.only().severity_number, captured.only().severity_text) == (number, text)


def test_the_program_s_own_levels_decide_what_is_captured(captured: Captured, app: logging.Logger) -> None:
    app.setLevel(logging.WARNING)
    app.info("no")
    app.warning("yes")
    logging.disable(logging.ERROR)
    try:
        app.error("not now")
    finally:
        logging.disable(logging.NOTSET)
    assert captured.bodies == ["yes"]


def test_a_least_level_may_be_set(captured: Captured, app: logging.Logger) -> None:
    start_capture(captured.provider, CaptureOptions(level=logging.ERROR))
    app.warning("no")
    app.error("yes")
    assert captured.bodies == ["yes"]


def test_handlers_of_the_program_are_left_alone(captured: Captured, app: logging.Logger) -> None:
    before = list(logging.root.handlers)
    app.warning("x")
    assert logging.root.handlers == before
    assert app.handlers == []


def test_a_logger_that_does_not_propagate_is_captured_if_it_writes_anywhere(
    captured: Captured, app: logging.Logger
) -> None:
    app.propagate = False
    app.addHandler(logging.NullHandler())
    app.warning("silenced")
    app.addHandler(logging.handlers.BufferingHandler(10))
    app.warning("written")
    assert captured.bodies == ["written"]


def test_filters_of_a_logger_count(captured: Captured, app: logging.Logger) -> None:
    def not_health(record: logging.LogRecord) -> bool:
        return "health" not in record.getMessage()

    app.addFilter(not_health)
    try:
        app.info("GET /health")
        app.info("GET /")
    finally:
        app.removeFilter(not_health)
    assert captured.bodies == ["GET /"]


def test_fields_of_the_program_s_own_named_like_ours_are_kept(
    captured: Captured, app: logging.Logger, tracer: Tracer, caplog: pytest.LogCaptureFixture
) -> None:
    with tracer.start_as_current_span("a"):
        app.info("x", extra={"trace_id": "theirs"})
    assert captured.attributes()["trace_id"] == "theirs"
    assert vars(caplog.records[-1])["trace_id"] == "theirs"


def test_an_event_name_makes_it_an_event(captured: Captured, app: logging.Logger) -> None:
    app.info("paid", extra={"event.name": "order.paid"})
    assert captured.only().event_name == "order.paid"
    assert "event.name" not in captured.attributes()


def test_a_message_that_is_a_mapping_has_its_members_as_attributes(
    captured: Captured, app: logging.Logger
) -> None:
    app.info({"order": 7, "state": "paid"})
    assert captured.only().body == "{'order': 7, 'state': 'paid'}"
    assert captured.attributes()["order"] == 7


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("message", "arguments", "named"),
    [
        ("%d", ["not a number"], {}),
        ("%s", [Hostile()], {}),
        (Hostile(), [], {}),
        ("x", [], {"extra": {"value": Hostile(), "nested": {"a": [Hostile()]}}}),
        ("x", [], {"extra": {f"a{number}": number for number in range(10_000)}}),
        ("x" * 1_000_000, [], {"extra": {"long": "y" * 1_000_000}}),
        ("x", [], {"exc_info": Exception(Hostile())}),
        ("\ud800", [], {"extra": {"\ud800": b"\xff"}}),
    ],
    ids=["arguments", "argument", "message", "values", "many", "long", "exception", "surrogates"],
)
def test_what_cannot_be_told_is_bounded_and_told_as_far_as_possible(
    captured: Captured, app: logging.Logger, message: object, arguments: list[object], named: dict[str, Any]
) -> None:
    app.propagate = False
    app.addHandler(logging.handlers.BufferingHandler(10))
    app.info(message, *arguments, **named)
    record = captured.only()
    assert len(str(record.body)) < 70_000
    assert record.attributes is not None
    assert len(record.attributes) <= 128
    assert all(len(str(value)) < 70_000 for value in record.attributes.values())


def test_an_endless_recursion_is_captured_as_any_exception(captured: Captured, app: logging.Logger) -> None:
    def again() -> None:
        again()

    try:
        again()
    except RecursionError:
        app.exception("deep")
    assert captured.attributes()["exception.type"] == "RecursionError"
    assert len(captured.attributes()["exception.stacktrace"]) <= 32_768


def test_what_sonde_and_opentelemetry_log_is_not_captured(captured: Captured) -> None:
    for name in ("sonde", "sonde.anything", "opentelemetry.sdk.trace"):
        logging.getLogger(name).error("x")
    assert captured.bodies == []


def test_what_is_logged_where_instrumentation_is_suppressed_is_not_captured(
    captured: Captured, app: logging.Logger
) -> None:
    with suppress_instrumentation():
        app.error("x")
    assert captured.bodies == []


class Chatty(LogRecordProcessor):
    """A processor of the program's that logs what it gets."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        logging.getLogger("chatty").warning("got %s", log_record.log_record.body)

    def shutdown(self) -> None:
        """Nothing to end."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing waits."""
        return True


def test_a_pipeline_that_logs_does_not_go_on_for_ever(captured: Captured, app: logging.Logger) -> None:
    captured.provider.add_log_record_processor(Chatty())
    app.info("one")
    assert captured.bodies[:2] == ["one", "got one"]
    assert len(captured.bodies) < 10


def test_a_log_made_while_another_is_written_down_is_captured_as_well(
    captured: Captured, app: logging.Logger
) -> None:
    class Telling:
        def __str__(self) -> str:
            app.info("inner")
            return "outer"

    app.info(Telling())
    assert "inner" in captured.bodies
    assert "outer" in captured.bodies


def test_a_record_that_is_handed_on_twice_is_captured_once(captured: Captured, app: logging.Logger) -> None:
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    app.addHandler(logging.handlers.QueueHandler(waiting))
    app.warning("once")
    app.handle(waiting.get())
    assert captured.bodies == ["once"]


def test_a_record_of_another_process_that_captured_it_is_not_captured_again(
    captured: Captured, app: logging.Logger
) -> None:
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    app.addHandler(logging.handlers.QueueHandler(waiting))
    app.warning("once")
    pickled = pickle.dumps(waiting.get())
    assert b"sonde" not in pickled
    record = pickle.loads(pickled)
    record.process += 1
    app.handle(record)
    assert captured.bodies == ["once"]


def test_a_record_of_another_process_that_did_not_is_captured(
    captured: Captured, app: logging.Logger
) -> None:
    app.handle(logging.makeLogRecord({"msg": "from afar", "name": app.name, "levelno": 30, "process": 1}))
    assert captured.bodies == ["from afar"]


def test_a_record_factory_of_the_program_s_is_respected(captured: Captured, app: logging.Logger) -> None:
    before = logging.getLogRecordFactory()

    class Record(logging.LogRecord):
        tenant: str

    def made(*arguments: object, **named: object) -> logging.LogRecord:
        record = Record(*arguments, **named)  # type: ignore[arg-type]
        record.tenant = "acme"
        return record

    logging.setLogRecordFactory(made)
    try:
        app.info("x")
    finally:
        logging.setLogRecordFactory(before)
    assert captured.attributes()["tenant"] == "acme"


def test_starting_twice_captures_once_and_the_last_provider_counts(
    captured: Captured, app: logging.Logger
) -> None:
    other = Captured()
    start_capture(other.provider)
    start_capture(other.provider)
    app.info("x")
    assert (captured.bodies, other.bodies) == ([], ["x"])


def test_stopping_puts_everything_back(captured: Captured, app: logging.Logger) -> None:
    stop_capture()
    original = logging.Logger.callHandlers
    start_capture(captured.provider)
    stop_capture()
    stop_capture()
    app.info("x")
    assert logging.Logger.callHandlers is original
    assert captured.bodies == []


def test_another_library_may_wrap_the_same_place(captured: Captured, app: logging.Logger) -> None:
    seen: list[str] = []
    below = logging.Logger.callHandlers

    def theirs(self: logging.Logger, record: logging.LogRecord) -> None:
        seen.append(record.getMessage())
        below(self, record)

    logging.Logger.callHandlers = theirs
    try:
        stop_capture()
        app.info("after the stop")
        start_capture(captured.provider)
        app.info("after the start")
    finally:
        logging.Logger.callHandlers = below
    assert seen == ["after the stop", "after the start"]
    assert captured.bodies == ["after the start"]


def test_a_handler_of_opentelemetry_for_the_same_provider_is_not_doubled(
    captured: Captured, app: logging.Logger
) -> None:
    from opentelemetry.instrumentation.logging.handler import LoggingHandler

    app.addHandler(LoggingHandler(logger_provider=captured.provider))
    app.info("once")
    assert captured.bodies == ["once"]


def test_copies_of_records_are_plain(captured: Captured, app: logging.Logger, tracer: Tracer) -> None:
    kept = logging.handlers.BufferingHandler(10)
    app.addHandler(kept)
    with tracer.start_as_current_span("a"):
        app.info("x")
    copied = copy.deepcopy(vars(kept.buffer[0])["trace_id"])
    assert type(copied) is str
    assert len(copied) == 32
