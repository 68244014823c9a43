"""Self time: how long a span did something itself, none of its children at work."""

from __future__ import annotations

from collections.abc import Sequence


def self_times(starts: Sequence[int], ends: Sequence[int], parents: Sequence[int]) -> list[int]:
    """Of each span, its length without the times covered by its children; never negative.

    Children that overlap count once; what of them lies outside their parent does not count.

    Args:
        starts: when each began; depth first, so that children of one parent come in order of their start.
        ends: when each ended, not before its start.
        parents: the index of each one's parent, which comes before it; -1 for none.
    """
    uncovered = [end - start for start, end in zip(starts, ends, strict=True)]
    reached = list(starts)
    for start, end, parent in zip(starts, ends, parents, strict=True):
        if parent >= 0:
            end = min(end, ends[parent])
            begin = max(start, reached[parent])
            if end > begin:
                uncovered[parent] -= end - begin
                reached[parent] = end
    return uncovered
