"""Ids of runs and orchestrations: whole, here and in every process called, and never two in one."""

from __future__ import annotations

import pytest
from opentelemetry import baggage

import sonde
from sonde.sdk.inherited import identifier
from sonde.testing import Capture

LONG = "R" * 500


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("R" * 300 + "a", "R" * 300 + "b"),
        ("R" * 1_500 + "a", "R" * 1_500 + "b"),
        ("漢" * 900 + "a", "漢" * 900 + "b"),
        ("x\ny", "xy"),
        ("x\n", "x"),
        (" x", "x"),
        ("x\u200by", "xy"),
        ("x\ud800", "x?"),
        ("x\ud800", "x\ud801"),
    ],
    ids=ascii,
)
def test_two_ids_stay_two_here_and_in_the_next_process(
    one: str, other: str, capture_telemetry: Capture
) -> None:
    arrived: list[set[object]] = [set(), set()]
    for given in (one, other):
        headers: dict[str, str] = {}
        with sonde.run(given) as run, sonde.orchestration(given) as job:
            sonde.inject(headers)
            assert run.id == job.id
        with sonde.extract(headers), sonde.span("next"):
            onward: dict[str, str] = {}
            sonde.inject(onward)
        attributes = capture_telemetry.spans[-1].attributes or {}
        assert attributes["sonde.run.id"] == attributes["sonde.orchestration.id"] == run.id
        assert onward["baggage"] == headers["baggage"]
        arrived[0].add(run.id)
        arrived[1].add(attributes["sonde.run.id"])
    assert [len(each) for each in arrived] == [2, 2]


@pytest.mark.parametrize("given", [LONG, "é" * 500, "R" * 1_000, "a/b c\r\n\x00\t+%2B", "日本", " run "])
def test_an_id_is_kept_whole(given: str, capture_telemetry: Capture) -> None:
    headers: dict[str, str] = {}
    with sonde.run(given) as run:
        sonde.inject(headers)
    assert run.id == given
    with sonde.extract(headers), sonde.span("next"):
        assert baggage.get_baggage("sonde.run.id") == given
    assert [(span.attributes or {})["sonde.run.id"] for span in capture_telemetry.spans] == [given, given]


@pytest.mark.parametrize("given", ["R" * 5_000, "漢" * 900, "\U0001f600" * 999], ids=ascii)
def test_an_id_that_is_too_long_keeps_its_beginning(given: str) -> None:
    made = identifier(given)
    beginning, _, digest = made.rpartition("~")
    assert given.startswith(beginning)
    assert len(beginning) > 300
    assert len(digest) == 16
    assert len(made) <= 1_000
    assert identifier(made) == made


@pytest.mark.parametrize("given", ["", " ", "\n", "\x00\x01"])
def test_an_id_that_nobody_could_see_is_none(given: str, capture_telemetry: Capture) -> None:
    with sonde.run(given) as run:
        pass
    assert run.id.startswith("run_")


def test_an_id_goes_encoded_into_the_address_of_the_page_of_its_run(capture_telemetry: Capture) -> None:
    with sonde.run("a\nb/c", url="https://jobs.example.com/{run_id}"):
        pass
    (span,) = capture_telemetry.spans
    assert (span.attributes or {})["sonde.run.url"] == "https://jobs.example.com/a%0Ab%2Fc"


def test_an_address_that_is_too_long_is_left_out(capture_telemetry: Capture) -> None:
    with sonde.run("run_1", url="https://jobs.example.com/" + "x" * 3_000):
        pass
    (span,) = capture_telemetry.spans
    assert "sonde.run.url" not in (span.attributes or {})
