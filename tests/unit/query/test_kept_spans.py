"""What sampling kept and why, by operation."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.query.otlp import HOUR, SECOND, S, request

from sonde.errors import SearchSyntaxError
from sonde.query.kept_answers import KeptSpans
from sonde.query.kept_spans import kept_spans
from sonde.query.search import parse
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

RANGE = TimeRange(EPOCH_NS, EPOCH_NS + HOUR)
TENTH = "ot=th:e6666666666666"


def of(number: int, reason: str, name: str = "GET /", **how: Any) -> S:
    """A span that was kept for a reason; one of ten where it is the ratio."""
    said = {"sonde.kept": reason} if reason else {}
    return S(number, number, name=name, attributes=said, state=TENTH if reason == "ratio" else "", **how)


def found(database: Database, text: str = "", **how: Any) -> KeptSpans:
    return kept_spans(database, parse(text), RANGE, limit=how.pop("limit", 100), **how)


def store_some(database: Database) -> None:
    insert(
        database,
        request(
            [
                *(of(n, "ratio") for n in range(1, 4)),
                of(4, "error", error=True),
                of(5, "slow", length=9 * SECOND),
                of(6, "forced", "payment.charge"),
                of(7, "forced", "payment.charge"),
                of(8, "", "tick", service="cron"),
                of(9, "ratio", at=2 * HOUR),
            ]
        ),
    )


def test_spans_are_counted_by_why_they_were_kept_and_weighed(database: Database) -> None:
    store_some(database)

    answer = found(database)

    [get, charge, tick] = answer["operations"]
    assert get["kept"] == {"ratio": 3, "forced": 0, "error": 1, "slow": 1, "unsampled": 0}
    assert (get["component"], get["operation"], get["stored"], get["happened"]) == ("shop", "GET /", 5, 32)
    assert get["share"] == pytest.approx(5 / 32, rel=1e-3)
    assert get["weight"] == pytest.approx(6.4, rel=1e-3)
    assert (charge["operation"], charge["alwaysKept"], charge["kept"]["forced"]) == (
        "payment.charge",
        True,
        2,
    )
    assert (tick["component"], tick["kept"]["unsampled"], tick["share"]) == ("cron", 1, 1.0)
    assert not get["alwaysKept"]
    assert not tick["alwaysKept"]
    assert answer["total"] is not None
    assert (answer["total"]["stored"], answer["total"]["happened"]) == (8, 35)


def test_operations_are_chosen_by_reason_and_search_and_the_total_is_of_all_of_them(
    database: Database,
) -> None:
    store_some(database)

    def names(**how: Any) -> list[str]:
        return [each["operation"] for each in found(database, **how)["operations"]]

    assert names(reasons=["forced"]) == ["payment.charge"]
    assert names(reasons=["error", "unsampled"]) == ["GET /", "tick"]
    assert names(text="service:cron") == ["tick"]
    limited = found(database, limit=1)
    assert (len(limited["operations"]), limited["operationCount"]) == (1, 3)
    assert limited["total"] is not None
    assert limited["total"]["stored"] == 8
    assert found(database, text="service:nobody")["total"] is None
    with pytest.raises(SearchSyntaxError):
        found(database, text="severity:error")


def test_a_span_in_two_versions_counts_once(database: Database) -> None:
    insert(database, request([of(1, "forced", length=None)]))
    insert(database, request([of(1, "forced")]), segment=2)

    [only] = found(database)["operations"]

    assert only["stored"] == 1
