"""Which spans of a trace are shown when some are folded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sonde.query.depth_first import Array


class Folding(NamedTuple):
    """What the reader folded and unfolded; spans are places in the depth-first order.

    `level`: spans at this depth and below are hidden, None: none are; `opened`: spans whose children are
    shown all the same; `closed`: spans whose children are not; `path`: a span that is shown whatever else is
    said, and before it its ancestors.
    """

    level: int | None = None
    opened: Array | None = None
    closed: Array | None = None
    path: Array | None = None


class Visible(NamedTuple):
    """The places shown, in order; of every span of the trace, whether its children are to be seen."""

    places: Array
    expanded: Array


def visible(depths: Array, sizes: Array, folding: Folding, matches: Array | None = None) -> Visible:
    """What is shown of spans in depth-first order, of each its depth and size (itself and all below it).

    With `matches` (of each span, whether it matches a search) only these are shown and what leads to them,
    unfolded down to them wherever it is not `closed`.
    """
    count = len(depths)
    expanded = np.ones(count, np.bool_) if folding.level is None else depths < folding.level - 1
    if folding.opened is not None:
        expanded[folding.opened] = True
    leads = None
    if matches is not None:
        total = np.concatenate(([0], np.cumsum(matches)))
        places = np.arange(count)
        expanded |= total[places + sizes] > total[places + 1]
        leads = total[places + sizes] > total[places]
    if folding.closed is not None:
        expanded[folding.closed] = False
    if folding.path is not None:
        expanded[folding.path[:-1]] = True
    expanded &= sizes > 1
    folded = np.flatnonzero(~expanded & (sizes > 1))
    # Each folded span hides the places after it, up to the end of its size.
    steps = np.zeros(count + 1, np.int32)
    np.add.at(steps, folded + 1, 1)
    np.add.at(steps, folded + sizes[folded], -1)
    shown = np.cumsum(steps[:count]) == 0
    if leads is not None:
        shown &= leads
        if folding.path is not None:
            shown[folding.path] = True
    return Visible(np.flatnonzero(shown), expanded)
