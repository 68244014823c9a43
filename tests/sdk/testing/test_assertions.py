"""Assertions about captured telemetry: what passes, and what a failing one shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    set_span_in_context,
)

import sonde
from sonde.sdk import runtime
from sonde.testing import (
    Capture,
    FakeClock,
    assert_event,
    assert_log,
    assert_metric,
    assert_no_errors,
    assert_no_trace,
    assert_one_trace,
    assert_trace,
    capture,
)


@pytest.fixture
def captured() -> Capture:
    """A checkout of 300 ms: two queries in a transaction, an event, and a log."""
    clock = FakeClock()
    with capture(clock=clock) as captured:
        tracer, logger = runtime.tracer(), runtime.logger()
        with tracer.start_as_current_span("POST /checkout", attributes={"user.id": "u1"}):
            with tracer.start_as_current_span("transaction"):
                for table in ("orders", "items"):
                    with tracer.start_as_current_span(f"SELECT {table}", attributes={"db.rows": 3}):
                        clock.advance(0.15)
            logger.emit(LogRecord(event_name="order.paid", attributes={"items": ["a", "b"]}))
        logger.emit(LogRecord(body="all 3 done", severity_number=SeverityNumber.INFO))
        runtime.meter().create_counter("orders").add(2, {"kind": "card"})
    return captured


def failure(check: Callable[[], object]) -> str:
    with pytest.raises(AssertionError) as raised:
        check()
    return str(raised.value)


def test_a_chain_of_spans_is_found(captured: Capture) -> None:
    chain = assert_trace(captured, "POST /checkout > transaction > SELECT *")
    assert [span.name for span in chain] == ["POST /checkout", "transaction", "SELECT orders"]
    assert_trace(captured, "POST /checkout >> SELECT items", max_duration=0.3)
    assert_trace(captured, ["transaction", "SELECT items"], attributes={"db.rows": 3}, status="unset")
    assert_no_trace(captured, "POST /checkout > SELECT orders")


def test_a_missing_chain_says_how_far_it_goes_and_shows_the_tree(captured: Capture) -> None:
    assert failure(lambda: assert_trace(captured, "POST /checkout > SELECT orders")) == (
        "no trace has POST /checkout > SELECT orders: 'POST /checkout' is there, 'SELECT orders' is not "
        "below it\n"
        "\n"
        "captured:\n"
        "POST /checkout  300 ms  user.id=u1\n"
        "│    event order.paid  items=('a', 'b')\n"
        "└─ transaction  300 ms\n"
        "   ├─ SELECT orders  150 ms  db.rows=3\n"
        "   └─ SELECT items  150 ms  db.rows=3\n"
        "log  all 3 done  (outside of every span)"
    )
    assert "there is no 'GET /'" in failure(lambda: assert_trace(captured, "GET /"))


@pytest.mark.parametrize("budget", [0.2, "200ms", timedelta(milliseconds=200)])
def test_a_trace_over_its_budget_says_how_long_it_took(captured: Capture, budget: float) -> None:
    told = failure(lambda: assert_trace(captured, "POST /checkout", max_duration=budget))
    assert told.startswith("'POST /checkout' took 300 ms, more than 200 ms\n\ncaptured:")


def test_a_duration_that_cannot_be_read_is_no_failed_assertion(captured: Capture) -> None:
    with pytest.raises(ValueError, match="cannot read the duration 'fast'"):
        assert_trace(captured, "POST /checkout", max_duration="fast")
    with pytest.raises(ValueError, match="cannot read the duration nan"):
        assert_trace(captured, "POST /checkout", max_duration=float("nan"))


def test_attributes_and_status_of_the_innermost_span_count(captured: Capture) -> None:
    told = failure(lambda: assert_trace(captured, "POST /checkout", attributes={"user.id": "u2"}))
    assert told.startswith("no 'POST /checkout' of POST /checkout has {'user.id': 'u2'}")
    told = failure(lambda: assert_trace(captured, "transaction", status="error"))
    assert told.startswith("no 'transaction' of transaction has the status error")
    assert "there is POST*" in failure(lambda: assert_no_trace(captured, "POST*"))


def test_statuses_are_those_of_the_rest_of_sonde(capture_telemetry: Capture) -> None:
    with sonde.pipeline("signin") as pipeline:
        with pipeline.script("country") as script:
            script.blocked("not here")
        pipeline.skip("captcha", "not needed")
        with sonde.span("lookup"):
            pass
    for path, status in (
        ("pipeline.signin > country", "blocked"),
        ("captcha", "skipped"),
        ("lookup", "success"),
        ("lookup", "ok"),
        ("lookup", "unset"),
    ):
        assert_trace(capture_telemetry, path, status=status)
    told = failure(lambda: assert_trace(capture_telemetry, "country", status="success"))
    assert told.startswith("no 'country' of country has the status success")
    with pytest.raises(ValueError, match="no status is called 'fine'"):
        assert_trace(capture_telemetry, "country", status="fine")


def test_an_event_is_found_by_name_attributes_and_span(captured: Capture) -> None:
    found = assert_event(captured, "order.*", {"items": ["a", "b"]}, within="POST /checkout")
    assert found.event_name == "order.paid"
    assert failure(lambda: assert_event(captured, "order.sent")).startswith("no event is named 'order.sent'")
    assert "no event 'order.paid' has {'items': []}" in failure(
        lambda: assert_event(captured, "order.paid", {"items": []})
    )
    assert "in a span 'transaction'" in failure(
        lambda: assert_event(captured, "order.paid", within="transaction")
    )


def test_logs_and_metrics_are_found(captured: Capture) -> None:
    assert_log(captured, "3 done", severity="info")
    assert "no WARN log contains 'done'" in failure(lambda: assert_log(captured, "done", severity="WARN"))
    assert_metric(captured, "orders", 2, {"kind": "card"})
    assert failure(lambda: assert_metric(captured, "orders", 3)) == "orders is 2, not 3; there are ['orders']"


def test_an_error_of_a_span_an_exception_and_an_error_log_are_errors(captured: Capture) -> None:
    assert_no_errors(captured)
    with capture() as failed, runtime.tracer().start_as_current_span("pay") as span:
        span.set_status(Status(StatusCode.ERROR, "card refused"))
    assert failure(lambda: assert_no_errors(failed)).startswith("'pay' failed: card refused\n")
    with capture() as caught, runtime.tracer().start_as_current_span("pay") as span:
        span.record_exception(ValueError("odd"))
    assert "'pay' recorded an exception: odd" in failure(lambda: assert_no_errors(caught))
    with capture() as logged:
        runtime.logger().emit(LogRecord(body="lost", severity_number=SeverityNumber.FATAL))
    assert "logged as FATAL: lost" in failure(lambda: assert_no_errors(logged))


def test_one_trace_is_told_from_two_and_from_orphans(captured: Capture) -> None:
    assert_one_trace(captured)
    tracer = runtime.tracer
    with capture() as two:
        tracer().start_span("a").end()
        tracer().start_span("b").end()
    assert "2 traces instead of one" in failure(lambda: assert_one_trace(two))
    elsewhere = NonRecordingSpan(SpanContext(7, 99, is_remote=True))
    with capture() as orphans:
        for name in ("a", "b"):
            tracer().start_span(name, set_span_in_context(elsewhere)).end()
    assert "2 spans have no parent in the trace: 'a', 'b'" in failure(lambda: assert_one_trace(orphans))
