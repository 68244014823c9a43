"""The list of traces says the same whether it sums up segments or reads the spans."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, span_id, trace_id

from sonde.query import traces
from sonde.query.answers import TraceSummary
from sonde.query.search import parse
from sonde.query.time import MAX_NS, MIN_NS, TimeRange
from sonde.query.trace_sums import summed
from sonde.store import Database, Store
from sonde.store.render import Target, create_database, render_text
from sonde.testing import EPOCH_NS, insert

ALWAYS = TimeRange(MIN_NS, MAX_NS)
SCHEMA_V1 = Path(__file__).parents[2] / "store" / "schema_v1"

MANY = [S(1, number, 1 if number > 1 else 0, at=number * MS) for number in range(1, 200)]
TWICE = [S(1, 1), S(1, 2, 1, at=MS, error=True), S(1, 3, 1, at=2 * MS, service="db")]
SCENES = {
    "in one segment": [TWICE],
    "root missing": [[S(1, 3, 2, at=9, name="later"), S(1, 2, 1, at=1, name="first", service="cart")]],
    "two roots": [[S(1, 1, at=5, name="late root")], [S(1, 2, at=4, name="root", error=True)]],
    "root late": [[S(1, 2, 1, at=3, name="leaf")], [S(1, 1, at=7, length=SECOND, name="root")]],
    "child before its root": [[S(1, 2, 1, at=3), S(1, 1, at=7, length=SECOND, service="web")]],
    "sent twice": [TWICE, TWICE],
    "sent twice in part": [TWICE, [TWICE[1], S(1, 4, 1, at=3 * MS, length=SECOND)]],
    "sent twice in one segment": [[*TWICE, TWICE[1]]],
    "another start the second time": [[S(1, 1), S(1, 2, 1, at=MS)], [S(1, 2, 1, at=3 * HOUR, error=True)]],
    "open": [[S(1, 1, length=None), S(1, 2, 1, at=MS)], [S(1, 3, 1, at=MS)]],
    "open, then its end": [[S(1, 1, length=None), S(1, 2, 1, at=MS)], [S(1, 1, length=SECOND, error=True)]],
    "an end, then it opens": [[S(1, 1, length=SECOND)], [S(1, 1, length=None)]],
    "open and ended at once": [[S(1, 1, length=None), S(1, 1, length=SECOND)]],
    "more than 64 spans": [MANY],
    "more than 64 spans, some twice": [MANY[:150], MANY[140:]],
    "more than 64 spans, none twice": [MANY[:150], MANY[150:]],
    "own status": [
        [S(1, 1, attributes={"sonde.status": "error"})],
        [S(1, 2, 1, attributes={"sonde.status": "rate_limited"}, error=True)],
    ],
    "odd names": [[S(1, 1, name="a\x1fb", service="ä\x1f")], [S(1, 2, 1, name="", service="\n")]],
    "far apart": [[S(1, 1), S(1, 2, 1, at=150 * 365 * 24 * HOUR)], [S(1, 3, 1, at=-40 * 365 * 24 * HOUR)]],
}


def search(database: Database, range_: TimeRange = ALWAYS, text: str = "") -> list[TraceSummary]:
    return traces.search(database, parse(text), range_, limit=100)["traces"]


def forget_segments(database: Database) -> None:
    """Rows as the Collector's exporter writes them: of these nothing can be summed up."""
    database.execute(
        "INSERT INTO otel_traces_trace_id_ts (TraceId, Start, End) "
        "SELECT TraceId, min(Timestamp), max(Timestamp) FROM otel_traces GROUP BY TraceId"
    )


def is_summed(database: Database, number: int = 1) -> bool:
    """Whether the sum of the trace's segments is exact."""
    rows = database.query(
        "SELECT DISTINCT Segment, toInt64(toUnixTimestamp(Start)), Facts, SpanSketch "
        "FROM otel_traces_trace_id_ts WHERE TraceId = {trace_id:String}",
        {"trace_id": trace_id(number)},
    ).rows
    return summed((start_s, facts, sketch) for _, start_s, facts, sketch in rows) is not None


