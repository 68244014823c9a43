"""Facets: values of fields and attributes with their counts, whatever the attributes are called or hold."""

from __future__ import annotations

import pytest
from tests.unit.query.otlp import HOUR, MS, S, request

from sonde.errors import BadRequest, SearchSyntaxError
from sonde.query import facets, logs
from sonde.query.search import EVERYTHING, parse
from sonde.query.search_answers import Facets
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, example_logs, insert

DAY = TimeRange(EPOCH_NS, EPOCH_NS + 24 * HOUR)


def counted(found: Facets) -> dict[str, dict[str, int]]:
    """Each facet's counts by value."""
    return {
        facet["field"]: {each["value"]: each["count"] for each in facet["values"]}
        for facet in found["facets"]
    }


def test_fields_and_the_attributes_with_few_values_are_counted(database: Database) -> None:
    spans = [
        S(1, n, name=f"op{n % 3}", error=n == 1, attributes={"route": f"/{n % 4}", "request.id": f"r{n}"})
        for n in range(1, 13)
    ]
    insert(database, request([*spans, S(2, 99, service="cart")]))
    found = facets.facets(database, "spans", EVERYTHING, DAY)
    assert (found["matched"], found["sampled"], found["exact"]) == (13, False, True)
    assert counted(found) == {
        "component": {"shop": 12, "cart": 1},
        "service": {"shop": 12, "cart": 1},
        "operation": {"op0": 4, "op1": 4, "op2": 4, "work": 1},
        "status": {"unset": 12, "error": 1},
        "kind": {"Server": 13},
        "route": {"/0": 3, "/1": 3, "/2": 3, "/3": 3},
    }


def test_only_what_matches_is_counted_and_the_rest_of_the_values_are_other(database: Database) -> None:
    insert(database, request([S(1, n, name=f"op{n}", attributes={"n": n}) for n in range(1, 9)]))
    found = facets.facets(database, "spans", parse("n:>2"), DAY, fields=["operation", "n", "run"], limit=2)
    assert found["matched"] == 6
    assert found["facets"] == [
        {
            "field": "operation",
            "values": [{"value": f"op{n}", "count": 1, "truncated": False} for n in (3, 4)],
            "other": 4,
        },
        {
            "field": "n",
            "values": [{"value": str(n), "count": 1, "truncated": False} for n in (3, 4)],
            "other": 4,
        },
        {"field": "run", "values": [], "other": 0},
    ]


def test_spans_sent_twice_count_once_and_sampled_ones_for_those_left_out(database: Database) -> None:
    for segment in (1, 2):
        insert(
            database,
            request([S(1, 1, state="ot=th:c", attributes={"k": "v"}), S(1, 2)]),
            segment=segment << 22,
        )
    found = facets.facets(database, "spans", EVERYTHING, DAY, fields=["service", "k"])
    assert found["matched"] == 5
    assert counted(found) == {"service": {"shop": 5}, "k": {"v": 4}}


NASTY = ["it's", 'a"b', "a.b", "a\\b", "{p0:String}", "a b", "é日本", "%", "`", "a,b", "--", "x\x00y"]


@pytest.mark.parametrize("key", NASTY)
def test_keys_and_values_are_data_whatever_they_hold(database: Database, key: str) -> None:
    insert(database, request([S(1, 1, attributes={key: key}), S(1, 2, attributes={"other": key})]))
    assert counted(facets.facets(database, "spans", EVERYTHING, DAY, fields=[key])) == {key: {key: 1}}
    assert counted(facets.facets(database, "spans", EVERYTHING, DAY))[key] == {key: 1}


def test_a_long_value_is_told_by_its_beginning(database: Database) -> None:
    long = "é" * 100_000
    insert(database, request([S(1, n, attributes={"k": long + str(n)}, name=long) for n in (1, 2)]))
    found = facets.facets(database, "spans", EVERYTHING, DAY, fields=["k", "operation"])
    assert [facet["values"] for facet in found["facets"]] == [
        [{"value": "é" * 200, "count": 2, "truncated": True}]
    ] * 2


def test_an_attribute_that_is_named_like_a_field_is_told_apart(database: Database) -> None:
    insert(database, request([S(1, 1, attributes={"status": "shipped", "is": "yes"})]))
    found = counted(facets.facets(database, "spans", EVERYTHING, DAY))
    assert (found["status"], found["attribute.status"]) == ({"unset": 1}, {"shipped": 1})
    assert facets.facets(database, "spans", parse("attribute.status:shipped"), DAY)["matched"] == 1


def test_attributes_of_the_resource_are_counted(database: Database) -> None:
    insert(database, request([S(1, 1), S(1, 2, attributes={"service.name": "own"})]))
    found = facets.facets(
        database, "spans", EVERYTHING, DAY, fields=["attribute.service.name", "resource.service.name"]
    )
    assert counted(found)["attribute.service.name"] == {"own": 1}
    assert counted(found)["resource.service.name"] == {"shop": 2}


def test_logs_and_events_have_facets_of_their_own(database: Database) -> None:
    insert(database, example_logs(30))
    found = counted(facets.facets(database, "logs", EVERYTHING, DAY))
    assert (found["severity"], found["event"]) == ({"INFO": 26, "ERROR": 4}, {"order.placed": 6})
    events = facets.facets(database, "logs", logs.of(EVERYTHING, events=True), DAY, fields=["severity"])
    assert events["matched"] == 6


def test_beyond_a_number_of_rows_a_sample_is_counted_and_scaled(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [S(n // 10 + 1, n, at=n * MS, attributes={"k": str(n % 2)}) for n in range(1, 40_001)]
    insert(database, request(many))
    monkeypatch.setattr(facets, "ATTRIBUTE_ROWS", 12_000)
    found = facets.facets(database, "spans", EVERYTHING, DAY)
    assert found["sampled"]
    assert counted(found)["service"] == {"shop": 40_000}
    assert counted(found)["k"] == pytest.approx({"0": 20_000, "1": 20_000}, rel=0.05)
    monkeypatch.setattr(facets, "EXACT_ROWS", 12_000)
    found = facets.facets(database, "spans", EVERYTHING, DAY, fields=["service"])
    assert found["sampled"]
    assert 20_000 < counted(found)["service"]["shop"] == found["matched"] < 60_000


def test_what_matches_in_one_place_is_found_though_the_sample_misses_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = [S(n // 1000, n, at=n * MS, attributes={"k": str(n // 1000)}) for n in range(1000, 41_000)]
    insert(database, request(spans))
    monkeypatch.setattr(facets, "ATTRIBUTE_ROWS", 5_000)
    for number in (3, 17, 33):
        found = facets.facets(database, "spans", parse(f"name:work k:{number}"), DAY, fields=["k"])
        assert counted(found)["k"] == pytest.approx({str(number): 1000}, rel=0.5)


def test_a_field_that_is_no_text_is_refused(database: Database) -> None:
    for name in ("duration", "is", "has", "exception"):
        with pytest.raises(BadRequest, match=f"cannot count by {name}"):
            facets.facets(database, "spans", EVERYTHING, DAY, fields=[name])
    with pytest.raises(SearchSyntaxError, match="is one of logs"):
        facets.facets(database, "spans", EVERYTHING, DAY, fields=["severity"])
    with pytest.raises(BadRequest, match="the most is 32"):
        facets.facets(database, "spans", EVERYTHING, DAY, fields=[f"k{n}" for n in range(33)])
