"""The pages of pipelines: executions, one of them in true time, scripts compared."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.browser import pipeline_seed as seed
from tests.browser.conftest import OpenPage, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with some executions."""
    made = SondeServer(tmp_path_factory.mktemp("pipelines") / "data").start()
    send(made, "traces", seed.traces(time.time_ns()))
    yield made
    made.close()


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
    page = open_page(f"{server.url}/#/pipelines")
    page.get_by_role("link", name="Scripts").click()
    table = page.locator("table.scripts")
    row = table.get_by_role("row").filter(has_text="Rate Limit")
    expect(row).to_contain_text("100 %")
    expect(row.get_by_role("img", name=re.compile("ran 1 times, 0 failed, 1 blocked"))).to_be_visible()
    assert row.locator("rect.blocked").count() == 1
    table.get_by_role("button", name="Max").click()
    expect(table.locator("tbody tr").first).to_contain_text("Reputation")
    row.get_by_role("link", name="Rate Limit").click()
    expect(page).to_have_url(re.compile(f"pipelines/{seed.BLOCKED}"))


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
    page.goto(f"{server.url}/#/pipelines/..%2Fstatus")
    expect(page.get_by_role("alert")).to_contain_text("a trace id is 32 hexadecimal digits")


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
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        if width == 1280:
            violations = Axe().run(page).response["violations"]
            serious = [
                (each["id"], [node["html"][:200] for node in each["nodes"]])
                for each in violations
                if each["impact"] in ("serious", "critical")
            ]
            assert serious == [], address


def test_an_empty_server_says_how_to_begin(empty: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{empty.url}/#/pipelines")
    expect(page.get_by_text("No pipeline ran in this time.")).to_be_visible()
    expect(page.get_by_text("sonde.pipeline(")).to_be_visible()
