"""The pages of runs, used as people use them."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.browser import run_seed
from tests.browser.conftest import OpenPage, ServerWith, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the seeded runs."""
    now = time.time_ns()
    return server_with(traces=[run_seed.traces(now)], logs=[run_seed.logs(now)])


def open_list(open_page: OpenPage, server: SondeServer, query: str = "", **how: object) -> Page:
    page = open_page(f"{server.url}/#/runs{query}", **how)
    expect(page.locator("[data-row]").first).to_be_visible(timeout=20_000)
    return page


def open_run(open_page: OpenPage, server: SondeServer, run_id: str = "run_retried", **how: object) -> Page:
    page = open_page(f"{server.url}/#/runs/{quote(run_id, safe='')}", **how)
    expect(page.locator(".run-facts")).to_be_visible(timeout=20_000)
    return page


def test_runs_are_listed_and_filtered_and_going_back_takes_a_filter_away(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_list(open_page, server)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(5)
    retried = page.locator('[data-row="run_retried"]')
    expect(retried.locator(".attempts")).to_contain_text("2")
    expect(retried.locator(".state")).to_have_text("success")
    expect(retried.locator(".entities")).to_have_text("payment 2")
    expect(page.locator('[data-row="run_now"] .state')).to_have_text("running")

    page.get_by_label("Status").select_option("error")
    expect(rows).to_have_count(1)
    page.go_back()
    expect(rows).to_have_count(5)
    page.get_by_label("Job").fill("billing")
    page.get_by_label("Job").press("Enter")
    expect(rows).to_have_count(3)
    page.get_by_label("Longer than").select_option("10000")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("job=billing&longer=10000"))
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(5)


def test_where_a_status_left_nothing_those_that_there_are_are_offered(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/runs?status=blocked&job=restock")
    expect(page.get_by_text("No run is like this")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="With the status success").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("job=restock.*status=success|status=success.*job=restock"))


def test_a_run_is_opened_by_keyboard_and_left_by_it(server: SondeServer, open_page: OpenPage) -> None:
    page = open_list(open_page, server, "?job=billing")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/runs/run_retried"))
    expect(page.locator(".run-facts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"#/runs(\?|$)"))


def test_the_focus_is_at_a_row_before_the_next_key_comes(server: SondeServer, open_page: OpenPage) -> None:
    page = open_list(open_page, server, "?job=billing")
    focused = page.evaluate("""async () => {
        for (const key of ["j", "j"]) {
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            for (let turn = 0; turn < 10; turn += 1) await null;
        }
        return document.activeElement.closest("[data-row]")?.dataset.row;
    }""")
    assert focused == "run_retried"


def test_a_run_shows_attempts_parts_operations_entities_and_logs(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_run(open_page, server)
    bands = page.get_by_role("region", name="Attempts and parts in true time")
    expect(bands.locator("a.band-row")).to_have_count(3)
    expect(bands).to_contain_text("timeout: bank.example")
    expect(bands.get_by_role("link", name=re.compile("charge pym_3"))).to_contain_text("card declined")
    lefts = [
        float(band.evaluate("each => each.style.left").rstrip("%"))
        for band in bands.locator(".band-bar").all()
    ]
    assert lefts[0] == 0 < lefts[1] < lefts[2]
    operations = page.get_by_role("region", name="Operations")
    expect(operations.locator("tr").filter(has_text="bank.charge")).to_contain_text("900 ms")
    expect(page.get_by_role("region", name="Entities")).to_contain_text("pym_2")
    lines = page.get_by_role("region", name="Newest logs and events").locator(".run-logs").get_by_role("link")
    expect(lines.first).to_contain_text("ERROR bank.refused the bank said no")
    assert (lines.first.bounding_box() or {})["height"] == (lines.last.bounding_box() or {})["height"] < 30
    line = lines.last
    expect(line).to_contain_text("the bank is slow today")
    expect(line).to_have_attribute("href", re.compile("#/logs.*log="))
    expect(page.get_by_role("link", name="In the job system")).to_have_attribute(
        "href", "https://jobs.example/run_retried"
    )
    page.get_by_role("link", name="last good run").click()
    expect(page.locator(".run-title")).to_contain_text("run_good")
    expect(page.locator(".run-facts")).to_contain_text("no good run of this job before it")


@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_no_label_of_the_time_axis_is_cut(server: SondeServer, open_page: OpenPage, width: int) -> None:
    page = open_run(open_page, server, "run_good", width=width)
    axis = page.locator(".tick-marks")
    box = axis.bounding_box() or {}
    expect(axis.locator("i").first).to_be_visible()
    for label in axis.locator("i").all():
        own = label.bounding_box() or {}
        assert box["x"] - 1 <= own["x"]
        assert own["x"] + own["width"] <= box["x"] + box["width"] + 1


def test_a_run_and_its_trace_lead_to_each_other(server: SondeServer, open_page: OpenPage) -> None:
    page = open_run(open_page, server)
    page.locator("a.band-row").nth(1).click()
    expect(page).to_have_url(re.compile(rf"#/traces/{run_seed.RETRIED_TRACE}\?.*span=0000000000000004"))
    page.locator(".trace-facts").get_by_role("link", name="billing run_retried").click()
    expect(page).to_have_url(re.compile("#/runs/run_retried"))
    page.go_back()
    panel = page.get_by_role("complementary", name="Span")
    panel.get_by_role("link", name=re.compile("Run of billing")).click()
    expect(page).to_have_url(re.compile("#/runs/run_retried"))


def test_odd_and_hostile_ids_are_harmless(server: SondeServer, open_page: OpenPage) -> None:
    page = open_list(open_page, server)
    page.get_by_role("link", name=re.compile("restock")).click()
    expect(page.locator(".run-title")).to_contain_text(run_seed.ODD)
    hostile = open_run(open_page, server, run_seed.HOSTILE_ID)
    expect(hostile.get_by_role("link", name="In the job system")).to_have_count(0)
    assert fits(hostile)


def test_an_unknown_run_says_what_may_be(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/runs/run_9", expect_failed_requests=True)
    expect(page.get_by_text("no run run_9 is stored.")).to_be_visible()
    expect(page.get_by_text("kept for 14 days")).to_be_visible()
    page.get_by_role("link", name="All runs").click()
    expect(page.locator("[data-row]")).to_have_count(5)


def test_without_runs_the_page_says_how_to_make_one(empty: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{empty.url}/#/runs")
    expect(page.get_by_text("No job ran in this time.")).to_be_visible()
    expect(page.get_by_text("with sonde.run(job_id")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_fit_and_have_no_serious_fault(
    server: SondeServer, open_page: OpenPage, theme: str
) -> None:
    for page in (open_list(open_page, server, theme=theme), open_run(open_page, server, theme=theme)):
        found = [
            f"{each['id']}: {node['html']}"
            for each in Axe().run(page).response["violations"]
            if each["impact"] in ("serious", "critical") or each["id"] == "heading-order"
            for node in each["nodes"]
        ]
        assert found == []
        for width in (390, 1280, 2560):
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), width
            expect(page.locator("[data-row], a.band-row").first).to_be_in_viewport()
