"""The HTTP interface of a ClickHouse server, over the engine of this process: enough for our client.

Protocol: https://clickhouse.com/docs/interfaces/http
"""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import chdb  # pyright: ignore[reportMissingTypeStubs]

PASSWORD = "let me in"

# Parameters that the server's HTTP layer takes for itself; the others are settings of the query.
_TRANSPORT = {
    "query",
    "database",
    "compress",
    "decompress",
    "enable_http_compression",
    "client_protocol_version",
    "wait_end_of_query",
    "send_progress_in_http_headers",
    "http_headers_progress_interval_ms",
    "session_id",
    "query_id",
    "role",
}


class HttpEngine:
    """A listening server.

    While `fault` is set, every request is answered with it; after `hang_up` the next insert is stored, and
    the connection closed without an answer.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault: tuple[int, str] | None = None
        self.hang_up = False
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = _chunks(self.rfile)
                status, code, answer = engine.answer(self.path, self.headers, body)
                if engine.hang_up and "INSERT" in self.path:
                    engine.hang_up = False
                    self.close_connection = True
                    return
                self.send_response(status)
                if code:
                    self.send_header("X-ClickHouse-Exception-Code", code)
                self.send_header("X-ClickHouse-Format", "Native")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def answer(self, target: str, headers: Any, body: bytes) -> tuple[int, str, bytes]:
        """HTTP status, exception code and body for one request."""
        values = {name: given[-1] for name, given in parse_qs(urlsplit(target).query, True).items()}
        if self.fault:
            status, text = self.fault
            return _failure(text, status)
        if PASSWORD not in _given_password(headers):
            return _failure("Code: 516. DB::Exception: default: Authentication failed", 403)
        connection = chdb.connect(str(self.path))
        try:
            return 200, "", self._run(connection, values, body)
        except RuntimeError as error:
            return _failure(str(error), 500)
        finally:
            connection.close()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _run(self, connection: Any, values: dict[str, str], body: bytes) -> bytes:
        if values.get("database"):
            connection.query(f"USE {values['database']}")
        for name, value in values.items():
            if name not in _TRANSPORT and not name.startswith("param_"):
                connection.query(f"SET {name} = '{value}'")
        params = {name[6:]: value for name, value in values.items() if name.startswith("param_")}
        whole = b"\n".join(part for part in (values.get("query", "").encode(), body) if part)
        insert = re.match(rb"(INSERT INTO [^\n]*) FORMAT (ArrowStream)\n", whole)
        if not insert:
            return connection.query(whole.decode(), "TabSeparated", params=params).bytes() or b""
        descriptor = os.memfd_create("request")
        try:
            os.write(descriptor, whole[insert.end() :])
            head, form = (group.decode() for group in insert.groups())
            connection.query(f"{head} FROM INFILE '/dev/fd/{descriptor}' FORMAT {form}")
        finally:
            os.close(descriptor)
        return b""


@contextmanager
def http_engine(path: Path) -> Generator[HttpEngine, None, None]:
    """A server over the engine whose directory is `path`, for the time of the block."""
    engine = HttpEngine(path)
    try:
        yield engine
    finally:
        engine.close()


def _failure(text: str, status: int) -> tuple[int, str, bytes]:
    code = re.search(r"Code: (\d+)", text)
    return status, code.group(1) if code else "", text.encode()


def _given_password(headers: Any) -> str:
    basic = str(headers.get("Authorization", "")).removeprefix("Basic ")
    return base64.b64decode(basic).decode() + str(headers.get("X-ClickHouse-Key", ""))


def _chunks(stream: Any) -> bytes:
    body = b""
    while size := int(stream.readline(), 16):
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body
