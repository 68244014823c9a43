"""The search inside a trace, its flame graph, its operations, and its way out as OTLP."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import httpx
import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser import seed, trace_seed
from tests.browser.conftest import OpenPage, ServerWith, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the order, hostile names and a large trace."""
    start = time.time_ns() - 5_000_000_000
    spans, logs = trace_seed.order(start)
    return server_with(
        traces=[spans, trace_seed.hostile(start), seed.many_spans(trace_seed.MANY, 3_000)], logs=[logs]
    )


def opened(server: SondeServer, open_page: OpenPage, trace_id: str, params: str = "") -> Page:
    page = open_page(f"{server.url}/#/traces/{trace_id}{'?' if params else ''}{params}")
    expect(page.locator(".trace-facts")).to_be_visible()
    return page


def current(page: Page) -> Locator:
    return page.locator("[role=treeitem][aria-selected=true]")


def find(page: Page, text: str) -> None:
    page.keyboard.press("/")
    expect(page.get_by_label("Search in this trace")).to_be_focused()
    page.keyboard.type(text)


def frame(page: Page, name: str) -> Locator:
    return page.locator(f'.frame[aria-label^="{name},"]')


def test_a_search_marks_and_counts_and_is_walked_through(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.ORDER)

    find(page, "name:SELECT*")
    count = page.locator(".find-count")
    expect(count).to_have_text("4 found")
    expect(page.locator(".tr.match")).to_have_count(4)
    expect(page).to_have_url(re.compile("find=name%3ASELECT"))
    page.keyboard.press("Enter")
    expect(count).to_have_text("1 of 4")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^SELECT stock 0"))
    page.locator(".spans").focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^SELECT stock 2"))
    expect(page.locator(".tr.found")).to_have_count(1)
    page.keyboard.press("N")
    expect(count).to_have_text("2 of 4")
    page.get_by_role("button", name="Match before").click()
    page.get_by_role("button", name="Match before").click()
    expect(count).to_have_text("4 of 4")
    page.get_by_role("button", name="Clear the search").click()
    expect(page.locator(".tr.match")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("find="))


def test_a_match_below_a_folded_span_is_unfolded(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.ORDER, "level=1&find=fraud")
    expect(page.locator(".find-count")).to_have_text("1 found")
    expect(page.locator(".tr.match")).to_have_count(0)

    page.keyboard.press("n")

    expect(current(page)).to_have_attribute("aria-label", re.compile("^fraud check"))
    expect(page.locator("[aria-label^='SELECT stock 0']")).to_have_count(0)


def test_a_match_thousands_of_rows_away_comes_into_view(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.MANY, "find=span%3A0000000000000b54")
    expect(page.locator(".find-count")).to_have_text("1 found")

    page.keyboard.press("n")

    expect(page.locator(".tr.found")).to_be_in_viewport()


def test_only_what_matches_can_be_shown(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.ORDER, "find=fraud")

    page.get_by_role("button", name="Show only what matches").click()

    expect(page.get_by_role("treeitem")).to_have_count(4)
    page.get_by_role("button", name="Show only what matches").click()
    expect(page.get_by_role("treeitem")).to_have_count(14)


def test_a_search_that_does_not_parse_says_why(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/traces/{trace_seed.ORDER}", expect_failed_requests=True)
    expect(page.get_by_role("treeitem").first).to_be_visible()

    find(page, "status:(")

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Search in this trace")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_flame_graph_zooms_and_leads_to_a_span(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.ORDER)

    page.keyboard.press("f")
    expect(page.get_by_role("tab", name="Flame graph")).to_have_attribute("aria-selected", "true")
    charges = frame(page, "POST /charges")
    before = charges.bounding_box()
    charges.hover()
    expect(page.locator(".flame-told")).to_contain_text(re.compile(r"POST /charges\s*payments\s*260 ms"))
    charges.click()
    expect(page).to_have_url(re.compile("frame=000000000000000a"))
    after = charges.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] * 1.5
    expect(frame(page, "validate cart")).to_have_count(0)
    expect(frame(page, "POST /orders")).to_have_class(re.compile("above"))
    page.get_by_role("link", name="The span").click()
    expect(current(page)).to_have_attribute("aria-label", re.compile("^POST /charges"))
    expect(page.locator(".span-panel")).to_contain_text("POST /charges")


def test_enter_opens_the_row_that_the_keys_went_to_after_a_click_on_a_tab(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = opened(server, open_page, trace_seed.ORDER)
    page.get_by_role("tab", name="Flame graph").click()
    page.get_by_role("tab", name="Waterfall").click()
    expect(page.locator(".spans [role=treeitem], .spans [role=row]").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".span-panel")).to_be_visible()


def test_the_flame_graph_works_by_keys(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.ORDER, "view=flame")
    frame(page, "POST /orders").focus()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    focused = page.locator(".frame:focus")
    expect(focused).to_have_attribute("aria-label", re.compile("^(POST inventory|validate cart)"))
    page.keyboard.press("Enter")
    expect(page.locator(".frame.zoomed")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(focused).to_have_attribute("aria-label", re.compile("^POST /orders"))
    page.keyboard.press("Escape")
    expect(page.locator(".frame.zoomed")).to_have_count(0)


def test_operations_are_sorted_and_lead_to_their_spans(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.ORDER)

    page.keyboard.press("o")
    names = page.locator(".operation-name bdi:first-child")
    expect(names.first).to_have_text("bank.charge")
    page.get_by_role("button", name="Total").click()
    expect(names.first).to_have_text("POST /orders")
    expect(page).to_have_url(re.compile("sort=-totalNs"))
    page.get_by_role("button", name="Total").click()
    expect(names.first).not_to_have_text("POST /orders")
    page.locator(".operation-name button").filter(has_text="POST inventory").click()
    expect(page.locator(".tr.match")).to_have_count(1)
    page.go_back()
    page.get_by_role("link", name="125 ms").click()
    expect(page.locator(".span-panel")).to_contain_text("bank.charge")


def test_hostile_names_are_text_in_every_view(server: SondeServer, open_page: OpenPage) -> None:
    for view in ("flame", "operations"):
        page = opened(server, open_page, trace_seed.HOSTILE_TREE, f"view={view}")
        expect(page.locator("#trace-view").get_by_text("<img src=x").first).to_be_visible()
        assert fits(page)


def test_the_trace_is_saved_as_otlp_that_can_be_sent_again(
    server: SondeServer, open_page: OpenPage, tmp_path: Path
) -> None:
    page = opened(server, open_page, trace_seed.ORDER)

    with page.expect_download() as started:
        page.get_by_role("button", name="Download as OTLP JSON").click()

    saved = tmp_path / "trace.json"
    started.value.save_as(saved)
    assert started.value.suggested_filename == f"trace-{trace_seed.ORDER}.json"
    assert len(json.loads(saved.read_text())["resourceSpans"]) >= 4
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{server.url}/v1/traces", content=saved.read_bytes(), headers=headers, timeout=30)
    assert answer.is_success


def test_the_same_data_is_linked_as_json_and_command(server: SondeServer, open_page: OpenPage) -> None:
    page = opened(server, open_page, trace_seed.ORDER)

    page.get_by_role("button", name="This data as JSON and as a command").click()

    data = page.get_by_role("dialog")
    expect(data.locator("a[href$=overview]")).to_be_visible()
    expect(data).to_contain_text(f"sonde trace {trace_seed.ORDER} --otlp")
