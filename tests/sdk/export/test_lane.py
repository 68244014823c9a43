"""One signal's way out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tests.sdk.collector import Collector

from sonde.sdk.export.http import HttpTransport
from sonde.sdk.export.lane import Lane, Outcome
from sonde.sdk.export.queue import BoundedQueue
from sonde.sdk.stats import Tally


def test_it_hurries_while_more_than_a_batch_waits_behind(collector: Collector) -> None:
    hurries: list[bool] = []

    def encode(records: Sequence[Any], hurry: bool = False) -> bytes:
        hurries.append(hurry)
        return b""

    queue = BoundedQueue[int](1000, 1000, lambda _record: 1)
    for number in range(45):
        queue.put(number)
    tally = Tally()
    lane = Lane(
        "traces",
        queue,
        encode,
        HttpTransport(f"{collector.url}/v1/traces", {}, compress=False),
        tally,
        batch=10,
        timeout_s=5,
        retry_s=5,
        spool=None,
        heard=lambda _signal, _answer: None,
    )
    assert lane.work(time.monotonic() + 5, now=True) is Outcome.EMPTY
    lane.transport.close()
    assert hurries == [True, True, True, False, False]
    assert tally.stats({}).sent == {"traces": 45}
