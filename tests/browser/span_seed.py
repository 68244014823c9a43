"""A trace whose spans each have what the span panel shows in its own way."""

from __future__ import annotations

import json
from typing import Any

from tests.browser.seed import HOSTILE, Json, of_service, record, span
from tests.browser.span_texts import (
    CUT_OFF_MESSAGES,
    GO_STACK,
    HOSTILE_STACK,
    INPUT_MESSAGES,
    JAVA_STACK,
    NODE_STACK,
    OUTPUT_MESSAGES,
    PYTHON_STACK,
    STATEMENT,
)

TRACE = "5a" * 16
OTHER_TRACE = "5b" * 16

ROOT = "00000000000000a1"
HTTP = "00000000000000a2"
DATABASE = "00000000000000a3"
FAILED = "00000000000000a4"
CHAT = "00000000000000a5"
NUMBERED_CHAT = "00000000000000a6"
TOLD_CHAT = "00000000000000a7"
INFERENCE_CHAT = "00000000000000a8"
BROKEN_CHAT = "00000000000000a9"
TOOL = "00000000000000aa"
REDIS = "00000000000000ab"
QUEUED = "00000000000000ac"
WIDE = "00000000000000ad"
LONG = "00000000000000ae"
HOSTILE_SPAN = "00000000000000af"
ORPHAN = "00000000000000b0"
RUNNING = "00000000000000b1"
NODE = "00000000000000b2"
JAVA = "00000000000000b3"
GO = "00000000000000b4"
LOGGED_CHAT = "00000000000000b5"
LINKING = "00000000000000c1"

RTL = "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd"
HUGE = 9_007_199_254_740_993_123_456_789


