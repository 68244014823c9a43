"""The page of the server's status and of this browser's preferences."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import OpenPage, fits, scrolled, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_status(open_page: OpenPage, server: SondeServer, **how: object) -> Page:
    page = open_page(f"{server.url}/#/status", **how)
    expect(page.get_by_role("heading", name="Storage")).to_be_visible()
    return page


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_what_was_received_and_is_held_is_shown(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_status(open_page, seeded)

    spans = region(page, "Received").get_by_role("row").filter(has_text="Spans")
    expect(spans).to_contain_text("5")
    expect(region(page, "Server")).to_contain_text(seeded.url)
    expect(region(page, "Journal")).to_contain_text("Closed segments")
    traces = page.locator(".storage tbody tr").filter(has_text=re.compile(r"^\s*otel_traces\s*\d"))
    expect(traces.locator("td").nth(1)).to_have_text("5")
    expect(page.get_by_role("link", name="Figures for Prometheus")).to_have_attribute("href", "metrics")
    assert httpx.get(f"{seeded.url}/metrics").status_code == 200


def test_what_was_refused_is_told_with_its_reason(seeded: SondeServer, open_page: OpenPage) -> None:
    refused = httpx.post(
        f"{seeded.url}/v1/traces", content=b"no json", headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 400
    page = open_status(open_page, seeded)

    reasons = region(page, "Received").get_by_role("list", name="Why requests were refused")
    expect(reasons).to_contain_text(re.compile(r"1× Spans: \w+"))


def test_warnings_and_failures_of_the_store_are_told_first(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_status(open_page, seeded)
    real = httpx.get(f"{seeded.url}/api/v1/status").json()
    real["journal"] |= {"storeError": "disk full", "sizeBytes": 5_000_000, "oldestAgeS": 75.0, "segments": 3}
    real["warnings"] = [{"message": "The disk is 91 % full.", "hint": "Run `sonde cleanup`."}]
    page.route("**/api/v1/status*", lambda route: route.fulfill(json=real))

    page.keyboard.press("r")

    warnings = page.get_by_role("list", name="Warnings").get_by_role("listitem")
    expect(warnings.nth(0)).to_contain_text("Problem The store takes nothing in: disk full")
    expect(warnings.nth(1)).to_contain_text("Warning The disk is 91 % full.")
    expect(warnings.nth(1).locator("code")).to_have_text("sonde cleanup")
    expect(region(page, "Journal")).to_contain_text("1 min 15 s")


def test_theme_and_time_zone_hold_at_once_and_after_a_reload(
    seeded: SondeServer, open_page: OpenPage
) -> None:
    page = open_status(open_page, seeded)

    page.get_by_label("Dark", exact=True).check()
    page.get_by_label("UTC", exact=True).check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_label("Dark", exact=True)).to_be_checked()
    expect(page.get_by_label("UTC", exact=True)).to_be_checked()
    page.get_by_label("As the system").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")


def test_a_template_for_code_is_checked_and_previewed(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_status(open_page, seeded)
    field = page.get_by_label("Code opens at")

    page.get_by_role("button", name="PyCharm").click()
    expect(field).to_have_value("pycharm://open?file={path}&line={line}")
    expect(page.locator("#code-template-says a")).to_have_attribute(
        "href", "pycharm://open?file=/app/shop/cart.py&line=42"
    )

    field.fill("javascript:window.harmed='{path}'")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#code-template-says")).to_contain_text("does not begin like an address")
    expect(page.locator("#code-template-says a")).to_have_count(0)
    field.fill("https://example.org/code")
    expect(page.locator("#code-template-says")).to_contain_text("no {path}")

    # What is wrong is not kept.
    page.reload()
    expect(field).to_have_value("pycharm://open?file={path}&line={line}")
    field.fill("")
    page.reload()
    expect(field).to_have_value("")


def test_recent_searches_are_forgotten(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{seeded.url}/#/traces")
    page.get_by_role("combobox", name="Search spans").fill("service:payments")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(re.compile("service%3Apayments"))
    page.keyboard.press("Escape")
    page.goto(f"{seeded.url}/#/status")

    expect(page.get_by_text("1 remembered")).to_be_visible()
    page.get_by_role("button", name="Forget recent searches").click()

    expect(page.get_by_text("none is remembered")).to_be_visible()
    assert page.evaluate("localStorage.getItem('sonde.recentSearches')") == "[]"


def test_it_refreshes_by_itself(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_status(open_page, seeded)

    expect(page.get_by_label("Refresh every")).to_have_value("10")
    page.get_by_label("Refresh every").select_option("2")

    with page.expect_request(re.compile("api/v1/status"), timeout=5_000):
        pass


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_the_page_fits_any_width(seeded: SondeServer, open_page: OpenPage, width: int, theme: str) -> None:
    page = open_status(open_page, seeded, width=width, theme=theme)

    assert fits(page)
    expect(region(page, "Storage").locator("tbody tr").first).to_be_visible()
    assert scrolled(page) == []


def test_how_links_were_used_is_shown(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_status(open_page, seeded)
    links = region(page, "Links")
    expect(links).to_contain_text("No link was stored or looked up.")

    stored = {"type": "payment", "id": "pym_1", "runId": "run_1"}
    httpx.post(f"{seeded.url}/api/v1/links", json=stored).raise_for_status()
    for name in ("pym_1", "pym_2", "pym_3"):
        httpx.get(f"{seeded.url}/api/v1/links", params={"type": "payment", "id": name})
    httpx.get(f"{seeded.url}/go/payment/pym_1")
    seeded.flush()
    page.keyboard.press("r")

    def cells(name: str) -> Locator:
        return links.get_by_role("row").filter(has_text=name).get_by_role("cell")

    expect(cells("Stored")).to_have_text(["Stored by a call", "1", re.compile(r"100\s%"), "0"])
    expect(cells("Looked up")).to_have_text(["Looked up", "4", re.compile(r"100\s%"), "0"])
    expect(cells("Found")).to_have_text(["Found", "2", re.compile(r"50\s%"), ""])
    expect(cells("Followed").nth(1)).to_have_text("1")


def test_what_is_past_its_time_is_shown_before_it_is_deleted(
    seeded: SondeServer, open_page: OpenPage
) -> None:
    old = {
        "traceId": "c1" * 16,
        "spanId": "c1" * 8,
        "name": "of last month",
        "startTimeUnixNano": str(time.time_ns() - 31 * 86_400 * 10**9),
        "endTimeUnixNano": str(time.time_ns() - 31 * 86_400 * 10**9 + 10**6),
        "attributes": [{"key": "sonde.pipeline.trigger_event", "value": {"stringValue": "nightly"}}],
    }
    send(
        seeded, "traces", {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": [old]}]}]}
    )
    page = open_status(open_page, seeded, width=390)

    page.get_by_role("button", name="Clean up …").click()
    dialog = page.get_by_role("dialog", name="Clean up")
    row = dialog.get_by_role("row").filter(has_text="pipeline")
    expect(row).to_contain_text("30 days")
    expect(row.locator("td").last).to_have_text("1")
    assert fits(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="Clean up …").click()
    dialog.get_by_role("button", name="Delete 1 record").click()
    expect(page.get_by_text("Deleted 1 record", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clean up …").click()
    expect(dialog).to_contain_text("Nothing is past its time.")


def test_who_may_not_clean_up_is_told_so(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_status(open_page, seeded, expect_failed_requests=True)
    refusal = {
        "error": {"code": "forbidden", "message": "the key lacks the scope jobs", "hint": "ask for one"}
    }
    page.route("**/api/internal/**", lambda route: route.fulfill(status=403, json=refusal))
    page.get_by_role("button", name="Clean up …").click()
    dialog = page.get_by_role("dialog", name="Clean up")
    expect(dialog).to_contain_text("the key lacks the scope jobs")
    expect(dialog.get_by_role("button", name="Delete")).to_have_count(0)
