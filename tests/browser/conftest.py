"""A real Chromium on a real server that holds the seeded data."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    TimeoutError,
    expect,
    sync_playwright,
)
from tests.browser import seed, span_seed

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Page]
OpenSpan = Callable[..., Locator]


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    """Headless Chromium; skips where there is none.

    It ends with the module: while Playwright is open its event loop counts as running in this thread.
    """
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(CHROMIUM)} is installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer, None, None]:
    """A server with the seeded traces and logs."""
    server = SondeServer(tmp_path_factory.mktemp("browser") / "data").start()
    now = time.time_ns()
    send(server, "traces", seed.traces(now))
    send(server, "logs", seed.logs(now))
    yield server
    server.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer, None, None]:
    """A server that has received nothing."""
    server = SondeServer(tmp_path_factory.mktemp("empty") / "data").start()
    yield server
    server.close()


def fits(page: Page) -> bool:
    """Whether the page is no wider than its window, once it has been laid out for it."""
    try:
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=5_000)
    except TimeoutError:
        return False
    return True


def send(server: SondeServer, signal: str, body: dict[str, Any]) -> None:
    """Sends one OTLP/JSON request and waits until it is queryable."""
    httpx.post(f"{server.url}/v1/{signal}", json=body, timeout=30).raise_for_status()
    server.flush()


@pytest.fixture
def open_page(browser: Browser) -> Generator[OpenPage, None, None]:
    """Opens pages; at the end of the test none may have failed in its console, been harmed by what it
    showed, or asked anyone but its own server."""
    opened: list[Page] = []
    complaints: list[str] = []

    def open_(
        url: str, *, width: int = 1280, theme: Any = "light", expect_failed_requests: bool = False
    ) -> Page:
        def heard(message: ConsoleMessage) -> None:
            refused = message.text.startswith("Failed to load resource")
            if message.type in ("error", "warning") and not (refused and expect_failed_requests):
                complaints.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            if not request.url.startswith((url.split("#")[0], "data:")):
                complaints.append(f"asked {request.url}")

        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        page.set_default_timeout(10_000)
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)
        page.goto(url)
        opened.append(page)
        return page

    yield open_
    for page in opened:
        assert page.evaluate("window.harmed") is None
        page.close()
    assert complaints == []


@pytest.fixture(scope="module")
def spans(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with a trace that has a span of each kind."""
    server = SondeServer(tmp_path_factory.mktemp("spans") / "data").start()
    now = time.time_ns()
    send(server, "traces", span_seed.traces(now))
    send(server, "logs", span_seed.logs(now))
    yield server
    server.close()


@pytest.fixture
def open_span(spans: SondeServer, open_page: OpenPage) -> OpenSpan:
    """Opens the page of that trace with a span chosen; answers the span's panel."""

    def open_(span_id: str, *, tab: str = "Details", **options: Any) -> Locator:
        page = open_page(f"{spans.url}/#/traces/{span_seed.TRACE}?span={span_id}", **options)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        panel = page.get_by_role("complementary", name="Span")
        expect(panel.get_by_role("heading", level=2)).to_be_visible()
        if tab != "Details":
            panel.get_by_role("tab", name=tab).click()
        return panel

    return open_
