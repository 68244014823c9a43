"""Servers that fork: every span arrives, nothing hangs at the end, no connection is shared."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tests.sdk.collector import Collector
from tests.sdk.instrument.processes import (
    PROGRAMS,
    children,
    connections,
    free_port,
    python,
    sonde_run,
    started,
    stop,
    wait_for_port,
)
from tests.sdk.instrument.told import spans

REQUESTS = 20

FLASK = ("flask", "/orders/1", "GET /orders/<int:number>")
UVICORN = "uvicorn.workers.UvicornWorker"
FASTAPI = ("fastapi", "/sync/1", "GET /sync/{number}")


def requested(port: int, address: str) -> Counter[int]:
    """Ask `REQUESTS` times, each on a connection of its own; how often which process answered."""
    answered: Counter[int] = Counter()
    for _ in range(REQUESTS):
        answered[httpx.get(f"http://127.0.0.1:{port}{address}", timeout=10).json()["pid"]] += 1
    return answered


def requested_of_both(port: int, address: str) -> Counter[int]:
    """Ask until two processes have answered."""
    answered: Counter[int] = Counter()
    end = time.monotonic() + 10
    while len(answered) < 2 and time.monotonic() < end:
        answered += requested(port, address)
    assert len(answered) == 2, answered
    return answered


def assert_nothing_is_shared(master: int, collector: Collector) -> None:
    port = urlsplit(collector.url).port or 0
    end = time.monotonic() + 10
    looked_at: Counter[str] = Counter()
    while len(looked_at) < 2 and time.monotonic() < end:
        looked_at.clear()
        for pid in (master, *children(master)):
            looked_at.update(connections(pid, port))
        assert not [inode for inode, holders in looked_at.items() if holders > 1]
        time.sleep(0.05)
    assert len(looked_at) >= 2, "too few are connected: nothing was looked at"


@pytest.mark.parametrize(
    ("worker", "app", "preload", "way"),
    [
        pytest.param("sync", FLASK, False, "run", id="sync-run"),
        pytest.param("sync", FLASK, True, "run", id="sync-preload-run"),
        pytest.param("sync", FLASK, True, "configured", id="sync-preload-configured"),
        pytest.param("gthread", FLASK, False, "run", id="gthread-run"),
        pytest.param("gthread", FLASK, True, "configured", id="gthread-preload-configured"),
        pytest.param(UVICORN, FASTAPI, False, "configured", id="uvicorn-configured"),
        pytest.param(UVICORN, FASTAPI, True, "run", id="uvicorn-preload-run"),
    ],
)
def test_gunicorn(
    worker: str, app: tuple[str, str, str], preload: bool, way: str, collector: Collector, tmp_path: Path
) -> None:
    framework, address, name = app
    log, port = tmp_path / "log", free_port()
    module = f"{PROGRAMS}.{framework}_{'app' if way == 'run' else 'configured'}:app"
    line = ["gunicorn", "--workers", "2", "--worker-class", worker, "--bind", f"127.0.0.1:{port}", module]
    line += ["--preload"] if preload else []
    line = sonde_run("--service-name", "shop", *line) if way == "run" else python("-m", *line)
    with started(line, collector, log) as process:
        wait_for_port(port, process, log)
        answered = requested_of_both(port, address)
        assert_nothing_is_shared(process.pid, collector)
        # The last ones are asked right before the end: they lie in the workers' queues.
        answered += requested(port, address)
        assert stop(process, log) == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()

    arrived = [each for each in collector.spans if each.record.name == name]
    assert len(arrived) == answered.total()
    assert Counter(each.resource["process.pid"] for each in arrived) == answered
    assert len({each.resource["service.instance.id"] for each in arrived}) == 2
    assert {each.resource["service.name"] for each in collector.spans} == {"shop"}
    if way == "configured":
        opened = {each.resource["process.pid"] for each in collector.spans if each.record.name == "shop.open"}
        assert opened == ({process.pid} if preload else set(answered))


@pytest.mark.parametrize("way", ["run", "configured"])
def test_uvicorn_with_workers(way: str, collector: Collector, tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    module = f"{PROGRAMS}.fastapi_{'app' if way == 'run' else 'configured'}:app"
    line = ["uvicorn", module, "--workers", "2", "--port", str(port)]
    line = sonde_run(*line) if way == "run" else python("-m", *line)
    with started(line, collector, log) as process:
        wait_for_port(port, process, log)
        end = time.monotonic() + 10
        while len(re.findall("startup complete", log.read_text())) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        answered = requested(port, "/async/1")
        assert stop(process, log) in (0, -15), log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()
    arrived = [each for each in collector.spans if each.record.name == "GET /async/{number}"]
    assert Counter(each.resource["process.pid"] for each in arrived) == answered


@pytest.mark.parametrize(
    ("server", "way"), [("uvicorn", "run"), ("uvicorn", "configured"), ("gunicorn", "configured")]
)
def test_a_request_under_way_when_the_server_is_told_to_end_arrives(
    server: str, way: str, collector: Collector, tmp_path: Path
) -> None:
    log, port = tmp_path / "log", free_port()
    framework = "fastapi" if server == "uvicorn" else "flask"
    module = f"{PROGRAMS}.{framework}_{'app' if way == 'run' else 'configured'}:app"
    address = ["--port", str(port)] if server == "uvicorn" else ["--bind", f"127.0.0.1:{port}"]
    line = [server, module, *address]
    line = sonde_run(*line) if way == "run" else python("-m", *line)
    answers: list[int] = []
    with started(line, collector, log) as process:
        wait_for_port(port, process, log)
        # A server listens before its worker is ready.
        httpx.get(f"http://127.0.0.1:{port}/nowhere", timeout=10)

        def ask() -> None:
            answers.append(httpx.get(f"http://127.0.0.1:{port}/slow", timeout=10).status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.3)
        stop(process, log)
        asking.join(10)
    assert answers == [200]
    assert len(spans(collector, "GET /slow")) == 1, log.read_text()
