"""Links in two stores of which one is down or hangs, and what is known of a read that was not done."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from bench.server_process import SondeServer
from tests.sdk.links.stand_ins import TOKEN, RealRedis, upstash

import sonde
from sonde.testing import capture

LIMIT_S = 5.0
"""A time that a good store is done in, however busy the machine."""

DOWN = "redis://127.0.0.1:1/0"


@pytest.fixture
def redis(tmp_path: Path) -> Generator[RealRedis]:
    made = RealRedis(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    made = SondeServer(tmp_path_factory.mktemp("links") / "data")
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def silent() -> Generator[int]:
    """The port of something that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hung:
        yield hung.getsockname()[1]


def both(server_url: str, redis_url: str) -> dict[str, Any]:
    return {
        "links_store": "both",
        "url": server_url,
        "redis_url": redis_url,
        "links_timeout_s": LIMIT_S,
    }


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == "sonde"]


def test_a_redis_that_hangs_leaves_what_sonde_has(
    redis: RealRedis, server: SondeServer, caplog: pytest.LogCaptureFixture
) -> None:
    with sonde.Links(**both(server.url, redis.url)) as links:
        assert links.store_telemetry("payment", "hang_1", "run_1")
        with redis.client() as inside:
            inside.set("telemetry:payment:in_redis_alone", '{"runId": "run_theirs"}', ex=60)
        redis.hang()
        for _ in range(3):
            found = links.get_telemetry("payment", "hang_1")
            assert found
            assert found.run_id == "run_1"
        assert links.store_telemetry("payment", "hang_2", "run_2")
        said = [each for each in warnings(caplog) if each.startswith("the store")]
        assert said == [
            "the store of links redis is left out until it answers, builtin alone is used: no answer in time"
        ]
        redis.go_on()
        deadline = time.monotonic() + 30
        while links.get_telemetry("payment", "in_redis_alone") is None:
            assert time.monotonic() < deadline, "Redis is not read from any more"


def test_a_sonde_that_hangs_leaves_what_redis_has(redis: RealRedis, silent: int) -> None:
    with redis.client() as inside:
        inside.set("telemetry:payment:pym_1", '{"runId": "run_theirs"}', ex=60)
    with sonde.Links(**both(f"http://127.0.0.1:{silent}", redis.url)) as links:
        found = links.get_telemetry("payment", "pym_1")
        assert found
        assert found.run_id == "run_theirs"
        assert links.store_telemetry("payment", "pym_2", "run_2")
        with redis.client() as inside:
            assert inside.get("telemetry:payment:pym_2") == '{"runId": "run_2"}'


def test_a_link_that_one_store_took_is_stored(server: SondeServer, caplog: pytest.LogCaptureFixture) -> None:
    with capture() as told, sonde.Links(**both(server.url, DOWN)) as links:
        assert links.store_telemetry("payment", "alone_1", "run_1")
        assert links.store_telemetry_many({"payment": ["alone_2", "alone_3", "alone_4"]}, "run_1")
        for name in ("alone_1", "alone_2", "alone_3"):
            assert links.get_telemetry("payment", name)
    first, second, reading = warnings(caplog)
    assert first.startswith(
        "Telemetry stored in builtin, not in redis: entity_type=payment entity_id=alone_1 run_id=run_1: "
    )
    assert "entity_id=alone_2 run_id=run_1 and 2 more: " in second
    assert reading.startswith(
        "the store of links redis is left out until it answers, builtin alone is used: "
    )
    assert vars(caplog.records[0])["entity_id"] == "alone_1"
    stored = {"sonde.link.operation": "store", "sonde.link.result": "stored"}
    assert told.value("sonde.link.count", stored) == 4
    failed = {"sonde.link.operation": "store", "sonde.link.result": "failed"}
    assert not told.value("sonde.link.count", failed)


def test_a_link_that_neither_store_took_is_not_and_each_says_why(caplog: pytest.LogCaptureFixture) -> None:
    with sonde.Links(**both("http://127.0.0.1:1", DOWN)) as links:
        assert not links.store_telemetry("payment", "lost", "run_1")
        assert links.get_telemetry("payment", "lost") is None
    stored, read = warnings(caplog)
    assert stored.startswith("Telemetry storage failed: entity_type=payment entity_id=lost run_id=run_1: ")
    assert read.startswith("Telemetry retrieval failed: entity_type=payment entity_id=lost: ")
    for each in (stored, read):
        assert "builtin: " in each
        assert "; redis: " in each


def test_a_write_to_a_hung_store_leaves_asyncio_nothing_to_complain_of(
    silent: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def write() -> None:
        links = sonde.AsyncLinks(
            links_store="redis", redis_url=f"redis://127.0.0.1:{silent}", links_timeout_s=0.05
        )
        assert not await links.store_telemetry("payment", "pym_1", "run_1")
        assert await links.get_telemetry("payment", "pym_1") is None
        given_up = asyncio.ensure_future(links.store_telemetry("payment", "pym_2", "run_1"))
        await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        # The threads are done, so that their failures are with the loop.
        await asyncio.to_thread(links.close)
        await asyncio.sleep(0)

    asyncio.run(write())
    gc.collect()
    assert [each.getMessage() for each in caplog.records if each.name == "asyncio"] == []
    failed = [each for each in warnings(caplog) if each.startswith("Telemetry storage failed")]
    assert len(failed) == 2


@pytest.mark.parametrize("kind", ["Links", "AsyncLinks"])
def test_of_many_links_those_that_came_in_time_are_known(
    redis: RealRedis, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    ids = [str(number) for number in range(3_000)]
    with redis.client() as inside:
        inside.mset({f"telemetry:payment:{each}": '{"runId": "run_1"}' for each in ids})
    with capture() as told, upstash(redis, answers=2) as url:
        settings: dict[str, Any] = {
            "links_store": "upstash",
            "upstash_url": url,
            "upstash_token": TOKEN,
            "links_timeout_s": LIMIT_S,
        }
        if kind == "Links":
            links = sonde.Links(**settings)
            found = links.get_telemetry_many({"payment": ids})
        else:
            links = sonde.AsyncLinks(**settings)
            found = asyncio.run(links.get_telemetry_many({"payment": ids}))
    links.close()
    assert [key for key, each in found.items() if each] == [("payment", each) for each in ids[:2_000]]
    assert len(found) == 3_000
    assert warnings(caplog) == [
        "Telemetry retrieval failed: entity_type=payment entity_id=2000 and 999 more: no answer in time"
    ]
    counted = {
        result: told.value(
            "sonde.link.count", {"sonde.link.operation": "retrieve", "sonde.link.result": result}
        )
        for result in ("found", "failed")
    }
    assert counted == {"found": 2_000, "failed": 1_000}


def test_of_many_links_that_are_lost_a_few_are_named(caplog: pytest.LogCaptureFixture) -> None:
    with sonde.Links(links_store="redis", redis_url=DOWN, links_timeout_s=LIMIT_S) as links:
        assert not links.store_telemetry_many({"payment": list(range(5_000))}, "run_1")
    said = warnings(caplog)
    assert len(said) == 10
    assert "entity_id=9 run_id=run_1 and 4990 more: " in said[-1]
