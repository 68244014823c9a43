"""How long it takes from an entity to its run, with a million links: over HTTP, by the SDK, and in Redis."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from bench.server_process import SondeServer, free_port
from sonde import Links

HEADING: Final = "## From an entity to its run"

_AT_ONCE: Final = 10_000
_LINKS_OF_A_RUN: Final = 100
_LOOKED_AT_OFTEN: Final = 1000
# A call that takes longer than `links.timeout_s` is a figure, not a failure.
_PATIENCE_S: Final = 30.0


def links_section(folder: Path, count: int, command: str, *, quick: bool) -> list[str]:
    """The section of the page, measured: `count` links in a server below `folder`, and in a Redis."""
    runs = 100 if quick else 1000
    lines = [
        HEADING,
        "",
        f"Measured by `{command}`: {_thousands(count)} links of {_thousands(count // _LINKS_OF_A_RUN)} runs, "
        f"{runs} calls one after the other, random entities. Load average of the machine before the run: "
        f"{os.getloadavg()[0]:.1f}.",
        "",
        "| what | fastest | median | p95 |",
        "|---|---|---|---|",
    ]
    server = SondeServer(folder / "links")
    try:
        server.start()
        with httpx.Client(base_url=server.url, timeout=120) as http:
            _store(http, count)
        server.flush()
        lines += _http(server, count, runs)
        lines += _sdk("built-in store", count, runs, url=server.url, links_store="builtin")
        resident = server.usage().resident_bytes
    finally:
        server.close()
    if shutil.which("redis-server"):
        with _redis(folder) as url:
            with Links(redis_url=url, links_store="redis", links_timeout_s=_PATIENCE_S) as links:
                for first in range(0, count, _AT_ONCE):
                    names = [f"pym_{n}" for n in range(first, min(count, first + _AT_ONCE))]
                    links.store_telemetry_many({"payment": names}, f"run_{first}")
            lines += _sdk("Redis", count, runs, redis_url=url, links_store="redis")
    return [*lines, "", f"Resident memory of the server afterwards: {resident / 1e6:.0f} MB.", ""]


def _store(http: httpx.Client, count: int) -> None:
    for first in range(0, count, _AT_ONCE):
        body = [
            {"type": "payment", "id": f"pym_{n}", "runId": f"run_{n // _LINKS_OF_A_RUN}"}
            for n in range(first, min(count, first + _AT_ONCE))
        ]
        http.post("/api/v1/links", json=body).raise_for_status()


def _http(server: SondeServer, count: int, runs: int) -> list[str]:
    rng = random.Random(1)
    often = [f"pym_{rng.randrange(count)}" for _ in range(_LOOKED_AT_OFTEN)]
    with httpx.Client(base_url=server.url, timeout=30) as http:

        def get(name: str) -> None:
            answer = http.get("/api/v1/links", params={"type": "payment", "id": name})
            assert answer.json()["id"] == name

        def stored_just_now() -> Callable[[], None]:
            name = f"pym_{rng.randrange(count)}"
            body = {"type": "payment", "id": name, "runId": "run_new"}
            http.post("/api/v1/links", json=body).raise_for_status()
            return lambda: get(name)

        for name in often:
            get(name)
        return [
            _row("HTTP `GET /healthz`, for comparison", runs, lambda: lambda: http.get("/healthz")),
            _row("HTTP, looked at before", runs, lambda: lambda: get(rng.choice(often))),
            _row("HTTP, never looked at", runs, lambda: lambda: get(f"pym_{rng.randrange(count)}")),
            _row("HTTP, right after it was written", runs // 4, stored_just_now),
            _row("HTTP redirect `/go`", runs, lambda: lambda: http.get(f"/go/payment/{rng.choice(often)}")),
            _row(
                "HTTP, storing one (on disk when answered)",
                runs // 4,
                lambda: (
                    lambda: http.post(
                        "/api/v1/links", json={"type": "payment", "id": "pym_1", "runId": "run_x"}
                    )
                ),
            ),
        ]


def _sdk(store: str, count: int, runs: int, **settings: Any) -> list[str]:
    rng = random.Random(2)
    with Links(**settings, links_timeout_s=_PATIENCE_S) as links:
        for number in range(_LOOKED_AT_OFTEN if store != "Redis" else 0):
            links.get_telemetry("payment", f"pym_{number}")

        def get() -> None:
            often = _LOOKED_AT_OFTEN if store != "Redis" else count
            assert links.get_telemetry("payment", f"pym_{rng.randrange(often)}")

        def put() -> None:
            assert links.store_telemetry("payment", f"pym_{rng.randrange(count)}", "run_y")

        looked_at = ", looked at before" if store != "Redis" else ""
        return [
            _row(f"`sonde.get_telemetry`, {store}{looked_at}", runs, lambda: get),
            _row(f"`sonde.store_telemetry`, {store}", runs // 4, lambda: put),
        ]


def _row(what: str, runs: int, prepared: Callable[[], Callable[[], object]]) -> str:
    times: list[float] = []
    for _ in range(runs):
        call = prepared()
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    shown = (times[0], times[len(times) // 2], times[int(len(times) * 0.95)])
    return f"| {what} | {' | '.join(f'{each:.2f} ms' for each in shown)} |"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


@contextmanager
def _redis(folder: Path) -> Generator[str]:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
