"""Traces of few spans and small times, for tests that try many."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

NO_PARENT = -1


class Shape(NamedTuple):
    """Spans depth first: when each began and ended, and the index of its parent."""

    starts: list[int]
    ends: list[int]
    parents: list[int]

    def children(self, span: int) -> list[int]:
        """The children of a span; those of NO_PARENT are the roots."""
        return [child for child, parent in enumerate(self.parents) if parent == span]


@st.composite
def shapes(draw: st.DrawFn, least: int = 1, roots: int = 3) -> Shape:
    """A trace whose children may begin before their parent, outlive it, overlap, or take no time."""
    times = st.tuples(st.integers(0, 20), st.integers(0, 12))
    spans = [(start, start + length) for start, length in draw(st.lists(times, min_size=least, max_size=14))]
    count = draw(st.integers(1, roots))
    below: dict[int, list[int]] = {}
    for number in range(len(spans)):
        parent = draw(st.integers(0, number - 1)) if number >= count else NO_PARENT
        below.setdefault(parent, []).append(number)
    shape = Shape([], [], [])

    def add(number: int, parent: int) -> None:
        place = len(shape.starts)
        shape.starts.append(spans[number][0])
        shape.ends.append(spans[number][1])
        shape.parents.append(parent)
        for child in sorted(below.get(number, []), key=lambda each: spans[each][0]):
            add(child, place)

    for root in sorted(below.get(NO_PARENT, []), key=lambda each: spans[each][0]):
        add(root, NO_PARENT)
    return shape
