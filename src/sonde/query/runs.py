"""Runs: what bears the same `sonde.run.id`, as a list, and one by one beside the last good one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sonde import semconv
from sonde.errors import NotFound
from sonde.query import cursors, other_statuses, run_without_spans, surroundings
from sonde.query.counts import ending_now
from sonde.query.cursors import Cursor
from sonde.query.rows import milliseconds
from sonde.query.run_answers import (
    ComparedOperation,
    Run,
    RunComparison,
    RunEntity,
    RunOperation,
    RunPage,
    RunPart,
    RunSummary,
    TouchedEntity,
)
from sonde.query.runs_wanted import KEPT_NS, Wanted
from sonde.query.search import Condition, Node, condition
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, MIN_NS, TimeRange, iso
from sonde.query.trace_overview import entity_ids

if TYPE_CHECKING:
    from sonde.store import Database

MAX_MESSAGE = 1_000
"""Characters of a message that are read."""

MOST = 1_000
"""Parts, entities and operations of one run, each."""

_KEY = (int, str)
_TOP = (MAX_NS, str(2**64 - 1))
# Runs looked at for one page at most: a filter that hardly any passes answers a short page, and goes on.
_EXAMINED = 5_000
_PER_READ = 1_000
_LAST_GOOD_AMONG = 200
_TOUCHED_SHOWN = 5

_TOUCHED = ", mapFilter((key, _) -> startsWith(key, {prefix:String}), SpanAttributes) AS touched"

_NAMES: Mapping[str, object] = {
    "url": semconv.RUN_URL,
    "job": semconv.RUN_JOB,
    "attempt": semconv.RUN_ATTEMPT,
    "length": MAX_MESSAGE,
}


def search(
    database: Database,
    node: Node,
    range_: TimeRange,
    wanted: Wanted,
    *,
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> RunPage:
    """A page of the runs with a span in a range of time, of which one matches the search.

    A run stands where its first span within the range is; what is said of it is about the whole run.

    Args:
        database: the tenant's.
        node: the search, from `search.parse`.
        range_: a cursor brings its own.
        wanted: what the runs have to be besides.
        limit: most runs of the page.
        cursor: `nextCursor` of the page before.
        question: everything of the request that a cursor is bound to.

    Raises:
        SearchSyntaxError: the search names what spans do not have.
        BadRequest: the cursor is not one of this question.
    """
    range_ = ending_now(range_)
    after: tuple[int, str] = _TOP
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, after = found.range, (int(found.key[0]), str(found.key[1]))
    matching = condition(node, "spans")
    # Where nothing is filtered each run that is looked at is shown.
    most = limit if wanted == Wanted() else _EXAMINED
    rows = _in_range(database, matching, range_, wanted, after, most + 1)
    passed: dict[str, Sequence[Any]] = {}
    looked_at = 0
    while looked_at < min(most, len(rows)) and len(passed) < limit:
        # The first few mostly do; after them there is far to go.
        some = rows[looked_at : min(most, looked_at + (_PER_READ if looked_at else 4 * limit))]
        known = _facts(database, [row[0] for row in some])
        for run_id, place, digest in some:
            if len(passed) == limit:
                break
            looked_at += 1
            after = (place, str(digest))
            if run_id in known and wanted.passes(_summary(known[run_id], {})):
                passed[run_id] = known[run_id]
    counts = _entity_counts(database, list(passed))
    is_last = looked_at >= len(rows)
    is_nothing = is_last and not passed and cursor is None
    return {
        "runs": [_summary(row, counts.get(run_id, {})) for run_id, row in passed.items()],
        "nextCursor": None if is_last else cursors.encode(Cursor(range_, after), question),
        "statuses": _other_statuses(database, matching, range_, wanted) if is_nothing else [],
    }


def _in_range(
    database: Database,
    matching: Condition,
    range_: TimeRange,
    wanted: Wanted,
    after: tuple[int, str],
    most: int,
) -> Sequence[Sequence[Any]]:
    """Rows of `runs_in_range`: runs that may be wanted, after a place."""
    return database.query(
        statement("runs_in_range", condition=matching.sql, possible=wanted.possible),
        {
            **matching.params,
            **wanted.params,
            **range_.params,
            "place": after[0],
            "digest": int(after[1]) if after[1].isdecimal() else 0,
            "limit": most,
        },
        settings=INDEXES_FIRST,
    ).rows


def _other_statuses(database: Database, matching: Condition, range_: TimeRange, wanted: Wanted) -> list[str]:
    """Statuses of the newest runs that are as wanted but for theirs, the most frequent first."""
    if not wanted.statuses:
        return []
    others = replace(wanted, statuses=frozenset())
    rows = _in_range(database, matching, range_, others, _TOP, _PER_READ)
    known = [_summary(row, {}) for row in _facts(database, [row[0] for row in rows]).values()]
    return other_statuses.told(run["status"] for run in known if others.passes(run))


def summaries(database: Database, run_ids: Sequence[str]) -> dict[str, RunSummary]:
    """What is known of some runs, by their ids; those without a span are left out."""
    known = _facts(database, run_ids)
    counts = _entity_counts(database, list(known))
    return {run_id: _summary(row, counts.get(run_id, {})) for run_id, row in known.items()}


def _facts(database: Database, run_ids: Sequence[str]) -> dict[str, Sequence[Any]]:
    """What is known of each but the entities: a row of `run_facts`."""
    if not run_ids:
        return {}
    rows = database.query(
        statement("run_facts", spans=statement("run_spans", more="")),
        {**_NAMES, "run_ids": list(run_ids)},
        settings=INDEXES_FIRST,
    ).rows
    return {row[0]: row for row in rows}


def _entity_counts(database: Database, run_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many entities of each type each touched."""
    counts: dict[str, dict[str, int]] = {}
    if run_ids:
        for run_id, kind, count in database.query(
            statement("run_entity_counts"), {"run_ids": list(run_ids)}, settings=INDEXES_FIRST
        ).rows:
            counts.setdefault(run_id, {})[kind] = count
    return counts


