"""What is past its time goes, by the first rule that matches, with all that is derived from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.unit.query.otlp import SECOND, S, request, trace_id

from sonde.errors import StoreError
from sonde.jobs.retention import Cleaning, Scope
from sonde.jobs.retention_rules import table_rules
from sonde.query import ai_usage, traces
from sonde.query.search import EVERYTHING
from sonde.query.time import DAY_NS, MAX_NS, MIN_NS, TimeRange
from sonde.settings import Settings
from sonde.store import Database, Store
from sonde.testing import EPOCH_NS, attributes, insert

ALWAYS = TimeRange(MIN_NS, MAX_NS)
NOW_NS = EPOCH_NS + 100 * DAY_NS

PIPELINE = {"sonde.pipeline.trigger_event": "before_signin"}
CHAT: dict[str, str | int | float | bool] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 100,
}


def chosen(**values: float) -> Settings:
    return Settings.model_validate(values)


def days_ago(days: float) -> int:
    """Nanoseconds after EPOCH_NS."""
    return round((100 - days) * DAY_NS)


def tell(database: Database, *spans: S, number: int = 1, arrived_ns: int = NOW_NS) -> None:
    """The spans in one request."""
    insert(database, request(spans), segment=number << 22, received_at_ns=arrived_ns)


def tell_logs(database: Database, *logs: tuple[float, int, Mapping[str, str]]) -> None:
    """Log records: days ago, severity, attributes."""
    made = ExportLogsServiceRequest()
    scope = made.resource_logs.add().scope_logs.add()
    for days, severity, said in logs:
        log = scope.log_records.add()
        log.time_unix_nano = EPOCH_NS + days_ago(days)
        log.severity_number = severity  # pyright: ignore[reportAttributeAccessIssue] -- the enumeration's number
        log.body.string_value = f"{days:g} {severity}"
        log.attributes.extend(attributes(dict(said)))
    insert(database, made, segment=2 << 22, received_at_ns=NOW_NS)


def plan(
    store: Store,
    database: Database,
    settings: Settings | None = None,
    *,
    component: str = "",
    older_than_days: float | None = None,
    arrived_before_ns: int | None = None,
    now_ns: int = NOW_NS,
) -> Cleaning:
    tables = table_rules(settings or chosen(), older_than_days=older_than_days, component=component)
    return Cleaning(store, database, tables, Scope(now_ns, component, arrived_before_ns))


def told(cleaning: Cleaning) -> dict[tuple[str, str], int]:
    return {(each.table, each.kind): each.rows for each in cleaning.removals if each.rows}


def left(database: Database, table: str = "otel_traces", what: str = "SpanName") -> list[Any]:
    return [row[0] for row in database.query(f"SELECT {what} FROM {table} ORDER BY 1").rows]


def test_each_span_goes_by_the_first_rule_that_matches(store: Store, database: Database) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "pipeline": {"attributes": {**PIPELINE, "sonde.run.id": "r"}},
        "error": {"error": True, "attributes": {"sonde.run.id": "r"}},
        "failed": {"attributes": {"sonde.status": "error"}},
        "run": {"attributes": {"sonde.run.id": "r", "sonde.record.kind": "tool"}},
        "entity": {"attributes": {"sonde.entity.payment": "pym_1"}},
        "record": {"attributes": {"sonde.record.kind": "tool"}},
        "other": {},
    }
    ages = (6.9, 7.1, 13.9, 14.1, 29.9, 30.1)
    spans = [
        S(number * 10 + place, 1, at=days_ago(days), name=f"{name} {days}", **how)
        for number, (name, how) in enumerate(kinds.items(), 1)
        for place, days in enumerate(ages)
    ]
    tell(database, *spans)
    cleaning = plan(store, database)
    assert told(cleaning) == {
        ("otel_traces", "pipeline"): 1,
        ("otel_traces", "error"): 2,
        ("otel_traces", "run or entity"): 6,
        ("otel_traces", "sink record"): 3,
        ("otel_traces", "other"): 5,
        ("entity_links", "entity link"): 3,
    }
    assert len(left(database)) == 42, "planning changes nothing"
    cleaning.run()
    kept = [
        f"{name} {days}" for name in ("pipeline", "error", "failed") for days in (13.9, 14.1, 29.9, 6.9, 7.1)
    ]
    kept += [f"{name} {days}" for name in ("run", "entity", "record") for days in (13.9, 6.9, 7.1)]
    assert left(database) == sorted([*kept, "other 6.9"])
    assert told(plan(store, database)) == {}


def test_days_are_those_of_the_settings(store: Store, database: Database) -> None:
    tell(database, S(1, 1, at=days_ago(3)), S(2, 1, at=days_ago(1), attributes=PIPELINE))
    settings = chosen(retention_other_days=2, retention_pipelines_days=0.5)
    assert told(plan(store, database, settings)) == {
        ("otel_traces", "pipeline"): 1,
        ("otel_traces", "other"): 1,
    }
    kept = {each.table: each.rules[0].days for each in table_rules(chosen(links_ttl_days=30))}
    assert kept["entity_links"] == 30, "a link is never deleted while it counts"


def test_logs_and_metrics_go_by_theirs(store: Store, database: Database) -> None:
    tell_logs(
        database,
        (8, 9, {}),
        (8, 13, {}),
        (31, 17, {}),
        (8, 9, {"sonde.run.id": "r"}),
        (15, 9, {"sonde.entity.payment": "p"}),
        (29, 9, PIPELINE),
    )
    made = ExportMetricsServiceRequest()
    scope = made.resource_metrics.add().scope_metrics.add()
    for days in (89, 91):
        metric = scope.metrics.add()
        metric.name = f"m_{days}"
        metric.gauge.data_points.add(time_unix_nano=EPOCH_NS + days_ago(days), as_int=1)
    insert(database, made, segment=3 << 22, received_at_ns=NOW_NS)
    cleaning = plan(store, database)
    assert told(cleaning) == {
        ("otel_logs", "error"): 1,
        ("otel_logs", "run or entity"): 1,
        ("otel_logs", "other"): 1,
        ("otel_metrics_gauge", "metric"): 1,
    }
    cleaning.run()
    assert left(database, "otel_logs", "Body") == ["29 9", "8 13", "8 9"]
    assert left(database, "otel_metrics_gauge", "MetricName") == ["m_89"]


def test_what_is_derived_from_spans_goes_with_them(store: Store, database: Database) -> None:
    at = days_ago(8)
    tell(
        database,
        S(1, 1, at=at, attributes=CHAT),
        S(2, 1, at=at, name="root"),
        S(2, 2, parent=1, at=at + SECOND, name="failed", error=True, attributes=CHAT),
        S(3, 1, at=days_ago(1), attributes=CHAT),
    )
    plan(store, database).run()
    assert left(database, "ai_calls", "TraceId") == [trace_id(2), trace_id(3)]
    assert ai_usage.usage(database, EVERYTHING, ALWAYS, by="model", limit=10)["total"]["calls"] == 2
    assert left(database, "trace_starts", "DISTINCT TraceId") == [trace_id(2), trace_id(3)]
    assert left(database, "otel_traces_trace_id_ts", "DISTINCT TraceId") == [trace_id(2), trace_id(3)]
    listed = traces.search(database, EVERYTHING, ALWAYS, limit=10)["traces"]
    assert [(each["traceId"], each["spanCount"]) for each in listed] == [(trace_id(3), 1), (trace_id(2), 1)]


def test_an_older_version_of_a_span_does_not_come_back(store: Store, database: Database) -> None:
    at = days_ago(8)
    started = S(1, 1, at=at, length=None, attributes={"sonde.run.id": "r"})
    tell(database, started, number=1)
    tell(database, S(1, 1, at=at, name="ended"), number=2)
    plan(store, database).run()
    assert left(database) == []


def test_whole_days_go_at_once(store: Store, database: Database) -> None:
    tell(database, *(S(number, 1, at=days_ago(40), attributes=CHAT) for number in range(1, 4)))
    plan(store, database).run()
    for table in ("otel_traces", "ai_calls", "trace_starts", "otel_traces_trace_id_ts"):
        assert left(database, table, "TraceId") == []


def test_one_that_says_it_is_of_the_future_is_as_old_as_its_arrival(store: Store, database: Database) -> None:
    tell(database, S(1, 1, at=400 * DAY_NS), arrived_ns=EPOCH_NS + days_ago(8))
    tell(database, S(2, 1, at=400 * DAY_NS, name="new"), number=2, arrived_ns=EPOCH_NS + days_ago(1))
    assert told(plan(store, database)) == {("otel_traces", "other"): 1}
    plan(store, database).run()
    assert left(database) == ["new"]


@pytest.mark.parametrize("days", [8, 40])
def test_the_schedule_leaves_what_arrived_a_moment_ago(store: Store, database: Database, days: float) -> None:
    tell(database, S(1, 1, at=days_ago(days), name="old"), arrived_ns=NOW_NS - 2 * DAY_NS)
    tell(database, S(2, 1, at=days_ago(days), name="brought in"), number=2)
    plan(store, database, arrived_before_ns=NOW_NS - DAY_NS).run()
    assert left(database) == ["brought in"]
    assert told(plan(store, database)) == {("otel_traces", "other"): 1}


def test_one_component_and_any_age(store: Store, database: Database) -> None:
    tell(
        database,
        S(1, 1, at=days_ago(40), service="daemon", name="daemon 40"),
        S(2, 1, at=days_ago(40), service="web", name="web 40"),
        S(3, 1, at=days_ago(3), service="daemon", name="daemon 3", error=True),
        S(4, 1, at=days_ago(1), service="daemon", name="daemon 1"),
    )
    plan(store, database, component="daemon", older_than_days=2).run()
    assert left(database) == ["daemon 1", "web 40"]
    plan(store, database, component="it's {x:String} '").run()
    assert left(database) == ["daemon 1", "web 40"]
    plan(store, database, older_than_days=2).run()
    assert left(database) == ["daemon 1"]


def test_one_that_broke_off_is_made_good_by_the_next(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(database, S(1, 1, at=days_ago(8), attributes=CHAT), S(2, 1, at=days_ago(8), error=True))
    maintain = Database.maintain

    def broken(self: Database, sql: str, params: Mapping[str, object] | None = None) -> None:
        if sql.startswith("ALTER TABLE otel_traces DELETE"):
            raise StoreError("cannot run the statement: no space left")
        maintain(self, sql, params)

    monkeypatch.setattr(Database, "maintain", broken)
    with pytest.raises(StoreError):
        plan(store, database).run()
    monkeypatch.undo()
    assert left(database, "ai_calls", "TraceId") == []
    plan(store, database).run()
    assert left(database, what="TraceId") == [trace_id(2)]
    assert left(database, "trace_starts", "TraceId") == [trace_id(2)]


def test_links_and_the_audit_log_go_when_their_time_is_over(store: Store, database: Database) -> None:
    for days in (1, 13.9, 14.1, 200, 364.9, 365.1):
        values = {"name": f"days_{days}", "at": NOW_NS - round(days * DAY_NS)}
        database.execute(
            "INSERT INTO entity_links (EntityType, EntityId, RunId, FirstAt, RecordedAt) WITH "
            "fromUnixTimestamp64Nano({at:Int64}) AS at SELECT 'payment', {name:String}, 'run', at, at",
            values,
        )
        database.execute(
            "INSERT INTO audit_log (At, EntityId) SELECT fromUnixTimestamp64Nano({at:Int64}), {name:String}",
            values,
        )
    plan(store, database, older_than_days=300).run()
    assert len(left(database, "audit_log", "EntityId")) == 6
    plan(store, database).run()
    assert left(database, "entity_links", "EntityId") == ["days_1", "days_13.9"]
    assert left(database, "audit_log", "EntityId") == [
        "days_1",
        "days_13.9",
        "days_14.1",
        "days_200",
        "days_364.9",
    ]
