"""Spans of AI calls end in the same attributes, whoever made them.

The registry's instrumentations, the clients' own tracing and `sonde.ai_call` differ in names, in spellings
of providers and in how long the texts are that they record. What is here runs when a span is exported.

Source: github.com/open-telemetry/semantic-conventions-genai and its names of earlier versions.
"""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.ai_names import PROVIDERS
from sonde.sdk import ai_content
from sonde.sdk.ai_cost import cost_usd
from sonde.sdk.complaints import complain
from sonde.sdk.rewritten import RewrittenSpan

SYSTEM: Final = "gen_ai.system"
_OPERATION: Final = semconv.GEN_AI_OPERATION
_PROVIDER: Final = semconv.GEN_AI_PROVIDER

_RENAMED: Final = {
    SYSTEM: _PROVIDER,
    "gen_ai.usage.prompt_tokens": semconv.GEN_AI_INPUT_TOKENS,
    "gen_ai.usage.completion_tokens": semconv.GEN_AI_OUTPUT_TOKENS,
    "gen_ai.usage.cache_creation.input_tokens": semconv.GEN_AI_CACHE_WRITE_TOKENS,
    "gen_ai.usage.cache_creation_input_tokens": semconv.GEN_AI_CACHE_WRITE_TOKENS,
    "gen_ai.usage.cache_read_input_tokens": semconv.GEN_AI_CACHE_READ_TOKENS,
    "enduser.id": semconv.USER_ID,
}
_CONTENT: Final = (
    semconv.GEN_AI_INPUT_MESSAGES,
    semconv.GEN_AI_OUTPUT_MESSAGES,
    semconv.GEN_AI_SYSTEM_INSTRUCTIONS,
    semconv.GEN_AI_TOOL_DEFINITIONS,
    semconv.GEN_AI_TOOL_ARGUMENTS,
    semconv.GEN_AI_TOOL_RESULT,
    "gen_ai.prompt",
    "gen_ai.completion",
)
# Operations that a provider asks money for; those of agents and workflows sum up what is below them.
_PAID: Final = frozenset({"chat", "generate_content", "text_completion", "embeddings"})
_CALLING: Final = (SpanKind.CLIENT, SpanKind.INTERNAL)

# Anthropic's client makes spans itself; its instrumentation in the registry makes better ones around them.
_ANTHROPIC_SCOPE: Final = "com.anthropic.sdk.python"
_ANTHROPIC_REGISTRY: Final = "opentelemetry.instrumentation.genai.anthropic"
_STOP_REASON: Final = "anthropic.message.stop_reason"
_STOP_REASONS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_call",
    "refusal": "content_filter",
}
_USAGE: Final = "gen_ai.usage."

_REMEMBERED: Final = 1024
# By the id of a span, what is known from the span of a client directly below it, which ends first: that it
# has a cost, which is not told again, and when its first chunk came, where the one around did not see it.
_paid_below: Final[OrderedDict[int, AttributeValue]] = OrderedDict()
_timed_below: Final[OrderedDict[int, AttributeValue]] = OrderedDict()


def normalise(span: ReadableSpan) -> ReadableSpan:
    """`span` with the attributes all AI calls have, its cost among them; any other span as it is.

    For the exporting thread: prices are loaded for the first call. Never raises.
    """
    if span.kind not in _CALLING:
        return span
    # A span's mapping is Python code, and asked for every span; the dictionary below it is not.
    below: Any = getattr(getattr(span, "_attributes", None), "_dict", None)
    attributes: Mapping[str, Any] = span.attributes or {} if below is None else below
    if not (_OPERATION in attributes or _PROVIDER in attributes or SYSTEM in attributes):
        return span
    try:
        made = _normalised(span, current_names(attributes))
    except Exception as error:
        complain("cannot complete the span of an AI call", error=error)
        return span
    return span if made == attributes else RewrittenSpan(span, attributes=made)


