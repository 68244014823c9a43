"""Everything that happened to one entity: the runs and traces that touched it, and what they did to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from sonde.query import cursors, surroundings
from sonde.query.answers import TraceSummary
from sonde.query.cursors import Cursor
from sonde.query.entities import facts
from sonde.query.entity_answers import EntityStep, RelatedEntities
from sonde.query.entity_steps import Steps, naming, of_log, steps
from sonde.query.link_answers import EntityOutcome
from sonde.query.links import Entity, Recent, Touch, Toucher
from sonde.query.rows import LOG_COLUMNS, log
from sonde.query.run_answers import RunSummary, Surroundings
from sonde.query.runs import summaries
from sonde.query.statements import BY_KEY, INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, MIN_NS, TimeRange, iso
from sonde.query.trace_facts import When, when
from sonde.query.trace_facts import facts as trace_facts

if TYPE_CHECKING:
    from sonde.store import Database

TRACES_OF_A_RUN: Final = 10
"""Traces of a run that are looked into, the newest of those in which it touched the entity."""

_KEY = (int, str)
_TOP = (MAX_NS, str(2**64 - 1))
_OTHERS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """A run, a trace or a log record of the history."""

    toucher: Toucher
    place_ns: int
    trace_count: int = 0
    run: RunSummary | None = None
    trace: TraceSummary | None = None
    about: Surroundings = field(default_factory=lambda: surroundings.Found().answer())
    outcome: EntityOutcome | None = None
    steps: Sequence[EntityStep] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What happened to an entity. `first_ns` to `last_ns` are of all times, None where nothing touched it."""

    entries: Sequence[Entry]
    next_cursor: str | None
    first_ns: int | None
    last_ns: int | None
    run_count: int
    trace_count: int
    others: Sequence[RelatedEntities]

    @property
    def is_known(self) -> bool:
        """Whether anything names the entity, now or ever."""
        return self.last_ns is not None or bool(self.entries)


@dataclass(slots=True)
class _Row:
    """What stands at a place of the history."""

    place: int
    digest: int
    toucher: Toucher
    trace_count: int = 0
    record: EntityStep | None = None


def history(
    database: Database,
    entity: Entity,
    range_: TimeRange,
    recent: Recent,
    *,
    limit: int,
    cursor: str | None = None,
    question: str = "",
) -> History:
    """A page of what happened to an entity, the newest first.

    Args:
        database: the tenant's.
        entity: its type and id.
        range_: when it was touched; a cursor brings its own.
        recent: what was accepted a moment ago, or is kept outside of the store.
        limit: most runs, traces and loose log records of the page.
        cursor: `nextCursor` of the page before.
        question: everything of the request that a cursor is bound to.

    Raises BadRequest: the cursor is not one of this question.
    """
    entity = entity.shortened()
    touched = recent.get(entity, ())
    after: tuple[int, str] = _TOP
    if cursor is not None:
        found = cursors.decode(cursor, question, _KEY)
        range_, after = found.range, (int(found.key[0]), str(found.key[1]))
    place, digest = after[0], int(after[1]) if after[1].isdecimal() else 0
    wanted = {
        **range_.params,
        "place": place,
        "digest": digest,
        "limit": limit + 1 + len({touch.run_id for touch in touched}),
    }
    rows = _touchers(database, entity, wanted) + _loose(database, entity, wanted)
    known_of_recent = _known_of(database, entity, touched)
    rows = _with_recent(rows, touched, known_of_recent, range_, (place, digest))
    rows.sort(key=lambda row: (row.place, row.digest), reverse=True)
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        last = shown[-1]
        following = cursors.encode(Cursor(range_, (last.place, str(last.digest))), question)
    known = facts(database, [entity]).get(entity)
    if known is None and not rows and cursor is None:
        # It may be named by log records of another time, outside of runs and traces.
        ever = _loose(database, entity, {**wanted, "since": MIN_NS, "until": MAX_NS, "limit": 1})
        known = (ever[0].place, ever[0].place, 0, 0) if ever else None
    runs = {each.run_id for each in touched} - {"", *known_of_recent.runs}
    traces = {each.trace_id for each in touched} - {"", *known_of_recent.traces}
    return History(
        entries=_told(database, entity, shown),
        next_cursor=following,
        first_ns=min((*(known[:1] if known else ()), *(each.first_ns for each in touched)), default=None),
        last_ns=max((*(known[1:2] if known else ()), *(each.last_ns for each in touched)), default=None),
        run_count=(known[2] if known else 0) + len(runs),
        trace_count=(known[3] if known else 0) + len(traces),
        others=[] if cursor else _others(database, entity, shown),
    )


def _touchers(database: Database, entity: Entity, wanted: Mapping[str, object]) -> list[_Row]:
    rows = database.query(
        statement("entity_touchers"),
        {**wanted, "type": entity.type, "id": entity.id, "traces": TRACES_OF_A_RUN},
        settings=BY_KEY,
    ).rows
    return [
        _Row(
            place,
            digest,
            Toucher(run_id, url, first_ns, place, {str(trace): int(at) for at, trace in traces}),
            count,
        )
        for place, digest, run_id, first_ns, url, traces, count in rows
    ]


