"""What the list says of each trace, and where in the list each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde.query.answers import TraceSummary
from sonde.query.rows import milliseconds
from sonde.query.statements import BY_KEY, INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, MIN_NS, SECOND_NS, TimeRange, iso
from sonde.query.trace import bounds_ns, trace_status
from sonde.query.trace_sources import FINAL
from sonde.query.trace_sums import Sum, summed

if TYPE_CHECKING:
    from sonde.store import Database


# So many are read by one thread.
_FEW_TRACES = 100


@dataclass(frozen=True, slots=True)
class When:
    """When the spans of a trace began, rounded outwards to a second; and its sum where that is exact."""

    first_ns: int
    last_ns: int
    sum: Sum | None = None


def when(database: Database, rows_ns: Mapping[str, int]) -> dict[str, When]:
    """When each trace was; `rows_ns` has a time within each."""
    segments: dict[str, dict[int, tuple[int, int, str, int]]] = {}
    for trace_id, segment, start_s, end_s, facts, sketch in database.query(
        statement("traces_known"),
        {"trace_ids": list(rows_ns)},
        settings=BY_KEY if len(rows_ns) <= _FEW_TRACES else INDEXES_FIRST,
    ).rows:
        of_trace = segments.setdefault(trace_id, {})
        # Rows without a segment may stand for several.
        row = (start_s, end_s, facts if segment else "", sketch)
        of_trace[segment] = _merged(of_trace[segment], row) if segment in of_trace else row
    known = {trace_id: _when(list(rows.values())) for trace_id, rows in segments.items()}
    return {
        trace_id: known.get(trace_id)
        or When(max(MIN_NS, row_ns - SECOND_NS), min(MAX_NS, row_ns + SECOND_NS))
        for trace_id, row_ns in rows_ns.items()
    }


def _merged(one: tuple[int, int, str, int], other: tuple[int, int, str, int]) -> tuple[int, int, str, int]:
    """Two rows of one segment, as the engine will merge them."""
    return min(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _when(segments: Sequence[tuple[int, int, str, int]]) -> When:
    first_ns, last_ns = bounds_ns(min(row[0] for row in segments), max(row[1] for row in segments))
    return When(first_ns, last_ns, summed((row[0], row[2], row[3]) for row in segments))


@dataclass(frozen=True, slots=True)
class Fact:
    """A trace: when it began within the range, its line in the list, whether a version asked for stands."""

    start_ns: int
    line: TraceSummary
    stands: bool


def facts(
    database: Database, spans: Mapping[str, When], versions: Sequence[int], range_: TimeRange
) -> dict[str, Fact]:
    """What is known of each trace; those without a span are left out.

    The spans are read of those only whose sum is not exact, or that began before the range.
    """
    found: dict[str, Fact] = {}
    to_read: dict[str, When] = {}
    for trace_id, each in spans.items():
        if each.sum and each.sum.first_ns >= range_.since_ns:
            # No span is there twice, so every version is the newest of its span.
            found[trace_id] = Fact(each.sum.first_ns, _line(trace_id, each.sum), stands=True)
        else:
            to_read[trace_id] = each
    return found | _read(database, to_read, versions, range_) if to_read else found


def _read(
    database: Database, spans: Mapping[str, When], versions: Sequence[int], range_: TimeRange
) -> dict[str, Fact]:
    rows = database.query(
        statement("traces_facts"),
        {
            "since": range_.since_ns,
            "versions": list(versions),
            "first": min(each.first_ns for each in spans.values()),
            "last": max(each.last_ns for each in spans.values()),
            "trace_ids": list(spans),
        },
        settings=FINAL,
    ).rows
    found: dict[str, Fact] = {}
    for trace_id, start_ns, first_ns, end_ns, count, errors, services, has_root, root, first, *flags in rows:
        is_open, stands = flags
        service, operation = root[:2] if has_root else first
        read = Sum(
            first_ns=first_ns,
            end_ns=end_ns,
            spans=count,
            errors=errors,
            is_open=bool(is_open),
            root_ns=first_ns if has_root else None,
            service=service,
            operation=operation,
            status=root[2],
            services=frozenset(services),
        )
        found[trace_id] = Fact(start_ns, _line(trace_id, read), bool(stands))
    return found


def _line(trace_id: str, trace: Sum) -> TraceSummary:
    has_root = trace.root_ns is not None
    duration_ns = trace.end_ns - trace.first_ns
    return {
        "traceId": trace_id,
        "rootService": trace.service,
        "rootOperation": trace.operation,
        "hasRoot": has_root,
        "services": sorted(trace.services, key=str.encode),
        "startedAt": iso(trace.first_ns),
        "startUnixNs": str(trace.first_ns),
        "durationNs": duration_ns,
        "durationMs": milliseconds(duration_ns),
        "spanCount": trace.spans,
        "errorCount": trace.errors,
        "status": trace_status(trace.status if has_root else "unset", trace.errors),
        "isOpen": trace.is_open,
    }
