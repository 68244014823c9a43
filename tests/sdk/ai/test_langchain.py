"""LangChain around a client: one span a call, with what both know."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from typing import Any

import openai
import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from tests.sdk.ai.model_server import ModelServer, running_model_server

import sonde
from sonde.sdk.instrument import switch_off, switch_on
from sonde.sdk.instrument.genai import normalise
from sonde.testing import Capture, capture


class ChatModel(BaseChatModel):
    """A chat model as the packages for providers have them, on the client of OpenAI."""

    client: Any
    model_name: str = "gpt-4o-mini"

    @property
    def _llm_type(self) -> str:
        return "openai-chat"

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        return {"ls_provider": "openai", "ls_model_name": self.model_name, "ls_model_type": "chat"}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = [{"role": "user", "content": message.text} for message in messages]
        answer = self.client.chat.completions.create(model=self.model_name, messages=asked)
        message = AIMessage(
            content=answer.choices[0].message.content, response_metadata={"model_name": answer.model}
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.fixture
def model() -> Generator[ModelServer]:
    with running_model_server() as running:
        yield running


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> Generator[Capture]:
    monkeypatch.setattr("sonde.sdk.instrument.genai._paid_below", OrderedDict())
    with capture() as captured:
        try:
            assert {"openai", "langchain"} <= set(switch_on(["openai", "langchain"]).on)
            yield captured
        finally:
            switch_off()


def test_a_call_through_langchain_is_one_span_with_tokens_and_cost(
    model: ModelServer, captured: Capture
) -> None:
    chat = ChatModel(client=openai.OpenAI(api_key="x", base_url=f"{model.url}/v1"))

    with sonde.conversation("c1", "u1"):
        assert chat.invoke("Hi").text == "Hello there"

    (span,) = captured.spans
    found = normalise(span).attributes or {}
    assert span.name == "chat gpt-4o-mini"
    assert (found["gen_ai.provider.name"], found["gen_ai.conversation.id"]) == ("openai", "c1")
    assert found["gen_ai.usage.input_tokens"] == 1000
    assert found["gen_ai.usage.cost"] == pytest.approx((400 * 0.15 + 600 * 0.075 + 70 * 0.60) / 1e6)


def test_a_failing_call_through_langchain_is_one_failed_span(model: ModelServer, captured: Capture) -> None:
    model.status = 429
    chat = ChatModel(client=openai.OpenAI(api_key="x", base_url=f"{model.url}/v1", max_retries=0))

    with pytest.raises(openai.RateLimitError):
        chat.invoke("Hi")

    (span,) = captured.spans
    assert span.status.status_code.name == "ERROR"
    assert (span.attributes or {})["error.type"] == "openai.RateLimitError"