def current_names(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of an AI call, with those that have older names or spellings also by the ones of today."""
    made = dict(attributes)
    for old, new in _RENAMED.items():
        if old in made and new not in made:
            made[new] = made[old]
    provider = made.get(_PROVIDER)
    if isinstance(provider, str):
        made[_PROVIDER] = PROVIDERS.get(provider.lower(), provider)
    return made


def with_cost(attributes: Mapping[str, Any] | None, at_ns: int | None) -> Mapping[str, Any] | None:
    """Attributes of a log record; those of a `chat` that does not say its cost with it, if it is known.

    For the exporting thread, like `normalise`. Never raises.
    """
    if not attributes or attributes.get(semconv.RECORD_KIND) != "chat" or semconv.GEN_AI_COST in attributes:
        return attributes
    try:
        if attributes.get(_OPERATION, "chat") not in _PAID:
            return attributes
        cost = cost_usd(attributes, at_ns or time.time_ns())
    except Exception as error:
        complain("cannot tell the cost of a chat", error=error)
        return attributes
    return attributes if cost is None else {**attributes, semconv.GEN_AI_COST: cost}


def _normalised(span: ReadableSpan, made: dict[str, Any]) -> dict[str, Any]:
    if span.instrumentation_scope is not None and span.instrumentation_scope.name == _ANTHROPIC_SCOPE:
        if _is_around_anthropic():
            _remember(_timed_below, span, made.get(semconv.GEN_AI_TIME_TO_FIRST_CHUNK))
            return {name: value for name, value in made.items() if not _is_counted_above(name)}
        if _STOP_REASON in made and semconv.GEN_AI_FINISH_REASONS not in made:
            reason = made[_STOP_REASON]
            made[semconv.GEN_AI_FINISH_REASONS] = (_STOP_REASONS.get(reason, reason),)
    first_chunk = _timed_below.pop(_id(span), None)
    if first_chunk is not None:
        made.setdefault(semconv.GEN_AI_TIME_TO_FIRST_CHUNK, first_chunk)
    _limit_content(made)
    if span.status.status_code is StatusCode.ERROR and semconv.ERROR_TYPE not in made:
        made[semconv.ERROR_TYPE] = _error_type(span)
    _add_cost(span, made)
    return made


def _is_around_anthropic() -> bool:
    """Whether the registry's instrumentation makes a span around each of the client's own."""
    instrumentor: Any = getattr(sys.modules.get(_ANTHROPIC_REGISTRY), "AnthropicInstrumentor", None)
    # Made once; asking for it again would begin it anew.
    made: Any = getattr(instrumentor, "_instance", None)
    return made is not None and made.is_instrumented_by_opentelemetry


def _is_counted_above(name: str) -> bool:
    """The span around has it: tokens would be counted twice, and calls too."""
    return name.startswith(_USAGE) or name == _OPERATION


def _limit_content(made: dict[str, Any]) -> None:
    max_chars = ai_content.options().max_chars
    for name in _CONTENT:
        value = made.get(name)
        if isinstance(value, str):
            made[name] = ai_content.bounded(value, max_chars)
        elif value is not None:
            made[name] = ai_content.bounded_json(value, max_chars)


def _error_type(span: ReadableSpan) -> AttributeValue:
    for event in reversed(span.events):
        found: Mapping[str, Any] = event.attributes or {}
        if event.name == "exception" and semconv.EXCEPTION_TYPE in found:
            return found[semconv.EXCEPTION_TYPE]
    return "_OTHER"


def _add_cost(span: ReadableSpan, made: dict[str, Any]) -> None:
    operation = made.get(_OPERATION, "chat")
    if operation not in _PAID or not span.end_time:
        return
    if semconv.GEN_AI_COST not in made:
        if _paid_below.pop(_id(span), None):
            return
        cost = cost_usd(made, span.end_time)
        if cost is None:
            return
        made[semconv.GEN_AI_COST] = cost
    _remember(_paid_below, span, True)


def _id(span: ReadableSpan) -> int:
    return span.context.span_id if span.context else 0


def _remember(
    known: OrderedDict[int, AttributeValue], span: ReadableSpan, value: AttributeValue | None
) -> None:
    """For the span around `span`, when it ends."""
    if value is None or span.parent is None or span.parent.is_remote:
        return
    known[span.parent.span_id] = value
    if len(known) > _REMEMBERED:
        known.popitem(last=False)
