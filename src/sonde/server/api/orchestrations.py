"""`GET /api/v1/orchestrations` and `GET /api/v1/orchestrations/{orchestrationId}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sonde.query import orchestration, orchestrations
from sonde.query.orchestration import Part
from sonde.query.orchestration_answers import Orchestration, OrchestrationPage
from sonde.query.orchestrations import Wanted
from sonde.query.time import MIN_NS, TimeRange, time_range
from sonde.server.api.parameters import Cursor, LimitOf, RangeOf, answer, listed
from sonde.server.dependencies import DatabaseOf, SettingsOf, require

router = APIRouter(prefix="/api/v1", tags=["orchestrations"], dependencies=[require("read")])

DEFAULT_RECORDS = 1_000
"""Spans, and events, of one orchestration that are told unless more or fewer are asked for."""

Status = Annotated[
    list[str] | None,
    Query(
        description="Only these: `running`, `success`, `violated`, `error`, `unset`; repeated or with commas."
    ),
]


@router.get("/orchestrations", response_model=OrchestrationPage)
def list_orchestrations(
    database: DatabaseOf,
    range_: RangeOf,
    limit: LimitOf,
    status: Status = None,
    component: Annotated[str, Query(description="Only those that this component took part in.")] = "",
    violations: Annotated[bool, Query(description="Only those in which a rule was broken.")] = False,
    cursor: Cursor = None,
) -> Response:
    """Orchestrations, newest first by the first of their spans and events within the range.

    What is said of one is about all of it. Where filters leave few, a page may be short and not the last.
    """
    wanted = Wanted(component, frozenset(listed(status)), violations)
    return answer(orchestrations.search(database, range_, wanted, limit=limit, cursor=cursor))


@router.get("/orchestrations/{orchestrationId:id}", response_model=Orchestration)
def get_orchestration(
    database: DatabaseOf,
    settings: SettingsOf,
    orchestration_id: Annotated[
        str, Path(alias="orchestrationId", description="Its id, which may have slashes.")
    ],
    phase: Annotated[str, Query(description="Only what happened in this phase.")] = "",
    component: Annotated[str, Query(description="Only what this component did and told.")] = "",
    since: Annotated[str | None, Query(description="Only what goes on after this time.")] = None,
    until: Annotated[str | None, Query(description="Only what began before this time.")] = None,
    limit: Annotated[
        int | None,
        Query(ge=1, description="Most spans, and most events: by default 1000, at most `query.max_limit`."),
    ] = None,
) -> Response:
    """One orchestration: phases as bands with their events, components as lanes with their spans, violations.

    Without times it is told from beginning to end. What is left out of a large one is said in `told`; all of
    it is at `/api/v1/records/spans` and `/api/v1/records/events`, page by page.
    """
    most = min(limit or DEFAULT_RECORDS, settings.query_max_limit)
    range_ = time_range(since, until)
    part = Part(phase, component, range_ if since else TimeRange(MIN_NS, range_.until_ns))
    return answer(orchestration.get(database, orchestration_id, part, limit=most))
