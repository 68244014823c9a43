"""The pages of pipelines: executions, one of them in true time, scripts compared."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.browser import pipeline_seed as seed
from tests.browser.conftest import OpenPage, ServerWith, fits, scrolled
from tests.browser.seed import RIGHT_TO_LEFT

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with some executions."""
    return server_with(traces=[seed.traces(time.time_ns())])


def rows(page: Page) -> Any:
    """The executions that are listed."""
    return page.locator(".execution-row")


def test_executions_are_found_by_trigger_status_user_and_address(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/pipelines")
    expect(rows(page)).to_have_count(4)
    expect(rows(page).first).to_contain_text("Rate Limit: 9 failed attempts")
    page.get_by_label("Status").select_option("blocked")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Status").select_option("running")
    expect(rows(page)).to_contain_text("usr_run")
    page.go_back()
    expect(rows(page)).to_contain_text("usr_mallory")
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("User").fill(seed.LONG_ID)
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("User").fill("")
    page.get_by_label("Trigger").fill("nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No execution of a pipeline is like this")).to_be_visible()
    page.get_by_role("button", name="Without the filters").click()
    expect(rows(page)).to_have_count(4)
    page.get_by_label("Address").fill("192.0.2.7")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile("ip=192.0.2.7"))


def test_the_keyboard_alone_goes_from_the_list_to_a_script_and_back(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/pipelines")
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("j")
    expect(rows(page).first.locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"pipelines/{seed.BLOCKED}"))
    expect(page.locator(".grid-script").first).to_be_visible()
    for _ in range(3):
        page.keyboard.press("j")
    panel = page.get_by_role("complementary", name="Script")
    expect(panel).to_contain_text("9 failed attempts")
    page.keyboard.press("k")
    expect(panel).to_contain_text("Reputation")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("Escape")
    expect(rows(page).first).to_be_visible()


