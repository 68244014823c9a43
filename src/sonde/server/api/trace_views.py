"""Views of one trace, below `GET /api/v1/traces/{traceId}`: what a page shows of it, never the whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse

from sonde.errors import BadRequest
from sonde.query import otlp_json, tree_page
from sonde.query.search import EVERYTHING
from sonde.query.span_details import details
from sonde.query.trace_answers import (
    Flame,
    SpanDetails,
    TraceMatches,
    TraceOperations,
    TraceOverview,
    TreePage,
)
from sonde.query.trace_cache import CachedTrace
from sonde.query.trace_find import find, matching
from sonde.query.trace_flame import flame_graph
from sonde.query.trace_operations import operations
from sonde.query.trace_overview import overview
from sonde.server.api.parameters import SearchOf, answer, parse_span_id
from sonde.server.dependencies import DatabaseOf, PartsOf, require

router = APIRouter(prefix="/api/v1/traces/{traceId}", tags=["traces"], dependencies=[require("read")])

MAX_IDS = 1000
MAX_OFFSET = 2**31 - 1
"""More rows than a trace has."""

TraceIdInPath = Annotated[str, Path(alias="traceId", description="32 hexadecimal digits, in any case.")]


def trace_of(parts: PartsOf, database: DatabaseOf, trace_id: TraceIdInPath) -> CachedTrace:
    """The trace of a request. Raises BadRequest or NotFound."""
    return parts.traces.get(database, trace_id)


TraceOf = Annotated[CachedTrace, Depends(trace_of)]


@router.get("/overview", response_model=TraceOverview)
def get_overview(database: DatabaseOf, trace: TraceOf) -> Response:
    """A trace without its spans: figures, services, critical path, and a picture of at most 500 spans."""
    return answer(overview(database, trace))


@router.get("/tree", response_model=TreePage)
def get_tree(
    database: DatabaseOf,
    trace: TraceOf,
    node: SearchOf,
    offset: Annotated[
        int | None,
        Query(ge=0, le=MAX_OFFSET, description="The first row; by default 0, or around the span to reveal."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most rows of the answer.")] = 200,
    level: Annotated[
        int | None,
        Query(ge=1, description="Hide spans at this depth and below; roots are at depth 0."),
    ] = None,
    open: Annotated[
        str, Query(description="Spans whose children are shown whatever `level` says: ids with commas.")
    ] = "",
    closed: Annotated[str, Query(description="Spans whose children are hidden: ids with commas.")] = "",
    reveal: Annotated[
        str, Query(description="A span that is shown whatever else is said: its ancestors are unfolded.")
    ] = "",
    logs: Annotated[bool, Query(description="Show below each span its first 20 log records.")] = False,
) -> Response:
    """A page of a trace's rows, depth first, as they are when some spans are folded.

    With `q`, rows are the spans that match and those that lead to them; `level` does not hide these.
    """
    wanted = tree_page.Wanted(
        offset=offset,
        limit=limit,
        level=level,
        opened=_ids(open, "open"),
        closed=_ids(closed, "closed"),
        reveal=int(parse_span_id(reveal), 16) if reveal else None,
        logs=logs,
    )
    matches = None if node == EVERYTHING else matching(database, trace, node)
    return answer(tree_page.page(database, trace, wanted, matches))


@router.get("/spans/{spanId}", response_model=SpanDetails)
def get_span(
    database: DatabaseOf,
    trace: TraceOf,
    span_id: Annotated[str, Path(alias="spanId", description="16 hexadecimal digits, in any case.")],
) -> Response:
    """A span of a trace, whole, and which spans link to it."""
    return answer(details(database, trace, int(parse_span_id(span_id), 16)))


@router.get("/find", response_model=TraceMatches)
def find_spans(
    database: DatabaseOf,
    trace: TraceOf,
    node: SearchOf,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Most spans of the answer.")] = 1000,
) -> Response:
    """The spans of a trace that match a search; a word is looked for in names of services too."""
    return answer(find(database, trace, node, limit))


@router.get("/operations", response_model=TraceOperations)
def list_trace_operations(trace: TraceOf) -> Response:
    """The spans of a trace by service, operation and kind: self time and share of the critical path."""
    return answer(operations(trace.skeleton))


@router.get("/flame", response_model=Flame)
def get_flame(
    trace: TraceOf,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Most frames; the narrowest go.")] = 2000,
) -> Response:
    """A trace as a flame graph: spans that have the same services and operations above them are one frame."""
    return answer(flame_graph(trace, limit))


@router.get("/otlp", response_class=StreamingResponse)
def get_otlp(database: DatabaseOf, trace: TraceOf) -> Response:
    """A trace as an OTLP/JSON request, to keep or to send to any `POST /v1/traces`. Attributes are text."""
    return StreamingResponse(
        otlp_json.parts(database, trace),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="trace-{trace.skeleton.trace_id}.json"'},
    )


def _ids(text: str, name: str) -> list[int]:
    texts = [each for each in text.split(",") if each.strip()]
    if len(texts) > MAX_IDS:
        raise BadRequest(
            f"cannot take {len(texts)} spans in {name}: the most is {MAX_IDS}",
            hint="fold by depth with level, and name the exceptions only",
        )
    return [int(parse_span_id(each), 16) for each in texts]
