"""The critical path of a trace: what its end waited for.

Walked back from the end of the root as Jaeger does it (jaeger-ui, TraceTimelineViewer's CriticalPath): of a
span's children the one that ended last, before that the one that had ended last when this one began, and so
on; the times between are the span's own. A child counts for as long as its parent ran.

Where work outlives the root (a job that it sent), the path goes on to what ended last of all: down the spans
that led there, each up to when the next one began. The time that a message waited in between is nobody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

EVERYTHING = -1
"""A root above all that have no parent: for a trace whose own is missing."""


class Section(NamedTuple):
    """A span's own part of the critical path; the span's index, from when and to when."""

    span: int
    start: int
    end: int


def critical_path(
    starts: Sequence[int], ends: Sequence[int], parents: Sequence[int], root: int
) -> list[Section]:
    """The sections of the path, in order of time, no two at the same time, none empty.

    Args:
        starts: when each span began.
        ends: when each ended, not before its start.
        parents: the index of each one's parent, -1 for none; no cycles.
        root: what all of it is below: an index, or EVERYTHING.
    """
    if not starts:
        return []
    chain = _to_the_last(starts, ends, parents, root)
    low, high = (min(starts), max(ends)) if root == EVERYTHING else (starts[root], ends[root])
    parts: list[tuple[int, int, int]] = []
    for place, span in enumerate(chain):
        if span != EVERYTHING:
            low, high = max(low, starts[span]), ends[span]
        until = starts[chain[place + 1]] if place + 1 < len(chain) else high
        parts.append((span, low, min(high, until)))
    above = np.asarray(parents, np.int64)
    # Children of each span, the one that ended last first.
    children = np.lexsort((-np.asarray(ends, np.int64), above))
    # Those of span i begin at firsts[i + 1]; those without a parent at firsts[0].
    firsts: list[int] = np.searchsorted(above[children], np.arange(-1, len(starts) + 1)).tolist()
    child_at: list[int] = children.tolist()
    sections: list[Section] = []
    # A span, what of its time counts, up to when the path is known, and its next child to look at.
    stack = [(span, low, high, high, firsts[span + 1]) for span, low, high in parts if low < high]
    while stack:
        span, low, high, known, at = stack.pop()
        last = firsts[span + 2]
        while at < last and known > low:
            child = child_at[at]
            at += 1
            child_low, child_high = max(starts[child], low), min(ends[child], high)
            if child_low < child_high <= known:
                if child_high < known and span != EVERYTHING:
                    sections.append(Section(span, child_high, known))
                stack.append((span, low, high, child_low, at))
                stack.append((child, child_low, child_high, child_high, firsts[child + 1]))
                break
        else:
            if low < known and span != EVERYTHING:
                sections.append(Section(span, low, known))
    sections.reverse()
    return sections


def _to_the_last(starts: Sequence[int], ends: Sequence[int], parents: Sequence[int], root: int) -> list[int]:
    """From the root down to the span that ended last of all below it: the root alone if that is no other."""
    if root == EVERYTHING:
        own = max(end for end, above in zip(ends, parents, strict=True) if above == EVERYTHING)
    else:
        own = ends[root]
    elsewhere: set[int] = set()
    later = [span for span, end in enumerate(ends) if end > own and end > starts[span]]
    for last in sorted(later, key=lambda span: -ends[span]):
        chain = [last]
        while chain[-1] not in {root, EVERYTHING} and chain[-1] not in elsewhere:
            chain.append(parents[chain[-1]])
        if chain[-1] == root:
            return chain[::-1]
        elsewhere.update(chain)
    return [root]
