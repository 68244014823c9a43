"""What the list says of each trace, and where in the list each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde.query.answers import TraceSummary
from sonde.query.rows import milliseconds
from sonde.query.statements import statement
from sonde.query.time import MAX_NS, MIN_NS, SECOND_NS, TimeRange, iso
from sonde.query.trace import bounds_ns, trace_status
from sonde.query.trace_sources import FINAL

if TYPE_CHECKING:
    from sonde.store import Database


@dataclass(frozen=True, slots=True)
class When:
    """When the spans of a trace began, rounded outwards to a second."""

    first_ns: int
    last_ns: int


def when(database: Database, rows_ns: Mapping[str, int]) -> dict[str, When]:
    """When each trace was; `rows_ns` has a time within each."""
    rows = database.query(statement("traces_when"), {"trace_ids": list(rows_ns)}).rows
    known = {row[0]: When(*bounds_ns(row[1], row[2])) for row in rows}
    return {
        trace_id: known.get(trace_id)
        or When(max(MIN_NS, row_ns - SECOND_NS), min(MAX_NS, row_ns + SECOND_NS))
        for trace_id, row_ns in rows_ns.items()
    }


@dataclass(frozen=True, slots=True)
class Fact:
    """A trace: when it began within the range, its line in the list, whether a version asked for stands."""

    start_ns: int
    line: TraceSummary
    stands: bool


def facts(
    database: Database, spans: Mapping[str, When], versions: Sequence[int], range_: TimeRange
) -> dict[str, Fact]:
    """What is known of each trace; those without a span are left out."""
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
        line: TraceSummary = {
            "traceId": trace_id,
            "rootService": service,
            "rootOperation": operation,
            "hasRoot": has_root == 1,
            "services": services,
            "startedAt": iso(first_ns),
            "startUnixNs": str(first_ns),
            "durationNs": end_ns - first_ns,
            "durationMs": milliseconds(end_ns - first_ns),
            "spanCount": count,
            "errorCount": errors,
            "status": trace_status(root[2] if has_root else "unset", errors),
            "isOpen": bool(is_open),
        }
        found[trace_id] = Fact(start_ns, line, bool(stands))
    return found
