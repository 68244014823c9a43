"""Traces that are kept assembled: always as the store has them, each tenant's own, up to a size."""

from __future__ import annotations

import threading

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.unit.query.otlp import HOUR, MS, S, request, span_id, trace_id

from sonde.errors import BadRequest, NotFound
from sonde.query.skeleton import Skeleton
from sonde.query.trace_cache import CachedTrace, TraceCache, log_counts
from sonde.store import Database, Store
from sonde.testing import EPOCH_NS, insert

MIB = 2**20


@pytest.fixture
def cache() -> TraceCache:
    return TraceCache(64 * MIB)


def names(trace: Skeleton) -> list[str]:
    return [trace.operation[place] for place in range(len(trace))]


def logs_of(trace: int, *spans: int) -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    records = made.resource_logs.add().scope_logs.add().log_records
    for number, span in enumerate(spans):
        records.add(
            time_unix_nano=EPOCH_NS + number * MS,
            trace_id=trace.to_bytes(16),
            span_id=span.to_bytes(8) if span else b"",
        )
    return made


def test_a_trace_that_did_not_change_is_assembled_once(database: Database, cache: TraceCache) -> None:
    insert(database, request([S(1, 1)]))
    assert cache.get(database, trace_id(1)) is cache.get(database, trace_id(1).upper())


def test_spans_that_arrive_are_there_at_once_and_change_the_version(
    database: Database, cache: TraceCache
) -> None:
    insert(database, request([S(1, 1, name="root")]), segment=1 << 22)
    before = cache.get(database, trace_id(1)).skeleton
    insert(database, request([S(1, 2, 1, name="child"), S(2, 3)]), segment=2 << 22)
    after = cache.get(database, trace_id(1)).skeleton
    assert (names(before), names(after)) == (["root"], ["root", "child"])
    assert before.version != after.version


def test_spans_of_other_traces_change_nothing(database: Database, cache: TraceCache) -> None:
    insert(database, request([S(1, 1)]), segment=1 << 22)
    before = cache.get(database, trace_id(1))
    insert(database, request([S(2, 1)]), segment=2 << 22)
    assert cache.get(database, trace_id(1)) is before


def test_an_end_takes_the_place_of_a_start_also_in_another_hour(
    database: Database, cache: TraceCache
) -> None:
    insert(database, request([S(1, 1, length=None, name="started")]), segment=1 << 22)
    assert cache.get(database, trace_id(1)).skeleton.open.all()
    insert(database, request([S(1, 1, at=30 * HOUR, name="ended")]), segment=2 << 22)
    trace = cache.get(database, trace_id(1)).skeleton
    assert (names(trace), trace.open.any()) == (["ended"], False)


def test_rows_that_the_collector_wrote_are_looked_at_again(database: Database, cache: TraceCache) -> None:
    insert(database, request([S(1, 1, name="root")]), segment=1 << 22)
    database.execute("TRUNCATE TABLE otel_traces_trace_id_ts")
    before = cache.get(database, trace_id(1))
    assert cache.get(database, trace_id(1)) is before
    insert(database, request([S(1, 2, 1, name="child")]), segment=2 << 22)
    database.execute("TRUNCATE TABLE otel_traces_trace_id_ts")
    assert names(cache.get(database, trace_id(1)).skeleton) == ["root", "child"]


def test_a_tenant_sees_its_own_trace_of_an_id(store: Store, database: Database, cache: TraceCache) -> None:
    other = store.tenant("cache_neighbour")
    try:
        insert(database, request([S(1, 1, name="ours")]))
        assert names(cache.get(database, trace_id(1)).skeleton) == ["ours"]
        with pytest.raises(NotFound):
            cache.get(other, trace_id(1))
        insert(other, request([S(1, 1, name="theirs")]))
        assert names(cache.get(other, trace_id(1)).skeleton) == ["theirs"]
        assert names(cache.get(database, trace_id(1)).skeleton) == ["ours"]
    finally:
        other.execute(f"DROP DATABASE {other.name} SYNC")


def test_what_was_looked_at_longest_ago_gives_way(database: Database) -> None:
    insert(database, request(S(trace, span) for trace in range(1, 6) for span in range(1, 200)))
    size = TraceCache(64 * MIB).get(database, trace_id(1)).nbytes
    cache = TraceCache(size * 5 // 2)
    first, second = (cache.get(database, trace_id(number)) for number in (1, 2))
    assert cache.get(database, trace_id(1)) is first
    cache.get(database, trace_id(3))
    assert cache.nbytes <= size * 5 // 2
    assert cache.get(database, trace_id(1)) is first
    assert cache.get(database, trace_id(2)) is not second


def test_without_memory_for_it_a_trace_is_read_each_time(database: Database) -> None:
    insert(database, request([S(1, 1, name="root")]))
    cache = TraceCache(0)
    assert names(cache.get(database, trace_id(1)).skeleton) == ["root"]
    assert cache.get(database, trace_id(1)) is not cache.get(database, trace_id(1))
    assert cache.nbytes == 0


def test_several_that_ask_at_once_get_the_same(database: Database, cache: TraceCache) -> None:
    insert(database, request(S(1, span) for span in range(1, 2000)))
    found: list[CachedTrace] = []
    threads = [
        threading.Thread(target=lambda: found.append(cache.get(database, trace_id(1)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_logs_are_counted_by_span(
    database: Database, cache: TraceCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(database, request([S(1, 1), S(1, 2, 1)]), logs_of(1, 2, 2, 0, 77), logs_of(2, 1))
    entry = cache.get(database, trace_id(1))
    counted = log_counts(database, entry)
    assert (counted.total, counted.of_spans.tolist()) == (4, [0, 2])
    insert(database, logs_of(1, 1), segment=2 << 22)
    monkeypatch.setattr("sonde.query.trace_cache._LOGS_FRESH_S", 0.0)
    assert log_counts(database, entry).of_spans.tolist() == [1, 2]


def test_logs_of_an_open_trace_are_counted_whenever_they_were(database: Database, cache: TraceCache) -> None:
    late = logs_of(1, 1)
    late.resource_logs[0].scope_logs[0].log_records[0].time_unix_nano += 90 * HOUR
    insert(database, request([S(1, 1, length=None)]), late, segment=1 << 22)
    assert log_counts(database, cache.get(database, trace_id(1))).total == 1
    insert(database, request([S(1, 1)]), segment=2 << 22)
    assert log_counts(database, cache.get(database, trace_id(1))).total == 0


def test_what_is_no_trace_is_said_as_for_the_whole_trace(database: Database, cache: TraceCache) -> None:
    with pytest.raises(BadRequest, match="32 hexadecimal digits"):
        cache.get(database, span_id(1))
    with pytest.raises(NotFound, match=f"no trace {trace_id(1)}"):
        cache.get(database, trace_id(1))
