"""Links that programs keep in Redis alone, found by everything that asks the server."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import Ran
from tests.api.cli_process import sonde as run_sonde
from tests.api.conftest import NewServer
from tests.sdk.links.stand_ins import TOKEN, RealRedis, upstash

import sonde
from sonde.server.keys import KeyFile, Scope

LONG_S = 5
"""The time that Redis may take where the machine's business is not what is tested."""
FULL_S = 14 * 86_400


@pytest.fixture(scope="module")
def real_redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[RealRedis]:
    made = RealRedis(tmp_path_factory.mktemp("redis"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def server(real_redis: RealRedis, tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    folder = tmp_path_factory.mktemp("links")
    made = SondeServer(folder / "data", redis_url=real_redis.url, links_timeout_s=LONG_S)
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(scope="module")
def http(server: SondeServer) -> Generator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture
def program(real_redis: RealRedis) -> Generator[sonde.Links]:
    """A program that knows of Redis only."""
    with sonde.Links(redis_url=real_redis.url, links_timeout_s=LONG_S) as links:
        yield links


def get(http: httpx.Client, entity_id: str, kind: str = "payment") -> httpx.Response:
    """Ask for one link."""
    return http.get("/api/v1/links", params={"type": kind, "id": entity_id})


def run_of(http: httpx.Client, entity_id: str) -> str:
    """The run that a payment leads to; empty where there is none."""
    return str(get(http, entity_id).json().get("runId", ""))


def until(holds: Callable[[], object]) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


HOSTILE = ["a/b/../c", "Grüße 💶", "x" * 500, "*\n\x00", "[1]", "'; DROP", "..", "%2F", " s ", "x\r\nDEL a"]


@pytest.mark.parametrize("entity_id", HOSTILE)
def test_what_a_program_keeps_in_redis_is_found_by_every_way(
    http: httpx.Client, program: sonde.Links, entity_id: str
) -> None:
    page = "https://jobs.example.com/run_1"
    assert program.store_telemetry("payment", entity_id, "run/1", page, "1" * 32)
    found = get(http, entity_id).json()
    assert (found["runId"], found["traceId"], found["url"], found["id"]) == (
        "run/1",
        "1" * 32,
        page,
        entity_id,
    )
    assert datetime.now(UTC) - datetime.fromisoformat(found["recordedAt"]) < timedelta(seconds=60)
    wanted = [{"type": "payment", "id": each} for each in (entity_id, f"none {entity_id}")]
    answers = http.post("/api/v1/links/query", json={"entities": wanted}).json()["links"]
    assert [each["status"] for each in answers] == ["found", "unknown"]
    gone = http.get("/go", params={"type": "payment", "id": entity_id})
    assert (gone.status_code, gone.headers["location"]) == (302, page)
    asked = {"type": "payment", "id": entity_id}
    (run,) = http.get("/api/v1/links/history", params=asked).json()["runs"]
    assert (run["runId"], run["expired"]) == ("run/1", False)
    about = http.get(f"/api/v1/entities/payment/{quote(entity_id, safe='').replace('.', '%2E')}").json()
    assert (about["status"], about["runCount"], about["traceCount"]) == ("found", 1, 1)
    assert [each["runId"] for each in about["entries"]] == ["run/1"]
    found = http.get("/api/v1/find", params={"q": entity_id}).json()["found"]
    assert {"kind": "entity", "type": "payment", "id": entity_id, "isExact": True} in found


def test_it_is_read_by_upstashs_rest_api_as_well(
    real_redis: RealRedis, program: sonde.Links, new_server: NewServer
) -> None:
    with upstash(real_redis) as rest:
        server = new_server(upstash_url=rest, upstash_token=TOKEN, links_timeout_s=LONG_S).start()
        assert program.store_telemetry("payment", "pym_rest", "run_rest")
        with httpx.Client(base_url=server.url, timeout=30) as http, real_redis.client() as inside:
            inside.delete("telemetry:payment:list")
            inside.rpush("telemetry:payment:list", "x")
            wanted = [{"type": "payment", "id": each} for each in ("list", "pym_rest", "none")]
            answers = http.post("/api/v1/links/query", json={"entities": wanted}).json()["links"]
            assert [each["status"] for each in answers] == ["unknown", "found", "unknown"]
            assert run_of(http, "pym_rest") == "run_rest"
    assert "HTTP Request" not in server.log_path.read_text()


def test_commands_find_it_with_a_server_and_without_one(
    server: SondeServer, program: sonde.Links, real_redis: RealRedis, new_server: NewServer
) -> None:
    assert program.store_telemetry("payment", "pym_cli", "run_cli", "https://jobs.example.com/run_cli")
    alone = new_server().start()
    alone.stop()
    here = {"SONDE_URL": server.url}
    without = {
        "SONDE_DATA_DIR": str(alone.data_dir),
        "SONDE_REDIS_URL": real_redis.url,
        "SONDE_LINKS_TIMEOUT_S": str(LONG_S),
        "SONDE_HTTP_PORT": str(alone.http_port),
    }
    for env in (here, without):

        def link(*arguments: str, env: dict[str, str] = env) -> Ran:
            return run_sonde("link", *arguments, env=env)

        assert json.loads(link("get", "payment", "pym_cli", "-f", "json").out)["runId"] == "run_cli"
        assert link("open", "payment", "pym_cli", "--print").out == "https://jobs.example.com/run_cli\n"
        assert "run_cli" in link("history", "payment", "pym_cli").out
        assert link("get", "payment", "pym_no").code == 1


def test_the_newest_wins_wherever_it_is(http: httpx.Client, program: sonde.Links) -> None:
    def tell_the_server(run_id: str, ago: timedelta = timedelta()) -> None:
        at = (datetime.now(UTC) - ago).isoformat()
        body = {"type": "payment", "id": "pym_two", "runId": run_id, "recordedAt": at}
        http.post("/api/v1/links", json=body).raise_for_status()

    tell_the_server("run_old", timedelta(minutes=5))
    assert program.store_telemetry("payment", "pym_two", "run_redis")
    assert run_of(http, "pym_two") == "run_redis"
    # Without its time to live it was written a minute ago, to the server's knowledge.
    tell_the_server("run_future", -timedelta(seconds=30))
    for _ in range(2):
        assert run_of(http, "pym_two") == "run_future"
        http.post("/api/v1/flush").raise_for_status()
    asked = {"type": "payment", "id": "pym_two"}
    runs = http.get("/api/v1/links/history", params=asked).json()["runs"]
    assert [each["runId"] for each in runs] == ["run_future", "run_redis", "run_old"]
    about = http.get("/api/v1/entities/payment/pym_two").json()
    assert (about["link"]["runId"], about["runCount"]) == ("run_future", 3)
    assert http.get("/go/payment/pym_two").headers["location"].endswith("/#/runs/run_future")


@pytest.mark.parametrize(
    ("run_id", "expected"),
    [
        ("run_x", ["run_0", "run_1", "run_x", "run_2", "run_3"]),
        ("run_0", ["run_0", "run_1", "run_2", "run_3"]),
        ("run_1", ["run_0", "run_1", "run_2", "run_3"]),
        ("run_3", ["run_0", "run_1", "run_3", "run_2"]),
    ],
)
def test_an_old_link_has_its_place_in_the_pages_of_an_entity(
    http: httpx.Client, real_redis: RealRedis, run_id: str, expected: list[str]
) -> None:
    entity_id = f"pages_{run_id}"
    for run in range(4):
        at = (datetime.now(UTC) - timedelta(hours=run)).isoformat()
        body = {"type": "payment", "id": entity_id, "runId": f"run_{run}", "recordedAt": at}
        http.post("/api/v1/links", json=body).raise_for_status()
    http.post("/api/v1/flush").raise_for_status()
    with real_redis.client() as inside:
        inside.set(f"telemetry:payment:{entity_id}", json.dumps({"runId": run_id}), ex=FULL_S - 5400)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = http.get(f"/api/v1/entities/payment/{entity_id}", params=params).json()
        assert page["runCount"] == len(expected)
        seen += [each["runId"] for each in page["entries"]]
        cursor = page["nextCursor"]
    assert seen == expected


def test_the_time_to_live_tells_the_age_and_its_end_ends_the_link(
    http: httpx.Client, real_redis: RealRedis
) -> None:
    with real_redis.client() as inside:
        inside.set("telemetry:payment:pym_age", '{"runId": "run_age"}', ex=10 * 86_400)
        recorded = datetime.fromisoformat(get(http, "pym_age").json()["recordedAt"])
        age = datetime.now(UTC) - recorded
        assert timedelta(days=4) <= age < timedelta(days=4, seconds=60)
        # One that never ends, and one that has more time than it may.
        inside.set("telemetry:payment:pym_ever", '{"runId": "run_ever"}')
        inside.set("telemetry:payment:pym_long", '{"runId": "run_long"}', ex=10 * FULL_S)
        assert run_of(http, "pym_ever") == "run_ever"
        recorded = datetime.fromisoformat(get(http, "pym_long").json()["recordedAt"])
        assert recorded <= datetime.now(UTC)
        inside.pexpire("telemetry:payment:pym_ever", 1)
        until(lambda: not inside.exists("telemetry:payment:pym_ever"))
    none = get(http, "pym_ever")
    assert (none.status_code, none.json()["error"]["reason"]) == (404, "unknown")


JUNK = {
    "text": "not json",
    "a list": "[]",
    "a number": '{"runId": 7}',
    "nothing": "{}",
    "an empty id": '{"runId": ""}',
    "half a surrogate": '{"runId": "\\ud800"}',
    "no text": b'{"runId": "\xff\xfe"}',
    "a long id": json.dumps({"runId": "x" * 1001}),
    "much": "[" * 100_000,
}


def test_what_is_no_link_is_none_and_harms_no_other(
    http: httpx.Client, real_redis: RealRedis, program: sonde.Links
) -> None:
    with real_redis.client() as inside:
        for name, value in JUNK.items():
            inside.set(f"telemetry:payment:{name}", value)
        inside.delete("telemetry:payment:hash")
        inside.hset("telemetry:payment:hash", "runId", "run_x")
        odd = {"runId": "<b>", "runUrl": "javascript:alert(1)", "traceId": ["x"]}
        inside.set("telemetry:payment:odd", json.dumps(odd))
    assert program.store_telemetry("payment", "pym_good", "run_good")
    assert program.get_telemetry_many({"payment": [*JUNK, "hash"]}) == dict.fromkeys(
        ("payment", name) for name in (*JUNK, "hash")
    )
    wanted = [{"type": "payment", "id": each} for each in (*JUNK, "hash", "pym_good", "odd")]
    answers = http.post("/api/v1/links/query", json={"entities": wanted}).json()["links"]
    *junk, good, odd_one = answers
    assert {each["status"] for each in junk} == {"unknown"}
    assert good["link"]["runId"] == "run_good"
    shown = odd_one["link"]
    assert (shown["runId"], shown["traceId"], shown["runUrl"]) == ("<b>", "", "")
    assert shown["url"].endswith("/#/runs/%3Cb%3E")
    # It is read as before: an id without bytes is no failure, either.
    assert http.get("/api/v1/links?type=payment&id=%ED%A0%80").status_code == 404
    assert http.get("/api/v1/status").json()["warnings"] == []


def test_keys_begin_with_the_namespace(real_redis: RealRedis, new_server: NewServer) -> None:
    server = new_server(redis_url=real_redis.url, links_namespace="acme", links_timeout_s=LONG_S).start()
    place = {"redis_url": real_redis.url, "links_timeout_s": LONG_S}
    with (
        sonde.Links(links_namespace="acme", **place) as acme,
        sonde.Links(**place) as other,
        httpx.Client(base_url=server.url, timeout=30) as http,
    ):
        assert acme.store_telemetry("payment", "pym_ns", "run_acme")
        assert other.store_telemetry("payment", "pym_ns", "run_other")
        assert other.store_telemetry("payment", "pym_ns2", "run_other")
        assert (run_of(http, "pym_ns"), run_of(http, "pym_ns2")) == ("run_acme", "")


def test_another_tenant_reads_none_of_them(
    program: sonde.Links, real_redis: RealRedis, new_server: NewServer
) -> None:
    server = new_server(redis_url=real_redis.url, links_timeout_s=LONG_S)
    keys = KeyFile(server.data_dir)
    tokens = [keys.create([Scope.LINKS], tenant=each)[0] for each in ("default", "acme")]
    server.start()
    assert program.store_telemetry("payment", "pym_tenant", "run_tenant")
    codes: list[int] = []
    for token in tokens:
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=30) as http:
            codes.append(get(http, "pym_tenant").status_code)
    assert codes == [200, 404]


def test_a_redis_that_dies_leaves_the_store_and_is_read_again_when_it_is_back(
    tmp_path: Path, new_server: NewServer
) -> None:
    redis = RealRedis(tmp_path)
    redis.start()
    server = new_server(redis_url=redis.url, links_timeout_s=LONG_S).start()
    try:
        with (
            sonde.Links(redis_url=redis.url, links_timeout_s=LONG_S) as program,
            httpx.Client(base_url=server.url, timeout=30) as http,
        ):
            body = {"type": "payment", "id": "pym_here", "runId": "run_here"}
            http.post("/api/v1/links", json=body).raise_for_status()
            assert program.store_telemetry("payment", "pym_there", "run_there")
            assert run_of(http, "pym_there") == "run_there"
            redis.kill()
            for _ in range(5):
                assert run_of(http, "pym_here") == "run_here"
                none = get(http, "pym_there").json()["error"]
                assert none["reason"] == "unknown"
                assert none["hint"].endswith("links in Redis cannot be read just now")
            (warning,) = http.get("/api/v1/status").json()["warnings"]
            assert warning["message"].startswith("links in redis are not read: ")
            assert counted(http) == {"answered": 1, "failed": 1, "skipped": 9}
            assert http.get("/readyz").status_code == 200
            redis.start()
            assert program.store_telemetry("payment", "pym_there", "run_again")
            until(lambda: run_of(http, "pym_there") == "run_again")
            assert http.get("/api/v1/status").json()["warnings"] == []
        assert server.stop() == 0
    finally:
        redis.kill()
    log = server.log_path.read_text()
    assert log.count("cannot read links in redis") == 1
    assert log.count("links in redis are read again") == 1


def test_a_redis_that_hangs_holds_nobody_up(tmp_path: Path, new_server: NewServer) -> None:
    redis = RealRedis(tmp_path)
    redis.start()
    server = new_server(redis_url=redis.url, links_timeout_s=0.1).start()
    try:
        with (
            sonde.Links(redis_url=redis.url, links_timeout_s=LONG_S) as program,
            httpx.Client(base_url=server.url, timeout=30) as http,
        ):
            assert program.store_telemetry("payment", "pym_1", "run_1")
            until(lambda: run_of(http, "pym_1") == "run_1")
            before = counted(http)
            redis.hang()
            body = {"type": "payment", "id": "pym_1", "runId": "run_2"}
            http.post("/api/v1/links", json=body).raise_for_status()
            for _ in range(20):
                assert run_of(http, "pym_1") == "run_2"
                assert http.get("/api/v1/entities/payment/pym_1").status_code == 200
            after = counted(http)
            # One waited a tenth of a second for it, the others not at all.
            assert after["late"] - before.get("late", 0) == 1
            assert after["skipped"] - before.get("skipped", 0) == 39
            redis.go_on()
            assert program.store_telemetry("payment", "pym_3", "run_3")
            until(lambda: run_of(http, "pym_3") == "run_3")
            redis.hang()
            assert server.stop() == 0
    finally:
        redis.kill()


def test_a_program_that_reads_both_stores_waits_for_no_redis_of_the_server(
    tmp_path: Path, new_server: NewServer
) -> None:
    redis = RealRedis(tmp_path)
    redis.start()
    server = new_server(redis_url=redis.url, links_timeout_s=600).start()
    try:
        settings = {"links_store": "both", "url": server.url, "redis_url": redis.url}
        with sonde.Links(links_timeout_s=LONG_S, **settings) as both:
            assert both.store_telemetry("payment", "pym_1", "run_1")
            redis.hang()
            found = both.get_telemetry("payment", "pym_1")
            assert found
            assert found.run_id == "run_1"
    finally:
        redis.kill()


def test_health_names_a_server_that_does_not_read_the_redis_of_programs(
    tmp_path: Path, new_server: NewServer
) -> None:
    redis = RealRedis(tmp_path)
    redis.start()
    reader = new_server(tmp_path / "reader", redis_url=redis.url, links_timeout_s=LONG_S).start()
    other = new_server(tmp_path / "other").start()

    def problems(server: SondeServer, **env: str) -> dict[str, str]:
        place = {"SONDE_URL": server.url, "SONDE_REDIS_URL": redis.url}
        ran = run_sonde("health", "--component", "links", "--format", "json", env=place | env)
        found = {each["store"]: each["problem"] for each in json.loads(ran.out)["checks"]}
        assert ran.code == (1 if any(found.values()) else 0)
        return found

    try:
        assert problems(reader) == {"redis": ""}
        why = f"{other.url} does not read links in redis: start it with the same settings"
        assert problems(other) == {"redis": "", "server": why}
        assert problems(other, SONDE_LINKS_STORE="both") == {"builtin": "", "redis": ""}
        redis.kill()
        with httpx.Client(base_url=reader.url, timeout=30) as http:
            assert get(http, "pym_1").status_code == 404
        assert problems(reader)["server"].startswith(f"{reader.url} cannot read links in redis: ")
    finally:
        redis.kill()


def counted(http: httpx.Client) -> dict[str, int]:
    """How often Redis was asked, by what came of it."""
    page = http.get("/metrics").text
    found = re.findall(r'sonde_outside_links_total\{store="redis",result="(\w+)"\} (\d+)', page)
    return {result: int(times) for result, times in found}


@pytest.fixture
def no_redis_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that are started do not find the package `redis`."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "redis.py").write_text("raise ModuleNotFoundError('redis')")
    path = os.pathsep.join([str(tmp_path / "hidden"), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path.rstrip(os.pathsep))


@pytest.mark.usefixtures("no_redis_package")
def test_without_the_package_the_server_says_what_to_install_when_it_starts(tmp_path: Path) -> None:
    env: dict[str, Any] = {
        "SONDE_DATA_DIR": str(tmp_path / "data"),
        "SONDE_HTTP_PORT": "0",
        "SONDE_GRPC_PORT": "0",
        "SONDE_REDIS_URL": "redis://127.0.0.1:1/0",
    }
    ran = run_sonde("serve", env=env)
    assert ran.code not in (0, None)
    assert "links in Redis need the package redis" in ran.err
    assert 'pip install "sonde[redis]"' in ran.err
    assert run_sonde("serve", env={**env, "SONDE_REDIS_URL": "http://x"}).code == ran.code


def test_an_address_that_is_none_of_redis_is_refused_when_the_server_starts(tmp_path: Path) -> None:
    env = {
        "SONDE_DATA_DIR": str(tmp_path / "data"),
        "SONDE_HTTP_PORT": "0",
        "SONDE_GRPC_PORT": "0",
        "SONDE_REDIS_URL": "http://user:pass@127.0.0.1",
    }
    ran = run_sonde("serve", env=env)
    assert "cannot use links.redis_url" in ran.err
    assert "pass" not in ran.err


@pytest.mark.usefixtures("no_redis_package")
def test_a_server_whose_links_are_its_own_needs_no_redis(new_server: NewServer) -> None:
    server = new_server(redis_url="redis://127.0.0.1:1/0", links_store="builtin").start()
    with httpx.Client(base_url=server.url, timeout=30) as http:
        assert get(http, "pym_1").status_code == 404
        assert counted(http) == {}
