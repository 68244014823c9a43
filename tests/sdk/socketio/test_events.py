"""Events, emits and acknowledgements of instrumented servers and clients, over real connections."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import socketio
from opentelemetry.sdk.trace import ReadableSpan
from socketio.exceptions import BadNamespaceError, TimeoutError
from tests.sdk.socketio.servers import asynchronous, dial, threaded, wait_for

import sonde
from sonde.testing import Capture, assert_one_trace, assert_trace

Serve = Callable[[Any], AbstractContextManager[str]]


def async_chat() -> tuple[Any, Serve]:
    """A chat on an `AsyncServer`, instrumented."""
    server: Any = sonde.instrument_socketio(socketio.AsyncServer(async_mode="asgi"))

    @server.on("chat.message")
    async def message(sid: str, text: str) -> str:
        with sonde.span("save"):
            pass
        await server.emit("chat.said", {"text": text}, to=sid)
        return "saved"

    return server, asynchronous


def threaded_chat() -> tuple[Any, Serve]:
    """The same chat on a threaded `Server`."""
    server: Any = sonde.instrument_socketio(socketio.Server(async_mode="threading"))

    @server.on("chat.message")
    def message(sid: str, text: str) -> str:
        with sonde.span("save"):
            pass
        server.emit("chat.said", {"text": text}, to=sid)
        return "saved"

    return server, threaded


CHATS = pytest.mark.parametrize("chat", [async_chat, threaded_chat])
CHAIN = ["client", "emit chat.message", "receive chat.message", "emit chat.said", "receive chat.said"]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@CHATS
def test_an_event_and_its_answer_are_one_trace_with_a_threaded_client(
    capture_telemetry: Capture, chat: Callable[[], tuple[Any, Serve]]
) -> None:
    server, serve = chat()
    client: Any = sonde.instrument_socketio(socketio.Client())
    said: list[Any] = []
    client.on("chat.said", said.append)
    acknowledged: list[Any] = []

    with serve(server) as url, sonde.span("client"):
        dial(client, url)
        client.emit("chat.message", "hi", callback=acknowledged.append)
        wait_for(lambda: said and acknowledged)
        client.disconnect()
        wait_for(lambda: "socketio.disconnect" in capture_telemetry.names())

    assert (said, acknowledged) == ([{"text": "hi"}], ["saved"])
    assert_trace(capture_telemetry, CHAIN)
    assert_trace(capture_telemetry, "client > socketio.connect > socketio.connect")
    assert_trace(capture_telemetry, "client > emit chat.message > receive chat.message > save")
    assert_trace(capture_telemetry, "client > emit chat.message > ack chat.message")


@CHATS
def test_an_event_and_its_answer_are_one_trace_with_an_asynchronous_client(
    capture_telemetry: Capture, chat: Callable[[], tuple[Any, Serve]]
) -> None:
    server, serve = chat()

    async def program(url: str) -> Any:
        client: Any = sonde.instrument_socketio(socketio.AsyncClient())
        said: asyncio.Queue[Any] = asyncio.Queue()
        client.on("chat.said", said.put_nowait)
        with sonde.span("client"):
            await client.connect(url)
            assert await client.call("chat.message", "hi") == "saved"
            answer = await asyncio.wait_for(said.get(), 5)
        await client.disconnect()
        return answer

    with serve(server) as url:
        assert asyncio.run(program(url)) == {"text": "hi"}

    assert_trace(capture_telemetry, ["client", "call chat.message", *CHAIN[2:]])
    assert "emit chat.message" not in capture_telemetry.names()
    assert attributes(capture_telemetry.span("call chat.message"))["socketio.ack"] is True


def test_attributes_tell_event_namespace_room_and_size(capture_telemetry: Capture) -> None:
    server, serve = async_chat()
    client: Any = sonde.instrument_socketio(socketio.Client())
    client.on("chat.said", print)

    with serve(server) as url:
        dial(client, url)
        sid = client.get_sid()
        assert client.call("chat.message", "hé") == "saved"
        wait_for(lambda: "receive chat.said" in capture_telemetry.names())
        client.disconnect()

    received = capture_telemetry.span("receive chat.message")
    found = attributes(received)
    assert received.kind.name == "CONSUMER"
    assert (found["socketio.event"], found["socketio.namespace"]) == ("chat.message", "/")
    assert found["socketio.sid"] == sid
    assert found["code.function.name"].endswith("async_chat.<locals>.message")
    carried = found["messaging.message.body.size"] - len(r'21["chat.message","h\u00e9"]')
    assert carried == len(',{"$otel":{"traceparent":""}}') + 55
    emitted = capture_telemetry.span("emit chat.said")
    assert emitted.kind.name == "PRODUCER"
    assert attributes(emitted)["socketio.room"] == sid
    assert (
        attributes(emitted)["messaging.message.body.size"]
        == attributes(capture_telemetry.span("receive chat.said"))["messaging.message.body.size"]
    )


def test_correlation_and_baggage_go_along(capture_telemetry: Capture) -> None:
    server, serve = threaded_chat()
    client: Any = sonde.instrument_socketio(socketio.Client())

    with serve(server) as url:
        dial(client, url)
        with sonde.correlation("corr_7"):
            client.call("chat.message", "hi")
        client.disconnect()

    assert attributes(capture_telemetry.span("save"))["correlation.id"] == "corr_7"


def test_an_asynchronous_callback_and_an_acknowledgement_to_the_server(capture_telemetry: Capture) -> None:
    server: Any = sonde.instrument_socketio(socketio.AsyncServer(async_mode="asgi"))
    acknowledged: list[Any] = []

    @server.on("start")
    async def start(sid: str) -> None:
        async def done(answer: str) -> None:
            await asyncio.sleep(0)
            with sonde.span("after"):
                acknowledged.append(answer)

        await server.emit("question", "2+2", to=sid, callback=done)

    @server.on("ask")
    async def ask(sid: str) -> str:
        return await server.call("question", "3+3", to=sid)

    client: Any = sonde.instrument_socketio(socketio.Client())
    client.on("question", "{}?".format)

    with asynchronous(server) as url:
        dial(client, url)
        with sonde.correlation("corr_1"):
            client.emit("start")
        wait_for(lambda: acknowledged)
        assert client.call("ask") == "3+3?"
        client.disconnect()

    assert acknowledged == ["2+2?"]
    assert_trace(capture_telemetry, "receive start > emit question > ack question > after")
    assert_trace(capture_telemetry, "call ask > receive ask > call question > receive question")
    assert attributes(capture_telemetry.span("ack question"))["socketio.ack.wait_ms"] > 0
    assert attributes(capture_telemetry.span("after"))["correlation.id"] == "corr_1"


def test_a_call_without_an_answer_times_out_as_before(capture_telemetry: Capture) -> None:
    server: Any = sonde.instrument_socketio(socketio.Server(async_mode="threading"))
    client: Any = sonde.instrument_socketio(socketio.Client())

    with threaded(server) as url:
        dial(client, url)
        with pytest.raises(TimeoutError):
            client.call("nobody", timeout=0.2)
        client.disconnect()

    span = capture_telemetry.span("call nobody")
    assert span.status.status_code.name == "ERROR"
    assert attributes(span)["error.type"] == "socketio.exceptions.TimeoutError"
    # Whatever a client calls its events, only those the program handles make names.
    assert attributes(capture_telemetry.span("receive"))["socketio.event"] == "nobody"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_a_handler_is_recorded_and_goes_where_it_went(
    capture_telemetry: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: Any = sonde.instrument_socketio(socketio.Server(async_mode="threading"))
    error = RuntimeError("broken")
    seen: list[BaseException | None] = []

    def unhandled(args: threading.ExceptHookArgs) -> None:
        seen.append(args.exc_value)

    monkeypatch.setattr(threading, "excepthook", unhandled)

    @server.on("break")
    def handler(sid: str) -> None:
        raise error

    client: Any = sonde.instrument_socketio(socketio.Client())
    with threaded(server) as url:
        dial(client, url)
        client.emit("break")
        wait_for(lambda: seen)
        client.disconnect()

    assert seen == [error]
    span = capture_telemetry.span("receive break")
    assert (span.status.status_code.name, attributes(span)["error.type"]) == ("ERROR", "RuntimeError")
    assert [event.name for event in span.events] == ["exception"]


def test_an_emit_that_fails_is_recorded_and_raises_as_before(capture_telemetry: Capture) -> None:
    client: Any = sonde.instrument_socketio(socketio.Client())

    with pytest.raises(BadNamespaceError):
        client.emit("hello", namespace="/nowhere")
    with pytest.raises(TypeError):
        client.emit()

    (span,) = capture_telemetry.spans
    assert (span.name, span.status.status_code.name) == ("emit hello", "ERROR")


class ThreadedRoom(socketio.Namespace):
    """A namespace class; it emits through its own methods."""

    def on_connect(self, sid: str, environ: dict[str, Any]) -> None:
        self.enter_room(sid, "lobby")

    def on_say(self, sid: str, *words: str) -> None:
        self.emit("heard", words, room="lobby")


class AsyncRoom(socketio.AsyncNamespace):
    """The same, asynchronous."""

    async def on_connect(self, sid: str, environ: dict[str, Any]) -> None:
        await self.enter_room(sid, "lobby")

    async def on_say(self, sid: str, *words: str) -> None:
        await self.emit("heard", words, room="lobby")


class Listener(socketio.ClientNamespace):
    """A namespace class of a client."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.heard: list[tuple[str, ...]] = []
        self.gone: list[str] = []

    def on_heard(self, *words: str) -> None:
        self.heard.append(words)

    def on_disconnect(self, reason: str) -> None:
        self.gone.append(reason)


