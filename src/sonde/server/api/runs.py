"""`GET /api/v1/runs` and `GET /api/v1/runs/{runId}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sonde.query import runs
from sonde.query.run_answers import Run, RunPage
from sonde.query.runs_wanted import Wanted
from sonde.server.api.parameters import PageOf, answer, listed
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1", tags=["runs"], dependencies=[require("read")])

Job = Annotated[str, Query(description="Only runs of this job.")]
Status = Annotated[
    list[str] | None,
    Query(description="Only those `running`, `success`, `error`, …; repeated or with commas."),
]
MinDuration = Annotated[
    float | None, Query(alias="minDurationMs", ge=0, description="Only those that took at least this long.")
]
MaxDuration = Annotated[
    float | None, Query(alias="maxDurationMs", ge=0, description="Only those that took at most this long.")
]


@router.get("/runs", response_model=RunPage)
def list_runs(
    database: DatabaseOf,
    page: PageOf,
    job: Job = "",
    status: Status = None,
    min_duration_ms: MinDuration = None,
    max_duration_ms: MaxDuration = None,
) -> Response:
    """Runs of which a span matches the search, newest first by the first of their spans within the range.

    What is said of a run is about all of it. Where filters leave few, a page may be short and not the last.
    """
    wanted = Wanted(job, frozenset(listed(status)), min_duration_ms, max_duration_ms)
    found = runs.search(
        database,
        page.node,
        page.range,
        wanted,
        limit=page.limit,
        cursor=page.cursor,
        question=f"runs\n{page.question}\n{job}\n{sorted(wanted.statuses)}\n{min_duration_ms}\n{max_duration_ms}",
    )
    return answer(found)


@router.get("/runs/{runId:id}", response_model=Run)
def get_run(
    database: DatabaseOf,
    run_id: Annotated[str, Path(alias="runId", description="Its id, which may have slashes.")],
) -> Response:
    """One run: its attempts, operations, entities, and how it compares with the last good one of its job."""
    return answer(runs.get(database, run_id))
