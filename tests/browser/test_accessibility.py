"""Every page is checked by axe, in both themes: nothing serious is wrong for people who cannot see it."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.browser import seed
from tests.browser.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = {
    "home": "/",
    "traces": "/traces",
    "spans": "/traces?show=spans",
    "a search that does not parse": "/traces?q=status%3A%28",
    "logs": "/logs",
    "errors": "/errors",
    "statements": "/statements",
    "runs": "/runs",
    "a run that is not there": "/runs/nothing",
    "status": "/status",
    "waterfall": f"/traces/{seed.CHECKOUT}",
    "span": f"/traces/{seed.CHECKOUT}?span=0000000000000003",
    "flame graph": f"/traces/{seed.CHECKOUT}?view=flame",
    "operations": f"/traces/{seed.CHECKOUT}?view=operations",
    "a trace that is not there": f"/traces/{'ab' * 16}",
}


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical: the rule and the elements."""
    return [
        f"{each['id']}: {node['html'][:200]} {node['any'][:1]}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault(seeded: SondeServer, open_page: OpenPage, name: str) -> None:
    page = open_page(f"{seeded.url}/#{PAGES[name]}", expect_failed_requests=True)
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_load_state("networkidle")

    found: dict[str, list[str]] = {}
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        found[theme] = serious(page)
    assert found == {"light": [], "dark": []}


def test_dialogs_have_no_serious_fault(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/#/traces")
    expect(page.locator("main h1")).to_be_visible()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to")).to_be_focused()
    assert serious(page) == []


def test_a_first_visit_without_data_has_no_serious_fault(empty: SondeServer, open_page: OpenPage) -> None:
    page = open_page(empty.url + "/")
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert serious(page) == []
