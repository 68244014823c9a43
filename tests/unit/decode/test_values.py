"""Values as text, weights and partitions: the arithmetic, against plain Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.decode import oracle

from sonde.decode.anyvalue import double_text
from sonde.decode.columns import rows_of_zero
from sonde.decode.sampling import sample_weights
from sonde.decode.timestamps import MAX_TIMESTAMP_NS, day_partition


@given(st.floats())
def test_a_double_is_written_as_ecmascript_does(value: float) -> None:
    assert double_text(value) == oracle.double_text(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1.5, "1.5"),
        (-0.0, "-0"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.2345678901234568e17, "123456789012345680"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (5e-324, "5e-324"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_doubles_by_example(value: float, text: str) -> None:
    assert double_text(value) == text


@pytest.mark.parametrize(
    ("trace_state", "weight"),
    [
        ("", 1.0),
        ("ot=th:0", 1.0),
        ("ot=th:8", 2.0),
        ("ot=th:c", 4.0),
        ("ot=th:ff", 256.0),
        ("vendor=1,ot=rv:abcdef;th:8;x:y", 2.0),
        ("vendor=1, ot=th:8", 2.0),
        ("ot=th:ffffffffffffff", 2.0**56),
        ("ot=th:", 1.0),
        ("ot=th:8000000000000000", 1.0),
        ("not=th:8", 1.0),
        ("ot=p:8,x=th:4", 1.0),
    ],
)
def test_the_sampling_threshold_is_a_weight(trace_state: str, weight: float) -> None:
    assert sample_weights(pa.array([trace_state, "ot=th:8"])).to_pylist() == [weight, 2.0]


@given(st.lists(st.tuples(st.integers(0, MAX_TIMESTAMP_NS), st.integers(0, MAX_TIMESTAMP_NS)), max_size=20))
def test_a_partition_is_the_day_or_far_from_the_arrival_the_year(times: list[tuple[int, int]]) -> None:
    stamps, received = (np.array([pair[index] for pair in times], np.int64) for index in (0, 1))
    assert day_partition(stamps, received).to_pylist() == [oracle.partition(*pair) for pair in times]


@given(st.lists(st.sampled_from([b"", bytes(8), bytes(7), bytes(9), b"\x01" + bytes(7), bytes(7) + b"\x01"])))
def test_zero_ids_are_found_among_ids_of_any_length(ids: list[bytes]) -> None:
    assert rows_of_zero(pa.array(ids, pa.binary()), 8).tolist() == [found == bytes(8) for found in ids]
