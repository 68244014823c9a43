"""Ended spans of AI calls become records of the sink: `chat` for a model's answer, `tool` for a tool's.

Whoever made the span: `sonde.ai_call`, or an instrumentation of the registry. A chat's cost is added when its
record is exported (`genai.with_cost`), as it is to the span.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import NonRecordingSpan, SpanContext, StatusCode, set_span_in_context
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk.complaints import complain
from sonde.sdk.instrument.genai import current_names
from sonde.sdk.sink import write
from sonde.sdk.sink_records import SinkRecord
from sonde.sdk.values import text

_KINDS: Final = {
    "chat": "chat",
    "generate_content": "chat",
    "text_completion": "chat",
    "execute_tool": "tool",
}
# What was said stays on the span; the record says what it took.
_TAKEN: Final = (
    semconv.GEN_AI_OPERATION,
    semconv.GEN_AI_PROVIDER,
    semconv.GEN_AI_REQUEST_MODEL,
    semconv.GEN_AI_RESPONSE_MODEL,
    semconv.GEN_AI_INPUT_TOKENS,
    semconv.GEN_AI_OUTPUT_TOKENS,
    semconv.GEN_AI_CACHE_READ_TOKENS,
    semconv.GEN_AI_CACHE_WRITE_TOKENS,
    semconv.GEN_AI_REASONING_TOKENS,
    semconv.GEN_AI_COST,
    semconv.GEN_AI_FINISH_REASONS,
    semconv.GEN_AI_TIME_TO_FIRST_CHUNK,
    semconv.GEN_AI_CONVERSATION_ID,
    semconv.GEN_AI_TOOL_NAME,
    semconv.CORRELATION_ID,
    semconv.SESSION_ID,
    semconv.USER_ID,
    semconv.RUN_ID,
    semconv.ORCHESTRATION_ID,
    semconv.ERROR_TYPE,
)
_REMEMBERED: Final = 1_024
_UNKNOWN: Final = object()

# Ids of spans directly below which an answer was recorded: frameworks make a span of their own around the
# client's.
_answered: Final[OrderedDict[int, None]] = OrderedDict()


def observe(span: ReadableSpan) -> None:
    """Make a record of a span that has ended, if it is one of an AI call. Never raises."""
    # The dictionary below the attributes: what lies above it is Python code, and every span comes here.
    below: Mapping[str, AttributeValue] | None = getattr(getattr(span, "_attributes", None), "_dict", None)
    operation = (span.attributes or {} if below is None else below).get(semconv.GEN_AI_OPERATION)
    if operation is None:
        return
    kind = _KINDS.get(operation) if isinstance(operation, str) else None
    attributes, context = span.attributes, span.get_span_context()
    if kind is None or attributes is None or context is None:
        return
    try:
        if kind == "chat" and _is_told_already(span, context):
            return
        within = set_span_in_context(NonRecordingSpan(context), Context())
        write(_record(kind, span, current_names(attributes)), within)
    except Exception as error:
        complain("cannot make a record of an AI call", error=error)


def _is_told_already(span: ReadableSpan, context: SpanContext) -> bool:
    if span.parent is not None and not span.parent.is_remote:
        _answered[span.parent.span_id] = None
        if len(_answered) > _REMEMBERED:
            _answered.popitem(last=False)
    return _answered.pop(context.span_id, _UNKNOWN) is not _UNKNOWN


def _record(kind: str, span: ReadableSpan, attributes: Mapping[str, AttributeValue]) -> SinkRecord:
    failed = span.status.status_code is StatusCode.ERROR
    tool = attributes.get(semconv.GEN_AI_TOOL_NAME)
    model = attributes.get(semconv.GEN_AI_RESPONSE_MODEL) or attributes.get(semconv.GEN_AI_REQUEST_MODEL)
    name = text((tool if kind == "tool" else model) or span.name)
    duration_ms = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
    taken: dict[str, object] = {each: attributes[each] for each in _TAKEN if each in attributes}
    if failed and span.status.description:
        taken[semconv.ERROR_DETAIL] = span.status.description
    return SinkRecord(
        kind,
        name=name,
        duration_ms=duration_ms,
        status="error" if failed else "success",
        severity="error" if failed else "info",
        component=text(attributes.get(semconv.COMPONENT, "")),
        timestamp_ns=span.end_time,
        attributes=taken,
    )
