"""AI calls: a conversation with a tool and an agent around it, one without a price, failed, hostile ones."""

from __future__ import annotations

import json

from tests.browser.seed import HOSTILE, RIGHT_TO_LEFT, Json, attributes, of_service

TERSE_SESSION = "conv_terse"
SESSION = "conv/2026 01?#%2F&x=1"
HOSTILE_SESSION = HOSTILE + "x" * 400
LONG = "long " * 6_000
SECOND = 10**9

_ASKED = {"role": "user", "parts": [{"type": "text", "content": "What is the weather in Bern?"}]}
_CALLED = {
    "role": "assistant",
    "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Bern"}}],
}
REPORT = json.dumps({"degrees": 21, "sky": "clear", "wind": "north", "stations": ["Bern / Zollikofen"] * 9})
_RESULT = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": REPORT}]}
ANSWER = "It is warm. " + "And so it stays for the days to come. " * 6
_ANSWER = {
    "role": "assistant",
    "parts": [{"type": "text", "content": ANSWER}],
    "finish_reason": "stop",
}


def traces(now_ns: int) -> Json:
    """An OTLP/JSON request with the calls, all of the last ten minutes."""
    gpt = {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.operation.name": "chat",
    }
    own = {"gen_ai.conversation.id": SESSION, "user.id": "usr_1", "sonde.run.id": "run_1"}
    around = {"sonde.orchestration.id": "orc_1", "sonde.pipeline.trigger_event": "before_chat"}
    used = {"gen_ai.usage.input_tokens": "1000", "gen_ai.usage.output_tokens": "100"}
    cached = {**used, "gen_ai.usage.cache_read.input_tokens": "600"}
    hostile = {"gen_ai.conversation.id": HOSTILE_SESSION, "user.id": HOSTILE + RIGHT_TO_LEFT}
    limited = {"error.type": "RateLimitError"}
    said = HOSTILE + RIGHT_TO_LEFT
    return {
        "resourceSpans": [
            of_service(
                "support",
                _call(
                    1,
                    1,
                    0,
                    now_ns - 300 * SECOND,
                    {**gpt, **own, **used, **around, "gen_ai.operation.name": "invoke_agent"},
                ),
                _call(
                    1,
                    2,
                    1,
                    now_ns - 299 * SECOND,
                    {**gpt, **own, **used, **cached, **_told([_ASKED], [_CALLED])},
                ),
                _call(
                    1,
                    3,
                    1,
                    now_ns - 297 * SECOND,
                    {
                        **own,
                        "gen_ai.operation.name": "execute_tool",
                        "gen_ai.tool.name": "weather",
                        "gen_ai.tool.call.arguments": '{"city":"Bern"}',
                        "gen_ai.tool.call.result": REPORT,
                        "sonde.entity.payment": "pym_1",
                    },
                ),
                _call(
                    1,
                    4,
                    1,
                    now_ns - 296 * SECOND,
                    {**gpt, **own, **cached, **_told([_ASKED, _CALLED, _RESULT], [_ANSWER])},
                ),
                _call(
                    2,
                    5,
                    0,
                    now_ns - 200 * SECOND,
                    {**gpt, **used, "gen_ai.request.model": "house-model-7"},
                ),
                _call(
                    3,
                    6,
                    0,
                    now_ns - 100 * SECOND,
                    {**gpt, **own, **limited},
                    error="slow down",
                ),
                *_terse(now_ns, gpt),
                _call(
                    4,
                    7,
                    0,
                    now_ns - 90 * SECOND,
                    {
                        **gpt,
                        **used,
                        **hostile,
                        "gen_ai.request.model": said,
                        "gen_ai.response.finish_reasons": '["length"]',
                        **_told([_said("user", said + LONG)], [_said(said, said)]),
                    },
                ),
            )
        ]
    }


def _terse(now_ns: int, model: dict[str, str]) -> list[Json]:
    """A conversation whose tool tells its name alone, and whose last call nothing of what was said."""
    own = {"gen_ai.conversation.id": TERSE_SESSION}
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather"}
    return [
        _call(5, 8, 0, now_ns - 80 * SECOND, {**model, **own, **_told([_ASKED], [_CALLED])}),
        _call(5, 9, 0, now_ns - 70 * SECOND, {**own, **tool}),
        _call(5, 10, 0, now_ns - 60 * SECOND, {**model, **own}),
    ]


def _said(role: str, text: str) -> Json:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _told(asked: list[Json], answered: list[Json]) -> dict[str, str]:
    return {"gen_ai.input.messages": json.dumps(asked), "gen_ai.output.messages": json.dumps(answered)}


def _call(
    trace: int, number: int, parent: int, start_ns: int, said: dict[str, str], *, error: str = ""
) -> Json:
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": "chat gpt-4o",
        "kind": 3,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + number * SECOND // 5),
        "attributes": attributes(said),
        "status": {"code": 2, "message": error} if error else {},
    }
