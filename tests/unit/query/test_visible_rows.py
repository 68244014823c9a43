"""Which spans of a trace are shown when some are folded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.query.trace_shapes import NO_PARENT, Shape, shapes

from sonde.query.depth_first import Array, depth_first
from sonde.query.visible_rows import Folding, visible

# A root with two children, the first of which has one.
DEPTHS, SIZES = np.array([0, 1, 2, 1]), np.array([4, 2, 1, 1])


def places(*chosen: int) -> Array:
    return np.array(chosen, np.int32)


def shown(folding: Folding, *matches: bool) -> list[int]:
    return visible(DEPTHS, SIZES, folding, np.array(matches) if matches else None).places.tolist()


def test_spans_at_a_depth_and_below_are_hidden() -> None:
    assert shown(Folding()) == [0, 1, 2, 3]
    assert shown(Folding(level=2)) == [0, 1, 3]
    assert shown(Folding(level=1)) == [0]


def test_children_of_an_opened_span_are_shown_those_of_a_closed_one_are_not() -> None:
    assert shown(Folding(level=1, opened=places(0))) == [0, 1, 3]
    assert shown(Folding(opened=places(1), closed=places(1))) == [0, 1, 3]
    assert shown(Folding(level=1, opened=places(1))) == [0]


def test_a_span_to_reveal_is_shown_whatever_is_folded() -> None:
    assert shown(Folding(level=1, closed=places(0, 1), path=places(0, 1, 2))) == [0, 1, 2, 3]


def test_of_a_search_what_matches_is_shown_and_what_leads_there() -> None:
    assert shown(Folding(), False, False, True, False) == [0, 1, 2]
    assert shown(Folding(level=1), False, False, True, False) == [0, 1, 2]
    assert shown(Folding(closed=places(1)), False, False, True, False) == [0, 1]
    assert shown(Folding(path=places(0, 3)), False, False, True, False) == [0, 1, 2, 3]
    assert shown(Folding(), False, False, False, False) == []


@given(
    shapes(),
    st.none() | st.integers(1, 4),
    st.sets(st.integers(0, 13)),
    st.sets(st.integers(0, 13)),
    st.none() | st.sets(st.integers(0, 13)),
)
def test_a_span_is_shown_when_all_above_it_are_unfolded(
    shape: Shape, level: int | None, opened: set[int], closed: set[int], found: set[int] | None
) -> None:
    order = depth_first(np.array(shape.parents, np.int64))
    count = len(shape.parents)
    matches = None if found is None else np.isin(np.arange(count), list(found))

    def leads(span: int) -> bool:
        return found is None or span in found or any(map(leads, shape.children(span)))

    def is_expanded(span: int) -> bool:
        by_level = level is None or order.depths[span] + 1 < level
        by_search = found is not None and any(map(leads, shape.children(span)))
        return (by_level or span in opened or by_search) and span not in closed

    def walk(span: int) -> list[int]:
        below = [place for child in shape.children(span) for place in walk(child)]
        return ([span] if leads(span) else []) + (below if is_expanded(span) else [])

    known = [places(*(each for each in chosen if each < count)) for chosen in (opened, closed)]
    answer = visible(order.depths, order.sizes, Folding(level, *known), matches)
    assert answer.places.tolist() == [place for root in shape.children(NO_PARENT) for place in walk(root)]
    assert answer.expanded.tolist() == [
        bool(shape.children(span)) and is_expanded(span) for span in range(count)
    ]
