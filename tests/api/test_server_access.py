"""Keys, scopes and what a browser may do, asked of every route there is."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import grpc
import httpx
import pytest
from bench.server_process import SondeServer

from sonde.server.keys import KeyFile, Scope

PUBLIC = {"/healthz", "/readyz", "/api/v1/openapi.json"}
SENDERS = {("POST", "/api/v1/flush"), ("POST", "/api/v1/links")}
OTLP = ("/v1/traces", "/v1/logs", "/v1/metrics")
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@dataclass(frozen=True)
class Locked:
    """A server with one key of each scope."""

    server: SondeServer
    tokens: dict[Scope, str]

    def ask(self, method: str, path: str, token: str | None, **headers: str) -> httpx.Response:
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return httpx.request(method, self.server.url + path, headers=headers, timeout=20)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Generator[Locked]:
    server = SondeServer(tmp_path_factory.mktemp("locked") / "data")
    keys = KeyFile(server.data_dir)
    tokens = {scope: keys.create([scope])[0] for scope in Scope}
    try:
        yield Locked(server.start(), tokens)
    finally:
        server.close()


def routes(server: SondeServer) -> list[tuple[str, str]]:
    """Method and path of every route of the API, with something for its parameters."""
    described = httpx.get(f"{server.url}/api/v1/openapi.json").json()
    return [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in described["paths"].items()
        for method in methods
    ]


def test_no_route_but_the_public_ones_answers_without_a_key(locked: Locked) -> None:
    found = routes(locked.server)
    assert ("GET", "/metrics") in found
    for method, path in found:
        expected = {200, 503} if path in PUBLIC else {401}
        for token in (None, "sonde_00000000_wrong"):
            answer = locked.ask(method, path, token)
            assert answer.status_code in expected, (method, path)
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"] == "Bearer"
                assert set(answer.json()["error"]) == {"code", "message", "hint"}


def test_telemetry_sent_to_a_wrong_path_is_told_the_right_ones(locked: Locked) -> None:
    answer = httpx.post(f"{locked.server.url}/v1/traces/", content=b"")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == ("method_not_allowed", "cannot POST /v1/traces/")
    assert "/v1/traces," in error["hint"]


def test_openapi_tells_which_routes_need_a_key_and_how_errors_look(locked: Locked) -> None:
    described = httpx.get(f"{locked.server.url}/api/v1/openapi.json").json()
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) is (path not in PUBLIC), path
            error = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert error == {"$ref": "#/components/schemas/ErrorAnswer"}
            assert "422" not in operation["responses"]


def test_a_key_that_only_sends_cannot_read(locked: Locked) -> None:
    for method, path in routes(locked.server):
        if path not in PUBLIC and (method, path) not in SENDERS:
            assert locked.ask(method, path, locked.tokens[Scope.INGEST]).status_code == 403, (method, path)


@pytest.mark.parametrize("path", OTLP)
def test_sending_needs_a_key_that_may(locked: Locked, path: str) -> None:
    def send(token: str | None) -> int:
        return locked.ask("POST", path, token, **{"content-type": "application/x-protobuf"}).status_code

    assert send(None) == 401
    assert send("nonsense") == 401
    assert send(locked.tokens[Scope.READ]) == 403
    assert send(locked.tokens[Scope.INGEST]) == 200
    assert send(locked.tokens[Scope.ADMIN]) == 200


def test_a_refused_sender_is_told_so_in_its_encoding(locked: Locked) -> None:
    answer = locked.ask("POST", "/v1/logs", None, **{"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, 16)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("scope", "code"),
    [(None, grpc.StatusCode.UNAUTHENTICATED), (Scope.READ, grpc.StatusCode.PERMISSION_DENIED)],
)
def test_grpc_asks_for_the_same_key(locked: Locked, scope: Scope | None, code: grpc.StatusCode) -> None:
    def export(scope: Scope | None) -> object:
        metadata = (("authorization", f"Bearer {locked.tokens[scope]}"),) if scope else ()
        return channel.unary_unary(EXPORT)(b"", timeout=10, metadata=metadata)

    with grpc.insecure_channel(f"127.0.0.1:{locked.server.grpc_port}") as channel:
        assert export(Scope.INGEST) == b""
        with pytest.raises(grpc.RpcError) as caught:
            export(scope)
    assert isinstance(caught.value, grpc.Call)
    assert caught.value.code() is code


def test_a_key_made_while_it_runs_locks_it(new_server: Callable[..., SondeServer]) -> None:
    server = new_server().start()
    assert httpx.get(f"{server.url}/metrics").status_code == 200
    token, key = KeyFile(server.data_dir).create([Scope.READ])
    assert httpx.get(f"{server.url}/metrics").status_code == 401
    bearer = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{server.url}/metrics", headers=bearer).status_code == 200
    KeyFile(server.data_dir).revoke(key.id)
    assert httpx.get(f"{server.url}/metrics").status_code == 200


@pytest.mark.parametrize("host", ["evil.org", "evil.org:4318", "192.0.2.1"])
def test_a_rebound_name_reads_nothing_from_an_open_server(shared_server: SondeServer, host: str) -> None:
    for method, path in routes(shared_server):
        if path not in PUBLIC:
            answer = httpx.request(method, shared_server.url + path, headers={"host": host})
            assert answer.status_code == 403, (method, path)


def test_a_foreign_page_changes_nothing(shared_server: SondeServer) -> None:
    for method, path in routes(shared_server):
        if method != "GET":
            answer = httpx.request(method, shared_server.url + path, headers={"origin": "http://evil.org"})
            assert answer.status_code == 403, (method, path)


def test_pages_of_other_origins_cannot_read_the_api(shared_server: SondeServer) -> None:
    answer = httpx.get(f"{shared_server.url}/healthz", headers={"origin": "http://localhost:3000"})
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_loads_nothing_from_elsewhere(shared_server: SondeServer) -> None:
    answer = httpx.get(shared_server.url)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert answer.headers["cache-control"] == "no-cache"
    again = httpx.get(shared_server.url, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_files_outside_the_page_are_not_served(shared_server: SondeServer) -> None:
    for path in ("/../settings.py", "/%2e%2e/settings.py", "/..%2fsettings.py", "//etc/passwd"):
        answer = httpx.get(shared_server.url + path)
        assert "SONDE_" not in answer.text
        assert "root:" not in answer.text


def test_what_is_not_there_is_said_in_json(shared_server: SondeServer) -> None:
    for path in ("/api/v1/nothing", "/nothing"):
        answer = httpx.get(shared_server.url + path)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


def test_metrics_tell_what_was_received_and_refused(shared_server: SondeServer) -> None:
    for body in (b"", b"\xff"):
        headers = {"content-type": "application/x-protobuf"}
        httpx.post(f"{shared_server.url}/v1/logs", content=body, headers=headers)
    answer = httpx.get(f"{shared_server.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        'sonde_requests_total{transport="http",signal="logs"} 2',
        'sonde_refused_total{signal="logs",reason="undecodable"} 1',
    ):
        assert line in answer.text.splitlines()
    for name in ("sonde_journal_bytes", "sonde_journal_age_seconds", "sonde_engine_memory_bytes"):
        assert f"\n{name} " in answer.text
