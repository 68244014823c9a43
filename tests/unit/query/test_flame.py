"""Traces as flame graphs: frames lie within the frame above them, and every span is in one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.query.trace_shapes import Shape, shapes

from sonde.query.flame import Frame, flame


def drawn(frames: list[Frame]) -> list[tuple[int, int, int, int]]:
    return [(frame.depth, frame.label, frame.offset, frame.width) for frame in frames]


def test_spans_with_the_same_names_above_them_are_one_frame() -> None:
    # A root, two calls of 7, the second of which calls 8, and one of 8.
    graph = flame([0, 10, 30, 35, 60], [100, 20, 50, 45, 70], [-1, 0, 0, 2, 0], [1, 7, 7, 8, 8], 10)
    assert drawn(graph.frames) == [(0, 1, 0, 100), (1, 7, 0, 30), (2, 8, 0, 10), (1, 8, 30, 10)]
    assert [frame.spans for frame in graph.frames] == [1, 2, 1, 1]
    assert [frame.slowest for frame in graph.frames] == [0, 2, 3, 4]
    assert graph.frame_of == [0, 1, 1, 2, 3]
    assert (graph.width, graph.omitted) == (100, 0)


def test_frames_that_ran_at_the_same_time_are_narrowed_alike() -> None:
    graph = flame([0, 0, 0, 0], [100, 100, 60, 60], [-1, 0, 0, 2], [1, 2, 3, 4], 10)
    assert drawn(graph.frames) == [(0, 1, 0, 100), (1, 2, 0, 62), (1, 3, 62, 37), (2, 4, 62, 37)]
    assert [frame.total for frame in graph.frames] == [100, 100, 60, 60]


def test_what_a_child_does_outside_its_parent_has_no_width() -> None:
    graph = flame([0, 90, 200], [100, 500, 300], [-1, 0, 1], [1, 2, 3], 10)
    assert drawn(graph.frames) == [(0, 1, 0, 100), (1, 2, 0, 10), (2, 3, 0, 0)]


def test_work_that_was_sent_and_goes_on_afterwards_is_a_frame_of_its_own() -> None:
    # A root that sends two messages: one is waited for, the other is not.
    sent = [False, True, True, False]
    graph = flame([0, 10, 90, 120], [100, 40, 500, 300], [-1, 0, 0, 2], [1, 2, 2, 3], 10, sent)
    assert drawn(graph.frames) == [(0, 2, 0, 410), (1, 3, 0, 180), (0, 1, 410, 100), (1, 2, 410, 30)]
    assert graph.width == 510


def test_the_narrowest_frames_are_left_out_with_what_is_below_them() -> None:
    graph = flame([0, 0, 50, 52], [100, 50, 60, 60], [-1, 0, 0, 2], [1, 2, 3, 4], 2)
    assert drawn(graph.frames) == [(0, 1, 0, 100), (1, 2, 0, 50)]
    assert (graph.frame_of, graph.omitted) == ([0, 1, -1, -1], 2)


def test_a_chain_of_100_000_spans_needs_no_recursion() -> None:
    count = 100_000
    graph = flame([0] * count, [9] * count, list(range(-1, count - 1)), [1] * count, count)
    assert graph.frames[-1].depth == count - 1


@given(shapes(), st.data())
def test_frames_lie_side_by_side_within_the_frame_above(shape: Shape, data: st.DataObject) -> None:
    count = len(shape.starts)
    labels = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    limit = data.draw(st.integers(1, count))
    graph = flame(*shape, labels, limit)
    whole = flame(*shape, labels, count)
    assert len(graph.frames) == min(limit, len(whole.frames))
    assert graph.omitted == len(whole.frames) - len(graph.frames)
    assert set(drawn(graph.frames)) <= set(drawn(whole.frames))
    assert sum(frame.spans for frame in whole.frames) == count
    above: list[Frame] = []
    ends: list[int] = [0]
    for frame in whole.frames:
        del above[frame.depth :]
        del ends[frame.depth + 1 :]
        assert len(above) == frame.depth
        assert frame.offset >= ends[-1]
        if above:
            assert frame.offset + frame.width <= above[-1].offset + above[-1].width
        ends[-1] = frame.offset + frame.width
        above.append(frame)
        ends.append(frame.offset)
    assert max(ends) <= whole.width


@given(shapes(), st.data())
def test_each_span_is_in_the_frame_of_its_names_below_that_of_its_parent(
    shape: Shape, data: st.DataObject
) -> None:
    count = len(shape.starts)
    labels = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    graph = flame(*shape, labels, count)

    def names(span: int) -> tuple[int, ...]:
        return (*names(shape.parents[span]), labels[span]) if span >= 0 else ()

    assert len({(names(span), frame) for span, frame in enumerate(graph.frame_of)}) == len(graph.frames)
    for span, number in enumerate(graph.frame_of):
        assert graph.frames[number].label == labels[span]
        assert graph.frames[number].depth == len(names(span)) - 1
