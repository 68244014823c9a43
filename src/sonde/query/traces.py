"""Traces that match a search, newest first.

A trace is in the list by its start within the range of time. The rows that name it (its starts in the
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
from weakref import WeakKeyDictionary

from sonde.query import cursors
from sonde.query.answers import TracePage, TraceSummary
from sonde.query.cursors import Cursor
from sonde.query.search import Node
from sonde.query.statements import ONE_THREAD, statement
from sonde.query.time import MAX_NS, TimeRange
from sonde.query.trace_facts import When, facts, when
from sonde.query.trace_sources import Row, Source, source_of

if TYPE_CHECKING:
    from sonde.store import Database

_KEY = (int, str, int, str)
_IDS_PER_READ = 1000
_SPARE_ROWS = 16
_ROWS_CHECKED = 8

# A segment's id: milliseconds since 2020 above 22 bits.
_SEGMENT_EPOCH_MS = 1_577_836_800_000
_SEGMENT_SHIFT = 22
_RECENT_MS = 10 * 60 * 1000

# Pages that a cursor remembers: a trace shown longer ago could be repeated, if a late span moved it so far.
_PAGES_REMEMBERED = 32

# More traces than a page needs are looked at together, for a few are not where their rows are.
_SPARE_TRACES = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: by start, then trace id; the newest comes first."""

    at_ns: int
    trace_id: str

    def is_before(self, other: Place) -> bool:
        """Whether this place comes first."""
        return (self.at_ns, self.trace_id) > (other.at_ns, other.trace_id)


