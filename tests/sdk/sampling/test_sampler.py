"""What is kept is decided by the root's ratio, by what the parent says, or by force."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry.context import attach, detach, get_current
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    TraceState,
    set_span_in_context,
)
from tests.sdk.sampling.services import Ids, Service, received, sent, weights

from sonde import semconv
from sonde.sdk import complaints
from sonde.sdk.inherited import inherit
from sonde.sdk.sampling import (
    SamplingOptions,
    force_sample,
    forced,
    is_forced,
    make_sampler,
    sampler_from_environment,
)
from sonde.sdk.sampling.rules import Rules

LEFT_OUT = 0
CHOSEN = (1 << 56) - 1
NO_TAIL = SamplingOptions(ratio=0.1, keep_errors=False)


def service(options: SamplingOptions = NO_TAIL, randomness: int = LEFT_OUT) -> Service:
    ids = Ids()
    ids.randomness = randomness
    return Service(options, ids=ids)


def kept(span: ReadableSpan) -> object:
    return (span.attributes or {}).get(semconv.KEPT)


def headers(sampled: bool, state: str = "", randomness: int = LEFT_OUT) -> dict[str, str]:
    found = {"traceparent": f"00-{(7 << 56) | randomness:032x}-00f067aa0ba902b7-0{int(sampled)}"}
    return {**found, "tracestate": state} if state else found


def one(shop: Service, incoming: dict[str, str], name: str = "work", **more: Any) -> list[float]:
    """The weights of what is exported of one span below this request."""
    shop.tracer.start_span(name, received(incoming), **more).end()
    return weights(shop.exported)


def test_everything_is_kept_by_default_and_nothing_is_added() -> None:
    shop = service(SamplingOptions())
    with shop.tracer.start_as_current_span("GET /"), shop.tracer.start_as_current_span("SELECT"):
        assert "tracestate" not in sent()
    assert shop.names == ["SELECT", "GET /"]
    assert [dict(span.attributes or {}) for span in shop.exported] == [{}, {}]
    assert weights(shop.exported) == [1.0, 1.0]


def test_the_root_decides_for_all_below_and_its_weight_travels() -> None:
    shop, back = service(randomness=CHOSEN), service()
    with shop.tracer.start_as_current_span("GET /"), shop.tracer.start_as_current_span("call"):
        incoming = sent()
    assert incoming["tracestate"] == "ot=th:e6666666666666"
    assert one(back, incoming) == [10.0]
    assert weights(shop.exported) == [10.0, 10.0]
    assert {kept(span) for span in shop.exported + back.exported} == {"ratio"}


def test_below_a_root_that_is_left_out_nothing_is_recorded() -> None:
    shop = service()
    with shop.tracer.start_as_current_span("GET /") as span:
        assert not span.is_recording()
        incoming = sent()
    assert incoming["traceparent"].endswith(("-00", "-02"))
    assert one(service(SamplingOptions(ratio=0.9, keep_errors=False), CHOSEN), incoming) == []


@pytest.mark.parametrize("ratio", [0.0, 0.1, 1.0])
def test_a_parent_is_followed_with_the_weight_it_states(ratio: float) -> None:
    options = SamplingOptions(ratio=ratio, keep_errors=False)
    assert one(service(options), headers(True, "vendor=1,ot=th:c", CHOSEN)) == [4.0]
    assert one(service(options), headers(True)) == [1.0]
    assert one(service(options), headers(False, "", CHOSEN)) == []


def test_a_threshold_that_does_not_explain_the_decision_is_taken_away() -> None:
    shop = service()
    assert one(shop, headers(True, "vendor=1,ot=th:c;rv:00000000000001", CHOSEN)) == [1.0]
    (span,) = shop.exported
    assert span.context is not None
    assert span.context.trace_state.to_header() == "ot=rv:00000000000001,vendor=1"


def test_stated_randomness_decides_and_travels_on() -> None:
    shop = Service(SamplingOptions(ratio=0.1, keep_errors=False, follow_parent=False))
    assert one(shop, headers(False, "ot=rv:ffffffffffff00", LEFT_OUT)) == [10.0]
    (span,) = shop.exported
    assert span.context is not None
    assert span.context.trace_state["ot"] == "th:e6666666666666;rv:ffffffffffff00"
    assert (
        one(
            Service(SamplingOptions(ratio=0.1, follow_parent=False)),
            headers(True, "ot=rv:00000000000001", CHOSEN),
        )
        == []
    )


def test_the_same_traces_are_kept_at_every_higher_ratio() -> None:
    low, high = service(SamplingOptions(ratio=0.2, keep_errors=False)), service(SamplingOptions(ratio=0.4))
    for step in range(50):
        trace_id = (step << 50) | 1
        results = [each.sampler.should_sample(None, trace_id, "x").decision for each in (low, high)]
        assert Decision.RECORD_AND_SAMPLE not in results[:1] or results[1] is Decision.RECORD_AND_SAMPLE


def test_forced_spans_are_kept_with_weight_one_below_a_root_that_is_left_out() -> None:
    shop, back = service(), service()
    with shop.tracer.start_as_current_span("GET /"):
        pay = shop.tracer.start_as_current_span("pay")
        with force_sample(), pay, shop.tracer.start_as_current_span("charge"):
            incoming = sent()
        shop.tracer.start_span("render").end()
    assert shop.names == ["charge", "pay"]
    assert weights(shop.exported) == [1.0, 1.0]
    assert {kept(span) for span in shop.exported} == {"forced"}
    assert one(back, incoming) == [1.0]
    assert kept(back.exported[0]) == "forced"


def test_forced_spans_have_weight_one_inside_a_trace_that_the_ratio_keeps() -> None:
    shop = service(randomness=CHOSEN)
    with shop.tracer.start_as_current_span("GET /"), force_sample(), shop.tracer.start_as_current_span("pay"):
        pass
    assert shop.names == ["pay", "GET /"]
    assert weights(shop.exported) == [1.0, 10.0]
    everything = service(SamplingOptions())
    assert one(everything, headers(True, "ot=th:c", CHOSEN), attributes={"gen_ai.system": "x"}) == [1.0]
    everything = service(SamplingOptions())
    assert one(everything, headers(False), attributes={"gen_ai.system": "x"}) == [1.0]


def test_force_follows_the_context_into_threads_and_tasks() -> None:
    shop = service()

    def work() -> None:
        shop.tracer.start_span("threaded").end()

    async def tasks() -> None:
        async def task() -> None:
            shop.tracer.start_span("task").end()

        with force_sample():
            running = asyncio.create_task(task())
        await running

    with force_sample(), ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, work).result(10)
    asyncio.run(tasks())
    assert shop.names == ["threaded", "task"]
    assert not is_forced()


def test_leaving_the_block_elsewhere_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def generate() -> AsyncIterator[int]:
        with force_sample():
            yield 1
            yield 2

    async def close_in_another_task() -> None:
        generator = generate()
        await anext(generator)
        await asyncio.create_task(generator.aclose())  # pyright: ignore -- an async generator has it

    with caplog.at_level(logging.ERROR):
        asyncio.run(close_in_another_task())
    assert not caplog.records


def test_the_block_lets_exceptions_through_and_ends() -> None:
    with pytest.raises(ZeroDivisionError), force_sample():
        raise ZeroDivisionError
    assert not is_forced()


def test_a_forced_context_is_made_from_any_context() -> None:
    shop = service()
    root = shop.tracer.start_span("GET /")
    context = forced(set_span_in_context(root))
    assert is_forced(context)
    assert not is_forced()
    shop.tracer.start_span("pay", context).end()
    assert shop.names == ["pay"]


def names_kept(always: tuple[str, ...], *spans: tuple[str, SpanKind, dict[str, Any]]) -> list[str]:
    shop = service(SamplingOptions(ratio=0.1, keep_errors=False, always=always))
    for name, kind, attributes in spans:
        shop.tracer.start_span(name, kind=kind, attributes=attributes).end()
    return shop.names


def test_rules_are_globs_of_names() -> None:
    found = names_kept(
        ("payment.*", "POST /checkout", "job ?"),
        ("payment.charge", SpanKind.INTERNAL, {}),
        ("payments", SpanKind.INTERNAL, {}),
        ("my payment.charge", SpanKind.INTERNAL, {}),
        ("POST /checkout", SpanKind.SERVER, {}),
        ("POST /checkout/7", SpanKind.SERVER, {}),
        ("GET /checkout", SpanKind.SERVER, {}),
        ("job 1", SpanKind.CONSUMER, {}),
        ("job 12", SpanKind.CONSUMER, {}),
    )
    assert found == ["payment.charge", "POST /checkout", "job 1"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"http.request.method": "POST", "url.path": "/checkout"},
        {"http.request.method": "POST", "url.path": "/v2/checkout", "http.route": "/checkout"},
        {"http.method": "POST", "http.target": "/checkout?step=2"},
        {"http.method": "POST", "http.url": "https://shop.example:8443/checkout?step=2"},
        {"http.request.method": "POST", "url.full": "http://shop.example/checkout"},
    ],
)
def test_a_request_is_known_by_its_attributes_before_its_span_has_a_name(attributes: dict[str, Any]) -> None:
    assert names_kept(("POST /checkout",), ("POST", SpanKind.SERVER, attributes)) == ["POST"]
    assert names_kept(("POST /checkout",), ("POST", SpanKind.CLIENT, attributes)) == []
    assert names_kept(("GET /checkout",), ("POST", SpanKind.SERVER, attributes)) == []
    assert names_kept(("* /check*",), ("POST", SpanKind.SERVER, attributes)) == ["POST"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"sonde.run.id": "run_1"},
        {"sonde.entity.payment": "pym_1"},
        {"sonde.orchestration.id": "orc_1"},
        {"sonde.pipeline.trigger_event": "before_signin"},
        {"gen_ai.operation.name": "chat"},
    ],
)
def test_kinds_of_work_that_are_always_kept_whole(attributes: dict[str, Any]) -> None:
    shop = service()
    with shop.tracer.start_as_current_span("work", attributes=attributes):
        shop.tracer.start_span("below").end()
    token = attach(inherit(attributes))
    shop.tracer.start_span("inherits").end()
    detach(token)
    shop.tracer.start_span("other", attributes={"sonde.component": "x", "order.id": 1}).end()
    assert shop.names == ["below", "work", "inherits"]
    assert weights(shop.exported) == [1.0] * 3


def test_what_cannot_be_used_is_said_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    complaints.forget()
    bad: Any
    with caplog.at_level(logging.WARNING, "sonde"):
        for bad in ("10%", -1, 2, float("nan"), None, True):
            shop = Service(SamplingOptions(ratio=bad))
            shop.tracer.start_span("work").end()
            assert shop.names == ["work"]
        for bad in (5, [5], "slow"):
            make_sampler(SamplingOptions(always=bad, keep_slow_ms=bad, memory_mb=bad))
    assert "cannot sample with ratio '10%'" in caplog.text
    assert "cannot always keep 5" in caplog.text
    assert "cannot keep traces slower than [5]" in caplog.text
    assert "cannot remember [5] MB" in caplog.text


def test_one_glob_needs_no_list() -> None:
    bare: Any = "pay*"
    assert names_kept(bare, ("pay", SpanKind.INTERNAL, {})) == ["pay"]


def test_names_with_ids_do_not_grow_what_is_remembered() -> None:
    rules = Rules(("payment.*",))
    for number in range(5000):
        rules.force(f"GET /orders/{number}", None, None)
    assert rules.force("payment.x", None, None)


ENVIRONMENT = [
    # name, argument, a root of low and of high randomness, below a parent that is left out and that is kept
    ("always_on", None, 1, 1, 1, 1),
    ("always_off", None, 0, 0, 0, 0),
    ("traceidratio", "0.25", 0, 1, 0, 0),
    ("traceidratio", "", 1, 1, 1, 1),
    ("traceidratio", "a tenth", 1, 1, 1, 1),
    ("parentbased_always_on", None, 1, 1, 0, 1),
    ("parentbased_always_off", None, 0, 0, 0, 1),
    ("parentbased_traceidratio", "0.25", 0, 1, 0, 1),
    (" ParentBased_TraceIdRatio ", "0.25", 0, 1, 0, 1),
    ("no such", None, 0, 1, 0, 1),
]


@pytest.mark.parametrize(("name", "argument", "low", "high", "left_out", "kept"), ENVIRONMENT)
def test_samplers_named_in_the_environment(
    name: str, argument: str | None, low: int, high: int, left_out: int, kept: int
) -> None:
    sampler = sampler_from_environment(name, argument, SamplingOptions(ratio=0.5, keep_errors=False))

    def exported(randomness: int, incoming: dict[str, str] | None) -> int:
        ids = Ids()
        ids.randomness = randomness
        shop = Service(sampler=sampler, ids=ids)
        shop.tracer.start_span("work", received(incoming or {})).end()
        return len(shop.exported)

    assert exported(LEFT_OUT, None) == low
    assert exported(CHOSEN, None) == high
    assert exported(LEFT_OUT, headers(False)) == left_out
    assert exported(LEFT_OUT, headers(True)) == kept


def test_always_on_gives_weight_one_to_what_others_left_out_and_kept() -> None:
    sampler = sampler_from_environment("always_on", None, SamplingOptions())
    assert one(Service(sampler=sampler), headers(True, "ot=th:c", CHOSEN)) == [1.0]
    assert one(Service(sampler=sampler), headers(False, "ot=th:c", CHOSEN)) == [1.0]


def test_samplers_of_other_packages_are_found(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Offer:
        def __init__(self, made: object) -> None:
            self.made = made

        def load(self) -> object:
            return self.made

    offers: dict[str, list[Offer]] = {
        "ours": [Offer(lambda text: TraceIdRatioBased(float(text)))],  # pyright: ignore -- as loaded
        "broken": [Offer(None)],
    }

    def entry_points(*, group: str, name: str) -> list[Offer]:
        return offers.get(name, []) if group == "opentelemetry_traces_sampler" else []

    monkeypatch.setattr("sonde.sdk.sampling.environment.entry_points", entry_points)
    complaints.forget()
    with caplog.at_level(logging.WARNING, "sonde"):
        assert isinstance(sampler_from_environment("ours", "0.5", SamplingOptions()), TraceIdRatioBased)
        assert sampler_from_environment("broken", None, SamplingOptions()) is not None
    assert "cannot use OTEL_TRACES_SAMPLER=broken" in caplog.text
    assert sampler_from_environment("always_off", None, SamplingOptions()) is ALWAYS_OFF


def test_at_ratio_one_a_span_without_attributes_costs_no_new_result() -> None:
    sampler = make_sampler(SamplingOptions())
    span = TracerProvider(shutdown_on_exit=False).get_tracer("x").start_span("root")
    below = set_span_in_context(span)
    assert sampler.should_sample(below, 1, "a") is sampler.should_sample(None, 2, "b")
    state = TraceState([("vendor", "1")])
    assert sampler.should_sample(with_state(span, state), 1, "a").trace_state is state
    assert get_current() is not below


def with_state(span: Span, state: TraceState) -> Any:
    context = span.get_span_context()
    other = SpanContext(context.trace_id, context.span_id, True, TraceFlags(1), state)
    return set_span_in_context(NonRecordingSpan(other))


def test_unreadable_attributes_leave_the_decision_to_the_ratio() -> None:
    sampler = make_sampler(SamplingOptions(ratio=0.5, keep_errors=False, always=("x",)))

    class Unreadable(dict[str, Any]):
        def __iter__(self) -> Iterator[str]:
            raise RuntimeError("no")

    result = sampler.should_sample(None, LEFT_OUT, "work", SpanKind.SERVER, Unreadable(a=1))
    assert result.decision is Decision.DROP
