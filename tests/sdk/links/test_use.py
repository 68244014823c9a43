"""What programs may do wrong with links, and what the calls know by themselves."""

from __future__ import annotations

import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest
from opentelemetry.trace import format_trace_id
from tests.sdk.links.stand_ins import RealRedis

import sonde
from sonde.sdk.links import process


@pytest.fixture
def links(tmp_path: Path) -> Generator[sonde.Links]:
    real = RealRedis(tmp_path)
    real.start()
    with sonde.Links(redis_url=real.url, links_timeout_s=5, links_entity_types=("refund",)) as made:
        yield made
    real.kill()


def test_a_type_that_is_not_registered_is_stored_and_warned_of_once(
    links: sonde.Links, caplog: pytest.LogCaptureFixture
) -> None:
    for entity_type in ("payment", "refund", "parcel", "parcel", "crate"):
        assert links.store_telemetry(entity_type, "1", "run_1")
        assert links.get_telemetry(entity_type, "1")
    warned = [each.getMessage() for each in caplog.records if "not registered" in each.getMessage()]
    assert [each.split("'")[1] for each in warned] == ["parcel", "crate"]


def test_nothing_that_is_wrong_raises(links: sonde.Links, caplog: pytest.LogCaptureFixture) -> None:
    wrong: Any = cast(Any, links)
    assert not wrong.store_telemetry("", "1", "run_1")
    assert not wrong.store_telemetry(None, "1", "run_1")
    assert not wrong.store_telemetry("payment", "", "run_1")
    assert not wrong.store_telemetry("payment", "1")
    assert not wrong.store_telemetry("payment", "1", "")
    assert not wrong.store_telemetry_many(7, "run_1")
    assert not wrong.store_telemetry_many([("payment",)], "run_1")
    assert not links.store_telemetry_many({}, "run_1")
    assert wrong.get_telemetry(None, None) is None
    assert wrong.get_telemetry_many(7) == {}
    assert links.store_telemetry("payment", 17, "run_1", "javascript:alert(1)", "no trace id")
    found = links.get_telemetry_with_url("payment", "17")
    assert found
    assert (found.record.run_url, found.record.trace_id) == ("", "")
    assert found.url.startswith("http")


def test_inside_a_run_the_run_is_known(links: sonde.Links, capture_telemetry: Any) -> None:
    with sonde.run("run_inside", url="https://jobs/{run_id}") as run:
        assert links.store_telemetry("payment", "pym_1")
        assert links.store_telemetry("payment", "pym_2", "run_other")
    found = links.get_telemetry("payment", "pym_1")
    assert found
    assert (found.run_id, found.run_url) == ("run_inside", "https://jobs/run_inside")
    assert found.trace_id == format_trace_id(run.span.get_span_context().trace_id)
    other = links.get_telemetry("payment", "pym_2")
    assert other
    assert (other.run_id, other.run_url) == ("run_other", "")


def test_switched_off_nothing_is_stored(links: sonde.Links) -> None:
    with sonde.Links(redis_url=links.configuration.redis_url, enabled=False) as off:
        assert not off.store_telemetry("payment", "pym_1", "run_1")
        assert off.get_telemetry("payment", "pym_1") is None


def test_the_functions_take_their_settings_from_the_environment(
    links: sonde.Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONDE_REDIS_URL", links.configuration.redis_url)
    monkeypatch.setenv("SONDE_LINKS_TIMEOUT_S", "5")
    monkeypatch.setattr(process, "_read", None)
    assert sonde.store_telemetry("invoice", "inv_1", "run_1")
    assert sonde.store_telemetry_many([("invoice", ["inv_2", "inv_3"])], "run_1")
    found = sonde.get_telemetry("invoice", "inv_1")
    assert found
    assert found.run_id == "run_1"
    assert sonde.get_telemetry_with_url("invoice", "inv_3")
    assert len(sonde.get_telemetry_many({"invoice": ["inv_1", "inv_2", "none"]})) == 3
    sonde.links().close()


def test_redis_wanted_without_an_address_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "sonde")
    with sonde.Links(links_store="redis", url="http://127.0.0.1:9", links_timeout_s=2) as links:
        for _ in range(2):
            assert not links.store_telemetry("payment", "1", "run_1")
    assert caplog.text.count("there is no Redis") == 1
