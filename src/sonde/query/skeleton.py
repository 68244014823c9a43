"""What the shape of a trace is made of, an array a column: a trace of 100 000 spans takes some 15 MB.

Attributes are not here: they are read of the spans that are looked at.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from sonde.errors import NotFound
from sonde.query.critical_path import EVERYTHING, critical_path
from sonde.query.depth_first import Array, depth_first
from sonde.query.self_time import self_times
from sonde.query.time import MAX_NS


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few distinct texts: of each span, the index of its own among them."""

    codes: Array
    values: list[str]

    def __getitem__(self, place: int) -> str:
        return self.values[self.codes[place]]

    def chosen(self, rows: Array) -> Coded:
        """Those of some rows."""
        return Coded(self.codes[rows], self.values)


class Events(NamedTuple):
    """The first events of each span; of that at place i, those from `firsts[i]` to before `firsts[i + 1]`."""

    firsts: Array
    at_ns: Array
    names: Coded
    exceptions: dict[int, str]
    """The type of the exception of the spans that have one, by place."""


class CriticalParts(NamedTuple):
    """The sections of the critical path, by place, then time; laid out as `Events`."""

    firsts: Array
    places: Array
    from_ns: Array
    to_ns: Array


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Ids that some span of the trace has, in no order."""

    runs: list[str]
    orchestrations: list[str]
    correlations: list[str]
    sessions: list[str]
    triggers: list[str]


@dataclass(frozen=True)
class Skeleton:
    """The newest versions of a trace's spans, depth first, children by their start. Times are in nanoseconds
    from the trace's start; parents are places, -1 for none."""

    trace_id: str
    start_ns: int
    """Unix time of the trace's start."""
    version: str
    ids: Array
    parent_ids: Array
    """0: it names none."""
    parents: Array
    depths: Array
    sizes: Array
    children: Array
    starts: Array
    durations: Array
    """0 while a span is open."""
    ends: Array
    """When it ended; of an open span, the latest that is known below it."""
    self_ns: Array
    """0 while a span is open."""
    versions: Array
    weights: Array
    open: Array
    errors: Array
    events: Array
    links: Array
    operation: Coded
    kind: Coded
    service: Coded
    component: Coded
    status: Coded
    status_code: Coded
    critical: CriticalParts
    received_ms: int
    mentioned: Mentioned
    shown_events: Events
    by_id: Array = field(repr=False)
    """Places in the order of their ids."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def nbytes(self) -> int:
        """The memory it takes, about."""
        # Beside the columns, three of those that are made later.
        return sum(_bytes(getattr(self, each.name)) for each in fields(self)) + 20 * len(self)

    @cached_property
    def end_ns(self) -> int:
        """When the last span ended, from the trace's start."""
        return int(self.ends.max())

    @cached_property
    def root(self) -> int | None:
        """The first span that has no parent by its own word; None when there is none."""
        roots = np.flatnonzero(self.parent_ids == 0)
        return int(roots[0]) if len(roots) else None

    @cached_property
    def errors_before(self) -> Array:
        """Of each place, how many spans before it failed; one more at the end."""
        return _sums(self.errors)

    @cached_property
    def critical_ns(self) -> Array:
        """Of each span, how much of the critical path is its own."""
        return np.diff(_sums(self.critical.to_ns - self.critical.from_ns, np.int64)[self.critical.firsts])

    def children_of(self, place: int) -> Array:
        """The places of a span's children, by their start."""
        by_parent, firsts = self._by_parent
        return by_parent[firsts[place] : firsts[place + 1]]

    @cached_property
    def _by_parent(self) -> tuple[Array, Array]:
        """Places by their parent; of each place, where its children begin among them."""
        by_parent = np.argsort(self.parents, kind="stable").astype(np.int32)
        roots = len(self) - int(self.children.sum())
        return by_parent, _sums(self.children) + roots

    def places(self, ids: Array) -> Array:
        """Where these spans are; -1 for those that are not there."""
        at = np.searchsorted(self.ids, ids, sorter=self.by_id)
        found = self.by_id[np.minimum(at, len(self) - 1)]
        return np.where(self.ids[found] == ids, found, -1)

    def place_of(self, span_id: int) -> int:
        """Where the span with this id is. Raises NotFound."""
        place = int(self.places(np.array([span_id], np.uint64))[0])
        if place < 0:
            raise NotFound(
                f"no span {span_id_text(span_id)} in trace {self.trace_id}",
                hint="what was just sent is there within 2 seconds, or at once after `sonde flush`",
            )
        return place

    def path(self, place: int) -> list[int]:
        """The places of a span's ancestors, the root's first."""
        found: list[int] = []
        place = int(self.parents[place])
        while place >= 0:
            found.append(place)
            place = int(self.parents[place])
        found.reverse()
        return found


