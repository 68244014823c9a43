"""The sections of a span's time in which nothing below it ran."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sonde.query.self_parts import self_parts
from sonde.query.self_time import self_times

children = st.lists(st.tuples(st.integers(-20, 120), st.integers(0, 60)), max_size=30)


def parts_of(found: list[tuple[int, int]], most: int = 100) -> list[tuple[int, int]]:
    ordered = sorted(found)
    starts = np.array([start for start, _ in ordered], np.int64)
    ends = np.array([start + length for start, length in ordered], np.int64)
    return self_parts(0, 100, starts, ends, most)


def test_a_span_without_children_is_one_section() -> None:
    assert parts_of([]) == [(0, 100)]


def test_children_cut_sections_out_of_their_parent() -> None:
    assert parts_of([(10, 20), (25, 15), (90, 50)]) == [(0, 10), (40, 90)]


@given(children)
def test_the_sections_together_are_the_self_time(found: list[tuple[int, int]]) -> None:
    ordered = sorted((max(start, 0), start + length) for start, length in found if start + length >= 0)
    own = self_times(
        [0, *(start for start, _ in ordered)],
        [100, *(max(start, end) for start, end in ordered)],
        [-1, *(0 for _ in ordered)],
    )[0]

    assert sum(end - start for start, end in parts_of(found)) == own


@given(children)
def test_sections_are_in_order_and_no_child_runs_in_them(found: list[tuple[int, int]]) -> None:
    sections = parts_of(found)

    assert sections == sorted(sections)
    for start, end in sections:
        assert 0 <= start < end <= 100
        assert not any(begin < end and begin + length > start for begin, length in found if length)


@given(children, st.integers(1, 5))
def test_of_too_many_sections_the_longest_are_kept(found: list[tuple[int, int]], most: int) -> None:
    every, some = parts_of(found), parts_of(found, most)

    assert len(some) == min(most, len(every))
    assert set(some) <= set(every)
    lengths = sorted((end - start for start, end in every), reverse=True)
    assert sorted((end - start for start, end in some), reverse=True) == lengths[: len(some)]
