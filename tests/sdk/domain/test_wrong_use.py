"""Whatever a program gives to runs, pipelines, records and AI calls: it goes on, and is traced."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest
from opentelemetry import baggage, propagate

import sonde
from sonde.testing import Capture


class Refuses:
    """An object of the program's that lets nobody look at it."""

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__

    def __iter__(self) -> Any:
        raise ValueError("no items")

    def __float__(self) -> float:
        raise ValueError("no number")

    __int__ = __float__  # pyright: ignore[reportAssignmentType] -- refuses as well


WITHIN: dict[str, Any] = {}
WITHIN["self"] = WITHIN
VALUES: list[Any] = [
    None,
    -1,
    float("nan"),
    10**400,
    b"\xff",
    "",
    "ü/日本/../ \ud800",
    "x" * 1_000_000,
    [],
    [None, "a", 1],
    {},
    WITHIN,
    Refuses(),
    object,
    ValueError("x"),
]

pytestmark = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is complained about is no part of these tests, and a refusing object cannot be shown."""
    caplog.set_level(logging.CRITICAL, "sonde")


def test_runs_and_entities_take_anything(value: Any, capture_telemetry: Capture) -> None:
    with sonde.run(value, url=value, job=value, attempt=value, name=value) as run:
        sonde.entity(value, value)
        sonde.entity("payment", value)
        sonde.entities(value)
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
    (span,) = capture_telemetry.spans
    attributes = span.attributes or {}
    assert attributes["sonde.run.id"] == run.id
    assert 0 < len(run.id) <= 1000
    assert sum(map(len, carrier.values())) < 16_000
    assert baggage.get_baggage("sonde.run.id", propagate.extract(carrier)) == run.id


def test_orchestrations_take_anything(value: Any, capture_telemetry: Capture) -> None:
    with sonde.orchestration(value, source=value, phase=value, name=value) as job:
        job.phase(value)
        job.phase("build")
        job.transition(value, value, subject=value, extra=value)
        job.write(value, kind=value)
        job.skip(value, value, kind=value)
    assert len(capture_telemetry.spans) == 1
    assert job.current_phase == "build"
    last = capture_telemetry.events[-1].attributes or {}
    assert last["sonde.status"] == "skipped"
    assert last["sonde.phase"] == "build"


def test_pipelines_take_anything(value: Any, capture_telemetry: Capture) -> None:
    with sonde.pipeline(
        value, user_id=value, request_ip=value, context=value, scripts=value, blocking=value
    ) as pipeline:
        with pipeline.script(value, script_id=value, layer=value, index=value, input=value) as script:
            script.output(value)
            script.failed(value, value)
        with pipeline.script("other", layer=value, index=1) as script:
            script.skipped(value)
        with pipeline.script("third") as script:
            script.blocked(value, value)
        pipeline.expect(value, script_id=value, layer=value, index=value)
        pipeline.expect("left", layer=7)
        pipeline.skip(value, value)
        assert pipeline.is_blocked
    whole = capture_telemetry.spans[-1].attributes or {}
    assert whole["sonde.status"] == "blocked"
    assert "sonde.pipeline.result" in whole
    assert (capture_telemetry.span("left").attributes or {})["sonde.status"] == "skipped"


def test_records_events_and_violations_take_anything(value: Any, capture_telemetry: Capture) -> None:
    sonde.record(value, x=value)
    sonde.record(
        "tool",
        name=value,
        duration_ms=value,
        ok=value,
        correlation_id=value,
        component=value,
        timestamp=value,
        level=value,
        error=value,
    )
    sonde.record({"kind": "tool", "data": value, "attributes": value, "trace_id": value, "span_id": value})
    sonde.event(value, value, severity=value, extra=value)
    sonde.violation(value, value, value, severity=value, extra=value)
    kinds = [(record.attributes or {}).get("sonde.record.kind") for record in capture_telemetry.events]
    assert len(capture_telemetry.logs) == 5
    assert kinds.count("tool") == 2


def test_ai_calls_and_correlations_take_anything(value: Any, capture_telemetry: Capture) -> None:
    with (
        sonde.conversation(value, value),
        sonde.ai_call(value, value, operation=value, conversation_id=value, user_id=value) as call,
    ):
        call.usage(input_tokens=value)
        call.response(model=value, response_id=value, finish_reason=value)
        call.cost(value)
        call.prompt(value, system=value)
        call.completion(value)
    assert len(capture_telemetry.spans) == 1
    if not callable(value):  # which it would decorate
        with sonde.correlation(cast(str, value)) as correlation_id:
            assert 0 < len(correlation_id) <= 1000
