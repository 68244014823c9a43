"""Usage of AI calls, in whatever order and however often their spans come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, trace_id

from sonde.query import ai_calls, ai_sessions, ai_usage
from sonde.query.search import columns_of, parse
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

RANGE = TimeRange(EPOCH_NS - HOUR, EPOCH_NS + HOUR)

CHAT: dict[str, str | int | float | bool] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 10,
}
AGENT = {**CHAT, "gen_ai.operation.name": "invoke_agent"}


def call(number: int, parent: int = 0, **how: object) -> S:
    """A call of trace 1 with 100 tokens in and 10 out."""
    said = {**CHAT, **_more(how.pop("more", {}))}
    return replace(S(1, number, parent, length=SECOND, attributes=said), **how)  # pyright: ignore[reportArgumentType]


def _more(said: object) -> Mapping[str, str | int | float | bool]:
    assert isinstance(said, Mapping)
    return said


def store(database: Database, *blocks: list[S]) -> None:
    """Each list as a block of its own, in turn."""
    for number, spans in enumerate(blocks):
        insert(database, request(spans), segment=(number + 1) << 22)


def counted(database: Database, text: str = "") -> tuple[int, int]:
    """Calls and tokens in."""
    total = ai_usage.usage(database, parse(text), RANGE, by="model", limit=10)["total"]
    return total["calls"], total["inputTokens"]


def test_a_call_counts_from_its_end_on(database: Database) -> None:
    store(database, [call(1, length=None)])
    assert counted(database) == (0, 0)
    insert(database, request([call(1)]), segment=5 << 22)
    assert counted(database) == (1, 100)
    # Its start, told once more, takes nothing back.
    insert(database, request([call(1, length=None)]), segment=6 << 22)
    assert counted(database) == (1, 100)


def test_of_a_span_that_came_twice_the_newest_counts(database: Database) -> None:
    store(
        database,
        [call(1), call(2, parent=1)],
        [call(1), call(2, parent=1, more={"gen_ai.usage.input_tokens": 300})],
    )
    assert counted(database) == (1, 300)
    answer = ai_calls.calls(database, parse(""), RANGE, sort="newest", limit=10)
    assert [each["inputTokens"] for each in answer["calls"]] == [300]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_what_lies_between_may_come_in_any_block(database: Database, order: tuple[int, ...]) -> None:
    """The agent, a span of the program's own in it, and the call in that."""
    parts = [
        [replace(call(1), attributes=AGENT)],
        [S(1, 2, 1, length=SECOND), S(1, 3, 2, length=SECOND)],
        [call(4, 3, at=10 * MS, length=SECOND // 2)],
    ]
    store(database, *(parts[place] for place in order))
    found = ai_usage.usage(database, parse(""), RANGE, by="operation", limit=10)["rows"]
    assert [(row["value"], row["calls"]) for row in found] == [("chat", 1)]


def test_in_one_block_the_way_up_leads_over_spans_of_the_program(database: Database) -> None:
    spans = [
        replace(call(1), attributes=AGENT),
        S(1, 2, 1),
        S(1, 3, 2),
        call(4, 3),
        S(1, 5, 4),
        call(6, 9, at=2 * SECOND),
        call(7, 6, at=2 * SECOND),
    ]
    store(database, spans)
    rows = database.query("SELECT SpanId, Above FROM ai_calls ORDER BY SpanId").rows
    assert [(int(span, 16), int(above or "0", 16)) for span, above in rows] == [
        (1, 0),
        (4, 1),
        (6, 9),
        (7, 6),
    ]
    assert counted(database) == (2, 200)


def test_what_names_a_tool_or_a_circle_of_parents_is_survived(database: Database) -> None:
    store(
        database,
        [S(1, 1, 2), S(1, 2, 1), call(3, 1), call(4, 4)],
        [S(1, 5, attributes={"gen_ai.operation.name": "execute_tool"}), call(6, 5)],
    )
    assert counted(database) == (3, 300)


def test_parallel_calls_below_spans_of_another_block_are_two(database: Database) -> None:
    store(database, [call(2, 9), call(3, 9)], [S(1, 9, 1, length=2 * SECOND), S(1, 1, length=2 * SECOND)])
    assert counted(database) == (2, 200)


def test_searches_find_the_same_by_columns_of_either_table(database: Database) -> None:
    store(
        database,
        [call(1, more={"user.id": "ada"}), call(2, service="billing", more={"user.id": "eve"}, error=True)],
    )
    assert columns_of(parse("service:billing -status:ok"), "spans") == {"ServiceName", "Status"}
    assert "" in columns_of(parse("service:billing user.id:eve"), "spans")
    for text, calls in {
        "service:billing": 1,
        "user.id:eve": 1,
        "service:billing user.id:ada": 0,
        "-service:billing": 1,
        f"trace:{trace_id(1)}": 2,
        "status:error OR user.id:ada": 2,
        "is:error": 1,
        "duration>2s": 0,
        "name:work": 2,
    }.items():
        assert counted(database, text)[0] == calls, text


def test_names_numbers_and_texts_of_any_kind_are_read(database: Database) -> None:
    odd: dict[str, str | int | float | bool] = {
        "gen_ai.system": "Vertex_AI",
        "llm.request.type": "COMPLETION",
        "gen_ai.usage.input_tokens": "many",
        "gen_ai.usage.prompt_tokens": 7,
        "gen_ai.usage.output_tokens": -3,
        "gen_ai.usage.cost": "0.5e-1",
        "gen_ai.response.finish_reasons": "ü" * 500,
        "error.type": "Boom",
        "session.id": "s1",
    }
    store(database, [S(1, 1, attributes=odd), S(1, 2, attributes={"gen_ai.usage.input_tokens": 5})])
    rows = database.query(
        "SELECT Provider, Operation, Kind, Input, Output, ToldCost, length(Finish), ErrorType, Conversation "
        "FROM ai_calls ORDER BY SpanId"
    ).rows
    assert rows == [
        ("gcp.vertex_ai", "text_completion", "call", 0, 0, 0.05, 400, "Boom", "s1"),
        ("", "", "call", 5, 0, 0.0, 0, "", ""),
    ]


def test_spans_of_no_ai_call_make_no_rows(database: Database) -> None:
    store(database, [S(1, 1), S(1, 2, attributes={"gen_ai.conversation.id": "c", "http.route": "/"})])
    assert database.query("SELECT count() FROM ai_calls").one() == (0,)


def test_a_conversation_has_the_newest_texts(database: Database) -> None:
    def told(text: str) -> dict[str, str]:
        said = f'[{{"role": "assistant", "parts": [{{"type": "text", "content": "{text}"}}]}}]'
        return {"gen_ai.conversation.id": "c", "gen_ai.output.messages": said}

    store(database, [call(1, more=told("at first"))], [call(1, more=told("in the end"))])
    [turn] = ai_sessions.get(database, "c", limit=10)["turns"]
    assert [part["text"] for message in turn["messages"] for part in message["parts"]] == ["in the end"]
