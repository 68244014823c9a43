"""What `capture()` keeps, and that it leaves everything as it was."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry import metrics, trace
from opentelemetry._logs import LogRecord, SeverityNumber, get_logger
from opentelemetry.context import attach, detach
from opentelemetry.sdk.trace import ReadableSpan
from tests.sdk.collector import Collector
from tests.sdk.conftest import StartProgram

import sonde
from sonde.sdk import runtime
from sonde.sdk.inherited import inherit
from sonde.testing import Capture, FakeClock, assert_one_trace, capture
from sonde.testing.clock import EPOCH_NS

# As modules do: taken once, at import, before any capture.
TRACER = trace.get_tracer("shop")
ORDERS = metrics.get_meter("shop").create_counter("orders")


def ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


def test_ai_calls_and_their_records_have_their_cost() -> None:
    with capture() as captured, sonde.ai_call("openai", "gpt-4o") as call:
        call.usage(input_tokens=1000, output_tokens=100)
    cost = (captured.span("chat gpt-4o").attributes or {})["gen_ai.usage.cost"]
    assert isinstance(cost, float)
    assert cost > 0
    assert (captured.event("chat").attributes or {})["gen_ai.usage.cost"] == cost


def test_spans_logs_and_metrics_are_kept() -> None:
    with capture() as captured:
        with runtime.tracer().start_as_current_span("checkout"):
            runtime.logger().emit(LogRecord(body="paid", event_name="order.paid"))
        runtime.meter().create_counter("sonde.paid").add(2, {"by": "card"})
    assert captured.names() == ["checkout"]
    assert captured.event("order.paid").span_id == ids(captured.span("checkout"))[1]
    assert captured.value("sonde.paid") == 2
    assert captured.value("sonde.paid", {"by": "cash"}) == 0


def test_what_libraries_record_through_opentelemetry_is_kept_in_the_same_trace() -> None:
    for _ in range(2):
        with capture() as captured:
            with runtime.tracer().start_as_current_span("checkout"), TRACER.start_as_current_span("SELECT"):
                get_logger("lib").emit(LogRecord(body="slow", severity_number=SeverityNumber.WARN))
            ORDERS.add(3)
            assert captured.value("orders") == 3
        assert captured.names() == ["SELECT", "checkout"]
        assert [record.body for record in captured.logs] == ["slow"]
        assert assert_one_trace(captured) == 1


def test_ids_count_from_one_in_every_capture() -> None:
    for _ in range(2):
        with capture() as captured:
            with TRACER.start_as_current_span("outer"), runtime.tracer().start_as_current_span("inner"):
                pass
            with TRACER.start_as_current_span("next"):
                pass
        assert [ids(span) for span in captured.spans] == [(1, 2), (1, 1), (2, 3)]


def test_a_clock_times_spans_their_events_and_logs() -> None:
    clock = FakeClock()
    with capture(clock=clock) as captured:
        for tracer in (TRACER, runtime.tracer()):
            with tracer.start_as_current_span("work") as span:
                clock.advance(0.25)
                span.add_event("half")
                clock.advance(0.25)
        runtime.logger().emit(LogRecord(body="done"))
    spans = captured.spans
    assert [(span.start_time, span.end_time) for span in spans] == [
        (EPOCH_NS, EPOCH_NS + 500_000_000),
        (EPOCH_NS + 500_000_000, EPOCH_NS + 1_000_000_000),
    ]
    assert spans[0].events[0].timestamp == EPOCH_NS + 250_000_000
    assert captured.logs[0].observed_timestamp == EPOCH_NS + 1_000_000_000
    with capture() as afterwards, TRACER.start_as_current_span("real"):
        pass
    assert (afterwards.spans[0].start_time or 0) > EPOCH_NS


def test_a_module_imported_while_the_clock_stands_still_gets_the_real_time_back() -> None:
    with capture(clock=FakeClock()):
        namespace = type(sys)("late")
        exec("from time import time_ns", vars(namespace))
        sys.modules["late"] = namespace
    del sys.modules["late"]
    assert namespace.time_ns() != EPOCH_NS


def test_inherited_attributes_are_on_spans_and_logs() -> None:
    with capture() as captured:
        token = attach(inherit({"sonde.orchestration.id": "orc_1", "own": "inherited"}))
        with TRACER.start_as_current_span("step", attributes={"own": "own"}):
            runtime.logger().emit(LogRecord(body="in"))
        detach(token)
    assert dict(captured.span("step").attributes or {}) == {"sonde.orchestration.id": "orc_1", "own": "own"}
    assert (captured.logs[0].attributes or {})["sonde.orchestration.id"] == "orc_1"


def test_a_capture_within_a_capture_has_what_is_recorded_within_it_alone() -> None:
    with capture() as outer:
        with TRACER.start_as_current_span("before"):
            pass
        with capture() as inner, TRACER.start_as_current_span("within"):
            pass
        with TRACER.start_as_current_span("after"):
            pass
    assert outer.names() == ["before", "after"]
    assert inner.names() == ["within"]
    assert len({ids(span) for span in (*outer.spans, *inner.spans)}) == 3


def test_a_runtime_installed_in_the_meantime_is_used_after_the_capture_not_in_it() -> None:
    with capture() as other, capture() as captured:
        mine = runtime.Runtime(runtime.tracer(), runtime.logger(), runtime.meter(), lambda span: None)
        with capture() as inner:
            runtime.install(mine)
            try:
                with runtime.tracer().start_as_current_span("seen"):
                    pass
            finally:
                runtime.install(None)
    assert (inner.names(), captured.names(), other.names()) == (["seen"], [], [])


def test_running_and_announced_spans_can_be_looked_at() -> None:
    with capture() as captured:
        span = runtime.tracer().start_span("long job")
        runtime.announce(span)
        assert [each.name for each in captured.running] == ["long job"]
        assert [each.end_time for each in captured.announced] == [None]
        assert "long job  running" in captured.tree()
        span.end()
        assert captured.running == []
    assert captured.names() == ["long job"]


def test_nothing_is_kept_after_the_block() -> None:
    with capture() as captured:
        pass
    with TRACER.start_as_current_span("later"):
        logging.getLogger("shop").info("later")
    assert captured.spans == []
    assert captured.logs == []


def test_the_fixture_is_there_without_an_import(tmp_path: Path) -> None:
    test = (
        "import sonde.testing\n"
        "from opentelemetry import trace\n"
        "def test_it(capture_telemetry, fake_clock):\n"
        "    with trace.get_tracer('mine').start_as_current_span('work'):\n"
        "        fake_clock.advance(2)\n"
        "    sonde.testing.assert_trace(capture_telemetry, 'work', max_duration='2s')\n"
        "    assert capture_telemetry.span('work').start_time == sonde.testing.EPOCH_NS\n"
    )
    (tmp_path / "test_it.py").write_text(test)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_capture_can_be_emptied() -> None:
    with capture() as captured:
        with TRACER.start_as_current_span("setting up"):
            pass
        captured.clear()
        assert captured.tree() == "captured: nothing"
        assert isinstance(captured, Capture)


def test_logs_of_loggers_are_kept_with_the_ids_of_their_span(caplog: pytest.LogCaptureFixture) -> None:
    with capture() as captured, runtime.tracer().start_as_current_span("checkout"):
        logging.getLogger("shop").warning("card %s refused", "visa", extra={"tries": 3})
    logging.getLogger("shop").warning("afterwards")
    (log,) = captured.logs
    assert (log.body, log.severity_text, (log.attributes or {})["tries"]) == (
        "card visa refused",
        "WARN",
        3,
    )
    assert (log.trace_id, log.span_id) == ids(captured.span("checkout"))
    assert [record.message for record in caplog.records] == ["card visa refused", "afterwards"]


CONFIGURED = """
import logging, sonde
from opentelemetry import trace
from sonde.testing import capture

