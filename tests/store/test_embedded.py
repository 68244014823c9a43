"""Opening an embedded store: one process a directory, whatever that directory or process has been through."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sonde.errors import SettingError, StoreLocked, StoreUnavailable
from sonde.settings import Settings
from sonde.store import Store, open_store, read_holder
from sonde.store.dsn import EmbeddedDsn, ServerDsn, parse_dsn
from sonde.store.lock import DirectoryLock

MakeSettings = Callable[..., Settings]

OPEN = """
import sys, time
from pathlib import Path
from sonde.settings import Settings
from sonde.store import open_store
store = open_store(Settings.model_validate({"data_dir": Path(sys.argv[1])}))
"""


def test_a_second_process_learns_who_holds_the_directory(tmp_path: Path) -> None:
    with _holder(tmp_path) as process:
        holder = read_holder(tmp_path / "store")
        assert holder is not None
        assert (holder.pid, holder.url) == (process.pid, "http://127.0.0.1:4318")
        with pytest.raises(StoreLocked) as caught:
            open_store(_at(tmp_path))
        assert caught.value.message == (
            f"cannot open data directory {tmp_path}/store: held by pid {process.pid} "
            "(http://127.0.0.1:4318); stop it or pass --url"
        )
        process.kill()
    assert read_holder(tmp_path / "store") is None


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    with _holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
    finished = _run(OPEN + "print(store.tenant().query('SELECT 1').rows)\nstore.close()", tmp_path)
    assert finished.stdout.strip() == "[(1,)]"


def test_a_child_that_outlives_the_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    program = """
    import os, signal, sys, time
    from pathlib import Path
    from sonde.store.lock import DirectoryLock
    lock = DirectoryLock(Path(sys.argv[1]))
    child = os.fork()
    if child == 0:
        os.close(1)
        os.close(2)
        time.sleep(60)
    print(child, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    finished = _run(program, tmp_path, check=False)
    child = int(finished.stdout)
    try:
        DirectoryLock(tmp_path).release()
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_forked_child_gets_an_error_and_does_not_hang(tmp_path: Path) -> None:
    program = (
        OPEN
        + """
import os
from sonde.errors import SondeError
database = store.tenant()
child = os.fork()
if child == 0:
    said = []
    other = Settings.model_validate({"data_dir": Path(sys.argv[1]) / "other"})
    for use in (lambda: database.query("SELECT 1"), lambda: store.tenant("x"),
                lambda: database.execute("SELECT 1"), lambda: open_store(other)):
        try:
            use()
            said.append("answered")
        except SondeError as error:
            said.append("forked" if "forked child" in error.message else error.message)
    print(said, flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(database.query("SELECT 1").rows)
store.close()
"""
    )
    finished = _run(program, tmp_path, timeout_s=30)
    assert finished.stdout.splitlines() == ["['forked', 'forked', 'forked', 'forked']", "[(1,)]"]


def test_a_config_file_in_the_current_directory_has_no_influence(tmp_path: Path) -> None:
    workplace = tmp_path / "workplace"
    workplace.mkdir()
    (workplace / "config.xml").write_text(
        "<clickhouse><max_server_memory_usage>123456789</max_server_memory_usage>"
        "<max_table_size_to_drop>77</max_table_size_to_drop><path>/nowhere</path>"
        f"<logger><level>trace</level><log>{workplace}/engine.log</log></logger>"
        "<profiles><default><readonly>1</readonly></default></profiles></clickhouse>"
    )
    program = (
        OPEN
        + """
rows = store.tenant().query("SELECT name, value FROM system.server_settings WHERE name IN "
    "('max_server_memory_usage', 'max_table_size_to_drop') ORDER BY name").rows
print(rows)
store.close()
"""
    )
    finished = _run(program, tmp_path / "data", cwd=workplace)
    assert finished.stdout.strip() == str(
        [("max_server_memory_usage", str(1024 * 1024 * 1024)), ("max_table_size_to_drop", "50000000000")]
    )
    assert finished.stderr == ""
    assert [entry.name for entry in workplace.iterdir()] == ["config.xml"]


def test_memory_has_the_cap_of_the_setting(store: Store) -> None:
    rows = store.tenant().query(
        "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'"
    )
    assert rows.one() == (str(1024 * 1024 * 1024),)
    stats = store.stats()
    assert 0 < stats.memory_bytes < 1024 * 1024 * 1024
    assert any(size.table == "sonde_schema" and size.rows for size in stats.tables)


def test_a_process_that_forgets_to_close_ends_cleanly(tmp_path: Path) -> None:
    finished = _run(OPEN + "store.tenant().query('SELECT 1')", tmp_path)
    assert finished.returncode == 0
    assert finished.stderr == ""


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    program = (
        OPEN
        + """
from sonde.errors import StoreUnavailable
database = store.tenant()
store.close()
store.close()
for use in (lambda: database.query("SELECT 1"), lambda: store.tenant(), lambda: database.execute("SELECT 1")):
    try:
        use()
    except StoreUnavailable as error:
        print(error.message)
"""
    )
    finished = _run(program, tmp_path)
    assert finished.stdout.count("closed") == 3


def test_reading_a_directory_that_does_not_exist_makes_none(settings: MakeSettings) -> None:
    wanted = settings()
    with pytest.raises(StoreUnavailable, match="there is none"):
        open_store(wanted, read_only=True)
    assert not (wanted.data_dir / "store").exists()


def test_a_store_opened_for_reading_answers_and_refuses_to_write(tmp_path: Path) -> None:
    _run(OPEN + "store.close()", tmp_path)
    program = """
    import sys
    from pathlib import Path
    from sonde.errors import NotFound, StoreError
    from sonde.settings import Settings
    from sonde.store import open_store
    with open_store(Settings.model_validate({"data_dir": Path(sys.argv[1])}), read_only=True) as store:
        print(store.tenant().query("SELECT count() FROM otel_traces").rows)
        for use in (lambda: store.tenant().execute("DROP TABLE otel_traces"), lambda: store.tenant("nobody")):
            try:
                use()
            except (NotFound, StoreError) as error:
                print(error.message)
    """
    lines = _run(program, tmp_path).stdout.splitlines()
    assert lines[0] == "[(0,)]"
    assert lines[1] == "cannot write: the store was opened for reading"
    assert lines[2].startswith("there is no tenant nobody")


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match=f"cannot open data directory {tmp_path}/file/store"):
        open_store(_at(tmp_path / "file"))


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("chdb:///var/lib/sonde", EmbeddedDsn(Path("/var/lib/sonde"))),
        ("clickhouse://db", ServerDsn("db", 8123)),
        (
            "clickhouse://ada:p%40ss@db:9000/tele?secure=1&cluster=all",
            ServerDsn("db", 9000, "ada", "p@ss", "tele", True, "all"),
        ),
        ("clickhouse://db?secure=true", ServerDsn("db", 8443, secure=True)),
    ],
)
def test_a_dsn_says_where_the_store_is(settings: MakeSettings, dsn: str, expected: object) -> None:
    assert parse_dsn(settings(store=dsn)) == expected


