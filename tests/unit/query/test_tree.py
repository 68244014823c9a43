"""The order of a trace's spans: whatever parents they name, each appears once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde.query.tree import Node, Place, arrange


def shape(*nodes: tuple[str, str, int]) -> list[tuple[str, int, int, bool]]:
    given_nodes = [Node(*each) for each in nodes]
    return [
        (given_nodes[place.index].span_id, place.depth, place.children, place.orphan)
        for place in arrange(given_nodes)
    ]


def test_children_follow_their_parent_oldest_first() -> None:
    assert shape(("late", "root", 3), ("leaf", "early", 9), ("root", "", 1), ("early", "root", 2)) == [
        ("root", 0, 2, False),
        ("early", 1, 1, False),
        ("leaf", 2, 0, False),
        ("late", 1, 0, False),
    ]


def test_a_span_whose_parent_is_missing_is_an_orphan_with_its_children_below() -> None:
    assert shape(("a", "gone", 1), ("b", "a", 2)) == [("a", 0, 1, True), ("b", 1, 0, False)]


def test_a_cycle_is_opened_at_its_oldest_span() -> None:
    assert shape(("root", "", 5), ("a", "c", 2), ("b", "a", 3), ("c", "b", 4)) == [
        ("root", 0, 0, False),
        ("a", 0, 1, True),
        ("b", 1, 1, False),
        ("c", 2, 1, False),
    ]


def test_a_span_that_is_its_own_parent_is_an_orphan() -> None:
    assert shape(("a", "a", 1)) == [("a", 0, 1, True)]


def test_a_chain_of_100_000_spans_needs_no_recursion() -> None:
    nodes = [Node(str(number), str(number - 1) if number else "", number) for number in range(100_000)]
    places = arrange(nodes)
    assert places[-1] == Place(99_999, 99_999, 0, False)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=12))
def test_every_span_appears_once_and_right_below_an_ancestor(spans: list[tuple[int, int]]) -> None:
    nodes = [Node(str(number), str(parent), start) for number, (parent, start) in enumerate(spans, 1)]
    places = arrange(nodes)
    assert sorted(place.index for place in places) == list(range(len(nodes)))
    path: list[str] = []
    for place in places:
        node = nodes[place.index]
        del path[place.depth :]
        assert len(path) == place.depth
        assert place.depth == 0 or path[-1] == node.parent_id
        assert place.orphan == (place.depth == 0)  # "0" is no span's id
        path.append(node.span_id)
