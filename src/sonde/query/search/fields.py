"""What a key of a search names in each kind of record, and which forms of a value it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias

from sonde import semconv
from sonde.query.search.parser import syntax_error
from sonde.query.search.tree import Compare, Equals, Exists, Pattern, Range, Regex, Term

Searched: TypeAlias = Literal["spans", "logs", "metrics"]


@dataclass(frozen=True, slots=True)
class Text:
    """A string column. With `fold` what is asked for is lower-cased; `synonyms` are other words for one."""

    column: str
    fold: bool = False
    synonyms: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Duration:
    """A span's duration; an open span has none."""


@dataclass(frozen=True, slots=True)
class Severity:
    """A log's severity: a name, or a number from 1 to 24."""


@dataclass(frozen=True, slots=True)
class SpanEvents:
    """The names of a span's events."""


@dataclass(frozen=True, slots=True)
class Flag:
    """`is:name`, and the few `has:name` that are not a key."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute in any of these map columns."""

    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeText:
    """No key: these string columns, then the values of these maps, then those of the span's events."""

    columns: tuple[str, ...]
    maps: tuple[str, ...]
    events: bool


Field: TypeAlias = Text | Duration | Severity | SpanEvents | Flag | Attribute | FreeText

_STATUS = Text("Status", fold=True, synonyms={"ok": "success"})
_KINDS = {
    name.lower(): name for name in ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
}
_EVERYWHERE: dict[str, Field] = {
    "service": Text("ServiceName"),
    "component": Text("Component"),
    "scope": Text("ScopeName"),
}
_SPANS_AND_LOGS: dict[str, Field] = {
    **_EVERYWHERE,
    "status": _STATUS,
    "trace": Text("TraceId", fold=True),
    "span": Text("SpanId", fold=True),
    "run": Text("RunId"),
    "orchestration": Text("OrchestrationId"),
    "correlation": Text("CorrelationId"),
    "session": Text("SessionId"),
    "trigger": Text("TriggerEvent"),
    # Columns made of the span's or log's attribute, else of the resource's.
    semconv.SERVICE_NAME: Text("ServiceName"),
    semconv.RUN_ID: Text("RunId"),
    semconv.ORCHESTRATION_ID: Text("OrchestrationId"),
    semconv.CORRELATION_ID: Text("CorrelationId"),
    semconv.SESSION_ID: Text("SessionId"),
    semconv.TRIGGER_EVENT: Text("TriggerEvent"),
}
FIELDS: dict[Searched, dict[str, Field]] = {
    "spans": {
        **_SPANS_AND_LOGS,
        "name": Text("SpanName"),
        "operation": Text("SpanName"),
        "kind": Text("SpanKind", synonyms=_KINDS),
        "message": Text("StatusMessage"),
        "parent": Text("ParentSpanId", fold=True),
        "duration": Duration(),
        "event": SpanEvents(),
    },
    "logs": {
        **_SPANS_AND_LOGS,
        "severity": Severity(),
        "level": Severity(),
        "body": Text("Body"),
        "message": Text("Body"),
        "event": Text("EventName"),
    },
    "metrics": {**_EVERYWHERE, semconv.SERVICE_NAME: Text("ServiceName")},
}
FLAGS: dict[Searched, tuple[str, ...]] = {
    "spans": ("root", "open", "error"),
    "logs": ("error", "event"),
    "metrics": (),
}
OWN_ATTRIBUTES: dict[Searched, str] = {
    "spans": "SpanAttributes",
    "logs": "LogAttributes",
    "metrics": "Attributes",
}
"""The map column of each kind of record's own attributes."""

RESERVED = frozenset({"is", "has", "exception"})
"""Keys of a search that name neither a column nor an attribute."""

_PREFIXES = {
    "attribute.": None,
    "span.": None,
    "resource.": "ResourceAttributes",
    "scope.": "ScopeAttributes",
}
_FREE_TEXT: dict[Searched, FreeText] = {
    "spans": FreeText(("SpanName", "StatusMessage"), ("SpanAttributes",), events=True),
    "logs": FreeText(("Body", "EventName"), ("LogAttributes",), events=False),
    "metrics": FreeText(("MetricName",), ("Attributes",), events=False),
}
_ONLY_IN: dict[str, str] = {
    name: ", ".join(sorted(kind for kind, fields in FIELDS.items() if name in fields))
    for fields in FIELDS.values()
    for name in fields
    if "." not in name
}

SEVERITIES: dict[str, tuple[int, int]] = {
    "trace": (1, 4),
    "debug": (5, 8),
    "info": (9, 12),
    "warn": (13, 16),
    "warning": (13, 16),
    "error": (17, 20),
    "fatal": (21, 24),
    "critical": (21, 24),
}
"""Severity numbers of each name, both ends included (OpenTelemetry logs data model, SeverityNumber)."""

