"""Conversations whose messages came as log records, as real instrumentations send them."""

from __future__ import annotations

import time

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from tests.ai_messages import requests_of

from sonde.query import ai_sessions
from sonde.query.ai_answers import AiConversation
from sonde.store import Database
from sonde.testing import insert

SYSTEM = ("system", "text", "You know the weather.")
ASKED = ("user", "text", "What is the weather in Bern?")
ANSWER = ("assistant", "text", "Hello there")
OPENAI = [
    [SYSTEM, ASKED, ("assistant", "call", '{"city":"Bern"}')],
    [("tool", "result", "21 degrees"), ANSWER],
]


def stored(database: Database, emitter: str) -> tuple[ExportTraceServiceRequest, ExportLogsServiceRequest]:
    """What an emitter sent, its AI calls of the session `s`."""
    traces, logs = requests_of(emitter)
    for resource in traces.resource_spans:
        for span in (each for scope in resource.scope_spans for each in scope.spans):
            if any(each.key.startswith("gen_ai.") for each in span.attributes):
                session = AnyValue(string_value="s")
                span.attributes.append(KeyValue(key="gen_ai.conversation.id", value=session))
    insert(database, traces, received_at_ns=time.time_ns(), segment=1 << 22)
    insert(database, logs, received_at_ns=time.time_ns(), segment=2 << 22)
    return traces, logs


def said(conversation: AiConversation) -> list[list[tuple[str, str, str]]]:
    """Of each call what is new in it: who, of what kind, the text."""
    return [
        [
            (message["role"], part["kind"], part["text"])
            for message in turn["messages"]
            for part in message["parts"]
        ]
        for turn in conversation["turns"]
        if turn["kind"] == "call"
    ]


@pytest.mark.parametrize("emitter", ["opentelemetry_openai_2025", "opentelemetry_openai_events"])
def test_messages_in_log_records_make_the_conversation(database: Database, emitter: str) -> None:
    stored(database, emitter)
    whole = ai_sessions.get(database, "s", limit=10)
    assert said(whole) == OPENAI
    assert [turn["repeatedMessages"] for turn in whole["turns"]] == [0, 3]
    assert [m["isAnswer"] for turn in whole["turns"] for m in turn["messages"]] == [
        False, False, True, False, True,
    ]  # fmt: skip
    # The second page knows what the first one told.
    first = ai_sessions.get(database, "s", limit=1)
    then = ai_sessions.get(database, "s", limit=1, cursor=first["nextCursor"])
    assert [*said(first), *said(then)] == OPENAI


def test_a_record_that_tells_a_whole_call_is_read(database: Database) -> None:
    stored(database, "opentelemetry_google_events")
    [turn] = said(ai_sessions.get(database, "s", limit=10))
    assert turn[0][1:] == SYSTEM[1:]
    assert turn[1] == ASKED
    assert turn[-1][1:] == ANSWER[1:] or turn[-1][2] == " there"


def test_records_of_other_spans_and_of_other_names_say_nothing(database: Database) -> None:
    _, logs = stored(database, "opentelemetry_openai_2025")
    [first, *_] = logs.resource_logs[0].scope_logs[0].log_records
    other = ExportLogsServiceRequest()
    records = other.resource_logs.add().scope_logs.add().log_records
    for name, span_id in (("gen_ai.user.message", b"\x01" * 8), ("cache.hit", first.span_id)):
        record = records.add()
        record.CopyFrom(first)
        del record.attributes[:]
        record.event_name, record.span_id = name, span_id
        record.body.string_value = "nothing of it"
    insert(database, other, received_at_ns=time.time_ns(), segment=3 << 22)
    assert said(ai_sessions.get(database, "s", limit=10)) == OPENAI
