"""Three servers that share a Redis, one of them not traced, and their clients; prints what came of an event.

A program of its own: the threads that listen to Redis never end.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import socketio
from tests.sdk.socketio.servers import threaded, wait_for

import sonde
from sonde.testing import capture


def server(redis: str, *, traced: bool = True) -> Any:
    """A server of one event that everyone hears."""
    made: Any = socketio.Server(async_mode="threading", client_manager=socketio.RedisManager(redis))

    @made.event
    def connect(sid: str, environ: dict[str, Any]) -> None:
        made.enter_room(sid, "all")

    @made.on("say")
    def say(sid: str, *what: object) -> None:
        made.emit("said", what, room="all")

    return sonde.instrument_socketio(made) if traced else made


def client(url: str, heard: list[Any], *, traced: bool = True) -> Any:
    """A connected client that keeps what it hears."""

    def said(*words: object) -> None:
        heard.append([word.hex() if isinstance(word, bytes) else word for word in words])

    made: Any = socketio.Client()
    made.on("said", said)
    if traced:
        sonde.instrument_socketio(made)
    made.connect(url, transports=["websocket"])
    return made


def main(redis: str) -> None:
    heard: dict[str, list[Any]] = {"here": [], "there": [], "plain": [], "elsewhere": []}
    with (
        capture() as captured,
        threaded(server(redis)) as here,
        threaded(server(redis)) as there,
        threaded(server(redis, traced=False)) as elsewhere,
    ):
        speaker = client(here, heard["here"])
        client(there, heard["there"])
        client(there, heard["plain"], traced=False)
        client(elsewhere, heard["elsewhere"])
        time.sleep(1)  # until every server listens to the queue
        with sonde.span("speaker"):
            speaker.emit("say", ("hello", b"\x01"))
        wait_for(lambda: all(heard.values()))
        wait_for(lambda: captured.names().count("receive said") == 3)
    emitted = captured.span("emit said").context
    parents = [span.parent for span in captured.spans if span.name == "receive said"]
    below = [
        parent is not None and emitted is not None and parent.span_id == emitted.span_id for parent in parents
    ]
    print(json.dumps({"heard": heard, "below_the_emit": sorted(below)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
