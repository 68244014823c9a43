"""Starting and stopping: SIGTERM under load, two servers on one directory, a store too new, a store away."""

from __future__ import annotations

import http.server
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once
from tests.acceptance.telemetry import Sender, logs, metrics, of_each_signal, post, spans

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


def test_sigterm_under_load_ends_in_ten_seconds_and_loses_nothing(new_server: NewServer) -> None:
    server = new_server().start()
    days = (0, 1)
    sender = Sender(
        server.url,
        [
            (spans(batch, 200, days) for batch in itertools.count()),
            (logs(batch, 200, days) for batch in itertools.count()),
            (metrics(batch, 200, days) for batch in itertools.count()),
        ],
    )
    sender.start()
    time.sleep(3)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 10
    # The senders go on until their last request is taken by the next server.
    server.start()
    sender.finish()
    server.flush()
    assert server.stop() == 0
    assert not sender.unexpected
    assert_exactly_once(server.data_dir, sender.acknowledged)


def test_sigterm_with_a_client_that_does_not_let_go(new_server: NewServer) -> None:
    server = new_server().start()
    request = spans(1)
    with httpx.Client(timeout=30) as client, httpx.Client(timeout=30) as tail:
        client.post(f"{server.url}{request.path}", content=request.payload)
        with tail.stream("GET", f"{server.url}/api/v1/tail?signal=spans"):
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 10


def test_a_second_server_on_the_same_directory_is_told_who_holds_it(new_server: NewServer) -> None:
    first = new_server().start()
    second = new_server(first.data_dir)
    refused = subprocess.run(
        [sys.executable, "-m", "sonde", "serve"],
        env=second.environment(),
        cwd=first.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert refused.returncode not in (0, None)
    held = f"held by pid {first.pid} ({first.url}); stop it or pass --url"
    message = f"cannot open data directory {first.data_dir}: {held}"
    assert message in " ".join((refused.stdout + refused.stderr).split())
    assert "Traceback" not in refused.stderr
    assert post(first.url, spans(1)).status_code == 200


_FUTURE = """
import sys
import clickhouse_connect
client = clickhouse_connect.get_client(dsn=f"chdb://{sys.argv[1]}")
client.command("INSERT INTO sonde.sonde_schema (Version, Name, Application) VALUES (999, 'x', 'sonde 99.0')")
client.close()
"""


def test_a_store_of_a_newer_version_is_not_opened(new_server: NewServer) -> None:
    server = new_server().start()
    request = spans(1)
    assert post(server.url, request).status_code == 200
    server.flush()
    assert server.stop() == 0
    engine = server.data_dir / "store" / "engine"
    subprocess.run([sys.executable, "-c", _FUTURE, str(engine)], check=True, timeout=30)
    refused = subprocess.run(
        [sys.executable, "-m", "sonde", "serve"],
        env=server.environment(),
        cwd=server.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert refused.returncode not in (0, None)
    text = " ".join((refused.stdout + refused.stderr).split())
    assert "schema is version 999" in text
    assert "upgrade Sonde" in text
    assert "Traceback" not in refused.stderr


@pytest.fixture
def broken_clickhouse() -> Iterator[int]:
    """A port where every ClickHouse request is answered with an error."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b"Code: 999. DB::Exception: Session expired. (KEEPER_EXCEPTION)"
            self.rfile.read(int(self.headers.get("content-length", "0")))
            self.send_response(500)
            self.send_header("X-ClickHouse-Exception-Code", "999")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            return

    stand_in = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=stand_in.serve_forever)
    thread.start()
    yield stand_in.server_port
    stand_in.shutdown()
    thread.join()
    stand_in.server_close()


def test_telemetry_waits_in_the_journal_while_the_store_answers_errors(
    new_server: NewServer, broken_clickhouse: int, tmp_path: Path
) -> None:
    away = new_server(tmp_path / "data", store=f"clickhouse://127.0.0.1:{broken_clickhouse}/sonde")
    away.start(wait=False)
    requests = [request for batch in range(5) for request in of_each_signal(batch, days=(0, 1))]
    deadline = time.monotonic() + 20
    while True:
        try:
            assert post(away.url, requests[0]).status_code == 200
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline, away.log_tail()
            time.sleep(0.05)
    assert [post(away.url, request).status_code for request in requests[1:]] == [200] * (len(requests) - 1)
    time.sleep(3)
    assert httpx.get(f"{away.url}/api/v1/services", timeout=10).status_code == 503
    assert httpx.get(f"{away.url}/healthz", timeout=10).status_code == 200
    began = time.monotonic()
    assert away.stop() == 0
    assert time.monotonic() - began < 10

    # The same journal, now with a store that works.
    back = new_server(tmp_path / "data").start()
    back.flush()
    assert back.stop() == 0
    assert_exactly_once(back.data_dir, requests)
