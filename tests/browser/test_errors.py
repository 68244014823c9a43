"""The page of errors, used as people use it."""

from __future__ import annotations

import re
import time

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser import home_seed, seed
from tests.browser.conftest import OpenPage, ServerWith, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with two hours of a shop, and what is hostile."""
    now = time.time_ns()
    return server_with(traces=[home_seed.shop(now), seed.traces(now)], logs=[seed.logs(now)])


def open_errors(open_page: OpenPage, server: SondeServer, query: str = "", **how: object) -> Page:
    page = open_page(f"{server.url}/#/errors{query}", **how)
    expect(page.locator(".group-list tbody tr").first).to_be_attached()
    return page


def group(page: Page, text: str) -> Locator:
    return page.locator(".group-list tbody tr").filter(has_text=text)


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="The opened group")


def test_failures_that_are_alike_are_one_group(server: SondeServer, open_page: OpenPage) -> None:
    page = open_errors(open_page, server)

    refused = group(page, "BalanceTooLow")
    expect(refused).to_have_count(1)
    expect(refused.locator("td.number").nth(0)).to_have_text("3")
    expect(refused).to_contain_text("POST /entries")
    expect(refused.locator(".chip")).to_have_text("new")
    expect(group(page, "cannot reserve item")).to_have_count(1)
    expect(group(page, "cannot reserve item").locator("td.number").nth(0)).to_have_text("15")
    expect(page.locator(".histogram")).to_be_visible()


def test_an_opened_group_shows_where_since_when_and_its_stack_trace(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_errors(open_page, server)

    group(page, "BalanceTooLow").get_by_role("link").first.click()

    expect(page).to_have_url(re.compile("group="))
    opened = panel(page)
    expect(opened.get_by_role("heading").first).to_contain_text("shop.ledger.BalanceTooLow")
    expect(opened).to_contain_text("3× in 3 traces")
    expect(opened.get_by_role("article")).to_contain_text("/app/ledger/post.py")
    expect(opened.get_by_role("link", name="POST /entries")).to_have_attribute(
        "href", re.compile(r"component%3Aledger\+operation%3A%22POST\+%2Fentries%22")
    )
    page.reload()
    expect(opened).to_contain_text("3× in 3 traces")

    opened.locator(".group-ways .button").first.click()
    expect(page).to_have_url(
        re.compile(rf"#/traces/{home_seed.REFUSED_TRACE}.*span={home_seed.REFUSED_SPAN}")
    )
    page.go_back()
    expect(opened).to_be_visible()


def test_all_traces_of_a_group_are_found(server: SondeServer, open_page: OpenPage) -> None:
    page = open_errors(open_page, server)
    group(page, "BalanceTooLow").get_by_role("link").first.click()

    panel(page).get_by_role("link", name="All traces with it").click()

    expect(page.locator("[data-row]")).to_have_count(3)


def test_escape_closes_a_group_and_going_back_leaves_those_looked_at(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_errors(open_page, server)
    group(page, "BalanceTooLow").get_by_role("link").first.click()
    group(page, "cannot reserve item").get_by_role("link").first.click()
    expect(panel(page)).to_contain_text("cannot reserve item")

    page.go_back()
    expect(panel(page)).to_have_count(0)
    page.go_forward()
    expect(panel(page)).to_contain_text("cannot reserve item")
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("group="))


def test_groups_are_opened_by_keys(server: SondeServer, open_page: OpenPage) -> None:
    page = open_errors(open_page, server)

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")

    first = page.locator(".group-list tbody tr").first
    expect(first).to_have_class(re.compile("current"))
    expect(panel(page)).to_be_visible()


def test_a_search_narrows_the_groups_and_one_that_does_not_parse_is_told(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_errors(open_page, server, "")

    page.keyboard.press("/")
    page.keyboard.type("service:ledger")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(re.compile("q=service%3Aledger"))
    expect(group(page, "BalanceTooLow")).to_be_visible()
    expect(group(page, "cannot reserve item")).to_have_count(0)

    page.go_back()
    expect(group(page, "cannot reserve item")).to_be_visible()


def test_a_search_that_does_not_parse_is_told_below_the_box(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/errors?q=duration%3A%3E", expect_failed_requests=True)

    expect(page.locator(".search-error")).to_be_visible()
    expect(page.locator(".notice.problem")).to_have_count(0)


def test_where_nothing_failed_longer_times_are_offered(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/errors?q=service%3Asearch")

    expect(page.get_by_text("No failure matches.")).to_be_visible()
    page.get_by_role("button", name="Without the search").click()
    expect(group(page, "BalanceTooLow")).to_be_visible()


def test_a_group_of_another_time_is_told(server: SondeServer, open_page: OpenPage) -> None:
    page = open_errors(open_page, server, "?group=0000")

    expect(panel(page)).to_contain_text("no failure in this time")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_errors_fit_any_width(server: SondeServer, open_page: OpenPage, width: int, theme: str) -> None:
    page = open_errors(open_page, server, width=width, theme=theme)
    assert fits(page)

    group(page, "window.harmed").get_by_role("link").first.click()
    expect(panel(page)).to_contain_text("window.harmed='script'")
    assert fits(page)
    if width == 390:
        expect(page.locator(".group-list")).to_be_hidden()
        panel(page).get_by_role("button", name="Close the group").click()
        expect(page.locator(".group-list")).to_be_visible()
