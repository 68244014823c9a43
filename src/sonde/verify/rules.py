"""Rules, applied to spans and events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple, cast

from sonde import semconv
from sonde.durations import duration_text
from sonde.records import EventRecord, SpanRecord, time_text
from sonde.verify.contract import (
    Contract,
    EachEvent,
    EachSpan,
    EqualCounts,
    EventSelector,
    Expectations,
    NoOrphans,
    Rule,
    SpanSelector,
    attribute,
    has_status,
    lacking,
)
from sonde.verify.findings import Finding, Report, RuleResult
from sonde.verify.trace_set import TraceSet, shared

MAX_TRACE_IDS = 100
"""Traces that one finding names at most."""

_Record = SpanRecord | EventRecord


class _Broken(NamedTuple):
    """A record that does not meet a rule, and what besides it shows that."""

    record: _Record
    message: str
    other: _Record | None = None


def check(contract: Contract, traces: TraceSet, *, now: datetime | None = None) -> Report:
    """What of the contract does not hold of these traces.

    A span that still runs is held to `max_duration` alone, up to `now` (default: the clock's).
    """
    at = now or datetime.now(UTC)
    return Report(
        contract.name,
        traces=len(traces.trace_ids),
        spans=len(traces.spans),
        events=len(traces.events),
        results=tuple(_result(rule, traces, at) for rule in contract.rules),
    )


def _result(rule: Rule, traces: TraceSet, now: datetime) -> RuleResult:
    match rule.check:
        case EachSpan(spans=selector, expected=expected):
            result = _each_span(rule.name, selector, expected, traces, now)
        case EachEvent(events=selector, expected=expected):
            events = [event for event in traces.events if selector.takes(event)]
            found = chain.from_iterable(_of_event(event, expected, traces) for event in events)
            result = RuleResult(rule.name, len(events), _findings(rule.name, found))
        case NoOrphans(spans=selector):
            spans = [span for span in traces.spans if selector.takes(span)]
            orphans = (
                _Broken(span, f"{_named(span)} has no parent: {span.parent_span_id} is not there")
                for span in spans
                if traces.is_orphan(span)
            )
            result = RuleResult(rule.name, len(spans), _findings(rule.name, orphans))
        case EqualCounts():
            result = _equal_counts(rule.name, rule.check, traces)
    if result.checked < rule.at_least:
        few = f"there are {result.checked} to check, fewer than {rule.at_least}"
        return RuleResult(
            rule.name, result.checked, (*result.findings, Finding(rule.name, few)), result.running
        )
    return result


def _findings(rule: str, found: Iterable[_Broken]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            rule,
            message,
            _trace_ids(record, other),
            record.span_id,
            record.orchestration_id,
            time_text(record.started_at if isinstance(record, SpanRecord) else record.recorded_at),
            is_recorded=_is_violation(other),
        )
        for record, message, other in found
    )


def _trace_ids(record: _Record, other: _Record | None) -> tuple[str, ...]:
    """The traces of both, and those that a violation among them carries."""
    found = [each.trace_id for each in (record, other) if each is not None]
    carried = other.attrs.get(semconv.VIOLATION_TRACE_IDS) if other is not None else None
    if isinstance(carried, str):
        # Lists come back from the store as JSON.
        try:
            carried = json.loads(carried)
        except ValueError:
            carried = [carried]
    if isinstance(carried, list | tuple):
        found += [str(each) for each in cast(Sequence[object], carried)]
    return tuple(dict.fromkeys(each for each in found if each))[:MAX_TRACE_IDS]


def _is_violation(record: _Record | None) -> bool:
    return isinstance(record, EventRecord) and record.event_type == semconv.VIOLATION_EVENT


def _each_span(
    rule: str, selector: SpanSelector, expected: Expectations, traces: TraceSet, now: datetime
) -> RuleResult:
    spans = [span for span in traces.spans if selector.takes(span)]
    running = [span for span in spans if span.ended_at is None]
    found = chain.from_iterable(
        chain(
            _over_budget(span, expected, now),
            () if span.ended_at is None else _of_span(span, expected, traces),
        )
        for span in spans
    )
    return RuleResult(rule, len(spans), _findings(rule, found), len(running))


def _over_budget(span: SpanRecord, expected: Expectations, now: datetime) -> Iterator[_Broken]:
    budget_s = expected.max_duration_s
    if budget_s is None:
        return
    if span.ended_at is None:
        took_s, says = (now - span.started_at).total_seconds(), "has run for"
    else:
        took_s, says = (span.duration_ms or 0) / 1000, "took"
    if took_s > budget_s:
        yield _Broken(
            span,
            f"{_named(span)} {says} {duration_text(took_s)}, more than {duration_text(budget_s)}",
        )


def _of_span(span: SpanRecord, expected: Expectations, traces: TraceSet) -> Iterator[_Broken]:
    yield from _of_itself(span, expected)
    parts = traces.children(span)
    yield from _has(span, expected.has_child, parts, "no child")
    yield from _has_no(span, expected.has_no_child, parts, "the child")
    yield from _has(span, expected.has_descendant, list(traces.below(span)), "nothing below it that is")
    if expected.in_span is not None:
        yield from _is_in(span, expected.in_span, list(traces.above(span)))
    if expected.matching:
        events = _events_elsewhere(span, expected, traces)
    else:
        events = list(traces.events_within(span))
    yield from _has(span, expected.has_event, events, "no", _same(expected))
    yield from _has_no(span, expected.has_no_event, events, "the event")
    if expected.has_span or expected.has_no_span:
        others = [each for each in _spans_elsewhere(span, expected, traces) if each is not span]
        yield from _has(span, expected.has_span, others, "no", _same(expected))
        yield from _has_no(span, expected.has_no_span, others, "the span")


def _of_event(event: EventRecord, expected: Expectations, traces: TraceSet) -> Iterator[_Broken]:
    yield from _of_itself(event, expected)
    if expected.in_span is not None:
        yield from _is_in(event, expected.in_span, list(traces.above(event)))
    others = [each for each in _events_elsewhere(event, expected, traces) if each is not event]
    yield from _has(event, expected.has_event, others, "no", _same(expected))
    yield from _has_no(event, expected.has_no_event, others, "the event")
    if expected.has_span or expected.has_no_span:
        spans = _spans_elsewhere(event, expected, traces)
        yield from _has(event, expected.has_span, spans, "no", _same(expected))
        yield from _has_no(event, expected.has_no_span, spans, "the span")


def _of_itself(record: _Record, expected: Expectations) -> Iterator[_Broken]:
    name = lacking(record, expected.has_attrs)
    if name is not None:
        value = attribute(record, name)
        has = f"no {name}" if value is None else f"{name}={value}, not {expected.has_attrs[name]}"
        yield _Broken(record, f"{_named(record)} has {has}")
    if expected.status and not any(has_status(record, each) for each in expected.status):
        yield _Broken(
            record,
            f"{_named(record)} has the status {record.status}, not {' or '.join(expected.status)}",
        )


def _has(
    record: _Record,
    wanted: Sequence[SpanSelector] | Sequence[EventSelector],
    among: Sequence[SpanRecord] | Sequence[EventRecord],
    without: str,
    same: str = "",
) -> Iterator[_Broken]:
    for selector in wanted:
        if not any(selector.takes(each) for each in among):
            yield _Broken(record, f"{_named(record)} has {without} {selector}{same}")


def _has_no(
    record: _Record,
    unwanted: Sequence[SpanSelector] | Sequence[EventSelector],
    among: Sequence[SpanRecord] | Sequence[EventRecord],
    what: str,
) -> Iterator[_Broken]:
    for selector in unwanted:
        found = next((each for each in among if selector.takes(each)), None)
        if found is not None:
            yield _Broken(record, f"{_named(record)} has {what} {_named(found)}", found)


def _is_in(record: _Record, wanted: SpanSelector, above: Sequence[SpanRecord]) -> Iterator[_Broken]:
    if not above:
        yield _Broken(record, f"{_named(record)} is in no span, not in {wanted}")
    elif not any(wanted.takes(span) for span in above):
        yield _Broken(record, f"{_named(record)} is in {_named(above[0])}, not in {wanted}")


def _events_elsewhere(record: _Record, expected: Expectations, traces: TraceSet) -> list[EventRecord]:
    keys = expected.matching or ("trace",)
    return traces.events_sharing(keys, shared(record, keys))


def _spans_elsewhere(record: _Record, expected: Expectations, traces: TraceSet) -> list[SpanRecord]:
    keys = expected.matching or ("trace",)
    return traces.spans_sharing(keys, shared(record, keys))


def _same(expected: Expectations) -> str:
    return f" with the same {' and '.join(expected.matching)}" if expected.matching else ""


def _equal_counts(rule: str, wanted: EqualCounts, traces: TraceSet) -> RuleResult:
    keys = (wanted.per,) if wanted.per else ()
    groups: dict[tuple[str, ...], list[list[_Record]]] = {}
    checked = 0
    for number, side in enumerate(wanted.sides):
        records = traces.spans if isinstance(side, SpanSelector) else traces.events
        for record in records:
            if side.takes(record):
                checked += 1
                key = shared(record, keys)
                groups.setdefault(key, [[] for _ in wanted.sides])[number].append(record)
    found = (
        _unequal(rule, wanted, key, counted)
        for key, counted in groups.items()
        if len({len(side) for side in counted}) > 1
    )
    return RuleResult(rule, checked, tuple(found))


def _unequal(
    rule: str, wanted: EqualCounts, key: tuple[str, ...], counted: Sequence[Sequence[_Record]]
) -> Finding:
    sides = zip(counted, wanted.sides, strict=True)
    counts = ", ".join(f"{len(records)} {selector}" for records, selector in sides)
    where = f"{wanted.per} {key[0] or '(none)'}: " if key else ""
    records = list(chain.from_iterable(counted))
    trace_ids = dict.fromkeys(record.trace_id for record in records if record.trace_id)
    orchestrations = {record.orchestration_id for record in records}
    return Finding(
        rule,
        f"{where}{counts}",
        tuple(trace_ids)[:MAX_TRACE_IDS],
        orchestration_id=orchestrations.pop() if len(orchestrations) == 1 else "",
    )


def _named(record: _Record) -> str:
    name = record.operation if isinstance(record, SpanRecord) else record.event_type
    subject = attribute(record, semconv.SUBJECT)
    about = f" ({subject})" if subject else ""
    return f"{name}{about} of {record.component}" if record.component else f"{name}{about}"
