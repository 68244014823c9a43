"""The run that touched an entity last, and all that did: on the real store."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from tests.unit.query.otlp import SECOND, S, request, trace_id

from sonde.query import links
from sonde.query.link_history import history
from sonde.query.links import Entity, Touch
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

PAYMENT = Entity("payment", "pym_1")


def span(number: int, at: int = 0, *, trace: int = 1, run: str = "", entity: str = "pym_1", **more: Any) -> S:
    """A span that touches a payment."""
    named: dict[str, Any] = {"sonde.entity.payment": entity} if entity else {}
    if run:
        named |= {"sonde.run.id": run, "sonde.run.url": f"https://jobs/{run}"}
    return S(trace, number, at=at, attributes={**named, **more.pop("attributes", {})}, **more)


def last(database: Database, recent: list[Touch] | None = None) -> str | None:
    """The run of the payment."""
    found = links.last(database, PAYMENT, {PAYMENT: recent} if recent else {})
    alone = found.run_id if found else None
    together = newest([*links.newest_of_each(database, [PAYMENT])[PAYMENT], *(recent or ())])
    assert alone == together
    return alone


def newest(touches: list[Touch]) -> str | None:
    """The newest run of these."""
    found = links.newest_run(links.touchers(touches))
    return found.run_id if found else None


def test_an_entity_that_nothing_touched_has_no_link(database: Database) -> None:
    assert last(database) is None
    assert history(database, PAYMENT, {}, limit=10) == ([], False)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_last_write_by_time_wins_in_whatever_order_they_arrive(
    database: Database, order: tuple[int, ...]
) -> None:
    writes = [request([span(n + 1, n * SECOND, run=f"run_{n}")]) for n in range(3)]
    for n in order:
        insert(database, writes[n])
    assert last(database) == "run_2"
    found, _ = history(database, PAYMENT, {}, limit=10)
    assert [each.toucher.run_id for each in found] == ["run_2", "run_1", "run_0"]


def test_of_two_at_the_same_time_the_order_of_arrival_decides_nothing(database: Database) -> None:
    one, other = request([span(1, run="run_a")]), request([span(2, run="run_b")])
    insert(database, one)
    assert last(database) == "run_a"
    insert(database, other)
    insert(database, one)
    assert last(database) == "run_b"


def test_what_comes_twice_changes_nothing_before_and_after_merging(database: Database) -> None:
    both = request([span(1, run="run_1"), span(2, SECOND, run="run_1", trace=2)])
    for _ in range(3):
        insert(database, both)
    before = history(database, PAYMENT, {}, limit=10)
    database.execute("OPTIMIZE TABLE entity_links FINAL")
    assert history(database, PAYMENT, {}, limit=10) == before
    assert database.query("SELECT count() FROM entity_links").one() == (2,)
    (only,) = before[0]
    assert only.toucher.trace_ids == [trace_id(2), trace_id(1)]
    assert only.toucher.first_ns < only.toucher.last_ns


def test_a_trace_without_a_run_is_history_and_no_link(database: Database) -> None:
    insert(database, request([span(1), span(2, SECOND, trace=2)]))
    assert last(database) is None
    found, _ = history(database, PAYMENT, {}, limit=10)
    assert [(each.toucher.run_id, each.toucher.trace_ids) for each in found] == [
        ("", [trace_id(2)]),
        ("", [trace_id(1)]),
    ]


def test_what_was_accepted_a_moment_ago_counts_like_what_is_stored(database: Database) -> None:
    insert(database, request([span(1, 5 * SECOND, run="run_5")]))
    older = Touch("run_4", "", "", EPOCH_NS, EPOCH_NS)
    newer = Touch("run_9", "", "", EPOCH_NS + 9 * SECOND, EPOCH_NS + 9 * SECOND)
    assert last(database, [older]) == "run_5"
    assert last(database, [older, newer]) == "run_9"
    found, _ = history(database, PAYMENT, {PAYMENT: [older, newer]}, limit=2)
    assert [each.toucher.run_id for each in found] == ["run_9", "run_5"]


@pytest.mark.parametrize(
    "entity_id", ["a/b?c#d", "Grüße 💶", "x" * 500, "'); DROP TABLE x; --", "a\\'\n\x00", "[]"]
)
def test_any_id_is_found_as_it_was_written(database: Database, entity_id: str) -> None:
    attributes = {
        "sonde.entity.payment": entity_id if entity_id != "[]" else '["[]"]',
        "sonde.run.id": "run_1",
    }
    insert(database, request([S(1, 1, attributes=attributes)]))
    entity = Entity("payment", entity_id)
    assert newest(links.stored_of(database, entity)) == "run_1"
    assert newest(links.newest_of_each(database, [entity])[entity.shortened()]) == "run_1"


def test_an_entity_with_very_many_touches_still_has_its_last_run(database: Database) -> None:
    spans = [span(n + 1, n * SECOND, run=f"run_{n}", trace=n + 1) for n in range(300)]
    random.Random(1).shuffle(spans)
    insert(database, request(spans))
    assert last(database) == "run_299"
    found, truncated = history(database, PAYMENT, {}, limit=20)
    assert truncated
    assert [each.toucher.run_id for each in found] == [f"run_{n}" for n in range(299, 279, -1)]


def test_the_history_tells_attempts_and_outcomes_of_runs(database: Database) -> None:
    def attempt(
        trace: int, number: int, at: int, *, error: bool = False, length: int | None = SECOND
    ) -> list[S]:
        run = {"sonde.run.id": "run_1", "sonde.run.attempt": str(number), "sonde.run.job": "billing"}
        root = span(
            trace * 10, at, trace=trace, length=length, error=error, attributes=run, name="run.billing"
        )
        below = span(trace * 10 + 1, at + 1, trace=trace, parent=trace * 10, attributes=run)
        return [root, below]

    insert(database, request([*attempt(1, 1, 0, error=True), *attempt(2, 2, 60 * SECOND)]))
    (run,), _ = history(database, PAYMENT, {}, limit=10)
    assert run.run
    assert (run.run["status"], run.run["attempts"]) == ("success", 2)
    assert [(each["attempt"], each["status"] == "error", each["job"]) for each in run.attempts] == [
        (2, False, "billing"),
        (1, True, "billing"),
    ]
    insert(database, request(attempt(3, 3, 120 * SECOND, length=None)), segment=2 << 22)
    (run,), _ = history(database, PAYMENT, {}, limit=10)
    assert run.run
    assert (run.run["status"], run.attempts[0]["status"]) == ("running", "running")
