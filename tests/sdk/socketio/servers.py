"""Socket.IO servers on a free port, as a program runs them."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import socketio
import uvicorn
from werkzeug.serving import make_server


@contextmanager
def asynchronous(server: Any) -> Generator[str]:
    """An `AsyncServer` in uvicorn, in a thread with a loop of its own; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = socketio.ASGIApp(server)
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="websockets-sansio"))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve([listener])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(10)
        listener.close()


@contextmanager
def threaded(server: Any) -> Generator[str]:
    """A `Server` in threading mode in Werkzeug; gives its address."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # it logs every request as an error does
    running = make_server("127.0.0.1", 0, socketio.WSGIApp(server), threaded=True)
    running.daemon_threads = True  # pyright: ignore[reportAttributeAccessIssue] -- of socketserver's mixin
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join(10)


def dial(client: Any, url: str, **options: Any) -> None:
    """Connect a threaded client by WebSocket alone, and let it not wait for the other side when it goes."""
    client.connect(url, transports=["websocket"], **options)
    connection = client.eio if hasattr(client, "eio") else client.client.eio
    connection.ws.close = partial(connection.ws.close, timeout=0.1)


def wait_for(condition: Callable[[], object], timeout_s: float = 20) -> None:
    """Wait until `condition` holds; AssertionError after `timeout_s`."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)
