"""`sonde.ai_call`, as a program uses it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator

import pytest

import sonde
from sonde.sdk import ai_content
from sonde.testing import Capture
from sonde.testing.assertions import duration_s


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Content is asked for, up to 200 characters."""
    monkeypatch.setenv(ai_content.VARIABLE, "")  # set by `choose`; put back for the tests that follow
    ai_content.choose(ai_content.ContentOptions(capture=True, max_chars=200))
    yield
    ai_content.choose(None)


def test_a_call_is_a_client_span_with_model_provider_tokens_and_cost(capture_telemetry: Capture) -> None:
    with sonde.ai_call("mistral_ai", "mistral-small", conversation_id="c1", user_id="u1") as call:
        call.usage(input_tokens=100, output_tokens=20, cache_read_tokens=60, reasoning_tokens=5)
        call.response(model="mistral-small-2506", response_id="r1", finish_reason="stop")

    span = capture_telemetry.span("chat mistral-small")
    assert span.kind.name == "CLIENT"
    attributes = dict(span.attributes or {})
    assert attributes.pop("code.file.path") == __file__
    assert {name: value for name, value in attributes.items() if not name.startswith("code.")} == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "mistral-small",
        "gen_ai.conversation.id": "c1",
        "user.id": "u1",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "gen_ai.response.model": "mistral-small-2506",
        "gen_ai.response.id": "r1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.cost": pytest.approx(0.000016),
    }


def test_what_happens_in_a_call_is_below_it_and_belongs_to_its_conversation(
    capture_telemetry: Capture,
) -> None:
    with sonde.ai_call("openai", "gpt-4o", conversation_id="c1", user_id="u1"), sonde.span("http"):
        pass
    with sonde.span("after"):
        pass

    below, after = capture_telemetry.span("http"), capture_telemetry.span("after")
    assert below.parent == capture_telemetry.span("chat gpt-4o").context
    assert (below.attributes or {})["gen_ai.conversation.id"] == "c1"
    assert after.parent is None
    assert "user.id" not in (after.attributes or {})


def test_a_conversation_is_on_everything_below_it(capture_telemetry: Capture) -> None:
    async def program() -> None:
        with sonde.conversation("c7", user_id="u7"):
            async with asyncio.TaskGroup() as group:
                group.create_task(ask("a"))
                group.create_task(ask("b"))

    async def ask(model: str) -> None:
        async with sonde.ai_call("openai", model):
            await asyncio.sleep(0)

    asyncio.run(program())

    for model in ("a", "b"):
        attributes = capture_telemetry.span(f"chat {model}").attributes or {}
        assert (attributes["gen_ai.conversation.id"], attributes["user.id"]) == ("c7", "u7")


def test_a_failing_call_has_error_type_and_status_and_raises_as_before(capture_telemetry: Capture) -> None:
    error = TimeoutError("no answer in 30 s")
    with pytest.raises(TimeoutError) as raised, sonde.ai_call("openai", "gpt-4o"):
        raise error

    assert raised.value is error
    span = capture_telemetry.span("chat gpt-4o")
    assert span.status.status_code.name == "ERROR"
    assert (span.attributes or {})["error.type"] == "TimeoutError"
    assert [event.name for event in span.events] == ["exception"]


def test_an_error_that_the_provider_returned_without_an_exception(capture_telemetry: Capture) -> None:
    with sonde.ai_call("openai", "gpt-4o") as call:
        call.failed("rate_limit_exceeded", "try again in 20 s")

    span = capture_telemetry.span("chat gpt-4o")
    assert (span.status.status_code.name, span.status.description) == ("ERROR", "try again in 20 s")
    assert (span.attributes or {})["error.type"] == "rate_limit_exceeded"


class Chunks:
    """A stream as clients have them: an iterator with more to it."""

    request_id = "req_1"

    def __iter__(self) -> Iterator[str]:
        time.sleep(0.05)
        yield "Hel"
        time.sleep(0.05)
        yield "lo"


def test_a_stream_tells_the_time_to_its_first_chunk(capture_telemetry: Capture) -> None:
    with sonde.ai_call("openai", "gpt-4o") as call:
        stream = call.stream(Chunks())
        assert "".join(stream) == "Hello"
        assert stream.request_id == "req_1"  # pyright: ignore[reportAttributeAccessIssue] -- of the stream within

    span = capture_telemetry.span("chat gpt-4o")
    attributes = span.attributes or {}
    first = attributes["gen_ai.response.time_to_first_chunk"]
    assert isinstance(first, float)
    assert 0.05 <= first < duration_s(span) - 0.04
    assert attributes["gen_ai.request.stream"] is True