@pytest.mark.parametrize("scene", SCENES)
def test_a_sum_says_what_the_spans_say(database: Database, scene: str) -> None:
    for number, spans in enumerate(SCENES[scene], 1):
        insert(database, request(spans), segment=number << 22)
    texts = ["", "service:shop", "name:work", "status:error", "is:open"]
    ranges = [ALWAYS, TimeRange(EPOCH_NS + 2 * MS, MAX_NS), TimeRange(EPOCH_NS - SECOND, EPOCH_NS + SECOND)]
    told = [search(database, range_, text) for range_ in ranges for text in texts]
    forget_segments(database)
    assert told == [search(database, range_, text) for range_ in ranges for text in texts]


def test_traces_that_came_in_any_way_are_summed_up_as_their_spans_say(database: Database) -> None:
    rng = random.Random(11)
    spans = [
        S(
            trace,
            trace * 100 + k,
            parent=0 if rng.random() < 0.2 else 7,
            at=trace * SECOND + rng.randrange(SECOND),
            length=None if rng.random() < 0.1 else rng.randrange(SECOND),
            service=rng.choice(["web", "cart", "db"]),
            error=rng.random() < 0.1,
        )
        for trace in range(1, 60)
        for k in range(rng.randrange(1, 20))
    ]
    for number in range(1, 6):
        insert(database, request(rng.sample(spans, len(spans) // 3)), segment=number << 22)
    told = search(database)
    forget_segments(database)
    assert told == search(database)


def test_segments_that_share_no_span_are_summed_up(database: Database) -> None:
    insert(database, request(TWICE), segment=1 << 22)
    assert is_summed(database)
    insert(database, request([S(1, 4, 2)]), segment=2 << 22)
    assert is_summed(database)


@pytest.mark.parametrize("scene", [scene for scene in SCENES if "twice" in scene or "end" in scene.split()])
def test_a_span_that_may_be_there_twice_is_not_summed_up(database: Database, scene: str) -> None:
    for number, spans in enumerate(SCENES[scene], 1):
        insert(database, request(spans), segment=number << 22)
    assert not is_summed(database)


def test_a_segment_that_is_stored_again_counts_once(database: Database) -> None:
    for _ in range(3):
        insert(database, request(TWICE), segment=1 << 22)
    assert is_summed(database)
    assert [trace["spanCount"] for trace in search(database)] == [3]
    database.execute("OPTIMIZE TABLE otel_traces_trace_id_ts FINAL")
    assert database.query("SELECT count() FROM otel_traces_trace_id_ts").one() == (1,)
    assert [trace["spanCount"] for trace in search(database)] == [3]


def test_spans_that_only_the_table_of_spans_knows_are_read(database: Database) -> None:
    insert(database, request(TWICE))
    told = search(database)
    database.execute("TRUNCATE TABLE otel_traces_trace_id_ts")
    assert search(database) == told


def test_a_trace_of_an_older_store_goes_on_in_the_new_one(store: Store, database: Database) -> None:
    old = "sonde_older"
    database.execute(create_database(Target(old)))
    try:
        for path in sorted(SCHEMA_V1.glob("*.sql")):
            for statement in render_text(path.read_text(), Target(old)):
                database.execute(statement)
        database.execute(f"INSERT INTO {old}.sonde_schema (Version, Name) VALUES (1, 'schema')")
        at = "fromUnixTimestamp64Nano(toInt64({at:Int64}))"
        values = {"at": EPOCH_NS, "trace_id": trace_id(1), "span_id": span_id(1)}
        database.execute(
            f"INSERT INTO {old}.otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, Version) "
            f"SELECT {at}, {{trace_id:String}}, {{span_id:String}}, 'root', 'shop', 9223372036854775809",
            values,
        )
        del values["span_id"]
        database.execute(
            f"INSERT INTO {old}.otel_traces_trace_id_ts SELECT {{trace_id:String}}, {at}, {at}", values
        )
        database.execute(
            f"INSERT INTO {old}.trace_summaries (Hour, TraceId, Start, Services) "
            f"SELECT toStartOfHour({at}), {{trace_id:String}}, {at}, ['shop']",
            values,
        )
        forward = store.tenant("older")
        [found] = search(forward, text="service:shop")
        assert (found["rootOperation"], found["spanCount"]) == ("root", 1)
        insert(forward, request([S(1, 2, 1, at=MS, error=True)]), segment=5 << 22)
        [found] = search(forward, text="service:shop")
        assert (found["rootOperation"], found["spanCount"], found["errorCount"]) == ("root", 2, 1)
    finally:
        database.execute(f"DROP DATABASE {old} SYNC")
