"""`sonde.instrument_socketio`: spans for the events of a Socket.IO server or client.

For python-socketio 5, asynchronous and threaded, with functions or namespace classes as handlers.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeVar

from sonde.sdk.complaints import complain

Peer = TypeVar("Peer")
Carry = Literal["announced", "always", "never"]

_MARK: Final = "_sonde_traced"
_CARRIES: Final = ("announced", "always", "never")


def instrument_socketio(server_or_client: Peer, *, carry: Carry = "announced") -> Peer:
    """Trace a Socket.IO server or client: a span for each event it receives and for each it emits.

    Returns what it is given. Doing it twice changes nothing. To be done before it connects or is connected
    to; handlers may be added before or after.

    Args:
        server_or_client: `Server`, `AsyncServer`, `Client`, `AsyncClient`, `SimpleClient` or
            `AsyncSimpleClient` of python-socketio.
        carry: whom the context of an emit is sent along to: `announced`, peers that have said that they read
            it; `always`; `never`.
    """
    try:
        _instrument(server_or_client, carry)
    except Exception as error:
        complain("cannot trace %s", type(server_or_client), error=error)
    return server_or_client


def _instrument(peer: Any, carry: str) -> None:
    from socketio.base_client import BaseClient
    from socketio.base_server import BaseServer

    if carry not in _CARRIES:
        complain("carry of instrument_socketio is one of %s, not %r", ", ".join(_CARRIES), carry)
        carry = "announced"
    if getattr(peer, _MARK, False):
        return
    if isinstance(peer, BaseServer):
        from sonde.sdk.instrument.socketio_server import ServerTracing

        ServerTracing(peer, carry).begin()
    elif isinstance(peer, BaseClient):
        from sonde.sdk.instrument.socketio_client import ClientTracing

        ClientTracing(peer, carry).begin()
    elif hasattr(peer, "client_class"):
        # A simple client makes its client when it connects.
        client_class = peer.client_class

        def traced(*args: Any, **kwargs: Any) -> Any:
            client = client_class(*args, **kwargs)
            _instrument(client, carry)
            return client

        peer.client_class = traced
    else:
        complain("instrument_socketio takes a server or client of python-socketio, not %s", type(peer))
        return
    setattr(peer, _MARK, True)