def traces(now_ns: int) -> Json:
    """The spans, the newest two seconds before `now_ns`."""
    start = now_ns - 2_000_000_000

    def one(
        span_id: str, name: str, at_ms: int, duration_ms: int, values: dict[str, Any], **more: Any
    ) -> Json:
        made = span(TRACE, span_id, ROOT, name, start, duration_ms, at_ms=at_ms)
        return made | {"attributes": attributes(values), **more}

    def failed(span_id: str, kind: str, message: str, stack: str) -> Json:
        event = {
            "name": "exception",
            "timeUnixNano": str(start + 330_000_000),
            "attributes": attributes(
                {"exception.type": kind, "exception.message": message, "exception.stacktrace": stack}
            ),
        }
        return one(span_id, f"charge {span_id[-2:]}", 320, 50, {}) | {
            "events": [event],
            "status": {"code": 2, "message": message},
        }

    def told(name: str, values: dict[str, Any]) -> Json:
        return {"name": name, "timeUnixNano": str(start + 500_000_000), "attributes": attributes(values)}

    root = span(TRACE, ROOT, "", "POST /orders", start, 1000, kind=2)
    retry = {
        "name": "retry",
        "timeUnixNano": str(start + 150_000_000),
        "attributes": attributes({"attempt": 2}),
    }
    model = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
    }
    spans = [
        root | {"attributes": attributes({"http.route": "/orders", "sonde.kept": "always"})},
        one(
            HTTP,
            "POST",
            10,
            200,
            {
                "http.request.method": "POST",
                "http.response.status_code": 503,
                "url.full": "https://bank.example/charges?amount=12",
                "http.response.body.size": 2048,
                "server.address": "bank.example",
                "user.id": "usr_7",
                "session.id": "ses_1",
                "code.file.path": "/srv/shop/bank.py",
                "code.line.number": 41,
                "code.function.name": "ask",
                "sonde.entity.order": "ord_42",
                "sonde.entity.item": ["itm_1", "itm_2"],
                "sonde.run.id": "run_9",
                "sonde.run.url": "https://ci.example/runs/9",
                "shop.note": "fragile",
                "name": "a key that is a field of the search",
                "config": f'{{"retries":3,"big":{HUGE}}}',
            },
            kind=3,
            events=[retry, {"name": "cache.miss", "timeUnixNano": str(start + 20_000_000)}],
            links=[
                {"traceId": OTHER_TRACE, "spanId": LINKING, "attributes": attributes({"why": "batch"})},
                {"traceId": TRACE, "spanId": QUEUED},
            ],
        ),
        one(
            DATABASE,
            "SELECT orders",
            220,
            80,
            {
                "db.system.name": "postgresql",
                "db.query.text": STATEMENT,
                "db.collection.name": "orders",
                "db.namespace": "shop",
                "db.response.returned_rows": 1234,
                "db.query.parameter.0": "100",
            },
            kind=3,
        ),
        one(REDIS, "SET", 305, 2, {"db.system": "redis", "db.statement": "SET select from ?"}, kind=3),
        failed(FAILED, "shop.PaymentFailed", "the bank does not answer", PYTHON_STACK),
        failed(NODE, "TypeError", "Cannot read properties of undefined (reading 'total')", NODE_STACK),
        failed(JAVA, "java.lang.IllegalStateException", "cannot charge", JAVA_STACK),
        failed(GO, "runtime error", "index out of range [5] with length 3", GO_STACK),
        one(
            CHAT,
            "chat gpt-5",
            400,
            300,
            model
            | {
                "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
                "gen_ai.input.messages": json.dumps(INPUT_MESSAGES),
                "gen_ai.output.messages": json.dumps(OUTPUT_MESSAGES),
                "gen_ai.usage.input_tokens": 1200,
                "gen_ai.usage.output_tokens": 34,
                "gen_ai.usage.cache_read.input_tokens": 1000,
                "gen_ai.usage.reasoning.output_tokens": 12,
                "gen_ai.usage.cost": 0.00123,
                "gen_ai.response.time_to_first_chunk": 0.25,
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.conversation.id": "conv_1",
            },
            kind=3,
        ),
        one(
            NUMBERED_CHAT,
            "openai.chat",
            400,
            100,
            {
                "gen_ai.system": "openai",
                "gen_ai.prompt.0.role": "system",
                "gen_ai.prompt.0.content": "Be kind.",
                "gen_ai.prompt.1.role": "user",
                "gen_ai.prompt.1.content": "Hello there",
                "gen_ai.completion.0.role": "assistant",
                "gen_ai.completion.0.content": "Good day",
                "gen_ai.completion.0.finish_reason": "tool_calls",
                "gen_ai.completion.0.tool_calls.0.name": "wave",
                "gen_ai.completion.0.tool_calls.0.arguments": "{}",
            },
        ),
        one(
            TOLD_CHAT,
            "chat told",
            400,
            200,
            model,
            events=[
                told("gen_ai.user.message", {"content": "Told in an event"}),
                told(
                    "gen_ai.choice",
                    {
                        "message": json.dumps({"role": "assistant", "content": "Answered so"}),
                        "finish_reason": "stop",
                    },
                ),
            ],
        ),
        one(
            INFERENCE_CHAT,
            "ChatCompletion",
            400,
            100,
            {
                "openinference.span.kind": "LLM",
                "llm.model_name": "claude",
                "llm.provider": "anthropic",
                "llm.input_messages.0.message.role": "user",
                "llm.input_messages.0.message.content": "Draw a cat",
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "draw",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"what":"cat"}',
                "llm.token_count.prompt": 5,
                "llm.token_count.completion": 6,
            },
        ),
        one(LOGGED_CHAT, "chat logged", 400, 100, model),
        one(
            BROKEN_CHAT,
            "chat broken",
            400,
            100,
            model
            | {
                "gen_ai.input.messages": CUT_OFF_MESSAGES,
                "gen_ai.output.messages": json.dumps(
                    [17, None, {"role": 5, "parts": "x"}, {"parts": [None]}]
                ),
            },
        ),
        one(
            TOOL,
            "execute_tool get_weather",
            700,
            20,
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "get_weather",
                "gen_ai.tool.call.arguments": '{"city":"Paris"}',
                "gen_ai.tool.call.result": '{"degrees":21}',
            },
        ),
        one(
            QUEUED,
            "publish order",
            720,
            5,
            {"messaging.system": "rabbitmq", "messaging.destination.name": "o"},
            kind=4,
        ),
        one(WIDE, "ten thousand attributes", 730, 5, {f"wide.key.{n}": f"value {n}" for n in range(10_000)}),
        one(
            LONG,
            "long values",
            740,
            5,
            {
                "long.text": "word " * 20_000,
                "long.unbroken": "x" * 100_000,
                "long.lines": "line\n" * 500,
                "number.huge": str(HUGE),
            },
        ),
        one(
            HOSTILE_SPAN,
            HOSTILE + RTL,
            750,
            5,
            {
                HOSTILE: HOSTILE,
                "rtl": RTL,
                "http.request.method": HOSTILE,
                "http.response.status_code": HOSTILE,
                "url.full": "javascript:window.harmed='url'",
                "sonde.run.id": "r",
                "sonde.run.url": "javascript:window.harmed='run'",
                "db.system.name": HOSTILE,
                "db.query.text": f"SELECT '{HOSTILE}' -- {HOSTILE}",
                "gen_ai.system": HOSTILE,
                "gen_ai.prompt.0.role": HOSTILE,
                "gen_ai.prompt.0.content": HOSTILE,
                "code.file.path": "javascript:window.harmed='code'",
                "exception.type": HOSTILE,
                "exception.stacktrace": HOSTILE_STACK,
            },
            events=[{"name": HOSTILE, "timeUnixNano": "1", "attributes": attributes({HOSTILE: HOSTILE})}],
            status={"code": 2, "message": HOSTILE},
        ),
        one(ORPHAN, "orphan", 760, 5, {}) | {"parentSpanId": "00000000000000ff", "traceState": "ot=th:e"},
        one(RUNNING, "still running", 770, 0, {}) | {"endTimeUnixNano": "0"},
    ]
    linking = span(OTHER_TRACE, LINKING, "", "consume batch", start, 20, kind=5)
    return {
        "resourceSpans": [
            of_service("orders", *spans),
            of_service("worker", linking | {"links": [{"traceId": TRACE, "spanId": QUEUED}]}),
        ]
    }


