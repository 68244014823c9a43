"""Which spans tell an AI call that another span tells too: its tokens count once.

Three ways lead to it: an agent or a chain bears the sum of what is below it; a framework makes a span around
that of the client; and two instrumentations look at the same call, one span in the other or side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Keys = NDArray[np.uint64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

OTHER, CALL, TOOL, STEP = range(4)
"""Kinds: what is no call, a call of a model, a tool, an agent or the like that bears tokens."""

NO_LINKS: Final[tuple[Keys, Keys]] = (np.zeros(0, np.uint64), np.zeros(0, np.uint64))
"""Of no spans besides those of AI calls."""

_DEEPEST = 200
_TWINS_AT_MOST = 2_000
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Nesting:
    """Spans of AI calls, one column each; keys are digests.

    `parent`: the next such span upwards, or one whose parent has to be looked up; 0 if there is none.
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
    service: Keys

    def __len__(self) -> int:
        return len(self.span)

    def of(self, rows: Any) -> Nesting:
        """Some of the spans."""
        return Nesting(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Suspects:
    """Spans of traces that have more than one to count, trace by trace, each once; nothing else can be told
    twice. `above`: the row of each one's parent, -1 where it is not among them."""

    spans: Nesting
    above: Index

    def __len__(self) -> int:
        return len(self.spans)


def nesting_of(table: pa.Table) -> Nesting:
    """The columns of `ai_nesting.sql`."""
    columns: list[Any] = [table.column(at).to_numpy() for at in range(table.num_columns)]
    columns[6] = columns[6].astype(np.bool_)
    return Nesting(*columns)


def suspects(spans: Nesting) -> Suspects:
    """Those of some spans, which may be there several times."""
    if not len(spans):
        return Suspects(spans, np.zeros(0, np.int64))
    by_span = np.argsort(spans.span)
    ordered = spans.span[by_span]
    by_span = by_span[np.append(True, ordered[1:] != ordered[:-1])]
    is_first = np.zeros(len(spans), np.bool_)
    is_first[by_span] = True
    order = np.argsort(spans.trace)
    order = order[is_first[order]]
    trace = spans.trace[order]
    counted = _counted(spans)[order]
    wanted = _of_group(trace, np.add.reduceat(counted.astype(np.int64), _firsts(trace)) > 1)
    rows = order[wanted]
    place = np.full(len(spans), -1)
    place[rows] = np.arange(len(rows))
    by_span = place[by_span]
    by_span = by_span[by_span >= 0]
    spans = spans.of(rows)
    return Suspects(spans, _rows_of(spans.span[by_span], by_span, spans.parent))


def undecided(suspected: Suspects) -> Keys:
    """The traces in which spans that are not among these tell whether one lies in another.

    Where a way upwards ends at such a span, and another one that is not below it runs at the same time. One
    that ended before the other began is not around it; the clocks of two services may tell otherwise.
    """
    spans, parent = suspected.spans, suspected.above
    if not len(spans):
        return spans.trace
    itself = np.arange(len(spans))
    is_missing = (parent < 0) & (spans.parent != 0)
    top = np.where(parent >= 0, parent, itself)
    for _ in range(_DEEPEST.bit_length()):
        top = top[top]
    counted = _counted(spans)
    firsts = _firsts(spans.trace)
    is_apart = counted & (top != _of_group(spans.trace, top[firsts]))
    several = np.bitwise_or.reduceat(is_apart, firsts)
    open_ended = np.bitwise_or.reduceat(is_missing & (top == itself), firsts)
    rows = np.flatnonzero(_of_group(spans.trace, several & open_ended) & counted)
    if not len(rows):
        return spans.trace[:0]
    # Each tree as the time from its first span to be counted to its last.
    rows = rows[np.argsort(top[rows], kind="stable")]
    begins = _firsts(top[rows])
    start, end = np.minimum.reduceat(spans.start[rows], begins), np.maximum.reduceat(spans.end[rows], begins)
    trace, service = spans.trace[rows][begins], spans.service[rows][begins]
    order = np.lexsort((start, trace))
    start, end, trace, service = start[order], end[order], trace[order], service[order]
    # If any two of a trace run at the same time, then two that began one after the other do.
    meets = (trace[1:] == trace[:-1]) & ((start[1:] <= end[:-1]) | (service[1:] != service[:-1]))
    found = trace[1:][meets]
    return found[_firsts(found)] if len(found) else found


def repeated(suspected: Suspects, links: tuple[Keys, Keys]) -> Keys:
    """The keys of the spans that are not to be counted.

    `links`: every span of the traces that are `undecided`, and its parent, by their keys.
    """
    spans = suspected.spans
    if not len(spans):
        return np.zeros(0, np.uint64)
    around, through_tool = _nearest(suspected, links)
    # A step is told again by whatever bears tokens below it.
    above = np.zeros(len(spans), np.bool_)
    reached = around[spans.has_tokens]
    while len(reached := reached[reached >= 0]):
        reached = reached[~above[reached]]
        above[reached] = True
        reached = around[reached]
    dropped = above & (spans.kind == STEP)
    _drop_calls_in_calls(spans, around, through_tool, dropped)
    _drop_twins(spans, dropped)
    return spans.span[dropped]


def _nearest(suspected: Suspects, links: tuple[Keys, Keys]) -> tuple[Index, Mask]:
    """For each span to count the nearest such span around it (-1: none), and whether a tool lies between."""
    spans, above = suspected.spans, suspected.above
    number = len(spans)
    kind_of, parent_of = spans.kind, above
    if len(links[0]):
        # Other spans come after those of AI calls.
        by_span = np.argsort(spans.span)
        others = np.flatnonzero(_rows_of(spans.span[by_span], by_span, links[0]) < 0)
        keys = np.concatenate((spans.span, links[0][others]))
        by_key = np.argsort(keys)
        known = keys[by_key]
        lost = np.flatnonzero((above < 0) & (spans.parent != 0))
        parent_of = np.concatenate((above, _rows_of(known, by_key, links[1][others])))
        parent_of[lost] = _rows_of(known, by_key, spans.parent[lost])
        kind_of = np.concatenate((spans.kind, np.full(len(others), OTHER)))
    counted = (kind_of == CALL) | (kind_of == STEP)
    # Nothing is around itself.
    at = np.where(counted[:number] & (parent_of[:number] != np.arange(number)), parent_of[:number], -1)
    through_tool = np.zeros(number, np.bool_)
    climbing = np.flatnonzero((at >= 0) & ~counted[at])
    for _ in range(_DEEPEST):
        if not len(climbing):
            break
        through_tool[climbing] |= kind_of[at[climbing]] == TOOL
        at[climbing] = parent_of[at[climbing]]
        climbing = climbing[(at[climbing] >= 0) & ~counted[at[climbing]]]
    at[climbing] = -1
    return at, through_tool


def _drop_calls_in_calls(spans: Nesting, around: Index, through_tool: Mask, dropped: Mask) -> None:
    """Of a call and the one call directly in it, the one that says less; around several calls, that one.

    What a tool of a call asks a model for is another call.
    """
    is_call = spans.kind == CALL
    inner = np.flatnonzero(is_call & (around >= 0) & ~through_tool & is_call[around])
    if not len(inner):
        return
    number = np.bincount(around[inner], minlength=len(spans))
    is_inner = np.zeros(len(spans), np.bool_)
    is_inner[inner] = True
    # Two levels and no more, or one of several: those are settled at once.
    outer = around[inner]
    plain = ~is_inner[outer] & (number[inner] == 0)
    says_more = (number[outer] > 1) | (spans.worth[outer] <= spans.worth[inner])
    dropped[outer[plain & says_more]] = True
    dropped[inner[plain & ~says_more]] = True
    inner = inner[~plain]
    # Those that lie deepest are settled first. Of a chain of calls one is left, `left`; above several calls
    # (-1) none is.
    left = np.arange(len(spans))
    for row in inner[np.argsort(-spans.start[inner], kind="stable")].tolist():
        above, best = int(around[row]), int(left[row])
        if number[above] > 1 or best < 0:
            dropped[above] = True
            left[above] = -1
        elif spans.worth[above] <= spans.worth[best]:
            dropped[above] = True
            left[above] = best
        else:
            dropped[best] = True


def _drop_twins(spans: Nesting, dropped: Mask) -> None:
    """Of calls of two instrumentations with the same tokens, one in the other's time: what says less."""
    left = np.flatnonzero((spans.kind == CALL) & ~dropped & spans.has_tokens)
    left = left[_is_mixed(spans.trace[left], spans.scope[left])]
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


def _counted(spans: Nesting) -> Mask:
    return (spans.kind == CALL) | (spans.kind == STEP)


def _rows_of(known: Keys, rows: Index, wanted: Keys) -> Index:
    """The row of each wanted key, -1 where it is none of the known ones, which are in order."""
    if not len(known):
        return np.full(len(wanted), -1)
    # Looking for keys in order is several times as fast.
    order = np.argsort(wanted)
    place = np.empty(len(wanted), np.int64)
    place[order] = np.minimum(np.searchsorted(known, wanted[order]), len(known) - 1)
    return np.where(known[place] == wanted, rows[place], -1)


def _firsts(grouped: NDArray[Any]) -> Index:
    """Where each group begins."""
    return np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))


def _groups(grouped: NDArray[Any]) -> Index:
    """The number of each row's group."""
    return np.cumsum(np.append(0, grouped[1:] != grouped[:-1]))


def _of_group(grouped: NDArray[Any], values: Any) -> Any:
    """For each row the value of its group."""
    return values[_groups(grouped)]


def _is_mixed(grouped: Keys, values: Keys) -> Mask:
    """For each row whether its group has several values."""
    if not len(grouped):
        return np.zeros(0, np.bool_)
    firsts = _firsts(grouped)
    differs = values != _of_group(grouped, values[firsts])
    return _of_group(grouped, np.bitwise_or.reduceat(differs, firsts))
