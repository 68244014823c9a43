"""Executions of pipelines, and how their scripts fare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sonde.errors import BadRequest
from sonde.query import cursors
from sonde.query.counts import ending_now, step_of
from sonde.query.cursors import Cursor
from sonde.query.pipeline_answers import PipelineExecution, PipelinePage, ScriptFigures, ScriptList
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
    condition, params = wanted.condition()
    rows = database.query(
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
            "limit": limit + 1,
        },
        settings={**FINAL, **INDEXES_FIRST},
    ).rows
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = cursors.encode(Cursor(range_, tuple(rows[-1][:3])), question)
    return {"pipelines": [execution(row) for row in rows], "nextCursor": following}


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
    """The scripts that ran, by trigger, layer and place. Counts are weighted by sampling."""
    range_ = ending_now(range_)
    step_ns = step_of(range_, None)
    rows = database.query(
        statement("pipeline_scripts"),
        {**range_.params, "step": step_ns, "trigger": trigger, "limit": limit},
        settings=FINAL,
    ).rows
    return {"scripts": [_figures(row, range_, step_ns) for row in rows], "stepMs": step_ns // 10**6}


def _figures(row: tuple[Any, ...], range_: TimeRange, step_ns: int) -> ScriptFigures:
    trigger, script_id, name, layer, place, records, errors, blocks, skips = row[:9]
    quantiles, longest, newest_ns, newest_trace, steps = row[9:]
    by_step = {each[0]: each for each in steps}
    buckets = range(range_.since_ns // step_ns, (range_.until_ns - 1) // step_ns + 1)
    nothing = (0, 0, 0, 0, 0, ())
    at = [by_step.get(bucket, nothing) for bucket in buckets]
    p50, p95 = _milliseconds(quantiles, 0), _milliseconds(quantiles, 1)
    return {
        "triggerEvent": trigger,
        "name": name,
        "scriptId": script_id,
        "layerIndex": layer,
        "parallelIndex": place,
        "count": round(records),
        "ratePerS": records / (range_.length_ns / SECOND_NS),
        "errorCount": round(errors),
        "blockCount": round(blocks),
        "skipCount": round(skips),
        "errorRate": errors / records,
        "blockRate": blocks / records,
        "skipRate": skips / records,
        "p50Ms": p50,
        "p95Ms": p95,
        "maxMs": None if p95 is None else milliseconds(longest),
        "lastSeen": iso(newest_ns),
        "lastTraceId": newest_trace,
        "series": {
            "ms": [bucket * step_ns // 10**6 for bucket in buckets],
            "counts": [round(each[1]) for each in at],
            "errors": [round(each[2]) for each in at],
            "blocks": [round(each[3]) for each in at],
            "skips": [round(each[4]) for each in at],
            "p95Ms": [_milliseconds(each[5], 1) for each in at],
        },
    }


def _milliseconds(quantiles: Sequence[float], index: int) -> float | None:
    """A quantile; None where there was nothing to take it of."""
    if len(quantiles) <= index or math.isnan(quantiles[index]):
        return None
    return quantiles[index] / 10**6
