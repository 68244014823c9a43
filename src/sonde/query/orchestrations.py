"""Orchestrations: what bears the same `sonde.orchestration.id`, as a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sonde.errors import BadRequest
from sonde.query import cursors, other_statuses
from sonde.query.counts import ending_now
from sonde.query.cursors import Cursor
from sonde.query.orchestration_answers import OrchestrationPage, OrchestrationSummary
from sonde.query.phases import Records
from sonde.query.rows import milliseconds
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.time import MAX_NS, MIN_NS, TimeRange, iso

if TYPE_CHECKING:
    from sonde.store import Database

STATUSES = ("running", "success", "violated", "error", "unset")
"""What an orchestration can be."""

MAX_PHASES = 100
"""Phases of one orchestration that are told."""

_KEY = (int, str)
_TOP = (MAX_NS, str(2**64 - 1))
# Looked at for one page at most: a filter that hardly any passes answers a short page, and goes on.
_EXAMINED = 5_000
_PER_READ = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orchestrations a list shows. `statuses` empty: any."""

    component: str = ""
    statuses: frozenset[str] = frozenset()
    only_violated: bool = False

    def __post_init__(self) -> None:
        for status in sorted(self.statuses - set(STATUSES)):
            raise BadRequest(
                f"cannot list orchestrations by the status {status[:40]!r}",
                hint=f"use one of {', '.join(STATUSES)}",
            )

    def passes(self, found: OrchestrationSummary) -> bool:
        """Whether it shows this one."""
        return (not self.statuses or found["status"] in self.statuses) and (
            not self.only_violated or found["violationCount"] > 0
        )


def search(
    database: Database, range_: TimeRange, wanted: Wanted, *, limit: int, cursor: str | None = None
) -> OrchestrationPage:
    """A page of the orchestrations with a span or event in a range of time.

    One stands where the first of them within the range is; what is said of it is about all of it.

    Args:
        database: the tenant's.
        range_: a cursor brings its own.
        wanted: what they have to be besides.
        limit: most orchestrations of the page.
        cursor: `nextCursor` of the page before.

    Raises BadRequest: the cursor is not one of this question.
    """
    question = f"orchestrations\n{wanted.component}\n{sorted(wanted.statuses)}\n{wanted.only_violated}"
    range_ = ending_now(range_)
    after: tuple[int, str] = _TOP
    if cursor is not None:
        told = cursors.decode(cursor, question, _KEY)
        range_, after = told.range, (int(told.key[0]), str(told.key[1]))
    found: list[OrchestrationSummary] = []
    others: list[str] = []
    examined = 0
    # Where nothing is filtered each that is looked at is shown.
    any_status = replace(wanted, statuses=frozenset())
    is_filtered = bool(wanted.statuses) or wanted.only_violated
    chunk = min(_PER_READ, 4 * limit if is_filtered else limit)
    while True:
        rows = database.query(
            statement("orchestrations_in_range"),
            {
                **range_.params,
                "component": wanted.component,
                "place": after[0],
                "digest": int(after[1]) if after[1].isdecimal() else 0,
                "limit": chunk + 1,
            },
            settings=INDEXES_FIRST,
        ).rows
        known = summaries(database, [row[0] for row in rows[:chunk]])
        for orchestration_id, place, digest in rows[:chunk]:
            if len(found) == limit:
                return _page(found, cursors.encode(Cursor(range_, after), question))
            after = (place, str(digest))
            if orchestration_id not in known:
                continue
            if wanted.passes(known[orchestration_id]):
                found.append(known[orchestration_id])
            elif any_status.passes(known[orchestration_id]):
                others.append(known[orchestration_id]["status"])
        examined += chunk
        if len(rows) <= chunk:
            is_nothing = not found and cursor is None
            return _page(found, None, other_statuses.told(others) if is_nothing else ())
        if len(found) == limit or examined >= _EXAMINED:
            return _page(found, cursors.encode(Cursor(range_, after), question))


def _page(
    found: list[OrchestrationSummary], next_cursor: str | None, statuses: Sequence[str] = ()
) -> OrchestrationPage:
    return {"orchestrations": found, "nextCursor": next_cursor, "statuses": list(statuses)}