_SECOND_NS = 10**9
_UNITS_NS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": _SECOND_NS,
    "m": 60 * _SECOND_NS,
    "h": 3600 * _SECOND_NS,
    "d": 86400 * _SECOND_NS,
}
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d)", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_STORED_NUMBER = re.compile(
    r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE
)
MAX_DURATION_NS = 2**63 - 1


def resolve(searched: Searched, term: Term) -> Field:
    """What the term's key names among these records.

    Raises SearchSyntaxError for a field that other records have, or a form of value the field does not take.
    """
    found = _find(searched, term)
    match = term.match
    match found:
        case Text() | SpanEvents():
            if isinstance(match, Compare | Range):
                _expected(term, f'text for "{term.key}", which has no order')
        case Duration():
            _check_duration(term)
        case Severity():
            _check_severity(term)
        case Attribute():
            _check_attribute(term)
        case Flag() | FreeText():
            pass
    return found


def attribute_name(key: str) -> str:
    """What a search calls an attribute: one that is named like a field has a prefix."""
    prefixed = any(key.startswith(prefix) and len(key) > len(prefix) for prefix in _PREFIXES)
    return f"attribute.{key}" if key in _ONLY_IN or key in RESERVED or prefixed else key


def _find(searched: Searched, term: Term) -> Field:
    key = term.key
    if key is None:
        return _FREE_TEXT[searched]
    if key == "is":
        return _flag(searched, term)
    if key == "exception" and isinstance(term.match, Exists) and searched != "metrics":
        return Flag("exception")
    known = FIELDS[searched].get(key)
    if known is not None:
        return known
    own = OWN_ATTRIBUTES[searched]
    for prefix, column in _PREFIXES.items():
        if key.startswith(prefix) and len(key) > len(prefix):
            return Attribute(key.removeprefix(prefix), (column or own,))
    if key in _ONLY_IN:
        raise syntax_error(
            term.position,
            f'expected a field of {searched}; "{key}" is one of {_ONLY_IN[key]} '
            f'(for an attribute of that name write "attribute.{key}")',
        )
    return Attribute(key, (own, "ResourceAttributes"))


def _flag(searched: Searched, term: Term) -> Flag:
    names = FLAGS[searched]
    if isinstance(term.match, Equals) and term.match.value in names:
        return Flag(term.match.value)
    flags = " or ".join(f"is:{name}" for name in names)
    raise syntax_error(term.position, f"expected {flags or f'a field of {searched}, which have no is:'}")


def duration_ns(text: str) -> int | None:
    """Nanoseconds of `200ms`, `1.5s` or `1h30m`; a bare number is milliseconds. None if it is no duration."""
    parts = _DURATION_PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        total = sum(_scaled(number, _UNITS_NS[unit]) for number, unit in parts)
    elif _NUMBER.fullmatch(text) and float(text) >= 0:
        total = float(text) * 10**6
    else:
        return None
    return min(round(total), MAX_DURATION_NS) if total < MAX_DURATION_NS else MAX_DURATION_NS


def _scaled(number: str, unit_ns: int) -> float:
    return int(number) * unit_ns if number.isdigit() else float(number) * unit_ns


def number(text: str) -> float | None:
    """The number that is asked for; None if the text is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def stored_number(text: str) -> float | None:
    """The number that an attribute is, as the engine's toFloat64OrNull reads it; None if it is none."""
    return float(text) if _STORED_NUMBER.fullmatch(text) else None


def severity_range(text: str) -> tuple[int, int] | None:
    """The severity numbers of a name, or of a number alone. None if it is neither."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 24:
        return int(text), int(text)
    return SEVERITIES.get(text.lower())


def _check_duration(term: Term) -> None:
    match term.match:
        case Equals(value) | Compare(_, value):
            values = [value]
        case Range(low, high):
            values = [end for end in (low, high) if end]
        case Exists():
            values = []
        case Pattern() | Regex():
            values = [""]
    if any(duration_ns(value) is None for value in values):
        _expected(term, "a duration such as 200ms, >1s or 100ms..2s")


def _check_severity(term: Term) -> None:
    match term.match:
        case Compare(_, value):
            values = [value]
        case Range(low, high):
            values = [end for end in (low, high) if end]
        case _:
            values = []
    if any(severity_range(value) is None for value in values):
        _expected(term, f"a severity: {', '.join(SEVERITIES)} or a number from 1 to 24")


def _check_attribute(term: Term) -> None:
    match term.match:
        case Compare(_, value):
            values = [value]
        case Range(low, high):
            values = [end for end in (low, high) if end]
        case _:
            values = []
    if any(number(value) is None for value in values):
        _expected(term, "a number (only duration has units)")


def _expected(term: Term, what: str) -> NoReturn:
    raise syntax_error(term.position, f"expected {what}")


def folded(field: Text, value: str) -> str:
    """The value as the column has it: a synonym's, lower-cased where the column is."""
    return field.synonyms.get(value.lower(), value.lower() if field.fold else value)
