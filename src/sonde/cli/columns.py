"""What a table and a CSV file show of each kind of record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sonde.cli.table import Column, Row
from sonde.cli.times import duration, is_today, iso_to_ns, local_time


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: where the API has it and how it is shown."""

    noun: str
    path: str
    key: str
    columns: Callable[[list[Row]], list[Column]]
    csv: tuple[str, ...]
    paged: bool = True


SHORT_TRACE_ID = 12
ID_CELLS = 40
"""Cells that an id keeps where columns give way: a UUID fits."""
STATUS_STYLES = {
    "error": "bold red",
    "violated": "bold red",
    "blocked": "yellow",
    "skipped": "dim",
    "unset": "dim",
    "success": "green",
}


def text_of(field: str) -> Callable[[Row], str]:
    """Reads a field as text; null is empty."""
    return lambda row: "" if row.get(field) is None else str(row[field])


def unix_ns(row: Row) -> int:
    """When a record began, in Unix nanoseconds."""
    value = row.get("startUnixNs") or row.get("unixNs")
    return int(value) if value else iso_to_ns(str(row.get("startedAt") or row.get("at")))


def time_column(rows: list[Row]) -> Column:
    """Local time; the date only where not all is of today."""
    dated = not all(is_today(unix_ns(row)) for row in rows)
    return Column("TIME", lambda row: local_time(unix_ns(row), with_date=dated), importance=8)


def trace_column(importance: int = 6) -> Column:
    """The trace id; where it does not fit, as much of it as `sonde trace` needs to find it."""
    return Column(
        "TRACE", text_of("traceId"), lambda row: "cyan", importance=importance, short=SHORT_TRACE_ID
    )


def duration_text(row: Row) -> str:
    """A duration, or that there is none yet."""
    return "running" if row.get("isOpen") or row.get("status") == "running" else duration(row["durationNs"])


def status_style(row: Row) -> str:
    """The colour of a status."""
    return STATUS_STYLES.get(str(row.get("status", "")), "")


def severity_style(row: Row) -> str:
    """The colour of a severity."""
    number = int(row.get("severityNumber") or 0)
    if number >= 17:
        return "bold red"
    return "yellow" if number >= 13 else "dim" if 0 < number <= 8 else ""


def error_count(row: Row) -> str:
    """How many failed; nothing where none did."""
    return str(row["errorCount"]) if row.get("errorCount") else ""


def _audit_columns(rows: list[Row]) -> list[Column]:
    styles = {"forbidden": "bold red", "unauthenticated": "bold red", "error": "bold red", "found": "green"}
    return [
        time_column(rows),
        Column("ACTION", text_of("action"), importance=7),
        Column("RESULT", text_of("result"), lambda row: styles.get(str(row["result"]), ""), importance=7),
        Column("TYPE", text_of("entityType"), importance=6),
        Column("ID", text_of("entityId"), gives_way=True),
        Column("WHO", lambda row: str(row["keyName"] or row["keyId"] or "-"), gives_way=True, importance=6),
        Column("FROM", lambda row: str(row["forwardedFor"] or row["clientAddress"]), importance=5),
        Column("RUN", text_of("runId"), gives_way=True, importance=3),
    ]


def _span_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column("SERVICE", text_of("service"), gives_way=True, importance=5),
        Column("OPERATION", text_of("operation"), gives_way=True),
        Column("DURATION", duration_text, right=True, importance=7),
        Column("STATUS", text_of("status"), status_style, importance=4),
        trace_column(),
    ]


def _trace_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column("SERVICE", text_of("rootService"), gives_way=True, importance=5),
        Column("OPERATION", _root_operation, gives_way=True),
        Column("DURATION", duration_text, right=True, importance=7),
        Column("SPANS", text_of("spanCount"), right=True, importance=3),
        Column("ERRORS", error_count, lambda row: "bold red", right=True, importance=4),
        trace_column(),
    ]


