"""Failures that are alike, as groups: when they began, how often they came, and traces to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import TYPE_CHECKING, Any

from sonde.errors import SearchSyntaxError
from sonde.query import cursors
from sonde.query.counts import ending_now, step_of
from sonde.query.cursors import Cursor
from sonde.query.error_answers import ErrorGroup, ErrorGroups
from sonde.query.exactness import Reading, reading
from sonde.query.search import Condition, Node, Searched, condition
from sonde.query.statements import statement
from sonde.query.time import MAX_NS, MIN_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

MAX_FAILURES = 200_000
"""Failures that are grouped of spans, and of logs: the newest."""

MAX_MESSAGE = 1_000
"""Characters of a message that are read."""

_SAMPLES = 3
_KNOWN = 50_000
_KEY = (int, str)
_Place = tuple[int, str, str]

_COLUMNS = """
    any(type),
    argMax(message, at),
    any(service),
    argMax(component, at),
    any(operation),
    sum(weight),
    uniqIf(TraceId, TraceId != ''),
    min(at),
    max(at) AS last,
    groupArraySortedIf(24)((-at, TraceId), TraceId != ''),
    sumMap([intDiv(at, {step:Int64})], [weight]),
    multiIf(min(handling) = -1, -1, min(handling) = 1, 1, 0),
    argMax(source, at),
    $span_id
