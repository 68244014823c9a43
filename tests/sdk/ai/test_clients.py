"""The clients of Google, OpenAI and Anthropic on stand-ins of their APIs: all end in the same attributes."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import Any

import anthropic
import httpx
import langchain_core.callbacks
import openai
import pytest
from google import genai
from google.genai import types
from opentelemetry.sdk.trace import ReadableSpan
from tests.sdk.ai.model_server import DELAY_S, ModelServer, running_model_server

import sonde
from sonde.sdk import ai_content
from sonde.sdk.instrument import switch_off, switch_on
from sonde.sdk.instrument.genai import normalise
from sonde.testing import Capture, capture

# An instrumentation waits for the import of its library.
assert langchain_core.callbacks
NAMES = ["google-genai", "openai", "anthropic", "langchain"]
CLAUDE = "claude-sonnet-4-6"
ASKED: Any = [{"role": "user", "content": "Hi"}]
SCHEMA: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.fixture(scope="module")
def model() -> Generator[ModelServer]:
    """A stand-in of all three APIs."""
    with running_model_server() as running:
        yield running


@pytest.fixture
def captured(model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Generator[Capture]:
    """What the instrumented clients tell; content is left out."""
    model.status = 200
    # Ids of captured spans begin at 1 each time.
    monkeypatch.setattr("sonde.sdk.instrument.genai._paid_below", OrderedDict())
    ai_content.choose(ai_content.ContentOptions())
    with capture() as captured:
        try:
            report = switch_on(NAMES)
            assert set(NAMES) <= set(report.on)
            assert report.failed == {}
            yield captured
        finally:
            switch_off()
            ai_content.choose(None)


def spans(captured: Capture) -> list[ReadableSpan]:
    """Spans as they are exported, of AI calls alone; taken away, so that the next look sees the next."""
    found = [normalise(span) for span in captured.spans]
    captured.clear()
    return [span for span in found if "gen_ai.operation.name" in (span.attributes or {})]


def google_client(model: ModelServer) -> genai.Client:
    return genai.Client(api_key="x", http_options=types.HttpOptions(base_url=model.url))


def openai_client(model: ModelServer) -> openai.OpenAI:
    return openai.OpenAI(api_key="x", base_url=f"{model.url}/v1", max_retries=0)


def anthropic_client(model: ModelServer) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="x", base_url=model.url, max_retries=0)


Ask = Callable[[ModelServer], object]


def ask_google(model: ModelServer) -> str | None:
    with google_client(model) as client:
        return client.models.generate_content(model="gemini-2.5-flash", contents="Hi").text


def ask_openai(model: ModelServer) -> str | None:
    answer = openai_client(model).chat.completions.create(model="gpt-4o-mini", messages=ASKED)
    return answer.choices[0].message.content


def ask_openai_responses(model: ModelServer) -> str | None:
    return openai_client(model).responses.create(model="gpt-4o-mini", input="Hi").output_text


def ask_anthropic(model: ModelServer) -> str | None:
    message = anthropic_client(model).messages.create(model=CLAUDE, messages=ASKED, max_tokens=10)
    return "".join(block.text for block in message.content if block.type == "text")


def stream_google(model: ModelServer) -> str:
    with google_client(model) as client:
        chunks = client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hi")
        return "".join(chunk.text or "" for chunk in chunks)


def stream_openai(model: ModelServer) -> str:
    chunks = openai_client(model).chat.completions.create(
        model="gpt-4o-mini", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def stream_anthropic(model: ModelServer) -> str:
    with anthropic_client(model).messages.stream(model=CLAUDE, messages=ASKED, max_tokens=10) as stream:
        return "".join(stream.text_stream)


# US dollars for 1000 tokens in (600 from the cache; Anthropic also 100 into it) and 70 out.
GEMINI = (400 * 0.30 + 600 * 0.03 + 70 * 2.50) / 1e6
GPT = (400 * 0.15 + 600 * 0.075 + 70 * 0.60) / 1e6
SONNET = (300 * 3 + 600 * 0.30 + 100 * 3.75 + 70 * 15) / 1e6

PLAIN = [
    (ask_google, "gcp.gemini", "gemini-2.5-flash", GEMINI),
    (ask_openai, "openai", "gpt-4o-mini", GPT),
    (ask_openai_responses, "openai", "gpt-4o-mini", GPT),
    (ask_anthropic, "anthropic", CLAUDE, SONNET),
]
STREAMED = [
    (stream_google, "gcp.gemini", GEMINI),
    (stream_openai, "openai", GPT),
    (stream_anthropic, "anthropic", SONNET),
]


@pytest.mark.parametrize(("ask", "provider", "asked_for", "cost"), PLAIN)
def test_a_call_has_model_tokens_conversation_user_and_cost(
    model: ModelServer, captured: Capture, ask: Ask, provider: str, asked_for: str, cost: float
) -> None:
    with sonde.conversation("c1", user_id="u1"):
        assert ask(model) == "Hello there"

    (span,) = spans(captured)
    found = dict(span.attributes or {})
    assert span.kind.name == "CLIENT"
    assert found["gen_ai.provider.name"] == provider
    assert found["gen_ai.request.model"] == asked_for
    assert found["gen_ai.response.model"]
    assert found["gen_ai.response.finish_reasons"] == ("stop",)
    assert (found["gen_ai.conversation.id"], found["user.id"]) == ("c1", "u1")
    assert found["gen_ai.usage.input_tokens"] == 1000
    assert found["gen_ai.usage.cache_read.input_tokens"] == 600
    assert found["gen_ai.usage.output_tokens"] == 70
    if provider == "anthropic":
        assert found["gen_ai.usage.cache_write.input_tokens"] == 100
    else:
        assert found["gen_ai.usage.reasoning.output_tokens"] == 20
    assert found["gen_ai.usage.cost"] == pytest.approx(cost)
    assert "gen_ai.input.messages" not in found


@pytest.mark.parametrize(("ask", "provider", "cost"), STREAMED)
def test_a_streamed_call_has_the_same_and_the_time_to_its_first_chunk(
    model: ModelServer, captured: Capture, ask: Ask, provider: str, cost: float
) -> None:
    assert ask(model) == "Hello there"

    (span,) = spans(captured)
    found: dict[str, Any] = dict(span.attributes or {})
    assert found["gen_ai.request.stream"] is True
    assert found["gen_ai.response.time_to_first_chunk"] >= DELAY_S
    assert found["gen_ai.usage.output_tokens"] == 70
    assert found["gen_ai.usage.cost"] == pytest.approx(cost)


@pytest.mark.parametrize("status", [429, 500])
@pytest.mark.parametrize("ask", [ask_google, ask_openai, ask_anthropic, stream_google, stream_anthropic])
def test_a_failing_call_has_error_type_and_status(
    model: ModelServer, captured: Capture, ask: Ask, status: int
) -> None:
    model.status = status

    with pytest.raises(Exception, match=r".") as raised:
        ask(model)

    assert type(raised.value).__module__.partition(".")[0] in ("google", "openai", "anthropic")
    (span,) = spans(captured)
    assert span.status.status_code.name == "ERROR"
    assert (span.attributes or {})["error.type"]
    assert "gen_ai.usage.cost" not in (span.attributes or {})


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
def test_the_asynchronous_clients_too(model: ModelServer, captured: Capture) -> None:
    async def program() -> None:
        google = google_client(model).aio
        await google.models.generate_content(model="gemini-2.5-flash", contents="Hi")
        stream = await google.models.generate_content_stream(model="gemini-2.5-flash", contents="Hi")
        assert [chunk.text async for chunk in stream] == ["Hello", " there"]
        async with openai.AsyncOpenAI(api_key="x", base_url=f"{model.url}/v1") as client:
            await client.chat.completions.create(model="gpt-4o-mini", messages=ASKED)
        async with anthropic.AsyncAnthropic(api_key="x", base_url=model.url) as client:
            await client.messages.create(model=CLAUDE, messages=ASKED, max_tokens=10)
        await google.aclose()

    asyncio.run(program())

    costs = [(span.attributes or {})["gen_ai.usage.cost"] for span in spans(captured)]
    assert costs == pytest.approx([GEMINI, GEMINI, GPT, SONNET])


def test_embeddings_cost_what_goes_in(model: ModelServer, captured: Capture) -> None:
    openai_client(model).embeddings.create(model="text-embedding-3-small", input="x", encoding_format="float")

    (span,) = spans(captured)
    assert (span.attributes or {})["gen_ai.usage.cost"] == pytest.approx(1000 * 0.02 / 1e6)


def test_tools_are_told_and_called_in_spans(model: ModelServer, captured: Capture) -> None:
    def weather(city: str) -> str:
        """The weather of a city."""
        return f"sunny in {city}"

    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
    with google_client(model) as client:
        config = types.GenerateContentConfig(tools=[weather])
        client.models.generate_content(model="gemini-2.5-flash", contents="Will it rain?", config=config)
    openai_client(model).chat.completions.create(model="gpt-4o-mini", messages=ASKED, tools=[tool])
    anthropic_client(model).messages.create(
        model=CLAUDE, messages=ASKED, max_tokens=10, tools=[{"name": "weather", "input_schema": SCHEMA}]
    )

    found = spans(captured)
    executed = next(span for span in found if span.name == "execute_tool weather")
    assert (executed.attributes or {})["gen_ai.tool.name"] == "weather"
    assert "gen_ai.usage.cost" not in (executed.attributes or {})
    reasons = [(span.attributes or {}).get("gen_ai.response.finish_reasons") for span in found[-2:]]
    assert reasons == [("tool_calls",), ("tool_call",)]


@pytest.mark.parametrize("ask", [ask_google, ask_openai, ask_anthropic])
def test_prompts_and_completions_are_there_when_asked_for_and_long_ones_are_cut(
    model: ModelServer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ai_content.VARIABLE, "")
    monkeypatch.setattr("tests.sdk.ai.model_server.WORDS", ("Hello", " there", " dear" * 1000))
    ai_content.choose(ai_content.ContentOptions(capture=True, max_chars=500))
    with capture() as captured:
        try:
            switch_on(NAMES)
            ask(model)
            (span,) = spans(captured)
        finally:
            switch_off()
            ai_content.choose(None)

    found = span.attributes or {}
    asked = json.loads(str(found["gen_ai.input.messages"]))
    assert (asked[0]["role"], asked[0]["parts"][0]["content"]) == ("user", "Hi")
    answered = str(found["gen_ai.output.messages"])
    text = "".join(part["content"] for part in json.loads(answered)[0]["parts"])
    assert text.startswith("Hello there dear")
    assert "truncated" in text
    assert len(answered) <= 500


def test_a_model_that_no_one_knows_has_no_cost(model: ModelServer, captured: Capture) -> None:
    with sonde.ai_call("openai", "house-blend-7b") as call:
        call.usage(input_tokens=1000, output_tokens=10)
    with sonde.ai_call("nobody", "gpt-4o") as call:
        call.usage(input_tokens=1000, output_tokens=10)
    with sonde.ai_call("openai", "gpt-4o") as call:
        call.usage(input_tokens=10, cache_read_tokens=1000)
    with sonde.ai_call("openai", "gpt-4o"):
        pass

    assert ["gen_ai.usage.cost" in (span.attributes or {}) for span in spans(captured)] == [False] * 4


def test_a_call_by_hand_costs_the_same_and_what_its_provider_says_stands(
    model: ModelServer, captured: Capture
) -> None:
    with sonde.ai_call("openai", "gpt-4o-mini") as call:
        call.usage(input_tokens=1000, cache_read_tokens=600, output_tokens=70)
    with sonde.ai_call("openrouter", "anything") as call:
        call.usage(input_tokens=1000)
        call.cost(0.5)

    costs = [(span.attributes or {})["gen_ai.usage.cost"] for span in spans(captured)]
    assert costs == pytest.approx([GPT, 0.5])


def test_a_call_by_hand_around_a_client_is_not_paid_twice(model: ModelServer, captured: Capture) -> None:
    with sonde.ai_call("openai", "gpt-4o-mini") as call:
        ask_openai(model)
        call.usage(input_tokens=1000, output_tokens=70)

    inner, outer = spans(captured)
    assert "gen_ai.usage.cost" in (inner.attributes or {})
    assert "gen_ai.usage.cost" not in (outer.attributes or {})


def test_anthropic_counts_its_tokens_once_with_and_without_the_registrys_instrumentation(
    model: ModelServer, captured: Capture
) -> None:
    ask_anthropic(model)
    seen = [normalise(span) for span in captured.spans]
    assert [span.name for span in seen] == ["anthropic.messages.create", f"chat {CLAUDE}"]
    assert [bool((span.attributes or {}).get("gen_ai.usage.input_tokens")) for span in seen] == [False, True]

    switch_off()
    captured.clear()
    ask_anthropic(model)
    (span,) = spans(captured)
    found = span.attributes or {}
    assert span.name == "anthropic.messages.create"
    assert found["gen_ai.usage.cost"] == pytest.approx(SONNET)
    assert found["gen_ai.response.finish_reasons"] == ("stop",)


def test_names_of_earlier_conventions_are_taken_too(captured: Capture) -> None:
    old = {
        "gen_ai.system": "vertex_ai",
        "gen_ai.request.model": "gemini-2.5-flash",
        "gen_ai.usage.prompt_tokens": 1000,
        "gen_ai.usage.completion_tokens": 70,
        "enduser.id": "u1",
    }
    with pytest.raises(ZeroDivisionError), sonde.span("old", old):
        _ = 1 / 0

    span = normalise(captured.span("old"))
    found = span.attributes or {}
    assert found["gen_ai.provider.name"] == "gcp.vertex_ai"
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (1000, 70)
    assert found["user.id"] == "u1"
    assert found["error.type"] == "ZeroDivisionError"
    assert found["gen_ai.usage.cost"] == pytest.approx((1000 * 0.30 + 70 * 2.50) / 1e6)


def test_other_spans_are_left_as_they_are(captured: Capture) -> None:
    with sonde.span("query", {"db.system.name": "sqlite"}):
        pass

    assert normalise(captured.span("query")) is captured.span("query")


def test_the_stand_in_is_asked_over_http(model: ModelServer) -> None:
    """What the tests above rest on."""
    answer = httpx.post(f"{model.url}/v1/chat/completions", json={"model": "x", "messages": []})
    assert answer.json()["usage"]["total_tokens"] == 1070
