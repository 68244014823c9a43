"""A page of a trace's visible rows: its spans, folded as the reader has them, with their logs in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sonde.query.depth_first import Array
from sonde.query.rows import log_id, severity_name
from sonde.query.self_parts import self_parts
from sonde.query.skeleton import Skeleton, span_id_text
from sonde.query.statements import statement
from sonde.query.trace_answers import LogRow, SpanRow, TreePage, TreeRow
from sonde.query.trace_cache import CachedTrace, LogCounts, log_counts
from sonde.query.visible_rows import Folding, Visible, visible

if TYPE_CHECKING:
    from sonde.store import Database

LOGS_OF_SPAN = 20
ANCESTORS = 1000
BODY_CHARACTERS = 500
SELF_PARTS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: `offset` None begins at the first, or so that the span to reveal is in the middle."""

    offset: int | None
    limit: int
    level: int | None = None
    opened: Sequence[int] = ()
    closed: Sequence[int] = ()
    reveal: int | None = None
    logs: bool = False


def page(database: Database, entry: CachedTrace, wanted: Wanted, matches: Array | None = None) -> TreePage:
    """The rows wanted; with `matches` (of each span, whether it matches) those alone and what leads to them.

    Raises NotFound when the span to reveal is not in the trace.
    """
    trace = entry.skeleton
    path = _path(trace, wanted.reveal)
    folding = Folding(
        wanted.level,
        _known(trace, wanted.opened),
        _known(trace, wanted.closed),
        None if path is None else np.array(path, np.int32),
    )
    shown = visible(trace.depths, trace.sizes, folding, matches)
    logs = log_counts(database, entry)
    heights = np.ones(len(shown.places), np.int64)
    if wanted.logs:
        counts = logs.of_spans[shown.places]
        heights += np.minimum(counts, LOGS_OF_SPAN) + (counts > LOGS_OF_SPAN)
    ends = np.cumsum(heights)
    total = int(ends[-1]) if len(ends) else 0
    revealed = None
    if path is not None:
        at = int(np.searchsorted(shown.places, path[-1]))
        revealed = int(ends[at] - heights[at])
    offset = wanted.offset
    if offset is None:
        offset = 0 if revealed is None else max(0, min(revealed - wanted.limit // 2, total - wanted.limit))
    first = int(np.searchsorted(ends, offset, side="right"))
    last = int(np.searchsorted(ends, offset + wanted.limit, side="left")) + 1
    places = shown.places[first:last]
    row_numbers = (ends - heights)[first:last]
    rows: list[TreeRow] = [*_span_rows(trace, shown, places, row_numbers, logs, matches)]
    if wanted.logs:
        rows = _with_logs(database, entry, rows, places, logs)
    return {
        "traceId": trace.trace_id,
        "version": trace.version,
        "total": total,
        "offset": offset,
        "revealed": revealed,
        "openedIds": [span_id_text(int(trace.ids[place])) for place in path[:-1][-ANCESTORS:]]
        if path
        else [],
        "rows": [row for row in rows if offset <= row["row"] < offset + wanted.limit],
    }


def _known(trace: Skeleton, ids: Sequence[int]) -> Array | None:
    """The places of those ids that are there: spans may be unknown that were in an older version."""
    if not ids:
        return None
    places = trace.places(np.array(ids, np.uint64))
    return places[places >= 0]


def _path(trace: Skeleton, reveal: int | None) -> list[int] | None:
    if reveal is None:
        return None
    place = trace.place_of(reveal)
    return [*trace.path(place), place]


def _span_rows(
    trace: Skeleton,
    shown: Visible,
    places: Array,
    row_numbers: Array,
    logs: LogCounts,
    matches: Array | None,
) -> list[SpanRow]:
    below = trace.errors_before
    found = np.zeros(len(trace), np.bool_) if matches is None else matches
    # A list a column, for an element of an array at a time costs as much as the rest.
    columns: list[list[Any]] = [
        column[places].tolist()
        for column in (
            trace.ids, trace.parent_ids, trace.depths, trace.children, trace.sizes, shown.expanded,
            trace.parents, trace.starts, trace.durations, trace.self_ns, trace.open, trace.errors,
            trace.events, trace.links, logs.of_spans, trace.weights, found,
        )
    ]  # fmt: skip
    errors_below = (below[places + trace.sizes[places]] - below[places + 1]).tolist()
    rows: list[SpanRow] = []
    for place, row, error_below, each in zip(
        places.tolist(), row_numbers.tolist(), errors_below, zip(*columns, strict=True), strict=True
    ):
        (span, parent, depth, children, size, is_expanded, above, start, duration, own, is_open, error,
         events, links, log_count, weight, is_match) = each  # fmt: skip
        rows.append(
            {
                "kind": "span",
                "spanId": span_id_text(span),
                "parentSpanId": span_id_text(parent) if parent else "",
                "row": row,
                "index": place,
                "depth": depth,
                "childCount": children,
                "descendantCount": size - 1,
                "isExpanded": is_expanded,
                "orphan": above < 0 and parent != 0,
                "service": trace.service[place],
                "component": trace.component[place],
                "operation": trace.operation[place],
                "spanKind": trace.kind[place],
                "startNs": start,
                "durationNs": duration,
                "selfNs": own,
                "selfParts": _self_parts(trace, place) if children and not is_open else [],
                "status": trace.status[place],
                "statusCode": trace.status_code[place],
                "isOpen": is_open,
                "error": error,
                "critical": _critical(trace, place),
                "events": _events(trace, place) if events else [],
                "eventCount": events,
                "exception": trace.shown_events.exceptions.get(place, ""),
                "linkCount": links,
                "logCount": log_count,
                "errorBelow": error_below,
                "sampleWeight": weight,
                "matches": is_match,
            }
        )
    return rows


def _self_parts(trace: Skeleton, place: int) -> list[tuple[int, int]]:
    below = trace.children_of(place)
    start, end = int(trace.starts[place]), int(trace.ends[place])
    return self_parts(start, end, trace.starts[below], trace.ends[below], SELF_PARTS)


def _critical(trace: Skeleton, place: int) -> list[tuple[int, int]]:
    firsts, _, from_ns, to_ns = trace.critical
    first, last = firsts[place], firsts[place + 1]
    if first == last:
        return []
    return list(zip(from_ns[first:last].tolist(), to_ns[first:last].tolist(), strict=True))


def _events(trace: Skeleton, place: int) -> list[Any]:
    firsts, at_ns, names, _ = trace.shown_events
    return [
        {"ns": int(at_ns[at]), "name": names[at]} for at in range(int(firsts[place]), int(firsts[place + 1]))
    ]


def _with_logs(
    database: Database, entry: CachedTrace, rows: Sequence[TreeRow], places: Array, logs: LogCounts
) -> list[TreeRow]:
    """The rows of spans, each followed by those of its logs."""
    spans = entry.skeleton.ids[places[logs.of_spans[places] > 0]].tolist()
    records: dict[str, list[tuple[Any, ...]]] = {}
    if spans:
        for record in database.query(
            statement("trace_log_rows"),
            {
                **entry.log_params,
                "span_ids": [span_id_text(span) for span in spans],
                "characters": BODY_CHARACTERS,
                "most": LOGS_OF_SPAN,
            },
        ).rows:
            records.setdefault(record[0], []).append(record)
    found: list[TreeRow] = []
    for row in rows:
        found.append(row)
        if row["kind"] != "span":
            continue
        # What arrived since the records were counted has no row yet.
        counted = row["logCount"]
        own = records.get(row["spanId"], [])[: min(counted, LOGS_OF_SPAN)]
        found += [
            _log_row(record, row["row"] + number, row["depth"] + 1, entry.skeleton.start_ns)
            for number, record in enumerate(own, 1)
        ]
        if counted > LOGS_OF_SPAN:
            found.append(
                {
                    "kind": "more",
                    "row": row["row"] + LOGS_OF_SPAN + 1,
                    "depth": row["depth"] + 1,
                    "spanId": row["spanId"],
                    "logCount": counted - LOGS_OF_SPAN,
                }
            )
    return found


def _log_row(record: Sequence[Any], row: int, depth: int, start_ns: int) -> LogRow:
    span, at_ns, segment, ordinal, severity, number, body, event = record
    return {
        "kind": "log",
        "row": row,
        "depth": depth,
        "spanId": span,
        "ns": at_ns - start_ns,
        "severity": severity or severity_name(number),
        "severityNumber": number,
        "body": body,
        "eventName": event,
        "id": log_id(at_ns, segment, ordinal),
    }
