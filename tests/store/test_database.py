"""Reading: what a query answers, refuses, and how it ends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sonde.errors import QueryTimeout, StoreError
from sonde.store import Database, Store


def test_rows_come_with_their_columns(database: Database) -> None:
    rows = database.query("SELECT number AS n, toString(number) AS s FROM numbers(2)")
    assert rows.columns == ("n", "s")
    assert rows.rows == [(0, "0"), (1, "1")]
    assert rows.dicts() == [{"n": 0, "s": "0"}, {"n": 1, "s": "1"}]


@given(text=st.text(), items=st.lists(st.text(), max_size=3), number=st.integers(0, 2**64 - 1))
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_bound_values_arrive_unchanged(database: Database, text: str, items: list[str], number: int) -> None:
    rows = database.query(
        "SELECT {text:String}, {items:Array(String)}, {number:UInt64}",
        {"text": text, "items": items, "number": number},
    )
    assert rows.one() == (text, items, number)


def test_a_value_without_a_place_is_refused_not_formatted_in(database: Database) -> None:
    with pytest.raises(StoreError, match=r"no \{evil:Type\}"):
        database.query("SELECT %(evil)s", {"evil": "1) FROM system.users --"})


def test_results_come_as_arrow_and_as_a_stream_too(database: Database) -> None:
    table = database.query_arrow("SELECT number AS n FROM numbers({n:UInt64})", {"n": 3})
    assert table.to_pydict() == {"n": [0, 1, 2]}
    with database.stream("SELECT number FROM numbers(200000)") as blocks:
        assert sum(len(block) for block in blocks) == 200_000


def test_a_stream_left_early_gives_its_reader_back(database: Database) -> None:
    for _ in range(10):
        with database.stream("SELECT number FROM numbers(10000000)") as blocks:
            assert next(blocks)[0] == (0,)
    assert database.query("SELECT 1").one() == (1,)


def test_a_query_over_its_time_limit_is_cancelled_and_the_reader_lives_on(database: Database) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimeout) as caught:
        database.query("SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1", timeout_s=0.2)
    assert time.monotonic() - started < 5
    assert caught.value.http_status == 504
    assert caught.value.hint
    assert database.query("SELECT 1").one() == (1,)


def test_a_query_that_needs_too_much_memory_says_so(database: Database) -> None:
    with pytest.raises(StoreError, match="memory") as caught:
        database.query(
            "SELECT groupArray(number) FROM numbers(100000000)", settings={"max_memory_usage": 50_000_000}
        )
    assert caught.value.engine_code == 241
    assert caught.value.hint


def test_a_killed_query_leaves_the_readers_healthy(database: Database) -> None:
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(
            database.query, "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 77"
        )
        _wait_for_query(database, "= 77")
        database.execute("KILL QUERY WHERE query LIKE '%= 77%' AND query NOT LIKE '%KILL%' SYNC")
        with pytest.raises(StoreError):
            running.result(timeout=10)
    assert [database.query("SELECT 1").one() for _ in range(5)] == [(1,)] * 5


def test_all_readers_busy_means_waiting_no_longer_than_the_limit(database: Database) -> None:
    enough = threading.Event()

    def hold() -> None:
        with database.stream("SELECT number FROM numbers(100000000000)") as blocks:
            next(blocks)
            enough.wait(10)

    with ThreadPoolExecutor(3) as threads:
        holding = [threads.submit(hold) for _ in range(3)]
        time.sleep(0.3)
        with pytest.raises(QueryTimeout, match="busy"):
            database.query("SELECT 1", timeout_s=0.2)
        enough.set()
        for future in holding:
            future.result(timeout=10)
    assert database.query("SELECT 1").one() == (1,)


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        database.query("INSERT INTO sonde_schema (Version) VALUES (99)")
    assert caught.value.engine_code == 164


def test_an_unknown_column_is_an_error_that_names_it(database: Database) -> None:
    with pytest.raises(StoreError, match="nothere") as caught:
        database.query("SELECT nothere FROM otel_traces")
    assert caught.value.engine_code == 47
    assert "version" not in caught.value.message.lower()


def test_times_are_utc_whatever_the_process_says(database: Database) -> None:
    rows = database.query("SELECT timezone(), toUnixTimestamp(toDateTime('2024-01-01 00:00:00'))")
    assert rows.one() == ("UTC", 1_704_067_200)


def test_tenants_do_not_see_each_other(store: Store, database: Database) -> None:
    database.execute("INSERT INTO otel_logs (Timestamp, Body) VALUES (now64(9), 'mine')")
    assert database.query("SELECT count() FROM otel_logs").one() == (1,)
    assert store.tenant().query("SELECT count() FROM otel_logs WHERE Body = 'mine'").one() == (0,)
    assert database.name.removeprefix("sonde_") in store.tenants()


def _wait_for_query(database: Database, text: str) -> None:
    for _ in range(100):
        found = database.query(
            "SELECT count() FROM system.processes WHERE position(query, {text:String}) > 0 "
            "AND query NOT LIKE '%system.processes%'",
            {"text": text},
        )
        if found.one()[0]:
            return
        time.sleep(0.05)
    raise AssertionError("the query did not start")
