"""`GET /api/v1/counts`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response

from sonde.query import counts, logs
from sonde.query.answers import Counts
from sonde.query.time import parse_step
from sonde.server.api.parameters import RangeOf, SearchOf, Step, answer
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["counts"], dependencies=[require("read")])


class Counted(StrEnum):
    """What can be counted over time."""

    SPANS = "spans"
    LOGS = "logs"
    EVENTS = "events"


@router.get("/counts", response_model=Counts)
def count_over_time(
    database: DatabaseOf,
    node: SearchOf,
    range_: RangeOf,
    signal: Annotated[Counted, Query(description="What to count.")] = Counted.SPANS,
    step: Step = None,
    by: Annotated[str, Query(description="A field or attribute whose values are told apart.")] = "",
) -> Response:
    """How many records match the search in each step of time; steps without any are left out."""
    found = counts.over_time(
        database,
        "spans" if signal is Counted.SPANS else "logs",
        logs.of(node, events=True) if signal is Counted.EVENTS else node,
        counts.ending_now(range_),
        step_ns=parse_step(step) if step else None,
        by=by,
    )
    return answer(found)
