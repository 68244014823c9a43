"""`GET /api/v1/spans`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sonde.query import spans
from sonde.query.answers import SpanPage
from sonde.server.api.parameters import PageOf, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["spans"], dependencies=[require("read")])


@router.get("/spans", response_model=SpanPage)
def list_spans(database: DatabaseOf, page: PageOf) -> Response:
    """Spans that match the search, newest first."""
    found = spans.search(
        database,
        page.node,
        page.range,
        limit=page.limit,
        cursor=page.cursor,
        question=f"spans\n{page.question}",
    )
    return answer(found)
