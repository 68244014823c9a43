"""Peers of every kind get what they would have got: instrumented or not, whatever their handlers take."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import socketio
from hypothesis import given
from hypothesis import strategies as st
from socketio.exceptions import ConnectionError
from tests.sdk.socketio.servers import asynchronous, dial, threaded, wait_for

import sonde
from sonde.sdk.instrument import socketio_wire as wire
from sonde.testing import Capture, assert_trace

REPOSITORY = Path(__file__).resolve().parents[3]
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"

MESSAGES: list[tuple[str, Any, tuple[Any, ...]]] = [
    ("nothing", None, ()),
    ("text", "hi", ("hi",)),
    ("several", ("a", 2, {"three": [3]}), ("a", 2, {"three": [3]})),
    ("object", {"a": 1}, ({"a": 1},)),
    ("list", [1, 2], ([1, 2],)),
    ("bytes", b"\x00\x01", (b"\x00\x01",)),
    ("mixed", ({"file": b"abc"}, "name"), ({"file": b"abc"}, "name")),
    ("with a space", "x", ("x",)),
]


def echoing(instrumented: bool) -> tuple[Any, list[Any]]:
    """A threaded server with handlers of fixed signatures, as they were written before; and what they got."""
    server: Any = socketio.Server(async_mode="threading")
    got: list[Any] = []

    @server.event
    def connect(sid: str, environ: dict[str, Any]) -> None:
        got.append("connect")

    @server.on("nothing")
    def nothing(sid: str) -> None:
        got.append(())

    @server.on("several")
    def several(sid: str, first: object, second: object, third: object) -> tuple[object, object]:
        got.append((first, second, third))
        return first, second

    @server.on("mixed")
    def mixed(sid: str, *parts: object) -> None:
        got.append(parts)

    @server.on("*")
    def anything(event: str, sid: str, data: object) -> object:
        got.append((data,))
        return data

    @server.event
    def disconnect(sid: str) -> None:
        got.append("disconnect")

    return (sonde.instrument_socketio(server) if instrumented else server), got


@pytest.mark.parametrize("instrumented", ["both", "server", "client"])
def test_handlers_get_what_was_sent(capture_telemetry: Capture, instrumented: str) -> None:
    server, got = echoing(instrumented != "client")
    client: Any = socketio.Client()
    if instrumented != "server":
        sonde.instrument_socketio(client)
    back: list[str] = []

    with threaded(server) as url, sonde.span("client"):
        dial(client, url)
        for event, data, _ in MESSAGES:
            client.call(event, data)
        assert client.call("several", (1, 2, 3)) == (1, 2)
        client.emit("text", "y", callback=back.append)
        wait_for(lambda: back)
        client.disconnect()
        wait_for(lambda: "disconnect" in got)

    expected = [arguments for _, _, arguments in MESSAGES]
    assert got == ["connect", *expected, (1, 2, 3), ("y",), "disconnect"]
    assert back == ["y"]
    if instrumented == "both":
        assert_trace(capture_telemetry, "client > call mixed > receive mixed")
        mixed = capture_telemetry.span("receive mixed").attributes or {}
        assert (
            mixed["messaging.message.body.size"]
            == (capture_telemetry.span("call mixed").attributes or {})["messaging.message.body.size"]
        )
    if instrumented == "server":
        received = capture_telemetry.span("receive several")
        assert received.parent is None
        assert received.links[0].context == capture_telemetry.span("socketio.connect").context


def test_nothing_new_goes_to_peers_that_have_announced_nothing(capture_telemetry: Capture) -> None:
    """What an uninstrumented receiver sees is looked at on the wire itself."""
    server: Any = sonde.instrument_socketio(socketio.Server(async_mode="threading"))
    seen: list[str] = []

    @server.on("ask")
    def ask(sid: str) -> None:
        server.emit("answer", "a", to=sid)

    client: Any = socketio.Client()
    client.eio.on("message", keeping(seen, client.eio.handlers["message"]))
    with threaded(server) as url:
        dial(client, url)
        client.emit("ask")
        wait_for(lambda: len(seen) == 2)
        client.disconnect()

    connected, answer = seen
    assert set(json.loads(connected[1:])) == {"sid"}
    assert answer == '2["answer","a"]'


def keeping(seen: list[str], handler: Any) -> Any:
    """An Engine.IO handler that keeps what arrives."""

    def keep(data: str) -> None:
        seen.append(data)
        handler(data)

    return keep


@pytest.mark.parametrize("kind", ["async", "threaded"])
def test_in_a_room_of_both_kinds_each_gets_its_own(capture_telemetry: Capture, kind: str) -> None:
    server: Any
    if kind == "async":
        server, serve = socketio.AsyncServer(async_mode="asgi"), asynchronous

        async def say_async(sid: str, text: str) -> None:
            await server.emit("said", (text, 1), skip_sid=sid)

        server.on("say", say_async)
    else:
        server, serve = socketio.Server(async_mode="threading"), threaded

        def say(sid: str, text: str) -> None:
            server.emit("said", (text, 1), skip_sid=sid)

        server.on("say", say)
    sonde.instrument_socketio(server)
    clients: list[Any] = [sonde.instrument_socketio(socketio.Client()) for _ in range(2)]
    clients += [socketio.Client() for _ in range(2)]
    heard: list[list[Any]] = [[] for _ in clients]
    for client, own in zip(clients, heard, strict=True):
        client.on("said", lambda *args, own=own: own.append(args))  # pyright: ignore[reportUnknownLambdaType] -- arguments of any type

    with serve(server) as url:
        for client in clients:
            dial(client, url)
        with sonde.span("speaker"):
            clients[0].emit("say", "hello")
        wait_for(lambda: all(heard[1:]))
        time.sleep(0.1)
        for client in clients:
            client.disconnect()

    assert heard == [[], [("hello", 1)], [("hello", 1)], [("hello", 1)]]
    assert_trace(capture_telemetry, "speaker > emit say > receive say > emit said > receive said")
    assert capture_telemetry.names().count("emit said") == 1
    assert capture_telemetry.names().count("receive said") == 1


@pytest.mark.parametrize("carry", ["always", "never"])
def test_a_setting_decides_instead_of_the_announcement(
    capture_telemetry: Capture, carry: Literal["always", "never"]
) -> None:
    server: Any = socketio.Server(async_mode="threading")
    got: list[Any] = []
    server.on("say", lambda sid, *args: got.append(args))  # pyright: ignore[reportUnknownLambdaType] -- arguments of any type
    client: Any = sonde.instrument_socketio(socketio.Client(), carry=carry)

    with threaded(server) as url, sonde.span("client"):
        dial(client, url)
        client.emit("say", "x")
        wait_for(lambda: got)
        client.disconnect()

    if carry == "never":
        assert got == [("x",)]
    else:
        assert set(got[0][1]) == {"$otel"}


@pytest.mark.parametrize("way", ["header", "query"])
def test_a_connection_belongs_to_the_trace_of_its_handshake(capture_telemetry: Capture, way: str) -> None:
    server: Any = sonde.instrument_socketio(socketio.AsyncServer(async_mode="asgi"))
    client: Any = socketio.Client()

    with asynchronous(server) as url:
        if way == "header":
            dial(client, url, headers={"traceparent": TRACEPARENT})
        else:
            dial(client, f"{url}?otel={TRACEPARENT}")
        client.disconnect()
        wait_for(lambda: "socketio.disconnect" in capture_telemetry.names())

    connected = capture_telemetry.span("socketio.connect")
    assert connected.kind.name == "SERVER"
    assert f"{connected.context.trace_id if connected.context else 0:032x}" == TRACE_ID
    assert connected.parent
    disconnected = capture_telemetry.span("socketio.disconnect")
    assert (disconnected.attributes or {})["socketio.disconnect.reason"]
    assert disconnected.links[0].context == connected.context


def test_a_refused_connection_is_shown_and_stays_refused(capture_telemetry: Capture) -> None:
    server: Any = sonde.instrument_socketio(socketio.AsyncServer(async_mode="asgi"))

    @server.event
    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> bool:
        return auth.get("token") == "right"

    with asynchronous(server) as url:
        client: Any = sonde.instrument_socketio(socketio.Client())
        with pytest.raises(ConnectionError):
            dial(client, url, auth={"token": "wrong"})
        dial(client, url, auth={"token": "right"})
        client.disconnect()

    refused, asked, accepted, _ = [s for s in capture_telemetry.spans if s.name == "socketio.connect"]
    assert (refused.attributes or {})["sonde.status"] == "blocked"
    assert (asked.status.status_code.name, asked.kind.name) == ("ERROR", "CLIENT")
    assert "socketio.sid" in (accepted.attributes or {})


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def redis_server(folder: Path) -> Generator[str]:
    """A real Redis on a free port."""
    path = shutil.which("redis-server")
    if path is None:
        pytest.skip("redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running = subprocess.Popen(
        [path, "--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: answers(port))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        running.terminate()
        running.wait(10)


def test_the_context_crosses_servers_that_share_a_queue(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.sdk.socketio.sharing_a_queue"]
    with redis_server(tmp_path) as url:
        ran = subprocess.run(
            [*program, url], check=False, capture_output=True, text=True, timeout=60, cwd=REPOSITORY
        )

    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["heard"] == {name: [["hello", "01"]] for name in ("here", "there", "plain", "elsewhere")}
    # The server that is not traced hands nothing on: what its client receives is a trace of its own.
    assert told["below_the_emit"] == [False, True, True]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.none() | st.tuples(JSON, JSON) | JSON)
def test_what_is_added_to_a_message_is_taken_away(data: object) -> None:
    sent = wire.with_carrier(data, {"traceparent": TRACEPARENT})
    arrived = ["event", *sent] if isinstance(sent, tuple) else ["event", sent]

    arguments, carrier = wire.taken(arrived)

    plain = () if data is None else data if isinstance(data, tuple) else (data,)
    assert (arguments, carrier) == (["event", *plain], {"traceparent": TRACEPARENT})
    assert wire.taken(arguments) == (arguments, None)


@pytest.mark.parametrize(
    "last", [{"$otel": 1}, {"$otel": {}, "more": 1}, {}, None, {"$otel": dict.fromkeys("abcdefghij", "x")}]
)
def test_other_arguments_stay(last: object) -> None:
    assert wire.taken(["event", last]) == (["event", last], None)


def test_a_carrier_that_cannot_be_read_does_no_harm(capture_telemetry: Capture) -> None:
    server, got = echoing(instrumented=True)
    client: Any = socketio.Client()

    with threaded(server) as url:
        dial(client, url)
        client.call("text", ("x", {"$otel": {"traceparent": "nonsense", "baggage": 5}}))
        client.disconnect()

    assert ("x",) in got
    assert capture_telemetry.span("receive").parent is None
