"""Measures what the SDK costs: both sides take turns in one run, so that the machine's drift hits both."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import httpx

from bench.server_process import free_port, usage

_IMPORT_TIME = "import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"


@dataclass(frozen=True)
class Cost:
    """CPU nanoseconds a record: of the thread that makes it, and of the process with what sends it."""

    caller_ns: float
    process_ns: float


@dataclass(frozen=True)
class Requests:
    """Requests one after another to a FastAPI program: as the client sees them, and memory after them."""

    p50_ms: float
    p99_ms: float
    resident_bytes: int


@dataclass(frozen=True)
class SdkFigures:
    """Sonde's side and the other of each comparison."""

    import_s: float
    import_api_s: float
    spans: tuple[Cost, Cost]
    logs: tuple[Cost, Cost]
    requests: tuple[Requests, Requests]
    request_count: int


def measure_sdk(*, quick: bool) -> SdkFigures:
    """Runs all comparisons."""
    turns, rounds, requests = (2, 10, 500) if quick else (7, 30, 5000)
    with _running("bench.bare_server") as endpoint:
        return SdkFigures(
            import_s=_import_s("sonde", 3 if quick else 15),
            import_api_s=_import_s("opentelemetry.trace", 3 if quick else 15),
            spans=_records("spans", endpoint, turns, rounds),
            logs=_records("logs", endpoint, turns, rounds),
            requests=_requests(endpoint, 1 if quick else 3, requests),
            request_count=requests,
        )


def _import_s(module: str, times: int) -> float:
    command = [sys.executable, "-c", _IMPORT_TIME.format(module=module)]
    return statistics.median(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(times)
    )


def _records(kind: str, endpoint: str, turns: int, rounds: int) -> tuple[Cost, Cost]:
    costs: dict[str, list[Cost]] = {"sonde": [], "bare": []}
    for _ in range(turns):
        for side, found in costs.items():
            command = [sys.executable, "-m", "bench.sdk.records", kind, side, endpoint, str(rounds)]
            run = subprocess.run(command, check=True, capture_output=True, text=True)
            found.append(Cost(**json.loads(run.stdout)))
    return _median_cost(costs["sonde"]), _median_cost(costs["bare"])


def _median_cost(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(each.caller_ns for each in costs),
        statistics.median(each.process_ns for each in costs),
    )


def _requests(endpoint: str, turns: int, count: int) -> tuple[Requests, Requests]:
    found: dict[str, list[Requests]] = {"sonde": [], "plain": []}
    for _ in range(turns):
        for side, results in found.items():
            with _running("bench.sdk.web", side, endpoint) as url:
                results.append(_load(url, count))
    return _median_requests(found["sonde"]), _median_requests(found["plain"])


def _load(url: str, count: int) -> Requests:
    elapsed_ms: list[float] = []
    with httpx.Client(base_url=url) as client:
        for number in range(count + 100):
            began = time.perf_counter()
            client.get(f"/orders/{number}").raise_for_status()
            if number >= 100:
                elapsed_ms.append((time.perf_counter() - began) * 1e3)
    elapsed_ms.sort()
    resident = usage(_pids[url]).resident_bytes
    return Requests(statistics.median(elapsed_ms), elapsed_ms[int(0.99 * len(elapsed_ms))], resident)


def _median_requests(results: Sequence[Requests]) -> Requests:
    return Requests(
        statistics.median(each.p50_ms for each in results),
        statistics.median(each.p99_ms for each in results),
        int(statistics.median(each.resident_bytes for each in results)),
    )


_pids: dict[str, int] = {}


@contextlib.contextmanager
def _running(module: str, *arguments: str) -> Generator[str]:
    """A server of a module that takes its port first; its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", module, str(port), *arguments])
    _pids[url] = process.pid
    try:
        _wait_until_it_answers(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            httpx.get(url)
            return
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
