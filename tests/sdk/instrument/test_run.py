"""`sonde run`: the program is its own, and is seen from its first line on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from tests.sdk.collector import Collector
from tests.sdk.instrument.processes import free_port, python, run, sonde_run, started

from sonde.store.lock import read_holder


def written(folder: Path, name: str, code: str) -> str:
    """A file of Python; its path."""
    file = folder / name
    file.write_text(textwrap.dedent(code))
    return str(file)


QUERY = """
    import sqlite3
    sqlite3.connect(":memory:").execute("SELECT {number} AS asked")
"""


def test_the_exit_code_the_arguments_and_the_streams_are_the_programs(
    collector: Collector, tmp_path: Path
) -> None:
    program = written(tmp_path, "app.py", "import sys; print(sys.argv[1:], input()); sys.exit(7)")
    done = run(sonde_run("python", program, "--quiet", "-m", "x"), collector, stdin="hello")
    assert (done.returncode, done.stdout) == (7, "['--quiet', '-m', 'x'] hello\n"), done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("way", ["file", "module", "python", "interpreter", "double-dash"])
def test_every_way_to_name_a_program_is_seen(way: str, collector: Collector, tmp_path: Path) -> None:
    program = written(tmp_path, "asking.py", QUERY.format(number=1))
    lines = {
        "file": [program],
        "module": ["-m", "asking"],
        "python": ["python", program],
        "interpreter": [sys.executable, "-u", program],
        "double-dash": ["--", "python3", "-X", "dev", program],
    }
    done = run(
        sonde_run("--service-name", "shop", "--environment", "test", *lines[way]),
        collector,
        PYTHONPATH=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    (span,) = collector.spans
    assert span.record.name == "SELECT"
    assert span.resource["service.name"] == "shop"
    assert span.resource["deployment.environment.name"] == "test"


def test_the_service_is_called_like_the_program_in_its_workers_too(
    collector: Collector, tmp_path: Path
) -> None:
    program = written(
        tmp_path,
        "app.py",
        """
        import multiprocessing, sqlite3

        def ask():
            sqlite3.connect(":memory:").execute("SELECT 1")

        if __name__ == "__main__":
            ask()
            child = multiprocessing.get_context("spawn").Process(target=ask)
            child.start()
            child.join()
        """,
    )
    done = run(sonde_run("python", program), collector)
    assert done.returncode == 0, done.stderr
    assert [each.resource["service.name"] for each in collector.spans] == ["app", "app"]


def test_pytest_has_nothing_to_warn_of(collector: Collector, tmp_path: Path) -> None:
    tests = written(tmp_path, "test_it.py", "def test_it(): pass")
    done = run(sonde_run("pytest", "-q", "-W", "error", "-p", "no:cacheprovider", tests), collector)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "warning" not in done.stdout


def test_a_signal_reaches_the_program_itself(collector: Collector, tmp_path: Path) -> None:
    program = written(
        tmp_path,
        "app.py",
        """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        print(os.getpid(), flush=True)
        time.sleep(30)
        """,
    )
    log = tmp_path / "log"
    with started(sonde_run("python", program), collector, log) as process:
        end = time.monotonic() + 20
        while not log.read_text().endswith("\n") and time.monotonic() < end:
            time.sleep(0.05)
        assert log.read_text() == f"{process.pid}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 9


def test_a_program_that_dies_of_a_signal_is_seen_to(collector: Collector, tmp_path: Path) -> None:
    program = written(tmp_path, "app.py", QUERY.format(number=1) + "    import os; os.kill(os.getpid(), 15)")
    done = run(sonde_run("python", program), collector)
    assert done.returncode == -signal.SIGTERM
    assert collector.names() == ["SELECT"]


def test_what_the_program_configures_wins_and_nothing_is_doubled(
    collector: Collector, tmp_path: Path
) -> None:
    program = written(
        tmp_path,
        "app.py",
        """
        import logging, sqlite3, sonde
        sonde.configure(service_name="own", instrument=["sqlite3"])
        logging.getLogger("shop").warning("once")
        with sonde.span("work"):
            sqlite3.connect(":memory:").execute("SELECT 1 AS asked")
        """,
    )
    done = run(sonde_run("--service-name", "given", "--environment", "test", program), collector)
    assert done.returncode == 0, done.stderr
    assert sorted(collector.names()) == ["SELECT", "work"]
    assert [each.record.body.string_value for each in collector.logs if "once" in str(each.record.body)] == [
        "once"
    ]
    (work,) = [each for each in collector.spans if each.record.name == "work"]
    assert work.resource["service.name"] == "own"
    assert work.resource["deployment.environment.name"] == "test"


def test_a_program_can_be_run_without_instrumentation(collector: Collector, tmp_path: Path) -> None:
    code = "import sonde\nwith sonde.span('work'):" + QUERY.format(number=1)
    program = written(tmp_path, "app.py", code)
    run(sonde_run("--no-instrument", program), collector)
    assert collector.names() == ["work"]
    run(sonde_run("--instrument", "redis,sqlite3", program), collector)
    assert sorted(collector.names()) == ["SELECT", "work", "work"]


def test_the_environments_own_sitecustomize_runs_as_well(collector: Collector, tmp_path: Path) -> None:
    written(tmp_path, "sitecustomize.py", "import builtins; builtins.customized = __name__")
    program = written(tmp_path, "app.py", QUERY.format(number=1) + "    print(customized)")
    done = run(sonde_run("python", program), collector, PYTHONPATH=str(tmp_path))
    assert done.stdout == "sitecustomize\n", done.stderr
    assert collector.names() == ["SELECT"]


def test_a_sitecustomize_that_fails_is_reported_by_python_and_the_program_is_seen(
    collector: Collector, tmp_path: Path
) -> None:
    written(tmp_path, "sitecustomize.py", "raise RuntimeError('broken customization')")
    program = written(tmp_path, "app.py", QUERY.format(number=1))
    done = run(sonde_run("python", program), collector, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0
    assert "broken customization" in done.stderr
    assert collector.names() == ["SELECT"]


def test_children_that_work_for_the_program_are_seen_and_helpers_are_not(
    collector: Collector, tmp_path: Path
) -> None:
    written(tmp_path, "asking.py", QUERY.format(number=2))
    program = written(
        tmp_path,
        "app.py",
        """
        import multiprocessing, runpy, subprocess, sys

        def ask():
            import asking

        if __name__ == "__main__":
            for how in ("spawn", "fork", "forkserver"):
                child = multiprocessing.get_context(how).Process(target=ask)
                child.start()
                child.join()
            subprocess.run([sys.executable, "-m", "asking"], check=True)
            subprocess.run([sys.executable, "-c", "import asking"], check=True)
            subprocess.run([sys.executable, "-m", "pip", "--version"], check=True)
        """,
    )
    done = run(sonde_run("python", program), collector, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert collector.names() == ["SELECT"] * 4
    assert len({each.resource["process.pid"] for each in collector.spans}) == 4


def test_pytest_is_seen_with_its_workers(collector: Collector, tmp_path: Path) -> None:
    written(
        tmp_path,
        "test_shop.py",
        """
        import sqlite3, pytest

        @pytest.mark.parametrize("number", range(4))
        def test_asks(number):
            sqlite3.connect(":memory:").execute(f"SELECT {number} AS asked")
        """,
    )
    options = ["-p", "no:cacheprovider", "-p", "xdist", "-n", "2", "--rootdir", str(tmp_path), str(tmp_path)]
    done = run(sonde_run("pytest", *options), collector, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert (done.returncode, collector.names()) == (0, ["SELECT"] * 4), done.stdout + done.stderr
    assert len({each.resource["process.pid"] for each in collector.spans}) == 2


def test_a_python_without_sonde_runs_the_program_and_says_so(collector: Collector, tmp_path: Path) -> None:
    program = written(tmp_path, "app.py", "print('runs')")
    # Isolated from the packages of its environment, a Python has none.
    done = run(sonde_run(sys.executable, "-S", "-c", "import site"), collector)
    assert done.returncode == 0
    bare = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    done = run(sonde_run(str(bare), program), collector, PYTHONPATH="")
    assert done.stdout == "runs\n"
    assert "cannot import sonde" in done.stderr


def test_wrong_use_is_told_before_anything_runs(collector: Collector) -> None:
    for line, said in (
        (["no-such-program"], "cannot run 'no-such-program'"),
        (["--no-instrument", "--instrument", "redis", "python"], "cannot use --instrument together"),
        (["--sample-ratio", "7", "python"], "--sample-ratio"),
        ([], "Missing argument"),
    ):
        done = run(sonde_run(*line), collector)
        assert done.returncode == 2
        assert said in done.stderr + done.stdout


def test_what_is_not_instrumented_is_named_once(collector: Collector, tmp_path: Path) -> None:
    program = written(tmp_path, "app.py", "pass")
    done = run(python("-m", "sonde", "run", program), collector)
    missing = json.loads(
        run(python("-m", "sonde", "instrument", "--install", "-f", "json"), collector).stdout
    )
    assert done.stderr.count("\n") == (1 if missing["requirements"] else 0)
    assert "sonde instrument --install" in done.stderr or not missing["requirements"]


def test_a_local_server_is_started_once_and_stays(collector: Collector, tmp_path: Path) -> None:
    program = written(tmp_path, "app.py", QUERY.format(number=1))
    data = tmp_path / "data"
    http_port, grpc_port = str(free_port()), str(free_port())

    def run_here(line: list[str]) -> subprocess.CompletedProcess[str]:
        return run(
            line,
            collector,
            SONDE_DATA_DIR=str(data),
            SONDE_HTTP_PORT=http_port,
            SONDE_GRPC_PORT=grpc_port,
            SONDE_ENDPOINT="",
        )

    line = python("-m", "sonde", "run", "--serve", program)
    try:
        first = run_here(line)
        assert first.returncode == 0, first.stderr
        holder = read_holder(data)
        assert holder is not None
        assert f"{holder.url} (started; it logs to {data / 'server.log'})" in first.stderr
        second = run_here(line)
        assert second.returncode == 0
        assert "started" not in second.stderr
        assert read_holder(data) == holder
        found = run_here(python("-m", "sonde", "query", "--format", "json"))
        assert found.stdout.count('"SELECT"') >= 2, found.stdout + found.stderr
    finally:
        holder = read_holder(data)
        if holder is not None:
            os.kill(holder.pid, signal.SIGTERM)