def test_an_asynchronous_stream_does_as_well(capture_telemetry: Capture) -> None:
    async def chunks() -> AsyncIterator[int]:
        for number in range(3):
            await asyncio.sleep(0.03)
            yield number

    async def program() -> list[int]:
        async with sonde.ai_call("openai", "gpt-4o") as call:
            return [chunk async for chunk in call.stream(chunks())]

    assert asyncio.run(program()) == [0, 1, 2]
    span = capture_telemetry.span("chat gpt-4o")
    first = (span.attributes or {})["gen_ai.response.time_to_first_chunk"]
    assert isinstance(first, float)
    assert 0.03 <= first < duration_s(span) - 0.04


def test_a_generator_that_is_left_early_or_elsewhere_has_not_failed(
    capture_telemetry: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer() -> AsyncGenerator[int]:
        async with sonde.ai_call("openai", "gpt-4o", stream=True) as call:
            for number in range(10):
                call.first_token()
                yield number

    async def program() -> None:
        reading = answer()
        assert await anext(reading) == 0
        await asyncio.create_task(reading.aclose())

    asyncio.run(program())

    assert capture_telemetry.span("chat gpt-4o").status.status_code.name == "UNSET"
    assert caplog.records == []


def test_content_is_left_out_unless_asked_for(capture_telemetry: Capture) -> None:
    with sonde.ai_call("openai", "gpt-4o") as call:
        call.prompt("my secret")
        call.completion("I keep it")

    assert "secret" not in str(dict(capture_telemetry.span("chat gpt-4o").attributes or {}))


def test_content_that_is_asked_for_stands_in_the_form_of_the_conventions(
    content: None, capture_telemetry: Capture
) -> None:
    with sonde.ai_call("openai", "gpt-4o") as call:
        call.prompt([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, "and?"], system="Be kind")
        call.completion("Hello")

    attributes = capture_telemetry.span("chat gpt-4o").attributes or {}
    assert json.loads(str(attributes["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
        {"role": "user", "parts": [{"type": "text", "content": "and?"}]},
    ]
    assert json.loads(str(attributes["gen_ai.system_instructions"])) == [
        {"type": "text", "content": "Be kind"}
    ]
    assert json.loads(str(attributes["gen_ai.output.messages"])) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}
    ]


def test_a_message_without_a_text_beside_its_calls_of_tools_has_none(
    content: None, capture_telemetry: Capture
) -> None:
    with sonde.ai_call("openai", "gpt-4o") as call:
        call.prompt([{"role": "assistant", "content": None, "tool_calls": [{"id": "t1"}]}])

    attributes = capture_telemetry.span("chat gpt-4o").attributes or {}
    assert json.loads(str(attributes["gen_ai.input.messages"])) == [
        {"role": "assistant", "parts": [], "tool_calls": [{"id": "t1"}]}
    ]


def test_long_content_is_cut_with_a_mark_and_stays_json(content: None, capture_telemetry: Capture) -> None:
    with sonde.ai_call("openai", "gpt-4o") as call:
        call.prompt([{"role": "user", "content": "a" * 5000}])
        call.completion([{"role": "assistant", "content": "b"}] * 100)

    attributes = capture_telemetry.span("chat gpt-4o").attributes or {}
    (message,) = json.loads(str(attributes["gen_ai.input.messages"]))
    assert message["parts"][0]["content"].startswith("aaaa")
    assert "truncated" in message["parts"][0]["content"]
    assert len(str(attributes["gen_ai.input.messages"])) <= 200
    many = str(attributes["gen_ai.output.messages"])
    assert "assistant" in many
    assert "truncated" in many
    assert len(many) < 260


def test_wrong_use_is_said_once_and_survived(
    capture_telemetry: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    class Unwilling:
        def __str__(self) -> str:
            raise RuntimeError("no")

    with caplog.at_level(logging.WARNING, "sonde"), sonde.ai_call("openai", "gpt-4o") as call:
        for _ in range(2):
            call.usage(input_tokens="many")  # pyright: ignore[reportArgumentType] -- wrong on purpose
            call.response(model=Unwilling())  # pyright: ignore[reportArgumentType] -- wrong on purpose
            call.usage(tokens=3)  # pyright: ignore[reportCallIssue] -- wrong on purpose
    call.usage(input_tokens=1)

    assert len(capture_telemetry.spans) == 1
    assert 1 <= len(caplog.records) <= 3


def test_without_a_provider_a_call_costs_nothing_and_works() -> None:
    with sonde.ai_call("openai", "gpt-4o", user_id="u") as call:
        call.prompt("hello")
        assert list(call.stream([1, 2])) == [1, 2]
        call.usage(input_tokens=1)
