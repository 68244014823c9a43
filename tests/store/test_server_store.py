"""The store as a ClickHouse server: the same behaviour through its HTTP interface."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Generator
from urllib.parse import quote

import pytest
from tests.store.blocks import SEGMENT, span_block
from tests.store.http_engine import PASSWORD, HttpEngine, http_engine

from sonde.errors import NotFound, QueryTimeout, StoreError, StoreUnavailable
from sonde.server.auth import OPEN
from sonde.server.metrics import render
from sonde.server.parts import Parts
from sonde.settings import Settings
from sonde.store import Database, Store, open_store
from sonde.store.dsn import EmbeddedDsn

MakeSettings = Callable[..., Settings]

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def engine(store: Store) -> Generator[HttpEngine, None, None]:
    assert isinstance(store.dsn, EmbeddedDsn)
    with http_engine(store.dsn.engine_path) as running:
        yield running


@pytest.fixture
def address(engine: HttpEngine, database: Database) -> Generator[str, None, None]:
    """DSN of a database that does not exist yet."""
    name = f"remote_{next(_numbers)}"
    yield f"clickhouse://default:{quote(PASSWORD)}@127.0.0.1:{engine.port}/{name}"
    engine.fault = None
    database.execute(f"DROP DATABASE IF EXISTS {name} SYNC")


def test_a_server_gets_the_schema_and_takes_blocks_once(settings: MakeSettings, address: str) -> None:
    data, partition = span_block(300, days=3)
    with open_store(settings(store=address)) as remote:
        database = remote.tenant()
        second = data.take([number for number in range(300) if number % 3 == 1])
        database.insert_block("otel_traces", second, partition.take([1] * 100), segment=SEGMENT, check=False)
        for _ in range(2):
            database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=True)
        counted = database.query("SELECT count(), uniqExact(SpanId) FROM otel_traces")
        assert counted.one() == (300, 300)
        nasty = "a'b\\n\n\t%s{x:String}ü"
        assert database.query("SELECT {text:String}", {"text": nasty}).one() == (nasty,)
        assert database.query_arrow("SELECT 1 AS x").to_pydict() == {"x": [1]}
        assert remote.tenants() == ["default"]
    with open_store(settings(store=address), read_only=True) as again:
        assert again.tenant().query("SELECT count() FROM otel_traces").one() == (300,)


def test_a_long_query_of_a_server_is_cancelled(settings: MakeSettings, address: str) -> None:
    with open_store(settings(store=address)) as remote, pytest.raises(QueryTimeout):
        remote.tenant().query(
            "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1", timeout_s=0.2
        )


def test_reading_from_a_server_without_the_schema_says_so(settings: MakeSettings, address: str) -> None:
    with pytest.raises(NotFound, match="no database remote_"):
        open_store(settings(store=address), read_only=True)


def test_a_server_that_answers_errors_is_away_and_comes_back(
    settings: MakeSettings, address: str, engine: HttpEngine
) -> None:
    data, partition = span_block(30, days=3)
    with open_store(settings(store=address)) as remote:
        database = remote.tenant()
        engine.fault = (500, "Code: 210. DB::NetException: Connection reset by peer (NETWORK_ERROR)")
        with pytest.raises(StoreUnavailable):
            database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
        with pytest.raises(StoreUnavailable):
            database.query("SELECT 1")
        engine.fault = (502, "<html>bad gateway</html>")
        with pytest.raises(StoreUnavailable):
            database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=True)
        engine.fault = None
        database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=True)
        assert database.query("SELECT count() FROM otel_traces").one() == (30,)


def test_the_servers_figures_are_told_while_the_store_is_away(
    settings: MakeSettings, address: str, engine: HttpEngine
) -> None:
    values = settings(store=address)
    with open_store(values) as remote:
        parts = Parts(settings=values, admit=lambda _caller, _scope: OPEN, store=remote)
        assert "sonde_engine_memory_bytes " in render(parts)
        engine.fault = (502, "<html>bad gateway</html>")
        figures = render(parts)
    assert "sonde_engine_memory_bytes" not in figures
    assert "process_resident_memory_bytes " in figures


def test_an_insert_whose_answer_is_lost_is_not_sent_again_unasked(
    settings: MakeSettings, address: str, engine: HttpEngine
) -> None:
    data, partition = span_block(30, days=3)
    with open_store(settings(store=address)) as remote:
        database = remote.tenant()
        engine.hang_up = True
        with pytest.raises(StoreUnavailable):
            database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=False)
        assert database.query("SELECT count() FROM otel_traces").one() == (30,)
        database.insert_block("otel_traces", data, partition, segment=SEGMENT, check=True)
        assert database.query("SELECT count() FROM otel_traces").one() == (30,)


def test_a_wrong_password_is_said_without_saying_it(settings: MakeSettings, engine: HttpEngine) -> None:
    dsn = f"clickhouse://default:wrong-secret@127.0.0.1:{engine.port}/x"
    with pytest.raises(StoreUnavailable, match="password") as caught:
        open_store(settings(store=dsn))
    assert "wrong-secret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_server_that_is_not_there_is_named(settings: MakeSettings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{port}") as caught:
            open_store(settings(store=f"clickhouse://ada:secret@127.0.0.1:{port}/x"))
    assert "secret" not in caught.value.message
    assert caught.value.hint


def test_rows_a_server_refuses_are_an_error_of_the_rows(settings: MakeSettings, address: str) -> None:
    data, partition = span_block(1)
    with open_store(settings(store=address)) as remote:
        odd = data.append_column("NoSuchColumn", [["x"]])
        with pytest.raises(StoreError) as caught:
            remote.tenant().insert_block("otel_traces", odd, partition, segment=SEGMENT, check=False)
        assert not isinstance(caught.value, StoreUnavailable)
        assert caught.value.engine_code == 16
