"""Orchestrations: what belongs to one, how it went, and the list of them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.query.orchestration_shapes import E, events, of, store_one
from tests.unit.query.otlp import HOUR, MS, SECOND, request, trace_id

from sonde.errors import BadRequest
from sonde.query import orchestration, orchestrations
from sonde.query.orchestration_answers import OrchestrationPage
from sonde.query.orchestrations import Wanted
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

RANGE = TimeRange(EPOCH_NS, EPOCH_NS + HOUR)


def listed(database: Database, wanted: Wanted | None = None, **how: Any) -> OrchestrationPage:
    return orchestrations.search(
        database, how.pop("range_", RANGE), wanted or Wanted(), limit=how.pop("limit", 100), **how
    )


def ids(page: OrchestrationPage) -> list[str]:
    return [each["orchestrationId"] for each in page["orchestrations"]]


def test_an_orchestration_is_every_span_and_event_that_bears_its_id(database: Database) -> None:
    store_one(database)

    [found] = listed(database)["orchestrations"]

    assert found == {
        "orchestrationId": "orc_1",
        "startedAt": "2026-01-05T12:00:00.000000000Z",
        "startUnixNs": str(EPOCH_NS),
        "endedAt": "2026-01-05T12:00:13.000000000Z",
        "durationNs": 13 * SECOND,
        "durationMs": 13_000,
        "status": "violated",
        "spanStatus": "success",
        "message": "",
        "isOpen": False,
        "phase": "verify",
        "phases": ["plan", "build", "done", "verify"],
        "components": ["daemon", "monitor", "orchestrator", "verifier"],
        "spanCount": 7,
        "errorCount": 1,
        "eventCount": 7,
        "errorEventCount": 1,
        "violationCount": 1,
        "traceIds": [trace_id(1), trace_id(2), trace_id(3)],
        "traceCount": 3,
    }


def test_it_failed_if_what_a_component_did_last_failed(database: Database) -> None:
    insert(
        database,
        request(
            [
                of(1, 1, of="made good", name="sync", error=True),
                of(2, 2, of="made good", at=SECOND, name="sync"),
                of(3, 3, of="failed", component="daemon", at=SECOND, name="sync", error=True),
                of(4, 4, of="failed", at=2 * SECOND, name="work"),
                of(4, 5, of="failed", parent=4, at=2 * SECOND, name="part"),
                of(5, 6, of="inside", name="work"),
                of(5, 7, of="inside", parent=6, name="part", error=True),
            ]
        ),
    )

    found = {each["orchestrationId"]: each["status"] for each in listed(database)["orchestrations"]}

    assert found == {"made good": "success", "failed": "error", "inside": "success"}


def test_one_of_events_alone_is_listed(database: Database) -> None:
    insert(database, events([E("tick", SECOND)]))
    assert ids(listed(database)) == ["orc_1"]


def test_they_are_filtered_and_paged(database: Database) -> None:
    insert(
        database,
        request(
            [
                of(
                    n,
                    n,
                    of=f"orc_{n}",
                    component=f"c{n % 2}",
                    at=n * SECOND,
                    error=n == 3,
                    length=None if n == 4 else MS,
                )
                for n in range(1, 8)
            ]
        ),
    )
    insert(database, events([E("consistency.violation", SECOND, of="orc_2", severity=17)]))
    everything = [f"orc_{n}" for n in range(7, 0, -1)]
    assert ids(listed(database)) == everything
    assert ids(listed(database, Wanted(component="c0"))) == ["orc_6", "orc_4", "orc_2"]
    assert ids(listed(database, Wanted(statuses=frozenset({"error", "running"})))) == ["orc_4", "orc_3"]
    assert ids(listed(database, Wanted(only_violated=True))) == ["orc_2"]
    assert ids(listed(database, Wanted(statuses=frozenset({"violated"})))) == ["orc_2"]
    assert "orc_2" not in ids(listed(database, Wanted(statuses=frozenset({"success"}))))
    assert listed(database)["statuses"] == []
    unset = Wanted(component="c0", statuses=frozenset({"unset"}))
    assert listed(database, unset)["statuses"] == ["running", "success", "violated"]
    nobody = Wanted(component="nobody", statuses=frozenset({"error"}))
    assert listed(database, nobody)["statuses"] == []
    pages: list[str] = []
    cursor = None
    while True:
        page = listed(database, limit=3, cursor=cursor)
        pages += ids(page)
        if (cursor := page["nextCursor"]) is None:
            break
    assert pages == everything
    following = listed(database, limit=3)["nextCursor"]
    with pytest.raises(BadRequest):
        listed(database, Wanted(component="c0"), limit=3, cursor=following)
    with pytest.raises(BadRequest, match="by the status 'done'"):
        Wanted(statuses=frozenset({"done"}))


@pytest.mark.parametrize(
    "odd", ["a/b c/ü?#%2F&x=1", "'; DROP TABLE otel_traces --", "x" * 500, "\u202e<img src=x>"]
)
def test_any_text_is_an_id(database: Database, odd: str) -> None:
    insert(database, request([of(1, 1, "plan/<b>", of=odd)]))
    insert(database, events([E("tick", 0, of=odd, phase="plan/<b>")]))

    assert ids(listed(database)) == [odd]
    found = orchestration.get(database, odd, limit=10)
    assert (found["spanCount"], found["eventCount"], found["phases"]) == (1, 1, ["plan/<b>"])
