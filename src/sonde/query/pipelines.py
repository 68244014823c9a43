"""Executions of pipelines, and how their scripts fare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sonde.errors import BadRequest
from sonde.query import cursors, other_statuses
from sonde.query.counts import ending_now, step_of
from sonde.query.cursors import Cursor
from sonde.query.pipeline_answers import (
    PipelineExecution,
    PipelinePage,
    ScriptFigures,
    ScriptList,
    ScriptSeries,
)
from sonde.query.rows import milliseconds
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, SECOND_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

STATUSES = ("running", "success", "blocked", "error")
"""What an execution can be."""

FINAL = {
    "do_not_merge_across_partitions_select_final": 1,
    # Every version of a span has the same trigger: what the index leaves out has no version that counts.
    "use_skip_indexes_if_final_exact_mode": 0,
}
"""How the newest versions of spans of pipelines are read."""

_KEY = (int, str, str)
# Newest executions of which the statuses are told where the one asked for left nothing.
_OTHERS_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which executions; "" is any."""

    trigger: str = ""
    status: str = ""
    user_id: str = ""
    request_ip: str = ""

    def __post_init__(self) -> None:
        if self.status and self.status not in STATUSES:
            raise BadRequest(
                f"cannot list executions by the status {self.status[:40]!r}",
                hint=f"use one of {', '.join(STATUSES)}",
            )

    def condition(self) -> tuple[str, dict[str, object]]:
        """The condition in SQL and what it binds."""
        named = {
            "trigger": ("TriggerEvent", self.trigger),
            "status": ("status", self.status),
            "user": ("user_id", self.user_id),
            "ip": ("request_ip", self.request_ip),
        }
        given = {name: pair for name, pair in named.items() if pair[1]}
        sql = " AND ".join(f"{column} = {{{name}:String}}" for name, (column, _) in given.items())
        return sql or "true", {name: value for name, (_, value) in given.items()}


def executions(
    database: Database,
    wanted: Wanted,
    range_: TimeRange,
    *,
    limit: int,
    with_data: bool = True,
    cursor: str | None = None,
) -> PipelinePage:
    """A page of executions, newest first.

    Args:
        database: the tenant's.
        wanted: which.
        range_: when they began; a cursor brings its own.
        limit: most executions of the page.
        with_data: whether context and result are read.
        cursor: `nextCursor` of the page before.

    Raises BadRequest: the cursor is not one of this question.
    """
    question = f"pipelines\n{wanted}"
    last: tuple[int | str, ...] = (MAX_NS, "~", "~")
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, last = found.range, found.key
    rows = _rows(database, wanted, range_, last, limit + 1, with_data=with_data)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = cursors.encode(Cursor(range_, tuple(rows[-1][:3])), question)
    statuses: list[str] = []
    if not rows and cursor is None and wanted.status:
        others = _rows(database, replace(wanted, status=""), range_, last, _OTHERS_LOOKED_AT)
        statuses = other_statuses.told(str(row[6]) for row in others)
    return {"pipelines": [execution(row) for row in rows], "nextCursor": following, "statuses": statuses}


def _rows(
    database: Database,
    wanted: Wanted,
    range_: TimeRange,
    last: tuple[int | str, ...],
    limit: int,
    *,
    with_data: bool = False,
) -> list[Any]:
    """Rows of `pipelines.sql` after a place."""
    condition, params = wanted.condition()
    return database.query(
        statement(
            "pipelines",
            condition=condition,
            context="SpanAttributes['sonde.pipeline.context']" if with_data else "''",
            result="SpanAttributes['sonde.pipeline.result']" if with_data else "''",
        ),
        {
            **params,
            **range_.params,
            "last": last[0],
            "last_trace": last[1],
            "last_span": last[2],
            "limit": limit,
        },
        settings={**FINAL, **INDEXES_FIRST},
    ).rows


