"""`GET /api/v1/sampling`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde.errors import BadRequest
from sonde.query import kept_spans
from sonde.query.kept_answers import KeptSpans
from sonde.server.api.parameters import LimitOf, RangeOf, SearchOf, answer, listed
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["sampling"], dependencies=[require("read")])


@router.get("/sampling", response_model=KeptSpans)
def list_kept(
    database: DatabaseOf,
    node: SearchOf,
    range_: RangeOf,
    limit: LimitOf,
    kept: Annotated[
        list[str] | None,
        Query(
            description="Only operations of which a span was kept for this: `ratio`, `forced`, `error`, "
            "`slow` or `unsampled`; repeated or with commas."
        ),
    ] = None,
) -> Response:
    """Operations of components: how many of their spans sampling kept and why, and how many these stand for.

    `forced` are those of critical operations: chosen by a rule or by the program, or of a kind of work that
    is always kept.
    """
    reasons = listed(kept)
    for reason in reasons:
        if reason not in kept_spans.REASONS:
            raise BadRequest(
                f"cannot list what was kept for {reason[:40]!r}",
                hint=f"use one of {', '.join(kept_spans.REASONS)}",
            )
    return answer(kept_spans.kept_spans(database, node, range_, reasons=reasons, limit=limit))
