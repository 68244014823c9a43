"""`GET /api/v1/traces` and `GET /api/v1/traces/{traceId}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from sonde.query import trace, traces
from sonde.query.answers import Trace, TracePage
from sonde.server.api.parameters import PageOf, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["traces"], dependencies=[require("read")])


@router.get("/traces", response_model=TracePage)
def list_traces(database: DatabaseOf, page: PageOf) -> Response:
    """Traces with a span that matches the search, newest first."""
    found = traces.search(
        database,
        page.node,
        page.range,
        limit=page.limit,
        cursor=page.cursor,
        question=f"traces\n{page.question}",
    )
    return answer(found)


@router.get("/traces/{traceId}", response_model=Trace)
def get_trace(
    database: DatabaseOf,
    trace_id: Annotated[str, Path(alias="traceId", description="32 hexadecimal digits, in any case.")],
) -> Response:
    """One trace with all its spans, depth first."""
    return answer(trace.get(database, trace_id))
