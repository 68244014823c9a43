"""What some runs and traces did to an entity: spans that name it, and what was logged about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from sonde import semconv
from sonde.query.entity_answers import EntityStep
from sonde.query.entity_outcome import outcome
from sonde.query.link_answers import EntityOutcome
from sonde.query.links import Entity
from sonde.query.rows import LOG_COLUMNS, log, milliseconds
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, MIN_NS, SECOND_NS, iso
from sonde.query.trace_facts import When

if TYPE_CHECKING:
    from sonde.query.answers import Log
    from sonde.store import Database

MAX_STEPS: Final = 200
"""Of one run or trace."""

MAX_TEXT: Final = 1_000
"""Characters of a message that are told."""

_SPANS_READ: Final = 5_000
_PARENTS_READ: Final = 20_000
# What a run logs is found this much before its first span and after its last.
_AROUND_NS: Final = 60 * SECOND_NS

# Where a row of `entity_spans` has the job, the attempt, and how many others the span names.
_JOB: Final = 10
_OTHERS: Final = 12

Place = tuple[str, str]
"""A trace id and the id of a span in it."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps by the id of their run, or of their trace where they have none, oldest first; and how they went.
    `truncated`: those runs and traces of which some may be missing."""

    of: Mapping[str, Sequence[EntityStep]]
    truncated: frozenset[str]
    outcomes: Mapping[str, EntityOutcome]


def naming(entity: Entity) -> dict[str, object]:
    """Values of the places of a statement about log records that name an entity alone."""
    return {
        "key": semconv.ENTITY_PREFIX + entity.type,
        "id": entity.id,
        "listed": orjson.dumps([entity.id]).decode(),
    }


def steps(database: Database, entity: Entity, run_ids: Sequence[str], traces: Mapping[str, When]) -> Steps:
    """What these runs, and traces outside of runs, did to the entity.

    Args:
        database: the tenant's.
        entity: as it is stored.
        run_ids: the runs.
        traces: traces of the runs and others, and when they were.
    """
    if not traces and not run_ids:
        return Steps({}, frozenset(), {})
    first_ns, last_ns, bounds = _bounds(traces)
    named = _naming(database, entity, bounds)
    within, cut = _below(database, bounds, {place: row for place, row in named.items() if not row[_OTHERS]})
    around = {"first": max(MIN_NS, first_ns - _AROUND_NS), "last": min(MAX_NS, last_ns + _AROUND_NS)}
    records = database.query(
        statement("entity_logs", columns=LOG_COLUMNS),
        {
            **bounds,
            **around,
            **naming(entity),
            "run_ids": list(run_ids),
            "touched": semconv.ENTITY_EVENT,
            "spans": sorted(within),
            "each": MAX_STEPS + 1,
        },
        settings=INDEXES_FIRST,
    ).rows
    return _steps(named, within, [log(row) for row in records], cut)


def outcomes(database: Database, entity: Entity, traces: Mapping[str, When]) -> dict[str, EntityOutcome]:
    """How it went for the entity, by the run of these traces, or by the trace where it has none."""
    if not traces:
        return {}
    *_, bounds = _bounds(traces)
    return _outcomes(_topmost(_naming(database, entity, bounds)))


def _bounds(traces: Mapping[str, When]) -> tuple[int, int, dict[str, object]]:
    first_ns = min((each.first_ns for each in traces.values()), default=MIN_NS)
    last_ns = max((each.last_ns for each in traces.values()), default=MAX_NS)
    return first_ns, last_ns, {"first": first_ns, "last": last_ns, "trace_ids": sorted(traces)}


def _naming(database: Database, entity: Entity, bounds: Mapping[str, object]) -> dict[Place, Sequence[Any]]:
    """The spans that name the entity, rows of `entity_spans`."""
    rows = database.query(
        statement("entity_spans"),
        {
            **bounds,
            "key": semconv.ENTITY_PREFIX + entity.type,
            "id": entity.id,
            "length": MAX_TEXT,
            "limit": _SPANS_READ,
        },
        settings=INDEXES_FIRST,
    ).rows
    return {(row[0], row[1]): row for row in rows}


def _topmost(named: Mapping[Place, Sequence[Any]]) -> dict[str, list[EntityStep]]:
    """Of those that name it alone, and of the others, the topmost of a job and attempt; by run or trace."""
    found: dict[str, list[EntityStep]] = {}
    for row in named.values():
        above = named.get((row[0], row[2]))
        if above is None or not _is_part(row, above):
            found.setdefault(_owner(row), []).append(_of_span(row))
    return found


def _is_part(row: Sequence[Any], above: Sequence[Any]) -> bool:
    """Whether a span tells nothing but what the one above it does."""
    job, attempt, others = row[_JOB:]
    return job == above[_JOB] and attempt in {0, above[_JOB + 1]} and bool(others) == bool(above[_OTHERS])


def _outcomes(topmost: Mapping[str, Iterable[EntityStep]]) -> dict[str, EntityOutcome]:
    told = {owner: outcome(each) for owner, each in topmost.items()}
    return {owner: each for owner, each in told.items() if each is not None}


def _steps(
    named: Mapping[Place, Sequence[Any]],
    within: Mapping[Place, Place],
    records: Iterable[Log],
    cut: frozenset[str],
) -> Steps:
    found = _topmost(named)
    ended = _outcomes(found)
    for record in records:
        # What logs may know its span and not its run.
        above = within.get((record["traceId"], record["spanId"]))
        owner = record["runId"] or (_owner(named[above]) if above else record["traceId"])
        found.setdefault(owner, []).append(of_log(record))
    truncated = {owner for owner, listed in found.items() if len(listed) > MAX_STEPS}
    truncated |= {_owner(row) for row in named.values() if row[0] in cut}
    ordered = {
        owner: sorted(listed, key=lambda each: int(each["unixNs"]))[:MAX_STEPS]
        for owner, listed in found.items()
    }
    return Steps(ordered, frozenset(truncated), ended)


def _owner(row: Sequence[Any]) -> str:
    """The run of a span that names the entity, else its trace."""
    return row[3] or row[0]


def _below(
    database: Database, bounds: Mapping[str, object], named: Mapping[Place, object]
) -> tuple[dict[Place, Place], frozenset[str]]:
    """These spans and all below them, with the nearest of these above; and the traces that are too large."""
    if not named:
        return {}, frozenset()
    trace_ids = sorted({trace_id for trace_id, _ in named})
    rows = database.query(
        statement("trace_parents"),
        {**bounds, "trace_ids": trace_ids, "limit": _PARENTS_READ + 1},
        settings=INDEXES_FIRST,
    ).rows
    within: dict[Place, Place] = {place: place for place in named}
    if len(rows) > _PARENTS_READ:
        return within, frozenset(trace_ids)
    children: dict[Place, list[str]] = {}
    for trace_id, span_id, parent_id in rows:
        children.setdefault((trace_id, parent_id), []).append(span_id)
    ahead = list(named)
    while ahead:
        place = ahead.pop()
        for span_id in children.get(place, ()):
            child = (place[0], span_id)
            if child not in within:
                within[child] = within[place]
                ahead.append(child)
    return within, frozenset()


def _of_span(row: Sequence[Any]) -> EntityStep:
    trace_id, span_id, _, _, service, operation, at_ns, took_ns, status, message, job, attempt, others = row
    return {
        "kind": "span",
        "at": iso(at_ns),
        "unixNs": str(at_ns),
        "name": operation,
        "text": message,
        "status": status,
        "service": service,
        "durationNs": took_ns,
        "durationMs": milliseconds(took_ns),
        "job": job,
        "attempt": attempt,
        "traceId": trace_id,
        "spanId": span_id,
        "logId": "",
        "others": others,
    }


def of_log(record: Log) -> EntityStep:
    """A log record or an event as a step."""
    reason = record["attributes"].get(semconv.REASON, "")
    return {
        "kind": "event" if record["eventName"] else "log",
        "at": record["at"],
        "unixNs": record["unixNs"],
        "name": record["eventName"],
        "text": (record["body"] or reason)[:MAX_TEXT],
        "status": record["severity"].lower(),
        "service": record["service"],
        "durationNs": 0,
        "durationMs": 0.0,
        "job": "",
        "attempt": 0,
        "traceId": record["traceId"],
        "spanId": record["spanId"],
        "logId": record["id"],
        "others": 0,
    }