@pytest.mark.parametrize("kind", ["async", "threaded"])
def test_namespace_classes_are_traced(capture_telemetry: Capture, kind: str) -> None:
    server: Any
    if kind == "async":
        server, serve = socketio.AsyncServer(async_mode="asgi"), asynchronous
        server.register_namespace(AsyncRoom("/room"))
    else:
        server, serve = socketio.Server(async_mode="threading"), threaded
        server.register_namespace(ThreadedRoom("/room"))
    sonde.instrument_socketio(server)
    client: Any = sonde.instrument_socketio(socketio.Client())
    listener = Listener("/room")
    client.register_namespace(listener)

    with serve(server) as url:
        dial(client, url)
        with sonde.span("client"):
            client.emit("say", ("good", "day"), namespace="/room")
        wait_for(lambda: listener.heard)
        client.disconnect()
        wait_for(lambda: listener.gone)

    assert listener.heard == [("good", "day")]
    found = assert_trace(
        capture_telemetry, ["client", "emit say", "receive say", "emit heard", "receive heard"]
    )
    assert attributes(found[3])["socketio.room"] == "lobby"
    assert {attributes(span)["socketio.namespace"] for span in found[1:]} == {"/room"}
    assert attributes(found[2])["code.function.name"].endswith("Room.on_say")
    assert "receive disconnect" in capture_telemetry.names()


