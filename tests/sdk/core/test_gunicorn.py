"""gunicorn: every request's span arrives, from workers forked before or after the application loads."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sdk.collector import Collector

APPLICATION = """
import os
import sonde
sonde.configure(service_name="shop", instrument=False, metrics_process=False)
with sonde.span("loading"):
    pass
def application(environ, start_response):
    with sonde.span("request"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]
"""


def get(url: str) -> int:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as response:
                return int(response.read())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def processes(collector: Collector, name: str) -> set[int]:
    """Those from which spans of this name came."""
    return {each.resource["process.pid"] for each in collector.spans if each.record.name == name}


@pytest.mark.parametrize("preload", [False, True], ids=["each loads", "preload"])
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_every_request_arrives(
    collector: Collector,
    program_environment: Callable[..., dict[str, str]],
    tmp_path: Path,
    preload: bool,
    stop: signal.Signals,
) -> None:
    (tmp_path / "shop.py").write_text(APPLICATION)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    environment = program_environment({"SONDE_EXPORT_INTERVAL_S": "30"})
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "shop:application"]
        + (["--preload"] if preload else []),
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": f"{environment['PYTHONPATH']}{os.pathsep}{tmp_path}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        workers = {get(f"http://127.0.0.1:{port}/") for _ in range(20)}
        server.send_signal(stop)
        _, err = server.communicate(timeout=60)
    finally:
        server.kill()
    assert collector.names().count("request") == 20, err
    assert processes(collector, "request") == workers
    if preload:
        assert len(processes(collector, "loading")) == 1
        assert not processes(collector, "loading") & workers
    else:
        assert processes(collector, "loading") >= workers
    assert "sonde" not in err
