"""The order of a trace's spans in arrays: the same as that of the tree."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sonde.query.depth_first import depth_first
from sonde.query.tree import Node, arrange


@given(st.lists(st.integers(-1, 13), max_size=14))
def test_it_is_the_order_of_the_tree_whatever_parents_are_named(parents: list[int]) -> None:
    parents = [parent if parent < len(parents) else -1 for parent in parents]
    order = depth_first(np.array(parents, np.int64))
    # Ids that sort as the spans are given; -1 is no span's.
    nodes = [Node(f"{number:02}", f"{parent:02}", 0) for number, parent in enumerate(parents)]
    assert [(place.index, place.depth) for place in arrange(nodes)] == list(
        zip(order.spans.tolist(), order.depths.tolist(), strict=True)
    )


@given(st.lists(st.integers(-1, 13), max_size=14))
def test_sizes_and_parents_say_the_same_as_depths(parents: list[int]) -> None:
    parents = [parent if parent < len(parents) else -1 for parent in parents]
    order = depth_first(np.array(parents, np.int64))
    depths = order.depths.tolist()
    for place, (depth, size, parent) in enumerate(
        zip(depths, order.sizes.tolist(), order.parents.tolist(), strict=True)
    ):
        assert all(below > depth for below in depths[place + 1 : place + size])
        assert depths[place + size : place + size + 1] <= [depth]
        assert (parent == -1) == (depth == 0)
        if parent >= 0:
            assert depths[parent] == depth - 1
            assert place < parent + order.sizes[parent]
            assert parents[order.spans[place]] == order.spans[parent]


def test_a_chain_of_100_000_spans_needs_no_recursion() -> None:
    order = depth_first(np.arange(-1, 99_999))
    assert order.depths[-1] == 99_999
    assert order.sizes[0] == 100_000
