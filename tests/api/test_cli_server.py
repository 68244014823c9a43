"""Commands about a server: start it, look after it, keys, raw SQL."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator
from pathlib import Path

import pytest
from bench.server_process import SondeServer, free_port
from tests.api.cli_process import sonde


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with some made-up traffic."""
    made = SondeServer(tmp_path_factory.mktemp("cli") / "data")
    try:
        made.start()
        ran = sonde("generate", "--count", "60", "--seed", "3", "--url", made.url)
        assert ran.code == 0, ran.err
        yield made
    finally:
        made.close()


def found(out: str) -> dict[str, dict[str, str]]:
    return {finding["check"]: finding for finding in json.loads(out)["findings"]}


def test_serve_names_a_wrong_setting_and_where_it_was_set(tmp_path: Path) -> None:
    ran = sonde("serve", "--http-port", "99999", cwd=tmp_path)
    assert ran.code == 2
    assert "cannot use '99999' for setting http_port: allowed is integer from 0 to 65535" in ran.err
    assert "(set by flag --http-port)" in ran.err
    assert "Traceback" not in ran.err


def test_serve_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = sonde("serve", "--data-dir", str(tmp_path / "data"), "--http-port", port, "--grpc-port", "0")
    assert ran.code not in (0, 1)
    assert port in ran.err
    assert "Traceback" not in ran.err


def test_serve_refuses_a_data_directory_that_another_server_holds(server: SondeServer) -> None:
    ran = sonde("serve", "--data-dir", str(server.data_dir), "--http-port", "0", "--grpc-port", "0")
    assert ran.code == 3
    assert f"held by pid {server.pid} ({server.url})" in ran.err


def test_serve_refuses_other_addresses_without_a_key(tmp_path: Path) -> None:
    ran = sonde(
        "serve", "--data-dir", str(tmp_path), "--host", "0.0.0.0", "--http-port", "0", "--grpc-port", "0"
    )
    assert ran.code == 2
    assert "sonde keys create" in ran.err


def test_every_setting_of_the_server_is_a_flag() -> None:
    from sonde.settings import setting_names

    help_text = sonde("serve", "--help", env={"COLUMNS": "200"}).out
    for name in setting_names():
        if name.field not in ("url", "api_key"):
            assert f" {name.flag} " in help_text


def test_sql_says_which_server_holds_the_store(server: SondeServer) -> None:
    ran = sonde("sql", "SELECT 1", "--data-dir", str(server.data_dir))
    assert ran.code == 3
    assert f"held by the server pid {server.pid} ({server.url})" in ran.err
    assert "stop that server first" in ran.err


def test_sql_says_that_the_server_of_the_address_has_the_store(server: SondeServer, tmp_path: Path) -> None:
    # With and without a store where one would be by default.
    for folder in (tmp_path / "share", tmp_path / "share" / "sonde"):
        folder.mkdir()
        env = {"SONDE_URL": server.url, "XDG_DATA_HOME": str(tmp_path / "share")}
        ran = sonde("sql", "SELECT 1", env=env)
        assert (ran.code, ran.out) == (3, "")
        told = " ".join(ran.err.split())
        assert f"cannot open the store of the server {server.url} (from --url or SONDE_URL)" in told
        assert "stop that server" in told
    named = sonde("sql", "SELECT 1", "--data-dir", str(tmp_path / "none"), env={"SONDE_URL": server.url})
    assert named.code == 3
    assert "there is no store in" in named.err
    assert "no server runs" not in named.err


def test_flush_makes_what_was_sent_queryable(server: SondeServer) -> None:
    assert sonde("flush", env={"SONDE_DATA_DIR": str(server.data_dir)}).code == 0


def test_commands_that_need_a_server_say_so(tmp_path: Path) -> None:
    for command in (["flush"], ["tail"], ["generate"]):
        ran = sonde(*command, "--data-dir", str(tmp_path))
        assert ran.code == 3, ran
        assert "no server runs" in ran.err
        assert "sonde serve" in ran.err


def test_a_server_that_does_not_answer_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ran = sonde("query", "--url", url)
    assert ran.code == 3
    assert url in ran.err
    assert "Traceback" not in ran.err


def test_reading_makes_no_empty_store(tmp_path: Path) -> None:
    ran = sonde("query", "--data-dir", str(tmp_path / "none"))
    assert ran.code == 3
    assert "there is no store" in ran.err
    assert not (tmp_path / "none").exists()


def test_doctor_finds_a_healthy_server_healthy(server: SondeServer) -> None:
    ran = sonde("doctor", "--data-dir", str(server.data_dir), "--format", "json")
    assert ran.code == 0, ran
    assert json.loads(ran.out)["healthy"] is True
    checks = found(ran.out)
    assert checks["server"]["state"] == "ok"
    assert str(server.pid) in checks["store"]["found"]
    assert checks["clock"]["state"] == "ok"


