"""Usage, calls and sessions of AI calls, as real instrumentations told them and as a real server answers."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Generator, Mapping
from io import StringIO
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.ai_messages import EMITTERS, requests_of
from tests.api.cli_process import sonde

from sonde.query.ai_answers import AiCallList, AiConversation, AiSeries, AiSessionPage, AiUsage

SINCE = "1h"
ODD = "chats/2026 01/ü?#%2F&x=1"
MILLION = 10**6


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with what the emitters sent, and calls of our own below the component `support`."""
    made = SondeServer(tmp_path_factory.mktemp("ai") / "data")
    try:
        made.start()
        for emitter in EMITTERS:
            for signal, request in zip(("traces", "logs"), requests_of(emitter), strict=True):
                httpx.post(
                    f"{made.url}/v1/{signal}",
                    content=request.SerializeToString(),
                    headers={"content-type": "application/x-protobuf"},
                    timeout=30,
                ).raise_for_status()
        named = [{"key": "service.name", "value": {"stringValue": "support"}}]
        spans = {"resource": {"attributes": named}, "scopeSpans": [{"spans": _spans()}]}
        httpx.post(f"{made.url}/v1/traces", json={"resourceSpans": [spans]}, timeout=30).raise_for_status()
        made.flush()
        yield made
    finally:
        made.close()


def _spans() -> list[dict[str, Any]]:
    gpt = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
    chat = {"gen_ai.operation.name": "chat", **gpt}
    told = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
    return [
        # An agent that bears what the two calls below it took, one of them below a span of the program's own.
        _span(1, 1, 0, {"gen_ai.operation.name": "invoke_agent", **gpt, **_usage(2000, 200), **_of(ODD)}),
        _span(1, 2, 1, {**chat, **told, **_of(ODD)}),
        _span(1, 3, 1, {"sonde.entity.payment": "pym_1"}),
        _span(1, 4, 3, {**chat, **told, **_of(ODD), "gen_ai.response.finish_reasons": '["length"]'}),
        # A call whose tool asks a model itself is not told again by that.
        _span(2, 5, 0, {**chat, **told}),
        _span(2, 6, 5, {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up"}),
        _span(2, 7, 6, {**chat, **told}),
        # Anthropic's own count: what the cache gave is not in its input.
        _span(
            3,
            8,
            0,
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "anthropic",
                "gen_ai.response.model": "claude-sonnet-4-5",
                "gen_ai.usage.input_tokens": 300,
                "gen_ai.usage.cache_read_input_tokens": 600,
                "gen_ai.usage.cache_creation_input_tokens": 100,
                "gen_ai.usage.output_tokens": 70,
            },
        ),
        _span(4, 9, 0, {**chat, "gen_ai.request.model": "house-model-7", **told}),
        _span(5, 10, 0, chat, error="RateLimitError"),
        # Kept for four of its kind.
        _span(6, 11, 0, {**chat, **told, "user.id": "usr_w"}, state="ot=th:c"),
    ]


def _usage(input_tokens: int, output_tokens: int) -> dict[str, object]:
    return {"gen_ai.usage.input_tokens": input_tokens, "gen_ai.usage.output_tokens": output_tokens}


def _of(session: str) -> dict[str, object]:
    return {"gen_ai.conversation.id": session, "user.id": "usr_1"}


def _span(
    trace: int,
    number: int,
    parent: int,
    said: Mapping[str, object],
    *,
    error: str = "",
    state: str = "",
) -> dict[str, Any]:
    start = time.time_ns() - (60 - number) * 10**9
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "traceState": state,
        "name": f"span {number}",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + number * 10**6),
        "attributes": [
            {"key": key, "value": {"intValue": value} if isinstance(value, int) else {"stringValue": value}}
            for key, value in {**said, **({"error.type": error} if error else {})}.items()
        ],
        "status": {"code": 2, "message": f"{error}: slow down"} if error else {},
    }


@pytest.fixture
def env(server: SondeServer) -> dict[str, str]:
    return {"SONDE_URL": server.url}


def ask(server: SondeServer, path: str, code: int = 200, /, **params: Any) -> Any:
    answer = httpx.get(f"{server.url}/api/v1/ai{path}", params={"since": SINCE, **params}, timeout=60)
    assert answer.status_code == code, answer.text
    return answer.json()


def usage(server: SondeServer, by: str = "model", q: str = "service:support") -> dict[str, dict[str, Any]]:
    return {row["value"]: row for row in ask(server, "/usage", by=by, q=q)["rows"]}


# Two calls of 1000 tokens in (600 from the cache; Anthropic's also 100 into it) and 70 out; one of Gemini's.
OPENAI = 2 * (400 * 0.15 + 600 * 0.075 + 70 * 0.60) / MILLION
OPENAI_UNCACHED = 2 * (1000 * 0.15 + 70 * 0.60) / MILLION
CLAUDE = 2 * (300 * 3 + 600 * 0.30 + 100 * 3.75 + 70 * 15) / MILLION
GEMINI = (400 * 0.30 + 600 * 0.03 + 70 * 2.50) / MILLION