def execution(row: Sequence[Any]) -> PipelineExecution:
    """The execution in a row of `pipelines.sql` or `pipeline.sql`."""
    at_ns, duration_ns, is_open = row[0], row[8], row[9]
    return {
        "traceId": row[1],
        "spanId": row[2],
        "parentSpanId": row[3],
        "triggerEvent": row[4],
        "service": row[5],
        "status": row[6],
        "statusMessage": row[7],
        "startedAt": iso(at_ns),
        "startUnixNs": str(at_ns),
        "endedAt": None if is_open else iso(at_ns + duration_ns),
        "durationNs": duration_ns,
        "durationMs": None if is_open else milliseconds(duration_ns),
        "isOpen": is_open,
        "userId": row[10],
        "requestIp": row[11],
        "contextSnapshot": row[12],
        "resultData": row[13],
        "createdAt": iso(row[14] * 10**6),
    }


def scripts(database: Database, range_: TimeRange, *, trigger: str = "", limit: int) -> ScriptList:
    """The scripts that ran, by trigger, service, layer and place. Counts are weighted by sampling."""
    range_ = ending_now(range_)
    step_ns = step_of(range_, None)
    rows = database.query(
        statement("pipeline_scripts"),
        {**range_.params, "step": step_ns, "trigger": trigger, "limit": limit},
        settings=FINAL,
    ).rows
    return {"scripts": [_figures(row, range_, step_ns) for row in rows], "stepMs": step_ns // 10**6}


def _figures(row: tuple[Any, ...], range_: TimeRange, step_ns: int) -> ScriptFigures:
    trigger, service, script_id, name, layer, place, records, errors, blocks, skips = row[:10]
    quantiles, longest, newest_ns, newest_trace, steps = row[10:]
    ran = max(0.0, records - skips)
    p50, p95 = _milliseconds(quantiles, 0), _milliseconds(quantiles, 1)
    return {
        "triggerEvent": trigger,
        "service": service,
        "name": name,
        "scriptId": script_id,
        "layerIndex": layer,
        "parallelIndex": place,
        "count": round(records),
        "runCount": round(ran),
        "ratePerS": ran / (range_.length_ns / SECOND_NS),
        "errorCount": round(errors),
        "blockCount": round(blocks),
        "skipCount": round(skips),
        "errorRate": errors / ran if ran else 0.0,
        "blockRate": blocks / ran if ran else 0.0,
        "skipRate": skips / records,
        "p50Ms": p50,
        "p95Ms": p95,
        "maxMs": None if p95 is None else milliseconds(longest),
        "lastSeen": iso(newest_ns),
        "lastTraceId": newest_trace,
        "series": _series(steps, range_, step_ns),
    }


def _series(steps: Sequence[tuple[Any, ...]], range_: TimeRange, step_ns: int) -> ScriptSeries:
    by_step = {each[0]: each for each in steps}
    buckets = range(range_.since_ns // step_ns, (range_.until_ns - 1) // step_ns + 1)
    at = [by_step.get(bucket, (bucket, 0, 0, 0, 0, ())) for bucket in buckets]
    ran = [max(0.0, records - skips) for _, records, _, _, skips, _ in at]
    # The first and the last step may stand in the range in part only.
    lengths_ns = [
        min(range_.until_ns, (bucket + 1) * step_ns) - max(range_.since_ns, bucket * step_ns)
        for bucket in buckets
    ]
    return {
        "ms": [bucket * step_ns // 10**6 for bucket in buckets],
        "counts": [round(each[1]) for each in at],
        "errors": [round(each[2]) for each in at],
        "blocks": [round(each[3]) for each in at],
        "skips": [round(each[4]) for each in at],
        "ratePerS": [
            number / (length_ns / SECOND_NS) for number, length_ns in zip(ran, lengths_ns, strict=True)
        ],
        "errorRate": [_share(each[2], number) for each, number in zip(at, ran, strict=True)],
        "blockRate": [_share(each[3], number) for each, number in zip(at, ran, strict=True)],
        "skipRate": [_share(each[4], each[1]) for each in at],
        "p50Ms": [_milliseconds(each[5], 0) for each in at],
        "p95Ms": [_milliseconds(each[5], 1) for each in at],
    }


def _share(part: float, whole: float) -> float | None:
    """A part of a whole; None where there is no whole."""
    return part / whole if whole > 0 else None


def _milliseconds(quantiles: Sequence[float], index: int) -> float | None:
    """A quantile; None where there was nothing to take it of."""
    if len(quantiles) <= index or math.isnan(quantiles[index]):
        return None
    return quantiles[index] / 10**6