def test_scripts_stand_in_layers_in_true_time(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/pipelines/{seed.BLOCKED}")
    expect(page.get_by_role("region", name=re.compile("^Layer"))).to_have_count(3)
    bars = {
        name: page.locator(".grid-script", has_text=name).locator(".script-bar").bounding_box()
        for name in ("Geo Blocker", "Reputation", "Rate Limit")
    }
    geo, reputation, limit = (bars[name] or {} for name in ("Geo Blocker", "Reputation", "Rate Limit"))
    assert geo["x"] < reputation["x"] < geo["x"] + geo["width"]
    assert limit["x"] > reputation["x"] + reputation["width"]
    assert geo["width"] == pytest.approx(2 * limit["width"], rel=0.05)


def test_who_blocked_it_and_what_each_script_changed(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/pipelines/{seed.BLOCKED}")
    ended = page.get_by_role("note")
    expect(ended).to_contain_text("Blocked by Rate Limit in layer 1: 9 failed attempts")
    ended.get_by_role("button", name="Rate Limit").click()
    panel = page.get_by_role("complementary", name="Script")
    expect(panel.get_by_role("list", name="What the script changed")).to_contain_text("attempts")
    page.locator(".grid-script", has_text="Geo Blocker").click()
    changed = panel.get_by_role("list", name="What the script changed").get_by_role("listitem")
    expect(changed).to_have_text([re.compile('country.*"unknown".*"CH"'), re.compile("signals.device.*d1")])
    whole = page.get_by_role("list", name="The result against the context").get_by_role("listitem")
    expect(whole).to_have_count(4)
    expect(whole.nth(2)).to_contain_text(re.compile("signals.reputation.*0.7.*Reputation"))
    page.reload()
    expect(panel).to_contain_text("Geo Blocker")


def test_scripts_are_compared_and_lead_to_their_newest_execution(
    server: SondeServer, open_page: OpenPage
) -> None:
    """Opened, a script leads to its newest execution."""
    page = open_page(f"{server.url}/#/pipelines")
    page.get_by_role("link", name="Scripts").click()
    table = page.locator("table.scripts")
    row = table.get_by_role("row").filter(has_text="Rate Limit")
    expect(row).to_contain_text("100 %")
    expect(row.get_by_role("img", name=re.compile("ran 1 times, 0 failed, 1 blocked"))).to_be_visible()
    assert row.locator("rect.blocked").count() == 1
    table.get_by_role("button", name="Max").click()
    expect(table.locator("tbody tr").first).to_contain_text("Reputation")
    row.get_by_role("button", name="Rate Limit").click()
    page.get_by_role("link", name="Its newest execution").click()
    expect(page).to_have_url(re.compile(f"pipelines/{seed.BLOCKED}"))


def test_a_script_tells_its_rates_over_time_to_the_keyboard_and_the_pointer(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/pipelines?show=scripts&trigger=before_signin")
    opener = page.get_by_role("button", name="Rate Limit")
    expect(opener).to_be_visible()
    for _ in range(4):
        page.keyboard.press("j")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    charts = page.get_by_role("group", name=re.compile("^Rate Limit over time"))
    chart = {name: charts.locator(".small-chart", has_text=name) for name in ("Ran", "Errors", "Blocked")}
    expect(chart["Blocked"]).to_contain_text("100 %")
    expect(chart["Blocked"]).to_contain_text(re.compile(r"at \d\d:\d\d"))
    expect(chart["Errors"]).to_contain_text("never")
    charts.focus()
    told = charts.locator("figcaption")
    page.keyboard.press("Home")
    expect(told).to_contain_text("nothing ran")
    page.keyboard.press("End")
    for _ in range(3):
        if "ran 1 time" in told.inner_text():
            break
        page.keyboard.press("ArrowLeft")
    expect(told).to_contain_text(re.compile(r"^\d{4}-.*ran 1 time.*0 failed.*1 blocked.*0 skipped.*p95 2"))
    expect(chart["Blocked"]).to_contain_text("1 of 1")
    page.keyboard.press("Escape")
    expect(told).to_contain_text("Point at one")
    chart["Ran"].locator(".plot").hover(position={"x": 5, "y": 20})
    expect(told).to_contain_text("nothing ran")
    page.reload()
    expect(charts).to_be_visible()
    charts.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"since=\d{13}"))


def test_the_same_script_of_two_services_is_told_apart(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/pipelines?show=scripts&trigger=before_signin")
    openers = page.get_by_role("button", name="Geo Blocker")
    expect(openers).to_have_text([re.compile("signin$"), re.compile("signin-eu$")])
    openers.last.click()
    expect(page.locator(".opened-script")).to_have_count(1)
    expect(openers.last).to_have_attribute("aria-expanded", "true")
    expect(openers.first).to_have_attribute("aria-expanded", "false")


def test_trace_and_execution_lead_to_each_other(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/pipelines/{seed.BLOCKED}")
    page.get_by_role("link", name="Trace", exact=True).click()
    expect(page).to_have_url(re.compile(f"traces/{seed.BLOCKED}"))
    page.locator(".trace-facts").get_by_role("link", name="before_signin").click()
    expect(page).to_have_url(re.compile(f"pipelines/{seed.BLOCKED}"))
    expect(page.locator(".grid-script")).to_have_count(4)
    page.locator(".trace-facts").get_by_role("link", name="usr_mallory").click()
    expect(rows(page)).to_have_count(1)


def test_what_is_not_there_is_said(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/pipelines/{'ab' * 16}", expect_failed_requests=True)
    expect(page.get_by_text("executions are kept 30 days")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280, 2560])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_data_stays_harmless_at_every_width(
    server: SondeServer, open_page: OpenPage, width: int, theme: str
) -> None:
    page = open_page(f"{server.url}/#/pipelines", width=width, theme=theme)
    expect(rows(page)).to_have_count(4)
    assert page.locator(".row-list .virtual").evaluate("element => element.clientHeight") > 200
    addresses = [
        "/pipelines?show=scripts",
        f"/pipelines/{seed.BLOCKED}?script=0000000000000004",
        f"/pipelines/{seed.HOSTILE_EXECUTION}?script=0000000000000002",
    ]
    for address in ["/pipelines", *addresses]:
        page.goto(f"{server.url}/#{address}")
        expect(page.locator(".execution-row, .scripts tbody tr, .grid-script").first).to_be_visible()
        if "show=scripts" in address:
            page.locator(".scripts .row-link").first.click()
            expect(page.locator(".small-chart")).to_have_count(5)
        page.wait_for_load_state("networkidle")
        assert fits(page), address
        if "show=scripts" in address:
            assert scrolled(page) == []
        if width == 1280:
            violations = Axe().run(page).response["violations"]
            serious = [
                (each["id"], [node["html"][:200] for node in each["nodes"]])
                for each in violations
                if each["impact"] in ("serious", "critical") or each["id"] == "heading-order"
            ]
            assert serious == [], address


def test_a_text_that_turns_the_direction_ends_with_its_quotes(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/pipelines/{seed.HOSTILE_EXECUTION}")
    before = page.get_by_role("list", name="The result against the context").locator("del code")
    expect(before.locator("bdi")).to_have_text(RIGHT_TO_LEFT)
    expect(before).to_have_text(f'"{RIGHT_TO_LEFT}"')
    expect(page.locator(".context-and-result bdi bdi", has_text=RIGHT_TO_LEFT)).to_be_visible()


def test_an_empty_server_says_how_to_begin(empty: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{empty.url}/#/pipelines")
    expect(page.get_by_text("No pipeline ran in this time.")).to_be_visible()
    expect(page.get_by_text("sonde.pipeline(")).to_be_visible()


@pytest.mark.parametrize("address", ["scripts", "abc", "..%2Fstatus", "%3Cimg%3E"])
def test_an_address_of_no_trace_says_so(server: SondeServer, open_page: OpenPage, address: str) -> None:
    page = open_page(f"{server.url}/#/pipelines/{address}")
    expect(page.get_by_role("main")).to_contain_text("a trace id is 32 hexadecimal digits")
    page.get_by_role("link", name="All executions").click()
    expect(page).to_have_url(re.compile(r"#/pipelines(\?|$)"))
