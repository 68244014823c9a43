"""The order of a trace's spans in arrays: each followed by its children, as `tree.arrange` has it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Order(NamedTuple):
    """`spans[i]` is the span at place i, `parents[i]` the place of its parent (before i; -1: none)."""

    spans: Array
    parents: Array
    depths: Array
    sizes: Array
    """How many places a span takes with all that is below it."""


def depth_first(parents: Array) -> Order:
    """Every span once, depth first; children and roots in the order they are given in.

    `parents` has the index of each one's parent, -1 where that is missing. The first span of a cycle has no
    parent in what is answered.
    """
    count = len(parents)
    by_parent = np.argsort(parents, kind="stable")
    firsts: list[int] = np.searchsorted(parents[by_parent], np.arange(-1, count + 1)).tolist()
    below: list[int] = by_parent.tolist()
    spans: list[int] = []
    above: list[int] = []
    depths: list[int] = []
    seen = bytearray(count)
    # What no root reaches hangs on a cycle: the first of its spans, met first here, opens it.
    roots = below[: firsts[1]]
    for start in roots if _all_reached(parents) else [*roots, *range(count)]:
        stack = [(start, -1, 0)]
        while stack:
            span, parent, depth = stack.pop()
            if seen[span]:
                continue
            seen[span] = 1
            place = len(spans)
            spans.append(span)
            above.append(parent)
            depths.append(depth)
            first, last = firsts[span + 1], firsts[span + 2]
            if first != last:
                depth += 1
                stack += [(child, place, depth) for child in reversed(below[first:last])]
    sizes = [1] * count
    for place in range(count - 1, 0, -1):
        if above[place] >= 0:
            sizes[above[place]] += sizes[place]
    return Order(
        np.array(spans, np.int32),
        np.array(above, np.int32),
        np.array(depths, np.int32),
        np.array(sizes, np.int32),
    )


def _all_reached(parents: Array) -> bool:
    """Whether no span lies on a cycle, where that is quickly told: parents come before their children."""
    return bool((parents < np.arange(len(parents))).all())
