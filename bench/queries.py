"""How long the questions of DESIGN's table take through the HTTP API, at the size the ingestion left."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bench.payload import SERVICES, USERS
from bench.server_process import SondeServer


@dataclass(frozen=True)
class Timing:
    """One question asked several times with different values. Milliseconds, as the client sees them."""

    question: str
    runs: int
    median_ms: float
    p95_ms: float
    found: float


@dataclass(frozen=True)
class _Question:
    text: str
    path: Callable[[random.Random], str]
    params: Callable[[random.Random], dict[str, str]]
    rows: Callable[[Any], int]


def _service(rng: random.Random) -> str:
    return rng.choice(SERVICES)


def _questions(trace_ids: Sequence[str]) -> list[_Question]:
    return [
        _Question(
            "trace by id",
            lambda rng: f"/api/v1/traces/{rng.choice(trace_ids)}",
            lambda _: {},
            lambda answer: len(answer["spans"]),
        ),
        _Question(
            "latest 20 traces of a service",
            lambda _: "/api/v1/traces",
            lambda rng: {"q": f"service:{_service(rng)}", "limit": "20"},
            lambda answer: len(answer["traces"]),
        ),
        _Question(
            "traces with attribute = value, last hour",
            lambda _: "/api/v1/traces",
            lambda rng: {"q": f"user.id:{100_000 + rng.randrange(USERS)}", "since": "1h"},
            lambda answer: len(answer["traces"]),
        ),
        _Question(
            "p50/p95/p99 per operation",
            lambda _: "/api/v1/operations",
            lambda rng: {"service": _service(rng), "since": "1h"},
            lambda answer: len(answer["operations"]),
        ),
        _Question(
            "p50/p95/p99 per service",
            lambda _: "/api/v1/services",
            lambda _: {"since": "1h"},
            lambda answer: len(answer["services"]),
        ),
        _Question(
            "newest 100 error spans",
            lambda _: "/api/v1/spans",
            lambda _: {"q": "status:error", "since": "1h"},
            lambda answer: len(answer["spans"]),
        ),
    ]


def time_queries(server: SondeServer, trace_ids: Sequence[str], runs: int) -> list[Timing]:
    """Asks each question `runs` times over one kept-open connection, after two that are not counted."""
    rng = random.Random(7)
    timings: list[Timing] = []
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for question in _questions(trace_ids):
            elapsed_ms: list[float] = []
            found: list[int] = []
            for _ in range(runs + 2):
                path, params = question.path(rng), question.params(rng)
                began = time.perf_counter()
                answer = client.get(path, params=params)
                elapsed_ms.append((time.perf_counter() - began) * 1e3)
                if answer.is_error:
                    raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text}")
                found.append(question.rows(answer.json()))
            counted = sorted(elapsed_ms[2:])
            timings.append(
                Timing(
                    question.text,
                    runs,
                    statistics.median(counted),
                    counted[min(len(counted) - 1, int(0.95 * len(counted)))],
                    statistics.mean(found),
                )
            )
    return timings