before = inside = lambda: None
early = trace.get_tracer("early")

def work(name):
    with sonde.span(name), early.start_as_current_span(f"{name}.early"):
        with trace.get_tracer(name).start_as_current_span(f"{name}.late"):
            logging.getLogger("shop").warning(name)

before()
work("before")
with capture() as captured:
    work("within")
    inside()
    work("within too")
work("after")
assert sorted(captured.names()) == sorted(
    f"{name}{kind}" for name in ("within", "within too") for kind in ("", ".early", ".late")
), captured.tree()
assert [log.body for log in captured.logs] == ["within", "within too"], captured.tree()
assert [span.context.span_id for span in captured.spans] == [3, 2, 1, 6, 5, 4]
sonde.shutdown()
"""


@pytest.mark.parametrize("when", ["before", "inside"])
def test_a_configured_program_sends_nothing_of_the_capture_and_goes_on_afterwards(
    when: str, collector: Collector, start_program: StartProgram
) -> None:
    configure = "sonde.configure(service_name='shop', sample_ratio=1, instrument=False)"
    process = start_program(CONFIGURED.replace(f"{when}()", configure))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    told = {"after"} if when == "inside" else {"before", "after"}
    collector.wait_for(lambda it: len(it.spans) >= 3 * len(told))
    assert set(collector.names()) == {f"{name}{kind}" for name in told for kind in ("", ".early", ".late")}
    assert {each.record.body.string_value for each in collector.logs} == told


def test_everything_is_sampled_whatever_the_program_chose() -> None:
    program = (
        "import sonde\nfrom opentelemetry import trace\nfrom sonde.testing import capture\n"
        "sonde.configure(sample_ratio=0, instrument=False, endpoint='http://127.0.0.1:9')\n"
        "early = trace.get_tracer('early')\n"
        "with capture() as captured:\n"
        "    for _ in range(5):\n"
        "        with early.start_as_current_span('a'), sonde.span('b'): pass\n"
        "with early.start_as_current_span('c') as span:\n"
        "    assert not span.get_span_context().trace_flags.sampled\n"
        "print(len(captured.spans))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "10\n", done.stderr


def test_records_of_ai_calls_and_of_the_sink_are_kept_and_counted() -> None:
    with capture() as captured:
        sonde.record("tool", name="search", duration_ms=5, ok=True)
        with sonde.ai_call("google", "gemini-2.5-flash"):
            pass
    assert [event.event_name for event in captured.events] == ["tool", "chat"]
    assert captured.value("sonde.record.count", {"sonde.record.kind": "tool"}) == 1
    assert captured.value("sonde.record.duration", {"sonde.record.kind": "tool"}) == 1
