"""Telemetry as typed records: what `sonde.Client` takes and gives, and what the API calls them.

A field's JSON name is its name in camelCase; times are ISO 8601 in UTC. Records know OpenTelemetry's
identifiers and nothing else of it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[-+]\d\d:\d\d)?", re.ASCII)
_TIME_FIELDS = frozenset({"started_at", "ended_at", "recorded_at", "window_start", "window_end"})

Attributes = Mapping[str, Any]
"""Values of a record that was read are text, as they are stored."""


def new_trace_id() -> str:
    """A random trace id: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_span_id() -> str:
    """A random span id: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def new_event_id() -> str:
    """A random event id: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Record:
    """What records have in common: their JSON."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """The record as JSON has it."""
        return {
            camel(name): time_text(value) if isinstance(value, datetime) else value
            for name, value in values(self).items()
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record in a JSON object; names that are not a field's are left out.

        Raises ValueError for a time that is none, TypeError where a field that has no default is missing.
        """
        given = {name: body[camel(name)] for name in field_names(cls) if camel(name) in body}
        for name in _TIME_FIELDS & given.keys():
            if given[name] is not None:
                given[name] = time_of(given[name])
        return cls(**given)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRecord(Record):
    """A span. Recorded at its start (`ended_at` None) and again at its end it is one: its ids are the same.

    `status` is `success`, `blocked`, `skipped`, `error` or `unset`. Times without a zone are local. Of
    `ended_at` and `duration_ms` (milliseconds) one is enough.
    """

    trace_id: str = field(default_factory=new_trace_id)
    span_id: str = field(default_factory=new_span_id)
    parent_span_id: str = ""
    orchestration_id: str = ""
    component: str = ""
    operation: str
    started_at: datetime = field(default_factory=now)
    ended_at: datetime | None = None
    duration_ms: float | None = None
    status: str = "unset"
    error_code: str = ""
    error_detail: str = ""
    attrs: Attributes = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        started_at = self.started_at.astimezone(UTC)
        object.__setattr__(self, "started_at", started_at)
        if self.ended_at is not None:
            object.__setattr__(self, "ended_at", self.ended_at.astimezone(UTC))
            if self.duration_ms is None:
                length = self.ended_at.astimezone(UTC) - started_at
                object.__setattr__(self, "duration_ms", length / timedelta(milliseconds=1))
        elif self.duration_ms is not None:
            object.__setattr__(self, "ended_at", started_at + timedelta(milliseconds=self.duration_ms))

    def ended(
        self,
        status: str = "success",
        *,
        error_code: str = "",
        error_detail: str = "",
        at: datetime | None = None,
        attrs: Attributes | None = None,
    ) -> SpanRecord:
        """The same span at its end, now or at `at`; `attrs` are added to those it began with."""
        return replace(
            self,
            ended_at=at or now(),
            duration_ms=None,
            status=status,
            error_code=error_code,
            error_detail=error_detail,
            attrs={**self.attrs, **(attrs or {})},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord(Record):
    """Something that happened, in a span or outside of any (`trace_id` and `span_id` empty).

    `severity` is `trace`, `debug`, `info`, `warn`, `error` or `fatal`. `event_id` tells an event that is
    recorded again from a second one.
    """

    trace_id: str = ""
    span_id: str = ""
    orchestration_id: str = ""
    component: str = ""
    recorded_at: datetime = field(default_factory=now)
    event_type: str
    severity: str = "info"
    message: str = ""
    status: str = "unset"
    attrs: Attributes = field(default_factory=dict[str, Any])
    event_id: str = field(default_factory=new_event_id)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recorded_at", self.recorded_at.astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupRecord(Record):
    """The spans of one operation of one component in a window of time; durations in milliseconds.

    `granularity` is the window's length: `15m`, `1h` or `24h`.
    """

    window_start: datetime
    window_end: datetime
    granularity: str
    component: str
    operation: str
    span_count: int
    error_count: int = 0
    p50_duration_ms: float = 0
    p95_duration_ms: float = 0
    p99_duration_ms: float = 0
    max_duration_ms: float = 0
    mean_duration_ms: float = 0
    trace_count: int = 0
    attrs_bytes: int = 0


class TelemetryEntityType(StrEnum):
    """Business objects that can be linked to the run that processed them; others can be registered."""

    PAYMENT = "payment"
    BILLING_RUN = "billing_run"
    INVOICE = "invoice"
    BILLING_PERIOD = "billing_period"
    WEBHOOK = "webhook"
    NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryRecord(Record):
    """The run that an entity was last processed by."""

    run_id: str
    run_url: str = ""
    recorded_at: datetime = field(default_factory=now)
    trace_id: str = ""


class Filters(Record):
    """What filters have in common: how a request bears them."""

    __slots__ = ()

    def to_params(self) -> dict[str, str | int]:
        """The filters that are set, as parameters of the API."""
        return {
            camel(name): time_text(value.astimezone(UTC)) if isinstance(value, datetime) else value
            for name, value in values(self).items()
            if value is not None and value != ""
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanFilters(Filters):
    """Which spans. Empty ones leave all through; `q` is a search such as `duration:>1s`.

    `since` and `until` are times, or before now (`15m`, `7d`); without `since` the last 24 hours, with
    a `trace_id` any time. `limit` is of one page.
    """

    trace_id: str = ""
    orchestration_id: str = ""
    component: str = ""
    operation: str = ""
    status: str = ""
    since: datetime | str | None = None
    until: datetime | str | None = None
    limit: int | None = None
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilters(Filters):
    """Which events, as `SpanFilters`. `severity` takes a bound as well: `>=warn`."""

    trace_id: str = ""
    span_id: str = ""
    orchestration_id: str = ""
    component: str = ""
    event_type: str = ""
    severity: str = ""
    status: str = ""
    since: datetime | str | None = None
    until: datetime | str | None = None
    limit: int | None = None
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupFilters(Filters):
    """Which roll-ups, as `SpanFilters`."""

    granularity: str = ""
    component: str = ""
    operation: str = ""
    since: datetime | str | None = None
    until: datetime | str | None = None
    limit: int | None = None


def camel(name: str) -> str:
    """`trace_id` as JSON has it: `traceId`."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def field_names(kind: type[Record]) -> tuple[str, ...]:
    """The fields of a kind of record, in their order."""
    return tuple(each.name for each in fields(kind))  # pyright: ignore[reportArgumentType] -- every record is a dataclass


def values(record: Record) -> dict[str, Any]:
    """The fields of a record and what they hold."""
    return {name: getattr(record, name) for name in field_names(type(record))}


def time_text(time: datetime) -> str:
    """ISO 8601 in UTC with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """The time in an ISO 8601 text, to the microsecond; UTC where it names no zone. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"not an ISO 8601 time: {text[:40]!r}")
    whole, fraction, zone = found.groups()
    time = datetime.fromisoformat(whole + ("+00:00" if zone in (None, "Z") else zone))
    return time.astimezone(UTC).replace(microsecond=int((fraction or "").ljust(6, "0")[:6] or 0))
