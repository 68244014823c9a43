r"""Writes `<emitter>.json` again: what instrumentations of others send of one conversation, as OTLP/JSON.

    python -m venv emitters && emitters/bin/pip install openai anthropic langchain-openai langgraph \
        openinference-instrumentation-{openai,anthropic,langchain} opentelemetry-exporter-otlp-proto-http \
        opentelemetry-instrumentation-{openai,anthropic,google-genai} google-genai
    emitters/bin/python -m tests.ai_messages.record [EMITTER ...]

    python -m venv older && older/bin/pip install 'openai<2' 'anthropic<0.60' \
        openinference-instrumentation-anthropic==0.1.17 \
        opentelemetry-instrumentation-{openai,anthropic}==0.40.9 \
        opentelemetry-instrumentation-openai-v2==2.1b0 'opentelemetry-exporter-otlp-proto-http<1.36'
    older/bin/python -m tests.ai_messages.record {openinference,openllmetry}_anthropic_2025 \
        openllmetry_openai_2025 opentelemetry_openai_2025

They are not installed for the tests: several of them want the same clients in other versions. Each emitter
runs in a process of its own, on the stand-in of the models' APIs; ids and times are what they were.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import nullcontext, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.sdk.ai.model_server import running_model_server

HERE = Path(__file__).parent

# emitter -> the client it speaks with, and the instrumentations that are on
EMITTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "openinference_openai": ("openai", ("openinference.instrumentation.openai:OpenAIInstrumentor",)),
    "openinference_anthropic": (
        "anthropic",
        ("openinference.instrumentation.anthropic:AnthropicInstrumentor",),
    ),
    "openinference_langchain": (
        "langchain",
        (
            "openinference.instrumentation.langchain:LangChainInstrumentor",
            "openinference.instrumentation.openai:OpenAIInstrumentor",
        ),
    ),
    "openllmetry_openai": ("openai", ("opentelemetry.instrumentation.openai:OpenAIInstrumentor",)),
    "openllmetry_anthropic": (
        "anthropic",
        ("opentelemetry.instrumentation.anthropic:AnthropicInstrumentor",),
    ),
    "opentelemetry_openai_2025": ("openai", ("opentelemetry.instrumentation.openai_v2:OpenAIInstrumentor",)),
    # Of 2025, with the names and the clients of then.
    "openinference_anthropic_2025": (
        "anthropic",
        ("openinference.instrumentation.anthropic:AnthropicInstrumentor",),
    ),
    "openllmetry_openai_2025": ("openai", ("opentelemetry.instrumentation.openai:OpenAIInstrumentor",)),
    "openllmetry_anthropic_2025": (
        "anthropic",
        ("opentelemetry.instrumentation.anthropic:AnthropicInstrumentor",),
    ),
    "opentelemetry_google": (
        "google",
        ("opentelemetry.instrumentation.google_genai:GoogleGenAiSdkInstrumentor",),
    ),
    # With what was said in log records.
    "opentelemetry_openai_events": (
        "openai",
        ("opentelemetry.instrumentation.genai.openai:OpenAIInstrumentor",),
    ),
    "opentelemetry_google_events": (
        "google",
        ("opentelemetry.instrumentation.google_genai:GoogleGenAiSdkInstrumentor",),
    ),
}
SYSTEM = "You know the weather."
ASKED = "What is the weather in Bern?"
TOOL: dict[str, Any] = {
    "name": "weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def ask_openai(url: str) -> None:
    """A call that asks for a tool, and the one that has its result."""
    from openai import OpenAI

    client = OpenAI(api_key="x", base_url=f"{url}/v1", max_retries=0)
    messages: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": ASKED}]
    tools: Any = [{"type": "function", "function": TOOL}]
    first = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=tools)
    messages.append(first.choices[0].message.model_dump(exclude_none=True))
    messages.append({"role": "tool", "tool_call_id": "call_1", "content": "21 degrees"})
    client.chat.completions.create(model="gpt-4o-mini", messages=messages)


def ask_anthropic(url: str) -> None:
    """The same of Anthropic's."""
    from anthropic import Anthropic

    client = Anthropic(api_key="x", base_url=url, max_retries=0)
    tools: Any = [{"name": "weather", "input_schema": TOOL["parameters"]}]
    messages: list[Any] = [{"role": "user", "content": ASKED}]
    model = "claude-sonnet-4-5"
    first = client.messages.create(model=model, system=SYSTEM, messages=messages, tools=tools, max_tokens=100)
    messages.append({"role": "assistant", "content": [block.model_dump() for block in first.content]})
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "21 degrees"}
    messages.append({"role": "user", "content": [result]})
    client.messages.create(model=model, system=SYSTEM, messages=messages, max_tokens=100)


