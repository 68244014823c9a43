"""A contract: a selection of what is recorded, and rules about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sonde import semconv
from sonde.records import EventRecord, SpanRecord

_FIELDS: Final = {
    semconv.COMPONENT: "component",
    semconv.ORCHESTRATION_ID: "orchestration_id",
    semconv.STATUS: "status",
    semconv.ERROR_TYPE: "error_code",
    semconv.ERROR_DETAIL: "error_detail",
}


@dataclass(frozen=True, slots=True)
class SpanSelector:
    """Which spans. `*` in a value stands for any text; of several operations one is enough."""

    operations: tuple[str, ...] = ("*",)
    component: str = "*"
    status: str = "*"
    attrs: Mapping[str, str] = field(default_factory=dict[str, str])

    def takes(self, span: SpanRecord | EventRecord) -> bool:
        """Whether it is one of these spans."""
        return (
            isinstance(span, SpanRecord)
            and any(like(each, span.operation) for each in self.operations)
            and like(self.component, span.component)
            and has_status(span, self.status)
            and lacking(span, self.attrs) is None
        )

    def __str__(self) -> str:
        return _described(self.operations, self.component, self.status, self.attrs)


@dataclass(frozen=True, slots=True)
class EventSelector:
    """Which events; as `SpanSelector`."""

    types: tuple[str, ...] = ("*",)
    component: str = "*"
    severity: str = "*"
    status: str = "*"
    attrs: Mapping[str, str] = field(default_factory=dict[str, str])

    def takes(self, event: SpanRecord | EventRecord) -> bool:
        """Whether it is one of these events."""
        return (
            isinstance(event, EventRecord)
            and any(like(each, event.event_type) for each in self.types)
            and like(self.component, event.component)
            and like(self.severity, event.severity)
            and has_status(event, self.status)
            and lacking(event, self.attrs) is None
        )

    def __str__(self) -> str:
        return _described(self.types, self.component, self.status, self.attrs)


@dataclass(frozen=True, slots=True)
class Expectations:
    """What each span or event of a rule must have.

    `matching` is what an event or a span elsewhere must share with it: `trace`, `orchestration`,
    `component`, or attributes. Without it, a span's event is in it or below it, and all else in its trace.
    """

    has_event: tuple[EventSelector, ...] = ()
    has_no_event: tuple[EventSelector, ...] = ()
    has_span: tuple[SpanSelector, ...] = ()
    has_no_span: tuple[SpanSelector, ...] = ()
    has_child: tuple[SpanSelector, ...] = ()
    has_no_child: tuple[SpanSelector, ...] = ()
    has_descendant: tuple[SpanSelector, ...] = ()
    in_span: SpanSelector | None = None
    has_attrs: Mapping[str, str] = field(default_factory=dict[str, str])
    status: tuple[str, ...] = ()
    max_duration_s: float | None = None
    matching: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EachSpan:
    """Every such span meets the expectations."""

    spans: SpanSelector
    expected: Expectations


@dataclass(frozen=True, slots=True)
class EachEvent:
    """Every such event meets the expectations."""

    events: EventSelector
    expected: Expectations


@dataclass(frozen=True, slots=True)
class NoOrphans:
    """Every such span that has a parent has it in its trace."""

    spans: SpanSelector


@dataclass(frozen=True, slots=True)
class EqualCounts:
    """There are as many of the one as of each other; within each `trace`, `orchestration` or value of an
    attribute that `per` names, else altogether."""

    sides: tuple[SpanSelector | EventSelector, ...]
    per: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its name. `at_least` so many records must be there to be checked."""

    name: str
    check: EachSpan | EachEvent | NoOrphans | EqualCounts
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """Of what the rules must hold: whole traces with a span that the search `q` finds, or of an
    orchestration, of a range of time. Times are as the API takes them."""

    q: str = ""
    orchestration: str = ""
    time_range: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """What must hold."""

    name: str
    rules: tuple[Rule, ...]
    select: Selection = Selection()


def like(pattern: str, text: str) -> bool:
    """Whether the text is the pattern, in which `*` stands for any text."""
    if "*" not in pattern:
        return pattern == text
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def has_status(record: SpanRecord | EventRecord, pattern: str) -> bool:
    """Whether its status is like the pattern. What ended and says nothing of how it went is a success too.

    OpenTelemetry leaves the status of nearly every span that went well unset, so `unset` asks for those that
    do not say and `success` for all that did not go wrong.
    """
    if like(pattern, record.status):
        return True
    runs = isinstance(record, SpanRecord) and record.ended_at is None
    return record.status == "unset" and not runs and like(pattern, "success")


def lacking(record: SpanRecord | EventRecord, wanted: Mapping[str, str]) -> str | None:
    """The first wanted attribute that the record lacks, or has with another value; None if it has all."""
    for name, pattern in wanted.items():
        value = attribute(record, name)
        if value is None or not like(pattern, value):
            return name
    return None


def attribute(record: SpanRecord | EventRecord, name: str) -> str | None:
    """An attribute's value as it is stored, also of one that is a field of the record; None without one."""
    if name in record.attrs:
        value = record.attrs[name]
        return str(value).lower() if isinstance(value, bool) else str(value)
    field_name = _FIELDS.get(name)
    return getattr(record, field_name, None) or None if field_name else None


def _described(names: Sequence[str], component: str, status: str, attrs: Mapping[str, str]) -> str:
    text = " or ".join(names)
    if component != "*":
        text += f" of {component}"
    if status != "*":
        text += f" with the status {status}"
    if attrs:
        text += " with " + ", ".join(f"{name}={value}" for name, value in attrs.items())
    return text
