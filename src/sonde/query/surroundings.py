"""What the spans of some work belong to: runs, orchestrations, executions of pipelines, conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sonde.query.ai_columns import conversation, marked
from sonde.query.run_answers import Execution, Surroundings, TouchedEntity
from sonde.query.statements import INDEXES_FIRST, statement

if TYPE_CHECKING:
    from sonde.store import Database

SHOWN: Final = 20
"""Of each kind."""


@dataclass(slots=True)
class Found:
    """What is known so far, each once, in the order in which it was found."""

    runs: dict[str, None] = field(default_factory=dict[str, None])
    traces: dict[str, None] = field(default_factory=dict[str, None])
    orchestrations: dict[str, None] = field(default_factory=dict[str, None])
    pipelines: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    sessions: dict[str, None] = field(default_factory=dict[str, None])
    conversations: dict[str, None] = field(default_factory=dict[str, None])

    def answer(self) -> Surroundings:
        """As the API has it."""
        return {
            "orchestrationIds": list(self.orchestrations)[:SHOWN],
            "pipelines": [
                Execution(traceId=trace_id, triggerEvent=trigger) for trace_id, trigger in self.pipelines
            ][:SHOWN],
            "sessionIds": list(self.sessions)[:SHOWN],
            "conversationIds": list(self.conversations)[:SHOWN],
        }


def of_runs(database: Database, run_ids: Sequence[str]) -> dict[str, Found]:
    """That of each run; none where there is nothing."""
    rows = database.query(
        _statement("RunId IN {run_ids:Array(String)}", "idx_run"),
        {"run_ids": list(run_ids)},
        settings=INDEXES_FIRST,
    ).rows
    return _by(rows, 0)


def of_orchestration(database: Database, orchestration_id: str) -> Found:
    """That of one orchestration, with its runs and traces."""
    rows = database.query(
        _statement("OrchestrationId = {orchestration_id:String}", "idx_orchestration"),
        {"orchestration_id": orchestration_id},
        settings=INDEXES_FIRST,
    ).rows
    found = together(_by(rows, 1), dict.fromkeys(str(row[1]) for row in rows))
    found.orchestrations.pop(orchestration_id, None)
    return found


def entities_of(
    database: Database, run_ids: Iterable[str], trace_ids: Iterable[str], limit: int
) -> list[TouchedEntity]:
    """Entities that some runs and traces touched, by type and id."""
    rows = database.query(
        statement("surrounding_entities"),
        {"runs": list(run_ids), "traces": list(trace_ids), "limit": limit},
    ).rows
    return [TouchedEntity(type=kind, id=entity_id) for kind, entity_id in rows]


def of_traces(database: Database, trace_ids: Iterable[str], first_ns: int, last_ns: int) -> dict[str, Found]:
    """That of each trace that has spans within a range of time; none where there is nothing."""
    condition = """TraceId IN {trace_ids:Array(String)}
    AND Timestamp >= fromUnixTimestamp64Nano({first:Int64})
    AND Timestamp <= fromUnixTimestamp64Nano({last:Int64})"""
    rows = database.query(
        _statement(condition, "the primary key"),
        {"trace_ids": sorted(trace_ids), "first": first_ns, "last": last_ns},
        settings=INDEXES_FIRST,
    ).rows
    return _by(rows, 1)


def together(found: Mapping[str, Found], keys: Iterable[str]) -> Found:
    """What is known of some of them."""
    whole = Found()
    for key in keys:
        if key in found:
            whole.runs |= found[key].runs
            whole.traces |= found[key].traces
            whole.orchestrations |= found[key].orchestrations
            whole.pipelines |= found[key].pipelines
            whole.sessions |= found[key].sessions
            whole.conversations |= found[key].conversations
    return whole


def _statement(condition: str, leans: str) -> str:
    return statement(
        "surroundings", condition=condition, leans=leans, conversation=conversation(), marked=marked()
    )


def _by(rows: Sequence[Sequence[object]], column: int) -> dict[str, Found]:
    by: dict[str, Found] = {}
    for row in rows:
        found = by.setdefault(str(row[column]), Found())
        run_id, trace_id = str(row[0]), str(row[1])
        orchestrations, triggers, sessions, conversations = (_sorted(each) for each in row[2:])
        found.traces[trace_id] = None
        if run_id:
            found.runs[run_id] = None
        found.orchestrations |= dict.fromkeys(orchestrations)
        found.pipelines |= dict.fromkeys((trace_id, each) for each in triggers)
        found.sessions |= dict.fromkeys(sessions)
        found.conversations |= dict.fromkeys(conversations)
    return by


def _sorted(texts: object) -> list[str]:
    assert isinstance(texts, list | tuple)
    return sorted(str(each) for each in texts)
