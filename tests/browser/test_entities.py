"""The pages of entities, used as people use them."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.browser import entity_seed
from tests.browser.conftest import OpenPage, ServerWith, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the seeded entities."""
    now = time.time_ns()
    return server_with(traces=[entity_seed.traces(now)], logs=[entity_seed.logs(now)])


def open_entity(
    open_page: OpenPage, server: SondeServer, kind: str = "payment", id: str = "pym_123", **how: object
) -> Page:
    page = open_page(f"{server.url}/#/entities/{quote(kind, safe='')}/{quote(id, safe='')}", **how)
    expect(page.locator(".entity-entry").first).to_be_visible(timeout=20_000)
    return page


def test_the_page_tells_what_happened_in_order(server: SondeServer, open_page: OpenPage) -> None:
    page = open_entity(open_page, server)
    entries = page.locator(".entity-entry")
    expect(entries).to_have_count(3)
    expect(entries.nth(0)).to_contain_text("GET /refund")
    expect(entries.nth(1)).to_contain_text("webhook.received")
    run = entries.nth(2)
    expect(run.get_by_role("link", name="billing run_bill")).to_be_visible()
    steps = run.locator(".entity-step")
    expect(steps).to_have_count(3)
    for number, text in enumerate(["card declined", "the bank said no", "attempt 2"]):
        expect(steps.nth(number)).to_contain_text(text)
    # Times count from where the run touched it first, as its head says.
    expect(steps.locator(".step-at")).to_have_text(["+1.00 s", "+1.50 s", "+5.00 s"])
    expect(page.locator(".run-facts")).to_contain_text("1 run")
    expect(page.get_by_role("region", name="Also touched by the same runs")).to_contain_text("inv_1")


def test_a_log_line_leads_to_what_its_run_touched(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/logs?q=%22the+bank+said+no%22&since=1h")
    page.locator("[data-row]").first.click()
    panel = page.get_by_role("complementary", name="The record")
    expect(panel.get_by_role("link", name="invoice inv_1")).to_be_visible()
    panel.get_by_role("link", name="payment pym_123").click()
    expect(page.locator(".entity-entry").first).to_be_visible()


def test_everything_that_is_shown_leads_on_and_back(server: SondeServer, open_page: OpenPage) -> None:
    page = open_entity(open_page, server)
    page.get_by_role("link", name="billing run_bill").last.click()
    expect(page.locator(".run-title")).to_contain_text("run_bill")
    page.get_by_role("region", name="Entities").get_by_role("link", name="pym_123").click()
    expect(page).to_have_url(re.compile("#/entities/payment/pym_123"))
    page.get_by_role("link", name=re.compile("card declined")).click()
    expect(page).to_have_url(re.compile(rf"#/traces/{entity_seed.TRACE}\?.*span=0000000000000002"))
    panel = page.get_by_role("complementary", name="Span")
    expect(panel.get_by_role("link", name=re.compile("Orchestration"))).to_have_attribute(
        "href", re.compile("#/orchestrations/orc_1")
    )
    panel.get_by_role("link", name="payment pym_123").click()
    expect(page).to_have_url(re.compile("#/entities/payment/pym_123"))
    page.get_by_role("link", name=re.compile("webhook.received")).click()
    record = page.get_by_role("complementary", name="The record")
    record.get_by_role("link", name="payment pym_123").click()
    expect(page.locator(".entity-entry")).to_have_count(3)
    page.locator(".entity-entry").nth(2).get_by_role("link", name="trace", exact=True).click()
    page.locator(".trace-facts").get_by_role("link", name="payment pym_123").click()
    expect(page).to_have_url(re.compile("#/entities/payment/pym_123"))


def test_an_id_is_found_from_anywhere(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/status")
    for typed, where in (("pym_123", "#/entities/payment/pym_123"), ("run_bill", "#/runs/run_bill")):
        page.keyboard.press("Control+k")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(where))
    page.keyboard.press("Control+k")
    page.keyboard.type("pym_1")
    expect(page.get_by_role("option", name="pym_123 Entity: payment")).to_be_visible()


def test_entities_are_searched_by_id_and_type_and_opened_by_keyboard(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/entities")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(6)
    page.keyboard.press("/")
    page.keyboard.type("pym_1")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=pym_1(&|$)"))
    page.get_by_label("Type").select_option("invoice")
    expect(page.get_by_text("No invoice has an id that is or begins with “pym_1”.")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".entity-entry")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(rows.first).to_be_visible()


def test_older_entries_come_when_they_are_wanted(server: SondeServer, open_page: OpenPage) -> None:
    page = open_entity(open_page, server, "customer", "cus_1")
    expect(page.locator(".entity-entry")).to_have_count(20)
    page.get_by_role("button", name="Older").click()
    expect(page.locator(".entity-entry")).to_have_count(entity_seed.MANY)
    expect(page.get_by_role("button", name="Older")).to_have_count(0)


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("payment", entity_seed.ODD),
        ("payment", entity_seed.LONG),
        (entity_seed.HOSTILE[:60], entity_seed.HOSTILE_ID),
    ],
)
def test_odd_and_hostile_ids_are_harmless(
    server: SondeServer, open_page: OpenPage, kind: str, id: str
) -> None:
    page = open_entity(open_page, server, kind, id)
    expect(page.locator(".entity-entry")).to_have_count(1)
    assert fits(page)
    page.goto(f"{server.url}/#/entities?q={quote(id, safe='')}")
    page.locator("[data-row] a").first.click()
    expect(page.locator(".entity-entry")).to_have_count(1)


def test_addresses_that_name_no_entity_lead_to_those_there_are(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/entities/payment")
    expect(page).to_have_url(re.compile("#/entities.*type=payment"))
    expect(page.locator("[data-row]").first).to_be_visible()


def test_unknown_and_empty_say_so_and_what_to_do(
    server: SondeServer, empty: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/entities/payment/pym_9", expect_failed_requests=True)
    expect(page.get_by_text("nothing is known of the payment pym_9.")).to_be_visible()
    page.get_by_role("link", name="All entities").click()
    expect(page.locator("[data-row]")).to_have_count(6)
    none = open_page(f"{empty.url}/#/entities")
    expect(none.get_by_text("No business object is known yet.")).to_be_visible()
    expect(none.get_by_text('sonde.entity("payment", "pym_1")')).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_fit_and_have_no_serious_fault(
    server: SondeServer, open_page: OpenPage, theme: str
) -> None:
    listed = open_page(f"{server.url}/#/entities", theme=theme)
    expect(listed.locator("[data-row]").first).to_be_visible()
    for page in (listed, open_entity(open_page, server, theme=theme)):
        found = [
            f"{each['id']}: {node['html']}"
            for each in Axe().run(page).response["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]
        assert found == []
        for width in (390, 1280, 2560):
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), width
            expect(page.locator("[data-row], .entity-entry").first).to_be_in_viewport()
