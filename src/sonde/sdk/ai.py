"""AI calls: a span with the attributes of the GenAI conventions, for a client without instrumentation.

The cost is added when the span is exported (`instrument.genai`), for these spans and for those of the
registry's instrumentations alike.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload

from opentelemetry.context import attach
from opentelemetry.trace import INVALID_SPAN, SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from sonde import semconv
from sonde.sdk import ai_content
from sonde.sdk.blocks import AlsoAsync
from sonde.sdk.complaints import complain
from sonde.sdk.current import leave, now
from sonde.sdk.inherited import inherit
from sonde.sdk.live import LiveSpan
from sonde.sdk.sampling import forced
from sonde.sdk.spans import Block
from sonde.sdk.values import text

Chunk = TypeVar("Chunk")
P = ParamSpec("P")


def ai_call(
    provider: str,
    model: str,
    *,
    operation: str = "chat",
    conversation_id: str | None = None,
    user_id: str | None = None,
    stream: bool = False,
    attributes: Mapping[str, AttributeValue] | None = None,
) -> AiCall:
    """A call of a model, as a span of `with` or `async with`.

    `provider` is a name of the GenAI conventions (`openai`, `anthropic`, `gcp.gemini`, `aws.bedrock`,
    `mistral_ai`, …), by which the price is found; `operation` is `chat`, `text_completion`,
    `embeddings`, `generate_content` or another. An exception of the block ends the span as failed, with
    `error.type`, and goes on unchanged. Sampling always keeps the call.

        with sonde.ai_call("mistral_ai", "mistral-small-latest", user_id="usr_1") as call:
            answer = post(...)
            call.usage(input_tokens=answer["tokens_in"], output_tokens=answer["tokens_out"])
    """
    return AiCall(provider, model, operation, conversation_id, user_id, stream, attributes or {})


@contextmanager
def conversation(conversation_id: str, user_id: str | None = None) -> Generator[None]:
    """Everything below belongs to this conversation, and to this user: AI calls, what they lead to, logs.

    Stays in this process; works around `await` as well.
    """
    entered = inherit(_belonging(conversation_id, user_id), now())
    token = attach(entered)
    try:
        yield
    finally:
        leave(token, entered)


def _survives(method: Callable[Concatenate[Any, P], None]) -> Callable[Concatenate[Any, P], None]:
    """A method that the program's own mistakes cannot make raise: they are logged, each once."""

    @wraps(method)
    def guarded(self: Any, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            complain("cannot record %s of an AI call: %s", method.__name__, error)

    return guarded


class AiCall(AlsoAsync):
    """One call of a model. Made by `sonde.ai_call`; none of its methods raises."""

    def __init__(
        self,
        provider: str,
        model: str,
        operation: str,
        conversation_id: str | None,
        user_id: str | None,
        stream: bool,
        attributes: Mapping[str, AttributeValue],
    ) -> None:
        self._attributes: dict[str, AttributeValue] = {
            **attributes,
            semconv.GEN_AI_OPERATION: text(operation),
            semconv.GEN_AI_PROVIDER: text(provider),
            semconv.GEN_AI_REQUEST_MODEL: text(model),
        }
        if stream:
            self._attributes[semconv.GEN_AI_REQUEST_STREAM] = True
        self._name = f"{text(operation)} {text(model)}" if model else text(operation)
        self._belonging = _belonging(conversation_id, user_id)
        self._span: LiveSpan = LiveSpan(INVALID_SPAN)
        self._started = 0.0
        self._first_token_s: float | None = None

    @property
    def span(self) -> LiveSpan:
        """The span, for attributes of one's own."""
        return self._span

    @_survives
    def usage(
        self,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
    ) -> None:
        """Tokens, as the provider counted them. The last value of each is the one that stays.

        `input_tokens` counts in what was read from and written to a cache, `output_tokens` what was spent
        on reasoning. Some providers report them apart (Anthropic's cache, Gemini's thoughts): add them.
        """
        for name, tokens in (
            (semconv.GEN_AI_INPUT_TOKENS, input_tokens),
            (semconv.GEN_AI_OUTPUT_TOKENS, output_tokens),
            (semconv.GEN_AI_CACHE_READ_TOKENS, cache_read_tokens),
            (semconv.GEN_AI_CACHE_WRITE_TOKENS, cache_write_tokens),
            (semconv.GEN_AI_REASONING_TOKENS, reasoning_tokens),
        ):
            if tokens is not None:
                self._set(name, int(tokens))

    @_survives
    def response(
        self,
        *,
        model: str | None = None,
        response_id: str | None = None,
        finish_reason: str | None = None,
    ) -> None:
        """What the provider said of its answer: the model that gave it, its id, why it ended."""
        if model is not None:
            self._set(semconv.GEN_AI_RESPONSE_MODEL, str(model))
        if response_id is not None:
            self._set(semconv.GEN_AI_RESPONSE_ID, str(response_id))
        if finish_reason is not None:
            self._set(semconv.GEN_AI_FINISH_REASONS, [str(finish_reason)])

    @_survives
    def cost(self, usd: float) -> None:
        """US dollars, where the provider itself says what the call cost; else they are computed."""
        self._set(semconv.GEN_AI_COST, float(usd))

    @_survives
    def first_token(self) -> None:
        """The first part of a streamed answer is here. Later calls change nothing."""
        if self._first_token_s is None:
            self._first_token_s = time.perf_counter() - self._started
            self._set(semconv.GEN_AI_REQUEST_STREAM, True)
            self._set(semconv.GEN_AI_TIME_TO_FIRST_CHUNK, self._first_token_s)

    @_survives
    def prompt(self, content: object, *, system: object = None) -> None:
        """What the model was asked: a text or messages. Recorded only where content was asked for."""
        self._content(semconv.GEN_AI_INPUT_MESSAGES, content, "user")
        if system is not None:
            options = ai_content.options()
            if options.capture:
                parts = [{"type": "text", "content": str(system)}]
                text = ai_content.bounded_json(parts, options.max_chars)
                self._set(semconv.GEN_AI_SYSTEM_INSTRUCTIONS, text)

    @_survives
    def completion(self, content: object) -> None:
        """What the model answered: a text or messages. Recorded only where content was asked for."""
        self._content(semconv.GEN_AI_OUTPUT_MESSAGES, content, "assistant")

    @_survives
    def failed(self, error: BaseException | str, message: str | None = None) -> None:
        """The call failed: an exception, or the code of an error that the provider returned without one."""
        if isinstance(error, BaseException):
            self._span.fail(error)
        else:
            self._set(semconv.ERROR_TYPE, str(error))
            self._span.set_status(Status(StatusCode.ERROR, message))

    @overload
    def stream(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]: ...
    @overload
    def stream(self, chunks: AsyncIterable[Chunk]) -> AsyncIterator[Chunk]: ...
    def stream(
        self, chunks: Iterable[Chunk] | AsyncIterable[Chunk]
    ) -> Iterator[Chunk] | AsyncIterator[Chunk]:
        """`chunks`, with the time until the first one recorded; anything else of them stays within reach."""
        if hasattr(chunks, "__aiter__"):
            return _TimedAsync(self, cast(AsyncIterable[Chunk], chunks))
        return _Timed(self, cast(Iterable[Chunk], chunks))

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        context = now()
        if self._belonging:
            context = inherit(self._belonging, context)
        attributes = {**self._attributes, **self._belonging}
        self._span = Block(self._name, attributes, SpanKind.CLIENT, (), False, forced(context), None)
        self._span.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Who stops reading a stream, or cancels, has not made the call fail.
        self._span.__exit__(kind, error, trace)

    def _set(self, name: str, value: AttributeValue) -> None:
        if self._span.is_recording():
            self._span.set_attribute(name, value)

    def _content(self, name: str, content: object, role: str) -> None:
        options = ai_content.options()
        if options.capture and self._span.is_recording():
            messages = ai_content.messages(content, role)
            self._span.set_attribute(name, ai_content.bounded_json(messages, options.max_chars))


class _Timed(Generic[Chunk]):
    """An iterator that tells its call of the first chunk."""

    def __init__(self, call: AiCall, chunks: Iterable[Chunk]) -> None:
        self._call, self._chunks, self._iterator = call, chunks, iter(chunks)

    def __iter__(self) -> Iterator[Chunk]:
        return self

    def __next__(self) -> Chunk:
        chunk = next(self._iterator)
        self._call.first_token()
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chunks, name)


class _TimedAsync(Generic[Chunk]):
    """An asynchronous iterator that tells its call of the first chunk."""

    def __init__(self, call: AiCall, chunks: AsyncIterable[Chunk]) -> None:
        self._call, self._chunks, self._iterator = call, chunks, aiter(chunks)

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self

    async def __anext__(self) -> Chunk:
        chunk = await anext(self._iterator)
        self._call.first_token()
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chunks, name)


def _belonging(conversation_id: str | None, user_id: str | None) -> dict[str, AttributeValue]:
    found = ((semconv.GEN_AI_CONVERSATION_ID, conversation_id), (semconv.USER_ID, user_id))
    return {name: text(value) for name, value in found if value is not None}
