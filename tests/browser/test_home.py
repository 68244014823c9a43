"""The home page, used as people use it."""

from __future__ import annotations

import re
import subprocess
import time

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser import home_seed, seed
from tests.browser.conftest import OpenPage, ServerWith, fits, scrolled, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with two hours of a shop, and what is hostile."""
    now = time.time_ns()
    return server_with(traces=[home_seed.shop(now), seed.traces(now)])


def open_home(open_page: OpenPage, server: SondeServer, query: str = "", **how: object) -> Page:
    page = open_page(f"{server.url}/#/{query}", **how)
    expect(page.locator(".components tbody tr").first).to_be_visible()
    return page


def row(page: Page, component: str) -> Locator:
    return page.locator(".components tbody tr").filter(has_text=re.compile(rf"^\s*{component}"))


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_each_component_has_its_rate_errors_and_latency_against_the_time_before(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_home(open_page, server)

    shop = row(page, "shop")
    expect(shop.locator("[data-name=Rate]")).to_contain_text("↑ 2.2×")
    expect(shop.locator("[data-name=Errors]")).to_contain_text("5.8 %")
    expect(shop.locator("[data-name=Errors] .change")).to_have_class(re.compile("worse"))
    expect(shop.locator("[data-name=p95] .change")).to_contain_text(re.compile(r"↑ 9\.\d×"))
    expect(shop.locator("svg.sparkline")).to_have_count(3)
    expect(row(page, "search").locator("[data-name=Rate] .change")).to_have_text("–")
    # What an arrow says is said in words too.
    expect(shop.locator("[data-name=Rate] .visually-hidden")).to_contain_text("up 2.2×")


def test_everything_together_is_at_the_top_with_a_chart_to_choose_a_range_from(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_home(open_page, server)
    totals = page.get_by_role("region", name="Everything together")

    expect(totals.locator(".figure").nth(0)).to_contain_text(re.compile(r"/min|/s"))
    expect(totals.locator(".figure").nth(1)).to_contain_text("%")
    expect(totals.locator(".figure").nth(2)).to_contain_text("ms")
    box = totals.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 30, steps=4)
    page.mouse.up()

    expect(page).to_have_url(re.compile(r"since=\d{13}&until=\d{13}"))
    expect(page.get_by_label("Refresh every")).to_have_value("0")
    page.go_back()
    expect(page).not_to_have_url(re.compile("until="))


def test_a_component_leads_to_its_traces_and_back_comes_back(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_home(open_page, server)

    row(page, "ledger").get_by_role("link", name="ledger").click()
    expect(page).to_have_url(re.compile(r"#/traces\?q=component%3Aledger"))

    page.go_back()
    expect(page.locator(".components")).to_be_visible()
    row(page, "shop").locator("[data-name=Errors] a").click()
    expect(page).to_have_url(re.compile(r"component%3Ashop\+status%3Aerror"))


def test_what_changed_is_said_in_words(server: SondeServer, open_page: OpenPage) -> None:
    page = open_home(open_page, server)
    changes = card(page, "What changed").get_by_role("listitem")

    expect(changes.filter(has_text="search")).to_contain_text("40 spans, none before")
    expect(changes.filter(has_text="mailer")).to_contain_text("none now, 30 spans before")
    expect(changes.filter(has_text="POST /orders").filter(has_text="slower")).to_contain_text("10× longer")
    expect(changes.filter(has_text="POST /orders").filter(has_text="errors")).to_contain_text(
        "25 % fail, 0 % before"
    )

    # What is gone is looked for where it was.
    changes.filter(has_text="mailer").get_by_role("link").click()
    expect(page.locator("[data-row]").first).to_contain_text("send")


def test_the_slowest_operations_lead_to_the_traces_that_took_so_long(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_home(open_page, server)

    slow = card(page, "Slowest operations").get_by_role("listitem").filter(has_text="POST /orders")
    expect(slow).to_contain_text("↑ 10×")
    slow.get_by_role("link").click()

    expect(page).to_have_url(re.compile(r"operation%3A%22POST\+%2Forders%22.+duration"))
    expect(page.locator("[data-row]").first).to_contain_text("POST /orders")


def test_the_newest_errors_lead_to_their_group_and_to_a_trace(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_home(open_page, server)
    refused = card(page, "Newest errors").get_by_role("listitem").filter(has_text="BalanceTooLow")

    expect(refused).to_contain_text("3×")
    expect(refused.locator(".chip")).to_have_text("new")
    refused.get_by_role("link", name="The newest trace with it").click()
    expect(page).to_have_url(
        re.compile(rf"#/traces/{home_seed.REFUSED_TRACE}.*span={home_seed.REFUSED_SPAN}")
    )

    page.go_back()
    refused.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"#/errors\?.*group="))
    expect(page.get_by_role("complementary", name="The opened group")).to_contain_text("BalanceTooLow")


def test_failed_traces_and_ingest_are_told(server: SondeServer, open_page: OpenPage) -> None:
    page = open_home(open_page, server)

    expect(card(page, "Newest failed traces").get_by_role("listitem").first).to_contain_text("error")
    ingest = card(page, "Ingest")
    expect(ingest).to_contain_text("Refused0")
    ingest.get_by_role("link", name="Status: Ingest").click()
    expect(page).to_have_url(re.compile("#/status"))


def test_columns_sort_and_the_address_keeps_it(server: SondeServer, open_page: OpenPage) -> None:
    page = open_home(open_page, server)
    names = page.locator(".components tbody .main-cell")
    expect(names.first).to_have_text("shop")

    page.get_by_role("button", name="Component").click()
    expect(page).to_have_url(re.compile("sort=name"))
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Component")
    sorted_names = [text.lower() for text in names.all_inner_texts()]
    assert sorted_names == sorted(sorted_names) or sorted_names[0].startswith("<img")
    page.reload()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Component")


def test_the_keyboard_goes_from_row_to_row_and_opens_one(server: SondeServer, open_page: OpenPage) -> None:
    page = open_home(open_page, server)

    page.keyboard.press("j")
    expect(row(page, "shop").get_by_role("link", name="shop")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"component%3Ashop"))


def test_it_refreshes_by_itself_until_it_is_told_not_to(server: SondeServer, open_page: OpenPage) -> None:
    page = open_home(open_page, server)
    every = page.get_by_label("Refresh every")
    expect(every).to_have_value("10")

    every.select_option("2")
    with page.expect_request(re.compile("api/v1/overview"), timeout=5_000):
        pass
    every.select_option("0")
    expect(page).to_have_url(re.compile("every=0"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_500)
    assert [url for url in asked if "api/v1/overview" in url] == []

    page.get_by_role("link", name="Traces", exact=True).click()
    expect(page.get_by_label("Refresh every")).to_have_value("0")


def test_rows_stay_where_they_are_while_it_refreshes(server: SondeServer, open_page: OpenPage) -> None:
    page = open_home(open_page, server, "?every=2")
    names = page.locator(".components tbody .main-cell")
    before = names.all_inner_texts()
    assert before[-1] != "ledger"

    now = time.time_ns()
    busy = [seed.span(f"{0x7700 + n:032x}", "01" * 8, "", "burst", now - 10**9, 1) for n in range(900)]
    send(server, "traces", {"resourceSpans": [seed.of_service("burst", *busy)]})

    expect(names.filter(has_text="burst")).to_be_visible()
    assert names.all_inner_texts()[: len(before)] == before
    page.get_by_role("button", name="Component").click()
    page.get_by_role("button", name="Rate").click()
    expect(names.first).to_have_text("burst")


def test_a_server_without_data_says_how_to_send_some_and_shows_what_comes(
    open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = SondeServer(tmp_path_factory.mktemp("first") / "data").start()
    try:
        page = open_page(server.url + "/", expect_failed_requests=True)
        expect(page.get_by_role("heading", name="Nothing has arrived yet")).to_be_visible()
        assert (page.locator(".welcome .pulse").bounding_box() or {})["width"] == 8
        for told in (
            f"OTEL_EXPORTER_OTLP_ENDPOINT={server.url} ",
            f'endpoint="{server.url}"',
            "sonde generate",
        ):
            expect(page.locator(".snippet pre").filter(has_text=told)).to_be_visible()
        curl = page.locator(".snippet pre").filter(has_text="curl").inner_text()

        subprocess.run(["sh", "-c", curl], check=True, timeout=30, capture_output=True)

        expect(row(page, "my-app")).to_be_visible()
        expect(card(page, "What changed")).to_contain_text("Nothing to compare with yet")
        expect(page.get_by_label("Refresh every")).to_have_value("10")
    finally:
        server.close()


def test_where_only_older_data_is_the_page_leads_to_it(server: SondeServer, open_page: OpenPage) -> None:
    hour = 3_600_000
    at = int(time.time() * 1000) - 500 * hour
    page = open_page(f"{server.url}/#/?since={at}&until={at + hour}")

    page.get_by_role("button", name="Show the last").click()

    expect(page.locator(".components tbody tr").first).to_be_visible()


def test_the_lines_to_copy_are_copied(empty: SondeServer, open_page: OpenPage) -> None:
    page = open_page(empty.url + "/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Copy: Made-up traffic").click()

    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"sonde generate --count 500 --url {empty.url}"


def test_a_failing_answer_is_told_and_asked_for_again(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(server.url + "/#/?every=0", expect_failed_requests=True)
    expect(page.locator(".components")).to_be_visible()
    body = (
        '{"error": {"code": "query_timeout", "message": "The query took too long.", "hint": "Use `since`."}}'
    )
    page.route("**/api/v1/overview*", lambda route: route.fulfill(status=504, body=body))

    page.keyboard.press("r")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("The query took too long.")
    expect(problem.locator("code")).to_have_text("since")
    # What was there stays.
    expect(page.locator(".components")).to_be_visible()

    page.unroute("**/api/v1/overview*")
    problem.get_by_role("button", name="Try again").click()
    expect(problem).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_nothing_stands_over_the_edge(
    server: SondeServer, open_page: OpenPage, width: int, theme: str
) -> None:
    page = open_home(open_page, server, width=width, theme=theme)
    expect(card(page, "Newest failed traces").get_by_role("listitem").first).to_be_visible()

    assert fits(page)
    if width == 390:
        assert scrolled(page) == []
    expect(row(page, "<img").get_by_role("link").first).to_be_visible()


def test_the_overview_is_asked_for_first_and_not_held_up_by_the_rest(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(server.url + "/#/status", expect_failed_requests=True)
    expect(page.get_by_role("heading", name="Storage")).to_be_visible()
    page.route("**/api/v1/status*", lambda route: None)
    page.route("**/api/v1/traces*", lambda route: None)

    page.keyboard.press("g")
    page.keyboard.press("h")

    expect(row(page, "shop")).to_be_visible()
    expect(card(page, "Slowest operations").get_by_role("listitem").first).to_be_visible()