def get(database: Database, run_id: str) -> Run:
    """One run; with the status `unknown` where only links, logs or events know it. Raises NotFound."""
    found = summaries(database, [run_id]).get(run_id)
    if found is None:
        counts = _entity_counts(database, [run_id]).get(run_id, {})
        found = run_without_spans.summary(database, run_id, counts)
    if found is None:
        raise _unknown(run_id)
    begun = database.query(
        statement("run_parts", spans=statement("run_spans", more=_TOUCHED)),
        {**_NAMES, "run_ids": [run_id], "limit": MOST, "prefix": semconv.ENTITY_PREFIX},
        settings=INDEXES_FIRST,
    ).rows
    attempts, parts = _told_apart(begun, found)
    entities: list[RunEntity] = [
        {"type": kind, "id": entity_id, "lastSeen": iso(last_ns)}
        for kind, entity_id, last_ns in database.query(
            statement("run_entities"), {"run_id": run_id, "limit": MOST}, settings=INDEXES_FIRST
        ).rows
    ]
    good = _last_good(database, found)
    operations = _operations(database, [run_id] if good is None else [run_id, good["runId"]])
    own = operations.get(run_id, [])
    about = surroundings.of_runs(database, [run_id]).get(run_id, surroundings.Found())
    return {
        **found,
        "about": about.answer(),
        "attemptsList": attempts,
        "parts": parts,
        "entities": entities,
        "operations": own,
        "lastGood": good,
        "comparison": None
        if good is None
        else _comparison(found, good, own, operations.get(good["runId"], [])),
    }


def _unknown(run_id: str) -> NotFound:
    shown = run_id if len(run_id) <= 100 else f"{run_id[:100]}…"
    return NotFound(
        f"no run {shown} is stored",
        hint="a run is shown once it has ended (at once with open=True), and kept for 14 days; "
        "the list of runs has those there are",
    )


def _summary(row: Sequence[Any], entity_counts: dict[str, int]) -> RunSummary:
    run_id, job, url, first_ns, last_ns, spans, errors, services, trace_ids, traces, last_attempt = row
    attempt, status, message = last_attempt
    took_ns = max(0, last_ns - first_ns)
    return {
        "runId": run_id,
        "job": job,
        "url": url.replace("{run_id}", quote(run_id, safe="")),
        "status": status,
        "startedAt": iso(first_ns),
        "startUnixNs": str(first_ns),
        "endedAt": None if status == "running" else iso(min(MAX_NS, max(MIN_NS, last_ns))),
        "durationNs": took_ns,
        "durationMs": milliseconds(took_ns),
        "attempts": attempt,
        "spanCount": spans,
        "errorCount": errors,
        "services": services,
        "traceIds": trace_ids,
        "traceCount": traces,
        "entityCounts": entity_counts,
        "message": message,
    }


