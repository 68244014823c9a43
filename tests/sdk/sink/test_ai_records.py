"""AI calls and their tools become records by themselves, each once."""

from __future__ import annotations

from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram

ANTHROPIC = """
import json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
import sonde
sonde.configure()
import anthropic

class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
            "content": [{"type": "text", "text": "secret answer"}], "stop_reason": "end_turn",
            "stop_sequence": None, "usage": {"input_tokens": 11, "output_tokens": 7},
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass

server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = anthropic.Anthropic(api_key="k", base_url=f"http://127.0.0.1:{server.server_port}")
with sonde.correlation("corr_1"):
    client.messages.create(
        model="claude-sonnet-4-5", max_tokens=9, messages=[{"role": "user", "content": "secret"}]
    )
"""
OWN = """
TOOL = {"gen_ai.operation.name": "execute_tool"}
import sonde
sonde.configure()
with sonde.ai_call("mistral_ai", "mistral-small", conversation_id="c1", user_id="u1") as call:
    call.usage(input_tokens=3, output_tokens=4)
    with sonde.span("execute_tool weather", TOOL | {"gen_ai.tool.name": "weather"}):
        pass
try:
    with sonde.span("execute_tool search", TOOL | {"gen_ai.tool.name": "search"}):
        raise TimeoutError("slow")
except TimeoutError:
    pass
with sonde.span("embeddings m", {"gen_ai.operation.name": "embeddings"}):
    pass
"""
PRICED = """
import sonde
from opentelemetry.trace import SpanKind
sonde.configure()
with sonde.ai_call("openai", "gpt-4o") as call:
    call.usage(input_tokens=1000, output_tokens=1000)
with sonde.span("chat m", {"gen_ai.operation.name": "chat", "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o", "gen_ai.usage.prompt_tokens": 1000}, _kind=SpanKind.CLIENT):
    pass
sonde.record("chat", model="gpt-4o", provider="openai", input_tokens=1000, output_tokens=1000)
sonde.record("chat", model="no-such-model", provider="openai", input_tokens=1000)
sonde.record("chat", model="gpt-4o", provider="openai", input_tokens=1000, cost_usd=7.5)
"""
NESTED = """
import sonde
sonde.configure()
with sonde.span("chat outer", {"gen_ai.operation.name": "chat"}):
    with sonde.ai_call("openai", "gpt-4o"):
        pass
"""


def test_a_chat_of_an_instrumented_client_becomes_one_record(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(ANTHROPIC)
    (record,) = [each.record for each in collector.logs if each.record.event_name == "chat"]
    attributes = values(record.attributes)
    assert attributes["sonde.record.kind"] == "chat"
    assert attributes["sonde.record.name"] == "claude-sonnet-4-5-20250929"
    assert attributes["gen_ai.usage.input_tokens"] == 11
    assert attributes["gen_ai.usage.output_tokens"] == 7
    assert attributes["correlation.id"] == "corr_1"
    assert attributes["sonde.record.duration_ms"] > 0
    assert "secret" not in str(record)
    spans = {each.record.span_id: each.record for each in collector.spans}
    assert spans[record.span_id].trace_id == record.trace_id


def test_calls_and_tools_made_by_hand_become_records(collector: Collector, run_program: RunProgram) -> None:
    run_program(OWN)
    records = {
        (each.record.event_name, values(each.record.attributes)["sonde.record.name"]): values(
            each.record.attributes
        )
        for each in collector.logs
    }
    assert sorted(records) == [("chat", "mistral-small"), ("tool", "search"), ("tool", "weather")]
    assert records["chat", "mistral-small"]["gen_ai.conversation.id"] == "c1"
    assert records["chat", "mistral-small"]["user.id"] == "u1"
    assert records["tool", "weather"]["sonde.status"] == "success"
    assert records["tool", "search"]["sonde.status"] == "error"
    assert records["tool", "search"]["error.type"] == "TimeoutError"


def test_a_call_within_the_span_of_a_framework_is_one_chat(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(NESTED)
    names = [values(each.record.attributes)["sonde.record.name"] for each in collector.logs]
    assert names == ["gpt-4o"]


def test_a_chat_says_what_it_cost_as_its_span_does(collector: Collector, run_program: RunProgram) -> None:
    run_program(PRICED)
    spans = {each.record.span_id: values(each.record.attributes) for each in collector.spans}
    chats = [each.record for each in collector.logs]
    made = {chat.span_id: values(chat.attributes) for chat in chats if chat.span_id}
    by_hand = [values(chat.attributes) for chat in chats if not chat.span_id]

    assert made.keys() == spans.keys()
    assert len(made) == 2
    for span_id, chat in made.items():
        assert chat["gen_ai.usage.cost"] == spans[span_id]["gen_ai.usage.cost"] > 0
        assert chat["gen_ai.provider.name"] == "openai"
        assert chat["gen_ai.usage.input_tokens"] == 1000
    assert [chat.get("gen_ai.usage.cost") for chat in by_hand] == [
        max(chat["gen_ai.usage.cost"] for chat in made.values()),
        None,
        7.5,
    ]


def test_records_are_counted_and_timed_by_kind_and_component(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(
        """
import sonde
sonde.configure()
for number in range(3):
    sonde.record("tool", name="grep", duration_ms=1500, ok=number != 1, component="tool_telemetry")
sonde.record("command", name="build")
"""
    )
    metrics = {each.record.name: each.record for each in collector.metrics}
    count, duration = metrics["sonde.record.count"], metrics["sonde.record.duration"]
    counted = {
        tuple(sorted(values(point.attributes).items())): point.as_int for point in count.sum.data_points
    }
    tool = (("sonde.component", "tool_telemetry"), ("sonde.record.kind", "tool"))
    assert counted == {
        (*tool, ("sonde.status", "success")): 2,
        (*tool, ("sonde.status", "error")): 1,
        (("sonde.record.kind", "command"),): 1,
    }
    assert duration.unit == "s"
    assert sum(point.sum for point in duration.histogram.data_points) == 4.5
    assert list(duration.histogram.data_points[0].explicit_bounds)[:2] == [0.005, 0.01]
