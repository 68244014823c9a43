"""Spans and events that belong together, and how to find one from the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Generic, TypeVar

from sonde.records import EventRecord, SpanRecord
from sonde.verify.contract import attribute

R = TypeVar("R", SpanRecord, EventRecord)

SpanKey = tuple[str, str]
"""Trace id and span id."""


class TraceSet:
    """The records of a check. A span given twice counts once."""

    def __init__(self, spans: Iterable[SpanRecord], events: Iterable[EventRecord]) -> None:
        by_key = {key_of(span): span for span in spans}
        self._by_key = by_key
        self.spans = sorted(by_key.values(), key=lambda span: span.started_at)
        self.events = sorted(events, key=lambda event: event.recorded_at)
        self._spans_sharing, self._events_sharing = _Sharing(self.spans), _Sharing(self.events)

    @property
    def trace_ids(self) -> set[str]:
        """Ids of the traces that have a span or an event here."""
        return {each.trace_id for each in (*self.spans, *self.events)} - {""}

    def children(self, span: SpanRecord) -> list[SpanRecord]:
        """Spans whose parent it is."""
        return self._children.get(key_of(span), [])

    def above(self, record: SpanRecord | EventRecord) -> Iterator[SpanRecord]:
        """The span that an event is in, or a span's parent, and those above it."""
        span_id = record.parent_span_id if isinstance(record, SpanRecord) else record.span_id
        seen: set[str] = set()
        while span_id not in seen and (found := self._by_key.get((record.trace_id, span_id))) is not None:
            seen.add(span_id)
            yield found
            span_id = found.parent_span_id

    def below(self, span: SpanRecord) -> Iterator[SpanRecord]:
        """Spans below it, at any depth."""
        waiting, seen = [*self.children(span)], {key_of(span)}
        while waiting:
            found = waiting.pop()
            if key_of(found) not in seen:
                seen.add(key_of(found))
                yield found
                waiting += self.children(found)

    def events_within(self, span: SpanRecord) -> Iterator[EventRecord]:
        """Events of the span and of those below it."""
        for each in (span, *self.below(span)):
            yield from self._events_of_span.get(key_of(each), [])

    def spans_sharing(self, keys: tuple[str, ...], values: tuple[str, ...]) -> list[SpanRecord]:
        """Spans that share these values of `keys`; see `shared`. What has no value shares none."""
        return self._spans_sharing.find(keys, values)

    def events_sharing(self, keys: tuple[str, ...], values: tuple[str, ...]) -> list[EventRecord]:
        """Events that share these values of `keys`; see `shared`. What has no value shares none."""
        return self._events_sharing.find(keys, values)

    def incomplete_traces(self) -> set[str]:
        """Traces in which a parent, or an event's span, is missing."""
        orphans = {span.trace_id for span in self.spans if self.is_orphan(span)}
        return orphans | {
            event.trace_id
            for event in self.events
            if event.trace_id and event.span_id and (event.trace_id, event.span_id) not in self._by_key
        }

    def is_orphan(self, span: SpanRecord) -> bool:
        """Whether it has a parent that is not here."""
        return bool(span.parent_span_id) and (span.trace_id, span.parent_span_id) not in self._by_key

    @cached_property
    def _children(self) -> dict[SpanKey, list[SpanRecord]]:
        found: dict[SpanKey, list[SpanRecord]] = defaultdict(list)
        for span in self.spans:
            if span.parent_span_id:
                found[span.trace_id, span.parent_span_id].append(span)
        return found

    @cached_property
    def _events_of_span(self) -> dict[SpanKey, list[EventRecord]]:
        found: dict[SpanKey, list[EventRecord]] = defaultdict(list)
        for event in self.events:
            found[event.trace_id, event.span_id].append(event)
        return found


class _Sharing(Generic[R]):
    """Records by the values that they share."""

    def __init__(self, records: Iterable[R]) -> None:
        self._records = records
        self._indexes: dict[tuple[str, ...], dict[tuple[str, ...], list[R]]] = {}

    def find(self, keys: tuple[str, ...], values: tuple[str, ...]) -> list[R]:
        if "" in values:
            return []
        index = self._indexes.get(keys)
        if index is None:
            index = self._indexes[keys] = defaultdict(list)
            for record in self._records:
                index[shared(record, keys)].append(record)
        return index.get(values, [])


def key_of(span: SpanRecord) -> SpanKey:
    """What tells a span from every other."""
    return span.trace_id, span.span_id


def shared(record: SpanRecord | EventRecord, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The record's `trace`, `orchestration`, `component` or values of attributes; empty where none."""
    return tuple(_value(record, key) for key in keys)


def _value(record: SpanRecord | EventRecord, key: str) -> str:
    match key:
        case "trace":
            return record.trace_id
        case "orchestration":
            return record.orchestration_id
        case "component":
            return record.component
        case _:
            return attribute(record, key) or ""
