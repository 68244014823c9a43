"""`GET /api/v1/metrics` and `GET /api/v1/metrics/{name}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sonde.query import metrics
from sonde.query.answers import MetricList, MetricResult
from sonde.query.counts import ending_now
from sonde.query.metrics import Aggregate
from sonde.query.search import parse
from sonde.query.time import parse_step
from sonde.server.api.parameters import LimitOf, RangeOf, SearchOf, Step, answer, listed
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["metrics"], dependencies=[require("read")])


@router.get("/metrics", response_model=MetricList)
def list_metrics(database: DatabaseOf, node: SearchOf, range_: RangeOf, limit: LimitOf) -> Response:
    """Metrics with a point in the range, by name."""
    return answer({"metrics": metrics.catalog(database, node, range_, limit=limit)})


@router.get("/metrics/{name:id}", response_model=MetricResult)
def get_metric(
    database: DatabaseOf,
    range_: RangeOf,
    name: Annotated[str, Path(description="The metric's name.")],
    where: Annotated[str, Query(description="Which of its points, in the search syntax.")] = "",
    by: Annotated[
        list[str] | None, Query(description="Attributes with a series a value; commas or repeated.")
    ] = None,
    step: Step = None,
    aggregate: Annotated[
        Aggregate | None, Query(description="What to show; by default what suits the metric's type.")
    ] = None,
) -> Response:
    """One metric over time."""
    found = metrics.series(
        database,
        name,
        parse(where),
        ending_now(range_),
        step_ns=parse_step(step) if step else None,
        by=listed(by),
        aggregate=aggregate,
    )
    return answer(found)
