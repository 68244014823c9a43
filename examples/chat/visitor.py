"""Somebody who asks by the same ways as the page, without a browser.

python visitor.py --chat http://127.0.0.1:8080 [--pause 20]
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import time

import httpx
import socketio
from opentelemetry.trace import StatusCode
from socketio.exceptions import SocketIOError

import sonde

QUESTIONS = ("What is a span?", "What does it mean: latency?", "How do I read a trace?", "Are you busy?")
ANSWER_WITHIN_S = 30
USER = "usr_visitor"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chat", required=True, help="address of the chat")
    parser.add_argument("--pause", type=float, default=20, help="seconds between two questions")
    options = parser.parse_args()

    sonde.configure(service_name="chat-visitor", service_version="1.0.0", environment="demo")
    web = httpx.Client(base_url=options.chat)
    chat = sonde.instrument_socketio(socketio.Client())
    chat.connect(options.chat, transports=["websocket"])
    conversation = ""
    for number in itertools.count():
        if number % len(QUESTIONS) == 0:
            conversation = f"conv_{secrets.token_hex(4)}"
        try:
            ask(web, chat, conversation, QUESTIONS[number % len(QUESTIONS)])
        except (httpx.HTTPError, SocketIOError) as error:
            print(f"no answer: {error!r}", flush=True)
        time.sleep(options.pause)


def ask(web: httpx.Client, chat: socketio.Client, conversation: str, text: str) -> None:
    """Keep a question by HTTP and have it answered over Socket.IO, in one trace."""
    with sonde.span("chat.send", {"gen_ai.conversation.id": conversation, "user.id": USER}) as span:
        message = {"conversation": conversation, "text": text}
        web.post("/api/messages", json=message).raise_for_status()
        answered = chat.call("chat.ask", (conversation, USER), timeout=ANSWER_WITHIN_S) or {}
        if "error" in answered:
            span.set_status(StatusCode.ERROR, answered["error"])


if __name__ == "__main__":
    main()
