"""When in its time a span did something itself, none of its children at work."""

from __future__ import annotations

import numpy as np

from sonde.query.depth_first import Array


def self_parts(start: int, end: int, starts: Array, ends: Array, most: int) -> list[tuple[int, int]]:
    """The sections of a span's time that no child covers, in order; of more than `most`, the longest.

    Together they are its self time, as `self_times` counts it.

    Args:
        start: when the span began.
        end: when it ended.
        starts: when its children began, in order.
        ends: when they ended.
        most: so many sections at most.
    """
    # Each section goes from the latest end before a child to the child's start; the last one to the end.
    begins = np.maximum.accumulate(np.concatenate(([start], ends)))
    stops = np.minimum(np.concatenate((starts, [end])), end)
    lengths = stops - begins
    chosen = np.flatnonzero(lengths > 0)
    if len(chosen) > most:
        longest = np.argpartition(-lengths[chosen], most - 1)[:most]
        chosen = chosen[np.sort(longest)]
    return list(zip(begins[chosen].tolist(), stops[chosen].tolist(), strict=True))
