"""Which spans tell an AI call that another span tells too: its tokens count once.

Three ways lead to it: an agent or a chain bears the sum of what is below it; a framework makes a span around
that of the client; and two instrumentations look at the same call, one span in the other or side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

OTHER, CALL, TOOL, STEP = range(4)
"""Kinds: what is no call, a call of a model, a tool, an agent or the like that bears tokens."""

_DEEPEST = 200
_TWINS_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Nesting:
    """Spans of AI calls, one column each; keys are digests.

    `worth`: which of two spans of the same call is the one to count, the higher one. `tokens` and `response`:
    what two such spans have in common; response 0 where it is not known.
    """

    span: Keys
    parent: Keys
    trace: Keys
    start: Index
    end: Index
    kind: Index
    has_tokens: Mask
    worth: Index
    tokens: Keys
    scope: Keys
    response: Keys

    def __len__(self) -> int:
        return len(self.span)

    def of(self, rows: Any) -> Nesting:
        """Some of the spans."""
        return Nesting(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def suspects(spans: Nesting) -> Nesting:
    """The spans of traces that have more than one to count: nothing else can be told twice."""
    _, once = np.unique(spans.span, return_index=True)
    if len(once) < len(spans):
        spans = spans.of(once)
    counted = (spans.kind == CALL) | (spans.kind == STEP)
    traces, number = np.unique(spans.trace[counted], return_counts=True)
    return spans.of(np.isin(spans.trace, traces[number > 1]))


def repeated(spans: Nesting, links: tuple[Keys, Keys]) -> Keys:
    """The keys of the spans that are not to be counted.

    Args:
        spans: those of AI calls in some traces.
        links: every span of these traces and its parent, by their keys; those in between lead upwards.
    """
    if not len(spans):
        return np.zeros(0, np.uint64)
    around, through_tool = _nearest(spans, links)
    dropped = np.zeros(len(spans), np.bool_)
    # A step is told again by whatever bears tokens below it.
    above = np.unique(around[spans.has_tokens])
    for _ in range(_DEEPEST):
        above = np.unique(above[above >= 0])
        if not len(above):
            break
        dropped[above[spans.kind[above] == STEP]] = True
        above = around[above]
    _drop_calls_in_calls(spans, around, through_tool, dropped)
    _drop_twins(spans, dropped)
    return spans.span[dropped]


def _nearest(spans: Nesting, links: tuple[Keys, Keys]) -> tuple[Index, Mask]:
    """For each span to count the nearest such span around it (-1: none), and whether a tool lies between."""
    keys = np.concatenate((spans.span, links[0]))
    parents = np.concatenate((spans.parent, links[1]))
    # The first of each key is that of an AI call, where there is one.
    known, first = np.unique(keys, return_index=True)
    place = np.searchsorted(known, parents[first])
    place[place == len(known)] = 0
    parent_of = np.where(known[place] == parents[first], place, -1)
    row_of = np.where(first < len(spans), first, -1)
    kind_of = np.where(row_of >= 0, spans.kind[np.maximum(row_of, 0)], OTHER)
    counted = (kind_of == CALL) | (kind_of == STEP)

    own = np.searchsorted(known, spans.span)
    at = np.where((spans.kind == CALL) | (spans.kind == STEP), parent_of[own], -1)
    through_tool = np.zeros(len(spans), np.bool_)
    for _ in range(_DEEPEST):
        on_the_way = (at >= 0) & ~counted[np.maximum(at, 0)]
        if not on_the_way.any():
            break
        through_tool |= on_the_way & (kind_of[np.maximum(at, 0)] == TOOL)
        at = np.where(on_the_way, parent_of[np.maximum(at, 0)], at)
    else:
        at = np.where((at >= 0) & counted[np.maximum(at, 0)], at, -1)
    return np.where(at >= 0, row_of[np.maximum(at, 0)], -1), through_tool


def _drop_calls_in_calls(spans: Nesting, around: Index, through_tool: Mask, dropped: Mask) -> None:
    """Of a call and the one call directly in it, the one that says less; around several calls, that one.

    What a tool of a call asks a model for is another call.
    """
    calls = spans.kind == CALL
    inner = np.flatnonzero(
        calls & (around >= 0) & ~through_tool & (spans.kind[np.maximum(around, 0)] == CALL)
    )
    if not len(inner):
        return
    outer, number = np.unique(around[inner], return_counts=True)
    several = dict(zip(outer.tolist(), (number > 1).tolist(), strict=True))
    # Those that lie deepest are settled first: what is dropped takes no part.
    for row in inner[np.argsort(-spans.start[inner], kind="stable")]:
        above = int(around[row])
        if dropped[row] and not several[above]:
            continue
        if several[above] or spans.worth[above] <= spans.worth[row]:
            dropped[above] = True
        else:
            dropped[row] = True


def _drop_twins(spans: Nesting, dropped: Mask) -> None:
    """Of calls of two instrumentations with the same tokens, one in the other's time: what says less."""
    left = np.flatnonzero((spans.kind == CALL) & ~dropped & spans.has_tokens)
    order = left[np.lexsort((spans.tokens[left], spans.trace[left]))]
    pairs = zip(spans.trace[order].tolist(), spans.tokens[order].tolist(), order.tolist(), strict=True)
    for _, group in groupby(pairs, key=lambda each: each[:2]):
        rows = [row for *_, row in group]
        if len(rows) < 2 or len({int(spans.scope[row]) for row in rows}) < 2:
            continue
        rows.sort(key=lambda row: (int(spans.worth[row]), int(spans.start[row])))
        for at, row in enumerate(rows[:_TWINS_AT_MOST]):
            if any(_is_twin(spans, row, other) for other in rows[at + 1 :][:_TWINS_AT_MOST]):
                dropped[row] = True


def _is_twin(spans: Nesting, one: int, other: int) -> bool:
    responses = {int(spans.response[one]), int(spans.response[other])} - {0}
    in_other = spans.start[one] >= spans.start[other] and spans.end[one] <= spans.end[other]
    around_other = spans.start[one] <= spans.start[other] and spans.end[one] >= spans.end[other]
    return bool(spans.scope[one] != spans.scope[other] and len(responses) < 2 and (in_other or around_other))
