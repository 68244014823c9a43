"""The schema: made whole, brought forward, refused when not ours or too new, rendered for a cluster."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.ai_messages import EMITTERS, requests_of

from sonde.errors import BadRequest, SchemaTooNew, StoreError
from sonde.store import Database, Store
from sonde.store.render import (
    ClusterOptions,
    Target,
    create_database,
    render,
    render_text,
    render_views,
    schema_files,
    sharding_key,
)
from sonde.store.schema import current_version, migrations
from sonde.testing import insert

HERE = Path(__file__).parent
CLUSTER = ClusterOptions("telemetry")

MakeTenant = Callable[[str], str]


@pytest.fixture
def raw(store: Store, database: Database) -> Generator[Callable[[str], str], None, None]:
    """Makes an empty database of the name a tenant would have, not known to the store yet."""
    made: list[str] = []

    def make(tenant: str) -> str:
        name = f"sonde_{tenant}"
        database.execute(create_database(Target(name)))
        made.append(name)
        return name

    yield make
    for name in made:
        database.execute(f"DROP DATABASE {name} SYNC")


def test_the_schema_has_the_newest_version(database: Database) -> None:
    assert database.query("SELECT max(Version) FROM sonde_schema").one() == (current_version(),)
    assert [migration.version for migration in migrations()] == list(range(2, current_version() + 1))


def test_a_store_of_the_first_version_is_brought_forward_to_the_same_schema(
    store: Store, database: Database, raw: MakeTenant
) -> None:
    old = raw("old")
    for text in _first_version().values():
        for statement in render_text(text, Target(old)):
            database.execute(statement)
    database.execute(f"INSERT INTO {old}.sonde_schema (Version, Name) VALUES (1, 'schema')")
    database.execute(
        f"INSERT INTO {old}.otel_traces (Timestamp, TraceId, SpanId, SpanAttributes) "
        "VALUES ('2026-01-05 12:00:00.000000001', 'aa', 'bb', map('user.id', 'ada'))"
    )

    forward = store.tenant("old")

    assert _shape(forward) == _shape(database)
    versions = [(version,) for version in range(1, current_version() + 1)]
    assert forward.query("SELECT Version FROM sonde_schema ORDER BY Version").rows == versions
    found = forward.query("SELECT TraceId FROM otel_traces WHERE SpanAttributes['user.id'] = 'ada'")
    assert found.rows == [("aa",)]


def test_a_migration_may_be_repeated(store: Store, database: Database, raw: MakeTenant) -> None:
    """Whole or in part: after any of its statements it may begin anew."""
    old = raw("again")
    for text in _first_version().values():
        for statement in render_text(text, Target(old)):
            database.execute(statement)
    database.execute(
        f"INSERT INTO {old}.otel_traces_trace_id_ts VALUES "
        "('aa', '2026-01-05 12:00:00', '2026-01-05 12:00:09'), "
        "('bb', '2026-01-06 12:00:00', '2026-01-06 12:00:00')"
    )
    database.execute(
        f"INSERT INTO {old}.trace_summaries (Hour, TraceId, Start, Services) VALUES "
        "('2026-01-05 12:00:00', 'aa', '2026-01-05 12:00:00.000000001', ['cart', 'web']), "
        "('2106-02-07 06:00:00', 'bb', '2262-01-01 00:00:00.000000002', ['db'])"
    )
    database.execute(
        f"INSERT INTO {old}.otel_traces (Timestamp, TraceId, SpanId, Version) VALUES "
        "('2026-01-05 12:00:00', 'aa', 's1', 1), ('2026-01-06 12:00:00', 'bb', 's2', 2)"
    )
    for migration in migrations():
        statements = render_text(migration.text, Target(old))
        # Altering a table again changes nothing; what drops one has to go on from where it stopped.
        stops = range(1, len(statements) + 1) if "DROP TABLE" in migration.text else 2 * [len(statements)]
        for end in stops:
            for statement in statements[:end]:
                database.execute(statement)
    database.execute(f"INSERT INTO {old}.sonde_schema (Version, Name) VALUES ({current_version()}, 'again')")
    for statement in render_views(Target(old)):
        database.execute(statement)
    forward = store.tenant("again")
    assert _shape(forward) == _shape(database)
    assert forward.query(
        "SELECT TraceId, toUnixTimestamp(min(Start)), toUnixTimestamp(max(End)) FROM otel_traces_trace_id_ts "
        "GROUP BY TraceId ORDER BY TraceId"
    ).rows == [("aa", 1_767_614_400, 1_767_614_409), ("bb", 1_767_700_800, 1_767_700_800)]
    assert forward.query("SELECT TraceId, SpanId, Version FROM otel_traces FINAL ORDER BY TraceId").rows == [
        ("aa", "s1", 1),
        ("bb", "s2", 2),
    ]
    assert forward.query(
        "SELECT DISTINCT toUnixTimestamp64Nano(Start), TraceId, arraySort(Services), _partition_id "
        "FROM trace_starts ORDER BY TraceId"
    ).rows == [
        (1_767_614_400_000_000_001, "aa", ["cart", "web"], "202601"),
        (9_214_646_400_000_000_002, "bb", ["db"], "210602"),
    ]


def test_facts_that_have_no_sketch_beside_them_are_emptied(database: Database, raw: MakeTenant) -> None:
    old = raw("facts")
    for text in _first_version().values():
        for statement in render_text(text, Target(old)):
            database.execute(statement)
    for migration in migrations():
        for statement in render_text(migration.text, Target(old)):
            database.execute(statement)
        if migration.version == 4:
            database.execute(
                f"INSERT INTO {old}.otel_traces_trace_id_ts (TraceId, Segment, Facts) "
                "VALUES ('aa', 1, 'facts')"
            )
    database.execute(
        f"INSERT INTO {old}.otel_traces_trace_id_ts (TraceId, Segment, Facts, SpanSketch) "
        "VALUES ('bb', 2, 'facts', 1)"
    )
    for statement in render_text(migrations()[-1].text, Target(old)):
        database.execute(statement)
    rows = database.query(f"SELECT TraceId, Facts FROM {old}.otel_traces_trace_id_ts ORDER BY TraceId").rows
    assert rows == [("aa", ""), ("bb", "facts")]


def test_ai_calls_of_spans_there_were_before_are_those_of_new_spans(
    database: Database, raw: MakeTenant
) -> None:
    old = raw("calls")
    before, [migration] = (
        [each for each in migrations() if each.version < 12],
        [each for each in migrations() if each.version == 12],
    )
    for text in _first_version().values():
        for statement in render_text(text, Target(old)):
            database.execute(statement)
    for each in before:
        for statement in render_text(each.text, Target(old)):
            database.execute(statement)
    for emitter in EMITTERS:
        traces, _ = requests_of(emitter)
        insert(database, traces, received_at_ns=time.time_ns(), segment=(1 + EMITTERS.index(emitter)) << 22)
    # An open span is no call yet.
    database.execute(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, IsOpen, SpanAttributes) "
        "VALUES ('2026-01-05 12:00:00', 'aa', 'bb', true, map('gen_ai.system', 'openai'))"
    )
    spans = f"INSERT INTO {old}.otel_traces SELECT * FROM {database.name}.otel_traces"
    database.execute(spans)
    for _ in range(2):
        for statement in render_text(migration.text, Target(old)):
            database.execute(statement)
    # What lies between spans is told by new blocks alone.
    rows = "SELECT * EXCEPT Above FROM {}.ai_calls ORDER BY ALL"
    found = database.query(rows.format(old)).rows
    assert found == database.query(rows.format(database.name)).rows
    assert len(found) > 2 * len(EMITTERS)
    assert database.query(
        f"SELECT count() FROM {old}.ai_calls AS calls JOIN {old}.otel_traces AS spans "
        "USING (TraceId, SpanId) WHERE calls.Above != spans.ParentSpanId"
    ).one() == (0,)


@pytest.mark.parametrize("table", ["otel_traces", "otel_logs"])
def test_granules_without_a_run_are_skipped(database: Database, table: str) -> None:
    """So are those without an orchestration, trigger, session or correlation."""
    columns = ["RunId", "OrchestrationId", "TriggerEvent", "SessionId", "CorrelationId"]
    granule = 8192
    values = ", ".join(f"if(number = {40_000 + index}, 'x', '')" for index in range(len(columns)))
    database.execute(
        f"INSERT INTO {table} (Timestamp, TraceId, {', '.join(columns)}) "
        f"SELECT '2026-01-05 12:00:00', leftPad(toString(number), 32, '0'), {values} FROM numbers(50_000)"
    )
    for column in columns:
        for wanted in (f"{column} != ''", f"{column} = 'x'"):
            where = f"FROM {table} WHERE {wanted}"
            plan = database.query(f"EXPLAIN ESTIMATE SELECT TraceId {where}").dicts()
            assert sum(each["rows"] for each in plan) <= granule, wanted
            assert len(database.query(f"SELECT TraceId {where}").rows) == 1


def test_an_interrupted_creation_is_completed(store: Store, database: Database, raw: MakeTenant) -> None:
    half = raw("half")
    for statement in render_text(schema_files()["otel_logs"], Target(half)):
        database.execute(statement)
    assert _shape(store.tenant("half")) == _shape(database)


def test_a_newer_schema_is_refused(store: Store, database: Database, raw: MakeTenant) -> None:
    newer = raw("newer")
    for statement in render_text(schema_files()["sonde_schema"], Target(newer)):
        database.execute(statement)
    database.execute(f"INSERT INTO {newer}.sonde_schema (Version, Name) VALUES (999, 'later')")
    with pytest.raises(SchemaTooNew, match="version 999") as caught:
        store.tenant("newer")
    assert "upgrade" in caught.value.hint


def test_tables_of_the_collectors_exporter_are_reported_not_touched(
    store: Store, database: Database, raw: MakeTenant
) -> None:
    foreign = raw("collector")
    database.execute(
        f"CREATE TABLE {foreign}.otel_traces (Timestamp DateTime64(9), TraceId String, SpanId String, "
        "ServiceName LowCardinality(String), SpanAttributes Map(LowCardinality(String), String)) "
        "ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, toDateTime(Timestamp))"
    )
    with pytest.raises(StoreError, match=r"otel_traces was made by another program") as caught:
        store.tenant("collector")
    assert "INSERT INTO" in caught.value.hint
    tables = database.query(
        "SELECT name FROM system.tables WHERE database = {name:String}", {"name": foreign}
    )
    assert tables.rows == [("otel_traces",)]


@pytest.mark.parametrize("name", ["", "a b", "x" * 41, "a`b", "../x", "Ä"])
def test_a_tenant_needs_a_plain_name(store: Store, name: str) -> None:
    with pytest.raises(BadRequest):
        store.tenant(name)


def test_the_partition_is_the_day_or_far_from_receipt_the_year(database: Database) -> None:
    for day, received, expected in [
        ("2026-01-05 23:59:59.999999999", "2026-01-05 12:00:00", 20260105),
        ("2026-01-05 12:00:00", "2027-02-09 12:00:00", 20260105),
        ("2026-01-05 12:00:00", "2027-02-10 00:00:00", 20260000),
        ("1970-01-01 00:00:00", "2026-01-05 12:00:00", 19700000),
        ("2262-04-11 23:47:16", "2026-01-05 12:00:00", 22620000),
    ]:
        database.execute(
            "INSERT INTO otel_logs (Timestamp, ReceivedAt, Body) "
            f"VALUES ('{day}', '{received}', '{expected}')"
        )
    rows = database.query("SELECT _partition_id, Body FROM otel_logs").rows
    assert len(rows) == 5
    assert all(partition == body for partition, body in rows)


def test_the_views_show_winners_and_speak_of_records(database: Database) -> None:
    span = "'2026-01-05 12:00:00', 'aa', 'bb', 'GET /', 'checkout'"
    database.execute(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, Duration, Version, "
        f"IsOpen, SpanAttributes) VALUES ({span}, 0, 1, true, map()), "
        f"({span}, 2500000, 9223372036854775810, false, map('error.type', 'Boom'))"
    )
    database.execute(
        "INSERT INTO otel_logs (Timestamp, EventName, Body, LogAttributes) VALUES "
        "('2026-01-05 12:00:00', 'order.placed', 'one', map('k', 'v')), "
        "('2026-01-05 12:00:00', '', 'two', map())"
    )
    database.execute(
        "INSERT INTO otel_metrics_sum (MetricName, TimeUnix, Value) "
        "VALUES ('orders', '2026-01-05 12:00:00', 3)"
    )
    database.execute(
        "INSERT INTO otel_metrics_histogram (MetricName, TimeUnix, Count, Sum, HasSum) "
        "VALUES ('latency', '2026-01-05 12:00:00', 2, 0, false)"
    )

    assert database.query("SELECT count(), any(Duration) FROM otel_traces_current").one() == (1, 2_500_000)
    (found,) = database.query(
        "SELECT trace_id, component, operation, duration_ms, ended_at > started_at AS ended, error_code, "
        "attrs FROM telemetry_spans"
    ).dicts()
    assert found == {
        "trace_id": "aa",
        "component": "checkout",
        "operation": "GET /",
        "duration_ms": 2.5,
        "ended": True,
        "error_code": "Boom",
        "attrs": {"error.type": "Boom"},
    }
    assert database.query("SELECT event_type, message, attrs FROM telemetry_events").rows == [
        ("order.placed", "one", {"k": "v"})
    ]
    assert database.query(
        "SELECT metric, type, value, count, sum FROM telemetry_metrics ORDER BY metric"
    ).rows == [
        ("latency", "histogram", None, 2, None),
        ("orders", "sum", 3.0, None, None),
    ]


def test_the_cluster_schema_is_accepted_by_the_engines_parser(database: Database) -> None:
    statements = render(Target("telemetry", CLUSTER))
    for statement in statements:
        assert database.query("SELECT formatQuery({sql:String})", {"sql": statement}).one()[0]
        assert "ON CLUSTER 'telemetry'" in statement
        assert not re.search(r"\{(?!shard|replica)\w", statement), statement


def test_the_cluster_schema_runs_with_its_cluster_parts_taken_out(
    database: Database, raw: MakeTenant
) -> None:
    name = raw("cluster")
    for statement in render(Target(name, CLUSTER)):
        database.execute(_without_cluster(statement))
    stored = database.query(
        "SELECT name FROM system.tables WHERE database = {name:String} AND name LIKE '%\\_local'",
        {"name": name},
    )
    tables = [name for name, text in schema_files().items() if "CREATE TABLE" in text]
    assert sorted(row[0] for row in stored.rows) == sorted(f"{table}_local" for table in tables)


def test_the_cluster_schema_is_the_snapshot() -> None:
    statements = render(Target("telemetry", CLUSTER))
    rendered = ";\n\n".join(statements) + ";\n"
    snapshot = HERE / "cluster.sql"
    if not snapshot.exists():
        snapshot.write_text(rendered)
    assert rendered == snapshot.read_text(), f"if that is meant, delete {snapshot.name} and run this again"


def test_every_sharding_key_is_repeatable() -> None:
    for name, text in schema_files().items():
        if "CREATE TABLE" in text:
            assert "rand" not in sharding_key(name)


def _first_version() -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted((HERE / "schema_v1").glob("*.sql"))}


def _shape(database: Database) -> dict[str, object]:
    """All that a schema consists of, but for the database's name."""
    name = {"name": database.name}
    tables = database.query(
        "SELECT name, replaceAll(create_table_query, {name:String}, 'db') FROM system.tables "
        "WHERE database = {name:String} ORDER BY name",
        name,
    )
    return {table: _settings_in_order(str(statement)) for table, statement in tables.rows}


def _settings_in_order(statement: str) -> str:
    head, mark, settings = statement.partition(" SETTINGS ")
    return head + mark + ", ".join(sorted(settings.split(", ")))


def _without_cluster(statement: str) -> str:
    statement = statement.replace("ON CLUSTER 'telemetry'", "")
    statement = re.sub(r"Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?", r"\1(", statement)
    return re.sub(
        r"ENGINE = Distributed\('[^']*', '(\w+)', '(\w+)', .*\)$", r"ENGINE = Merge('\1', '^\2$')", statement
    )
