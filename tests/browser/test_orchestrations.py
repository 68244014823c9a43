"""The pages of orchestrations, used as people use them."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.browser import orchestration_seed as seed
from tests.browser.conftest import OpenPage, ServerWith, fits, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the seeded orchestrations."""
    now = time.time_ns()
    return server_with(traces=[seed.traces(now)], logs=[seed.logs(now)])


def open_list(open_page: OpenPage, server: SondeServer, query: str = "", **how: object) -> Page:
    page = open_page(f"{server.url}/#/orchestrations{query}", **how)
    expect(page.locator("[data-row]").first).to_be_visible(timeout=20_000)
    return page


def open_one(
    open_page: OpenPage, server: SondeServer, id: str = "orc_1", query: str = "", **how: object
) -> Page:
    page = open_page(f"{server.url}/#/orchestrations/{quote(id, safe='')}{query}", **how)
    expect(page.locator(".orchestration-facts")).to_be_visible(timeout=20_000)
    return page


def test_they_are_listed_and_filtered_and_going_back_takes_a_filter_away(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_list(open_page, server)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(5)
    first = page.locator('[data-row="orc_1"]')
    expect(first.locator(".state")).to_have_text("violated")
    expect(first.locator(".phase")).to_have_text("done")
    expect(first.locator(".broken")).to_contain_text("1")
    expect(page.locator('[data-row="orc_now"] .state')).to_have_text("running")

    page.get_by_label("Status").select_option("violated")
    expect(rows).to_have_count(1)
    expect(first).to_be_visible()
    page.get_by_label("Status").select_option("error")
    expect(rows).to_have_count(1)
    expect(first).to_have_count(0)
    page.go_back()
    page.go_back()
    expect(rows).to_have_count(5)
    page.get_by_label("Component").fill("daemon")
    page.get_by_label("Component").press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_label("With violations").check()
    expect(page).to_have_url(re.compile("component=daemon&violations=1"))
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(5)


def test_the_palette_leads_to_the_list_and_the_keyboard_to_one_and_back(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/status")
    page.keyboard.press("Control+k")
    page.get_by_label("Go to", exact=True).fill("orchestr")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/orchestrations"))
    page.get_by_label("Component").fill("daemon")
    page.get_by_label("Component").press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_label("Component").press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/orchestrations/orc_1"))
    expect(page.locator(".orchestration-facts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"#/orchestrations(\?|$)"))


def test_one_shows_phases_lanes_bars_marks_and_events_with_their_reasons(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_one(open_page, server)
    timeline = page.get_by_role("region", name="Phases and components in true time")
    expect(timeline.locator(".phase-band")).to_have_text(["plan", "build", "done"])
    daemon = timeline.get_by_role("region", name="daemon")
    expect(daemon.locator(".span-bar")).to_have_count(2)
    expect(daemon.locator(".lane-mark.skipped")).to_have_count(1)
    tops = [bar.evaluate("each => parseFloat(each.style.top)") for bar in daemon.locator(".span-bar").all()]
    assert tops[0] < tops[1]
    expect(timeline.locator(".span-bar.error")).to_have_count(1)
    build = page.get_by_role("region", name="Events of build")
    expect(build.locator(".phase-event").filter(has_text="projection.skip")).to_contain_text(
        "because unchanged"
    )
    expect(build.locator(".phase-event").filter(has_text="state.transition")).to_contain_text("plan → build")
    expect(build.locator(".phase-event.error")).to_contain_text("the compiler was killed")

    build.get_by_role("button", name="build").click()
    expect(build.locator(".phase-event")).to_have_count(0)
    expect(page).to_have_url(re.compile("closed=2"))
    daemon.locator(".lane-mark.skipped").click()
    expect(build.locator(".phase-event.chosen")).to_contain_text("unchanged")
    daemon.get_by_role("button", name="Close daemon").click()
    expect(daemon.locator(".span-bar")).to_have_count(0)
    page.reload()
    expect(
        page.get_by_role("region", name="daemon").get_by_role("button", name="Open daemon")
    ).to_be_visible()


def test_its_runs_and_entities_are_a_step_away(server: SondeServer, open_page: OpenPage) -> None:
    page = open_one(open_page, server)
    chips = page.locator(".orchestration-facts .chip.about")
    expect(chips).to_have_text(["run run_sync", "task task_1"])
    page.get_by_role("button", name="Show 6 more links").click()
    expect(chips).to_have_count(8)
    chips.filter(has_text="task_7").click()
    expect(page).to_have_url(re.compile("#/entities/task/task_7"))
    page.locator(".chip.about", has_text="orc_1").click()
    expect(page).to_have_url(re.compile("#/orchestrations/orc_1"))


def test_a_phase_and_a_component_are_looked_at_alone(server: SondeServer, open_page: OpenPage) -> None:
    page = open_one(open_page, server)
    page.locator(".phase-band", has_text="build").click()
    expect(page).to_have_url(re.compile("phase=build"))
    expect(page.locator(".span-bar")).to_have_count(4)
    expect(page.locator(".phase-events")).to_have_count(1)
    page.get_by_role("button", name="daemon", exact=True).click()
    expect(page.locator(".span-bar")).to_have_count(2)
    page.get_by_role("button", name="All of it").click()
    expect(page.locator(".span-bar")).to_have_count(5)


def test_a_violation_leads_to_both_traces_and_a_span_to_its_trace_and_back(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_one(open_page, server)
    violations = page.get_by_role("region", name="Violations")
    expect(violations).to_contain_text("copies are the board")
    expect(violations).to_contain_text("task_2 is done here, doing there")
    expect(violations.get_by_role("link")).to_have_count(2)
    hrefs = [link.get_attribute("href") or "" for link in violations.get_by_role("link").all()]
    assert [re.findall("[0-9a-f]{32}", href) for href in hrefs] == [[seed.FIRST_TRACE], [seed.SECOND_TRACE]]
    page.locator(".span-bar", has_text="sync_all").click()
    expect(page).to_have_url(re.compile(rf"#/traces/{seed.SECOND_TRACE}\?.*span={4:016x}"))
    page.locator(".trace-facts").get_by_role("link", name="orc_1").click()
    expect(page).to_have_url(re.compile("#/orchestrations/orc_1"))
    page.go_back()
    panel = page.get_by_role("complementary", name="Span")
    panel.get_by_role("link", name=re.compile("Orchestration")).first.click()
    expect(page).to_have_url(re.compile("#/orchestrations/orc_1"))


def test_one_that_runs_shows_what_comes(server: SondeServer, open_page: OpenPage) -> None:
    page = open_one(open_page, server, "orc_now")
    expect(page.locator(".orchestration-facts")).to_contain_text("running")
    expect(page.locator(".phase-band")).to_have_count(1)
    send(server, "logs", seed.turn(time.time_ns()))
    expect(page.locator(".phase-band")).to_have_text(["plan", "build"], timeout=20_000)
    expect(page.get_by_role("region", name="Events of build")).to_contain_text("plan → build")


def test_a_large_one_says_that_it_is_told_in_part(server: SondeServer, open_page: OpenPage) -> None:
    page = open_one(open_page, server, "orc_many")
    expect(page.get_by_role("note")).to_contain_text(f"1000 of {seed.MANY} spans")
    page.get_by_role("button", name="Up to 10,000").click()
    expect(page.get_by_role("note")).to_have_count(0)


def test_odd_and_hostile_ids_are_harmless(server: SondeServer, open_page: OpenPage) -> None:
    page = open_list(open_page, server)
    page.get_by_role("link", name=re.compile("2026 01")).click()
    expect(page.locator(".trace-title")).to_contain_text(seed.ODD)
    hostile = open_one(open_page, server, seed.HOSTILE_ID)
    expect(hostile.locator(".phase-event")).to_have_count(1)
    assert fits(hostile)


def test_an_unknown_one_says_what_may_be_and_an_empty_list_how_to_make_one(
    server: SondeServer, empty: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/orchestrations/orc_9", expect_failed_requests=True)
    expect(page.get_by_text("no orchestration orc_9 is stored.")).to_be_visible()
    expect(page.get_by_text("kept for 7 days")).to_be_visible()
    page.get_by_role("link", name="All orchestrations").click()
    expect(page.locator("[data-row]")).to_have_count(5)
    none = open_page(f"{empty.url}/#/orchestrations")
    expect(none.get_by_text("No orchestration ran in this time.")).to_be_visible()
    expect(none.get_by_text("with sonde.orchestration(")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_fit_and_have_no_serious_fault(
    server: SondeServer, open_page: OpenPage, theme: str
) -> None:
    for page in (open_list(open_page, server, theme=theme), open_one(open_page, server, theme=theme)):
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
            expect(page.locator("[data-row], .phase-band").first).to_be_in_viewport()
