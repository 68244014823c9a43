"""The figures of orchestrations: measured, and as a section of the page of results."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from bench.orchestrations.load import COMPONENTS, LARGE_SHARE, SPANS_A_TRACE, send_orchestrations
from bench.server_process import SondeServer, usage

HEADING = "## Orchestrations"

_PERIOD_NS = 23 * 3600 * 10**9
_Ask = Callable[[httpx.Client, str, str], int]


@dataclass(frozen=True)
class Answered:
    """One question asked of orchestrations of one size.

    Milliseconds as the client sees them, and of CPU that the server used, the mean.
    """

    question: str
    spans: int
    best_ms: float
    median_ms: float
    p95_ms: float
    cpu_ms: float
    rows: float
    at_most_ms: float | None


@dataclass(frozen=True)
class OrchestrationFigures:
    """What was stored and how quickly it answered."""

    spans: int
    events: int
    orchestrations: int
    load_average: float
    answered: list[Answered]


def measure_orchestrations(server: SondeServer, spans: int, runs: int) -> OrchestrationFigures:
    """Stores the spans of small and large orchestrations, and asks for one after the other."""
    small = [f"orc_{number:04}" for number in range(150)]
    large = [f"orc_large_{number}" for number in range(5)]
    now = time.time_ns()
    events = send_orchestrations(server, spans, small, large, now - _PERIOD_NS, _PERIOD_NS)
    load_average = os.getloadavg()[0]
    answered: list[Answered] = []
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for ids, share in ((small, 1 - LARGE_SHARE), (large, LARGE_SHARE)):
            for question, ask, at_most in _QUESTIONS:
                answered.append(
                    _time(
                        client,
                        server.pid,
                        question,
                        ask,
                        ids,
                        round(spans * share / len(ids)),
                        runs if at_most else runs // 5,
                        at_most,
                    )
                )
    return OrchestrationFigures(spans, events, len(small) + len(large), load_average, answered)


def _get(client: httpx.Client, path: str, **params: str) -> Any:
    answer = client.get(f"/api/v1/{path}", params=params)
    if answer.is_error:
        raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text}")
    return answer.json()


def _spans(client: httpx.Client, of: str, component: str) -> int:
    return len(_get(client, "records/spans", orchestrationId=of, component=component)["spans"])


def _events(client: httpx.Client, of: str, component: str) -> int:
    return len(_get(client, "records/events", orchestrationId=of, component=component)["events"])


def _timeline(client: httpx.Client, of: str, component: str) -> int:
    return _get(client, f"orchestrations/{quote(of, safe='')}")["told"]["spans"]


def _list(client: httpx.Client, of: str, component: str) -> int:
    return len(_get(client, "orchestrations", limit="20")["orchestrations"])


# What has no limit of its own is asked a fifth as often.
_QUESTIONS: list[tuple[str, _Ask, float | None]] = [
    ("`list_spans` by orchestration and component, 100", _spans, 50),
    ("`list_events` by orchestration and component, 100", _events, 50),
    ("the timeline of one, 1000 spans and 1000 events", _timeline, None),
    ("the newest 20 orchestrations of the last 24 hours", _list, None),
]


def _time(
    client: httpx.Client,
    pid: int,
    question: str,
    ask: _Ask,
    ids: list[str],
    spans: int,
    runs: int,
    at_most: float | None,
) -> Answered:
    rng = random.Random(7)
    elapsed_ms: list[float] = []
    rows: list[int] = []
    used_s = 0.0
    for number in range(runs + 2):
        if number == 2:
            used_s = usage(pid).cpu_s
        of, component = rng.choice(ids), rng.choice(COMPONENTS)
        began = time.perf_counter()
        rows.append(ask(client, of, component))
        elapsed_ms.append((time.perf_counter() - began) * 1e3)
    used_s = usage(pid).cpu_s - used_s
    counted = sorted(elapsed_ms[2:])
    return Answered(
        question,
        spans,
        counted[0],
        statistics.median(counted),
        counted[min(len(counted) - 1, int(0.95 * len(counted)))],
        used_s * 1e3 / runs,
        statistics.mean(rows),
        at_most,
    )


def orchestrations_section(figures: OrchestrationFigures, command: str) -> list[str]:
    """Lines of Markdown, from the heading on."""
    return [
        HEADING,
        "",
        f"Written by `{command}`: {_thousands(figures.spans)} spans in traces of {SPANS_A_TRACE} and "
        f"{_thousands(figures.events)} events within the last day, all of them of one of "
        f"{figures.orchestrations} orchestrations, told by {len(COMPONENTS)} components. Over the HTTP API, "
        "one connection, random values, the last 24 hours; the small ones "
        "follow each other, the large ones go on all day. CPU is the server's for one answer, the mean. "
        f"Load average of the machine before the questions: {figures.load_average:.1f}.",
        "",
        "| question | spans of the orchestration | best | median | p95 | CPU | at most | rows answered |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(each) for each in figures.answered),
        "",
    ]


def _row(each: Answered) -> str:
    cells = [
        each.question,
        _thousands(each.spans),
        f"{each.best_ms:.1f} ms",
        f"{each.median_ms:.1f} ms",
        f"{each.p95_ms:.1f} ms",
        f"{each.cpu_ms:.0f} ms",
        f"{each.at_most_ms:.0f} ms" if each.at_most_ms else "",
        f"{each.rows:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")