def test_doing_it_twice_changes_nothing(capture_telemetry: Capture) -> None:
    server, serve = async_chat()
    sonde.instrument_socketio(server)
    client: Any = sonde.instrument_socketio(sonde.instrument_socketio(socketio.Client()))

    with serve(server) as url:
        dial(client, url)
        client.call("chat.message", "hi")
        client.disconnect()

    assert capture_telemetry.names().count("call chat.message") == 1
    assert capture_telemetry.names().count("receive chat.message") == 1


def test_a_simple_client_is_traced(capture_telemetry: Capture) -> None:
    server, serve = threaded_chat()
    client: Any = sonde.instrument_socketio(socketio.SimpleClient())

    with serve(server) as url, sonde.span("client"):
        dial(client, url)
        assert client.call("chat.message", "hi") == "saved"
        assert client.receive(timeout=20) == ["chat.said", {"text": "hi"}]
        client.disconnect()

    assert_trace(capture_telemetry, "client > call chat.message > receive chat.message")


def test_wrong_use_is_said_once_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert sonde.instrument_socketio("a server") == "a server"
    server: Any = socketio.Server(async_mode="threading")
    sonde.instrument_socketio(server, carry="sometimes")  # pyright: ignore[reportArgumentType] -- wrong on purpose

    assert len([record for record in caplog.records if record.name == "sonde"]) == 2


def test_without_a_configuration_everything_works_as_before() -> None:
    server, serve = async_chat()
    client: Any = sonde.instrument_socketio(socketio.Client())
    with serve(server) as url:
        dial(client, url)
        assert client.call("chat.message", "hi") == "saved"
        client.disconnect()


def test_one_client_of_two_belongs_to_its_own_trace(capture_telemetry: Capture) -> None:
    server, serve = threaded_chat()

    with serve(server) as url:
        clients = [sonde.instrument_socketio(socketio.Client()) for _ in range(2)]
        for number, client in enumerate(clients):
            dial(client, url)
            with sonde.span(f"client {number}"):
                client.call("chat.message", str(number))
        for client in clients:
            client.disconnect()

    for number in range(2):
        assert_trace(capture_telemetry, [f"client {number}", "call chat.message", "receive chat.message"])


def test_nothing_is_left_over_in_one_trace(capture_telemetry: Capture) -> None:
    server, serve = async_chat()
    client: Any = sonde.instrument_socketio(socketio.Client())

    with serve(server) as url, sonde.span("client"):
        dial(client, url)
        client.call("chat.message", "hi")
        wait_for(lambda: "emit chat.said" in capture_telemetry.names())
        # What arrives once the connection is gone has no request to belong to.
        spans = list(capture_telemetry.spans)
        client.disconnect()
        wait_for(lambda: "socketio.disconnect" in capture_telemetry.names())

    disconnect = capture_telemetry.span("socketio.disconnect")
    assert disconnect.parent is None
    connects = [span.context for span in spans if span.name == "socketio.connect"]
    assert disconnect.links[0].context in connects
    capture_telemetry.spans[:] = [span for span in capture_telemetry.spans if span is not disconnect]
    assert_one_trace(capture_telemetry)
