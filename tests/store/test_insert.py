"""Blocks: one part a partition, and sent again without a doubled or missing row."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pyarrow as pa
import pytest
from tests.store.blocks import SEGMENT, span_block

from sonde.errors import StoreError
from sonde.store import Database


def test_a_block_becomes_one_part_a_partition(database: Database) -> None:
    data, partition = span_block(1000, days=3)
    database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
    assert _parts(database) == [("20260105", 334), ("20260106", 333), ("20260107", 333)]


@pytest.mark.slow
def test_a_block_of_many_wide_rows_is_still_one_part(database: Database) -> None:
    data, partition = span_block(200_000, attributes=8, width=100)
    assert data.nbytes > 180 * 1024 * 1024
    database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
    assert _parts(database) == [("20260105", 200_000)]


def test_a_block_in_several_chunks_is_still_one_part(database: Database) -> None:
    data, partition = span_block(300)
    chunks = pa.concat_tables([data.slice(0, 100), data.slice(100, 50), data.slice(150)])
    database.insert_block("otel_traces", chunks, partition, segment=SEGMENT, check=False)
    assert _parts(database) == [("20260105", 300)]


def test_a_block_over_more_days_than_one_insert_may_touch_is_cut(database: Database) -> None:
    data, partition = span_block(404, days=101)
    database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
    parts = _parts(database)
    assert len(parts) == 101
    assert {rows for _, rows in parts} == {4}


def test_a_block_sent_again_with_the_check_changes_nothing(database: Database) -> None:
    data, partition = span_block(1000, days=3)
    for _ in range(3):
        database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=True)
    assert _count(database) == (1000, 1000)


def test_only_the_missing_partitions_are_inserted(database: Database) -> None:
    data, partition = span_block(999, days=3)
    second = data.filter(pa.array([number % 3 == 1 for number in range(999)]))
    database.insert_block(
        "otel_traces", second, pa.array([20260106] * 333, pa.uint32()), segment=SEGMENT, check=False
    )
    database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=True)
    assert _parts(database) == [("20260105", 333), ("20260106", 333), ("20260107", 333)]
    assert _count(database) == (999, 999)


def test_the_check_looks_at_its_own_segment_alone(database: Database) -> None:
    data, partition = span_block(10)
    database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=True)
    other, _ = span_block(10, segment=SEGMENT + 1)
    database.insert_block("otel_traces", other, partition, segment=SEGMENT + 1, check=True)
    assert database.query("SELECT count() FROM otel_traces").one() == (20,)


def test_the_check_survives_a_merge_with_other_segments(database: Database) -> None:
    first, partition = span_block(10)
    second, _ = span_block(20, segment=SEGMENT + 1)
    database.insert_block("otel_traces", first, partition, segment=SEGMENT, check=True)
    database.insert_block(
        "otel_traces", second, pa.array([20260105] * 20, pa.uint32()), segment=SEGMENT + 1, check=True
    )
    database.execute("OPTIMIZE TABLE otel_traces FINAL")
    database.insert_block("otel_traces", first, partition, segment=SEGMENT, check=True)
    assert database.query("SELECT count() FROM otel_traces").one() == (30,)


def test_rows_the_engine_cannot_take_are_refused_and_the_writer_lives_on(database: Database) -> None:
    data = pa.table({"NoSuchColumn": ["x"], "Segment": pa.array([SEGMENT], pa.uint64())})
    partition = pa.array([20260105], pa.uint32())
    with pytest.raises(StoreError, match="NoSuchColumn"):
        database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
    good, partition = span_block(1)
    database.insert_block("otel_traces", good, partition, segment=SEGMENT, check=False)
    assert _count(database) == (1, 1)


def test_an_empty_block_is_no_part(database: Database) -> None:
    data, partition = span_block(1)
    database.insert_block("otel_traces", data.slice(1), partition.slice(1), segment=SEGMENT, check=True)
    assert _parts(database) == []


def test_absent_columns_take_their_defaults(database: Database) -> None:
    data, partition = span_block(1)
    database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
    row = database.query("SELECT Component, Status, SampleWeight, IsOpen FROM otel_traces").one()
    assert row == ("checkout", "unset", 1.0, False)


def test_nanoseconds_arrive_whole(database: Database) -> None:
    times = [0, 1, 1_767_614_400_123_456_789, 2**63 - 1]
    data = pa.table(
        {"Timestamp": pa.array(times, pa.timestamp("ns")), "SpanId": [str(time) for time in times]}
    )
    partition = pa.array([19700101, 19700101, 20260105, 22620411], pa.uint32())
    database.insert_block("otel_traces", data, partition, segment=0, check=False)
    rows = database.query("SELECT toUnixTimestamp64Nano(Timestamp), SpanId FROM otel_traces").rows
    assert sorted(rows) == sorted((time, str(time)) for time in times)


def test_inserting_leaves_no_file_open(database: Database) -> None:
    data, partition = span_block(10)
    database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the engine's threads come and go
            assert "sonde-block" not in os.readlink(entry)


def test_a_table_without_segments_takes_a_block_again(database: Database) -> None:
    data = pa.table(
        {"TraceId": ["aa"], "Start": pa.array([5], pa.uint32()), "End": pa.array([9], pa.uint32())}
    )
    for _ in range(2):
        database.insert_block(
            "otel_traces_trace_id_ts", data, pa.array([0], pa.uint32()), segment=0, check=True
        )
    rows = database.query(
        "SELECT TraceId, toUnixTimestamp(min(Start)), toUnixTimestamp(max(End)) "
        "FROM otel_traces_trace_id_ts GROUP BY TraceId"
    ).rows
    assert rows == [("aa", 5, 9)]


def _parts(database: Database) -> list[tuple[str, int]]:
    rows = database.query(
        "SELECT partition_id, rows FROM system.parts "
        "WHERE database = {name:String} AND table = 'otel_traces' AND active ORDER BY partition_id",
        {"name": database.name},
    ).rows
    return [(str(partition), int(count)) for partition, count in rows]


def _count(database: Database) -> tuple[int, int]:
    rows, spans = database.query("SELECT count(), uniqExact(SpanId) FROM otel_traces").one()
    return int(rows), int(spans)
