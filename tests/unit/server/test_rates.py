"""Records a second, over the last minute."""

from __future__ import annotations

import pytest

from sonde.server.rates import Rates


def test_rates_are_those_since_the_start_then_those_of_the_last_minute() -> None:
    now = [0.0]
    accepted: dict[tuple[str, ...], int] = {}
    rates = Rates(accepted, lambda: now[0])
    assert rates.per_second() == {}
    for second in range(1, 201):
        now[0] = second
        accepted["traces",] = accepted.get(("traces",), 0) + (10 if second <= 100 else 2)
        if second % 5 == 0:
            rates.note()
        if second == 50:
            assert rates.per_second() == {"traces": 10.0}
    accepted["logs",] = 60
    assert rates.per_second() == {"traces": 2.0, "logs": pytest.approx(1, rel=0.1)}
    now[0] = 300
    rates.note()
    now[0] = 320
    assert rates.per_second()["traces"] == 0.0
