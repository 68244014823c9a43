"""A record of the sink, taken apart: keywords, or a dictionary as an application writes it already. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sonde import semconv
from sonde.sdk import sink_fields
from sonde.sdk.values import text

MAX_DEPTH: Final = 6

# Of the levels of logging: 10 is debug, 20 info …
_SEVERITIES: Final = ("trace", "debug", "info", "warn", "error", "fatal")
_MS_PER_UNIT: Final = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000))


@dataclass(slots=True)
class SinkRecord:
    """`duration_ms` and `timestamp_ns` (Unix): None where nobody said; `status` is `sonde.status`, or empty.

    `problems` are fields that could not be read; they are among the attributes as they were.
    """

    kind: str
    name: str = ""
    duration_ms: float | None = None
    status: str = ""
    severity: str = "info"
    component: str = ""
    timestamp_ns: int | None = None
    message: str = ""
    error: BaseException | None = None
    trace_id: str = ""
    span_id: str = ""
    attributes: dict[str, object] = field(default_factory=dict[str, object])
    problems: list[str] = field(default_factory=list[str])

    def all_attributes(self) -> dict[str, object]:
        """`attributes` and what else the record says; that comes first: of very many the first are kept."""
        own: dict[str, object] = {semconv.RECORD_KIND: self.kind}
        if self.name:
            own[semconv.RECORD_NAME] = self.name
        if self.component:
            own[semconv.COMPONENT] = self.component
        if self.duration_ms is not None:
            own[semconv.RECORD_DURATION_MS] = self.duration_ms
        if self.status:
            own[semconv.STATUS] = self.status
        return {**own, **self.attributes, **own}

    def body(self) -> str:
        """The record in words, where it has no message: `tool grep ok in 12 ms`."""
        if self.message:
            return self.message
        done = {"success": "ok", "error": "failed"}.get(self.status, self.status)
        took = f"in {shown(self.duration_ms)}" if self.duration_ms is not None else ""
        words = " ".join(part for part in (self.kind, self.name, done, took) if part)
        detail = self.attributes.get(semconv.ERROR_DETAIL)
        return f"{words}: {text(detail, 500)}" if detail else words


def shown(milliseconds: float) -> str:
    """A duration as one reads it: `12 ms`, `1.5 s`."""
    for unit, size_ms in _MS_PER_UNIT:
        if milliseconds >= size_ms:
            return f"{milliseconds / size_ms:.3g} {unit}"
    return f"{milliseconds:.3g} ms"


def taken_apart(kind: str, fields: Mapping[str, object]) -> SinkRecord:
    """The record that `fields` say; an empty `kind` is found in them. None as a value means not given."""
    given: dict[str, object] = {}
    for key, value in fields.items():
        if value is not None:
            given[sink_fields.snake(text(key))] = value
    kind = kind or text(_first(given, sink_fields.KINDS) or _kind_by_fields(given))
    made = SinkRecord(kind)
    made.name = text(_first(given, (*sink_fields.NAMES.get(kind, ()), *sink_fields.ANY_NAME)) or "")
    made.component = text(_first(given, sink_fields.COMPONENTS) or "")
    made.message = text(_first(given, sink_fields.MESSAGES) or "")
    made.trace_id, made.span_id = _id(given, sink_fields.TRACE_IDS, 32), _id(given, sink_fields.SPAN_IDS, 16)
    correlation_id = _first(given, sink_fields.CORRELATION_IDS)
    if correlation_id is not None:
        made.attributes[semconv.CORRELATION_ID] = text(correlation_id)
    _duration(made, given)
    _timestamp(made, given)
    _outcome(made, given)
    named = sink_fields.ATTRIBUTES
    if kind == "chat":
        named = {**named, **sink_fields.CHAT_ATTRIBUTES}
        made.name = made.name or text(given.get("model", ""))
    for name, value in given.items():
        if name in named:
            made.attributes[named[name]] = value
        elif name in sink_fields.WRAPPERS and isinstance(value, Mapping):
            _flatten("", cast(Mapping[object, object], value), made.attributes, MAX_DEPTH)
        else:
            _flatten(name, value, made.attributes, MAX_DEPTH)
    return made


def time_ns(value: object) -> int | None:
    """Unix nanoseconds of a datetime, ISO text, or Unix number in s, ms, us or ns (told apart by size)."""
    if isinstance(value, str):
        try:
            value = (
                float(value) if value.strip().replace(".", "", 1).isdigit() else datetime.fromisoformat(value)
            )
        except ValueError:
            return None
    if isinstance(value, datetime):
        # Without a zone: local, as Python has it.
        return _exact_ns(value.astimezone())
    # In seconds, 1e8 was the year 1973 and 1e11 is 5138; in milliseconds that was 1973.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1e8 < value < 1e20:
        return None
    for limit, per_unit in ((1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1000)):
        if value < limit:
            return round(value * per_unit)
    return int(value)


def _exact_ns(moment: datetime) -> int:
    since = moment - datetime.fromtimestamp(0, moment.tzinfo)
    return (since // timedelta(microseconds=1)) * 1000


def _first(given: dict[str, object], names: Iterable[str]) -> object | None:
    """Takes the first of these fields out."""
    for name in names:
        if name in given:
            return given.pop(name)
    return None


def _kind_by_fields(given: Mapping[str, object]) -> str:
    for kind, names in sink_fields.NAMES.items():
        if any(name in given for name in names[1:]):
            return kind
    return "chat" if "model" in given else "record"


def _id(given: dict[str, object], names: Iterable[str], digits: int) -> str:
    value = text(_first(given, names) or "").lower()
    return (
        value
        if len(value) == digits and not set(value) - set("0123456789abcdef") and set(value) != {"0"}
        else ""
    )


def _duration(made: SinkRecord, given: dict[str, object]) -> None:
    if isinstance(given.get("duration"), timedelta):
        made.duration_ms = cast(timedelta, given.pop("duration")) / timedelta(milliseconds=1)
    for name, ms in sink_fields.DURATIONS.items():
        if name not in given:
            continue
        try:
            found = float(cast(Any, given[name])) * ms
        except Exception:  # no number, one beyond all floats, an object that refuses
            found = math.nan
        if math.isfinite(found) and found >= 0 and made.duration_ms is None:
            made.duration_ms = int(found) if found.is_integer() else found
            del given[name]
        else:
            made.problems.append(name)


def _timestamp(made: SinkRecord, given: dict[str, object]) -> None:
    for name in sink_fields.TIMESTAMPS:
        if name in given:
            made.timestamp_ns = time_ns(given[name])
            if made.timestamp_ns is None:
                made.problems.append(name)
            else:
                del given[name]
            return


def _outcome(made: SinkRecord, given: dict[str, object]) -> None:
    """Status, error and severity; what is not said follows from what is."""
    ok = _first(given, sink_fields.OUTCOMES)
    status = given.get("status")
    known = sink_fields.STATUSES.get(text(status).lower().replace(" ", "_")) if status is not None else None
    if known:
        del given["status"]
    error = _first(given, sink_fields.ERRORS)
    code = given.get("exit_code")
    if known:
        made.status = known
    elif ok is not None:
        made.status = "success" if _true(ok) else "error"
    elif error:
        made.status = "error"
    elif isinstance(code, int):
        made.status = "error" if code else "success"
    if ok is not None and not _true(ok) and made.status == "success":
        made.status = "error"
    kind_of_error = _first(given, sink_fields.ERROR_TYPES)
    if isinstance(error, BaseException):
        made.error = error
        kind_of_error = kind_of_error or type(error).__qualname__
    elif isinstance(error, Mapping):
        parts = {text(key): value for key, value in cast(Mapping[object, object], error).items()}
        kind_of_error = kind_of_error or parts.get("type") or parts.get("code")
        error = parts.get("message") or error
    if error and error is not True:
        made.attributes[semconv.ERROR_DETAIL] = error if isinstance(error, Mapping) else text(error)
    if kind_of_error is not None:
        made.attributes[semconv.ERROR_TYPE] = text(kind_of_error)
    level = _first(given, sink_fields.LEVELS)
    if isinstance(level, int):
        made.severity = _SEVERITIES[min(max(level // 10, 0), 5)]
    elif level is not None:
        made.severity = text(level).strip()
    elif made.status == "error":
        made.severity = "error"


def _true(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes", "ok", "success")
    return bool(value)


def _flatten(name: str, value: object, into: dict[str, object], depth: int) -> None:
    """Members of mappings by dotted names, down to `depth`; the rest is for `values.acceptable`."""
    if isinstance(value, Mapping) and value and depth:
        for key, each in list(cast(Mapping[object, object], value).items()):
            _flatten(f"{name}.{text(key)}" if name else text(key), each, into, depth - 1)
    elif value is not None and not (
        isinstance(value, Sequence | Mapping) and not value and not isinstance(value, str)
    ):
        into[name] = value
