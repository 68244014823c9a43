"""Traces that match a search, newest first.

A trace is in the list by its start within the range of time. The rows that name it (summaries of the
blocks it came in, or spans that match) may be later than that, so traces found are held back until the
rows have been read down to their start; what is held back at the end of a page is where the next page
begins to read.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde.query import cursors
from sonde.query.answers import TracePage, TraceSummary
from sonde.query.cursors import Cursor
from sonde.query.rows import milliseconds
from sonde.query.search import Node
from sonde.query.statements import statement
from sonde.query.time import MAX_NS, MIN_NS, SECOND_NS, TimeRange, iso
from sonde.query.trace import trace_status
from sonde.query.trace_sources import TOP, Place, Source, just_from, source_of

if TYPE_CHECKING:
    from sonde.store import Database

_KEY = (int, str, int, str)
_IDS_PER_READ = 1000
_SPARE_ROWS = 16

# A segment's id: milliseconds since 2020 above 22 bits.
_SEGMENT_EPOCH_MS = 1_577_836_800_000
_SEGMENT_SHIFT = 22
_RECENT_MS = 10 * 60 * 1000

# Pages that a cursor remembers: a trace shown longer ago could be repeated, if a late span moved it so far.
_PAGES_REMEMBERED = 32

_FINAL = {"do_not_merge_across_partitions_select_final": 1}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page before: the newest segment that was stored (its time), and where the page ended."""

    made_ms: int
    end: Place


@dataclass(frozen=True, slots=True)
class _Resume:
    """Where a page goes on: after which trace, from which row on; and the pages before, in order."""

    after: Place
    row_ns: int
    pages: tuple[_Shown, ...]

    def was_shown(self, trace_id: str, starts: Sequence[tuple[int, int]]) -> bool:
        """Whether a trace was on one of the pages.

        `starts` are pairs of a segment's time and the earliest start it brought.
        """
        begin = TOP
        for page in self.pages:
            start_ns = min((start for made_ms, start in starts if made_ms <= page.made_ms), default=None)
            if start_ns is not None:
                stood = Place(start_ns, trace_id)
                if begin.is_before(stood) and not page.end.is_before(stood):
                    return True
            begin = page.end
        return False


@dataclass(frozen=True, slots=True)
class _When:
    """When the spans of a trace began, rounded outwards to a second."""

    first_ns: int
    last_ns: int