def span_id_text(number: int) -> str:
    """A span id as it is written."""
    return f"{number:016x}"


def assemble(trace_id: str, spans: pa.Table, events: pa.Table | None) -> Skeleton:
    """The skeleton of a trace, from the columns of `trace_skeleton.sql` (one row or more) and those of
    `trace_events.sql`."""
    rows = _newest_by_start(spans)
    ids, parent_ids = (_numbers(spans, name)[rows] for name in ("id", "parent"))
    sorted_rows = np.argsort(ids, kind="stable")
    order = depth_first(_parents(ids, parent_ids, sorted_rows))
    rows, ids, parent_ids = rows[order.spans], ids[order.spans], parent_ids[order.spans]
    starts = _numbers(spans, "start")[rows]
    start_ns = int(starts.min())
    starts = starts - start_ns
    is_open = _numbers(spans, "is_open")[rows].astype(np.bool_)
    durations = np.minimum(_numbers(spans, "duration")[rows], MAX_NS - starts)
    durations[is_open] = 0
    ends = _known_ends(starts + durations, is_open, order.parents)
    as_lists = starts.tolist(), ends.tolist(), order.parents.tolist()
    own = np.array(self_times(*as_lists), np.int64)
    own[is_open] = 0
    roots = np.flatnonzero(parent_ids == 0)
    critical = critical_path(*as_lists, int(roots[0]) if len(roots) else EVERYTHING)
    status, status_code = (_coded(spans, name).chosen(rows) for name in ("status", "status_code"))
    versions = _numbers(spans, "version")[rows]
    by_id = np.argsort(ids, kind="stable").astype(np.int32)
    return Skeleton(
        trace_id=trace_id,
        start_ns=start_ns,
        version=f"{int(_numbers(spans, 'segment').max()):x}-{len(rows):x}-{int(is_open.sum()):x}",
        ids=ids,
        parent_ids=parent_ids,
        parents=order.parents,
        depths=order.depths,
        sizes=order.sizes,
        children=np.bincount(order.parents + 1, minlength=len(rows) + 1)[1:].astype(np.int32),
        starts=starts,
        durations=durations,
        ends=ends,
        self_ns=own,
        versions=versions,
        weights=_numbers(spans, "weight")[rows],
        open=is_open,
        errors=_is(status, "error") | _is(status_code, "Error"),
        events=_numbers(spans, "events")[rows],
        links=_numbers(spans, "links")[rows],
        operation=_coded(spans, "operation").chosen(rows),
        kind=_coded(spans, "kind").chosen(rows),
        service=_coded(spans, "service").chosen(rows),
        component=_coded(spans, "component").chosen(rows),
        status=status,
        status_code=status_code,
        critical=_critical_parts(np.array(critical, np.int64).reshape(-1, 3), len(rows)),
        received_ms=int(_numbers(spans, "received").max()),
        mentioned=Mentioned(
            *(
                _distinct(spans, name)
                for name in ("run", "orchestration", "correlation", "session", "trigger")
            )
        ),
        shown_events=_events(events, ids[by_id], by_id, versions, start_ns),
        by_id=by_id,
    )


def _newest_by_start(spans: pa.Table) -> Array:
    """The rows of the newest version of each span, by start, then id."""
    ids, starts = _numbers(spans, "id"), _numbers(spans, "start")
    by_age = np.lexsort((_numbers(spans, "version"), ids))
    last = np.append(ids[by_age][1:] != ids[by_age][:-1], True)
    rows = by_age[last]
    return rows[np.lexsort((ids[rows], starts[rows]))]


