"""The threshold in `tracestate` is what the server, and other participants, read."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import TraceState, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sonde.decode.sampling import sample_weight
from sonde.sdk.sampling.threshold import (
    KEEP_ALL,
    KEEP_NONE,
    encoded,
    randomness_of,
    stated,
    threshold_of,
    with_threshold,
)

ratios = st.one_of(st.floats(1e-9, 1), st.sampled_from([1.0, 0.5, 0.25, 0.1, 0.01, 0.001, 1 / 3, 2**-56]))
thresholds = st.integers(KEEP_ALL, KEEP_NONE - 1)
randomness = st.integers(0, KEEP_NONE - 1)


@pytest.mark.parametrize(
    ("ratio", "digits", "weight"),
    [
        (1.0, "0", 1.0),
        (0.5, "8", 2.0),
        (0.25, "c", 4.0),
        (0.0625, "f", 16.0),
        (0.1, "e6666666666666", 10.0),
        (0.01, "fd70a3d70a3d71", 100.0),
        (2**-56, "ffffffffffffff", 2.0**56),
        (1e-30, "ffffffffffffff", 2.0**56),
    ],
)
def test_a_ratio_is_encoded_so_that_its_weight_is_its_inverse(
    ratio: float, digits: str, weight: float
) -> None:
    assert encoded(threshold_of(ratio)) == digits
    assert sample_weight(digits) == pytest.approx(weight, rel=1e-14)


@given(ratios)
def test_the_server_reads_the_weight_that_the_ratio_means(ratio: float) -> None:
    assert sample_weight(encoded(threshold_of(ratio))) == pytest.approx(1 / ratio, rel=1e-7)


@given(thresholds)
def test_a_threshold_survives_the_way_through_tracestate(threshold: int) -> None:
    state = with_threshold(None, threshold)
    assert stated(state).threshold == threshold
    assert stated(TraceState.from_header([state.to_header()])).threshold == threshold
    assert sample_weight(encoded(threshold)) == 2**56 / (2**56 - threshold)


@given(
    thresholds, st.none() | randomness, st.lists(st.sampled_from(["p:8", "ab:c-d_e", "x1:0"]), unique=True)
)
def test_everything_else_in_tracestate_stays(threshold: int, random: int | None, rest: list[str]) -> None:
    parts = ["th:8", *([] if random is None else [f"rv:{random:014x}"]), *rest]
    before = TraceState([("vendor", "a"), ("ot", ";".join(parts)), ("rojo", "b")])
    after = with_threshold(before, threshold)
    assert list(after) == ["ot", "vendor", "rojo"]
    assert (after["vendor"], after["rojo"]) == ("a", "b")
    assert stated(after) == (threshold, random, tuple(rest))
    assert stated(with_threshold(after, None)) == (None, random, tuple(rest))


@given(st.text(max_size=40))
def test_whatever_stands_in_tracestate_is_read_without_failing(text: str) -> None:
    said = stated(TraceState([("ot", text)]))
    assert said.threshold is None or 0 <= said.threshold < KEEP_NONE
    assert said.randomness is None or 0 <= said.randomness < KEEP_NONE


@pytest.mark.parametrize(
    "text", ["th:", "th:g", "th:E6", "th:000000000000000", "th:-1", "th", "rv:12", "rv:g" * 4, ";"]
)
def test_what_is_malformed_counts_as_not_said(text: str) -> None:
    said = stated(TraceState([("ot", text)]))
    assert said.threshold is None
    assert said.randomness is None


def test_a_full_tracestate_makes_room_for_the_threshold(caplog: pytest.LogCaptureFixture) -> None:
    full = TraceState([(f"k{number}", "v") for number in range(32)])
    with caplog.at_level(logging.WARNING):
        after = with_threshold(full, threshold_of(0.5))
    assert not caplog.records
    assert len(after) == 32
    assert after["ot"] == "th:8"
    assert "k31" not in after


def test_the_member_stays_within_its_256_characters() -> None:
    state = TraceState([("ot", ";".join(f"k{number}:{'v' * 40}" for number in range(5)))])
    after = with_threshold(state, threshold_of(0.1))
    assert len(after["ot"]) <= 256
    assert stated(after).threshold == threshold_of(0.1)


def test_randomness_comes_from_the_trace_id_unless_it_is_said() -> None:
    trace_id = 0x0AF7651916CD43DD_8448EB211C80319C
    assert randomness_of(trace_id) == 0x48EB211C80319C
    headers = {"traceparent": f"00-{trace_id:032x}-00f067aa0ba902b7-01", "tracestate": "ot=rv:6e6d1a75832a2f"}
    parent = get_current_span(TraceContextTextMapPropagator().extract(headers)).get_span_context()
    assert randomness_of(trace_id, stated(parent.trace_state)) == 0x6E6D1A75832A2F
