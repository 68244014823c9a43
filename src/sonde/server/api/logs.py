"""`GET /api/v1/logs` and `GET /api/v1/events`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sonde.query import logs
from sonde.query.answers import EventPage, Log, LogPage
from sonde.query.time import MIN_NS, TimeRange
from sonde.query.trace import parse_trace_id
from sonde.server.api.parameters import Page, PageOf, Since, SpanId, TraceId, answer, parse_span_id
from sonde.server.dependencies import DatabaseOf, require
from sonde.store import Database

router = APIRouter(prefix="/api/v1", tags=["logs"], dependencies=[require("read")])


@router.get("/logs", response_model=LogPage)
def list_logs(
    database: DatabaseOf, page: PageOf, since: Since = None, trace_id: TraceId = "", span_id: SpanId = ""
) -> Response:
    """Log records that match the search, newest first."""
    found, following = _search(database, page, since, trace_id, span_id, events=False)
    return answer({"logs": found, "nextCursor": following})


@router.get("/events", response_model=EventPage)
def list_events(
    database: DatabaseOf, page: PageOf, since: Since = None, trace_id: TraceId = "", span_id: SpanId = ""
) -> Response:
    """Events (log records with an event name) that match the search, newest first."""
    found, following = _search(database, page, since, trace_id, span_id, events=True)
    return answer({"events": found, "nextCursor": following})


def _search(
    database: Database, page: Page, since: str | None, trace_id: str, span_id: str, *, events: bool
) -> tuple[list[Log], str | None]:
    range_ = page.range
    if trace_id:
        trace_id = parse_trace_id(trace_id)
        # The bloom filter finds the logs of a trace among all days.
        range_ = TimeRange(MIN_NS, range_.until_ns) if since is None else range_
    span_id = parse_span_id(span_id) if span_id else ""
    return logs.search(
        database,
        logs.of(page.node, trace_id=trace_id, span_id=span_id, events=events),
        range_,
        limit=page.limit,
        cursor=page.cursor,
        question="\n".join(("events" if events else "logs", trace_id, span_id, page.question)),
    )
