"""One log record by its id, and what its process logged around it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.unit.query.otlp import HOUR, MS, SECOND

from sonde.errors import BadRequest, NotFound
from sonde.query import log_context, logs
from sonde.query.answers import Log
from sonde.query.search import EVERYTHING, parse
from sonde.query.time import MAX_NS, MIN_NS, TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert

ALWAYS = TimeRange(MIN_NS, MAX_NS)


def lines(resource: Mapping[str, str], bodies: Mapping[str, int]) -> ExportLogsServiceRequest:
    """Log records of one resource: when each was, after EPOCH_NS."""
    made = ExportLogsServiceRequest()
    sent = made.resource_logs.add()
    sent.resource.attributes.extend(attributes({"service.name": "shop", **resource}))
    scope = sent.scope_logs.add()
    for body, at in bodies.items():
        scope.log_records.add(time_unix_nano=EPOCH_NS + at, severity_number=9).body.string_value = body
    return made


def find(database: Database, body: str) -> Log:
    """The record with this body."""
    [found], _ = logs.search(database, parse(f"body:{body}"), ALWAYS, limit=2)
    return found


def around(database: Database, body: str, text: str = "", before: int = 20, after: int = 20) -> list[str]:
    """The bodies around a record, it among them."""
    found = log_context.context(database, find(database, body)["id"], parse(text), before=before, after=after)
    return [each["body"] for each in (*found["before"], found["at"], *found["after"])]


def test_a_record_is_found_by_its_id(database: Database) -> None:
    insert(database, lines({}, {"a": 0, "b": 0, "c": SECOND}))
    for body in "abc":
        record = find(database, body)
        assert log_context.get(database, record["id"]) == record
        assert log_context.get(database, record["id"].upper()) == record


def test_before_1970_and_in_far_years_as_well(database: Database) -> None:
    insert(database, lines({}, {"old": -EPOCH_NS + 5, "far": 7 * 10**18}))
    for body in ("old", "far"):
        assert log_context.get(database, find(database, body)["id"])["body"] == body
        assert around(database, body) == [body]


@pytest.mark.parametrize(
    "text", ["", "x", "1-2", "1-2-g", "1-2-3-4", "f" * 17 + "-1-1", "1'-1-1", "ffffffffffffffff-1-1"]
)
def test_what_is_no_id_is_refused(database: Database, text: str) -> None:
    with pytest.raises(BadRequest, match="this is no id"):
        log_context.get(database, text)


def test_a_record_that_is_not_there_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="no log record 1-2-3"):
        log_context.context(database, "1-2-3", EVERYTHING, before=1, after=1)


def test_lines_around_are_in_their_order_also_within_one_instant(database: Database) -> None:
    insert(database, lines({}, dict.fromkeys("abcde", 0)), segment=1 << 22)
    insert(database, lines({}, {"f": 0, "z": -MS, "g": MS}), segment=2 << 22)
    assert around(database, "c") == ["z", "a", "b", "c", "d", "e", "f", "g"]
    assert around(database, "c", before=1, after=2) == ["b", "c", "d", "e"]
    assert around(database, "c", before=0, after=0) == ["c"]


PROCESSES = [
    ({"service.instance.id": "1", "host.name": "h"}, {"service.instance.id": "2", "host.name": "h"}),
    ({"host.name": "h", "process.pid": "1"}, {"host.name": "h", "process.pid": "2"}),
    ({"zone": "it's"}, {"zone": "it's", "more": "x"}),
    ({"zone": 'a"\\'}, {"zone": "b"}),
    ({}, {"service.name": "cart"}),
]


@pytest.mark.parametrize(("own", "other"), PROCESSES)
def test_only_lines_of_the_same_process_are_told(
    database: Database, own: dict[str, str], other: dict[str, str]
) -> None:
    insert(database, lines(own, {"a": 0, "c": 2 * MS}), segment=1 << 22)
    insert(database, lines(other, {"b": MS}), segment=2 << 22)
    insert(database, lines(own, {"d": 3 * MS}), segment=3 << 22)
    assert around(database, "a") == ["a", "c", "d"]
    assert around(database, "b") == ["b"]


def test_far_lines_are_found_where_there_are_no_near_ones_and_a_search_narrows(database: Database) -> None:
    insert(
        database, lines({}, {"far": -30 * HOUR, "near": -MS, "at": 0, "later": 5 * HOUR, "gone": 400 * HOUR})
    )
    assert around(database, "at") == ["far", "near", "at", "later"]
    assert around(database, "at", before=1) == ["near", "at", "later"]
    assert around(database, "at", "body:far") == ["far", "at"]
