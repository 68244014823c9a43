"""`GET /api/v1/logs`, `/logs/{id}`, `/logs/{id}/context` and `/events`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sonde.query import log_context, logs
from sonde.query.answers import EventPage, Log, LogContext, LogPage
from sonde.query.time import MIN_NS, TimeRange
from sonde.query.trace import parse_trace_id
from sonde.server.api.parameters import Page, PageOf, SearchOf, Since, SpanId, TraceId, answer, parse_span_id
from sonde.server.dependencies import DatabaseOf, require
from sonde.store import Database

router = APIRouter(prefix="/api/v1", tags=["logs"], dependencies=[require("read")])

LogId = Annotated[str, Path(alias="logId", description="`id` of a log record.")]
Lines = Annotated[int, Query(ge=0, le=log_context.MOST, description="Most records on this side of it.")]


@router.get("/logs", response_model=LogPage)
def list_logs(
    database: DatabaseOf, page: PageOf, since: Since = None, trace_id: TraceId = "", span_id: SpanId = ""
) -> Response:
    """Log records that match the search, newest first."""
    found, following = _search(database, page, since, trace_id, span_id, events=False)
    return answer({"logs": found, "nextCursor": following})


@router.get("/logs/{logId}", response_model=Log)
def get_log(database: DatabaseOf, log_id: LogId) -> Response:
    """One log record."""
    return answer(log_context.get(database, log_id))


@router.get("/logs/{logId}/context", response_model=LogContext)
def get_log_context(
    database: DatabaseOf, log_id: LogId, node: SearchOf, before: Lines = 20, after: Lines = 20
) -> Response:
    """A log record and what the same process logged around it, oldest first; with a search, what matches.

    The same process is the same service and `service.instance.id`, else the same `host.name` and
    `process.pid`, else the same resource. Up to a week on either side is looked at.
    """
    return answer(log_context.context(database, log_id, node, before=before, after=after))


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
