"""The page of database statements, used as people use it."""

from __future__ import annotations

import re
import time

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser import home_seed
from tests.browser.conftest import OpenPage, ServerWith, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with two hours of a shop, and what is hostile."""
    now = time.time_ns()
    return server_with(traces=[home_seed.shop(now)])


def statement(page: Page, text: str) -> Locator:
    return page.locator(".statements tbody tr").filter(has_text=text).first


def test_statements_are_listed_by_the_time_they_took(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/statements")

    select = statement(page, "SELECT o.id")
    expect(select).to_contain_text("postgresql")
    expect(select.locator("[data-name=Count]")).to_have_text("11")
    expect(select.locator("[data-name=Max]")).to_have_text("900 ms")
    expect(select.locator("[data-name=Time]")).to_contain_text("%")
    expect(statement(page, "UPDATE").locator("[data-name=Errors]")).to_have_text("1")
    expect(page.locator(".statements tbody tr").first).to_contain_text("SELECT o.id")
    page.get_by_role("button", name="Errors", exact=True).click()
    expect(page.locator(".statements tbody tr").first).to_contain_text("UPDATE")
    expect(page).to_have_url(re.compile("sort=-errors"))


def test_an_opened_statement_is_laid_out_and_leads_to_its_slowest_trace(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{server.url}/#/statements")
    expect(statement(page, "SELECT o.id")).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("Enter")

    lines = page.locator(".opened .sql .line")
    expect(lines.first).to_contain_text("SELECT o.id, o.total, c.name")
    expect(lines.nth(1)).to_contain_text("FROM orders o")
    expect(page.get_by_role("button", name="As sent")).to_have_count(0)
    page.reload()
    page.get_by_role("link", name="The slowest, 900 ms").click()
    expect(page).to_have_url(
        re.compile(rf"#/traces/{home_seed.SLOWEST_TRACE}.*span={home_seed.SLOWEST_SPAN}")
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_statements_fit_any_width(server: SondeServer, open_page: OpenPage, width: int, theme: str) -> None:
    page = open_page(f"{server.url}/#/statements", width=width, theme=theme)

    statement(page, "window.harmed").get_by_role("button").click()

    expect(page.locator(".opened")).to_contain_text("window.harmed")
    assert fits(page)


def test_without_statements_the_page_says_where_they_come_from(
    empty: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(f"{empty.url}/#/statements")

    expect(page.get_by_text("No statement went to a database in this time.")).to_be_visible()
    expect(page.get_by_role("button", name="Last 24 hours")).to_be_visible()
