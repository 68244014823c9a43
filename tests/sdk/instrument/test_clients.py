"""SQLite and Redis: what a program asks becomes spans without its values, and it works as it did."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.sdk.collector import Collector
from tests.sdk.instrument.processes import free_port, python, run, sonde_run
from tests.sdk.instrument.told import CLIENT, ERROR, attributes, path, spans, trace


def written(folder: Path, code: str) -> str:
    file = folder / "app.py"
    file.write_text(textwrap.dedent(code))
    return str(file)


def test_sqlite_works_as_it_did_and_every_way_to_ask_is_seen(collector: Collector, tmp_path: Path) -> None:
    program = written(
        tmp_path,
        """
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(":memory:")) as connection, closing(sqlite3.connect(":memory:")) as copy:
            assert isinstance(connection, sqlite3.Connection)
            connection.row_factory = sqlite3.Row
            with connection:
                connection.execute("CREATE TABLE users (name TEXT, password TEXT)")
                connection.executemany("INSERT INTO users VALUES (?, ?)", [("a", "hunter2"), ("b", "")])
            try:
                with connection:
                    connection.execute("DELETE FROM users WHERE password = 'hunter2'")
                    raise KeyError
            except KeyError:
                pass
            rows = connection.cursor().execute("SELECT * FROM users WHERE password != 'hunter4'").fetchall()
            assert [row["name"] for row in rows] == ["a", "b"]
            connection.executescript("CREATE INDEX by_name ON users (name); SELECT 1;")
            assert connection.total_changes == 3
            try:
                connection.execute("SELECT nothing FROM nowhere")
            except sqlite3.OperationalError:
                pass
            connection.backup(copy)
            assert copy.execute("SELECT count(*) FROM users").fetchone() == (2,)
        """,
    )
    done = run(sonde_run(program), collector)
    assert (done.returncode, done.stderr) == (0, "")
    assert collector.names() == [
        "CREATE users",
        "INSERT users",
        "DELETE users",
        "SELECT users",
        "SELECT nowhere",
        "SELECT users",
    ]
    for received in collector.spans:
        told = attributes(received.record)
        assert received.record.kind == CLIENT
        assert told["db.system.name"] == "sqlite"
        assert "hunter" not in told["db.query.text"]
        assert told["db.query.summary"] == received.record.name
    assert collector.span("SELECT nowhere").status.code == ERROR


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a Redis of this module's own."""
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    line = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder), "--bind", "127.0.0.1"]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL) as process:
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


def test_redis_is_seen_without_keys_and_values(redis: str, collector: Collector, tmp_path: Path) -> None:
    program = written(
        tmp_path,
        """
        import asyncio, os, time, redis, redis.asyncio, sonde

        async def ask():
            async with redis.asyncio.from_url(os.environ["REDIS"]) as client:
                await client.set("session:secret", "hunter2")
                assert await client.get("session:secret") == b"hunter2"

        client = redis.from_url(os.environ["REDIS"])
        with sonde.correlation("corr_redis"), sonde.span("work"):
            for _ in range(100):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.05)
            with client.pipeline() as pipe:
                pipe.set("token:secret", "hunter2")
                pipe.expire("token:secret", 10)
                assert pipe.execute() == [True, True]
            asyncio.run(ask())
        """,
    )
    done = run(sonde_run(program), collector, REDIS=redis)
    assert (done.returncode, done.stderr) == (0, "")
    below = trace(collector, collector.span("work"))
    names = [span.name for span in below if span.name not in ("PING", "work")]
    assert names == ["SET EXPIRE", "SET", "GET"]
    for name in names:
        (span,) = spans(collector, name)
        told = attributes(span)
        assert path(collector, span) == ["work", name]
        assert told["correlation.id"] == "corr_redis"
        assert told["server.address"] == "127.0.0.1"
        assert "secret" not in str(told)
        assert "hunter2" not in str(told)


def test_calls_to_where_telemetry_goes_by_the_programs_own_client_are_seen(collector: Collector) -> None:
    code = f"""
import sonde
sonde.configure()
import requests, httpx
url = "{collector.url}/anything"
requests.post(url, data=b"x")
httpx.post(url, content=b"x")
"""
    done = run(python("-c", code), collector)
    assert (done.returncode, done.stderr) == (0, "")
    calls = spans(collector, "POST")
    assert [attributes(span)["url.full"] for span in calls] == [f"{collector.url}/anything"] * 2
    sent = {request[0]: request[1] for request in collector.requests if request[0] == "/anything"}
    assert "traceparent" in {name.lower() for name in sent["/anything"]}
