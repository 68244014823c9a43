"""The critical path: what the end of a trace's root waited for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from tests.unit.query.trace_shapes import NO_PARENT, Shape, shapes

from sonde.query.critical_path import EVERYTHING, Section, critical_path


def test_the_child_that_ended_last_is_on_it_and_the_one_that_had_ended_before_that_began() -> None:
    # A root, a first call, a slow one, and one beside it that ended sooner.
    path = critical_path([0, 10, 40, 45], [100, 30, 90, 80], [-1, 0, 0, 0], 0)
    assert path == [(0, 0, 10), (1, 10, 30), (0, 30, 40), (2, 40, 90), (0, 90, 100)]


def test_a_child_that_outlives_its_parent_counts_until_the_parent_ends() -> None:
    assert critical_path([0, 50], [100, 900], [-1, 0], 0) == [(0, 0, 50), (1, 50, 100)]


def test_a_child_that_begins_when_its_parent_has_ended_is_not_on_it() -> None:
    assert critical_path([0, 100], [100, 900], [-1, 0], 0) == [(0, 0, 100)]


def test_spans_of_another_root_are_not_on_it() -> None:
    assert critical_path([0, 10], [100, 200], [-1, -1], 0) == [(0, 0, 100)]


def test_without_a_root_it_leads_through_all_that_have_no_parent() -> None:
    assert critical_path([0, 50], [30, 90], [-1, -1], EVERYTHING) == [(0, 0, 30), (1, 50, 90)]


def test_a_chain_of_100_000_spans_needs_no_recursion() -> None:
    count = 100_000
    path = critical_path(
        list(range(count)), [3 * count - number for number in range(count)], list(range(-1, count - 1)), 0
    )
    assert len(path) == 2 * count - 1


def expected(shape: Shape, span: int, low: int, high: int) -> list[Section]:
    """The path below a span that counts from `low` to `high`, by its definition."""
    inside = [
        (min(shape.ends[child], high), max(shape.starts[child], low), child)
        for child in sorted(shape.children(span), key=lambda child: (-shape.ends[child], child))
    ]
    path: list[Section] = []
    known = high
    for end, start, child in inside:
        if start < end <= known:
            path[:0] = [*expected(shape, child, start, end), Section(span, end, known)]
            known = start
    return [each for each in [Section(span, low, known), *path] if each.start < each.end]


@given(shapes())
def test_it_is_what_its_definition_says(shape: Shape) -> None:
    assert critical_path(*shape, 0) == expected(shape, 0, shape.starts[0], shape.ends[0])
    everything = expected(shape, NO_PARENT, min(shape.starts), max(shape.ends))
    assert critical_path(*shape, EVERYTHING) == [each for each in everything if each.span != NO_PARENT]


@given(shapes())
def test_it_covers_the_root_without_gap_and_each_section_lies_within_its_span(shape: Shape) -> None:
    path = critical_path(*shape, 0)
    ends = [shape.starts[0], *(section.end for section in path)]
    assert ends[-1] == shape.ends[0]
    assert [section.start for section in path] == ends[:-1]
    assert all(before < after for before, after in pairwise(ends))
    assert all(shape.starts[span] <= start and end <= shape.ends[span] for span, start, end in path)
