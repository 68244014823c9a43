"""All runs that touched an entity, with their attempts and how they ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sonde.query.entity_steps import outcomes
from sonde.query.link_answers import Attempt, EntityOutcome
from sonde.query.links import Entity, Recent, Toucher, stored, touchers
from sonde.query.rows import milliseconds
from sonde.query.run_answers import RunSummary
from sonde.query.runs import summaries
from sonde.query.statements import BY_KEY, statement
from sonde.query.time import iso
from sonde.query.trace_facts import When, when

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
    outcome: EntityOutcome | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])


def history(database: Database, entity: Entity, recent: Recent, *, limit: int) -> tuple[list[Touched], bool]:
    """The newest `limit` that touched the entity, the newest first, and whether there are more."""
    entity = entity.shortened()
    known = stored(database, [entity], limit=limit + 1).get(entity, [])
    found = touchers([*known, *recent.get(entity, ())])
    shown = found[:limit]
    places = {trace: each.traces[trace] for each in shown for trace in each.trace_ids[:_TRACES_READ]}
    traces = when(database, places) if places else {}
    run_ids = [each.run_id for each in shown if each.run_id]
    attempts = _attempts(database, run_ids, traces)
    runs = summaries(database, run_ids)
    went = outcomes(database, entity, traces)
    told = [
        Touched(
            each,
            runs.get(each.run_id),
            went.get(each.run_id or each.trace_ids[0]) if each.traces else None,
            attempts.get(each.run_id, []),
        )
        for each in shown
    ]
    return told, len(found) > limit


def _attempts(
    database: Database, run_ids: Sequence[str], traces: Mapping[str, When]
) -> dict[str, list[Attempt]]:
    """The attempts of each run, the newest first: its topmost spans in the traces that are known of it."""
    if not run_ids or not traces:
        return {}
    params = {
        "first": min(each.first_ns for each in traces.values()),
        "last": max(each.last_ns for each in traces.values()),
        "trace_ids": sorted(traces),
        "run_ids": sorted(run_ids),
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