@pytest.mark.parametrize(
    "dsn",
    [
        "postgres://x",
        "chdb://relative",
        "chdb:///a?b",
        "chdb:///a&b",
        "clickhouse://",
        "clickhouse://h:port/x",
    ],
)
def test_a_malformed_dsn_is_refused_with_the_two_forms(dsn: str) -> None:
    with pytest.raises(SettingError) as caught:
        parse_dsn(Settings.model_construct(store=dsn))
    assert "chdb:///" in caught.value.hint or "another directory" in caught.value.hint


def test_a_password_is_in_no_message() -> None:
    dsn = ServerDsn("db", 8123, "ada", "secret")
    assert "secret" not in f"{dsn} {dsn!r}"


def test_the_holder_is_found_without_loading_an_engine(tmp_path: Path) -> None:
    program = """
    import json, sys
    from pathlib import Path
    from sonde.store import read_holder
    assert read_holder(Path(sys.argv[1])) is None
    print(json.dumps([name for name in ("chdb", "clickhouse_connect", "pyarrow") if name in sys.modules]))
    """
    assert json.loads(_run(program, tmp_path).stdout) == []


def _at(data_dir: Path) -> Settings:
    return Settings.model_validate({"data_dir": data_dir})


def _run(
    program: str, data_dir: Path, *, cwd: Path | None = None, timeout_s: float = 60, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(data_dir)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=timeout_s,
        check=check,
    )


def _holder(data_dir: Path) -> subprocess.Popen[str]:
    """A process that holds the store and says where it serves."""
    program = OPEN + "store.announce('http://127.0.0.1:4318'); print('ready', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    deadline = time.monotonic() + 30
    while process.stdout.readline().strip() != "ready":
        assert time.monotonic() < deadline
    return process