def _root_operation(row: Row) -> str:
    return str(row.get("rootOperation") or "") if row.get("hasRoot") else "(root missing)"


def _log_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column("LEVEL", text_of("severity"), severity_style, importance=7),
        Column("SERVICE", text_of("service"), gives_way=True, importance=5),
        Column("MESSAGE", text_of("body"), gives_way=True),
        trace_column(importance=3),
    ]


def _event_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column("LEVEL", text_of("severity"), severity_style, importance=4),
        Column("COMPONENT", text_of("component"), gives_way=True, importance=5),
        Column("EVENT", text_of("eventName"), gives_way=True),
        Column("MESSAGE", text_of("body"), gives_way=True, importance=6),
        trace_column(importance=3),
    ]


def _service_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("SERVICE", text_of("service"), gives_way=True),
        Column("SPANS", text_of("spanCount"), right=True, importance=8),
        Column("ERRORS", error_count, lambda row: "bold red", right=True, importance=7),
        Column("ERROR RATE", lambda row: f"{row['errorRate']:.1%}", right=True, importance=3),
        Column("P50", lambda row: milliseconds(row["p50Ms"]), right=True, importance=4),
        Column("P95", lambda row: milliseconds(row["p95Ms"]), right=True, importance=6),
        Column("P99", lambda row: milliseconds(row["p99Ms"]), right=True, importance=5),
        Column("LAST SEEN", lambda row: local_time(iso_to_ns(str(row["lastSeen"]))), importance=2),
    ]


def milliseconds(value: float | None) -> str:
    """A length of time in words; nothing where there is none."""
    return "" if value is None else duration(value * 1e6)


def _metric_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("METRIC", text_of("name")),
        Column("TYPE", text_of("type"), importance=7),
        Column("UNIT", text_of("unit"), importance=5),
        Column("SERVICES", lambda row: ", ".join(row.get("services") or []), gives_way=True, importance=4),
        Column("DESCRIPTION", text_of("description"), gives_way=True, importance=3),
    ]


def _sampling_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("COMPONENT", text_of("component"), gives_way=True, importance=6),
        Column("OPERATION", text_of("operation"), gives_way=True),
        Column("KEPT", text_of("stored"), right=True, importance=8),
        Column("OF", text_of("happened"), right=True, importance=7),
        Column("SHARE", lambda row: f"{row['share']:.1%}", right=True, importance=5),
        *(_kept_column(reason) for reason in ("forced", "error", "slow", "ratio", "unsampled")),
        Column("", lambda row: "always" if row["alwaysKept"] else "", lambda row: "green", importance=4),
    ]


def _kept_column(reason: str) -> Column:
    return Column(reason.upper(), lambda row: str(row["kept"][reason] or ""), right=True, importance=6)


def _error_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("LAST SEEN", lambda row: local_time(iso_to_ns(str(row["lastSeen"]))), importance=8),
        Column("COUNT", text_of("count"), lambda row: "bold red", right=True, importance=8),
        Column("TRACES", text_of("traceCount"), right=True, importance=2),
        Column("NEW", lambda row: "new" if row.get("isNew") else "", lambda row: "yellow", importance=4),
        Column("TYPE", text_of("exceptionType"), gives_way=True, importance=7),
        Column("MESSAGE", text_of("message"), gives_way=True),
        Column("SERVICE", text_of("service"), gives_way=True, importance=5),
        Column("OPERATION", text_of("operation"), gives_way=True, importance=3),
        Column(
            "TRACE",
            lambda row: str(row["sampleTraceIds"][0]) if row["sampleTraceIds"] else "",
            lambda row: "cyan",
            importance=6,
            short=SHORT_TRACE_ID,
        ),
    ]


