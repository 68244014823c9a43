"""Addresses and the two servers that listen on them."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Generator

import grpc.aio
import uvicorn
from starlette.types import ASGIApp

from sonde.errors import SettingError

BACKLOG = 1024

# Exporters send every five seconds or so and keep their connection: closing it at such a time loses the race.
KEEP_ALIVE_S = 75


class HttpServer(uvicorn.Server):
    """Uvicorn without its own handling of signals, which is the process's."""

    def __init__(self, app: ASGIApp, *, grace_s: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=grace_s,
                backlog=BACKLOG,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals alone."""
        yield


def bind(host: str, port: int, flag: str) -> socket.socket:
    """A socket bound to the address, not yet listening. Raises SettingError, naming the `flag` to use."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise SettingError(
            f"cannot listen on {host}: {error.strerror}", hint="check the setting host"
        ) from None
    # Where a name has both, clients try IPv4 in any case.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)  # Linux lets two sockets bind an address, but only one listen
    except OSError as error:
        listener.close()
        raise cannot_listen(host, port, flag, error) from None
    return listener


def bind_grpc(server: grpc.aio.Server, host: str, port: int) -> int:
    """Add the port to a gRPC server and return it. Raises SettingError."""
    if port:
        bind(host, port, "--grpc-port").close()  # for its message: the library tells no reason
    try:
        return server.add_insecure_port(authority(host, port))
    except RuntimeError:
        error = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        raise cannot_listen(host, port, "--grpc-port", error) from None


def cannot_listen(host: str, port: int, flag: str, error: OSError) -> SettingError:
    """The error for an address that cannot be had."""
    taken = error.errno == errno.EADDRINUSE
    return SettingError(
        f"cannot listen on {authority(host, port)}: {os.strerror(error.errno or errno.EINVAL)}",
        hint=f"another process does; stop it or choose another port with {flag}" if taken else "",
    )


def authority(host: str, port: int) -> str:
    """Host and port, as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """A host by which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
