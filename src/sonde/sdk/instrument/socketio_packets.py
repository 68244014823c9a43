"""What a message weighs on the wire: counted where packets are encoded and decoded anyway."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import nullcontext
from typing import Any, Final, cast

from opentelemetry import trace

from sonde.sdk.instrument.socketio_spans import SIZE, Prepared, around

EVENTS: Final = (2, 5)  # EVENT and BINARY_EVENT of the Socket.IO protocol, version 5
CONNECT: Final = 0


class Arrived(list[Any]):
    """An event's name and arguments, with the size of the message that brought them."""

    size_bytes = 0


def measured(packet_class: type[Any]) -> type[Any]:
    """A packet class that tells the span of an emit, the current one while it is encoded, its size."""

    class Measured(packet_class):
        def encode(self) -> Any:
            encoded: Any = super().encode()
            if self.packet_type in EVENTS:
                span = trace.get_current_span()
                if span.is_recording():
                    span.set_attribute(SIZE, size_bytes(encoded))
            return encoded

    Measured.__name__, Measured.__qualname__ = packet_class.__name__, packet_class.__qualname__
    return Measured


def size_bytes(encoded: object) -> int:
    """Bytes of an encoded packet, its attachments included."""
    if isinstance(encoded, list):
        return sum(size_bytes(each) for each in cast(list[object], encoded))
    if isinstance(encoded, str):
        return len(encoded) if encoded.isascii() else len(encoded.encode("utf-8", "surrogatepass"))
    return len(encoded) if isinstance(encoded, bytes | bytearray) else 0


class Arrivals:
    """Counts the bytes of each message as its parts come in: a text and the attachments it announces."""

    def __init__(self, waits: Callable[[Hashable], bool]) -> None:
        """`waits` tells of a connection whether attachments of a message are still to come."""
        self._waits = waits
        self._sizes: dict[Hashable, int] = {}

    def listen(self, eio: Any, connection_of: Callable[..., tuple[Hashable, object]]) -> None:
        """Count what Engine.IO hands on; its handler has been given to it already."""
        handler = eio.handlers.get("message")
        if handler is not None:
            eio.on("message", around(handler, lambda *args: self._part(*connection_of(*args), args)))

    def of(self, connection: Hashable) -> int:
        """Bytes of the message that is being handled."""
        return self._sizes.get(connection, 0)

    def _part(self, connection: Hashable, data: object, args: tuple[Any, ...]) -> Prepared:
        if not self._waits(connection):
            self._sizes.pop(connection, None)
        self._sizes[connection] = self._sizes.get(connection, 0) + size_bytes(data)
        return Prepared(nullcontext(), args)

    def forget(self, connection: Hashable) -> None:
        """The connection is gone."""
        self._sizes.pop(connection, None)
