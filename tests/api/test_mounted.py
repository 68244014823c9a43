"""The server mounted in another application, run alone, and below a root path: by uvicorn, over sockets."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest
from bench.server_process import free_port

from sonde.errors import SettingError
from sonde.server import create_app
from sonde.server.app import below_root
from sonde.server.keys import KeyFile, Scope
from sonde.testing import example_traces

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "mount.md"
# uvicorn ends itself by the signal it was told to end with.
ENDED = {0, -signal.SIGTERM}
SNIPPET = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]


class Uvicorn:
    """`shop.py`, run by uvicorn in a folder of its own."""

    def __init__(self, folder: Path, text: str, *options: str) -> None:
        (folder / "shop.py").write_text(text, encoding="utf-8")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self._log = folder / f"{port}.log"
        env = {key: value for key, value in os.environ.items() if not key.startswith("SONDE_")}
        command = [sys.executable, "-m", "uvicorn", "shop:app", "--port", str(port), *options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)

    def wait_for(self, path: str) -> Uvicorn:
        """Until it answers there. Raises RuntimeError, with its log, when it ends instead."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url + path, timeout=5).status_code < 500:
                    return self
            time.sleep(0.05)
        raise RuntimeError(self._log.read_text("utf-8"))

    def stop(self) -> int:
        """Its exit code."""
        self._process.terminate()
        return self._process.wait(30)


Start = Callable[..., Uvicorn]


@pytest.fixture
def start(tmp_path: Path) -> Generator[Start]:
    """Starts programs; each must end in order when it is told to."""
    running: list[Uvicorn] = []

    def run(text: str, *options: str) -> Uvicorn:
        running.append(Uvicorn(tmp_path, text, *options))
        return running[-1]

    yield run
    assert {each.stop() for each in running} <= ENDED


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Generator[Uvicorn]:
    """The program of the documentation."""
    program = Uvicorn(tmp_path_factory.mktemp("mounted"), SNIPPET)
    try:
        yield program.wait_for("/telemetry/readyz")
    finally:
        code = program.stop()
    assert code in ENDED


def send(url: str) -> int:
    """Sends a trace; the status of the answer."""
    body = example_traces(1, start_ns=time.time_ns()).SerializeToString()
    headers = {"content-type": "application/x-protobuf"}
    return httpx.post(f"{url}/v1/traces", content=body, headers=headers, timeout=20).status_code


def test_the_mounted_server_of_the_documentation_takes_stores_and_answers(mounted: Uvicorn) -> None:
    url = mounted.url
    assert httpx.get(f"{url}/orders").json() == []
    assert send(f"{url}/telemetry") == 200
    assert httpx.post(f"{url}/telemetry/api/v1/flush", timeout=60).json() == {"flushed": True}
    [trace] = httpx.get(f"{url}/telemetry/api/v1/traces").json()["traces"]
    assert trace["rootService"] == "frontend"
    assert (mounted.folder / "telemetry" / "journal").is_dir()
    status = httpx.get(f"{url}/telemetry/api/v1/status").json()
    assert (status["grpcAddress"], status["accepted"]) == ("", {"traces": 5})
    assert httpx.get(f"{url}/api/v1/traces").status_code == 404


def test_the_page_and_its_files_are_below_the_path_and_without_its_slash_lead_there(mounted: Uvicorn) -> None:
    url = mounted.url
    bare = httpx.get(f"{url}/telemetry")
    assert (bare.status_code, httpx.URL(bare.headers["location"]).path) == (307, "/telemetry/")
    page = httpx.get(f"{url}/telemetry/")
    assert "<title>Sonde" in page.text
    for path in re.findall(r'(?:src|href)="([^"#]+\.(?:js|css|svg))"', page.text):
        assert not path.startswith(("/", "http"))
        assert httpx.get(f"{url}/telemetry/{path}").status_code == 200
    described = httpx.get(f"{url}/telemetry/api/v1/openapi.json").json()
    assert described["servers"] == [{"url": "/telemetry"}]
    assert httpx.get(f"{url}/telemetry/api/v1/nothing").json()["error"]["code"] == "not_found"


def test_a_second_worker_is_refused_with_the_reason(mounted: Uvicorn) -> None:
    second = Uvicorn(mounted.folder, SNIPPET)
    with pytest.raises(RuntimeError, match="cannot open data directory"):
        second.wait_for("/telemetry/healthz")


def test_without_a_key_only_this_machine_is_answered(mounted: Uvicorn) -> None:
    url = f"{mounted.url}/telemetry"
    far = {"x-forwarded-for": "203.0.113.9"}  # uvicorn trusts proxies on this machine
    named = {"host": "shop.example.com"}
    assert httpx.get(f"{url}/api/v1/traces", headers=far).status_code == 401
    assert httpx.get(f"{url}/api/v1/traces", headers=named).status_code == 403
    assert httpx.post(f"{url}/v1/traces", headers=far).status_code == 401
    keys = KeyFile(mounted.folder / "telemetry")
    token, key = keys.create([Scope.READ])
    with_key = {**far, **named, "authorization": f"Bearer {token}"}
    try:
        assert httpx.get(f"{url}/api/v1/traces", headers=with_key).status_code == 200
        assert httpx.get(f"{url}/api/v1/status", headers=with_key).json()["keysNeeded"]
    finally:
        keys.revoke(key.id)


def test_alone_it_answers_the_lifespan_protocol_also_below_a_root_path(start: Start) -> None:
    factory = "from sonde.server import create_app\n\n\ndef app():\n    return create_app(data_dir='data')\n"
    url = start(factory, "--factory", "--root-path", "/below/here").wait_for("/readyz").url
    assert send(url) == 200
    assert httpx.post(f"{url}/api/v1/flush", timeout=60).json() == {"flushed": True}
    assert len(httpx.get(f"{url}/api/v1/traces").json()["traces"]) == 1
    assert httpx.get(f"{url}/api/v1/openapi.json").json()["servers"] == [{"url": "/below/here"}]


def test_without_its_lifespan_it_says_what_to_do(start: Start) -> None:
    text = SNIPPET.replace("FastAPI(lifespan=telemetry.lifespan)", "FastAPI()")
    answer = httpx.get(start(text).wait_for("/orders").url + "/telemetry/api/v1/traces")
    assert answer.status_code == 503
    assert "lifespan" in answer.json()["error"]["hint"]


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingError, match="unknown setting 'query_max_limt'"):
        create_app(query_max_limt=5)


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/v1/traces", "", "/v1/traces"),
        ("/telemetry/v1/traces", "/telemetry", "/v1/traces"),
        ("/telemetry/v1/traces", "/telemetry/", "/v1/traces"),
        ("/v1/traces", "/telemetry", "/v1/traces"),
        ("/telemetry", "/telemetry", ""),
        ("/telemetry/", "/telemetry", "/"),
        ("/telemetry2/x", "/telemetry", "/telemetry2/x"),
        ("/", "", "/"),
    ],
)
def test_the_path_below_the_root_is_found_whether_or_not_the_server_left_it_out(
    path: str, root: str, below: str
) -> None:
    assert below_root({"path": path, "root_path": root}) == below
