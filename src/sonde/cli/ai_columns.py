"""What a table and a CSV file show of AI calls."""

from __future__ import annotations

import math
from collections.abc import Callable

from sonde.cli.columns import ID_CELLS, Kind, duration_text, status_style, text_of, time_column, trace_column
from sonde.cli.table import Column, Row
from sonde.cli.times import iso_to_ns, local_time

_TOKEN_CSV = (
    "inputTokens", "cachedTokens", "cacheWriteTokens", "outputTokens", "reasoningTokens", "costUsd",
)  # fmt: skip


def dollars(usd: float | None) -> str:
    """US dollars; small sums with three significant digits."""
    if usd is None:
        return ""
    if 0 < usd < 0.01:
        # Never as a power of ten: three digits after the noughts.
        places = min(12, 2 - math.floor(math.log10(usd)))
        return f"${usd:.{places}f}"
    return f"${usd:,.3f}" if usd < 1 else f"${usd:,.2f}"


def counted_calls(calls: int) -> str:
    """`1 call`, `1,234 calls`."""
    return f"{calls:,} call{'' if calls == 1 else 's'}"


def count_of(field: str) -> Callable[[Row], str]:
    """Reads a number with thousands apart; none where it is 0."""
    return lambda row: f"{row[field]:,}" if row[field] else ""


def token_columns() -> list[Column]:
    """Tokens and cost of one AI call or of many."""
    return [
        Column("IN", count_of("inputTokens"), right=True, importance=7),
        Column("CACHED", count_of("cachedTokens"), right=True, importance=5),
        Column("OUT", count_of("outputTokens"), right=True, importance=7),
        Column("REASONING", count_of("reasoningTokens"), right=True, importance=3),
        Column("COST", lambda row: dollars(row["costUsd"]), right=True, importance=8),
    ]


def _ai_usage_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("VALUE", lambda row: str(row["value"]) or "(none)", gives_way=True),
        Column("CALLS", count_of("calls"), right=True, importance=6),
        Column("ERRORS", count_of("errors"), lambda row: "bold red", right=True, importance=6),
        *token_columns(),
    ]


def _ai_session_columns(rows: list[Row]) -> list[Column]:
    return [
        Column("LAST", lambda row: local_time(iso_to_ns(str(row["endedAt"]))), importance=8),
        Column("SESSION", text_of("sessionId"), gives_way=True, keeps=ID_CELLS),
        Column("USER", text_of("userId"), gives_way=True, importance=5),
        Column("CALLS", count_of("calls"), right=True, importance=6),
        Column("ERRORS", count_of("errors"), lambda row: "bold red", right=True, importance=6),
        *token_columns(),
    ]


def _ai_call_columns(rows: list[Row]) -> list[Column]:
    return [
        time_column(rows),
        Column("MODEL", text_of("model"), gives_way=True),
        Column("DURATION", duration_text, right=True, importance=7),
        Column("STATUS", text_of("status"), status_style, importance=6),
        Column("FINISH", text_of("finish"), gives_way=True, importance=4),
        *token_columns(),
        trace_column(importance=6),
    ]


AI_USAGE = Kind(
    "rows",
    "/api/v1/ai/usage",
    "rows",
    _ai_usage_columns,
    ("value", "calls", "errors", "unpricedCalls", *_TOKEN_CSV, "providers", "lastSeen"),
    paged=False,
)
AI_SESSIONS = Kind(
    "sessions",
    "/api/v1/ai/sessions",
    "sessions",
    _ai_session_columns,
    (
        "startedAt", "endedAt", "sessionId", "userId", "calls", "errors", "unpricedCalls", *_TOKEN_CSV,
        "models", "traceCount",
    ),
)  # fmt: skip
AI_CALLS = Kind(
    "calls",
    "/api/v1/ai/calls",
    "calls",
    _ai_call_columns,
    (
        "startedAt", "startUnixNs", "durationNs", "firstTokenMs", "status", "message", "errorType",
        "operation", "provider", "model", *_TOKEN_CSV, "finish", "truncated", "service", "component",
        "sessionId", "userId", "runId", "traceId", "spanId",
    ),
    paged=False,
)  # fmt: skip
