"""One signal's way out."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from typing import Any

import pytest
from tests.sdk.collector import Collector

from sonde.sdk.export.http import HttpTransport
from sonde.sdk.export.lane import Lane, Outcome
from sonde.sdk.export.queue import BoundedQueue
from sonde.sdk.stats import Tally

MIB = 1024 * 1024


class Sending:
    """A lane to the collector whose records are numbers, of `size_bytes` each, and what it encodes."""

    def __init__(self, collector: Collector, *, batch: int, size_bytes: int) -> None:
        self.requests: list[int] = []
        self.hurries: list[bool] = []
        self.tally = Tally()
        self.queue = BoundedQueue[int](10_000, 1024 * MIB, lambda _record: size_bytes)
        self.lane = Lane(
            "traces",
            self.queue,
            self._encode,
            HttpTransport(f"{collector.url}/v1/traces", {}, compress=False),
            self.tally,
            batch=batch,
            timeout_s=5,
            retry_s=5,
            spool=None,
            heard=lambda _signal, _answer: None,
        )

    def send(self, count: int, *, now: bool = False) -> list[int]:
        """How many records each request has."""
        for number in range(count):
            self.queue.put(number)
        assert self.lane.work(time.monotonic() + 20, now=now) is Outcome.EMPTY
        assert self.tally.stats({}).sent == {"traces": count}
        return self.requests

    def _encode(self, records: Sequence[Any], hurry: bool = False) -> bytes:
        self.requests.append(len(records))
        self.hurries.append(hurry)
        return b""


@pytest.fixture
def sending(collector: Collector, request: pytest.FixtureRequest) -> Generator[Sending]:
    """One with the bounds that the test names."""
    made = Sending(collector, **{"batch": 2000, "size_bytes": 1, **getattr(request, "param", {})})
    yield made
    made.lane.transport.close()


def test_the_more_waits_the_more_is_sent_at_once(sending: Sending) -> None:
    assert sending.send(6000) == [2000, 2000, 1000, 500, 250, 128, 122]


def test_it_hurries_while_much_waits(sending: Sending) -> None:
    sending.send(600)
    assert list(zip(sending.requests, sending.hurries, strict=True)) == [
        (300, True),
        (150, True),
        (128, False),
        (22, False),
    ]


def test_a_flush_asks_the_backend_as_seldom_as_possible(sending: Sending) -> None:
    assert sending.send(4100, now=True) == [2000, 2000, 100]
    assert all(sending.hurries)


@pytest.mark.parametrize("sending", [{"batch": 10}], indirect=True)
def test_no_request_has_more_records_than_is_allowed(sending: Sending) -> None:
    assert sending.send(25) == [10, 10, 5]


@pytest.mark.parametrize(
    ("sending", "requests"),
    [({"size_bytes": MIB}, [4, 4, 2]), ({"size_bytes": 10 * MIB}, [1] * 10)],
    indirect=["sending"],
)
def test_no_request_is_larger_than_servers_take(sending: Sending, requests: list[int]) -> None:
    assert sending.send(10, now=True) == requests
