"""Starting, stopping, and what stands in the way."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from bench.server_process import SondeServer

from sonde.testing import example_traces

NewServer = Callable[..., SondeServer]


def send(server: SondeServer) -> int:
    body = example_traces(5, seed=secrets.randbits(32), start_ns=time.time_ns()).SerializeToString()
    headers = {"content-type": "application/x-protobuf"}
    return httpx.post(f"{server.url}/v1/traces", content=body, headers=headers, timeout=10).status_code


def waiting_segments(server: SondeServer) -> list[Path]:
    """Files of the journal that hold records."""
    journal = server.data_dir / "journal"
    return [path for pattern in ("*.open", "*.closed") for path in journal.glob(pattern)]


def refusal(server: SondeServer) -> str:
    """What a server that cannot start says."""
    server.start(wait=False)
    deadline = time.monotonic() + 30
    while server.exit_code is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert server.exit_code != 0
    text = " ".join(server.log_tail().split())
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_and_leaves_no_journal(
    new_server: NewServer, number: signal.Signals
) -> None:
    server = new_server().start()
    assert send(server) == 200
    began = time.monotonic()
    server.signal(number)
    assert server.stop() == 0
    assert time.monotonic() - began < 10
    assert not waiting_segments(server)
    assert "Traceback" not in server.log_tail()


def test_what_was_accepted_right_before_the_end_is_there_after_a_restart(new_server: NewServer) -> None:
    server = new_server().start()
    assert send(server) == 200
    server.kill()
    server.start()
    deadline = time.monotonic() + 10
    while 'sonde_inserted_rows_total{table="otel_traces"}' not in httpx.get(f"{server.url}/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_requests_under_way_are_finished_before_it_ends(new_server: NewServer) -> None:
    server = new_server().start()
    codes: list[int] = []
    body = example_traces(5, seed=1, start_ns=time.time_ns()).SerializeToString()
    reached = threading.Event()

    def slowly() -> None:
        with socket.create_connection(("127.0.0.1", server.http_port)) as connection:
            connection.sendall(
                b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
                + b"Content-Length: %d\r\n\r\n" % len(body)
                + body[:10]
            )
            time.sleep(0.3)
            reached.set()
            time.sleep(1)
            connection.sendall(body[10:])
            codes.append(int(connection.recv(100).split()[1]))

    thread = threading.Thread(target=slowly)
    thread.start()
    reached.wait()
    assert server.stop() == 0
    thread.join()
    assert codes == [200]


def test_a_connection_that_only_waits_does_not_hold_it_up(new_server: NewServer) -> None:
    server = new_server().start()
    with socket.create_connection(("127.0.0.1", server.http_port)) as idle:
        idle.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10


def test_a_second_server_on_the_same_data_says_who_holds_it(new_server: NewServer) -> None:
    first = new_server().start()
    text = refusal(new_server(first.data_dir))
    assert f"cannot open data directory {first.data_dir}: held by pid {first.pid} ({first.url})" in text
    assert "stop it or pass --url" in text
    assert send(first) == 200


@pytest.mark.parametrize("port", ["http_port", "grpc_port"])
def test_a_port_that_is_taken_is_named(new_server: NewServer, tmp_path: Path, port: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        server = new_server(tmp_path / "other", **{port: number})
        text = refusal(server)
    assert f"cannot listen on 127.0.0.1:{number}" in text
    assert f"--{port.replace('_', '-')}" in text


def test_it_does_not_listen_to_the_world_without_a_key(new_server: NewServer) -> None:
    server = new_server(host="0.0.0.0")
    text = refusal(server)
    assert "cannot listen on 0.0.0.0" in text
    assert "sonde keys create" in text


def test_a_journal_that_cannot_be_made_is_named(new_server: NewServer, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "journal").write_text("in the way")
    assert "cannot open journal" in refusal(new_server())


def test_it_writes_down_where_it_serves(new_server: NewServer) -> None:
    server = new_server().start()
    holder = json.loads((server.data_dir / "lock").read_text())
    assert holder == {"pid": server.pid, "url": server.url}
    assert server.url in server.log_tail()
    assert f"127.0.0.1:{server.grpc_port}" in server.log_tail()


def test_it_takes_telemetry_while_a_distant_store_is_away(new_server: NewServer) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        server = new_server(store=f"clickhouse://default@127.0.0.1:{nobody.getsockname()[1]}/sonde")
        server.start(wait=False)
        deadline = time.monotonic() + 20
        while True:
            try:
                ready = httpx.get(f"{server.url}/readyz")
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert ready.status_code == 503
        assert "the store is not open" in ready.text
        assert send(server) == 200
        assert server.stop() == 0
    assert waiting_segments(server)


def test_a_second_interrupt_ends_it_at_once(new_server: NewServer) -> None:
    server = new_server().start()
    with socket.create_connection(("127.0.0.1", server.http_port)) as waiting:
        waiting.sendall(
            b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 10\r\n\r\n"
        )
        time.sleep(0.2)
        for _ in range(2):
            server.signal(signal.SIGINT)
            time.sleep(0.2)
        began = time.monotonic()
        while server.exit_code is None:
            assert time.monotonic() - began < 2
            time.sleep(0.01)
    assert server.exit_code == 130


def test_status_says_what_the_server_is_and_how_it_does(new_server: NewServer) -> None:
    server = new_server().start()
    assert send(server) == 200
    server.flush()
    status = server.get("/api/v1/status")
    assert (status["url"], status["grpcAddress"]) == (server.url, f"127.0.0.1:{server.grpc_port}")
    assert (status["dataDir"], status["tenant"]) == (str(server.data_dir), "default")
    assert status["store"]["kind"] == "embedded"
    assert status["store"]["version"]
    assert 0 < status["uptimeS"] < 120
    assert status["startedAt"] < status["tables"][0]["newest"] or status["tables"][0]["newest"] is None
    assert 0 < status["rates"]["traces"] <= 25
    told = {each["name"]: each["source"] for each in status["settings"]}
    assert told["http_port"] == "environment variable SONDE_HTTP_PORT"
    assert all(each["message"] and each["hint"] for each in status["warnings"])
