"""The page of what sampling kept."""

from __future__ import annotations

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import expect
from tests.browser.conftest import OpenPage, ServerWith, fits
from tests.browser.seed import HOSTILE, attributes, of_service, span

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TENTH = "ot=th:e6666666666666"


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with spans that were kept for every reason."""
    now = time.time_ns() - 10_000_000_000
    kept = [
        ("browse", "ratio"),
        ("browse", "ratio"),
        ("browse", "error"),
        ("payment.charge", "forced"),
        (HOSTILE[:60], ""),
    ]
    spans = [
        span(f"{number + 1:032x}", f"{number + 1:016x}", "", name, now, 5)
        | {"attributes": attributes({"sonde.kept": why} if why else {})}
        | ({"traceState": TENTH} if why == "ratio" else {})
        for number, (name, why) in enumerate(kept)
    ]
    long = span(f"{9:032x}", f"{9:016x}", "", "POST /api/v2/notifications/deliver_to_subscribers", now, 5)
    long |= {"attributes": attributes({"sonde.kept": "forced"})}
    services = [of_service("checkout", *spans), of_service("notification-delivery-service", long)]
    return server_with(traces=[{"resourceSpans": services}])


def test_operations_are_listed_with_why_they_were_kept_and_lead_to_their_spans(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/sampling")
    rows = page.locator(".kept-spans tbody tr")
    expect(rows).to_have_count(4)
    browse = rows.filter(has_text="browse")
    expect(browse.locator('[data-name="Kept"]')).to_have_text("3")
    expect(browse.locator('[data-name="Of"]')).to_have_text("21")
    expect(rows.filter(has_text="payment.charge").get_by_text("always kept")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="kept of")).to_contain_text("6 spans")

    page.get_by_label("Kept for").select_option("forced")
    expect(rows).to_have_count(2)
    page.go_back()
    expect(rows).to_have_count(4)
    browse.locator('[data-name="error"] a').click()
    expect(page).to_have_url(re.compile("show=spans"))
    expect(page.locator("[data-row]")).to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_and_has_no_serious_fault(server: SondeServer, open_page: OpenPage, theme: str) -> None:
    page = open_page(f"{server.url}/#/sampling", theme=theme)
    expect(page.locator(".kept-spans tbody tr")).to_have_count(4)
    found = [
        each["id"]
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert found == []
    for width in (390, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width


@pytest.mark.parametrize("width", [1010, 1280, 1500])
def test_every_reason_is_in_sight_beside_long_names(
    server: SondeServer, open_page: OpenPage, width: int
) -> None:
    page = open_page(f"{server.url}/#/sampling", width=width)
    expect(page.locator(".kept-spans tbody tr")).to_have_count(4)
    box = page.locator(".table-box").bounding_box()
    last = page.locator(".kept-spans th").last.bounding_box()
    assert box is not None
    assert last is not None
    assert last["x"] + last["width"] <= box["x"] + box["width"]
