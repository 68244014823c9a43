"""All runs that touched an entity, with their attempts and how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sonde.query.link_answers import Attempt
from sonde.query.links import Entity, Recent, Toucher, stored, touchers
from sonde.query.rows import milliseconds
from sonde.query.run_answers import RunSummary
from sonde.query.runs import summaries
from sonde.query.statements import BY_KEY, INDEXES_FIRST, statement
from sonde.query.time import iso
from sonde.query.trace import bounds_ns

if TYPE_CHECKING:
    from sonde.store import Database

TRACES_SHOWN: Final = 10
_ATTEMPTS_SHOWN: Final = 20
# Traces of a run that are looked at for attempts.
_TRACES_READ: Final = 20


@dataclass(frozen=True, slots=True)
class Touched:
    """A run that touched an entity (or a trace outside of runs), and how it went."""

    toucher: Toucher
    run: RunSummary | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])


def history(database: Database, entity: Entity, recent: Recent, *, limit: int) -> tuple[list[Touched], bool]:
    """The newest `limit` that touched the entity, the newest first, and whether there are more."""
    entity = entity.shortened()
    known = stored(database, [entity], limit=limit + 1).get(entity, [])
    found = touchers([*known, *recent.get(entity, ())])
    shown = found[:limit]
    attempts = attempts_of(database, shown)
    runs = summaries(database, [each.run_id for each in shown if each.run_id])
    told = [Touched(each, runs.get(each.run_id), attempts.get(each.run_id, [])) for each in shown]
    return told, len(found) > limit


def attempts_of(database: Database, found: Sequence[Toucher]) -> dict[str, list[Attempt]]:
    """The attempts of each run, the newest first: its topmost spans in the traces that are known of it."""
    traces = {trace for each in found if each.run_id for trace in each.trace_ids[:_TRACES_READ]}
    if not traces:
        return {}
    places = database.query(
        statement("traces_known"), {"trace_ids": sorted(traces)}, settings=INDEXES_FIRST
    ).rows
    if not places:
        return {}
    first_ns, last_ns = bounds_ns(min(row[2] for row in places), max(row[3] for row in places))
    params = {
        "first": first_ns,
        "last": last_ns,
        "trace_ids": sorted(traces),
        "run_ids": sorted({each.run_id for each in found if each.run_id}),
        "attempts": _ATTEMPTS_SHOWN,
    }
    attempts: dict[str, list[Attempt]] = {}
    for run_id, *row in database.query(statement("run_attempts"), params, settings=BY_KEY).rows:
        attempts.setdefault(run_id, []).append(_attempt(*row))
    return attempts


def _attempt(
    trace_id: str,
    span_id: str,
    status: str,
    message: str,
    start_ns: int,
    duration_ns: int,
    is_open: bool,
    attempt: int,
    job: str,
) -> Attempt:
    return {
        "attempt": attempt,
        "status": status,
        "message": message,
        "startedAt": iso(start_ns),
        "startUnixNs": str(start_ns),
        "durationMs": milliseconds(duration_ns),
        "isOpen": bool(is_open),
        "traceId": trace_id,
        "spanId": span_id,
        "job": job,
    }