"""
_PAGE = """
HAVING (last, fingerprint) < ({last:Int64}, {fingerprint:String})
ORDER BY last DESC, fingerprint DESC
LIMIT {limit:UInt32}
"""


def groups(
    database: Database,
    node: Node,
    range_: TimeRange,
    *,
    known: frozenset[str] | None,
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> ErrorGroups:
    """A page of groups of failures, that with the newest failure first.

    Args:
        database: the tenant's.
        node: the search, of spans and of logs; where it names a field that only one of them has, the failures
            are those of that kind.
        range_: when they happened; a cursor brings its own.
        known: fingerprints of the time before, see `fingerprints`.
        limit: most groups of the page.
        cursor: `nextCursor` of the page before.
        question: everything of the request that a cursor is bound to.

    Raises:
        SearchSyntaxError: the search names what neither spans nor logs have.
        BadRequest: the cursor is not one of this question.
    """
    range_ = ending_now(range_)
    last, fingerprint = MAX_NS, "~"
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, last, fingerprint = found.range, int(found.key[0]), str(found.key[1])
    step_ns = step_of(range_, None)
    how = reading(database, range_)
    source, params, told_once = _failures(database, node, range_, how)
    # The ids of spans cost as much as those of traces, and are needed where logs are compared with spans.
    columns = Template(_COLUMNS).substitute(span_id="argMax(SpanId, at)" if told_once else "''")
    rows = database.query(
        statement("failures_by_kind", columns=columns, failures=source, having=_PAGE),
        {**params, "step": step_ns, "last": last, "fingerprint": fingerprint, "limit": limit + 1},
        settings=how.settings,
    ).rows
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = cursors.encode(Cursor(range_, (rows[-1][9], rows[-1][0])), question)
    samples = _samples(database, rows)
    return {
        "groups": [_group(row, samples, range_, step_ns, known) for row in rows],
        "nextCursor": following,
        "exact": how.exact,
    }


def fingerprints(database: Database, node: Node, range_: TimeRange) -> frozenset[str] | None:
    """Which groups had a failure in a range of time; None where no span and no log record of it is stored."""
    how = reading(database, range_)
    source, params, _ = _failures(database, node, range_, how)
    rows = database.query(
        statement("failures_by_kind", columns="count()", failures=source, having="LIMIT {known:UInt32}"),
        {**params, "known": _KNOWN},
        settings=how.settings,
    ).rows
    if not rows and not database.query(statement("anything_in_range"), range_.params).rows:
        return None
    return frozenset(row[0] for row in rows)


def before(range_: TimeRange) -> TimeRange:
    """The same length of time right before."""
    range_ = ending_now(range_)
    return TimeRange(max(MIN_NS, range_.since_ns - range_.length_ns), range_.since_ns)


def _failures(
    database: Database, node: Node, range_: TimeRange, how: Reading
) -> tuple[str, Mapping[str, object], bool]:
    """What selects the failures of a search, what that binds, and whether log records are among them."""
    of_spans, of_logs = _conditions(node)
    parts: list[str] = []
    params: dict[str, object] = {**range_.params, "length": MAX_MESSAGE, "most": MAX_FAILURES}
    if of_spans is not None:
        parts.append(statement("failures_of_spans", condition=of_spans.sql, final=how.final))
        params |= of_spans.params
    if of_logs is not None and (of_spans is None or _any_log(database, range_)):
        parts.append(statement("failures_of_logs", condition=of_logs.sql))
        params |= of_logs.params
    if len(parts) == 1:
        return parts[0], params, of_spans is None
    union = "\nUNION ALL\n".join(f"SELECT * FROM ({part})" for part in parts)
    return statement("failures_told_once", failures=union), params, True


def _any_log(database: Database, range_: TimeRange) -> bool:
    """Whether a log record tells an exception at all; without, spans need not be compared with any."""
    return bool(database.query(statement("failures_in_logs"), range_.params).rows)


def _conditions(node: Node) -> tuple[Condition | None, Condition | None]:
    problem: SearchSyntaxError | None = None
    found: list[Condition | None] = []
    kinds: tuple[tuple[Searched, str], ...] = (("spans", "p"), ("logs", "l"))
    for searched, prefix in kinds:
        try:
            found.append(condition(node, searched, prefix=prefix))
        except SearchSyntaxError as error:
            problem = problem or error
            found.append(None)
    if problem is not None and found == [None, None]:
        raise problem
    return found[0], found[1]


def _samples(database: Database, rows: Sequence[tuple[Any, ...]]) -> dict[_Place, tuple[Any, ...]]:
    """The newest failing span of each group, by its time, trace and operation."""
    newest = [(-row[10][0][0], row[10][0][1]) for row in rows if row[10]]
    if not newest:
        return {}
    found = database.query(
        statement("failures_at"),
        {
            "first": min(at for at, _ in newest),
            "last": max(at for at, _ in newest),
            "trace_ids": sorted({trace_id for _, trace_id in newest}),
            "ats": sorted({at for at, _ in newest}),
        },
    ).rows
    return {(row[0], row[1], row[3]): row for row in found}


def _group(
    row: tuple[Any, ...],
    samples: Mapping[_Place, tuple[Any, ...]],
    range_: TimeRange,
    step_ns: int,
    known: frozenset[str] | None,
) -> ErrorGroup:
    counts = dict(zip(*row[11], strict=True))
    buckets = range(range_.since_ns // step_ns, (range_.until_ns - 1) // step_ns + 1)
    sample = samples.get((-row[10][0][0], row[10][0][1], row[5])) if row[10] else None
    bare = row[13] == "span" and sample is not None
    return {
        "fingerprint": row[0],
        "exceptionType": row[1] or (sample[4] if bare and sample else ""),
        "message": row[2] or (sample[5] if bare and sample else ""),
        "service": row[3],
        "component": row[4],
        "operation": row[5],
        "count": round(row[6]),
        "traceCount": row[7],
        "firstSeen": iso(row[8]),
        "lastSeen": iso(row[9]),
        "sampleTraceIds": list(dict.fromkeys(trace_id for _, trace_id in row[10]))[:_SAMPLES],
        "sampleSpanId": row[14] or (sample[2] if sample else ""),
        "series": {
            "ms": [bucket * step_ns // 10**6 for bucket in buckets],
            "counts": [round(counts.get(bucket, 0)) for bucket in buckets],
        },
        "handled": None if row[12] == 0 else row[12] > 0,
        "isNew": known is not None and row[0] not in known,
    }
