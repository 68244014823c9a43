"""A real Chromium on a real server that holds the seeded data."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from bench.ui import chromium
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    TimeoutError,
    expect,
    sync_playwright,
)
from tests.browser import seed, span_seed

# A busy machine takes its time; what is wrong stays wrong.
expect.set_options(timeout=20_000)

OpenPage = Callable[..., Page]
# What hostile data would have set, if it could; and no word of this test for the next one.
_HARMED_FORGETTING = "() => { localStorage.clear(); sessionStorage.clear(); return window.harmed; }"

ServerWith = Callable[..., SondeServer]
OpenSpan = Callable[..., Locator]


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    """Headless Chromium; skips where there is none.

    It ends with the module: while Playwright is open its event loop counts as running in this thread.
    """
    path = chromium.find()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(chromium.NAMES)} is installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Page:
    """The page that every test of a module has again: a new one has to start a process and to compile all
    scripts."""
    return browser.new_context().new_page()


@pytest.fixture(scope="module")
def server_with(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerWith]:
    """Starts servers that hold some OTLP/JSON requests of `traces` and `logs`; they end with the module."""
    running: list[SondeServer] = []

    def start(*, traces: Iterable[dict[str, Any]] = (), logs: Iterable[dict[str, Any]] = ()) -> SondeServer:
        server = SondeServer(tmp_path_factory.mktemp("browser") / "data")
        running.append(server)
        server.start()
        for signal, bodies in (("traces", traces), ("logs", logs)):
            for body in bodies:
                send(server, signal, body)
        return server

    yield start
    for server in running:
        server.close()


@pytest.fixture(scope="module")
def seeded(server_with: ServerWith) -> SondeServer:
    """A server with the seeded traces and logs."""
    now = time.time_ns()
    return server_with(traces=[seed.traces(now)], logs=[seed.logs(now)])


@pytest.fixture(scope="module")
def empty(server_with: ServerWith) -> SondeServer:
    """A server that has received nothing."""
    return server_with()


def fits(page: Page) -> bool:
    """Whether the page is no wider than its window, once it has been laid out for it."""
    try:
        # A function: the page's policy forbids to evaluate a text, as is done from the second look on.
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth", timeout=10_000)
    except TimeoutError:
        return False
    return True


def scrolled(page: Page) -> list[str]:
    """Classes of the boxes that have to be scrolled sideways."""
    return page.evaluate(
        """() => [...document.querySelectorAll("main *")]
            .filter((each) => each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1)
            .filter((each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
            .map((each) => String(each.className))"""
    )


def send(server: SondeServer, signal: str, body: dict[str, Any]) -> None:
    """Sends one OTLP/JSON request and waits until it is queryable."""
    httpx.post(f"{server.url}/v1/{signal}", json=body, timeout=30).raise_for_status()
    server.flush()


@pytest.fixture
def open_page(tab: Page) -> Generator[OpenPage, None, None]:
    """Opens pages, which remember nothing of other tests; at the end of the test none may have failed in its
    console, been harmed by what it showed, or asked anyone but its own server."""
    opened: list[Page] = []
    listening = ExitStack()
    complaints: list[str] = []

    def failed(error: Error) -> None:
        complaints.append(str(error))

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

        page = tab.context.new_page() if opened else tab
        opened.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        page.set_default_timeout(30_000)
        page.on("console", heard)
        page.on("pageerror", failed)
        page.on("request", asked)
        for event, listener in (("console", heard), ("pageerror", failed), ("request", asked)):
            listening.callback(page.remove_listener, event, listener)
        page.goto(url)
        return page

    yield open_
    harmed = [page.evaluate(_HARMED_FORGETTING) for page in opened]
    listening.close()
    for page in tab.context.pages:
        if page is not tab:
            page.close()
    tab.unroute_all(behavior="ignoreErrors")
    tab.context.clear_permissions()
    tab.goto("about:blank")
    tab.mouse.move(-1, -1)
    assert harmed == [None] * len(opened)
    assert complaints == []


@pytest.fixture(scope="module")
def spans(server_with: ServerWith) -> SondeServer:
    """A server with a trace that has a span of each kind."""
    now = time.time_ns()
    return server_with(traces=[span_seed.traces(now)], logs=[span_seed.logs(now)])


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
