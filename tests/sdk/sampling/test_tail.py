"""Traces that the ratio leaves out and that matter are kept whole by the process that saw them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, Status, StatusCode, TraceFlags, set_span_in_context
from tests.sdk.sampling.services import Clock, Ids, Service, received, sent, weights

from sonde import semconv
from sonde.sdk import complaints
from sonde.sdk.sampling import SamplingOptions, TailKeeper, force_sample, make_keeper, make_sampler

LEFT_OUT = 0
CHOSEN = (1 << 56) - 1

TENTH = SamplingOptions(ratio=0.1, keep_slow_ms=500)


def service(
    options: SamplingOptions = TENTH, *, randomness: int = LEFT_OUT, clock: Callable[[], float] | None = None
) -> Service:
    ids = Ids()
    ids.randomness = randomness
    return Service(options, keeper=TailKeeper(options, clock or Clock()), ids=ids)


def kept(span: ReadableSpan) -> object:
    return (span.attributes or {}).get(semconv.KEPT)


def request(shop: Service, *, fails: bool = False, takes_s: float = 0.01) -> None:
    """A request with two queries, the second of which may fail."""
    start = 1_000_000_000
    root = shop.tracer.start_span("GET /", kind=SpanKind.SERVER, start_time=start)
    below = set_span_in_context(root)
    shop.tracer.start_span("SELECT 1", below, start_time=start).end(start + 1000)
    second = shop.tracer.start_span("SELECT 2", below, start_time=start)
    if fails:
        second.set_status(Status(StatusCode.ERROR, "gone"))
    second.end(start + 1000)
    root.end(start + int(takes_s * 1e9))


def test_a_trace_without_error_follows_the_ratio() -> None:
    left_out, chosen = service(), service(randomness=CHOSEN)
    request(left_out)
    request(chosen)
    assert left_out.names == []
    assert sorted(chosen.names) == ["GET /", "SELECT 1", "SELECT 2"]
    assert weights(chosen.exported) == [10.0] * 3
    assert {kept(span) for span in chosen.exported} == {"ratio"}


@pytest.mark.parametrize("randomness", [LEFT_OUT, CHOSEN])
def test_a_trace_with_an_error_goes_out_whole_with_weight_one(randomness: int) -> None:
    shop = service(randomness=randomness)
    request(shop, fails=True)
    assert shop.names == ["SELECT 1", "SELECT 2", "GET /"]
    assert weights(shop.exported) == [1.0] * 3
    assert {kept(span) for span in shop.exported} == {"error"}
    assert all(span.context and span.context.trace_flags.sampled for span in shop.exported)


@pytest.mark.parametrize("randomness", [LEFT_OUT, CHOSEN])
def test_a_slow_trace_goes_out_whole_with_weight_one(randomness: int) -> None:
    shop = service(randomness=randomness)
    request(shop, takes_s=0.6)
    assert shop.names == ["SELECT 1", "SELECT 2", "GET /"]
    assert weights(shop.exported) == [1.0] * 3
    assert {kept(span) for span in shop.exported} == {"slow"}


def test_errors_and_slow_traces_are_kept_only_where_asked_for() -> None:
    no_errors = service(SamplingOptions(ratio=0.1, keep_errors=False, keep_slow_ms=500))
    request(no_errors, fails=True)
    assert no_errors.names == []
    no_slow = service(SamplingOptions(ratio=0.1))
    request(no_slow, takes_s=60)
    assert no_slow.names == []


def test_nothing_else_of_a_kept_span_changes() -> None:
    shop = service()
    with shop.tracer.start_as_current_span("order") as span:
        span.set_attributes({f"key.{number}": number for number in range(200)})
        span.add_event("looked", {"where": "shelf"})
        span.add_link(span.get_span_context(), {"why": "again"})
        span.record_exception(ValueError("no stock"))
        span.set_status(Status(StatusCode.ERROR, "ValueError: no stock"))
    (exported,) = shop.exported
    attributes = dict(exported.attributes or {})
    assert attributes.pop(semconv.KEPT) == "error"
    assert attributes == {f"key.{number}": number for number in range(72, 200)}
    assert exported.dropped_attributes == 72
    assert [event.name for event in exported.events] == ["looked", "exception"]
    assert exported.links[0].attributes == {"why": "again"}
    assert exported.status.description == "ValueError: no stock"
    assert exported.context is not None
    assert exported.context.trace_id == span.get_span_context().trace_id
    assert exported.context.span_id == span.get_span_context().span_id


def test_other_processes_hear_what_the_ratio_said() -> None:
    shop = service()
    with shop.tracer.start_as_current_span("GET /") as span:
        span.set_status(StatusCode.ERROR)
        assert not received_flags(sent()).sampled
    assert shop.names == ["GET /"]


def received_flags(headers: dict[str, str]) -> TraceFlags:
    return TraceFlags(int(headers["traceparent"][-2:], 16))


def test_a_trace_that_another_process_left_out_is_kept_where_it_fails() -> None:
    ids = Ids()
    front, back = service(), Service(TENTH, ids=ids)
    with front.tracer.start_as_current_span("GET /"):
        headers = sent()
    with back.tracer.start_as_current_span("charge", received(headers)) as span:
        span.set_status(StatusCode.ERROR)
    assert front.names == []
    assert back.names == ["charge"]
    assert weights(back.exported) == [1.0]


def test_a_failing_forced_span_brings_its_whole_trace_along() -> None:
    shop = service()
    with shop.tracer.start_as_current_span("GET /"):
        with shop.tracer.start_as_current_span("look"):
            pass
        with force_sample(), shop.tracer.start_as_current_span("pay") as span:
            span.set_status(StatusCode.ERROR)
    assert shop.names == ["look", "pay", "GET /"]
    assert [kept(span) for span in shop.exported] == ["error", "forced", "error"]
    assert weights(shop.exported) == [1.0] * 3


def test_a_name_or_an_attribute_that_comes_later_keeps_the_trace() -> None:
    options = SamplingOptions(ratio=0.1, always=("POST /checkout",))
    shop = service(options)
    with shop.tracer.start_as_current_span("POST") as span:
        span.update_name("POST /checkout")
    with shop.tracer.start_as_current_span("GET /"), shop.tracer.start_as_current_span("book") as span:
        span.set_attribute("sonde.entity.payment", "pym_1")
    assert shop.names == ["POST /checkout", "book", "GET /"]
    assert {kept(span) for span in shop.exported} == {"forced"}
    assert weights(shop.exported) == [1.0] * 3


def test_an_open_trace_goes_out_as_soon_as_it_is_known_to_be_slow() -> None:
    clock = Clock()
    shop = service(clock=clock)
    with shop.tracer.start_as_current_span("job"):
        with shop.tracer.start_as_current_span("step 1"):
            pass
        clock.now = 0.4
        shop.tick()
        assert shop.names == []
        clock.now = 0.6
        shop.tick()
        assert shop.names == ["step 1"]
        with shop.tracer.start_as_current_span("step 2"):
            pass
        assert shop.names == ["step 1", "step 2"]
    assert {kept(span) for span in shop.exported} == {"slow"}


@pytest.mark.parametrize(("randomness", "weight"), [(LEFT_OUT, None), (CHOSEN, 10.0)])
def test_after_the_time_bound_the_ratio_decides_until_an_error_shows(
    randomness: int, weight: float | None
) -> None:
    clock = Clock()
    shop = service(SamplingOptions(ratio=0.1), randomness=randomness, clock=clock)
    with shop.tracer.start_as_current_span("job") as job:
        with shop.tracer.start_as_current_span("step 1"):
            pass
        clock.now = 31
        shop.tick()
        with shop.tracer.start_as_current_span("step 2"):
            pass
        steps = ["step 1", "step 2"] if weight else []
        assert shop.names == steps
        with shop.tracer.start_as_current_span("step 3") as span:
            span.set_status(StatusCode.ERROR)
        with shop.tracer.start_as_current_span("step 4"):
            pass
        assert job.is_recording()
    assert shop.names == [*steps, "step 3", "step 4", "job"]
    assert weights(shop.exported) == [*([weight] * len(steps) if weight else []), 1.0, 1.0, 1.0]


def test_held_spans_stay_within_the_memory_bound(caplog: pytest.LogCaptureFixture) -> None:
    complaints.forget()
    shop = service(SamplingOptions(ratio=0.1, memory_mb=0.1))
    assert shop.keeper is not None
    roots = [shop.tracer.start_span(f"job {number}") for number in range(50)]
    for root in roots:
        for _ in range(5):
            shop.tracer.start_span("step", set_span_in_context(root), attributes={"text": "x" * 500}).end()
            assert shop.keeper.size_bytes <= 0.1 * 1024 * 1024
    for root in roots:
        root.end()
    assert shop.keeper.size_bytes == 0
    assert shop.names == []
    assert len(caplog.records) == 1
    assert "too few to hold every trace" in caplog.text


def test_spans_that_end_after_their_root_follow_the_decision() -> None:
    shop = service()
    root = shop.tracer.start_span("GET /")
    late = shop.tracer.start_span("audit", set_span_in_context(root))
    root.set_status(StatusCode.ERROR)
    root.end()
    late.end()
    shop.tracer.start_span("mail", set_span_in_context(root)).end()
    assert shop.names == ["GET /", "audit", "mail"]
    other = shop.tracer.start_span("GET /")
    late = shop.tracer.start_span("audit", set_span_in_context(other))
    other.end()
    late.end()
    assert shop.names == ["GET /", "audit", "mail"]
    assert shop.keeper is not None
    assert shop.keeper.keeps(root.get_span_context().trace_id) is True
    assert shop.keeper.keeps(other.get_span_context().trace_id) is False
    assert shop.keeper.keeps(1) is None


def test_a_trace_that_comes_in_twice_is_decided_when_both_requests_are_done() -> None:
    front, back = service(), service()
    with front.tracer.start_as_current_span("GET /"):
        headers = sent()
    first = back.tracer.start_span("first", received(headers))
    second = back.tracer.start_span("second", received(headers))
    first.end()
    assert back.names == []
    second.set_status(StatusCode.ERROR)
    second.end()
    assert back.names == ["first", "second"]


def test_what_is_held_goes_by_the_ratio_at_exit() -> None:
    left_out, chosen = service(), service(randomness=CHOSEN)
    for shop in (left_out, chosen):
        root = shop.tracer.start_span("job")
        shop.tracer.start_span("step", set_span_in_context(root)).end()
        shop.close()
    assert left_out.names == []
    assert chosen.names == ["step"]
    assert weights(chosen.exported) == [10.0]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_forgets_what_its_parent_held() -> None:
    shop = service()
    assert shop.keeper is not None
    root = shop.tracer.start_span("job")
    shop.tracer.start_span("step", set_span_in_context(root)).end()
    held = shop.keeper.size_bytes
    assert held > 0
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        # The child ends the span that its parent began, which fails in the child alone.
        root.set_status(StatusCode.ERROR)
        root.end()
        os.write(writing, ",".join(shop.names).encode() + f":{shop.keeper.size_bytes}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"job:0"
    os.close(reading)
    os.close(writing)
    assert shop.keeper.size_bytes == held
    assert shop.names == []


def test_many_threads_lose_nothing() -> None:
    shop = service(SamplingOptions(ratio=0.1, memory_mb=1))
    lock = threading.Lock()

    def work(fails: bool) -> None:
        for _ in range(100):
            with lock:
                root = shop.tracer.start_span("job")
            shop.tracer.start_span("step", set_span_in_context(root)).end()
            if fails:
                root.set_status(StatusCode.ERROR)
            root.end()
            shop.tick()

    threads = [threading.Thread(target=work, args=(number % 2 == 0,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(shop.names) == ["job"] * 400 + ["step"] * 400
    assert shop.keeper is not None
    assert shop.keeper.size_bytes == 0


def test_there_is_no_keeper_where_nothing_could_be_kept() -> None:
    assert make_keeper(make_sampler(SamplingOptions())) is None
    assert make_keeper(make_sampler(SamplingOptions(ratio=0.1, keep_errors=False))) is None
    assert make_keeper(make_sampler(SamplingOptions(ratio=0.1, memory_mb=0))) is None
    assert make_keeper(ALWAYS_OFF) is None
    assert make_keeper(make_sampler(SamplingOptions(ratio=0.1))) is not None