def _parents(ids: Array, parent_ids: Array, by_id: Array) -> Array:
    """The index of each one's parent, -1 where it names none or that is not there."""
    at = by_id[np.minimum(np.searchsorted(ids, parent_ids, sorter=by_id), len(ids) - 1)]
    return np.where((ids[at] == parent_ids) & (parent_ids != 0), at, -1)


def _known_ends(ends: Array, is_open: Array, parents: Array) -> Array:
    """When each span ended; of an open one, the latest end below it."""
    if not is_open.any():
        return ends
    latest, above = ends.tolist(), parents.tolist()
    for place in range(len(latest) - 1, 0, -1):
        parent = above[place]
        if parent >= 0 and latest[parent] < latest[place]:
            latest[parent] = latest[place]
    return np.where(is_open, np.array(latest, np.int64), ends)


def _critical_parts(sections: Array, count: int) -> CriticalParts:
    by_place = np.lexsort((sections[:, 1], sections[:, 0]))
    places, from_ns, to_ns = sections[by_place].T
    firsts = np.searchsorted(places, np.arange(count + 1)).astype(np.int32)
    return CriticalParts(firsts, places.astype(np.int32), from_ns.copy(), to_ns.copy())


def _events(events: pa.Table | None, ids: Array, by_id: Array, versions: Array, start_ns: int) -> Events:
    """`ids` are the spans' in order, `by_id` their places."""
    count = len(ids)
    if events is None or events.num_rows == 0:
        nothing = np.zeros(0, np.int64)
        return Events(np.zeros(count + 1, np.int32), nothing, Coded(nothing.astype(np.int32), []), {})
    found = np.minimum(np.searchsorted(ids, _numbers(events, "id")), count - 1)
    places = by_id[found]
    # There are rows also of replaced versions, and of spans that came since the others were read.
    current = (ids[found] == _numbers(events, "id")) & (versions[places] == _numbers(events, "version"))
    chosen = np.flatnonzero(current)
    chosen = chosen[np.argsort(places[chosen], kind="stable")]
    chosen = chosen[np.append(np.diff(places[chosen]) != 0, True)]
    rows = events.take(pa.array(chosen))
    at = rows.column("at").combine_chunks()
    lengths = np.zeros(count + 1, np.int32)
    lengths[places[chosen] + 1] = np.diff(at.offsets.to_numpy())
    exceptions = rows.column("exception").to_pylist()
    names = rows.column("name").combine_chunks().flatten()
    return Events(
        np.cumsum(lengths, dtype=np.int32),
        at.flatten().to_numpy() - start_ns,
        _coded_array(names),
        {place: text for place, text in zip(places[chosen].tolist(), exceptions, strict=True) if text},
    )


def _numbers(table: pa.Table, name: str) -> Array:
    return table.column(name).to_numpy()


def _coded(table: pa.Table, name: str) -> Coded:
    return _coded_array(table.column(name).combine_chunks())


def _coded_array(texts: pa.Array) -> Coded:
    encoded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
    return Coded(encoded.indices.to_numpy().astype(np.int32), encoded.dictionary.to_pylist())


def _distinct(table: pa.Table, name: str) -> list[str]:
    return [text for text in table.column(name).unique().to_pylist() if text]


def _is(column: Coded, text: str) -> Array:
    return (
        column.codes == column.values.index(text)
        if text in column.values
        else np.zeros(len(column.codes), np.bool_)
    )


def _sums(values: Array, kind: Any = np.int32) -> Array:
    return np.concatenate((np.zeros(1, kind), np.cumsum(values, dtype=kind)))


def _bytes(value: object) -> int:
    """The memory of a column or a group of them, about."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Coded):
        return _bytes(value.codes) + _bytes(value.values)
    if isinstance(value, Mentioned):
        return sum(_bytes(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, dict):
        return sum(60 + _bytes(each) for each in value.values())
    if isinstance(value, list | tuple):
        return sum(_bytes(each) for each in value)
    return sys.getsizeof(value)
