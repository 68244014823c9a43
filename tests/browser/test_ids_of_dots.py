"""Things whose id is `..`, which an address takes for a step up, have pages like all others."""

from __future__ import annotations

import json
import re

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import expect
from tests.api import odd_ids
from tests.browser.conftest import OpenPage, ServerWith

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOTS = ["..", "."]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server that was told a run, an orchestration, a conversation and a payment of each id."""
    return server_with(traces=[odd_ids.traces(DOTS)])


@pytest.mark.parametrize("dots", DOTS)
@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("runs", "runId"),
        ("orchestrations", "orchestrationId"),
        ("ai", "sessionId"),
        ("entities/payment", "id"),
    ],
)
def test_an_id_of_dots_has_a_page_and_its_json(
    server: SondeServer, open_page: OpenPage, path: str, key: str, dots: str
) -> None:
    page = open_page(f"{server.url}/#/{path}/{dots}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(rf"(^|\s){re.escape(dots)}\s*$"))
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Data").click()
    href = page.locator("a[href*='api/v1/']").first.evaluate("link => link.href")
    answer = page.request.get(href)
    assert json.loads(answer.text())[key] == dots
