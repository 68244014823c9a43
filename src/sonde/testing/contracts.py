"""Contracts of `sonde verify`, kept by what a test captured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opentelemetry._logs import LogRecord
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import format_span_id, format_trace_id

from sonde import semconv
from sonde.records import EventRecord, SpanRecord
from sonde.testing.capturing import Capture, status_of
from sonde.verify import Report, TraceSet, check, read_contract

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEVERITIES = ("trace", "debug", "info", "warn", "error", "fatal")


def assert_contract(capture: Capture, contract: str | Path) -> Report:
    """Every rule of a contract holds; returns what was checked.

    Args:
        capture: what was captured; what the contract selects does not count, all of it is checked.
        contract: the path of a YAML file, or (a text of several lines) the contract itself.

    Raises BadRequest when the contract cannot be read.
    """
    if isinstance(contract, str) and "\n" in contract:
        asked = read_contract(contract)
    else:
        asked = read_contract(Path(contract).read_text(encoding="utf-8"), str(contract))
    spans = [_span(span) for span in (*capture.spans, *capture.running)]
    events = [_event(record, capture.service_name) for record in capture.events]
    report = check(asked, TraceSet(spans, events), now=_time(capture.clock()))
    if not report.holds:
        told = "\n".join(f"  {finding.rule}: {finding.message}" for finding in report.findings)
        raise AssertionError(f"{report.contract} does not hold:\n{told}\n\n{capture.tree()}")
    return report


def _span(span: ReadableSpan) -> SpanRecord:
    attributes: Mapping[str, Any] = span.attributes or {}
    context = span.context
    component = attributes.get(semconv.COMPONENT) or span.resource.attributes.get(semconv.SERVICE_NAME)
    return SpanRecord(
        trace_id=format_trace_id(context.trace_id) if context else "",
        span_id=format_span_id(context.span_id) if context else "",
        parent_span_id=format_span_id(span.parent.span_id) if span.parent else "",
        orchestration_id=str(attributes.get(semconv.ORCHESTRATION_ID, "")),
        component=str(component or ""),
        operation=span.name,
        started_at=_time(span.start_time or 0),
        ended_at=None if span.end_time is None else _time(span.end_time),
        status=status_of(span),
        error_code=str(attributes.get(semconv.ERROR_TYPE, "")),
        error_detail=str(attributes.get(semconv.ERROR_DETAIL) or span.status.description or ""),
        attrs=attributes,
    )


def _event(record: LogRecord, service_name: str) -> EventRecord:
    attributes: Mapping[str, Any] = record.attributes or {}
    number = record.severity_number.value if record.severity_number else 0
    failed = number >= 17  # ERROR, as the receiver has it
    return EventRecord(
        trace_id=format_trace_id(record.trace_id) if record.trace_id else "",
        span_id=format_span_id(record.span_id) if record.span_id else "",
        orchestration_id=str(attributes.get(semconv.ORCHESTRATION_ID, "")),
        component=str(attributes.get(semconv.COMPONENT) or service_name),
        recorded_at=_time(record.timestamp or record.observed_timestamp or 0),
        event_type=record.event_name or "",
        severity=_SEVERITIES[(number - 1) // 4] if 1 <= number <= 24 else "",
        message=str(record.body if record.body is not None else ""),
        status=str(attributes.get(semconv.STATUS) or ("error" if failed else "unset")),
        attrs=attributes,
    )


def _time(unix_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=unix_ns // 1000)
