"""AI calls of several providers as instrumentations tell them, among spans that are of none.

Seven in ten traces have AI calls: a request that asks a model once; one that asks twice at the same time,
below a span of its own; and an agent that asks, runs a tool and asks again. Of three in ten of these the
spans around the calls come in a later request, as they end after them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bench.server_process import SondeServer

MODELS: Final = (
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("gcp.gemini", "gemini-2.5-flash"),
    ("mistral_ai", "mistral-small-latest"),
    ("openai", "house-model-7"),
)
CALLS_OF_A_SESSION: Final = 20
USERS: Final = 5_000
SPANS_A_REQUEST: Final = 5_000
# What waits in the journal is then stored before more comes, however busy the machine.
_REQUESTS_A_FLUSH: Final = 10
_AI_TRACES: Final = 0.7
_LATE: Final = 0.3
_FAILING: Final = 0.02
_CUT_OFF: Final = 0.01
_MS: Final = 1_000_000
_WORDS: Final = ("what", "is", "the", "weather", "in", "Bern", "and", "was", "it", "before", "we", "came")


@dataclass
class Loaded:
    """What was sent. `ai_spans`: agents and tools too; `calls`: of models, each once."""

    spans: int = 0
    ai_spans: int = 0
    calls: int = 0
    sessions: list[str] = field(default_factory=list[str])


def send_ai_calls(server: SondeServer, spans: int, start_ns: int, period_ns: int) -> Loaded:
    """Sends about so many spans, evenly over the period."""
    loaded = Loaded()
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for number, body in enumerate(_Load(loaded, spans, start_ns, period_ns).requests()):
            if number % _REQUESTS_A_FLUSH == 0:
                server.flush()
            client.post(
                "/v1/traces", content=body, headers={"content-type": "application/x-protobuf"}
            ).raise_for_status()
    server.flush()
    return loaded


class _Load:
    def __init__(self, loaded: Loaded, spans: int, start_ns: int, period_ns: int) -> None:
        self._rng = random.Random(13)
        self._loaded, self._wanted = loaded, spans
        self._start_ns, self._step_ns = start_ns, period_ns // spans
        self._now: list[Span] = []
        self._later: list[Span] = []

    def requests(self) -> Iterator[bytes]:
        while self._loaded.spans < self._wanted or self._later:
            self._now, self._later = self._later, []
            while len(self._now) < SPANS_A_REQUEST and self._loaded.spans < self._wanted:
                self._trace()
            request = ExportTraceServiceRequest()
            around = request.resource_spans.add()
            around.resource.attributes.append(_attribute("service.name", "assistant"))
            scope = around.scope_spans.add(spans=self._now)
            scope.scope.name = "opentelemetry.instrumentation.genai"
            yield request.SerializeToString()

    def _trace(self) -> None:
        rng = self._rng
        trace_id, root, below = rng.randbytes(16), rng.randbytes(8), rng.randbytes(8)
        at_ns = self._start_ns + self._loaded.spans * self._step_ns
        is_ai = rng.random() < _AI_TRACES
        outer = self._later if is_ai and rng.random() < _LATE else self._now
        for place in range(rng.randrange(1, 5)):
            said = [_attribute("step", place), _attribute("db.system.name", "postgresql")]
            self._add(self._now, trace_id, rng.randbytes(8), root, f"step_{place}", at_ns, 20, said)
        belonging: list[KeyValue] = []
        if is_ai:
            belonging = self._belonging()
            shape = rng.randrange(3)
            if shape == 0:
                self._call(trace_id, below, at_ns + 50 * _MS, belonging)
            elif shape == 1:
                for _ in range(2):
                    self._call(trace_id, below, at_ns + 50 * _MS, belonging)
            else:
                self._agent(outer, trace_id, below, at_ns + 50 * _MS, belonging)
        self._add(outer, trace_id, below, root, "answer", at_ns + 25 * _MS, 6_000, belonging)
        if rng.random() < 0.1:
            belonging = [*belonging, _attribute("sonde.entity.ticket", f"t_{rng.randrange(2_000)}")]
        told = [_attribute("http.request.method", "POST"), _attribute("http.route", "/ask"), *belonging]
        self._add(outer, trace_id, root, b"", "POST /ask", at_ns, 6_100, told)

    def _belonging(self) -> list[KeyValue]:
        sessions = self._loaded.sessions
        if self._loaded.calls >= CALLS_OF_A_SESSION * len(sessions):
            sessions.append(f"conv_{len(sessions):06}")
        number = self._rng.randrange(max(0, len(sessions) - 6), len(sessions))
        return [
            _attribute("gen_ai.conversation.id", sessions[number]),
            _attribute("user.id", f"usr_{number % USERS}"),
        ]

    def _agent(
        self, outer: list[Span], trace_id: bytes, parent: bytes, at_ns: int, belonging: list[KeyValue]
    ) -> None:
        agent = self._rng.randbytes(8)
        tokens = [self._call(trace_id, agent, at_ns + after * _MS, belonging) for after in (10, 2_600)]
        tool = [
            _attribute("gen_ai.operation.name", "execute_tool"),
            _attribute("gen_ai.tool.name", "weather"),
        ]
        tool_id = self._rng.randbytes(8)
        self._add(self._now, trace_id, tool_id, agent, "execute_tool", at_ns + 2_300 * _MS, 200, tool)
        sums = [
            _attribute("gen_ai.operation.name", "invoke_agent"),
            _attribute("gen_ai.provider.name", "openai"),
            _attribute("gen_ai.request.model", "gpt-4o"),
            _attribute("gen_ai.usage.input_tokens", sum(each[0] for each in tokens)),
            _attribute("gen_ai.usage.output_tokens", sum(each[1] for each in tokens)),
            *belonging,
        ]
        self._add(outer, trace_id, agent, parent, "invoke_agent", at_ns, 5_000, sums)
        self._loaded.ai_spans += 2

    def _call(self, trace_id: bytes, parent: bytes, at_ns: int, belonging: list[KeyValue]) -> tuple[int, int]:
        rng = self._rng
        provider, model = rng.choice(MODELS)
        input_tokens, output_tokens = rng.randrange(50, 8_000), rng.randrange(5, 1_500)
        failed = rng.random() < _FAILING
        told = [
            _attribute("gen_ai.operation.name", "chat"),
            _attribute("gen_ai.provider.name", provider),
            _attribute("gen_ai.request.model", model),
            _attribute("gen_ai.response.model", model),
            _attribute("gen_ai.response.id", f"chatcmpl-{rng.randbytes(12).hex()}"),
            _attribute("gen_ai.usage.input_tokens", input_tokens),
            _attribute("gen_ai.usage.output_tokens", output_tokens),
            _attribute("gen_ai.usage.cache_read.input_tokens", input_tokens // 3),
            _attribute("gen_ai.response.finish_reasons", ["length" if rng.random() < _CUT_OFF else "stop"]),
            _attribute("gen_ai.input.messages", self._message("user")),
            _attribute("gen_ai.output.messages", self._message("assistant")),
            *belonging,
            *([_attribute("error.type", "RateLimitError")] if failed else []),
        ]
        took_ms = rng.randrange(200, 2_200)
        self._add(
            self._now,
            trace_id,
            rng.randbytes(8),
            parent,
            f"chat {model}",
            at_ns,
            took_ms,
            told,
            failed=failed,
        )
        self._loaded.ai_spans += 1
        self._loaded.calls += 1
        return input_tokens, output_tokens

    def _message(self, role: str) -> str:
        said = " ".join(self._rng.choices(_WORDS, k=40))
        return f'[{{"role": "{role}", "parts": [{{"type": "text", "content": "{said}"}}]}}]'

    def _add(
        self,
        into: list[Span],
        trace_id: bytes,
        span_id: bytes,
        parent: bytes,
        name: str,
        at_ns: int,
        took_ms: int,
        attributes: list[KeyValue],
        *,
        failed: bool = False,
    ) -> None:
        span = Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_span_id=parent,
            name=name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=at_ns,
            end_time_unix_nano=at_ns + took_ms * _MS,
            attributes=attributes,
        )
        if failed:
            span.status.code = 2  # pyright: ignore[reportAttributeAccessIssue] -- error
        into.append(span)
        self._loaded.spans += 1


def _attribute(key: str, value: str | int | list[str]) -> KeyValue:
    if isinstance(value, list):
        texts = ArrayValue(values=[AnyValue(string_value=each) for each in value])
        return KeyValue(key=key, value=AnyValue(array_value=texts))
    said = AnyValue(int_value=value) if isinstance(value, int) else AnyValue(string_value=value)
    return KeyValue(key=key, value=said)
