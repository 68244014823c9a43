"""What a table and a CSV file show of jobs: runs, orchestrations, pipelines and scripts, entities."""

from __future__ import annotations

from sonde.cli.columns import (
    ID_CELLS,
    Kind,
    duration_text,
    error_count,
    milliseconds,
    status_style,
    text_of,
    time_column,
    trace_column,
)
from sonde.cli.table import Column, Row
from sonde.cli.times import is_today, iso_to_ns, local_time


def _pipeline_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column("TRIGGER", text_of("triggerEvent"), gives_way=True),
        Column("STATUS", text_of("status"), status_style, importance=8),
        Column("DURATION", duration_text, right=True, importance=5),
        Column("USER", text_of("userId"), gives_way=True, importance=4),
        Column("FROM", text_of("requestIp"), gives_way=True, importance=3),
        Column("WHY", text_of("statusMessage"), gives_way=True, importance=7),
        trace_column(),
    ]


def _script_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("TRIGGER", text_of("triggerEvent"), gives_way=True, importance=6),
        Column("SERVICE", text_of("service"), gives_way=True, importance=6),
        Column("LAYER", text_of("layerIndex"), right=True, importance=5),
        Column("SCRIPT", text_of("name"), gives_way=True),
        Column("RAN", text_of("runCount"), right=True, importance=8),
        Column("ERRORS", lambda row: f"{row['errorRate']:.1%}", right=True, importance=7),
        Column("BLOCKED", lambda row: f"{row['blockRate']:.1%}", right=True, importance=7),
        Column("SKIPPED", lambda row: f"{row['skipRate']:.1%}", right=True, importance=5),
        Column("P50", lambda row: milliseconds(row["p50Ms"]), right=True, importance=4),
        Column("P95", lambda row: milliseconds(row["p95Ms"]), right=True, importance=6),
        Column("MAX", lambda row: milliseconds(row["maxMs"]), right=True, importance=3),
    ]


def _run_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column("JOB", text_of("job"), gives_way=True, importance=7),
        Column("RUN", text_of("runId"), lambda row: "cyan", gives_way=True, keeps=ID_CELLS),
        Column("STATUS", text_of("status"), status_style, importance=7),
        Column("DURATION", duration_text, right=True, importance=6),
        Column("ATTEMPTS", text_of("attempts"), right=True, importance=4),
        Column("SPANS", text_of("spanCount"), right=True, importance=2),
        Column("ERRORS", error_count, lambda row: "bold red", right=True, importance=3),
    ]


def _orchestration_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column(
            "ORCHESTRATION", text_of("orchestrationId"), lambda row: "cyan", gives_way=True, keeps=ID_CELLS
        ),
        Column("STATUS", text_of("status"), status_style, importance=8),
        Column("PHASE", text_of("phase"), gives_way=True, importance=7),
        Column("DURATION", duration_text, right=True, importance=6),
        Column("COMPONENTS", lambda row: ", ".join(row["components"]), gives_way=True, importance=3),
        Column("SPANS", text_of("spanCount"), right=True, importance=2),
        Column("EVENTS", text_of("eventCount"), right=True, importance=2),
        Column("ERRORS", error_count, lambda row: "bold red", right=True, importance=4),
        Column(
            "VIOLATIONS",
            lambda row: str(row["violationCount"]) if row["violationCount"] else "",
            lambda row: "bold red",
            right=True,
            importance=5,
        ),
    ]


def _entity_columns(rows: list[Row]) -> list[Column]:
    dated = not all(is_today(iso_to_ns(str(row["lastSeen"]))) for row in rows)
    return [
        Column("TYPE", text_of("type"), gives_way=True, importance=7),
        Column("ID", text_of("id"), lambda row: "cyan", gives_way=True, keeps=ID_CELLS),
        Column(
            "LAST SEEN",
            lambda row: local_time(iso_to_ns(str(row["lastSeen"])), with_date=dated),
            importance=6,
        ),
        Column("RUNS", text_of("runCount"), right=True, importance=5),
        Column("TRACES", text_of("traceCount"), right=True, importance=3),
        Column("LAST RUN", text_of("lastRunId"), gives_way=True, importance=4),
    ]


_RUN_CSV = (
    "startedAt", "startUnixNs", "endedAt", "durationNs", "job", "runId", "status", "attempts", "spanCount",
    "errorCount", "traceCount", "services", "entityCounts", "traceIds", "url", "message",
)  # fmt: skip
_ORCHESTRATION_CSV = (
    "startedAt", "startUnixNs", "endedAt", "durationNs", "orchestrationId", "status", "message", "phase",
    "phases", "components", "spanCount", "errorCount", "eventCount", "errorEventCount", "violationCount",
    "traceCount", "traceIds", "spanStatus",
)  # fmt: skip

RUNS = Kind("runs", "/api/v1/runs", "runs", _run_columns, _RUN_CSV)
ORCHESTRATIONS = Kind(
    "orchestrations", "/api/v1/orchestrations", "orchestrations", _orchestration_columns, _ORCHESTRATION_CSV
)
ENTITIES = Kind(
    "entities",
    "/api/v1/entities",
    "entities",
    _entity_columns,
    ("type", "id", "firstSeen", "lastSeen", "runCount", "traceCount", "lastRunId"),
)
PIPELINES = Kind(
    "executions",
    "/api/v1/pipelines",
    "pipelines",
    _pipeline_columns,
    (
        "startedAt", "startUnixNs", "endedAt", "durationNs", "triggerEvent", "service", "status",
        "statusMessage", "userId", "requestIp", "contextSnapshot", "resultData", "traceId", "spanId",
    ),
)  # fmt: skip
SCRIPTS = Kind(
    "scripts",
    "/api/v1/pipelines/scripts",
    "scripts",
    _script_columns,
    (
        "triggerEvent", "service", "layerIndex", "parallelIndex", "name", "scriptId", "count", "runCount",
        "ratePerS", "errorCount", "blockCount", "skipCount", "errorRate", "blockRate", "skipRate", "p50Ms",
        "p95Ms", "maxMs", "lastSeen", "lastTraceId",
    ),
    paged=False,
)  # fmt: skip
