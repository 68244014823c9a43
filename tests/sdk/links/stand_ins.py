"""A real Redis that can die and come back, and Upstash's REST API in front of one."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis

TOKEN = "upstash-token"


class RealRedis:
    """`redis-server` on a port of its own."""

    def __init__(self, folder: Path) -> None:
        path = shutil.which("redis-server")
        if path is None:
            pytest.skip("redis-server is not installed")
        self._path, self._folder = path, folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [self._path, "--port", str(self.port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("Redis did not start")

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def hang(self) -> None:
        """Have it answer nothing, its connections staying open."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it answer again."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    @contextmanager
    def client(self) -> Generator[redis.Redis]:
        """A client to look inside."""
        with redis.Redis.from_url(self.url, decode_responses=True) as made:
            yield made


@contextmanager
def upstash(real: RealRedis, *, answers: int | None = None) -> Generator[str]:
    """The REST API: `POST /` a command, `POST /pipeline` several. After so many `answers` it is silent."""
    left, over = iter(range(answers) if answers is not None else itertools.count()), threading.Event()
    inside = redis.Redis.from_url(real.url, decode_responses=True)

    def run(command: list[Any]) -> dict[str, Any]:
        try:
            return {"result": "OK" if (said := inside.execute_command(*command)) is True else said}
        except redis.RedisError as error:
            return {"error": str(error)}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if next(left, None) is None:
                over.wait()
                return
            status, said = 200, {}
            if self.headers["authorization"] != f"Bearer {TOKEN}":
                status, said = 401, {"error": "Unauthorized"}
            elif self.path == "/pipeline":
                said = [run(command) for command in body]
            else:
                said = run(body)
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
        inside.close()
