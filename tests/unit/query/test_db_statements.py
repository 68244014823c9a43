"""Database statements: what is one statement, and what it cost."""

from __future__ import annotations

import pytest
from tests.unit.query.otlp import HOUR, MS, S, request, span_id, trace_id

from sonde.query import db_statements
from sonde.query.search import parse
from sonde.query.statement_answers import DatabaseStatement
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

DAY = TimeRange(EPOCH_NS, EPOCH_NS + 24 * HOUR)


def found(database: Database, text: str = "") -> list[DatabaseStatement]:
    """The statements of a search."""
    return db_statements.statements(database, parse(text), DAY, limit=50)["statements"]


def ran(number: int, text: str, length: int = MS, *, key: str = "db.query.text", error: bool = False) -> S:
    """A span of a statement."""
    return S(
        number, number, length=length, error=error, attributes={key: text, "db.system.name": "postgresql"}
    )


def test_a_statement_has_its_figures_and_its_slowest_span(database: Database) -> None:
    texts = [f"SELECT * FROM orders WHERE id = {n} AND name = 'it''s {n}'" for n in range(1, 101)]
    spans = [ran(n, text, n * MS, error=n % 10 == 0) for n, text in enumerate(texts, 1)]
    insert(
        database, request([*spans, S(999, 999), S(998, 998, length=None, attributes={"db.query.text": "x"})])
    )
    assert found(database) == [
        {
            "system": "postgresql",
            "text": "SELECT * FROM orders WHERE id = ? AND name = ?",
            "service": "shop",
            "count": 100,
            "errorCount": 10,
            "totalMs": 5050.0,
            "p50Ms": pytest.approx(50, rel=0.03),
            "p95Ms": pytest.approx(95, rel=0.03),
            "maxMs": 100.0,
            "slowestTraceId": trace_id(100),
            "slowestSpanId": span_id(100),
        }
    ]


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("SELECT  1,\n\t2.5", "SELECT ?, ?"),
        ("WHERE id IN (1, 2,3)", "WHERE id IN (?)"),
        ("WHERE id IN ($1, $2) AND x = $3", "WHERE id IN (?) AND x = ?"),
        ('SELECT "col1" FROM table2 t1', 'SELECT "col1" FROM table2 t1'),
        ("GET user:123:name", "GET user:?:name"),
        ("WHERE a = ? AND b = :b AND c = %s", "WHERE a = ? AND b = :b AND c = %s"),
        ("WHERE a = 'x\\'", "WHERE a = ?"),
        ("WHERE a = 'é{p0:String}'", "WHERE a = ?"),
        ("  SELECT a  ", "SELECT a"),
    ],
)
def test_literals_numbers_and_spaces_are_left_out(database: Database, text: str, normalised: str) -> None:
    insert(database, request([ran(1, text)]))
    assert [each["text"] for each in found(database)] == [normalised]


def test_older_names_and_the_summary_are_read_as_well(database: Database) -> None:
    spans = [
        ran(1, "SELECT old", 3 * MS, key="db.statement"),
        ran(2, "SELECT orders", 2 * MS, key="db.query.summary"),
        S(
            3,
            3,
            length=MS,
            attributes={"db.system": "redis", "db.statement": "PING", "db.query.text": "GET ?"},
        ),
    ]
    insert(database, request(spans))
    assert [(each["system"], each["text"]) for each in found(database)] == [
        ("postgresql", "SELECT old"),
        ("postgresql", "SELECT orders"),
        ("redis", "GET ?"),
    ]
    assert [each["text"] for each in found(database, "duration:>2ms")] == ["SELECT old"]


def test_spans_sent_twice_count_once_and_sampled_ones_for_those_left_out(database: Database) -> None:
    span = S(1, 1, length=2 * MS, state="ot=th:c", attributes={"db.query.text": "SELECT a"})
    for segment in (1, 2):
        insert(database, request([span]), segment=segment << 22)
    [one] = found(database)
    assert (one["count"], one["totalMs"], one["maxMs"]) == (4, 8.0, 2.0)


def test_beyond_a_number_of_rows_a_sample_is_read_and_scaled(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(database, request([ran(n, f"SELECT {n}") for n in range(1, 30_001)]))
    monkeypatch.setattr(db_statements, "EXACT_ROWS", 10_000)
    answer = db_statements.statements(database, parse(""), DAY, limit=5)
    assert answer["sampled"]
    assert 15_000 < answer["statements"][0]["count"] < 45_000


def test_a_long_statement_is_told_by_its_beginning(database: Database) -> None:
    insert(database, request([ran(1, "SELECT " + "é" * 100_000)]))
    assert [len(each["text"]) for each in found(database)] == [4000]
