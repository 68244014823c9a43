"""The same links in every store: a real Redis, Upstash's REST API, the Sonde server, two together."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import sonde as run_sonde
from tests.sdk.links.stand_ins import TOKEN, RealRedis, upstash

import sonde
from sonde.link_stores.interface import Found, newer
from sonde.records import TelemetryRecord
from sonde.sdk.configuration import read
from sonde.sdk.links.health import check_stores
from sonde.testing import capture

LONG_S = 5.0
"""The time that a call may take where the machine's business is not what is tested."""


@pytest.fixture(scope="module")
def real_redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[RealRedis]:
    made = RealRedis(tmp_path_factory.mktemp("redis"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def rest(real_redis: RealRedis) -> Generator[str]:
    with upstash(real_redis) as url:
        yield url


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    made = SondeServer(tmp_path_factory.mktemp("links") / "data")
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(params=["redis", "upstash", "builtin", "both"])
def given(
    request: pytest.FixtureRequest, real_redis: RealRedis, rest: str, server: SondeServer
) -> dict[str, Any]:
    """Settings of each store."""
    return {
        "links_store": request.param,
        "redis_url": real_redis.url,
        "upstash_url": rest,
        "upstash_token": TOKEN,
        "url": server.url,
        "links_timeout_s": LONG_S,
    }


HOSTILE = ["pym_1", "a/b:c d", "Grüße 💶", "x" * 500, "*\n\x00", "[1]", "'; DROP"]


@pytest.mark.parametrize("entity_id", HOSTILE)
def test_what_is_stored_is_read_at_once(given: dict[str, Any], entity_id: str) -> None:
    with sonde.Links(**given) as links:
        assert links.get_telemetry("payment", f"none {entity_id}") is None
        assert links.store_telemetry("payment", entity_id, "run_1")
        assert links.store_telemetry("payment", entity_id, "run_2", "https://jobs/run_2", "1" * 32)
        found = links.get_telemetry_with_url("payment", entity_id)
        assert found is not None
        record, url = found
        assert (record.run_id, record.run_url, record.trace_id) == ("run_2", "https://jobs/run_2", "1" * 32)
        assert url == "https://jobs/run_2"
        assert abs(record.recorded_at - datetime.now(UTC)) < timedelta(seconds=20)


def test_the_async_twin_does_the_same(given: dict[str, Any]) -> None:
    async def both() -> None:
        async with sonde.AsyncLinks(**given) as links:
            assert await links.store_telemetry_many({"invoice": ["i1", "i2"], "payment": "p"}, "run_async")
            found = await links.get_telemetry("invoice", "i2")
            assert found
            assert found.run_id == "run_async"
            many = await links.get_telemetry_many([("payment", "p"), ("payment", "none")])
            assert [bool(each) for each in many.values()] == [True, False]

    asyncio.run(both())


def test_many_are_stored_and_read_in_one_exchange(given: dict[str, Any]) -> None:
    with sonde.Links(**given) as links:
        assert links.store_telemetry_many({"billing_period": [f"2026-{n}" for n in range(300)]}, "run_many")
        found = links.get_telemetry_many({"billing_period": ["2026-0", "2026-299", "2026-x"]})
        assert {key: each and each.record.run_id for key, each in found.items()} == {
            ("billing_period", "2026-0"): "run_many",
            ("billing_period", "2026-299"): "run_many",
            ("billing_period", "2026-x"): None,
        }


def test_requests_of_links_are_no_lines_of_the_programs_log(
    given: dict[str, Any], server: SondeServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def asynchronous() -> None:
        async with sonde.AsyncLinks(**given) as links:
            assert await links.store_telemetry("payment", "pym_quiet", "run_1")
            assert await links.get_telemetry("payment", "pym_quiet")

    caplog.set_level(logging.INFO)
    with sonde.Links(**given) as links:
        assert links.store_telemetry("payment", "pym_quiet", "run_1")
        assert links.get_telemetry("payment", "pym_quiet")
    asyncio.run(asynchronous())
    assert caplog.messages == []
    httpx.get(f"{server.url}/healthz", timeout=30)
    assert [each.name for each in caplog.records] == ["httpx"]


def test_redis_holds_what_other_programs_expect(real_redis: RealRedis, rest: str) -> None:
    for settings in (
        {"redis_url": real_redis.url},
        {"upstash_url": rest, "upstash_token": TOKEN},
    ):
        with sonde.Links(links_timeout_s=LONG_S, **settings) as links, real_redis.client() as inside:
            assert links.store_telemetry("payment", "pym_contract", "run_abc")
            assert json.loads(str(inside.get("telemetry:payment:pym_contract"))) == {"runId": "run_abc"}
            assert 1_209_590 <= int(str(inside.ttl("telemetry:payment:pym_contract"))) <= 1_209_600
            # What another program wrote four days ago.
            inside.set("telemetry:webhook:w", '{"runId": "run_theirs"}', ex=10 * 86_400)
            theirs = links.get_telemetry("webhook", "w")
            assert theirs
            age = datetime.now(UTC) - theirs.recorded_at
            assert timedelta(days=4) <= age < timedelta(days=4, seconds=60)
            for odd in ("not json", "[]", '{"runId": 7}', "{}"):
                inside.set("telemetry:webhook:odd", odd)
                assert links.get_telemetry("webhook", "odd") is None
            inside.delete("telemetry:webhook:list")
            inside.rpush("telemetry:webhook:list", "x")
            assert links.get_telemetry("webhook", "list") is None


def test_of_two_stores_the_newer_link_counts(real_redis: RealRedis, server: SondeServer) -> None:
    place = {"redis_url": real_redis.url, "url": server.url, "links_timeout_s": LONG_S}
    with (
        sonde.Links(links_store="redis", **place) as redis_alone,
        sonde.Links(links_store="builtin", **place) as server_alone,
        sonde.Links(links_store="both", **place) as both,
    ):
        for first, second in ((redis_alone, server_alone), (server_alone, redis_alone)):
            assert first.store_telemetry("payment", "pym_two", "run_first")
            time.sleep(0.05)
            assert second.store_telemetry("payment", "pym_two", "run_second")
            found = both.get_telemetry("payment", "pym_two")
            assert found
            assert found.run_id == "run_second"
        assert redis_alone.store_telemetry("payment", "pym_here", "run_here")
        found = both.get_telemetry("payment", "pym_here")
        assert found
        assert found.run_id == "run_here"


def test_of_the_same_run_sonde_knows_more() -> None:
    at = datetime.now(UTC)
    first = Found(TelemetryRecord(run_id="r", recorded_at=at), "https://x")
    assert newer(first, Found(TelemetryRecord(run_id="r", recorded_at=at + timedelta(days=1)))) is first


def test_a_redis_that_dies_is_logged_and_used_again_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "sonde")
    real = RealRedis(tmp_path)
    real.start()
    try:
        with sonde.Links(links_store="redis", redis_url=real.url, links_timeout_s=LONG_S) as links:
            assert links.store_telemetry("payment", "pym_1", "run_1")
            assert "Telemetry stored: entity_type=payment entity_id=pym_1 run_id=run_1" in caplog.text
            real.kill()
            caplog.clear()
            assert not links.store_telemetry("payment", "pym_2", "run_2")
            assert links.get_telemetry("payment", "pym_1") is None
            (stored, read) = [each for each in caplog.records if each.levelno == logging.WARNING]
            assert stored.getMessage().startswith(
                "Telemetry storage failed: entity_type=payment entity_id=pym_2 run_id=run_2"
            )
            assert vars(stored)["entity_id"] == "pym_2"
            assert read.getMessage().startswith("Telemetry retrieval failed")
            real.start()
            assert links.store_telemetry("payment", "pym_3", "run_3")
            found = links.get_telemetry("payment", "pym_3")
            assert found
            assert found.run_id == "run_3"
    finally:
        real.kill()


@pytest.mark.parametrize("store", ["redis", "upstash", "builtin"])
def test_a_store_that_never_answers_holds_nobody_up(store: str) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hung:
        port = hung.getsockname()[1]
        links = sonde.Links(
            links_store=store,
            redis_url=f"redis://127.0.0.1:{port}",
            upstash_url=f"http://127.0.0.1:{port}",
            upstash_token="t",
            url=f"http://127.0.0.1:{port}",
            links_timeout_s=0.1,
        )
        links.get_telemetry("payment", "first")  # modules are loaded, connections made
        began = time.monotonic()
        assert not links.store_telemetry("payment", "pym_1", "run_1")
        assert links.get_telemetry("payment", "pym_1") is None
        assert time.monotonic() - began < 1.5  # twice a tenth of a second, on a machine that is busy
        links.close()


def test_the_server_refuses_a_key_that_may_not_and_the_program_goes_on(
    server: SondeServer, caplog: pytest.LogCaptureFixture
) -> None:
    with sonde.Links(links_store="builtin", url=server.url + "/nowhere", links_timeout_s=LONG_S) as links:
        assert not links.store_telemetry("payment", "pym_1", "run_1")
    assert "Telemetry storage failed" in caplog.text


def test_the_page_of_a_run_is_told_by_the_run_or_the_settings_or_is_sondes(
    real_redis: RealRedis, server: SondeServer
) -> None:
    place = {"redis_url": real_redis.url, "links_timeout_s": LONG_S, "url": server.url}
    with sonde.Links(**place) as plain:
        plain.store_telemetry("payment", "pym_page", "run/1")
        found = plain.get_telemetry_with_url("payment", "pym_page")
        assert found
        assert found.url == f"{server.url}/#/runs/run%2F1"
    with sonde.Links(links_provider="trigger.dev", links_org="o", links_project="p", **place) as known:
        found = known.get_telemetry_with_url("payment", "pym_page")
        assert found
        assert found.url == "https://cloud.trigger.dev/orgs/o/projects/p/env/prod/runs/run%2F1"


def test_a_link_stored_directly_is_in_the_history_with_its_event(server: SondeServer) -> None:
    with sonde.Links(links_store="builtin", url=server.url, links_timeout_s=LONG_S) as links:
        assert links.store_telemetry("notification", "n/1", "run_n", trace_id="2" * 32)
    httpx.post(f"{server.url}/api/v1/flush", timeout=30)
    asked = {"type": "notification", "id": "n/1"}
    (run,) = httpx.get(f"{server.url}/api/v1/links/history", params=asked, timeout=30).json()["runs"]
    assert (run["runId"], run["traceIds"], run["outcome"]) == ("run_n", ["2" * 32], "")
    events = httpx.get(f"{server.url}/api/v1/events", params={"q": "run:run_n"}, timeout=30).json()["events"]
    assert [event["eventName"] for event in events] == ["entity.touched"]


def test_the_health_of_each_store_is_known(given: dict[str, Any]) -> None:
    found = check_stores(read(given)[0])
    names = {"both": ["builtin", "redis"]}.get(given["links_store"], [given["links_store"]])
    assert [each.store for each in found] == names
    assert [each.problem for each in found] == [""] * len(names)
    assert all(each.response_ms is not None and each.response_ms > 0 for each in found)


def test_what_was_stored_and_read_is_counted_whatever_the_store(given: dict[str, Any]) -> None:
    with capture() as told:
        with sonde.Links(**given) as links:
            links.store_telemetry_many({"payment": ["count_1", "count_2"]}, "run_1")
            links.get_telemetry_many({"payment": ["count_1", "count_2", "count_3"]})
        nowhere = {**given, "links_store": "redis", "redis_url": "redis://127.0.0.1:1/0"}
        with sonde.Links(**nowhere) as links:
            links.store_telemetry("payment", "count_1", "run_1")
            links.get_telemetry("payment", "count_1")

    def counted(operation: str, result: str) -> object:
        named = {"sonde.link.operation": operation, "sonde.link.result": result}
        return told.value("sonde.link.count", named)

    assert (counted("store", "stored"), counted("store", "failed")) == (2, 1)
    assert (counted("retrieve", "found"), counted("retrieve", "missing")) == (2, 1)
    assert counted("retrieve", "failed") == 1


def test_a_store_that_is_down_is_named_and_the_other_is_well(tmp_path: Path, server: SondeServer) -> None:
    redis = RealRedis(tmp_path)
    redis.start()
    env = {"SONDE_REDIS_URL": redis.url, "SONDE_LINKS_STORE": "both", "SONDE_URL": server.url}
    try:
        before = run_sonde("health", "--format", "json", env=env)
        redis.kill()
        without = run_sonde("health", "--format", "json", env=env)
        redis.start()
        again = run_sonde("health", "--component", "links", env=env)
    finally:
        redis.kill()
    assert (before.code, json.loads(before.out)["overall_health"]) == (0, "healthy")
    told = json.loads(without.out)
    assert (without.code, told["overall_health"]) == (1, "unhealthy")
    status = {f"{each['component']} {each['store']}".strip(): each["status"] for each in told["checks"]}
    assert status == {"server": "healthy", "links builtin": "healthy", "links redis": "unhealthy"}
    assert again.code == 0, again.out + again.err
    assert [line.split()[:3] for line in again.out.splitlines()] == [
        ["ok", "links", "builtin"],
        ["ok", "links", "redis"],
    ]