def _told_apart(rows: Iterable[Sequence[Any]], run: RunSummary) -> tuple[list[RunPart], list[RunPart]]:
    """The attempts of the run's own job, and the other executions.

    Where a caller in between does not bear the run's id, work below it looks like a beginning too: an
    execution is what has the operation of the first of its job and attempt.
    """
    attempts: dict[int, RunPart] = {}
    parts: list[RunPart] = []
    operations: dict[tuple[str, int], tuple[str, str]] = {}
    for row in rows:
        job, attempt, operation, service = row[:4]
        if operations.setdefault((job, attempt), (service, operation)) != (service, operation):
            continue
        part = _part(row, int(run["startUnixNs"]))
        if job == run["job"]:
            attempts.setdefault(attempt, part)
        else:
            parts.append(part)
    return list(attempts.values()), parts


def _part(row: Sequence[Any], start_ns: int) -> RunPart:
    job, attempt, operation, service, at_ns, took_ns, status, message, trace_id, span_id, touched = row
    return {
        "job": job,
        "attempt": attempt,
        "operation": operation,
        "service": service,
        "startedAt": iso(at_ns),
        "startNs": at_ns - start_ns,
        "durationNs": took_ns,
        "durationMs": milliseconds(took_ns),
        "status": status,
        "message": message,
        "traceId": trace_id,
        "spanId": span_id,
        "touched": _entities(touched)[:_TOUCHED_SHOWN],
    }


def _entities(touched: Mapping[str, str]) -> list[TouchedEntity]:
    return [
        {"type": name.removeprefix(semconv.ENTITY_PREFIX), "id": entity_id}
        for name, value in sorted(touched.items())
        for entity_id in entity_ids(value)
    ]


def _operations(database: Database, run_ids: Sequence[str]) -> dict[str, list[RunOperation]]:
    found: dict[str, list[RunOperation]] = {}
    rows = database.query(
        statement("run_operations", spans=statement("run_spans", more="")),
        {**_NAMES, "run_ids": list(run_ids), "limit": MOST},
        settings=INDEXES_FIRST,
    ).rows
    for run_id, service, operation, count, errors, total_ms in rows:
        found.setdefault(run_id, []).append(
            {
                "service": service,
                "operation": operation,
                "count": count,
                "errors": errors,
                "totalMs": total_ms,
            }
        )
    return found


def _last_good(database: Database, run: RunSummary) -> RunSummary | None:
    """The last run of the same job that began before this one and succeeded."""
    if not run["job"]:
        return None
    until_ns = int(run["startUnixNs"])
    rows = database.query(
        statement("runs_of_job"),
        {
            "since": max(MIN_NS, until_ns - KEPT_NS),
            "until": until_ns,
            "job": semconv.RUN_JOB,
            "wanted": run["job"],
            "run_id": run["runId"],
            "limit": _LAST_GOOD_AMONG,
        },
        settings=INDEXES_FIRST,
    ).rows
    ids = [row[0] for row in rows]
    # The newest is good mostly.
    for some in (ids[:5], ids[5:]):
        known = summaries(database, some)
        for run_id in some:
            found = known.get(run_id)
            if found and found["job"] == run["job"] and found["status"] == "success":
                return found
    return None


def _comparison(
    now: RunSummary, then: RunSummary, own: Iterable[RunOperation], others: Iterable[RunOperation]
) -> RunComparison:
    """The two, operation by operation; what one lacks counts as nothing."""
    this = {(each["service"], each["operation"]): each for each in own}
    other = {(each["service"], each["operation"]): each for each in others}
    operations = [
        _compared(service, operation, this.get((service, operation)), other.get((service, operation)))
        for service, operation in this.keys() | other.keys()
    ]
    operations.sort(
        key=lambda each: (
            -abs(each["totalMs"][0] - each["totalMs"][1]),
            each["service"],
            each["operation"],
        )
    )
    return {
        "durationMs": [now["durationMs"], then["durationMs"]],
        "operations": operations,
        "entities": [sum(now["entityCounts"].values()), sum(then["entityCounts"].values())],
    }


def _compared(
    service: str, operation: str, now: RunOperation | None, then: RunOperation | None
) -> ComparedOperation:
    pair = (now, then)
    return {
        "operation": operation,
        "service": service,
        "count": [each["count"] if each else 0 for each in pair],
        "totalMs": [each["totalMs"] if each else 0.0 for each in pair],
        "errors": [each["errors"] if each else 0 for each in pair],
    }