def test_messages_of_every_emitter_come_to_the_same_numbers(server: SondeServer) -> None:
    found = usage(server, "component", "-service:support")
    assert sorted(found) == EMITTERS
    for emitter, row in found.items():
        calls = 1 if "google" in emitter else 2
        assert row["calls"] == calls, emitter
        assert row["inputTokens"] == 1000 * calls, emitter
        assert row["outputTokens"] == 70 * calls, emitter
        # This one told of no cache.
        assert row["cachedTokens"] == (0 if emitter == "opentelemetry_openai_2025" else 600 * calls), emitter
        assert row["cacheWriteTokens"] == (100 * calls if "anthropic" in emitter else 0), emitter
        expected = (
            OPENAI_UNCACHED
            if emitter == "opentelemetry_openai_2025"
            else CLAUDE
            if "anthropic" in emitter
            else GEMINI
            if "google" in emitter
            else OPENAI
        )
        assert row["costUsd"] == pytest.approx(expected), emitter
    told_reasoning = {name for name, row in found.items() if row["reasoningTokens"]}
    assert told_reasoning == {
        "openinference_langchain", "openinference_openai", "openllmetry_openai", "opentelemetry_google",
        "opentelemetry_google_events", "opentelemetry_openai_events",
    }  # fmt: skip
    operations = usage(server, "operation", "-service:support")
    assert set(operations) == {"chat", "text_completion", "generate_content"}
    assert set(usage(server, "provider", "-service:support")) == {"openai", "anthropic", "gcp.gemini"}


def test_what_tells_a_call_again_is_not_counted(server: SondeServer) -> None:
    found = usage(server, "session")
    assert (found[ODD]["calls"], found[ODD]["inputTokens"]) == (2, 2000)
    by_tool = usage(server, q=f"trace:{2:032x}")["gpt-4o"]
    assert (by_tool["calls"], by_tool["inputTokens"]) == (2, 2000)
    # The agent alone is a search too: its calls are there all the same.
    assert usage(server, q=f"service:support span:{1:016x}") == {}


def test_cached_tokens_that_a_provider_counts_apart_are_counted_once(server: SondeServer) -> None:
    row = usage(server)["claude-sonnet-4-5"]
    assert (row["inputTokens"], row["cachedTokens"], row["cacheWriteTokens"]) == (1000, 600, 100)
    assert row["costUsd"] == pytest.approx(CLAUDE / 2)


def test_weights_of_sampling_and_unknown_models_and_failures_are_kept(server: SondeServer) -> None:
    weighted = usage(server, "user")["usr_w"]
    assert (weighted["calls"], weighted["inputTokens"]) == (4, 4000)
    assert weighted["costUsd"] == pytest.approx(4 * (1000 * 2.5 + 100 * 10) / MILLION)
    whole = ask(server, "/usage", q="service:support")
    [unknown] = whole["unknownModels"]
    assert (unknown["provider"], unknown["model"], unknown["calls"]) == ("openai", "house-model-7", 1)
    rows = {row["value"]: row for row in whole["rows"]}
    assert (rows["house-model-7"]["costUsd"], rows["house-model-7"]["unpricedCalls"]) == (None, 1)
    assert whole["total"]["errors"] == 1
    assert whole["total"]["calls"] == sum(row["calls"] for row in whole["rows"])
    assert whole["prices"]["package"] == "genai-prices"
    assert whole["prices"]["date"] > "2025"


def test_entities_of_the_trace_have_their_calls(server: SondeServer) -> None:
    found = ask(server, "/usage", by="entity", q="service:support")
    rows = {row["value"]: row for row in found["rows"]}
    assert rows["payment:pym_1"]["calls"] == 2
    assert found["total"]["calls"] == ask(server, "/usage", q="service:support")["total"]["calls"]


def test_answers_have_the_shapes_that_are_described(server: SondeServer) -> None:
    for path, shape in (
        ("/usage", AiUsage),
        ("/usage/series", AiSeries),
        ("/calls", AiCallList),
        ("/sessions", AiSessionPage),
        ("/sessions/conv_1", AiConversation),
    ):
        found = ask(server, path)
        assert TypeAdapter(shape).validate_python(found) == found
    series, total = ask(server, "/usage/series"), ask(server, "/usage")["total"]
    assert sum(series["calls"]) == total["calls"]
    assert sum(series["costUsd"]) == pytest.approx(total["costUsd"])
    assert "by" in ask(server, "/usage", 400, by="colour")["error"]["message"]


