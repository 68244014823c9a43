"""Tracing a Socket.IO server, asynchronous or threaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Final, cast

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, SpanKind

from sonde import semconv
from sonde.sdk import current
from sonde.sdk.complaints import complain
from sonde.sdk.context import extract, inject
from sonde.sdk.instrument import socketio_wire as wire
from sonde.sdk.instrument.socketio_delivery import Variant, each_of, published, shares
from sonde.sdk.instrument.socketio_packets import CONNECT, Arrivals, Arrived, measured
from sonde.sdk.instrument.socketio_spans import (
    ACK,
    DISCONNECT_REASON,
    SID,
    SIZE,
    Calling,
    Prepared,
    acknowledged,
    emission,
    handler_of,
    is_calling,
    place_of,
    reception,
    replace,
)
from sonde.sdk.spans import Block

# What we keep of a connection lies in its environ, and so goes when it goes.
_CONNECTION: Final = "sonde.connection"
_CARRIER: Final = "otel"


class ServerTracing:
    """What is done around the methods of one server."""

    def __init__(self, server: Any, carry: str) -> None:
        self._server = server
        self._carry = carry
        self._arrivals = Arrivals(lambda eio_sid: eio_sid in server._binary_packet)

    def begin(self) -> None:
        """Take the places of the server's and its manager's methods."""
        server, manager = self._server, self._server.manager
        server.packet_class = measured(server.packet_class)
        self._arrivals.listen(server.eio, _of_connection)
        replace(server, "emit", self._emit)
        replace(server, "call", self._call)
        replace(server, "_handle_connect", self._connected)
        replace(server, "_handle_event", self._arrived)
        replace(server, "_handle_event_internal", self._received)
        replace(server, "_trigger_event", self._triggered)
        if self._carry == "never":
            return
        replace(server, "_send_packet", self._sending)
        if hasattr(manager, "_handle_emit") and hasattr(manager, "_publish"):
            replace(manager, "_publish", self._publishing)
            manager._handle_emit = each_of(manager._handle_emit, self._messages)
        else:
            manager.emit = each_of(manager.emit, self._emits)

    def _emit(
        self,
        event: object,
        data: object = None,
        to: object = None,
        room: object = None,
        skip_sid: object = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
        **others: Any,
    ) -> Prepared:
        given = {
            "data": data, "to": to, "room": room, "skip_sid": skip_sid, "namespace": namespace, **others
        }  # fmt: skip
        if is_calling():
            return Prepared(nullcontext(), (event,), {**given, "callback": callback})
        block = emission(event, namespace, to or room)
        if callable(callback):
            callback = acknowledged(callback, event, namespace, block)
        return Prepared(block, (event,), {**given, "callback": callback})

    def _call(
        self,
        event: object,
        data: object = None,
        to: object = None,
        sid: object = None,
        namespace: str | None = None,
        **others: Any,
    ) -> Prepared:
        given = {"data": data, "to": to, "sid": sid, "namespace": namespace, **others}
        return Prepared(Calling(event, namespace, to or sid), (event,), given)

    def _connected(self, eio_sid: str, namespace: str | None, data: object) -> Prepared:
        environ: dict[str, Any] = self._server.environ.get(eio_sid, {})
        handler, _ = handler_of(self._server, "connect", namespace or "/")
        block = _Connection(
            "socketio.connect",
            {semconv.SOCKETIO_NAMESPACE: namespace or "/", "messaging.system": "socketio"},
            SpanKind.SERVER,
            (),
            False,
            _handshake(environ),
            place_of(handler, self._server),
        )
        block.watch(environ, lambda: self._server.manager.sid_from_eio_sid(eio_sid, namespace or "/"))
        return Prepared(block, (eio_sid, namespace, data))

    def _arrived(self, eio_sid: str, namespace: str | None, id: int | None, data: list[Any]) -> Prepared:
        arrived = Arrived(data)
        arrived.size_bytes = self._arrivals.of(eio_sid)
        return Prepared(nullcontext(), (eio_sid, namespace, id, arrived))

    def _received(
        self, server: Any, sid: str, eio_sid: str, data: Sequence[Any], namespace: str, id: int | None
    ) -> Prepared:
        arguments, carrier = wire.taken(data)
        attributes: dict[str, object] = {SID: sid}
        if isinstance(data, Arrived):
            attributes[SIZE] = data.size_bytes
        if id is not None:
            attributes[ACK] = True
        connection = self._connection(eio_sid)
        block = reception(self._server, data[0], namespace, carrier, connection, attributes)
        return Prepared(block, (server, sid, eio_sid, arguments, namespace, id))

    def _triggered(self, event: str, namespace: str, *args: Any) -> Prepared:
        """Only a disconnect, which has several causes, gets its span here."""
        if event != "disconnect" or not args:
            return Prepared(nullcontext(), (event, namespace, *args))
        sid = args[0]
        eio_sid = self._server.manager.eio_sid_from_sid(sid, namespace)
        self._arrivals.forget(eio_sid)
        connection = self._connection(eio_sid)
        attributes: dict[str, object] = {
            semconv.SOCKETIO_NAMESPACE: namespace,
            "messaging.system": "socketio",
            SID: sid,
        }
        if len(args) > 1:
            attributes[DISCONNECT_REASON] = str(args[1])
        here = current.now()
        is_within = trace.get_current_span(here).get_span_context().is_valid
        links = [connection] if connection and not is_within else []
        handler, _ = handler_of(self._server, "disconnect", namespace)
        block = Block(
            "socketio.disconnect",
            attributes,
            SpanKind.CONSUMER,
            links,
            False,
            here if is_within else Context(),
            place_of(handler, self._server),
        )
        return Prepared(block, (event, namespace, *args))

    def _sending(self, eio_sid: str, pkt: Any) -> Prepared:
        """Announce to a client that has announced itself."""
        if pkt.packet_type == CONNECT and isinstance(pkt.data, dict) and self._announced(eio_sid):
            pkt.data = {**cast(dict[str, object], pkt.data), wire.MEMBER: 1}
        return Prepared(nullcontext(), (eio_sid, pkt))

    def _emits(
        self,
        event: object,
        data: object,
        namespace: str,
        room: object = None,
        skip_sid: object = None,
        **others: Any,
    ) -> list[Variant]:
        """What the manager of one process is to emit: with the context to those who read it."""
        room = others.pop("to", None) or room
        carrier = _carrier()
        readers = self._readers(namespace, room, carrier)
        return [
            ((event, shown, namespace), {"room": room, "skip_sid": skipped, **others})
            for shown, skipped in shares(data, skip_sid, readers, carrier)
        ]

    def _messages(self, message: dict[str, Any]) -> list[Variant]:
        """What the manager of one of several processes is to emit here."""
        is_own = message.get("host_id") == self._server.manager.host_id
        carrier = _carrier() if is_own else message.get(_CARRIER)
        if not isinstance(carrier, dict):
            return [((message,), {})]
        fields = cast(dict[str, str], carrier)
        namespace, room = message.get("namespace") or "/", message.get("room")
        readers = self._readers(namespace, room, fields)
        return [
            (({**message, "data": shown, "skip_sid": skipped},), {})
            for shown, skipped in shares(
                message["data"], message.get("skip_sid"), readers, fields, published(message)
            )
        ]

    def _publishing(self, data: dict[str, Any]) -> Prepared:
        """The other processes deliver to their own clients: they are told the context."""
        if data.get("method") == "emit" and (carrier := _carrier()):
            data = {**data, _CARRIER: carrier}
        return Prepared(nullcontext(), (data,))

    def _readers(self, namespace: str, room: object, carrier: Mapping[str, str]) -> tuple[set[str], set[str]]:
        """Ids of the participants that read contexts, and of those that do not."""
        reading: set[str] = set()
        others: set[str] = set()
        if carrier:
            participants = self._server.manager.get_participants(namespace, room)
            for sid, eio_sid in cast(Iterable[tuple[str, str]], participants):
                (reading if self._announced(eio_sid) else others).add(sid)
        return reading, others

    def _announced(self, eio_sid: str) -> bool:
        environ = self._server.environ.get(eio_sid)
        return self._carry == "always" or (environ is not None and wire.announcement(environ) is not None)

    def _connection(self, eio_sid: str | None) -> SpanContext | None:
        return self._server.environ.get(eio_sid, {}).get(_CONNECTION)


class _Connection(Block):
    """The span of a client that connects; remembered for what the connection brings later."""

    __slots__ = ("_environ", "_sid")

    def watch(self, environ: dict[str, Any], sid: Callable[[], str | None]) -> None:
        """`sid` gives the client's id once it is connected, None where it was refused."""
        self._environ, self._sid = environ, sid

    def begin(self) -> Context:
        context = super().begin()
        self._environ[_CONNECTION] = self.get_span_context()
        return context

    def finish(self, error: BaseException | None) -> None:
        try:
            sid = self._sid()
            if sid is not None:
                self.set_attribute(SID, sid)
            elif error is None:
                self.set_attribute(semconv.STATUS, "blocked")
                self.set_attribute(semconv.REASON, "connection refused")
        except Exception as trouble:
            complain("cannot tell whether a client of Socket.IO is connected", error=trouble)
        super().finish(error)


def _of_connection(eio_sid: str, data: object) -> tuple[str, object]:
    return eio_sid, data


def _carrier() -> dict[str, str]:
    """The current context, if it has a span."""
    carrier: dict[str, str] = {}
    if trace.get_current_span().get_span_context().is_valid:
        inject(carrier)
    return carrier


def _handshake(environ: Mapping[str, Any]) -> Context:
    """The context of a connection: of the HTTP request that is handled, else what the request brought."""
    here = current.now()
    if trace.get_current_span(here).get_span_context().is_valid:
        return here
    brought = extract(dict(environ), Context())
    if trace.get_current_span(brought).get_span_context().is_valid:
        return brought
    announced = wire.announcement(environ)
    return extract({"traceparent": announced}, brought) if announced else brought
