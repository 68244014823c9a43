"""The search box: completion, searches of before, errors under the character; and searches taken apart."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import OpenPage, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_box(open_page: OpenPage, server: SondeServer, query: str = "", **how: Any) -> tuple[Page, Locator]:
    page = open_page(f"{server.url}/#/traces{query}", **how)
    box = page.get_by_label("Search spans")
    expect(box).to_be_visible()
    return page, box


def offers(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Completions").get_by_role("option")


def test_keys_and_values_are_completed_by_the_keyboard(seeded: SondeServer, open_page: OpenPage) -> None:
    page, box = open_box(open_page, seeded)

    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("stat")
    expect(offers(page).first).to_contain_text("status")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "search-offer-0")
    page.keyboard.press("Enter")
    expect(box).to_have_value("status:")
    expect(offers(page).filter(has_text="error")).to_be_visible()
    page.keyboard.type("err")
    expect(offers(page)).to_have_count(1)
    page.keyboard.press("Tab")
    expect(box).to_have_value("status:error ")
    page.keyboard.type("service:pay")
    expect(offers(page).first).to_contain_text("payments")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(box).to_have_value("status:error service:payments")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=status%3Aerror[+]service%3Apayments"))


def test_a_completion_is_taken_by_the_pointer_in_the_middle_of_a_search(
    seeded: SondeServer, open_page: OpenPage
) -> None:
    page, box = open_box(open_page, seeded, "?q=serv+status:error")
    box.focus()
    box.evaluate("box => box.setSelectionRange(4, 4)")

    page.keyboard.press("ArrowDown")
    offers(page).filter(has_text="service that sent it").click()

    expect(box).to_have_value("service: status:error")
    assert box.evaluate("box => box.selectionStart") == len("service:")


def test_escape_closes_what_is_offered_and_then_leaves_the_box(
    seeded: SondeServer, open_page: OpenPage
) -> None:
    page, box = open_box(open_page, seeded)
    box.focus()
    page.keyboard.type("sta")
    expect(offers(page).first).to_be_visible()

    page.keyboard.press("Escape")
    expect(offers(page)).to_have_count(0)
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()


def test_searches_of_before_are_offered(seeded: SondeServer, open_page: OpenPage) -> None:
    page, box = open_box(open_page, seeded)
    for q in ("service:storefront", "kind:Client"):
        box.fill(q)
        page.keyboard.press("Enter")
        expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("button", name="Clear the search").click()

    expect(offers(page)).to_have_text([f"{q}recent" for q in ("kind:Client", "service:storefront")])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(box).to_have_value("service:storefront")
    expect(page).to_have_url(re.compile("q=service%3Astorefront"))


def test_an_error_stands_under_its_character(seeded: SondeServer, open_page: OpenPage) -> None:
    page, box = open_box(open_page, seeded, expect_failed_requests=True)
    box.fill("🙂 status:error (service:a")
    page.keyboard.press("Enter")

    error = page.locator("#search-error")
    expect(error).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")
    lines = error.locator("pre").inner_text().split("\n")
    assert lines[0] == "🙂 status:error (service:a"
    assert lines[1].index("^") in (15, 25)  # The parenthesis, or where its other half is missing.

    box.fill("status:error")
    page.keyboard.press("Enter")
    expect(error).to_have_count(0)

    # It is no search to come back to.
    page.get_by_role("button", name="Clear the search").click()
    expect(offers(page)).to_have_text(["status:errorrecent"])


def test_terms_are_put_into_searches_and_taken_out(seeded: SondeServer, open_page: OpenPage) -> None:
    page, _ = open_box(open_page, seeded)
    path = page.evaluate(
        "document.querySelector('link[rel=modulepreload]').href.replace(/js\\/.*/, 'js/lib/terms.js')"
    )

    def call(name: str, *given: str) -> Any:
        return page.evaluate(
            "([path, name, given]) => import(path).then((terms) => terms[name](...given))",
            [path, name, given],
        )

    assert call("topTerms", 'a:"b c" NOT d AND (e OR f) /g h/ -i') == [
        'a:"b c"',
        "NOT d",
        "(e OR f)",
        "/g h/",
        "-i",
    ]
    assert call("topTerms", "a OR b c") == ["a OR b c"]
    assert call("topTerms", "http.route:/cart/items x") == ["http.route:/cart/items", "x"]
    assert call("topTerms", 'a:"half (open') == ['a:"half (open']
    assert call("withTerm", "", "a:b") == "a:b"
    assert call("withTerm", "c a:b", "a:b") == "c"
    assert call("withTerm", 'a:"b"', "a:b") == ""
    assert call("withTerm", "-a:b c", "a:b") == "c a:b"
    assert call("withTerm", "a:b", "NOT a:b") == "NOT a:b"
    assert call("withTerm", "a OR b", "c:d") == "(a OR b) c:d"
    assert call("hasTerm", "NOT a:b", "a:b") is False
    assert call("hasTerm", "x -a:b", "NOT a:b") is True


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_what_is_offered_fits_the_window(
    seeded: SondeServer, open_page: OpenPage, width: int, theme: str
) -> None:
    page, box = open_box(open_page, seeded, width=width, theme=theme)
    box.focus()
    page.keyboard.type("service:")

    expect(offers(page).filter(has_text="onerror=")).to_be_visible()
    assert fits(page)
    shown = page.locator(".offers").bounding_box()
    assert shown
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= width
