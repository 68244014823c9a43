"""`GET /api/v1/pipelines`, of one execution and of scripts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sonde.query import pipeline, pipelines
from sonde.query.pipeline_answers import PipelineDetails, PipelinePage, ScriptList
from sonde.server.api.parameters import Cursor, LimitOf, RangeOf, answer, parse_span_id
from sonde.server.dependencies import DatabaseOf, require

router = APIRouter(prefix="/api/v1/pipelines", tags=["pipelines"], dependencies=[require("read")])

Trigger = Annotated[str, Query(description="Only those of this trigger event.")]


@router.get("", response_model=PipelinePage)
def list_pipelines(
    database: DatabaseOf,
    range_: RangeOf,
    limit: LimitOf,
    trigger: Trigger = "",
    status: Annotated[str, Query(description="Only these: `running`, `success`, `blocked` or `error`.")] = "",
    user_id: Annotated[str, Query(alias="userId", description="Only those of this user.")] = "",
    ip: Annotated[str, Query(description="Only those asked for from this address.")] = "",
    data: Annotated[bool, Query(description="Whether context and result are in the answer.")] = True,
    cursor: Cursor = None,
) -> Response:
    """Executions of pipelines, newest first."""
    wanted = pipelines.Wanted(trigger, status, user_id, ip)
    return answer(pipelines.executions(database, wanted, range_, limit=limit, with_data=data, cursor=cursor))


@router.get("/scripts", response_model=ScriptList)
def list_scripts(database: DatabaseOf, range_: RangeOf, limit: LimitOf, trigger: Trigger = "") -> Response:
    """The scripts of pipelines: how many ran, failed, blocked or were skipped, and how long they took."""
    return answer(pipelines.scripts(database, range_, trigger=trigger, limit=limit))


@router.get("/{traceId:id}", response_model=PipelineDetails)
def get_pipeline(
    database: DatabaseOf,
    trace_id: Annotated[str, Path(alias="traceId", description="32 hexadecimal digits, in any case.")],
    span_id: Annotated[
        str,
        Query(alias="spanId", description="Of several executions in a trace the one that this span is."),
    ] = "",
) -> Response:
    """One execution: its layers of scripts in true time, what each changed, who blocked it and why."""
    return answer(pipeline.get(database, trace_id, span_id=parse_span_id(span_id) if span_id else ""))