def test_doctor_says_how_to_mend_what_is_wrong(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "journal" / "aside").mkdir(parents=True)
    (data / "journal" / "aside" / "0000000000000001.journal").write_bytes(b"x")
    (data / "journal" / "0000000000000002-1.closed").write_bytes(b"x")
    (data / "keys.json").write_text("{")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        variables = {"SONDE_HTTP_PORT": port, "SONDE_HTTP_PROT": "1", "SONDE_GRPC_PORT": str(free_port())}
        ran = sonde("doctor", "--data-dir", str(data), "--format", "json", env=variables)
        table = sonde("doctor", "--data-dir", str(data), env=variables)
    assert ran.code == table.code == 1
    checks = found(ran.out)
    assert json.loads(ran.out)["healthy"] is False
    for check in ("set aside", "keys", f"port {port}"):
        assert checks[check]["state"] == "fail", checks
        assert checks[check]["mend"]
        assert checks[check]["mend"] in table.out
    assert "SONDE_HTTP_PROT" in checks["settings"]["found"]
    assert "1 segment (" in checks["journal"]["found"]


def test_doctor_finds_a_directory_it_may_not_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = sonde("doctor", "--data-dir", str(tmp_path / "file" / "data"), "--format", "json")
    assert ran.code == 1
    assert found(ran.out)["data directory"]["state"] == "fail"


def test_doctor_finds_a_server_that_is_none(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ran = sonde("doctor", "--url", url, "--data-dir", str(tmp_path), "--format", "csv")
    assert ran.code == 1
    assert f"server,fail,cannot reach {url}" in ran.out


def test_a_key_is_shown_once_and_works_until_it_is_revoked(new_server_with_keys: SondeServer) -> None:
    server = new_server_with_keys
    data = {"SONDE_DATA_DIR": str(server.data_dir)}
    assert sonde("keys", "list", env=data).code == 1
    made = sonde("keys", "create", "--scope", "ingest", "--scope", "read", "--name", "laptop", env=data)
    assert made.code == 0
    token = made.out.strip()
    assert token.startswith("sonde_")
    listed = sonde("keys", "list", env=data)
    assert "laptop" in listed.out
    assert token not in listed.out
    key = json.loads(sonde("keys", "list", "--format", "json", env=data).out)["keys"][0]
    assert key["scopes"] == ["ingest", "read"]

    refused = sonde("generate", "--count", "1", env=data)
    assert refused.code == 4, refused
    asked = sonde("services", env=data)
    assert asked.code == 4
    assert "hint: set SONDE_API_KEY" in asked.err
    assert sonde("generate", "--count", "1", env=data | {"SONDE_API_KEY": token}).code == 0

    assert sonde("keys", "revoke", key["id"], env=data).code == 0
    assert sonde("keys", "revoke", key["id"], env=data).code == 1


@pytest.fixture
def new_server_with_keys(tmp_path: Path) -> Generator[SondeServer]:
    made = SondeServer(tmp_path / "data")
    try:
        yield made.start()
    finally:
        made.close()


def test_a_scope_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    ran = sonde("keys", "create", "--scope", "write", "--data-dir", str(tmp_path))
    assert ran.code == 2
    assert "ingest, read, links, jobs, admin" in ran.err


def test_generate_sends_the_very_same_records_again(server: SondeServer) -> None:
    arguments = (
        "generate",
        "--count",
        "5",
        "--seed",
        "9",
        "--end",
        "2026-05-01T12:00:00Z",
        "--url",
        server.url,
    )
    first, second = sonde(*arguments), sonde(*arguments)
    assert first.code == second.code == 0
    assert first.err == second.err


def test_sql_reads_a_store_that_no_server_holds(tmp_path: Path) -> None:
    made = SondeServer(tmp_path / "data").start()
    try:
        sonde("generate", "--count", "20", "--seed", "1", "--url", made.url)
        assert made.stop() == 0
    finally:
        made.close()
    env = {"SONDE_DATA_DIR": str(made.data_dir)}
    count = "SELECT count() AS spans, uniq(TraceId) AS traces FROM otel_traces"
    ran = sonde("sql", count, "--format", "json", env=env)
    assert ran.code == 0, ran
    answer = json.loads(ran.out)
    assert answer["columns"] == ["spans", "traces"]
    assert answer["rows"][0][1] == 20

    from_input = sonde("sql", "-", "--format", "csv", env=env, stdin="SELECT '=1+1' AS formula, 2 AS n;\n")
    assert from_input.out == "formula,n\n'=1+1,2\n"

    table = sonde("sql", "SELECT number FROM numbers(1000)", "--limit", "2", env=env)
    assert table.out.split() == ["number", "0", "1"]
    assert "cut at 2 rows" in table.err

    for statement, code in [
        ("INSERT INTO otel_logs (Body) VALUES ('x')", 2),
        ("WITH 1 AS x INSERT INTO FUNCTION file('x.csv') SELECT x", 2),
        ("SELECT 1 INTO OUTFILE 'x.csv'", 2),
        ("SELECT * FROM absent", 4),
        ("SELECT 1 FROM", 2),
        ("SELECT 1 WHERE 0", 1),
    ]:
        refused = sonde("sql", statement, env=env)
        assert refused.code == code, (statement, refused)
        assert "Traceback" not in refused.err
    slow = sonde(
        "sql", "SELECT sum(cityHash64(number)) FROM numbers(1000000000000)", "--timeout", "1", env=env
    )
    assert slow.code == 4
    assert "time limit" in slow.err
