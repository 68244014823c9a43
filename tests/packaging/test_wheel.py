"""The wheel: what is in it, and that it works where nothing else is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest
from bench.server_process import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER_PACKAGES = ("chdb", "clickhouse_connect", "fastapi", "grpc", "ptars", "pyarrow", "uvicorn")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(REPOSITORY))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a fresh environment with the wheel alone."""
    return install(tmp_path_factory.mktemp("bare"), str(wheel))


@pytest.fixture(scope="module")
def with_server(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a fresh environment with the wheel and its extra `server`."""
    return install(tmp_path_factory.mktemp("server"), f"{wheel}[server]")


def install(folder: Path, requirement: str) -> Path:
    venv.create(folder)
    python = str(folder / "bin" / "python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile", requirement)
    return folder / "bin"


def run(*command: str, cwd: Path = REPOSITORY) -> str:
    """Runs with the versions of the lock, and nothing of this process's Python; its output."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV", "SONDE_"))}
    env["PIP_CONSTRAINT"] = str(REPOSITORY / "requirements.lock")
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    source = REPOSITORY / "src"
    expected = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert packed == expected
    assert {Path(name).suffix for name in packed} <= {
        ".py",
        ".typed",
        ".sql",
        ".html",
        ".css",
        ".js",
        ".svg",
        ".json",
        ".txt",
    }
    assert {"sonde/py.typed", "sonde/ui/index.html", "sonde/store/schema/otel_traces.sql"} <= packed


def test_the_bare_package_imports_and_brings_no_server(bare: Path, tmp_path: Path) -> None:
    run(str(bare / "python"), "-c", "import sonde; print(sonde.__version__)", cwd=tmp_path)
    for package in SERVER_PACKAGES:
        missing = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is not None)"
        run(str(bare / "python"), "-c", missing, cwd=tmp_path)


def test_the_bare_package_traces_and_tests(bare: Path, tmp_path: Path) -> None:
    program = """
import sonde, sonde.records
from sonde.testing import assert_contract, assert_event, assert_trace, capture

with capture() as captured:
    sonde.configure(service_name="shop", endpoint="http://127.0.0.1:9")
    with sonde.span("checkout", cart=7):
        sonde.event("order.placed")
assert_trace(captured, "checkout", max_duration="10s", attributes={"cart": 7})
assert_event(captured, "order.placed", within="checkout")
assert_contract(captured, "rules:\\n- {rule: told, each_span: checkout, has_event: order.placed}")
with sonde.span("recorded") as span:
    print(span.is_recording())
sonde.records.SpanRecord(operation="checkout").ended().to_json()
with sonde.Client("http://127.0.0.1:9", retries=0) as client:
    try:
        client.list_spans()
    except sonde.errors.ServerUnreachable as error:
        print(error)
"""
    told = run(str(bare / "python"), "-W", "error", "-c", program, cwd=tmp_path)

    assert told.startswith("True\ncannot reach http://127.0.0.1:9: ")


def test_the_bare_command_verifies_what_it_can_reach(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_text("rules: [{rule: whole, no_orphans: true}]")
    done = subprocess.run(
        [str(bare / "sonde"), "verify", "contract.yaml", "--url", "http://127.0.0.1:9"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert (done.returncode, "cannot reach http://127.0.0.1:9" in done.stderr) == (3, True)


def test_the_bare_command_shows_its_help(bare: Path, tmp_path: Path) -> None:
    assert "serve" in run(str(bare / "sonde"), "--help", cwd=tmp_path)


def test_the_bare_command_says_what_a_server_needs(bare: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(bare / "sonde"), "serve", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert done.returncode != 0
    assert "sonde[server]" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


@pytest.fixture
def served(with_server: Path, tmp_path: Path) -> Generator[str, None, None]:
    """URL of a server that runs from the wheel."""
    port = free_port()
    ports = ["--http-port", str(port), "--grpc-port", str(free_port())]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(with_server / "sonde"), "serve", "--data-dir", str(tmp_path / "data"), *ports],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
        )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert process.wait(20) == 0, (tmp_path / "log").read_text()


def test_the_wheel_with_its_server_serves_api_and_page(served: str) -> None:
    assert '"services"' in fetch(f"{served}/api/v1/services")
    assert "js/main.js" in fetch(f"{served}/")
    assert "import" in fetch(f"{served}/js/main.js")


def fetch(url: str) -> str:
    """The body, once the server is up and has opened its store."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError) as error:
            starting = not isinstance(error, urllib.error.HTTPError) or error.code == 503
            if not starting or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
