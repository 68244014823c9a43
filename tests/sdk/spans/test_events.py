"""Events: log records with a name that belong to the span under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry._logs import SeverityNumber

import sonde
from sonde.testing import Capture


def test_an_event_belongs_to_the_span_under_way(captured: Capture) -> None:
    with sonde.span("checkout") as span:
        sonde.event("order.placed", "Order 7 placed", attributes={"order.id": 7}, basket={"tea": 2})
    event = captured.event("order.placed")
    assert event.body == "Order 7 placed"
    assert dict(event.attributes or {}) == {"order.id": 7, "basket": '{"tea":2}'}
    assert event.severity_number is SeverityNumber.INFO
    assert event.span_id == span.get_span_context().span_id
    assert event.trace_id == span.get_span_context().trace_id
    assert event.timestamp is not None


def test_an_event_without_a_span_is_an_event(captured: Capture) -> None:
    sonde.event("started")
    assert captured.event("started").span_id == 0
    assert captured.event("started").body is None


@pytest.mark.parametrize(
    ("severity", "number"),
    [
        ("debug", SeverityNumber.DEBUG),
        ("warn", SeverityNumber.WARN),
        ("WARNING", SeverityNumber.WARN),
        ("error", SeverityNumber.ERROR),
        ("critical", SeverityNumber.FATAL),
    ],
)
def test_severities_have_the_names_people_use(
    captured: Capture, severity: str, number: SeverityNumber
) -> None:
    sonde.event("x", severity=severity)
    assert captured.event("x").severity_number is number


def test_an_emitted_event_has_an_id(captured: Capture) -> None:
    span_id = sonde.start_span("orchestrate.next")
    event_id = sonde.emit_event("projection.skip", "warn", "nothing to do", {"reason": None, "rows": [1, 2]})
    sonde.end_span(span_id)
    event = captured.event("projection.skip")
    assert dict(event.attributes or {}) == {"log.record.uid": event_id, "rows": (1, 2)}
    assert f"{event.span_id:016x}" == span_id
    assert event.severity_text == "WARN"
    assert len({event_id, sonde.emit_event("x"), sonde.emit_event("x")}) == 3


def test_wrong_use_is_survived_and_said(captured: Capture, said: Callable[[], list[str]]) -> None:
    wrong: Any = object()
    sonde.event(wrong, wrong, severity=wrong, attributes=wrong)
    sonde.emit_event(wrong, wrong, wrong, wrong)
    assert len(captured.logs) == 2
    assert {event.severity_number for event in captured.logs} == {SeverityNumber.INFO}
    assert said()


def test_an_event_inherits_what_its_span_does(captured: Capture) -> None:
    with sonde.correlation("corr_abc"):
        sonde.event("x")
    assert dict(captured.event("x").attributes or {}) == {"correlation.id": "corr_abc"}
