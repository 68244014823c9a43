"""Reads the spans and events that a contract is about: of chosen traces the whole, else what a time holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sonde.cli.source import Source
from sonde.errors import BadRequest
from sonde.records import EventRecord, SpanRecord, time_text
from sonde.verify import TraceSet

MOST_RECORDS = 200_000
"""Spans, or events, that are held in memory."""

VERIFIER = "sonde.verify"
"""The component that records violations."""

_PAGE = 1000
# A search that names more is longer than some proxies let through.
_TRACES_PER_SEARCH = 50
# Spans that a range of time cuts off from their parents are looked for one trace at a time.
_COMPLETED = 200
# Traces last less than this, so their spans lie no further apart.
_LONGEST_TRACE = timedelta(days=1)

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which traces: with a span that the search `q` finds, or of an orchestration; none given: all.

    `time` is the API's `since` and `until`.
    """

    time: Mapping[str, str]
    q: str = ""
    orchestration: str = ""


def read_traces(source: Source, wanted: Wanted) -> TraceSet:
    """The spans and events. Raises BadRequest when they are too many, and what the source raises."""
    if wanted.q or wanted.orchestration:
        spans, events = _of_chosen(source, wanted)
    else:
        spans = list(_spans(source, wanted.time))
        events = list(_events(source, wanted.time))
    found = TraceSet(spans, events)
    for trace_id in sorted(found.incomplete_traces())[:_COMPLETED]:
        spans += _spans(source, {"traceId": trace_id})
    return TraceSet(spans, events)


def _of_chosen(source: Source, wanted: Wanted) -> tuple[list[SpanRecord], list[EventRecord]]:
    chosen: dict[str, str | int] = {**wanted.time}
    if wanted.q:
        chosen["q"] = wanted.q
    if wanted.orchestration:
        chosen["orchestrationId"] = wanted.orchestration
    matching = list(_spans(source, chosen))
    trace_ids = {span.trace_id for span in matching}
    loose: list[EventRecord] = []
    if wanted.orchestration and not wanted.q:
        # What an orchestration emits need not be in a span.
        for event in _events(source, chosen):
            if event.trace_id:
                trace_ids.add(event.trace_id)
            else:
                loose.append(event)
    times = [*(span.started_at for span in matching)]
    since = {"since": time_text(min(times) - _LONGEST_TRACE)} if times else {**wanted.time}
    spans: list[SpanRecord] = []
    events = loose
    for search in _searches(sorted(trace_ids)):
        spans += _spans(source, {**since, "q": search})
        events += _events(source, {**since, "q": search})
    return spans, events


def _searches(trace_ids: list[str]) -> Iterator[str]:
    for start in range(0, len(trace_ids), _TRACES_PER_SEARCH):
        yield f"trace:({' OR '.join(trace_ids[start : start + _TRACES_PER_SEARCH])})"


def _spans(source: Source, params: Params) -> Iterator[SpanRecord]:
    return map(SpanRecord.from_json, _rows(source, "spans", params))


def _events(source: Source, params: Params) -> Iterator[EventRecord]:
    # What an earlier check found is no part of what is checked.
    found = map(EventRecord.from_json, _rows(source, "events", params))
    return (event for event in found if event.component != VERIFIER)


def _rows(source: Source, name: str, params: Params) -> Iterator[Mapping[str, object]]:
    """Every row of a list of records, page after page."""
    asked: dict[str, str | int] = {**params, "limit": _PAGE}
    count = 0
    while True:
        page = source.get(f"/api/v1/records/{name}", asked)
        rows: Iterable[Mapping[str, object]] = page[name]
        for row in rows:
            count += 1
            if count > MOST_RECORDS:
                raise BadRequest(
                    f"cannot check more than {MOST_RECORDS} {name} at once",
                    hint="narrow it: a shorter --time-range, an --orchestration, or a search",
                )
            yield row
        if page["nextCursor"] is None:
            return
        asked["cursor"] = page["nextCursor"]


def recorded_violations(source: Source, event_type: str, since: Mapping[str, str]) -> list[EventRecord]:
    """The violations that checks have recorded since then."""
    params = {**since, "eventType": event_type, "component": VERIFIER}
    return list(map(EventRecord.from_json, _rows(source, "events", params)))