def ask_google(url: str) -> None:
    """The same of Google's, which calls the tool itself."""
    from google import genai
    from google.genai import types

    def weather(city: str) -> str:
        """The weather of a city."""
        return "21 degrees"

    client = genai.Client(api_key="x", http_options=types.HttpOptions(base_url=url))
    config = types.GenerateContentConfig(system_instruction=SYSTEM, tools=[weather])
    client.models.generate_content(model="gemini-2.5-flash", contents=ASKED, config=config)


def ask_langchain(url: str) -> None:
    """An agent with the tool."""
    chat_openai: Any = import_module("langchain_openai").ChatOpenAI
    create_react_agent: Any = import_module("langgraph.prebuilt").create_react_agent

    def weather(city: str) -> str:
        """The weather of a city."""
        return "21 degrees"

    model = chat_openai(model="gpt-4o-mini", api_key="x", base_url=f"{url}/v1", max_retries=0)
    agent = create_react_agent(model, [weather], prompt=SYSTEM)
    agent.invoke({"messages": [("user", ASKED)]}, {"recursion_limit": 6})


def emit(emitter: str, model_url: str, collector_url: str) -> None:
    """What a process of its own does: the conversation, instrumented."""
    from opentelemetry import _logs, trace
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    resource = Resource({"service.name": emitter})
    provider, logger_provider = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{collector_url}/v1/traces")))
    logger_provider.add_log_record_processor(
        SimpleLogRecordProcessor(OTLPLogExporter(f"{collector_url}/v1/logs"))
    )
    trace.set_tracer_provider(provider)
    _logs.set_logger_provider(logger_provider)
    with suppress(ImportError):
        # In 2025 events had a provider of their own.
        set_provider: Any = import_module("opentelemetry._events").set_event_logger_provider
        set_provider(import_module("opentelemetry.sdk._events").EventLoggerProvider(logger_provider))
    client, instrumentors = EMITTERS[emitter]
    for named in instrumentors:
        module, _, name = named.partition(":")
        getattr(import_module(module), name)().instrument(skip_dep_check=True)
    if emitter.startswith("openinference"):
        belonging: Any = import_module("openinference.instrumentation").using_attributes(
            session_id="conv_1", user_id="usr_1"
        )
    else:
        belonging = nullcontext()
    tracer = trace.get_tracer("tests")
    with tracer.start_as_current_span("GET /weather"), belonging:
        ask = {
            "openai": ask_openai,
            "anthropic": ask_anthropic,
            "google": ask_google,
            "langchain": ask_langchain,
        }[client]
        ask(model_url)
    provider.shutdown()
    logger_provider.shutdown()


def record(emitter: str) -> None:
    """Run one emitter and write what it sent."""
    spans: list[Any] = []
    logs: list[Any] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("traces"):
                spans.extend(MessageToDict(ExportTraceServiceRequest.FromString(body))["resourceSpans"])
            else:
                logs.extend(MessageToDict(ExportLogsServiceRequest.FromString(body))["resourceLogs"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    with running_model_server() as model:
        subprocess.run(
            [sys.executable, "-m", "tests.ai_messages.record", "--emit", emitter, model.url,
             f"http://127.0.0.1:{collector.server_port}"],
            check=True,
            env=os.environ
            | {
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "EVENT_ONLY"
                if emitter.endswith("events")
                else "SPAN_ONLY"
                if emitter.endswith("google")
                else "true",
                "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT": "true" if emitter.endswith("events") else "",
                "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"
                if emitter.endswith(("google", "events"))
                else "",
                "TRACELOOP_TRACE_CONTENT": "true",
                "TRACELOOP_TELEMETRY": "false",
                "LANGSMITH_TRACING": "false",
            },
        )  # fmt: skip
    collector.shutdown()
    text = json.dumps({"resourceSpans": spans, "resourceLogs": logs}, indent=1, ensure_ascii=False)
    (HERE / f"{emitter}.json").write_text(text + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--emit"]:
        emit(*sys.argv[2:])
    else:
        for each in sys.argv[1:] or EMITTERS:
            record(each)
