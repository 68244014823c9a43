"""`kill -9` at moments nobody chose: what was acknowledged is there, once."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from tests.acceptance.conftest import NewServer
from tests.acceptance.stored import assert_exactly_once
from tests.acceptance.telemetry import Sender, logs, metrics, spans

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_ten_kills_under_load_lose_and_double_nothing(new_server: NewServer) -> None:
    server = new_server().start()
    days = (0, 1, 2)
    sender = Sender(
        server.url,
        [
            (spans(batch, 50, days) for batch in itertools.count(0, 2)),
            (spans(batch, 50, days) for batch in itertools.count(1, 2)),
            (logs(batch, 50, days) for batch in itertools.count()),
            (metrics(batch, 50, days) for batch in itertools.count()),
        ],
    )
    rng = random.Random(10)
    sender.start()
    try:
        for _ in range(10):
            time.sleep(rng.uniform(0.2, 1.5))
            server.kill()
            server.start()
    finally:
        sender.finish()
    server.flush()
    assert server.stop() == 0
    assert not sender.unexpected
    assert {request.signal for request in sender.acknowledged} == {"traces", "logs", "metrics"}
    assert_exactly_once(server.data_dir, sender.acknowledged)