def test_calls_are_sorted_by_what_is_wrong_with_them(server: SondeServer) -> None:
    def spans(sort: str) -> list[int]:
        return [int(c["spanId"], 16) for c in ask(server, "/calls", sort=sort, q="service:support")["calls"]]

    assert spans("slow") == [11, 10, 9, 8, 7, 5, 4, 2]
    assert spans("failing") == [10]
    assert spans("truncated") == [4]
    # By the cost, then by the tokens of what has no price.
    assert spans("expensive") == [11, 7, 5, 4, 2, 8, 9]
    for call in ask(server, "/calls", sort="newest")["calls"]:
        of_trace = f"{server.url}/api/v1/traces/{call['traceId']}"
        assert httpx.get(f"{of_trace}/spans/{call['spanId']}").json()["costUsd"] == call["costUsd"]
    [failed] = ask(server, "/calls", sort="failing")["calls"]
    assert (failed["errorType"], failed["costUsd"]) == ("RateLimitError", None)


def test_a_session_is_a_conversation_in_pages(server: SondeServer) -> None:
    q = "service:openinference_openai"
    [listed] = ask(server, "/sessions", q=q)["sessions"]
    assert (listed["sessionId"], listed["calls"], listed["userId"]) == ("conv_1", 2, "usr_1")
    whole = ask(server, "/sessions/conv_1")
    said = [
        [(part["kind"], part["text"]) for message in turn["messages"] for part in message["parts"]]
        for turn in whole["turns"]
        if turn["service"] == "openinference_anthropic"
    ]
    assert said == [
        [
            ("text", "You know the weather."),
            ("text", "What is the weather in Bern?"),
            ("call", '{"city": "Bern"}'),
        ],
        [("result", "21 degrees"), ("text", "Hello there")],
    ]
    assert [turn["tool"] for turn in whole["turns"] if turn["kind"] == "tool"] == ["weather"]
    assert whole["costUsd"] == pytest.approx(sum(turn["costUsd"] or 0 for turn in whole["turns"]))
    first = ask(server, "/sessions/conv_1", limit=1)
    then = ask(server, "/sessions/conv_1", limit=100, cursor=first["nextCursor"])
    assert first["turns"] + then["turns"] == whole["turns"]
    ask(server, f"/sessions/{quote(ODD, safe='')}", 400, cursor=first["nextCursor"])
    pages = ask(server, "/sessions", limit=1)
    rest = ask(server, "/sessions", limit=1, cursor=pages["nextCursor"])
    assert {pages["sessions"][0]["sessionId"], rest["sessions"][0]["sessionId"]} == {ODD, "conv_1"}
    assert rest["nextCursor"] is None


def test_an_odd_session_is_found_and_an_unknown_one_is_not(server: SondeServer) -> None:
    found = ask(server, f"/sessions/{quote(ODD, safe='')}")
    assert [turn["spanId"] for turn in found["turns"]] == [f"{2:016x}", f"{4:016x}"]
    assert found["entities"] == [{"type": "payment", "id": "pym_1"}]
    error = ask(server, "/sessions/usr_1", 404)["error"]
    assert error["message"] == "no AI call of the session usr_1 is stored"


def test_the_commands_say_the_same(env: dict[str, str]) -> None:
    table = sonde("ai", "--by", "provider", "--since", SINCE, env=env)
    assert table.code == 0, table
    for part in ("gcp.gemini", "CACHED", "COST"):
        assert part in table.out
    for part in ("genai-prices", "no price is known of openai house-model-7"):
        assert part in table.err
    assert "house-model-7: 1 call\n" in table.err
    bogus = sonde("ai", "--by", "bogus", env=env)
    assert (bogus.code, "Value error" in bogus.err, "'bogus' is not one of" in bogus.err) == (2, False, True)
    rows = list(
        csv.DictReader(
            StringIO(sonde("ai", "--by", "user", "--format", "csv", "--since", SINCE, env=env).out)
        )
    )
    assert {row["value"] for row in rows} == {"", "usr_1", "usr_w"}
    slow = json.loads(
        sonde("ai", "calls", "--sort", "failing", "--format", "json", "--since", SINCE, env=env).out
    )
    assert [call["errorType"] for call in slow["calls"]] == ["RateLimitError"]
    good = json.loads(
        sonde("ai", "calls", "--sort", "slow", "--format", "json", "--since", SINCE, env=env).out
    )
    assert {call["status"] for call in good["calls"]} == {"success", "error"}
    assert "unset" not in sonde("ai", "calls", "--since", SINCE, env=env).out
    listed = sonde("ai", "sessions", "--since", SINCE, env=env)
    assert "conv_1" in listed.out
    shown = sonde("ai", "show", "conv_1", env=env)
    assert shown.code == 0, shown
    for part in (
        "What is the weather in Bern?",
        "[result] 21 degrees",
        "Hello there",
        "usr_1",
        "gpt-4o-mini",
    ):
        assert part in shown.out
    unknown = sonde("ai", "show", "nothing", env=env)
    assert (unknown.code, "no AI call of the session nothing" in unknown.err) == (1, True)
    assert sonde("ai", "-q", "service:nobody", env=env).code == 1
