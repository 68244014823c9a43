"""The page at `/`, as a person meets it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import httpx
import pytest
from bench.server_process import SondeServer
from playwright.sync_api import expect
from tests.browser import seed
from tests.browser.conftest import OpenPage, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def trace_url(server: SondeServer, trace_id: str) -> str:
    return f"{server.url}/#/traces/{trace_id}"


def test_services_and_newest_traces_are_shown(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")

    expect(page.locator(".services tbody tr", has_text="payments")).to_be_visible()
    row = page.locator(".traces tbody tr", has_text="POST /checkout")
    expect(row).to_contain_text("480 ms")
    expect(row).to_contain_text("storefront")
    expect(page.locator(".traces tbody")).to_contain_text("(root not received)")


def test_a_click_on_a_trace_shows_its_tree_and_logs(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")

    page.locator(".traces tbody tr", has_text="POST /checkout").click()

    rows = page.locator(".span-row")
    expect(rows).to_have_count(3)
    assert [rows.nth(n).get_attribute("aria-level") for n in range(3)] == ["1", "2", "3"]
    expect(page).to_have_url(re.compile(f"#/traces/{seed.CHECKOUT}"))
    logs = page.locator(".logs li")
    expect(logs).to_have_count(2)
    expect(logs.nth(1)).to_contain_text("payment.declined card declined for ord_42")


def test_a_span_shows_attributes_exception_and_its_own_logs(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(trace_url(seeded, seed.CHECKOUT))

    page.locator(".span-row", has_text="POST /charges").click()

    panel = page.locator(".panel")
    expect(panel).to_contain_text("insufficient funds")
    expect(panel).to_contain_text("shop.order.id")
    expect(panel).to_contain_text("ord_42")
    expect(panel).to_contain_text("CardDeclinedError")
    expect(panel.locator(".logs li")).to_have_count(2)
    expect(page).to_have_url(re.compile("span=0000000000000003"))


def test_the_address_of_a_span_opens_that_span(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(trace_url(seeded, seed.CHECKOUT) + "?span=0000000000000002")

    expect(page.locator(".span-row[aria-selected=true]")).to_have_attribute("data-span", "0000000000000002")
    expect(page.locator(".panel h2")).to_have_text("POST")


def test_a_branch_closes_and_opens(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(trace_url(seeded, seed.CHECKOUT))
    expect(page.locator(".span-row")).to_have_count(3)

    page.locator(".span-row .toggle").first.click()
    expect(page.locator(".span-row")).to_have_count(1)
    page.locator(".span-row .toggle").first.click()
    expect(page.locator(".span-row")).to_have_count(3)


def test_the_keyboard_alone_leads_to_a_span_and_back(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")
    expect(page.locator(".traces tbody tr[data-href]").first).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("service:payments")
    page.keyboard.press("Enter")
    expect(page.locator(".traces tbody tr[data-href]")).to_have_count(1)
    page.locator("main").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".span-row")).to_have_count(3)
    page.keyboard.press("j")
    expect(page.locator(".panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("q=service%3Apayments"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_search_finds_and_stays_in_the_address(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")

    page.get_by_role("searchbox").fill("shop.order.id:ord_42")
    page.get_by_role("button", name="Search").click()

    expect(page.locator(".traces tbody tr[data-href]")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("shop.order.id:ord_42")
    expect(page.locator(".traces tbody tr[data-href]")).to_have_count(1)


def test_a_click_on_a_service_searches_it(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")

    page.locator(".services a", has_text="worker").click()

    expect(page.get_by_role("searchbox")).to_have_value("service:worker")
    expect(page.locator(".traces tbody tr[data-href]")).to_have_count(1)


def test_a_search_that_does_not_parse_is_marked_where_it_fails(
    seeded: SondeServer, open_page: OpenPage
) -> None:
    search = "service:payments (status:error"
    refused = httpx.get(f"{seeded.url}/api/v1/traces", params={"q": search}).json()["error"]
    page = open_page(seeded.url + "/", expect_failed_requests=True)

    page.get_by_role("searchbox").fill(search)
    page.keyboard.press("Enter")

    error = page.locator(".search-error")
    expect(error).to_contain_text(refused["message"])
    text, caret = (error.locator("pre").text_content() or "").split("\n")
    assert text == search
    assert caret.index("^") == refused["position"]
    expect(page.locator(".services tbody tr", has_text="payments")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_strings_are_shown_and_do_nothing(
    seeded: SondeServer, open_page: OpenPage, theme: Literal["light", "dark"]
) -> None:
    page = open_page(seeded.url + "/", theme=theme)
    expect(page.locator(".services")).to_contain_text(seed.HOSTILE)

    page.locator(".services a", has_text="onerror").click()
    expect(page.locator(".traces tbody tr[data-href]")).to_have_count(1)
    page.locator(".traces tbody tr[data-href]").click()
    page.locator(".span-row").click()

    expect(page.locator(".trace-head h1")).to_contain_text(seed.HOSTILE)
    expect(page.locator(".panel")).to_contain_text(seed.HOSTILE)
    expect(page.locator(".logs li").first).to_contain_text(seed.HOSTILE)
    assert page.locator("main img, main script").count() == 0


def test_a_trace_without_its_root_says_so(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(trace_url(seeded, seed.ROOTLESS))

    expect(page.locator(".trace-head")).to_contain_text("The root span has not arrived")
    expect(page.locator(".span-row")).to_have_count(1)


def test_a_trace_that_is_not_there_shows_message_and_way_on(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(trace_url(seeded, "ab" * 16), expect_failed_requests=True)

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_an_empty_server_says_what_to_do_and_notices_the_first_span(
    empty: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(empty.url + "/")

    expect(page.locator(".welcome")).to_contain_text("opentelemetry-instrument")
    expect(page.locator(".welcome")).to_contain_text(f"curl {empty.url}/v1/traces")
    copy, line = page.locator(".snippet button").first, page.locator(".snippet pre").first
    button_box, line_box = copy.bounding_box(), line.bounding_box()
    assert button_box
    assert line_box
    assert button_box["x"] >= line_box["x"] + line_box["width"], "the button covers what it copies"
    send(empty, "traces", seed.many_spans("ee" * 16, 1500))
    expect(page.locator(".traces tbody tr", has_text="batch")).to_be_visible()

    page.locator(".traces tbody tr", has_text="batch").click()
    expect(page.locator(".span-row")).to_have_count(1000)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".span-row")).to_have_count(1500)


def test_a_server_with_keys_asks_for_one_and_shows_data_with_it(tmp_path: Path, open_page: OpenPage) -> None:
    server = SondeServer(tmp_path / "data")
    create = [sys.executable, "-m", "sonde", "keys", "create", "--scope", "read", "--format", "json"]
    made = subprocess.run(
        [*create, "--data-dir", str(server.data_dir)], check=True, capture_output=True, text=True
    )
    server.start()
    try:
        page = open_page(server.url + "/", expect_failed_requests=True)
        expect(page.get_by_role("alert")).to_contain_text("key")

        page.get_by_label("Key", exact=True).fill("sonde_not_a_key")
        page.get_by_role("button", name="Use this key").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Key", exact=True).fill(json.loads(made.stdout)["key"])
        page.get_by_role("button", name="Use this key").click()

        expect(page.locator(".welcome")).to_be_visible()
    finally:
        server.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_nothing_overflows_and_text_has_contrast(
    seeded: SondeServer, open_page: OpenPage, width: int, theme: Literal["light", "dark"]
) -> None:
    for url in (seeded.url + "/", trace_url(seeded, seed.CHECKOUT) + "?span=0000000000000003"):
        page = open_page(url, width=width, theme=theme)
        expect(page.locator("tbody tr[data-href], .panel").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(int(part) for part in re.findall(r"\d+", background)) > 384) == (theme == "light")
        assert page.evaluate(CONTRAST) == []


# Text and colour pairs below 4.5:1 (WCAG 2.1, 1.4.3), with the background found up the tree.
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility()) continue;
    let behind = element;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
    const pair = [getComputedStyle(element).color, getComputedStyle(behind ?? document.body).backgroundColor];
    const [a, b] = pair.map((color) => light(rgb(color))).sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.add(`${node.data.trim().slice(0, 30)}: ${pair.join(' on ')}`);
  }
  return [...found];
}"""
