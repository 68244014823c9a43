"""`GET /api/v1/ai/usage`, over time, `/calls` and `/sessions`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sonde.query import ai_calls, ai_sessions, ai_usage
from sonde.query.ai_answers import AiCallList, AiConversation, AiSeries, AiSessionPage, AiUsage
from sonde.query.time import parse_step
from sonde.server.api.parameters import Cursor, LimitOf, PageOf, RangeOf, SearchOf, Step, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1/ai", tags=["ai"], dependencies=[require("read")])


@router.get("/usage", response_model=AiUsage)
def get_usage(
    database: DatabaseOf,
    node: SearchOf,
    range_: RangeOf,
    limit: LimitOf,
    by: Annotated[ai_usage.Dimension, Query(description="What rows are made of.")] = "model",
) -> Response:
    """Tokens, calls, errors and cost of AI calls, the dearest first; every call once.

    A span that tells its call again (an agent's sum, a framework's span around the client's, a second
    instrumentation's) is left out. Costs are computed from the prices of now; models that these do not know
    are in `unknownModels`.
    """
    return answer(ai_usage.usage(database, node, range_, by=by, limit=limit))


@router.get("/usage/series", response_model=AiSeries)
def get_series(database: DatabaseOf, node: SearchOf, range_: RangeOf, step: Step = None) -> Response:
    """The same over time."""
    step_ns = None if step is None else parse_step(step)
    return answer(ai_usage.series(database, node, range_, step_ns=step_ns))


@router.get("/calls", response_model=AiCallList)
def list_calls(
    database: DatabaseOf,
    node: SearchOf,
    range_: RangeOf,
    limit: LimitOf,
    sort: Annotated[
        ai_calls.Sort,
        Query(
            description="The slowest or dearest first; or those that failed or were cut off, newest first."
        ),
    ] = "newest",
) -> Response:
    """Single AI calls."""
    return answer(ai_calls.calls(database, node, range_, sort=sort, limit=limit))


@router.get("/sessions", response_model=AiSessionPage)
def list_sessions(database: DatabaseOf, page: PageOf) -> Response:
    """Sessions with a call that matches, by their last call within the range, newest first.

    What is said of a session is about its calls in the range that match.
    """
    return answer(
        ai_sessions.sessions(
            database, page.node, page.range, limit=page.limit, cursor=page.cursor, question=page.question
        )
    )


@router.get("/sessions/{sessionId:id}", response_model=AiConversation)
def get_session(
    database: DatabaseOf,
    limit: LimitOf,
    session_id: Annotated[str, Path(alias="sessionId", description="Its id, which may have slashes.")],
    cursor: Cursor = None,
) -> Response:
    """One session as a conversation: what was said and which tools were called, in order, and the cost."""
    return answer(ai_sessions.get(database, session_id, limit=limit, cursor=cursor))