def _statement_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("TOTAL", lambda row: milliseconds(row["totalMs"]), right=True, importance=8),
        Column("COUNT", text_of("count"), right=True, importance=7),
        Column("ERRORS", error_count, lambda row: "bold red", right=True, importance=3),
        Column("P50", lambda row: milliseconds(row["p50Ms"]), right=True, importance=3),
        Column("P95", lambda row: milliseconds(row["p95Ms"]), right=True, importance=6),
        Column("MAX", lambda row: milliseconds(row["maxMs"]), right=True, importance=4),
        Column("SERVICE", text_of("service"), gives_way=True, importance=5),
        Column("STATEMENT", text_of("text"), gives_way=True),
        Column("SLOWEST", text_of("slowestTraceId"), lambda row: "cyan", importance=5, short=SHORT_TRACE_ID),
    ]


_SPAN_CSV = (
    "startedAt", "startUnixNs", "durationNs", "service", "component", "operation", "kind", "status",
    "statusCode", "statusMessage", "isOpen", "traceId", "spanId", "parentSpanId", "traceState",
    "orchestrationId", "runId", "correlationId", "sessionId", "triggerEvent", "sampleWeight",
    "attributes", "resource", "scope", "events", "links", "flags", "receivedAt",
)  # fmt: skip
_LOG_CSV = (
    "at", "unixNs", "observedAt", "severity", "severityNumber", "service", "component", "eventName", "body",
    "traceId", "spanId", "orchestrationId", "runId", "correlationId", "sessionId", "triggerEvent", "status",
    "attributes", "resource", "scope", "receivedAt",
)  # fmt: skip
_TRACE_CSV = (
    "startedAt", "startUnixNs", "durationNs", "rootService", "rootOperation", "hasRoot", "spanCount",
    "errorCount", "status", "isOpen", "services", "traceId",
)  # fmt: skip

SPANS = Kind("spans", "/api/v1/spans", "spans", _span_columns, _SPAN_CSV)
TRACES = Kind("traces", "/api/v1/traces", "traces", _trace_columns, _TRACE_CSV)
LOGS = Kind("logs", "/api/v1/logs", "logs", _log_columns, _LOG_CSV)
EVENTS = Kind("events", "/api/v1/events", "events", _event_columns, _LOG_CSV)
SERVICES = Kind(
    "services",
    "/api/v1/services",
    "services",
    _service_columns,
    ("service", "spanCount", "errorCount", "errorRate", "p50Ms", "p95Ms", "p99Ms", "lastSeen"),
    paged=False,
)
METRICS = Kind(
    "metrics",
    "/api/v1/metrics",
    "metrics",
    _metric_columns,
    ("name", "type", "unit", "description", "services", "points", "lastSeen"),
    paged=False,
)

ERRORS = Kind(
    "groups of errors",
    "/api/v1/errors",
    "groups",
    _error_columns,
    (
        "lastSeen", "firstSeen", "count", "traceCount", "isNew", "exceptionType", "message", "service",
        "component", "operation", "handled", "fingerprint", "sampleTraceIds", "sampleSpanId",
    ),
)  # fmt: skip
STATEMENTS = Kind(
    "statements",
    "/api/v1/statements",
    "statements",
    _statement_columns,
    (
        "totalMs", "count", "errorCount", "p50Ms", "p95Ms", "maxMs", "system", "service", "text",
        "slowestTraceId", "slowestSpanId",
    ),
    paged=False,
)  # fmt: skip
AUDIT = Kind(
    "accesses",
    "/api/v1/audit",
    "audit",
    _audit_columns,
    (
        "at", "unixNs", "action", "result", "entityType", "entityId", "runId", "keyId", "keyName", "tokenId",
        "clientAddress", "forwardedFor", "origin",
    ),
)  # fmt: skip
SAMPLING = Kind(
    "operations",
    "/api/v1/sampling",
    "operations",
    _sampling_columns,
    ("component", "operation", "stored", "happened", "share", "weight", "kept", "alwaysKept", "lastSeen"),
    paged=False,
)
