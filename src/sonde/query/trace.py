"""One trace, whole, as a tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from sonde.errors import BadRequest, NotFound
from sonde.query.answers import Trace, TreeSpan
from sonde.query.collector import paused
from sonde.query.rows import (
    BARE_SPAN_COLUMNS,
    NESTED_COLUMNS,
    NO_NESTED,
    SPAN_COLUMNS,
    has_nested,
    milliseconds,
    span,
    with_nested,
)
from sonde.query.statements import BY_KEY, INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, MIN_NS, SECOND_NS, iso
from sonde.query.tree import Node, arrange

if TYPE_CHECKING:
    from sonde.store import Database

MAX_SPANS = 100_000

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_NO_TRACE = "0" * 32
_LAST_SECOND = 2**32 - 1


def parse_trace_id(text: str) -> str:
    """A trace id in lower case. Raises BadRequest for anything but 32 hexadecimal digits."""
    trace_id = text.strip().lower()
    if not _TRACE_ID.fullmatch(trace_id) or trace_id == _NO_TRACE:
        raise BadRequest(
            f"cannot look up the trace {text[:64]!r}: a trace id is 32 hexadecimal digits, not all zero",
            hint="to find a trace by the beginning of its id, search spans for trace:4bf92f35*",
        )
    return trace_id


def get(database: Database, trace_id: str, *, max_spans: int = MAX_SPANS) -> Trace:
    """The trace with this id, whenever it was; of a span with several versions, the newest.

    Raises NotFound, or BadRequest for what is no trace id.
    """
    trace_id = parse_trace_id(trace_id)
    with paused():
        return _get(database, trace_id, max_spans)


def _get(database: Database, trace_id: str, max_spans: int) -> Trace:
    since_ns, until_ns = span_times(database, trace_id)
    params: dict[str, object] = {"trace_id": trace_id, "since": since_ns, "until": until_ns}
    rows = _newest(database, params, max_spans)
    if not rows:
        raise NotFound(
            f"no trace {trace_id}",
            hint="what was just sent is there within 2 seconds, or at once after `sonde flush`",
        )
    truncated = len(rows) >= max_spans
    count = database.query(statement("trace_count"), params).one()[0] if truncated else len(rows)
    nodes = [Node(row[2], row[3], row[0]) for row in rows]
    spans: list[TreeSpan] = []
    for place in arrange(nodes):
        each = cast(TreeSpan, span(rows[place.index]))
        each["depth"] = place.depth
        each["childCount"] = place.children
        each["orphan"] = place.orphan
        spans.append(each)
    return _assembled(trace_id, spans, count)


def span_times(database: Database, trace_id: str) -> tuple[int, int]:
    """When the first and the last span of the trace began, in nanoseconds, rounded outwards to a second."""
    rows = database.query(statement("trace_when"), {"trace_id": trace_id}, settings=BY_KEY).rows
    # Without a row there (tables filled by the Collector alone) the bloom filter finds it among all days.
    return bounds_ns(min(row[0] for row in rows), max(row[1] for row in rows)) if rows else (MIN_NS, MAX_NS)


def bounds_ns(start_s: int, end_s: int) -> tuple[int, int]:
    """Nanoseconds of two columns of `otel_traces_trace_id_ts`, rounded outwards.

    They hold 32 bits: the last second of these, in 2106, stands for all later ones.
    """
    return start_s * SECOND_NS, (end_s + 1) * SECOND_NS if end_s < _LAST_SECOND else MAX_NS


def _newest(database: Database, params: dict[str, object], max_spans: int) -> list[tuple[Any, ...]]:
    """The newest version of each span; of at most `max_spans` rows."""
    bare = _of_each(_read(database, BARE_SPAN_COLUMNS, params, max_spans))
    nested: dict[tuple[str, int], tuple[Any, ...]] = {}
    if any(map(has_nested, bare)):
        for span_id, *lists, version in _read(database, NESTED_COLUMNS, params, max_spans):
            nested[span_id, version] = tuple(lists)
    rows: list[tuple[Any, ...]] = []
    for row in bare:
        lists = nested.get((row[2], row[-1])) if has_nested(row) else NO_NESTED
        if lists is None:
            # A newer version came between the two reads, or the limit left others out.
            return _of_each(_read(database, SPAN_COLUMNS, params, max_spans))
        rows.append(with_nested(row, lists))
    return rows


def _of_each(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The row with the greatest version, its last field, of each span."""
    newest: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        known = newest.get(row[2])
        if known is None or known[-1] < row[-1]:
            newest[row[2]] = row
    return list(newest.values())


def _read(
    database: Database, columns: str, params: dict[str, object], max_spans: int
) -> list[tuple[Any, ...]]:
    """These columns of all rows of a trace, and the version last."""
    sql = statement("trace_spans", columns=columns)
    return database.query(sql, {**params, "limit": max_spans}, settings=INDEXES_FIRST).rows


def _assembled(trace_id: str, spans: list[TreeSpan], count: int) -> Trace:
    starts = [int(each["startUnixNs"]) for each in spans]
    start_ns = min(starts)
    end_ns = max(start + each["durationNs"] for start, each in zip(starts, spans, strict=True))
    root = next((each for each in spans if not each["parentSpanId"]), None)
    first = root or spans[0]
    errors = sum(is_error(each["status"], each["statusCode"]) for each in spans)
    return {
        "traceId": trace_id,
        "rootService": first["service"],
        "rootOperation": first["operation"],
        "startedAt": iso(start_ns),
        "startUnixNs": str(start_ns),
        "durationNs": end_ns - start_ns,
        "durationMs": milliseconds(end_ns - start_ns),
        "spanCount": count,
        "errorCount": errors,
        "services": sorted({each["service"] for each in spans}),
        "status": trace_status(root["status"] if root else "unset", errors),
        "isOpen": any(each["isOpen"] for each in spans),
        "missingRoot": root is None,
        "spans": spans,
        "truncated": count > len(spans),
    }


def is_error(status: str, status_code: str) -> bool:
    """Whether a span failed, by its own status or OpenTelemetry's."""
    return status == "error" or status_code == "Error"


def trace_status(root_status: str, error_count: int) -> str:
    """A trace's status: its root's where that says something, else whether anything in it failed."""
    if root_status != "unset":
        return root_status
    return "error" if error_count else "unset"