def summaries(database: Database, ids: Sequence[str]) -> dict[str, OrchestrationSummary]:
    """What is known of some orchestrations, by their ids; those without a span or event are left out."""
    return {each: known.summary for each, known in facts(database, ids).items()}


@dataclass(frozen=True, slots=True)
class Facts:
    """A summary, and what bears each phase."""

    summary: OrchestrationSummary
    phases: Mapping[str, Records]


def facts(database: Database, ids: Sequence[str]) -> dict[str, Facts]:
    """The same with what bears their phases."""
    if not ids:
        return {}
    bound: dict[str, object] = {"ids": list(ids)}
    of_spans = {
        row[0]: row[1:]
        for row in database.query(
            statement("orchestration_facts", spans=statement("orchestration_spans")),
            bound,
            settings=INDEXES_FIRST,
        ).rows
    }
    of_events = {
        row[0]: row[1:]
        for row in database.query(
            statement("orchestration_event_facts", events=statement("orchestration_events", more="")),
            bound,
            settings=INDEXES_FIRST,
        ).rows
    }
    return {
        each: _facts(each, of_spans.get(each, _NO_SPANS), of_events.get(each, _NO_EVENTS))
        for each in ids
        if each in of_spans or each in of_events
    }


_NO_SPANS = (MAX_NS, MIN_NS, 0, 0, 0, [], [], 0, False, "", [])
_NO_EVENTS = (0, 0, 0, 0, 0, 0, 0, [], [])


def _facts(orchestration_id: str, of_spans: Sequence[Any], of_events: Sequence[Any]) -> Facts:
    first, last, spans, failures, running, components, trace_ids, traces, failed, message, bearers = of_spans
    begun, ended, first_event, ordinary, events, failing, violations, told_by, tellers = of_events
    if ordinary:
        first, last = min(first, begun), max(last, ended)
    elif not spans:
        first = last = first_event
    took_ns = max(0, last - first)
    is_open = running > 0
    of_its_spans = "running" if is_open else "error" if failed else "success" if spans else "unset"
    # One that broke rules did not go well, whatever its spans say.
    status = "violated" if violations and of_its_spans in ("success", "unset") else of_its_spans
    phases, entered = _phases(bearers, tellers)
    return Facts(
        {
            "orchestrationId": orchestration_id,
            "startedAt": iso(first),
            "startUnixNs": str(first),
            "endedAt": None if is_open else iso(first + took_ns),
            "durationNs": took_ns,
            "durationMs": milliseconds(took_ns),
            "status": status,
            "spanStatus": of_its_spans,
            "message": message if status == "error" else "",
            "isOpen": is_open,
            "phase": max(entered, key=lambda phase: entered[phase], default=""),
            "phases": list(phases),
            "components": sorted({*components, *told_by})[:100],
            "spanCount": spans,
            "errorCount": failures,
            "eventCount": events,
            "errorEventCount": failing,
            "violationCount": violations,
            "traceIds": trace_ids,
            "traceCount": traces,
        },
        phases,
    )


def _phases(
    bearers: Iterable[Sequence[Any]], tellers: Iterable[Sequence[Any]]
) -> tuple[dict[str, Records], dict[str, int]]:
    """What bears each phase, by the first of it; and when each was entered last, or else first seen."""
    found: dict[str, Records] = {}
    entered: dict[str, int] = {}
    for phase, first, last, running in (*bearers, *((*each[:3], False) for each in tellers)):
        have = found.get(phase)
        found[phase] = Records(
            min(first, have.first_ns) if have else first,
            max(last, have.ended_ns) if have else last,
            bool(running) or (have is not None and have.is_running),
        )
    for phase, _, _, at in tellers:
        entered[phase] = max(at, entered.get(phase, 0))
    found.pop("", None)
    ordered = sorted(found.items(), key=lambda each: (each[1].first_ns, each[0]))[:MAX_PHASES]
    return dict(ordered), {phase: entered.get(phase, 0) or each.first_ns for phase, each in ordered}