def search(
    database: Database,
    node: Node,
    range_: TimeRange,
    *,
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> TracePage:
    """A page of the traces with a span that matches.

    Args:
        database: the tenant's.
        node: the search, from `search.parse`.
        range_: when a matching span began; without a search, or with `service:x` alone, when the trace did.
        limit: most traces of the page.
        cursor: `nextCursor` of the page before.
        question: everything of the request that a cursor is bound to.

    A trace that was on a page is on no later one, even when an older span of it has arrived since.

    Raises:
        SearchSyntaxError: the search names what spans do not have.
        BadRequest: the cursor is not one of this question.
    """
    resume: _Resume | None = None
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_ = found.range
        resume = _resume(found)
    walk = _Walk(database, source_of(database, node), range_, resume)
    places = walk.take(limit)
    traces = _facts(database, [place.trace_id for place in places], walk.when)
    if walk.rest_ns is None:
        return {"traces": traces, "nextCursor": None}
    last = places[-1]
    pages = (*(resume.pages if resume else ()), _Shown(_newest_ms(database), last))
    told = ",".join(
        f"{page.made_ms}:{page.end.at_ns}:{page.end.trace_id}" for page in pages[-_PAGES_REMEMBERED:]
    )
    following = Cursor(range_, (last.at_ns, last.trace_id, walk.rest_ns, told))
    return {"traces": traces, "nextCursor": cursors.encode(following, question)}


def _resume(cursor: Cursor) -> _Resume:
    at_ns, trace_id, row_ns, told = cursor.key
    pages = [page.split(":") for page in str(told).split(",")]
    shown = tuple(_Shown(int(made_ms), Place(int(at), end_id)) for made_ms, at, end_id in pages)
    return _Resume(Place(int(at_ns), str(trace_id)), int(row_ns), shown)


class _Walk:
    """Reads rows, newest first, and gives out traces in the order of their start."""

    def __init__(self, database: Database, source: Source, range_: TimeRange, resume: _Resume | None) -> None:
        self._database = database
        self._source = source
        self._range = range_
        self._resume = resume
        self.when: dict[str, _When] = {}
        self.rest_ns: int | None = None
        """After `take`: the newest row of the traces that are left; None if there are none."""
        self._seen: set[str] = set()
        self._held: list[tuple[int, tuple[int, ...], Place, int]] = []

    def take(self, limit: int) -> list[Place]:
        """The first `limit` traces: their starts and ids."""
        taken: list[Place] = []
        read_to = just_from(self._resume.row_ns) if self._resume else TOP
        leave_out: list[str] = []
        chunk = self._source.rows_per_trace * (limit + 1) + _SPARE_ROWS
        rows: list[Place] = []
        source_ended = False
        while True:
            if not rows:
                rows = self._source.rows(self._range, read_to, leave_out, chunk)
                source_ended = len(rows) < chunk
                # A trace with very many rows would fill every chunk.
                counts = Counter(row.trace_id for row in rows)
                leave_out += [trace_id for trace_id, count in counts.items() if count * 8 > chunk]
            read, rows = _split(rows, 2 * (limit + 1) - len(taken))
            self._hold(read)
            ended = source_ended and not rows
            if read:
                read_to = read[-1]
            while self._held and (ended or not read_to.is_before(self._held[0][2])):
                if len(taken) == limit:
                    break
                taken.append(heapq.heappop(self._held)[2])
            if len(taken) == limit and (self._held or not ended):
                # One more is known to be there, or may be.
                waiting = [row_ns for *_, row_ns in self._held]
                self.rest_ns = max(waiting if ended else [*waiting, read_to.at_ns])
                return taken
            if ended:
                return taken

    def _hold(self, rows: Sequence[Place]) -> None:
        newest_row: dict[str, int] = {}
        for row in rows:
            if row.trace_id not in self._seen:
                newest_row.setdefault(row.trace_id, row.at_ns)
        self._seen |= newest_row.keys()
        for start in range(0, len(newest_row), _IDS_PER_READ):
            trace_ids = list(newest_row)[start : start + _IDS_PER_READ]
            for place in self._starts(trace_ids, newest_row):
                # Ids in descending order too: the heap has the smallest first.
                order = tuple(-ord(char) for char in place.trace_id)
                heapq.heappush(self._held, (-place.at_ns, order, place, newest_row[place.trace_id]))

    def _starts(self, trace_ids: list[str], newest_row: dict[str, int]) -> list[Place]:
        """Where these traces stand in the list, but those that do not belong to this page or a later one."""
        self.when |= _when(self._database, trace_ids, newest_row)
        first_ns = min(self.when[trace_id].first_ns for trace_id in trace_ids)
        last_ns = max(self.when[trace_id].last_ns for trace_id in trace_ids)
        matching = self._source.matching(trace_ids, self._range, first_ns, last_ns)
        last_row_ns = max(newest_row[trace_id] for trace_id in trace_ids)
        starts = dict(
            self._database.query(
                statement("traces_start"),
                {
                    "first": max(self._range.since_ns, first_ns),
                    "last": last_row_ns,
                    "since": self._range.since_ns,
                    "trace_ids": trace_ids,
                },
            ).rows
        )
        # Spans may be there before the summary is, and a trace may have begun before the range did.
        places = [
            Place(min(starts.get(trace_id, self._range.since_ns), newest_row[trace_id]), trace_id)
            for trace_id in trace_ids
            if trace_id in matching
        ]
        resume = self._resume
        if resume is None:
            return places
        places = [place for place in places if resume.after.is_before(place)]
        shown = self._shown_before(places, resume)
        return [place for place in places if place.trace_id not in shown]

    def _shown_before(self, places: list[Place], resume: _Resume) -> set[str]:
        """Those that a page before has shown: a span that arrived since then moved them here."""
        if not places:
            return set()
        trace_ids = [place.trace_id for place in places]
        rows = self._database.query(
            statement("traces_start_as_of"),
            {
                "first": max(self._range.since_ns, min(self.when[i].first_ns for i in trace_ids)),
                "last": max(self.when[i].last_ns for i in trace_ids),
                "trace_ids": trace_ids,
                "shift": _SEGMENT_SHIFT,
            },
        ).rows
        starts: dict[str, list[tuple[int, int]]] = {}
        for trace_id, made_ms, start_ns in rows:
            starts.setdefault(trace_id, []).append((made_ms, start_ns))
        return {trace_id for trace_id, known in starts.items() if resume.was_shown(trace_id, known)}


def _split(rows: list[Place], traces: int) -> tuple[list[Place], list[Place]]:
    """The rows of about so many traces, and the rest."""
    ids: set[str] = set()
    for index, row in enumerate(rows):
        ids.add(row.trace_id)
        if len(ids) > traces:
            return rows[:index], rows[index:]
    return rows, []


def _when(database: Database, trace_ids: list[str], newest_row: dict[str, int]) -> dict[str, _When]:
    rows = database.query(statement("traces_when"), {"trace_ids": trace_ids}).rows
    known = {row[0]: _When(row[1] * SECOND_NS, min(MAX_NS, (row[2] + 1) * SECOND_NS)) for row in rows}
    return {
        trace_id: known.get(trace_id)
        or _When(max(MIN_NS, newest_row[trace_id] - SECOND_NS), min(MAX_NS, newest_row[trace_id] + SECOND_NS))
        for trace_id in trace_ids
    }


def _facts(database: Database, trace_ids: list[str], when: dict[str, _When]) -> list[TraceSummary]:
    """What the list says of each trace, in this order."""
    facts: dict[str, TraceSummary] = {}
    for start in range(0, len(trace_ids), _IDS_PER_READ):
        batch = trace_ids[start : start + _IDS_PER_READ]
        rows = database.query(
            statement("traces_facts"),
            {
                "first": min(when[trace_id].first_ns for trace_id in batch),
                "last": max(when[trace_id].last_ns for trace_id in batch),
                "trace_ids": batch,
            },
            settings=_FINAL,
        ).rows
        for trace_id, first_ns, end_ns, spans, errors, services, has_root, root, first, is_open in rows:
            service, operation = root[:2] if has_root else first
            facts[trace_id] = {
                "traceId": trace_id,
                "rootService": service,
                "rootOperation": operation,
                "hasRoot": has_root == 1,
                "services": services,
                "startedAt": iso(first_ns),
                "startUnixNs": str(first_ns),
                "durationNs": end_ns - first_ns,
                "durationMs": milliseconds(end_ns - first_ns),
                "spanCount": spans,
                "errorCount": errors,
                "status": trace_status(root[2] if has_root else "unset", errors),
                "isOpen": bool(is_open),
            }
    return [facts[trace_id] for trace_id in trace_ids if trace_id in facts]


def _newest_ms(database: Database) -> int:
    """The time of the newest segment stored; none older than ten minutes is looked for."""
    recent_ms = max(0, time.time_ns() // 10**6 - _RECENT_MS - _SEGMENT_EPOCH_MS)
    newest = database.query(statement("traces_as_of"), {"recent": recent_ms << _SEGMENT_SHIFT}).one()[0]
    return max(newest >> _SEGMENT_SHIFT, recent_ms)
