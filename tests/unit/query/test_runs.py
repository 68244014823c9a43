"""Runs: what belongs to one, what became of it, and the last good one beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.errors import BadRequest, NotFound, SearchSyntaxError
from sonde.query import runs
from sonde.query.run_answers import Run, RunPage, RunSummary
from sonde.query.runs_wanted import Wanted
from sonde.query.search import parse
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, example_logs, insert

RANGE = TimeRange(EPOCH_NS, EPOCH_NS + HOUR)
MINUTE = 60 * SECOND


def of(run_id: str, trace: int, id: int, job: str = "billing", attempt: int = 1, **how: Any) -> S:
    """A span of a run."""
    own: Mapping[str, str | int] = how.pop("attributes", {})
    said: dict[str, str | int] = {"sonde.run.id": run_id, "sonde.run.job": job, "sonde.run.attempt": attempt}
    return S(trace, id, name=how.pop("name", f"run.{job}"), attributes={**said, **own}, **how)


def listed(database: Database, text: str = "", wanted: Wanted | None = None, **how: Any) -> RunPage:
    """The runs of a search."""
    range_ = how.pop("range_", RANGE)
    return runs.search(database, parse(text), range_, wanted or Wanted(), limit=how.pop("limit", 100), **how)


def ids(page: RunPage) -> list[str]:
    return [run["runId"] for run in page["runs"]]


def summary(run: Run) -> RunSummary:
    """What the list says of it."""
    return {key: run[key] for key in RunSummary.__annotations__}  # pyright: ignore


def test_a_run_is_everything_that_bears_its_id(database: Database) -> None:
    insert(
        database,
        request(
            [
                of("run_1", 1, 1, length=2 * SECOND, attributes={"sonde.entity.payment": '["p_1", "p_2"]'}),
                of("run_1", 1, 2, parent=1, at=SECOND, name="charge", service="bank", error=True),
                of("run_1", 2, 3, at=3 * SECOND, length=SECOND, name="print"),
                S(1, 9, name="not of it"),
            ]
        ),
    )
    [found] = listed(database)["runs"]
    assert found == {
        "runId": "run_1",
        "job": "billing",
        "url": "",
        "status": "success",
        "startedAt": "2026-01-05T12:00:00.000000000Z",
        "startUnixNs": str(EPOCH_NS),
        "endedAt": "2026-01-05T12:00:04.000000000Z",
        "durationNs": 4 * SECOND,
        "durationMs": 4000,
        "attempts": 1,
        "spanCount": 3,
        "errorCount": 1,
        "services": ["bank", "shop"],
        "traceIds": [trace_id(1), trace_id(2)],
        "traceCount": 2,
        "entityCounts": {"payment": 2},
        "message": "",
    }
    whole = runs.get(database, "run_1")
    assert summary(whole) == found
    assert [(each["type"], each["id"]) for each in whole["entities"]] == [
        ("payment", "p_1"),
        ("payment", "p_2"),
    ]
    assert [(each["operation"], each["count"], each["errors"]) for each in whole["operations"]] == [
        ("run.billing", 1, 0),
        ("print", 1, 0),
        ("charge", 1, 1),
    ]


def test_the_last_attempt_decides_what_became_of_a_run(database: Database) -> None:
    insert(
        database,
        request(
            [
                of("run_1", 1, 1, attempt=1, error=True),
                of("run_1", 2, 2, attempt=2, at=MINUTE, error=True),
                of("run_1", 3, 3, attempt=3, at=2 * MINUTE),
                of("run_2", 4, 4, attempt=1, at=3 * MINUTE),
                of("run_2", 5, 5, attempt=2, at=4 * MINUTE, error=True),
            ]
        ),
    )
    second, first = listed(database)["runs"]
    assert (first["status"], first["attempts"], first["errorCount"]) == ("success", 3, 2)
    assert (second["status"], second["attempts"]) == ("error", 2)
    attempts = runs.get(database, "run_1")["attemptsList"]
    assert [(each["attempt"], each["status"], each["startNs"]) for each in attempts] == [
        (1, "error", 0),
        (2, "error", MINUTE),
        (3, "success", 2 * MINUTE),
    ]
    assert (attempts[2]["traceId"], attempts[2]["spanId"]) == (trace_id(3), span_id(3))


def test_jobs_below_the_id_of_a_run_are_its_parts(database: Database) -> None:
    insert(
        database,
        request(
            [
                of("run_1", 1, 1, length=SECOND),
                of("run_1", 1, 2, parent=1, name="send"),
                of(
                    "run_1",
                    1,
                    3,
                    job="charge",
                    parent=2,
                    at=SECOND,
                    error=True,
                    attributes={"sonde.entity.payment": "p_1"},
                ),
                of("run_1", 1, 4, job="charge", attempt=2, parent=2, at=2 * SECOND),
                of("run_1", 1, 5, job="charge", attempt=2, parent=4, at=2 * SECOND, name="bank.charge"),
                # Its caller does not bear the run's id, yet it is no execution of its own.
                of("run_1", 1, 6, job="charge", attempt=2, parent=99, at=3 * SECOND, name="bank.confirm"),
                of("run_1", 1, 7, parent=99, at=3 * SECOND, name="audit"),
            ]
        ),
    )
    run = runs.get(database, "run_1")
    assert (run["job"], run["attempts"], run["status"]) == ("billing", 1, "success")
    assert [each["attempt"] for each in run["attemptsList"]] == [1]
    assert [(each["job"], each["attempt"], each["operation"], each["status"]) for each in run["parts"]] == [
        ("charge", 1, "run.charge", "error"),
        ("charge", 2, "run.charge", "success"),
    ]
    assert [each["touched"] for each in run["parts"]] == [[{"type": "payment", "id": "p_1"}], []]


def test_a_run_whose_span_is_open_runs_and_its_end_replaces_it(database: Database) -> None:
    insert(database, request([of("run_1", 1, 1, length=None), of("run_1", 1, 2, parent=1, at=SECOND)]))
    [running] = listed(database)["runs"]
    assert (running["status"], running["endedAt"], running["spanCount"]) == ("running", None, 2)
    assert running["durationNs"] == SECOND + 10 * MS

    insert(database, request([of("run_1", 1, 1, length=5 * SECOND)]), segment=2 << 22)
    [ended] = listed(database)["runs"]
    assert (ended["status"], ended["durationNs"], ended["spanCount"]) == ("success", 5 * SECOND, 2)


def test_runs_are_filtered_by_job_status_and_duration(database: Database) -> None:
    insert(
        database,
        request(
            [
                of("quick", 1, 1, length=SECOND),
                of("slow", 2, 2, at=SECOND, length=MINUTE),
                of("failed", 3, 3, at=2 * SECOND, length=SECOND, error=True),
                of("other", 4, 4, job="restock", at=3 * SECOND, length=SECOND),
                of("runs", 5, 5, at=4 * SECOND, length=None),
            ]
        ),
    )
    assert ids(listed(database)) == ["runs", "other", "failed", "slow", "quick"]
    assert ids(listed(database, wanted=Wanted(job="restock"))) == ["other"]
    assert ids(listed(database, wanted=Wanted(statuses=frozenset({"error", "running"})))) == [
        "runs",
        "failed",
    ]
    assert ids(listed(database, wanted=Wanted(min_duration_ms=60_000))) == ["slow"]
    assert ids(listed(database, wanted=Wanted(job="billing", max_duration_ms=1000))) == [
        "runs",
        "failed",
        "quick",
    ]
    assert ids(listed(database, "status:error")) == ["failed"]
    with pytest.raises(SearchSyntaxError):
        listed(database, "severity:error")


def test_a_run_is_as_long_as_all_of_it_where_a_filter_of_duration_looks_at_a_part(database: Database) -> None:
    insert(
        database,
        request(
            [
                of("before", 1, 1, at=-MINUTE, length=SECOND),
                of("before", 1, 2, parent=1, at=SECOND),
                of("after", 2, 3, at=2 * SECOND, length=SECOND),
                of("after", 2, 4, parent=3, at=HOUR + MINUTE),
                of("short", 3, 5, at=3 * SECOND, length=SECOND),
            ]
        ),
    )
    assert ids(listed(database, wanted=Wanted(min_duration_ms=30_000))) == ["after", "before"]
    assert ids(listed(database, wanted=Wanted(max_duration_ms=30_000))) == ["short"]


def test_pages_of_a_filter_that_few_pass_have_each_run_once(database: Database) -> None:
    insert(
        database,
        request([of(f"run_{n}", n, n, at=n, error=n % 10 == 0, length=n * SECOND) for n in range(1, 101)]),
    )
    wanted = Wanted(statuses=frozenset({"error"}), min_duration_ms=25_000)
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = listed(database, wanted=wanted, limit=2, cursor=cursor, question="q")
        found += ids(page)
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert found == [f"run_{n}" for n in range(100, 20, -10)]


def test_of_spans_that_begin_at_once_the_root_decides_even_while_it_is_open(database: Database) -> None:
    insert(
        database,
        request(
            [
                of("run_1", 1, 1, length=None),
                of("run_1", 1, 2, parent=1, job="charge", length=SECOND),
                of("run_1", 1, 3, parent=1, length=SECOND, error=True),
            ]
        ),
    )
    run = runs.get(database, "run_1")
    assert (run["job"], run["status"]) == ("billing", "running")
    assert [(each["operation"], each["spanId"]) for each in run["attemptsList"]] == [
        ("run.billing", span_id(1))
    ]


def test_pages_follow_each_other_also_where_runs_began_at_once(database: Database) -> None:
    insert(
        database, request([of(f"run_{number}", number, number, at=number // 4) for number in range(1, 24)])
    )
    found: list[str] = []
    cursor: str | None = None
    for _ in range(23):
        page = listed(database, limit=3, cursor=cursor, question="q")
        found += ids(page)
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert found == ids(listed(database))
    assert len(set(found)) == 23
    with pytest.raises(BadRequest):
        listed(database, cursor=listed(database, limit=3, question="q")["nextCursor"], question="other")


def test_what_is_said_of_a_run_is_about_all_of_it(database: Database) -> None:
    insert(database, request([of("run_1", 1, 1, length=SECOND), of("run_1", 1, 2, parent=1, at=30 * MINUTE)]))
    [found] = listed(database, range_=TimeRange(EPOCH_NS + MINUTE, EPOCH_NS + HOUR))["runs"]
    assert (found["startUnixNs"], found["spanCount"]) == (str(EPOCH_NS), 2)


def test_the_last_good_run_of_the_job_is_compared_with(database: Database) -> None:
    insert(
        database,
        request(
            [
                of("good", 1, 1, length=SECOND, attributes={"sonde.entity.payment": "p_1"}),
                of("good", 1, 2, parent=1, name="charge", length=100 * MS),
                of("failed", 2, 1, at=MINUTE, length=SECOND, error=True),
                of("foreign", 3, 1, job="restock", at=2 * MINUTE, length=SECOND),
                of("now", 4, 1, at=3 * MINUTE, length=3 * SECOND, error=True),
                of("now", 4, 2, parent=1, at=3 * MINUTE, name="charge", length=900 * MS, error=True),
                of("now", 4, 3, parent=1, at=3 * MINUTE, name="refund", length=5 * MS),
                of("later", 5, 1, at=4 * MINUTE, length=SECOND),
            ]
        ),
    )
    run = runs.get(database, "now")
    assert run["lastGood"] == summary(runs.get(database, "good"))
    assert run["comparison"] == {
        "durationMs": [3000, 1000],
        "operations": [
            {
                "operation": "run.billing",
                "service": "shop",
                "count": [1, 1],
                "totalMs": [3000, 1000],
                "errors": [1, 0],
            },
            {
                "operation": "charge",
                "service": "shop",
                "count": [1, 1],
                "totalMs": [900, 100],
                "errors": [1, 0],
            },
            {"operation": "refund", "service": "shop", "count": [1, 0], "totalMs": [5, 0], "errors": [0, 0]},
        ],
        "entities": [0, 1],
    }
    first = runs.get(database, "good")
    assert (first["lastGood"], first["comparison"]) == (None, None)


def test_a_run_tells_what_else_it_belongs_to(database: Database) -> None:
    said = {
        "sonde.orchestration.id": "orc_1",
        "sonde.pipeline.trigger_event": "before_signin",
        "session.id": "s",
    }
    call = {"gen_ai.operation.name": "chat", "gen_ai.conversation.id": "conv_1"}
    insert(
        database,
        request(
            [
                of("run_1", 1, 1),
                of("run_1", 2, 2, attributes=said),
                of("run_1", 2, 3, parent=2, attributes=call),
                # Nothing of AI, whatever it is called.
                of("run_1", 2, 4, parent=2, attributes={"gen_ai.conversation.id": "conv_2"}),
            ]
        ),
    )
    assert runs.get(database, "run_1")["about"] == {
        "orchestrationIds": ["orc_1"],
        "pipelines": [{"traceId": trace_id(2), "triggerEvent": "before_signin"}],
        "sessionIds": ["s"],
        "conversationIds": ["conv_1"],
    }


@pytest.mark.parametrize(
    "run_id", ["a/b//c", "ünïcode ☃", "x" * 500, "'; DROP TABLE otel_traces --", "{run_id:String}", "a\nb\\"]
)
def test_ids_of_any_kind_work(database: Database, run_id: str) -> None:
    insert(database, request([of(run_id, 1, 1, attributes={"sonde.run.url": "https://jobs/{run_id}"})]))
    [found] = listed(database)["runs"]
    assert found["runId"] == run_id
    assert runs.get(database, run_id)["url"] == f"https://jobs/{quote(run_id, safe='')}"


def test_a_run_without_job_or_attempt_is_one_attempt(database: Database) -> None:
    insert(database, request([S(1, 1, attributes={"sonde.run.id": "bare", "sonde.run.attempt": "x"})]))
    run = runs.get(database, "bare")
    assert (run["job"], run["attempts"], len(run["attemptsList"])) == ("", 1, 1)
    assert run["lastGood"] is None


def test_an_unknown_run_and_one_that_only_logs_know_are_told_apart(database: Database) -> None:
    with pytest.raises(NotFound, match="no run run_1 is stored") as caught:
        runs.get(database, "run_1")
    assert "14 days" in caught.value.hint
    logs = example_logs(1)
    record = logs.resource_logs[0].scope_logs[0].log_records[0]
    record.attributes.add(key="sonde.run.id").value.string_value = "run_1"
    insert(database, logs)
    told = runs.get(database, "run_1")
    assert (told["status"], told["spanCount"], told["attemptsList"], told["entities"]) == (
        "unknown",
        0,
        [],
        [],
    )
    with pytest.raises(NotFound) as long:
        runs.get(database, "x" * 5000)
    assert len(long.value.message) < 200
