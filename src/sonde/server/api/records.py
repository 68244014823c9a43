"""`GET /api/v1/records/spans` and `/events`: spans and events as the records of `sonde.Client`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde.query import logs, records, spans
from sonde.query.answers import EventRecordPage, SpanRecordPage
from sonde.query.time import MIN_NS, TimeRange
from sonde.query.trace import parse_trace_id
from sonde.server.api.parameters import Page, PageOf, Since, SpanId, TraceId, answer, parse_span_id
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1/records", tags=["records"], dependencies=[require("read")])

OrchestrationId = Annotated[
    str, Query(alias="orchestrationId", description="Only those of this orchestration.")
]
Component = Annotated[str, Query(description="Only those of this component (source).")]
Operation = Annotated[str, Query(description="Only spans of this operation.")]
Status = Annotated[
    str, Query(description="Only those that are `success`, `blocked`, `skipped`, `error` or `unset`.")
]
EventType = Annotated[str, Query(alias="eventType", description="Only events of this type.")]
Severity = Annotated[str, Query(description="Only events of this severity: `error`, or `>=warn`.")]


@router.get("/spans", response_model=SpanRecordPage)
def list_spans(
    database: DatabaseOf,
    page: PageOf,
    since: Since = None,
    trace_id: TraceId = "",
    orchestration_id: OrchestrationId = "",
    component: Component = "",
    operation: Operation = "",
    status: Status = "",
) -> Response:
    """Span records, newest first."""
    trace_id = parse_trace_id(trace_id) if trace_id else ""
    found = spans.search(
        database,
        records.narrowed(
            page.node,
            trace=trace_id,
            orchestration=orchestration_id,
            component=component,
            operation=operation,
            status=status,
        ),
        _range(page, since, trace_id),
        limit=page.limit,
        cursor=page.cursor,
        question="\n".join(
            ("span records", trace_id, orchestration_id, component, operation, status, page.question)
        ),
    )
    return answer(
        {"spans": [records.of_span(each) for each in found["spans"]], "nextCursor": found["nextCursor"]}
    )


@router.get("/events", response_model=EventRecordPage)
def list_events(
    database: DatabaseOf,
    page: PageOf,
    since: Since = None,
    trace_id: TraceId = "",
    span_id: SpanId = "",
    orchestration_id: OrchestrationId = "",
    component: Component = "",
    event_type: EventType = "",
    severity: Severity = "",
    status: Status = "",
) -> Response:
    """Event records, newest first."""
    trace_id = parse_trace_id(trace_id) if trace_id else ""
    span_id = parse_span_id(span_id) if span_id else ""
    asked = (trace_id, span_id, orchestration_id, component, event_type, severity, status, page.question)
    found, following = logs.search(
        database,
        records.narrowed(
            page.node,
            trace=trace_id,
            span=span_id,
            orchestration=orchestration_id,
            component=component,
            event=event_type,
            severity=severity,
            status=status,
        ),
        _range(page, since, trace_id),
        limit=page.limit,
        cursor=page.cursor,
        question="\n".join(("event records", *asked)),
    )
    return answer({"events": [records.of_event(each) for each in found], "nextCursor": following})


def _range(page: Page, since: str | None, trace_id: str) -> TimeRange:
    """Of one trace whenever it was: the bloom filter of its id finds it among all days."""
    return TimeRange(MIN_NS, page.range.until_ns) if trace_id and since is None else page.range