# No id of a trace is greater than "~".
_TOP = Place(MAX_NS, "~")


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
        begin = _TOP
        for page in self.pages:
            start_ns = min((start for made_ms, start in starts if made_ms <= page.made_ms), default=None)
            if start_ns is not None:
                stood = Place(start_ns, trace_id)
                if begin.is_before(stood) and not page.end.is_before(stood):
                    return True
            begin = page.end
        return False


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
    traces = [walk.lines[place.trace_id] for place in places]
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
        self.lines: dict[str, TraceSummary] = {}
        self.rest_ns: int | None = None
        """After `take`: the newest row of the traces that are left; None if there are none."""
        self._seen: set[str] = set()
        self._held: list[tuple[int, tuple[int, ...], Place, int]] = []

    def take(self, limit: int) -> list[Place]:
        """The first `limit` traces: their starts and ids."""
        taken: list[Place] = []
        read_to_ns = self._resume.row_ns if self._resume else MAX_NS
        chunk = self._source.rows_per_trace * (limit + 1) + _SPARE_ROWS
        rows: list[Row] = []
        source_ended = False
        leave_out: set[str] = set()
        while True:
            if not rows:
                rows = self._source.rows(self._range, read_to_ns, sorted(leave_out), chunk)
                source_ended = len(rows) < chunk
                leave_out |= _repeated(rows)
            read, rows = _split(rows, limit + 1 - len(taken) + _SPARE_TRACES)
            self._hold(read)
            ended = source_ended and not rows
            if read:
                read_to_ns = read[-1].at_ns
            # Of the time of the last row there may be more.
            while self._held and (ended or self._held[0][2].at_ns > read_to_ns) and len(taken) < limit:
                taken.append(heapq.heappop(self._held)[2])
            if len(taken) == limit and (self._held or not ended):
                # One more is known to be there, or may be.
                waiting = [row_ns for *_, row_ns in self._held]
                self.rest_ns = max(waiting if ended else [*waiting, read_to_ns])
                return taken
            if ended:
                return taken

    def _hold(self, rows: Sequence[Row]) -> None:
        """Look at the traces that are new among these, and keep those of this page and later ones."""
        new: dict[str, list[Row]] = {}
        for row in rows:
            if row.trace_id not in self._seen:
                new.setdefault(row.trace_id, []).append(row)
        self._seen |= new.keys()
        trace_ids = list(new)
        for start in range(0, len(trace_ids), _IDS_PER_READ):
            batch = {trace_id: new[trace_id] for trace_id in trace_ids[start : start + _IDS_PER_READ]}
            for place in self._places(batch):
                # Ids in descending order too: the heap has the smallest first.
                order = tuple(-ord(char) for char in place.trace_id)
                heapq.heappush(self._held, (-place.at_ns, order, place, batch[place.trace_id][0].at_ns))

    def _places(self, rows: dict[str, list[Row]]) -> list[Place]:
        """Where these traces stand in the list, but those that are on none of the pages from here on."""
        newest = {trace_id: of_trace[0].at_ns for trace_id, of_trace in rows.items()}
        spans = when(self._database, newest)
        versions: list[int] = []
        if self._source.checks_versions:
            versions = [row.version for of_trace in rows.values() for row in of_trace[:_ROWS_CHECKED]]
        known = facts(self._database, spans, versions, self._range)
        unsure = [] if not versions else [trace_id for trace_id, fact in known.items() if not fact.stands]
        gone = set(unsure) - self._source.matching(unsure, self._range) if unsure else set[str]()
        places: list[Place] = []
        for trace_id in known.keys() - gone:
            self.lines[trace_id] = known[trace_id].line
            places.append(Place(min(known[trace_id].start_ns, newest[trace_id]), trace_id))
        resume = self._resume
        if resume is None:
            return places
        places = [place for place in places if resume.after.is_before(place)]
        shown = self._shown_before(places, spans, resume)
        return [place for place in places if place.trace_id not in shown]

    def _shown_before(self, places: list[Place], spans: dict[str, When], resume: _Resume) -> set[str]:
        """Those that a page before has shown: a span that arrived since then moved them here."""
        if not places:
            return set()
        trace_ids = [place.trace_id for place in places]
        rows = self._database.query(
            statement("traces_start_as_of"),
            {
                "first": max(self._range.since_ns, min(spans[trace_id].first_ns for trace_id in trace_ids)),
                "last": max(spans[trace_id].last_ns for trace_id in trace_ids),
                "trace_ids": trace_ids,
                "shift": _SEGMENT_SHIFT,
            },
        ).rows
        starts: dict[str, list[tuple[int, int]]] = {}
        for trace_id, made_ms, start_ns in rows:
            starts.setdefault(trace_id, []).append((made_ms, start_ns))
        return {trace_id for trace_id, known in starts.items() if resume.was_shown(trace_id, known)}


def _repeated(rows: Sequence[Row]) -> set[str]:
    """The traces that the next rows need not name again.

    Those with very many rows would fill every chunk; those of the last row's time are read a second time.
    """
    counts = Counter(row.trace_id for row in rows)
    many = {trace_id for trace_id, count in counts.items() if count * 8 > len(rows)}
    return many | {row.trace_id for row in rows if row.at_ns == rows[-1].at_ns}


def _split(rows: list[Row], traces: int) -> tuple[list[Row], list[Row]]:
    """The rows of about so many traces, and the rest."""
    ids: set[str] = set()
    for index, row in enumerate(rows):
        ids.add(row.trace_id)
        if len(ids) > traces:
            return rows[:index], rows[index:]
    return rows, []


# The newest segment that was seen: looked for from there on, most parts need not be read.
_newest_seen: WeakKeyDictionary[Database, int] = WeakKeyDictionary()


def _newest_ms(database: Database) -> int:
    """The time of the newest segment stored; none older than ten minutes is looked for."""
    recent_ms = max(0, time.time_ns() // 10**6 - _RECENT_MS - _SEGMENT_EPOCH_MS)
    seen = max(_newest_seen.get(database, 0), recent_ms << _SEGMENT_SHIFT)
    rows = database.query(statement("traces_as_of"), {"seen": seen}, settings=ONE_THREAD).rows
    newest: int = rows[0][0] if rows else seen
    _newest_seen[database] = newest
    return newest >> _SEGMENT_SHIFT
