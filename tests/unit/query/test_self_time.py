"""Self time: what a span did without its children."""

from __future__ import annotations

from hypothesis import given
from tests.unit.query.trace_shapes import Shape, shapes

from sonde.query.self_time import self_times


def test_children_that_overlap_are_taken_off_once() -> None:
    assert self_times([0, 10, 20], [100, 40, 50], [-1, 0, 0]) == [60, 30, 30]


def test_what_a_child_does_after_its_parent_has_ended_is_not_the_parents() -> None:
    assert self_times([0, 90], [100, 500], [-1, 0]) == [90, 410]


def test_a_child_that_began_before_its_parent_leaves_it_no_less_than_nothing() -> None:
    assert self_times([50, 0], [100, 200], [-1, 0]) == [0, 200]


def test_times_beyond_what_64_bits_hold_when_added_are_subtracted_exactly() -> None:
    longest = 2**63 - 1
    assert self_times([0, 1, 0], [longest, longest, longest], [-1, 0, -1]) == [1, longest - 1, longest]


@given(shapes())
def test_it_is_the_ticks_of_a_span_that_no_child_covers(shape: Shape) -> None:
    expected = [
        sum(
            not any(shape.starts[child] <= tick < shape.ends[child] for child in shape.children(span))
            for tick in range(shape.starts[span], shape.ends[span])
        )
        for span in range(len(shape.starts))
    ]
    assert self_times(*shape) == expected