def logs(now_ns: int) -> Json:
    """Log records of those spans."""
    start = now_ns - 2_000_000_000
    failure = record(TRACE, HTTP, start + 30_000_000, "ERROR", "the bank refused\nfor the second time")
    said = record(TRACE, LOGGED_CHAT, start + 410_000_000, "INFO", json.dumps({"content": "Said in a log"}))
    answered = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "So I see"}}
    choice = record(TRACE, LOGGED_CHAT, start + 420_000_000, "INFO", json.dumps(answered))
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": attributes({"service.name": "orders"})},
                "scopeLogs": [
                    {
                        "logRecords": [
                            record(TRACE, HTTP, start + 15_000_000, "INFO", "asking the bank"),
                            failure
                            | {
                                "eventName": "bank.refused",
                                "attributes": attributes(
                                    {
                                        "bank": "first",
                                        "exception.type": "Refused",
                                        "exception.stacktrace": PYTHON_STACK,
                                    }
                                ),
                            },
                            said | {"eventName": "gen_ai.user.message"},
                            choice | {"eventName": "gen_ai.choice"},
                            record(TRACE, HOSTILE_SPAN, start + 751_000_000, "WARN", HOSTILE + RTL),
                        ]
                    }
                ],
            }
        ]
    }


def attributes(values: dict[str, Any]) -> list[Json]:
    """Attributes of any type."""
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    return {"stringValue": str(value)}
