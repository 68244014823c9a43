"""Following accepted records."""

from __future__ import annotations

import asyncio

import pytest

from sonde.decode import Parsed, Signal, parse
from sonde.server.live import QUEUE_BATCHES, Live

pytestmark = pytest.mark.anyio

NOTHING: Parsed = parse(Signal.TRACES, [b""])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def publish(live: Live, count: int = 1, tenant: str = "default") -> None:
    for number in range(count):
        live.publish(tenant, Signal.TRACES, NOTHING, number)


async def test_a_follower_gets_what_comes_after_it() -> None:
    live = Live()
    publish(live)
    with live.subscribe("default", Signal.TRACES) as following:
        publish(live, 2)
        assert [(await following.next(1) or NOTHING) is not NOTHING for _ in range(2)] == [True, True]
        assert await following.next(0.01) is None


async def test_tenants_and_signals_are_kept_apart() -> None:
    live = Live()
    with live.subscribe("acme", Signal.TRACES) as other, live.subscribe("default", Signal.LOGS) as logs:
        publish(live)
        assert await other.next(0.01) is None
        assert await logs.next(0.01) is None


async def test_a_slow_follower_is_told_how_much_it_missed() -> None:
    live = Live()
    with live.subscribe("default", Signal.TRACES) as following:
        publish(live, QUEUE_BATCHES + 5)
        first = await following.next(1)
        assert first is not None
        assert (first.dropped, first.received_at_ns) == (5, 5)
        second = await following.next(1)
        assert second is not None
        assert second.dropped == 0
    assert live.dropped_total == 5


async def test_closing_wakes_and_ends_every_follower() -> None:
    live = Live()
    following = live.subscribe("default", Signal.TRACES)

    async def read() -> int:
        return len([batch async for batch in following])

    reading = asyncio.create_task(read())
    publish(live, 3)
    await asyncio.sleep(0)
    live.close()
    assert await asyncio.wait_for(reading, 1) == 3
    assert live.subscribers == 0
    assert await live.subscribe("default", Signal.TRACES).next() is None


async def test_a_follower_that_leaves_is_forgotten() -> None:
    live = Live()
    with live.subscribe("default", Signal.TRACES):
        assert live.subscribers == 1
    assert live.subscribers == 0
    publish(live)
