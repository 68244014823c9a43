"""Pages of a server with two million spans, and traces of ten and a hundred thousand."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from bench.payload import SERVICES
from bench.server_process import SondeServer
from bench.ui import chromium
from bench.ui.traces import LargeTrace, large_trace

# What must be drawn before a page can be used: its first row of data.
USABLE = {
    "home": ("/", ".components tbody tr"),
    "traces": ("/traces", ".trace-row"),
    "logs": ("/logs", ".log-row"),
}
_TAB_MADE_WITHIN_MS = 300
_SPANS_OF_A_ROUND = 100
_LOGS_OF_A_ROUND = 40
SPAN_ROW = ".waterfall .bar"
SCROLLED = ".waterfall .virtual"

# Notes when an element is drawn first, in milliseconds from the start of the navigation.
_WATCH = """
window.drawnMs = new Promise((done) => {
  const drawn = () => done(performance.now());
  const look = () => requestAnimationFrame(document.querySelector(%s) ? drawn : look);
  look();
});
"""

_FRAMES = """
async ([selector, steps, byPx]) => {
  const list = document.querySelector(selector);
  const frames = [];
  let last = performance.now();
  for (let step = 0; step < steps; step += 1) {
    list.scrollTop += byPx;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  return frames;
}
"""


@dataclass(frozen=True)
class Opened:
    """Milliseconds until a page could be used: the first visit, and medians of more.

    Each visit is a navigation of its own: `median_ms` in a new tab, whose process has run no script of the
    page before, `same_tab_ms` in one that showed it already.
    """

    page: str
    first_ms: float
    median_ms: float
    same_tab_ms: float
    runs: int


@dataclass(frozen=True)
class ShownTrace:
    """A trace on screen, in milliseconds, and its frames while it is scrolled."""

    spans: int
    first_ms: float
    median_ms: float
    runs: int
    frame_p50_ms: float
    frame_p99_ms: float
    frame_max_ms: float
    frames: int


@dataclass
class LivePage:
    """A page that is followed live: its JavaScript heap after collection and its nodes, over minutes."""

    page: str
    minutes: list[float] = field(default_factory=list[float])
    heap_mb: list[float] = field(default_factory=list[float])
    nodes: list[int] = field(default_factory=list[int])


@dataclass(frozen=True)
class Live:
    """Pages that were followed live, and what arrived meanwhile, a second."""

    pages: list[LivePage]
    spans_a_second: float
    logs_a_second: float


@dataclass(frozen=True)
class UiFigures:
    """All of them. `transferred`: compressed bytes of scripts; `list_ms`: the search list over HTTP."""

    opened: list[Opened]
    traces: list[ShownTrace]
    transferred_bytes: int
    modules: int
    list_ms: float
    facets_ms: float
    live: Live | None


@contextmanager
def browser() -> Generator[Browser]:
    """Headless Chromium. Raises RuntimeError where none is installed."""
    path = chromium.find()
    if path is None:
        raise RuntimeError("no browser: install chromium, as `make test` does")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield launched
        launched.close()


def measure_ui(server: SondeServer, *, runs: int, sizes: tuple[int, ...], live_minutes: float) -> UiFigures:
    """Measures on a running server that already holds its spans; adds logs and large traces to it."""
    _send_logs(server)
    large = {size: _send_trace(server, size) for size in sizes}
    with browser() as chrome:
        opened = [_open(chrome, server, name, runs) for name in USABLE]
        transferred, modules = _transferred(chrome, server)
        traces = [_large(chrome, server, size, trace_id, runs) for size, trace_id in large.items()]
        live = _follow(chrome, server, live_minutes) if live_minutes else None
    question = {"since": "1h", "q": f"service:{SERVICES[0]}", "limit": "50"}
    return UiFigures(
        opened,
        traces,
        transferred,
        modules,
        _ask(server, "/api/v1/traces", question, runs),
        _ask(server, "/api/v1/facets", {"since": "1h", "signal": "spans"}, runs),
        live,
    )


def _open(chrome: Browser, server: SondeServer, name: str, runs: int) -> Opened:
    path, selector = USABLE[name]
    url = f"{server.url}/#{path}"
    times = _visits(chrome, url, selector, runs)
    same_tab = _visits(chrome, url, selector, runs, same_tab=True)
    return Opened(name, times[0], statistics.median(times[1:]), statistics.median(same_tab[1:]), runs)


def _visits(chrome: Browser, url: str, selector: str, runs: int, *, same_tab: bool = False) -> list[float]:
    """The first visit of a new browser, then more of the same, each a whole navigation."""
    context = chrome.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(_WATCH % json.dumps(selector))
    times: list[float] = []
    page = context.new_page()
    for _ in range(runs + 1):
        # Making a tab is the browser's work, and done before anyone has typed an address.
        page.wait_for_timeout(_TAB_MADE_WITHIN_MS)
        page.goto(url)
        times.append(float(page.evaluate("window.drawnMs")))
        # What it asks for besides is not the next visit's load.
        page.wait_for_load_state("networkidle")
        if same_tab:
            page.goto("about:blank")
        else:
            page.close()
            page = context.new_page()
    context.close()
    return times


def _transferred(chrome: Browser, server: SondeServer) -> tuple[int, int]:
    """Compressed bytes and number of scripts that a first visit loads."""
    page = chrome.new_page()
    page.goto(server.url)
    page.wait_for_load_state("networkidle")
    sizes: list[int] = page.evaluate(
        "performance.getEntriesByType('resource').filter((each) => each.name.split('?')[0].endsWith('.js'))"
        ".map((each) => each.encodedBodySize)"
    )
    page.close()
    return sum(sizes), len(sizes)


def _large(chrome: Browser, server: SondeServer, size: int, trace_id: str, runs: int) -> ShownTrace:
    url = f"{server.url}/#/traces/{trace_id}"
    times = _visits(chrome, url, SPAN_ROW, max(3, runs // 3))
    page = chrome.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.locator(SPAN_ROW).first.wait_for()
    frames = sorted(page.evaluate(_FRAMES, [SCROLLED, 300, 120]))
    page.close()
    return ShownTrace(
        size,
        times[0],
        statistics.median(times[1:]),
        len(times) - 1,
        statistics.median(frames),
        frames[int(0.99 * len(frames))],
        frames[-1],
        len(frames),
    )


def _follow(chrome: Browser, server: SondeServer, minutes: float) -> Live:
    """Three live pages side by side while records keep arriving."""
    urls = {"home": "/#/?every=2", "traces": "/#/traces?live=1", "logs": "/#/logs?live=1"}
    pages = {name: chrome.new_page() for name in urls}
    for name, url in urls.items():
        pages[name].goto(server.url + url)
    live = {name: LivePage(name) for name in urls}
    stop = threading.Event()
    began = time.monotonic()
    # The first sample comes once every list is full.
    next_s = 60.0
    with ThreadPoolExecutor(1) as executor:
        sending = executor.submit(_keep_sending, server, stop)
        try:
            while (elapsed_s := time.monotonic() - began) < minutes * 60 + 1 and not sending.done():
                if elapsed_s >= next_s:
                    next_s += max(60.0, minutes * 60 / 10)
                    for name, page in pages.items():
                        _sample(page, live[name], elapsed_s / 60)
                pages["home"].wait_for_timeout(500)
        finally:
            stop.set()
        rounds = sending.result(timeout=120)
    elapsed_s = time.monotonic() - began
    for page in pages.values():
        page.close()
    return Live(
        list(live.values()), rounds * _SPANS_OF_A_ROUND / elapsed_s, rounds * _LOGS_OF_A_ROUND / elapsed_s
    )


def _sample(page: Page, kept: LivePage, minute: float) -> None:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")
    counters = session.send("Memory.getDOMCounters")
    session.detach()
    kept.minutes.append(round(minute, 1))
    kept.heap_mb.append(heap["usedSize"] / 1e6)
    kept.nodes.append(counters["nodes"])
    heap = f"{kept.heap_mb[-1]:.1f} MB, {kept.nodes[-1]} nodes"
    print(f"  {kept.page} after {minute:.0f} min: {heap}", flush=True)


def _keep_sending(server: SondeServer, stop: threading.Event) -> int:
    """Some 500 spans and 200 log records a second; answers how many rounds of them were taken in."""
    rounds = number = 0
    while not stop.wait(0.2):
        number += 1
        now_ns = time.time_ns()
        try:
            _post_trace(server, large_trace(_SPANS_OF_A_ROUND, now_ns, seed=number))
            _post_logs(server, now_ns, _LOGS_OF_A_ROUND)
        except httpx.TimeoutException:
            continue
        rounds += 1
    return rounds


def _send_trace(server: SondeServer, size: int) -> str:
    trace = large_trace(size, time.time_ns() - 30 * 10**9, seed=size)
    _post_trace(server, trace)
    server.flush()
    return trace.trace_id


def _post_trace(server: SondeServer, trace: LargeTrace) -> None:
    headers = {"content-type": "application/x-protobuf"}
    for request in trace.requests():
        httpx.post(f"{server.url}/v1/traces", content=request, headers=headers, timeout=60).raise_for_status()


def _send_logs(server: SondeServer) -> None:
    for number in range(20):
        _post_logs(server, time.time_ns() - number * 10**9, 1000)
    server.flush()


def _post_logs(server: SondeServer, at_ns: int, count: int) -> None:
    records = [
        {
            "timeUnixNano": str(at_ns - number * 10**6),
            "severityNumber": 17 if number % 50 == 0 else 9,
            "severityText": "ERROR" if number % 50 == 0 else "INFO",
            "body": {"stringValue": f"handled request {number} of the bench"},
            "attributes": [{"key": "request.id", "value": {"stringValue": f"r{number}"}}],
        }
        for number in range(count)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": SERVICES[0]}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}
    httpx.post(f"{server.url}/v1/logs", json=body, timeout=60).raise_for_status()


def _ask(server: SondeServer, path: str, params: dict[str, str], runs: int) -> float:
    """The median of several answers over one connection, in milliseconds, after two that are not counted."""
    times: list[float] = []
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for _ in range(runs + 2):
            began = time.perf_counter()
            client.get(path, params=params).raise_for_status()
            times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times[2:])
