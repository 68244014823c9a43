"""The figures of AI calls: measured, and as a section of the page of results."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx

from bench.ai.load import Loaded, send_ai_calls
from bench.server_process import SondeServer, usage

HEADING: Final = "## AI calls"

_PERIOD_NS: Final = 23 * 3600 * 10**9
_GROUPINGS: Final = ("model", "provider", "operation", "session", "user", "entity", "day", "component")
_SORTS: Final = ("newest", "slow", "failing", "truncated", "expensive")


@dataclass(frozen=True)
class Answered:
    """One question: milliseconds as the client sees them, and of CPU that the server used, the mean."""

    question: str
    best_ms: float
    median_ms: float
    cpu_ms: float
    rows: int


@dataclass(frozen=True)
class AiFigures:
    """What was stored and how quickly it answered."""

    loaded: Loaded
    load_average: float
    answered: list[Answered]


def measure_ai(server: SondeServer, spans: int, runs: int) -> AiFigures:
    """Stores spans with AI calls among them, and asks what they cost."""
    loaded = send_ai_calls(server, spans, time.time_ns() - _PERIOD_NS, _PERIOD_NS)
    load_average = os.getloadavg()[0]
    return AiFigures(loaded, load_average, ask_about_ai(server, loaded.sessions, runs))


def ask_about_ai(server: SondeServer, sessions: list[str], runs: int) -> list[Answered]:
    """Each question so many times, the first of them not counted."""
    session = quote(sessions[len(sessions) // 2], safe="")
    questions: list[tuple[str, str, dict[str, str], str]] = [
        *((f"usage by {by}", "usage", {"by": by}, "rows") for by in _GROUPINGS),
        ("usage by model of one service (`service:`)", "usage", {"q": "service:assistant"}, "rows"),
        ("usage by model of one user (`user.id:`)", "usage", {"q": "user.id:usr_7"}, "rows"),
        ("usage over time", "usage/series", {}, "ms"),
        *((f"100 calls, {sort}", "calls", {"sort": sort}, "calls") for sort in _SORTS),
        ("the newest 20 sessions", "sessions", {"limit": "20"}, "sessions"),
        ("one session as a conversation", f"sessions/{session}", {}, "turns"),
    ]
    with httpx.Client(base_url=f"{server.url}/api/v1/ai", timeout=120) as client:
        return [
            _time(client, server.pid, question, path, params, listed, runs)
            for question, path, params, listed in questions
        ]


def _time(
    client: httpx.Client, pid: int, question: str, path: str, params: dict[str, str], listed: str, runs: int
) -> Answered:
    elapsed_ms: list[float] = []
    rows, used_s = 0, 0.0
    since = {"since": "24h"} if not path.startswith("sessions/") else {}
    for number in range(runs + 1):
        if number == 1:
            used_s = usage(pid).cpu_s
        began = time.perf_counter()
        answer = client.get(f"/{path}", params={**since, **params})
        elapsed_ms.append((time.perf_counter() - began) * 1e3)
        if answer.is_error:
            raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text}")
        found: Any = answer.json()
        rows = len(found[listed])
    used_s = usage(pid).cpu_s - used_s
    counted = sorted(elapsed_ms[1:])
    return Answered(question, counted[0], statistics.median(counted), used_s * 1e3 / runs, rows)


def ai_section(figures: AiFigures, command: str) -> list[str]:
    """Lines of Markdown, from the heading on."""
    loaded = figures.loaded
    return [
        HEADING,
        "",
        f"Written by `{command}`: {_thousands(loaded.spans)} spans within the last day, "
        f"{_thousands(loaded.ai_spans)} of them of AI calls ({_thousands(loaded.calls)} calls, the rest "
        f"agents and tools) in {_thousands(len(loaded.sessions))} sessions. Over the HTTP API, "
        "one connection, the last 24 hours. CPU is the server's for one answer, the mean. "
        f"Load average of the machine before the questions: {figures.load_average:.1f}.",
        "",
        "| question | best | median | CPU | rows answered |",
        "|---|---|---|---|---|",
        *(
            f"| {each.question} | {each.best_ms:.0f} ms | {each.median_ms:.0f} ms | {each.cpu_ms:.0f} ms "
            f"| {each.rows} |"
            for each in figures.answered
        ),
        "",
    ]


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")
