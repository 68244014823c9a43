"""Names under which programs keep the fields of their records, and what those are called here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sonde import semconv

KINDS: Final = ("kind", "record_type", "event_type", "type")
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "tool": ("name", "tool_name", "tool"),
    "command": ("name", "command_name", "command"),
    "fragment": ("name", "fragment_name", "fragment", "fragment_id"),
    "chat": ("name", "chat_name"),
}
ANY_NAME: Final = ("name", "operation")
COMPONENTS: Final = ("component", "source", semconv.COMPONENT)
CORRELATION_IDS: Final = ("correlation_id", semconv.CORRELATION_ID)
TIMESTAMPS: Final = ("timestamp", "@timestamp", "ts", "time", "recorded_at", "created_at")
LEVELS: Final = ("level", "severity", "log_level", "levelname")
MESSAGES: Final = ("message", "msg", "body")
OUTCOMES: Final = ("ok", "success", "succeeded")
ERRORS: Final = ("error", "error_message", "exception", "err")
ERROR_TYPES: Final = ("error_type", "error_code", semconv.ERROR_TYPE)
TRACE_IDS: Final = ("trace_id",)
SPAN_IDS: Final = ("span_id",)

# How many milliseconds one of the unit is. A bare `duration` says no unit, so it stays an attribute.
DURATIONS: Final[Mapping[str, float]] = {
    "duration_ms": 1,
    "latency_ms": 1,
    "elapsed_ms": 1,
    "execution_time_ms": 1,
    "duration_s": 1000,
    "duration_seconds": 1000,
    "elapsed_s": 1000,
    "elapsed_seconds": 1000,
    "duration_ns": 1e-6,
}

# What a record's own status means for `sonde.status`.
STATUSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ok", "success", "successful", "succeeded", "completed", "done", "passed"), "success"),
    **dict.fromkeys(
        ("error", "failed", "failure", "fail", "timeout", "timed_out", "cancelled", "aborted"), "error"
    ),
    "blocked": "blocked",
    "skipped": "skipped",
}

# Fields whose contents are attributes by their own names.
WRAPPERS: Final = ("attributes", "attrs")

ATTRIBUTES: Final[Mapping[str, str]] = {
    "session_id": semconv.SESSION_ID,
    "user_id": semconv.USER_ID,
    "run_id": semconv.RUN_ID,
    "orchestration_id": semconv.ORCHESTRATION_ID,
    "client_ip": semconv.CLIENT_ADDRESS,
    "exit_code": semconv.EXIT_CODE,
}
CHAT_ATTRIBUTES: Final[Mapping[str, str]] = {
    "model": semconv.GEN_AI_REQUEST_MODEL,
    "provider": semconv.GEN_AI_PROVIDER,
    "input_tokens": semconv.GEN_AI_INPUT_TOKENS,
    "prompt_tokens": semconv.GEN_AI_INPUT_TOKENS,
    "output_tokens": semconv.GEN_AI_OUTPUT_TOKENS,
    "completion_tokens": semconv.GEN_AI_OUTPUT_TOKENS,
    "cost_usd": semconv.GEN_AI_COST,
    "conversation_id": semconv.GEN_AI_CONVERSATION_ID,
}

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """`correlationId` as `correlation_id`; names with dots or spaces stay as they are."""
    return _HUMP.sub("_", name).lower() if name.isidentifier() and not name.islower() else name
