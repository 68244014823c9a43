"""A contract of `sonde verify`, kept or not by what a test captured."""

from __future__ import annotations

from pathlib import Path

import pytest

import sonde
from sonde.errors import BadRequest
from sonde.testing import FakeClock, assert_contract, capture

CONTRACT = """
name: Orders
rules:
- rule: an order is announced
  each_span: {operation: order.place, component: shop}
  has_event: {event: order.placed, component: shop, severity: info}
  max_duration: 1s
  at_least: 1
- rule: no orphans
  no_orphans: true
"""


def place(clock: FakeClock, *, seconds: float = 0.5, told: bool = True) -> None:
    with sonde.span("order.place"):
        clock.advance(seconds)
        if told:
            sonde.event("order.placed", total=3)


def test_a_contract_that_is_kept_passes(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(CONTRACT)
    clock = FakeClock()
    with capture(clock=clock, resource={"service.name": "shop"}) as captured:
        place(clock)
        report = assert_contract(captured, tmp_path / "orders.yaml")
    assert (report.spans, report.events) == (1, 1)


def test_one_that_is_not_shows_what_was_captured() -> None:
    clock = FakeClock()
    with capture(clock=clock, resource={"service.name": "shop"}) as captured:
        place(clock, seconds=2, told=False)
    with pytest.raises(AssertionError) as raised:
        assert_contract(captured, CONTRACT)
    assert str(raised.value) == (
        "Orders does not hold:\n"
        "  an order is announced: order.place of shop took 2 s, more than 1 s\n"
        "  an order is announced: order.place of shop has no order.placed of shop\n"
        "\n"
        "captured:\n"
        "order.place  2 s"
    )


def test_a_span_that_runs_is_held_to_its_budget_by_the_clock() -> None:
    clock = FakeClock()
    with capture(clock=clock, resource={"service.name": "shop"}) as captured, sonde.span("order.place"):
        clock.advance(3)
        with pytest.raises(AssertionError, match="has run for 3 s, more than 1 s"):
            assert_contract(captured, CONTRACT)


def test_a_contract_that_cannot_be_read_is_no_failed_assertion() -> None:
    with capture() as captured, pytest.raises(BadRequest, match=r"contract:2: rules\[0\]"):
        assert_contract(captured, "rules:\n- {rule: a}")
