"""How AI calls are told: one table of the names that instrumentations give to the same thing.

The current names of OpenTelemetry's GenAI conventions come first, then their older ones, OpenInference's
(Arize) and OpenLLMetry's (Traceloop). Of several on one span the first that has a value counts.

Sources: github.com/open-telemetry/semantic-conventions-genai, github.com/Arize-ai/openinference (spec),
github.com/traceloop/openllmetry (semantic conventions), and what their emitters send (tests/ai_messages).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_RESPONSE_MODEL: Final = (
    "gen_ai.response.model",
    "llm.response.model",
    "llm.response.model_name",
)
_REQUEST_MODEL: Final = ("gen_ai.request.model", "llm.request.model", "llm.request.model_name")

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "operation": (
        "gen_ai.operation.name",
        "llm.request.type",
        "openinference.span.kind",
        "traceloop.span.kind",
    ),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    # OpenInference's `llm.model_name` is the one that answered, once there is an answer.
    "model": (*_RESPONSE_MODEL, "llm.model_name", "embedding.model_name", *_REQUEST_MODEL),
    "asked": _REQUEST_MODEL,
    "input": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
        "llm.token_count.prompt",
    ),
    "output": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
        "llm.token_count.completion",
    ),
    "cached": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.input_tokens.cached",
        "llm.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ),
    "written": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
    ),
    "reasoning": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "llm.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
    ),
    "total": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"),
    "cost": ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "llm.cost.total"),
    "firstTokenS": (
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.server.time_to_first_token",
        "gen_ai.response.time_to_first_token",
    ),
    "finish": (
        "gen_ai.response.finish_reasons",
        "gen_ai.completion.0.finish_reason",
        "llm.response.finish_reason",
        "llm.finish_reason",
        "anthropic.message.stop_reason",
    ),
    "conversation": (
        "gen_ai.conversation.id",
        "session.id",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.thread_id",
    ),
    "user": ("user.id", "enduser.id", "traceloop.association.properties.user_id"),
    "agent": ("gen_ai.agent.name", "agent.name"),
    "responseId": ("gen_ai.response.id", "llm.response.id"),
    "tool": ("gen_ai.tool.name", "tool.name", "traceloop.entity.name"),
    "toolCallId": ("gen_ai.tool.call.id", "tool_call.id"),
    "toolArguments": (
        "gen_ai.tool.call.arguments",
        "tool.parameters",
        "input.value",
        "traceloop.entity.input",
    ),
    "toolResult": ("gen_ai.tool.call.result", "output.value", "traceloop.entity.output"),
}
"""What is said of a call, by the names its attributes may have."""

MARKS: Final = ("operation", "provider", "input", "output")
"""Of `NAMES`: what a span has at least one of, if it is of an AI call."""

CONTENT: Final = ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.prompt.0.role", "input.value")
"""Names of which one is on a span that tells what was said."""

TOKENS: Final = ("input", "output", "cached", "written", "reasoning")
"""Of `NAMES`: numbers of tokens of a call."""

PROVIDERS: Final[Mapping[str, str]] = {
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "aws": "aws.bedrock",
    "xai": "x_ai",
    "mistralai": "mistral_ai",
}
"""Providers that are spelled otherwise (in lower case), by the names of the GenAI conventions."""

PRICED_AS: Final[Mapping[str, str]] = {
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "gcp.gen_ai": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "x_ai": "x-ai",
}
"""Providers of the conventions whose name `genai-prices` does not find by itself, or finds as another's."""

OPERATIONS: Final[Mapping[str, str]] = {
    "llm": "chat",
    "completion": "text_completion",
    "embedding": "embeddings",
    "reranker": "rerank",
    "tool": "execute_tool",
    "agent": "invoke_agent",
    "workflow": "invoke_workflow",
}
"""Operations (in lower case) that OpenInference and OpenLLMetry name otherwise than the conventions."""

CALLS: Final = ("chat", "generate_content", "text_completion", "embeddings", "rerank")
"""Operations that ask a model. The others, but for tools, tell again what is below them."""

TOOL: Final = "execute_tool"
"""The operation of a tool."""
