"""What `sonde.testing` promises to those who test with it."""

from __future__ import annotations

import subprocess
import sys

from sonde.store import Database
from sonde.testing import EPOCH_NS, FakeClock, example_logs, example_metrics, example_traces, insert


def test_the_clock_moves_only_when_told() -> None:
    clock = FakeClock()
    assert clock() == clock() == EPOCH_NS
    clock.advance(1.5)
    assert clock() == EPOCH_NS + 1_500_000_000


def test_the_same_seed_gives_the_same_telemetry() -> None:
    assert example_traces(3, seed=1) == example_traces(3, seed=1)
    assert example_traces(3, seed=1) != example_traces(3, seed=2)
    assert example_logs(3).SerializeToString() == example_logs(3).SerializeToString()


def test_examples_can_be_stored_and_found(database: Database) -> None:
    insert(database, example_traces(20), example_logs(10), example_metrics(5))
    traces = database.query(
        "SELECT uniqExact(TraceId), count(), countIf(StatusCode = 'Error'), uniqExact(ServiceName) "
        "FROM otel_traces"
    )
    assert traces.one() == (20, 100, 2, 3)
    assert database.query("SELECT count(), countIf(EventName != '') FROM otel_logs").one() == (10, 2)
    assert database.query("SELECT max(Value) FROM otel_metrics_sum").one() == (12.0,)
    assert database.query("SELECT count() FROM otel_metrics_gauge").one() == (5,)


def test_an_insert_repeated_with_its_segment_changes_nothing(database: Database) -> None:
    for _ in range(2):
        insert(database, example_traces(2), segment=5 << 22)
    assert database.query("SELECT count() FROM otel_traces").one() == (10,)


def test_importing_it_loads_no_server_package() -> None:
    program = (
        "import sys, sonde.testing\n"
        "heavy = ('chdb', 'clickhouse_connect', 'pyarrow', 'fastapi')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_a_temporary_store_is_gone_afterwards() -> None:
    program = (
        "from sonde.testing import example_traces, insert, temporary_store\n"
        "with temporary_store() as store:\n"
        "    insert(store.tenant(), example_traces(1))\n"
        "    path = store.dsn.path\n"
        "    print(store.tenant().query('SELECT count() FROM otel_traces').rows)\n"
        "print(path.exists())"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.split("\n")[:2] == ["[(5,)]", "False"]
