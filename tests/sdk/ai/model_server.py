"""A stand-in for the HTTP APIs of Google, OpenAI and Anthropic: their wire formats, no model.

Every answer is "Hello there" and has the same tokens: 1000 in (600 of them from a cache), 50 out and, where
the API tells of thinking, 20 more (or of the 50) for that.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]

DELAY_S = 0.05
WORDS = ("Hello", " there")


@dataclass
class ModelServer:
    """`status` is what is answered next; `requests` are the bodies that came, with their paths."""

    url: str = ""
    status: int = 200
    requests: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])


def google(body: Json) -> list[Json]:
    """Parts of a streamed answer of the Gemini API; the last one alone has the tokens."""
    asks_for_tool = "tools" in body and len(body["contents"]) == 1
    call: Json = {"functionCall": {"name": "weather", "args": {"city": "Bern"}}}
    texts: list[Json] = [call] if asks_for_tool else [{"text": word} for word in WORDS]
    parts: list[Json] = [
        {"candidates": [{"content": {"role": "model", "parts": [text]}, "index": 0}]} for text in texts
    ]
    parts[-1]["candidates"][0]["finishReason"] = "STOP"
    parts[-1]["usageMetadata"] = {
        "promptTokenCount": 1000,
        "cachedContentTokenCount": 600,
        "candidatesTokenCount": 50,
        "thoughtsTokenCount": 20,
        "totalTokenCount": 1070,
    }
    return [{**part, "modelVersion": "gemini-2.5-flash", "responseId": "r1"} for part in parts]


def google_whole(body: Json) -> Json:
    """The same in one."""
    parts = google(body)
    content = [part["candidates"][0]["content"]["parts"][0] for part in parts]
    candidate = {**parts[-1]["candidates"][0], "content": {"role": "model", "parts": content}}
    return {**parts[-1], "candidates": [candidate]}


OPENAI_USAGE: Json = {
    "prompt_tokens": 1000,
    "completion_tokens": 70,
    "total_tokens": 1070,
    "prompt_tokens_details": {"cached_tokens": 600},
    "completion_tokens_details": {"reasoning_tokens": 20},
}


def openai_whole(body: Json) -> Json:
    """An answer of OpenAI's chat completions."""
    message: Json = {"role": "assistant", "content": "".join(WORDS)}
    asks_for_tool = "tools" in body and body["messages"][-1]["role"] != "tool"
    if asks_for_tool:
        function = {"name": "weather", "arguments": '{"city":"Bern"}'}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        }
    reason = "tool_calls" if asks_for_tool else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": OPENAI_USAGE,
    }


def openai_parts(body: Json) -> list[Json]:
    """The same streamed; the tokens come last and only if asked for."""
    start: Json = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-mini-2024-07-18",
    }
    parts: list[Json] = [
        {**start, "choices": [{"index": 0, "delta": {"role": "assistant", "content": word}}]}
        for word in WORDS
    ]
    parts[-1]["choices"][0]["finish_reason"] = "stop"
    if body.get("stream_options", {}).get("include_usage"):
        parts.append({**start, "choices": [], "usage": OPENAI_USAGE})
    return parts


def openai_response(body: Json) -> Json:
    """An answer of OpenAI's responses."""
    content = {"type": "output_text", "text": "".join(WORDS), "annotations": []}
    message = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [content],
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "gpt-4o-mini-2024-07-18",
        "output": [{**message, "content": [content]}],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 1000,
            "input_tokens_details": {"cached_tokens": 600},
            "output_tokens": 70,
            "output_tokens_details": {"reasoning_tokens": 20},
            "total_tokens": 1070,
        },
    }


def anthropic_whole(body: Json) -> Json:
    """A message of Anthropic's: it counts what the cache gave apart."""
    content: list[Json] = [{"type": "text", "text": "".join(WORDS)}]
    if "tools" in body:
        content = [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bern"}}]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": content,
        "stop_reason": "tool_use" if "tools" in body else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 300,
            "cache_read_input_tokens": 600,
            "cache_creation_input_tokens": 100,
            "output_tokens": 70,
        },
    }


def anthropic_parts(body: Json) -> list[Json]:
    """The same streamed."""
    whole = anthropic_whole(body)
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    deltas: list[Json] = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        for word in WORDS
    ]
    return [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *deltas,
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 70},
        },
        {"type": "message_stop"},
    ]


ERRORS: dict[int, str] = {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL"}


def failure(path: str, status: int) -> Json:
    """An error in the form of the API behind `path`."""
    if "/models/" in path:
        return {"error": {"code": status, "message": "no luck", "status": ERRORS[status]}}
    return {"type": "error", "error": {"type": "api_error", "message": "no luck", "code": "no_luck"}}


def answer(path: str, body: Json) -> Json | list[Json]:
    """One answer, or the parts of a streamed one."""
    if "/models/" in path:
        return google(body) if ":stream" in path else google_whole(body)
    if path == "/v1/chat/completions":
        return openai_parts(body) if body.get("stream") else openai_whole(body)
    if path == "/v1/responses":
        whole = openai_response(body)
        started: Json = {"type": "response.created", "sequence_number": 0, "response": whole}
        ended: Json = {"type": "response.completed", "sequence_number": 1, "response": whole}
        return [started, ended] if body.get("stream") else whole
    if path == "/v1/embeddings":
        vector = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
        usage = {"prompt_tokens": 1000, "total_tokens": 1000}
        return {"object": "list", "data": [vector], "model": "text-embedding-3-small", "usage": usage}
    return anthropic_parts(body) if body.get("stream") else anthropic_whole(body)


def events(path: str, parts: Iterable[Json]) -> Generator[bytes]:
    """Server-sent events, a while apart."""
    for part in parts:
        time.sleep(DELAY_S)
        name = f"event: {part['type']}\n" if "type" in part else ""
        yield f"{name}data: {json.dumps(part)}\n\n".encode()
    if path == "/v1/chat/completions":
        yield b"data: [DONE]\n\n"


@contextmanager
def running_model_server() -> Generator[ModelServer]:
    """A stand-in on 127.0.0.1 until the block ends."""
    model = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body: Json = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path = self.path.partition("?")[0]
            model.requests.append((path, body))
            failed = model.status != 200
            answered = failure(path, model.status) if failed else answer(path, body)
            self.send_response(model.status)
            if isinstance(answered, list):
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for event in events(path, answered):
                    self.wfile.write(event)
                    self.wfile.flush()
                return
            encoded = json.dumps(answered).encode()
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
