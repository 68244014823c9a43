"""Tracing a Socket.IO client, asynchronous or threaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, cast
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import Span, SpanContext, SpanKind

from sonde.sdk.context import inject
from sonde.sdk.instrument import socketio_wire as wire
from sonde.sdk.instrument.socketio_packets import EVENTS, Arrivals, measured
from sonde.sdk.instrument.socketio_spans import (
    ACK,
    DISCONNECT_REASON,
    SIZE,
    Calling,
    Prepared,
    acknowledged,
    emission,
    handler_of,
    is_calling,
    reception,
    replace,
)
from sonde.sdk.spans import Block

_OF_THE_CONNECTION = ("connect", "connect_error", "disconnect")


class ClientTracing:
    """What is done around the methods of one client."""

    def __init__(self, client: Any, carry: str) -> None:
        self._client = client
        self._carry = carry
        self._arrivals = Arrivals(lambda _: bool(client._binary_packet))
        self._connecting: Span | None = None
        # Namespaces whose server reads contexts.
        self._readers: set[str] = set()

    def begin(self) -> None:
        """Take the places of the client's methods."""
        client = self._client
        client.packet_class = measured(client.packet_class)
        self._arrivals.listen(client.eio, _of_the_one_connection)
        replace(client, "connect", self._connect)
        replace(client, "emit", self._emit)
        replace(client, "call", self._call)
        replace(client, "_handle_connect", self._connected)
        replace(client, "_handle_event", self._received)
        replace(client, "_trigger_event", self._triggered)
        if self._carry != "never":
            replace(client, "_send_packet", self._sending)
            replace(client.eio, "connect", self._dialling)

    def _connect(self, url: object, *args: Any, **kwargs: Any) -> Prepared:
        attributes: dict[str, object] = {"messaging.system": "socketio"}
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts and parts.hostname:
            attributes["server.address"] = parts.hostname
            if parts.port:
                attributes["server.port"] = parts.port
        block = Block("socketio.connect", attributes, SpanKind.CLIENT, (), False, None, None)
        self._connecting = block
        return Prepared(block, (url, *args), kwargs)

    def _dialling(
        self, url: str, headers: Mapping[str, str] | None = None, *args: Any, **kwargs: Any
    ) -> Prepared:
        """Announce to the server, and tell it what the connection belongs to."""
        carrier: dict[str, str] = {}
        inject(carrier)
        return Prepared(nullcontext(), (wire.announcing(url), {**carrier, **(headers or {})}, *args), kwargs)

    def _connected(self, namespace: str | None, data: object) -> Prepared:
        members = cast(dict[str, object], data) if isinstance(data, dict) else {}
        if members.get(wire.MEMBER):
            self._readers.add(namespace or "/")
        else:
            self._readers.discard(namespace or "/")
        return Prepared(nullcontext(), (namespace, data))

    def _emit(
        self,
        event: object,
        data: object = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> Prepared:
        if is_calling():
            return Prepared(nullcontext(), (event, data, namespace, callback))
        block = emission(event, namespace, None)
        if callable(callback):
            callback = acknowledged(callback, event, namespace, block)
        return Prepared(block, (event, data, namespace, callback))

    def _call(
        self, event: object, data: object = None, namespace: str | None = None, **others: Any
    ) -> Prepared:
        block = Calling(event, namespace, None)
        return Prepared(block, (event,), {"data": data, "namespace": namespace, **others})

    def _sending(self, pkt: Any) -> Prepared:
        reads = self._carry == "always" or (pkt.namespace or "/") in self._readers
        if reads and pkt.packet_type in EVENTS and trace.get_current_span().get_span_context().is_valid:
            carrier: dict[str, str] = {}
            inject(carrier)
            pkt.data = [*pkt.data, wire.carried(carrier)]
        return Prepared(nullcontext(), (pkt,))

    def _received(self, namespace: str | None, id: int | None, data: Sequence[Any]) -> Prepared:
        arguments, carrier = wire.taken(data)
        attributes: dict[str, object] = {SIZE: self._arrivals.of(None)}
        if id is not None:
            attributes[ACK] = True
        block = reception(self._client, data[0], namespace or "/", carrier, self._connection(), attributes)
        return Prepared(block, (namespace, id, arguments))

    def _triggered(self, event: str, namespace: str, *args: Any) -> Prepared:
        """What tells of the connection itself is no message; it has a span if it has a handler."""
        handler, _ = handler_of(self._client, event, namespace)
        if event not in _OF_THE_CONNECTION or handler is None:
            return Prepared(nullcontext(), (event, namespace, *args))
        attributes = {DISCONNECT_REASON: str(args[0])} if event == "disconnect" and args else {}
        block = reception(self._client, event, namespace, None, self._connection(), attributes)
        return Prepared(block, (event, namespace, *args))

    def _connection(self) -> SpanContext | None:
        return self._connecting.get_span_context() if self._connecting is not None else None


def _of_the_one_connection(data: object) -> tuple[None, object]:
    return None, data
