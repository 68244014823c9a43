from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.sdk.collector import Collector

from sonde.sdk.export.answer import Verdict
from sonde.sdk.export.http import HttpTransport

Wrap = Callable[[socket.socket], socket.socket]
MakeTransport = Callable[..., HttpTransport]


@contextmanager
def answering(*replies: bytes, wrap: Wrap | None = None) -> Generator[int]:
    """A port whose connections are answered one after another: each with its bytes, then closed."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)

        def serve() -> None:
            with contextlib.suppress(OSError):
                for reply in replies:
                    connection, _ = listening.accept()
                    with wrap(connection) if wrap else connection as wrapped:
                        # All of it: closing with something unread resets the connection.
                        request = b""
                        while not request.endswith(b"\r\n\r\nx"):
                            request += wrapped.recv(65536)
                        wrapped.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        # Closing alone does not wake a thread that waits for a connection.
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def transport() -> Generator[Callable[..., HttpTransport]]:
    """Makes a transport to an address, or to a port of this machine."""
    made: list[HttpTransport] = []

    def make(
        address: str | int, scheme: str = "http", *, compress: bool = False, **how: str
    ) -> HttpTransport:
        url = address if isinstance(address, str) else f"{scheme}://localhost:{address}/v1/traces"
        made.append(HttpTransport(url, {}, compress=compress, **how))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_connection_is_kept(collector: Collector, transport: MakeTransport) -> None:
    kept = transport(f"{collector.url}/v1/traces", compress=True)
    assert [kept.send(b"", 5).verdict for _ in range(3)] == [Verdict.TAKEN] * 3
    held = kept._connection  # pyright: ignore[reportPrivateUsage] -- what was kept
    assert kept.send(b"", 5).verdict is Verdict.TAKEN
    assert kept._connection is held  # pyright: ignore[reportPrivateUsage] -- what was kept


def test_a_connection_that_was_closed_meanwhile_is_opened_again(transport: MakeTransport) -> None:
    with answering(http("200 OK"), http("200 OK")) as port:
        sending = transport(port)
        assert sending.send(b"x", 5).verdict is Verdict.TAKEN
        assert sending.send(b"x", 5).verdict is Verdict.TAKEN


@pytest.mark.parametrize(
    ("reply", "verdict", "detail"),
    [
        (http("202 Accepted"), Verdict.TAKEN, "202"),
        (http("502 Bad Gateway"), Verdict.LATER, "502"),
        (http("413 Payload Too Large"), Verdict.TOO_LARGE, "413"),
        (http("307 Temporary Redirect", b"", "Location: http://elsewhere/"), Verdict.REFUSED, "307"),
        (http("404 Not Found"), Verdict.REFUSED, "404 Not Found"),
        (b"SSH-2.0-OpenSSH\r\n", Verdict.LATER, ""),
        (b"", Verdict.LATER, ""),
    ],
)
def test_answers_are_understood(
    reply: bytes, verdict: Verdict, detail: str, transport: MakeTransport
) -> None:
    with answering(reply, reply) as port:
        answer = transport(port).send(b"x", 5)
    assert answer.verdict is verdict
    assert answer.detail.startswith(detail)


def test_records_rejected_by_a_backend_that_took_the_rest_are_counted(transport: MakeTransport) -> None:
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = 3
    with answering(http("200 OK", response.SerializeToString())) as port:
        assert transport(port).send(b"x", 5).rejected == 3
    with answering(http("200 OK", b"\xff\xff")) as port:
        assert transport(port).send(b"x", 5).rejected == 0


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("100000", 300, 300),
        (timedelta(seconds=20), 10, 20),
        (timedelta(days=-1), 0, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(
    header: str | timedelta, least: float, most: float, transport: MakeTransport
) -> None:
    if isinstance(header, timedelta):
        header = format_datetime(datetime.now(UTC) + header, usegmt=True)
    with answering(http("503 Busy", b"", f"Retry-After: {header}")) as port:
        after = transport(port).send(b"x", 5).retry_after_s
    assert after is not None
    assert least <= after <= most


def test_retry_after_that_is_neither_is_nothing(transport: MakeTransport) -> None:
    with answering(http("503 Busy", b"", "Retry-After: soon")) as port:
        assert transport(port).send(b"x", 5).retry_after_s is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of `localhost` that it signed itself."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", str(path), "-out", f"{path}.crt", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_https_trusts_the_certificate_it_is_given(certificate: Path, transport: MakeTransport) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def secured(connection: socket.socket) -> socket.socket:
        return context.wrap_socket(connection, server_side=True)

    with answering(http("200 OK"), wrap=secured) as port:
        trusting = transport(port, "https", certificate=f"{certificate}.crt")
        assert trusting.send(b"x", 5).verdict is Verdict.TAKEN


def test_https_does_not_trust_a_stranger(certificate: Path, transport: MakeTransport) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def secured(connection: socket.socket) -> socket.socket:
        return context.wrap_socket(connection, server_side=True)

    with answering(http("200 OK"), wrap=secured) as port:
        answer = transport(port, "https").send(b"x", 5)
    assert (answer.verdict, answer.reached) == (Verdict.LATER, False)
    assert "certificate" in answer.detail


def test_a_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, collector: Collector, transport: MakeTransport
) -> None:
    monkeypatch.setenv("http_proxy", collector.url)
    monkeypatch.delenv("no_proxy", raising=False)
    answer = transport("http://backend.invalid/v1/traces").send(b"", 5)
    assert answer.verdict is Verdict.TAKEN
    assert collector.requests[0][0] == "http://backend.invalid/v1/traces"
    monkeypatch.setenv("no_proxy", "backend.invalid")
    answer = transport("http://backend.invalid/v1/traces").send(b"", 5)
    assert not answer.reached


def test_a_proxy_is_told_user_and_password(
    monkeypatch: pytest.MonkeyPatch, collector: Collector, transport: MakeTransport
) -> None:
    monkeypatch.setenv("http_proxy", collector.url.replace("//", "//bob:p%40ss@"))
    monkeypatch.delenv("no_proxy", raising=False)
    assert transport("http://backend.invalid/v1/traces").send(b"", 5).verdict is Verdict.TAKEN
    _, headers, _ = collector.requests[0]
    assert headers["proxy-authorization"] == "Basic Ym9iOnBAc3M="


def test_a_proxy_of_encrypted_requests_is_told_user_and_password(
    monkeypatch: pytest.MonkeyPatch, transport: MakeTransport
) -> None:
    asked: list[bytes] = []

    def refuse() -> None:
        connection, _ = listening.accept()
        with connection:
            while b"\r\n\r\n" not in b"".join(asked):
                asked.append(connection.recv(4096))
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        monkeypatch.setenv("https_proxy", f"http://bob:p%40ss@127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        proxy = threading.Thread(target=refuse)
        proxy.start()
        answer = transport("https://backend.invalid/v1/traces").send(b"", 5)
        proxy.join(20)
    assert (answer.reached, "403" in answer.detail) == (False, True)
    assert b"CONNECT backend.invalid:443 " in b"".join(asked)
    assert b"proxy-authorization: Basic Ym9iOnBAc3M=\r\n" in b"".join(asked)


def test_what_stays_on_this_machine_goes_through_no_proxy(
    monkeypatch: pytest.MonkeyPatch, collector: Collector, transport: MakeTransport
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert transport(f"{collector.url}/v1/traces").send(b"", 5).verdict is Verdict.TAKEN


def test_a_slow_answer_is_not_waited_for(transport: MakeTransport) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        answer = transport(listening.getsockname()[1]).send(b"x", 0.2)
    assert (answer.verdict, answer.detail) == (Verdict.LATER, "timed out")


def test_an_answer_that_is_no_http_is_told_as_such(transport: MakeTransport) -> None:
    with answering(b"\x00\x00\x1e\x04\x00\x00\x00\x00\x00") as port:
        answer = transport(port).send(b"x", 5)
    assert (answer.verdict, answer.reached) == (Verdict.LATER, False)
    assert "does not speak HTTP" in answer.detail
