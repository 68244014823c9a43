"""OTLP over HTTP: one kept connection a signal.

The standard library's client: it is loaded in a few milliseconds, no instrumentation of `requests` or `httpx`
sees it, and in a forked child its socket can be closed without touching the parent's.
Source: OpenTelemetry protocol specification, OTLP/HTTP.
"""

from __future__ import annotations

import binascii
import email.utils
import http.client
import os
import socket
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from sonde.sdk.complaints import complain
from sonde.sdk.configuration import LOCAL_HOSTS
from sonde.sdk.export.answer import Answer, Verdict, rejected_in

if TYPE_CHECKING:
    import ssl

_RETRYABLE: Final = frozenset({429, 502, 503, 504})
_MOST_RETRY_AFTER_S: Final = 300.0
_LONGEST_ANSWER: Final = 65536
# A fast level: a request is worth a few hundred kilobytes, and the program's threads wait for the lock.
_GZIP_LEVEL: Final = 3
_GONE: Final = (
    http.client.RemoteDisconnected,
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    http.client.CannotSendRequest,
)


class HttpTransport:
    """Posts to `address`."""

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str],
        *,
        compress: bool,
        certificate: str = "",
        client_certificate: str = "",
        client_key: str = "",
    ) -> None:
        self.address = address
        parts = urllib.parse.urlsplit(address)
        self._https = parts.scheme == "https"
        host = parts.hostname or ""
        # TLS needs the codec too. It is loaded now: a child forked while it is loaded would never get it.
        encoded = host.encode("idna" if self._https or not host.isascii() else "ascii")
        self._host = encoded.decode("ascii")
        self._port = parts.port or (443 if self._https else 80)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._compress = _compressor() if compress else None
        # Made now, not on the way out: see `encoding` about loading modules there.
        self._tls = _tls_context(certificate, client_certificate, client_key) if self._https else None
        self._connection: _Connection | None = None
        self._headers = {
            "content-type": "application/x-protobuf",
            "user-agent": "sonde-python",
            **({"content-encoding": "gzip"} if compress else {}),
            **headers,
        }

    def send(self, body: bytes, timeout_s: float) -> Answer:
        """Post `body`; a connection that the backend closed in the meantime is opened again, once."""
        try:
            if self._compress is not None:
                body = self._compress(body)
            if self._connection is not None:
                try:
                    return self._post(self._connection, body, timeout_s)
                except _GONE:
                    self.close()
            self._connection = self._connect(timeout_s)
            return self._post(self._connection, body, timeout_s)
        except Exception as error:  # nobody answered as HTTP says
            self.close()
            return Answer(Verdict.LATER, _in_words(error), reached=False)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abandon(self) -> None:
        """Close this process's copy of the socket, below TLS: that would tell the backend."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.drop()

    def _post(self, connection: _Connection, body: bytes, timeout_s: float) -> Answer:
        connection.limit(timeout_s)
        connection.request("POST", self._target, body, self._headers)
        response = connection.getresponse()
        text = response.read(_LONGEST_ANSWER)
        if response.will_close or not response.isclosed():
            self.close()
        status = response.status
        if status < 300:
            return Answer(Verdict.TAKEN, str(status), rejected=rejected_in(text))
        if status in _RETRYABLE:
            return Answer(Verdict.LATER, str(status), _retry_after(response.getheader("retry-after")))
        if status == 413:
            return Answer(Verdict.TOO_LARGE, "413")
        return Answer(Verdict.REFUSED, f"{status} {response.reason}".strip())

    def _connect(self, timeout_s: float) -> _Connection:
        proxy = _proxy(self._https, self._host)
        if proxy is None:
            return _Connection(self._host, self._port, timeout_s, self._tls)
        parts = urllib.parse.urlsplit(proxy)
        connection = _Connection(parts.hostname or "", parts.port or 8080, timeout_s, self._tls)
        if self._https:
            connection.set_tunnel(self._host, self._port, _credentials(parts))
        else:
            self._target = self.address
            self._headers |= _credentials(parts)
        return connection


class _Connection(http.client.HTTPConnection):
    """Knows its socket from the moment it exists, so that a fork while it connects can close it."""

    def __init__(self, host: str, port: int, timeout_s: float, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._context = context
        self._bare: socket.socket | None = None
        self._tunnel_to: str | None = None

    def set_tunnel(
        self, host: str, port: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Reach `host` through a proxy."""
        self._tunnel_to = host
        super().set_tunnel(host, port, headers)

    def connect(self) -> None:
        """Connect to the first address that answers."""
        failed: OSError | None = None
        # Given text, it loads the codec of international names, with the whole of Unicode's tables.
        host = self.host.encode("ascii" if self.host.isascii() else "idna")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, self.port, 0, socket.SOCK_STREAM):
            self._bare = socket.socket(family, kind, protocol)
            try:
                self._bare.settimeout(self.timeout)
                self._bare.connect(address)
                self._bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                break
            except OSError as error:
                self._bare.close()
                self._bare, failed = None, error
        if self._bare is None:
            raise failed or OSError("no address")
        self.sock = self._bare
        if self._tunnel_to is not None:
            self._tunnel()  # pyright: ignore[reportAttributeAccessIssue] -- what HTTPConnection.connect calls
        if self._context is not None:
            self.sock = self._context.wrap_socket(self._bare, server_hostname=self._tunnel_to or self.host)

    def limit(self, timeout_s: float) -> None:
        """Let no operation on the socket take longer."""
        self.timeout = timeout_s
        if self.sock is not None:
            self.sock.settimeout(timeout_s)

    def drop(self) -> None:
        """Close the descriptor, and nothing else."""
        for held in (self.sock, self._bare):
            if held is not None and held.fileno() >= 0:
                os.close(held.detach())


def _compressor() -> Callable[[bytes], bytes]:
    import gzip

    return lambda body: gzip.compress(body, _GZIP_LEVEL, mtime=0)


def _tls_context(certificate: str, client_certificate: str, client_key: str) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    try:
        if certificate:
            context.load_verify_locations(certificate)
        if client_certificate:
            context.load_cert_chain(client_certificate, client_key or None)
    except (OSError, ssl.SSLError) as error:
        complain("cannot use the certificates for sending telemetry: %s", error)
    return context


def _proxy(https: bool, host: str) -> str | None:
    """The proxy that the environment names for `host`; never one for this machine."""
    if host in LOCAL_HOSTS or not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    import urllib.request

    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get("https" if https else "http") or proxies.get("all")


def _credentials(proxy: urllib.parse.SplitResult) -> dict[str, str]:
    """The header for a user and password in a proxy's address (RFC 9110, section 11.7.2)."""
    if proxy.username is None:
        return {}
    user, password = (urllib.parse.unquote(each or "") for each in (proxy.username, proxy.password))
    encoded = binascii.b2a_base64(f"{user}:{password}".encode(), newline=False)
    return {"proxy-authorization": f"Basic {encoded.decode()}"}


def _retry_after(value: str | None) -> float | None:
    """Seconds of `Retry-After`, a number or a date (RFC 9110, section 10.2.3), within reason."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), _MOST_RETRY_AFTER_S)


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return f"unknown host ({error.strerror})"
    if isinstance(error, http.client.BadStatusLine):
        return "what answers there does not speak HTTP; gRPC has a port of its own"
    return str(error) or type(error).__name__
