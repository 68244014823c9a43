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
    path = critical_path([0, 10, 50, 80], [100, 90, 95, 99], [-1, 0, 1, 0], 0)
    assert path == [(0, 0, 80), (3, 80, 99), (0, 99, 100)]
    path = critical_path([0, 10, 50], [100, 90, 95], [-1, 0, 1], 0)
    assert path == [(0, 0, 10), (1, 10, 50), (2, 50, 90), (0, 90, 100)]


def test_where_work_outlives_the_root_it_leads_to_what_ended_last() -> None:
    # A root calls something, then sends a job, which waits and then sends another that waits for nothing.
    starts, ends = [0, 10, 50, 300, 340, 500], [100, 30, 90, 400, 350, 900]
    sent = critical_path(starts, ends, [-1, 0, 0, 2, 3, 3], 0)
    assert sent[:4] == [(0, 0, 10), (1, 10, 30), (0, 30, 50), (2, 50, 90)]
    assert sent[4:] == [(3, 300, 340), (4, 340, 350), (3, 350, 400), (5, 500, 900)]
    assert critical_path([0, 100], [100, 900], [-1, 0], 0) == [(0, 0, 100), (1, 100, 900)]
    rootless = critical_path([0, 20, 30], [10, 25, 40], [-1, -1, 1], EVERYTHING)
    assert rootless == [(0, 0, 10), (1, 20, 25), (2, 30, 40)]


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
    if is_waited_for(shape):
        assert critical_path(*shape, 0) == expected(shape, 0, shape.starts[0], shape.ends[0])
    if max(shape.ends) == max(shape.ends[root] for root in shape.children(NO_PARENT)):
        everything = expected(shape, NO_PARENT, min(shape.starts), max(shape.ends))
        assert critical_path(*shape, EVERYTHING) == [each for each in everything if each.span != NO_PARENT]


def below(shape: Shape, span: int) -> list[int]:
    """A span and all below it."""
    return [span, *(each for child in shape.children(span) for each in below(shape, child))]


def is_waited_for(shape: Shape) -> bool:
    """Whether nothing outlives the root."""
    return max(shape.ends[each] for each in below(shape, 0)) == shape.ends[0]


@given(shapes())
def test_it_leads_to_the_end_without_overlap_and_each_section_lies_within_its_span(shape: Shape) -> None:
    path = critical_path(*shape, 0)
    ends = [shape.starts[0], *(section.end for section in path)]
    assert all(before < after for before, after in pairwise(ends))
    assert all(before <= section.start < section.end for before, section in zip(ends, path, strict=False))
    if is_waited_for(shape):
        assert ends[-1] == shape.ends[0]
        assert [section.start for section in path] == ends[:-1]
    assert all(shape.starts[span] <= start and end <= shape.ends[span] for span, start, end in path)