def _loose(database: Database, entity: Entity, wanted: Mapping[str, object]) -> list[_Row]:
    rows = database.query(
        statement("entity_loose_logs", columns=LOG_COLUMNS),
        {**wanted, **naming(entity)},
        settings=INDEXES_FIRST,
    ).rows
    return [
        _Row(place, digest, Toucher("", "", place, place), record=of_log(log(row)))
        for place, digest, *row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store has of the runs and traces of some touches."""

    runs: Mapping[str, int] = field(default_factory=dict[str, int])
    """When each touched the entity last."""
    traces: frozenset[str] = frozenset()


def _known_of(database: Database, entity: Entity, touches: Iterable[Touch]) -> _Known:
    runs = sorted({each.run_id for each in touches} - {""})
    traces = sorted({each.trace_id for each in touches} - {""})
    if not runs and not traces:
        return _Known()
    # Leans on the primary key (EntityType, EntityId, ...).
    rows = database.query(
        "SELECT RunId, toUnixTimestamp64Nano(max(RecordedAt)), "
        "groupUniqArrayIf(TraceId, TraceId IN {traces:Array(String)}) FROM entity_links "
        "WHERE EntityType = {type:String} AND EntityId = {id:String} "
        "AND (RunId IN {runs:Array(String)} OR TraceId IN {traces:Array(String)}) GROUP BY RunId",
        {"type": entity.type, "id": entity.id, "runs": runs, "traces": traces},
        settings=BY_KEY,
    ).rows
    return _Known({run: at for run, at, _ in rows}, frozenset(trace for *_, found in rows for trace in found))


def _with_recent(
    rows: list[_Row], touches: Iterable[Touch], known: _Known, range_: TimeRange, after: tuple[int, int]
) -> list[_Row]:
    """The rows with what was touched a moment ago: links that are told directly are read at once.

    `after` is the place and the digest after which the page begins.
    """
    touches = [each for each in touches if each.run_id and range_.since_ns <= each.last_ns < range_.until_ns]
    # Those of an earlier page. When a link outside of the store was recorded is not known to the millisecond,
    # so the last one that was shown is known by its digest.
    gone = {
        each.run_id
        for each in touches
        if max(each.last_ns, known.runs.get(each.run_id, 0)) >= after[0] or _digest(each.run_id) == after[1]
    }
    rows = [row for row in rows if row.toucher.run_id not in gone]
    by_run = {row.toucher.run_id: row for row in rows if row.toucher.run_id}
    for touch in touches:
        row = by_run.get(touch.run_id)
        if row is None:
            if touch.run_id in gone or known.runs.get(touch.run_id, 0) >= touch.last_ns:
                continue
            row = by_run[touch.run_id] = _Row(touch.last_ns, 0, Toucher(touch.run_id))
            rows.append(row)
        row.toucher.add(touch)
        if touch.last_ns >= row.place:
            row.place, row.digest = touch.last_ns, _digest(touch.run_id)
        row.trace_count = max(row.trace_count, len(row.toucher.traces))
    return rows


def _digest(run_id: str) -> int:
    return int.from_bytes(blake2b(run_id.encode("utf-8", "replace"), digest_size=8).digest())


def _told(database: Database, entity: Entity, rows: Sequence[_Row]) -> list[Entry]:
    """What is known of these runs and traces."""
    run_ids = [row.toucher.run_id for row in rows if row.toucher.run_id]
    places = {trace_id: at for row in rows for trace_id, at in row.toucher.traces.items()}
    traces = when(database, places) if places else {}
    runs = summaries(database, run_ids)
    done = steps(database, entity, run_ids, traces)
    loose = [next(iter(row.toucher.traces)) for row in rows if row.toucher.traces and not row.toucher.run_id]
    lines = _lines(database, {trace_id: traces[trace_id] for trace_id in loose})
    about = _about(database, traces)
    return [_entry(row, runs, lines, about, done) for row in rows]


def _entry(
    row: _Row,
    runs: Mapping[str, RunSummary],
    lines: Mapping[str, TraceSummary],
    about: Mapping[str, surroundings.Found],
    done: Steps,
) -> Entry:
    toucher = row.toucher
    if row.record is not None:
        return Entry(toucher, row.place, steps=[row.record])
    trace_ids = toucher.trace_ids
    owner = toucher.run_id or trace_ids[0]
    return Entry(
        toucher,
        row.place,
        trace_count=row.trace_count,
        run=runs.get(toucher.run_id),
        trace=None if toucher.run_id else lines.get(owner),
        about=surroundings.together(about, trace_ids).answer(),
        outcome=done.outcomes.get(owner),
        steps=done.of.get(owner, ()),
        truncated=owner in done.truncated,
    )


def _lines(database: Database, traces: Mapping[str, When]) -> dict[str, TraceSummary]:
    if not traces:
        return {}
    found = trace_facts(database, traces, [], TimeRange(MIN_NS, MAX_NS))
    return {trace_id: fact.line for trace_id, fact in found.items()}


def _about(database: Database, traces: Mapping[str, When]) -> dict[str, surroundings.Found]:
    if not traces:
        return {}
    first_ns = min(each.first_ns for each in traces.values())
    last_ns = max(each.last_ns for each in traces.values())
    return surroundings.of_traces(database, traces, first_ns, last_ns)


def _others(database: Database, entity: Entity, rows: Sequence[_Row]) -> list[RelatedEntities]:
    run_ids = [row.toucher.run_id for row in rows if row.toucher.run_id]
    trace_ids = [trace for row in rows if not row.toucher.run_id for trace in row.toucher.traces]
    if not run_ids and not trace_ids:
        return []
    found: dict[str, RelatedEntities] = {}
    for kind, entity_id, touchers, last_ns, count in database.query(
        statement("entity_others"),
        {
            "run_ids": run_ids,
            "trace_ids": trace_ids,
            "type": entity.type,
            "id": entity.id,
            "limit": _OTHERS_SHOWN,
        },
        settings=INDEXES_FIRST,
    ).rows:
        of_type = found.setdefault(kind, {"type": kind, "count": count, "entities": []})
        of_type["entities"].append({"id": entity_id, "runCount": touchers, "lastSeen": iso(last_ns)})
    # What a run touched few of says more than the hundredth of a batch.
    return sorted(found.values(), key=lambda each: (each["count"], each["type"]))
