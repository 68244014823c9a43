"""One orchestration as a timeline: phases as bands, components as lanes, events by phase."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sonde.errors import NotFound
from sonde.query import surroundings
from sonde.query.orchestration_answers import (
    Orchestration,
    OrchestrationEvent,
    OrchestrationLane,
    OrchestrationPhase,
    OrchestrationSpan,
    OrchestrationSummary,
    Told,
)
from sonde.query.orchestrations import MAX_PHASES, Facts, facts
from sonde.query.phases import Stretch, Transition, stretches
from sonde.query.rows import log_id, severity_name
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, MIN_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

MAX_TRANSITIONS = 1_000
MAX_VIOLATIONS = 1_000
MAX_ENTITIES = 100

_BEARS = (
    "({phase:String} = '' OR phase = {phase:String})"
    " AND ({component:String} = '' OR Component = {component:String})"
)
_SPANS_WITHIN = f"{_BEARS} AND at < {{until:Int64}} AND (at + took >= {{since:Int64}} OR IsOpen)"
_EVENTS_WITHIN = f"{_BEARS} AND at < {{until:Int64}} AND at >= {{since:Int64}}"
_MARK_COLUMNS = (
    ", Segment, Ordinal, EventName, SeverityText, SeverityNumber, Body, Status, LogAttributes"
    ", TraceId, SpanId"
)
_ALWAYS = TimeRange(MIN_NS, MAX_NS)


@dataclass(frozen=True, slots=True)
class Part:
    """What of an orchestration is told; "" is any."""

    phase: str = ""
    component: str = ""
    range: TimeRange = _ALWAYS


_ALL = Part()


class _Reader:
    """Reads one orchestration."""

    def __init__(self, database: Database, orchestration_id: str, part: Part) -> None:
        self._database = database
        self._bound: dict[str, object] = {
            **part.range.params,
            "ids": [orchestration_id],
            "phase": part.phase,
            "component": part.component,
        }
        self._spans = statement("orchestration_spans")
        self._events = statement("orchestration_events", more="")
        self._marks = statement("orchestration_events", more=_MARK_COLUMNS)

    def stretches(self, known: Facts) -> list[Stretch]:
        moves: Sequence[Sequence[Any]] = []
        if known.summary["eventCount"]:
            moves = self._rows("orchestration_transitions", MAX_TRANSITIONS, events=self._events)
        found = stretches(
            [Transition(*row) for row in moves],
            known.phases,
            start_ns=int(known.summary["startUnixNs"]),
            is_open=known.summary["isOpen"],
        )[:MAX_PHASES]
        self._bound |= {
            "stretch_phases": [each.phase for each in found],
            "starts": [each.start_ns for each in found],
            "told": [each.is_told for each in found],
            "ended": int(known.summary["startUnixNs"]) + known.summary["durationNs"],
        }
        return found

    def counts(self) -> Sequence[Sequence[Any]]:
        return self._rows(
            "orchestration_counts",
            spans=self._spans,
            events=self._events,
            stretch=statement("orchestration_stretch"),
            narrowed=_SPANS_WITHIN,
            narrowed_events=_EVENTS_WITHIN,
        )

    def bars(self, limit: int) -> Sequence[Sequence[Any]]:
        return self._rows(
            "orchestration_bars",
            limit,
            spans=self._spans,
            stretch=statement("orchestration_stretch"),
            narrowed=_SPANS_WITHIN,
        )

    def marks(self, limit: int, each: int) -> Sequence[Sequence[Any]]:
        self._bound["each"] = each
        return self._rows(
            "orchestration_marks",
            limit,
            events=self._marks,
            stretch=statement("orchestration_stretch"),
            narrowed=_EVENTS_WITHIN,
        )

    def violations(self) -> Sequence[Sequence[Any]]:
        self._bound["each"] = MAX_VIOLATIONS
        return self._rows(
            "orchestration_marks", MAX_VIOLATIONS, events=self._marks, stretch="0", narrowed="violates"
        )

    def _rows(self, name: str, limit: int = 0, **parts: str) -> Sequence[Sequence[Any]]:
        sql = statement(name, **parts)
        bound = {
            name: value for name, value in {**self._bound, "limit": limit}.items() if f"{{{name}:" in sql
        }
        return self._database.query(sql, bound, settings=INDEXES_FIRST).rows


def get(database: Database, orchestration_id: str, part: Part = _ALL, *, limit: int) -> Orchestration:
    """One orchestration, or a part of it.

    Args:
        database: the tenant's.
        orchestration_id: whatever text it is.
        part: what is told of it; the summary and the violations are of all of it.
        limit: most spans that are told, and most events. Of more spans those that run or failed and then the
            longest are told, of more events as many of each phase.

    Raises NotFound, which says whether log records know it.
    """
    known = facts(database, [orchestration_id]).get(orchestration_id)
    if known is None:
        raise _unknown(database, orchestration_id)
    summary = known.summary
    reader = _Reader(database, orchestration_id, part)
    start_ns = int(summary["startUnixNs"])
    found = reader.stretches(known)
    bars = reader.bars(limit + 1) if summary["spanCount"] else []
    marks = reader.marks(limit + 1, limit + 1) if summary["eventCount"] else []
    if len(bars) <= limit and len(marks) <= limit:
        counts = _counted(bars, marks)
    else:
        counts = reader.counts()
        bars = bars[:limit]
        if len(marks) > limit:
            marks = reader.marks(limit, max(1, limit // len({row[0] for row in counts if row[4]})))
    near = surroundings.of_orchestration(database, orchestration_id)
    violations = reader.violations() if summary["violationCount"] else []
    return {
        **summary,
        "runIds": list(near.runs)[: surroundings.SHOWN],
        "entities": surroundings.entities_of(database, near.runs, near.traces, MAX_ENTITIES),
        "about": near.answer(),
        "bands": _bands(found, counts, marks, summary),
        "lanes": _lanes(counts, bars, start_ns),
        "violations": [_event(row, start_ns) for row in sorted(violations, key=_place)],
        "told": _told(len(bars), sum(row[2] for row in counts), len(marks), sum(row[4] for row in counts)),
    }


def _counted(
    bars: Sequence[Sequence[Any]], marks: Sequence[Sequence[Any]]
) -> list[tuple[int, str, int, int, int, int, int, int, int]]:
    """The rows of `orchestration_counts.sql`, where all spans and events have been read."""
    sums: dict[tuple[int, str], list[int]] = {}
    for row in bars:
        figures = (1, int(row[12]), 0, 0, 0)
        _add(sums, (row[11], row[4]), figures, row[6], row[6] + row[7])
    for row in marks:
        figures = (0, 0, 1, int(row[20]), int(row[16]))
        _add(sums, (row[19], row[3]), figures, row[0], row[0])
    return [(*key, *each) for key, each in sorted(sums.items())]  # pyright: ignore[reportReturnType] -- five figures and two times


def _add(
    sums: dict[tuple[int, str], list[int]],
    key: tuple[int, str],
    figures: Sequence[int],
    first_ns: int,
    last_ns: int,
) -> None:
    have = sums.setdefault(key, [0, 0, 0, 0, 0, first_ns, last_ns])
    for place, figure in enumerate(figures):
        have[place] += figure
    have[5], have[6] = min(have[5], first_ns), max(have[6], last_ns)


def _unknown(database: Database, orchestration_id: str) -> NotFound:
    shown = orchestration_id if len(orchestration_id) <= 100 else f"{orchestration_id[:100]}…"
    logged = database.query(
        "SELECT 1 FROM otel_logs WHERE OrchestrationId = {id:String} LIMIT 1", {"id": orchestration_id}
    ).rows
    if logged:
        return NotFound(
            f"no span or event of the orchestration {shown} is stored, though log records bear its id",
            hint="search logs for orchestration:ID; spans come when they end, at their start with open=True",
        )
    return NotFound(
        f"no orchestration {shown} is stored",
        hint="what went well is kept for 7 days, errors for 30; what was just sent is there within 2 s, "
        "or at once after `sonde flush`; the list of orchestrations has those there are",
    )


def _bands(
    found: Sequence[Stretch],
    counts: Sequence[Sequence[Any]],
    marks: Sequence[Sequence[Any]],
    summary: OrchestrationSummary,
) -> list[OrchestrationPhase]:
    start_ns = int(summary["startUnixNs"])
    sums = [[0] * 5 for _ in range(len(found) + 1)]
    for row in counts:
        sums[row[0]] = [have + more for have, more in zip(sums[row[0]], row[2:7], strict=True)]
    events: list[list[OrchestrationEvent]] = [[] for _ in sums]
    for row in sorted(marks, key=_place):
        events[row[19]].append(_event(row, start_ns))
    bands: list[OrchestrationPhase] = []
    for index, each in enumerate((None, *found)):
        if each is None and not any(sums[0]):
            continue
        spans, failures, happened, failing, violations = sums[index]
        bands.append(
            {
                "phase": each.phase if each else "",
                "startNs": each.start_ns - start_ns if each else None,
                "endNs": _end_ns(each, summary) - start_ns if each else None,
                "isOpen": each is not None and each.end_ns is None,
                "spanCount": spans,
                "errorCount": failures,
                "eventCount": happened,
                "errorEventCount": failing,
                "violationCount": violations,
                "events": events[index],
            }
        )
    return bands


def _end_ns(each: Stretch, summary: OrchestrationSummary) -> int:
    if each.end_ns is not None:
        return each.end_ns
    return max(each.start_ns, int(summary["startUnixNs"]) + summary["durationNs"])


def _lanes(
    counts: Sequence[Sequence[Any]], bars: Sequence[Sequence[Any]], start_ns: int
) -> list[OrchestrationLane]:
    lanes: dict[str, OrchestrationLane] = {}
    # Who finds a violation afterwards takes no part.
    parts = {row[1] for row in counts if row[2] or row[4] > row[6]}
    for _, component, spans, failures, events, _, _, first, last in counts:
        if component not in parts:
            continue
        lane = lanes.setdefault(
            component,
            {
                "component": component,
                "startNs": first - start_ns,
                "endNs": last - start_ns,
                "spanCount": 0,
                "errorCount": 0,
                "eventCount": 0,
                "spans": [],
            },
        )
        lane["startNs"] = min(lane["startNs"], first - start_ns)
        lane["endNs"] = max(lane["endNs"], last - start_ns)
        lane["spanCount"] += spans
        lane["errorCount"] += failures
        lane["eventCount"] += events
    depths = _depths(bars)
    has_outside = any(row[0] == 0 for row in counts)
    for row in sorted(bars, key=lambda row: (row[6], -row[7], row[1])):
        lane = lanes.get(row[4])
        if lane is not None:
            lane["spans"].append(_span(row, start_ns, depths[row[0], row[1]], row[11] - (not has_outside)))
    return sorted(lanes.values(), key=lambda each: (each["startNs"], each["component"]))


def _depths(bars: Sequence[Sequence[Any]]) -> dict[tuple[str, str], int]:
    """How many of these spans of the same component are above each of them."""
    above = {(row[0], row[1]): (row[0], row[2]) for row in bars}
    component = {(row[0], row[1]): row[4] for row in bars}
    depths: dict[tuple[str, str], int] = {}
    for key in above:
        way = [key]
        seen = {key}
        while (parent := above[way[-1]]) in above and parent not in depths and parent not in seen:
            way.append(parent)
            seen.add(parent)
        for each in reversed(way):
            parent = above[each]
            is_below = parent in depths and component[parent] == component[each]
            depths[each] = depths[parent] + 1 if is_below else 0
    return depths


def _span(row: Sequence[Any], start_ns: int, depth: int, phase: int) -> OrchestrationSpan:
    trace_id, span_id, parent, service, _, operation, at, took, is_open, status, message = row[:11]
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent,
        "operation": operation,
        "service": service,
        "startNs": at - start_ns,
        "durationNs": took,
        "isOpen": is_open,
        "status": status,
        "message": message,
        "depth": depth,
        "phase": phase,
    }


def _place(row: Sequence[Any]) -> tuple[int, int, int]:
    return row[0], row[1], row[2]


def _event(row: Sequence[Any], start_ns: int) -> OrchestrationEvent:
    at, segment, ordinal, component, name, severity, number, message, status = row[:9]
    return {
        "eventId": log_id(at, segment, ordinal),
        "at": iso(at),
        "startNs": at - start_ns,
        "component": component,
        "eventType": name,
        "severity": severity or severity_name(number),
        "severityNumber": number,
        "message": message,
        "status": status,
        "reason": row[9],
        "subject": row[10],
        "fromState": row[11],
        "toState": row[12],
        "errorType": row[13],
        "traceId": row[14],
        "spanId": row[15],
        "violation": {"rule": row[17], "traceIds": _trace_ids(row[18])} if row[16] else None,
    }


def _trace_ids(text: str) -> list[str]:
    """The trace ids of a violation: a list as JSON, or one of them."""
    try:
        told: object = json.loads(text)
    except ValueError:
        told = [text]
    return [str(each) for each in told if each] if isinstance(told, list) else [text]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- whatever JSON has


def _told(spans: int, of_spans: int, events: int, of_events: int) -> Told:
    notices: list[str] = []
    if spans < of_spans:
        notices.append(f"{spans} of {of_spans} spans: those that run or failed, and the longest")
    if events < of_events:
        notices.append(f"{events} of {of_events} events: those that failed and the first of each phase")
    return {
        "spans": spans,
        "ofSpans": of_spans,
        "events": events,
        "ofEvents": of_events,
        "isAll": not notices,
        "notice": "; ".join(notices),
    }
