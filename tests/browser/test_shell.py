"""What stands around every page: the ways between them, the palette, the help, time, theme, keys."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser import seed
from tests.browser.conftest import OpenPage, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "Home",
    "Traces",
    "Logs",
    "Errors",
    "Statements",
    "Runs",
    "Orchestrations",
    "Entities",
    "Pipelines",
    "Status",
)


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to")).to_be_focused()


def offered(page: Page) -> Locator:
    return page.locator("#palette-list [role=option]")


def test_every_page_is_one_click_away_and_says_where_one_is(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")
    rail = page.get_by_role("navigation", name="Pages")

    for name in PAGES:
        rail.get_by_role("link", name=name, exact=True).click()
        expect(rail.locator("[aria-current=page]")).to_have_text(name)
        expect(page).to_have_title(re.compile(rf"{name}.* · Sonde"))


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("", "overview"),
        ("#/?since=15m", "overview"),
        ("#/traces?q=status%3Aerror&since=15m", "traces"),
        ("#/traces?show=spans", "spans"),
        (f"#/traces/{seed.CHECKOUT}", f"traces/{seed.CHECKOUT}/overview"),
        ("#/logs?q=a%26b%20c", "logs"),
        ("#/logs?show=events", "events"),
    ],
)
def test_what_a_page_shows_first_is_asked_for_before_its_scripts_are_there(
    seeded: SondeServer, open_page: OpenPage, path: str, question: str
) -> None:
    page = open_page(f"{seeded.url}/{path}")
    expect(page.locator("main h1")).to_be_visible()

    # The view takes it, and the page had not been read when it was asked for.
    page.wait_for_function("() => window.early.size === 0")
    page.wait_for_function(
        """(ending) => performance.getEntriesByType("resource").some((each) =>
            new URL(each.name).pathname.endsWith(`/api/v1/${ending}`)
            && each.startTime < performance.getEntriesByType("navigation")[0].domInteractive)""",
        arg=question,
    )
    # And nothing is asked twice for it.
    asked: list[str] = page.evaluate(
        "performance.getEntriesByType('resource').map((each) => each.name)"
        ".filter((name) => name.includes('/api/v1/'))"
    )
    assert len(asked) == len(set(asked))


def test_two_keys_go_to_a_page_and_back_comes_back(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")
    expect(page.locator("main h1")).to_be_visible()

    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile(r"#/logs$"))
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(r"#/status$"))

    page.go_back()
    expect(page).to_have_url(re.compile(r"#/logs$"))
    page.go_back()
    expect(page).to_have_title("Home · Sonde")


def test_the_range_of_time_goes_along_between_pages(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/#/traces")

    page.get_by_role("button", name="Range of time").click()
    page.get_by_role("button", name="Last 6 hours").click()
    expect(page).to_have_url(re.compile(r"#/traces\?since=6h"))
    page.get_by_role("link", name="Logs", exact=True).click()

    expect(page).to_have_url(re.compile(r"#/logs\?since=6h"))
    expect(page.get_by_role("button", name="Range of time")).to_contain_text("Last 6 hours")


def test_any_moment_can_be_chosen_and_zoomed_out_of(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/#/traces")

    page.get_by_role("button", name="Range of time").click()
    page.get_by_label("From").fill("2026-03-01T10:00:00")
    page.get_by_label("Until").fill("2026-03-01T09:00:00")
    expect(page.get_by_role("button", name="Show this range")).to_be_disabled()
    page.get_by_label("Until").fill("2026-03-01T11:00:00")
    page.get_by_role("button", name="Show this range").click()

    button = page.get_by_role("button", name="Range of time")
    expect(button).to_contain_text("2026-03-01 10:00 – 11:00")
    page.get_by_role("button", name="Zoom out").click()
    expect(button).to_contain_text("2026-03-01 09:30 – 11:30")
    page.go_back()
    expect(button).to_contain_text("2026-03-01 10:00 – 11:00")


def test_the_palette_goes_to_a_trace_by_its_id(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")

    open_palette(page)
    page.keyboard.type(seed.CHECKOUT.upper())
    expect(offered(page).first).to_contain_text(seed.CHECKOUT)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"#/traces/{seed.CHECKOUT}"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_palette_knows_services_pages_and_searches(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")

    open_palette(page)
    page.keyboard.type("paym")
    expect(offered(page).filter(has_text=re.compile("payments.*Traces of the service"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(offered(page).and_(page.locator("[aria-selected=true]"))).to_have_text(
        re.compile("payments.*Logs of the service")
    )
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#/logs\?q=service%3Apayments"))

    open_palette(page)
    page.keyboard.type("stat")
    offered(page).filter(has_text=re.compile("Status.*Page")).click()
    expect(page).to_have_url(re.compile(r"#/status"))


def test_escape_closes_the_palette_and_gives_the_page_back(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/")

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("combobox", name="Go to")).to_have_count(0)
    expect(page.locator("main h1")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("#/traces"))


def test_help_shows_the_keys_of_the_page_and_the_syntax(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/#/traces")
    expect(page.locator("main h1")).to_be_visible()

    page.set_viewport_size({"width": 1280, "height": 500})
    page.keyboard.press("?")

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Go to Logs")
    expect(dialog).to_contain_text("duration:>200ms")
    expect(dialog.get_by_role("heading", name="Keys")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_the_systems_until_one_is_chosen_and_is_remembered(
    seeded: SondeServer, open_page: OpenPage, theme: str
) -> None:
    page = open_page(seeded.url + "/", theme=theme)
    background = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)

    open_palette(page)
    page.keyboard.type("Theme")
    page.keyboard.press("Enter")  # from the system's to dark
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate(background)
    assert (dark == before) is (theme == "dark")

    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(background) == dark


def test_an_unknown_page_is_told_and_the_others_stay(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(seeded.url + "/#/nowhere/at/all")

    expect(page.get_by_role("alert")).to_contain_text("There is no page #/nowhere/at/all.")
    expect(page).to_have_title("No such page · Sonde")
    page.get_by_role("link", name="Traces", exact=True).click()
    expect(page).to_have_url(re.compile("#/traces"))


def test_the_keyboard_alone_reaches_the_page_past_the_navigation(
    seeded: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(seeded.url + "/#/traces")
    expect(page.locator("main h1")).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
    expect(page).to_have_url(re.compile("#/traces$"))


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(seeded: SondeServer, open_page: OpenPage, name: str) -> None:
    page = open_page(f"{seeded.url}/#/{'' if name == 'Home' else name.lower()}")
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_load_state("networkidle")

    for width in (390, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width


@pytest.mark.parametrize("path", ["/traces", "/logs", "/errors", f"/traces/{seed.CHECKOUT}?view=flame"])
def test_a_page_goes_on_by_itself_once_the_server_is_back(
    seeded: SondeServer, open_page: OpenPage, path: str
) -> None:
    page = open_page(f"{seeded.url}/#/status", expect_failed_requests=True)
    expect(page.get_by_role("heading", name="Storage")).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("path => { location.hash = path }", path)
    problem = page.get_by_role("alert").filter(has_text="The server does not answer.")
    expect(problem.first).to_be_visible()
    page.context.set_offline(False)
    # A view whose scripts were not there yet is loaded anew with the page.
    expect(problem).to_have_count(0, timeout=20_000)


def test_a_page_goes_on_by_itself_once_the_store_is_open(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{seeded.url}/#/status", expect_failed_requests=True)
    expect(page.get_by_role("heading", name="Storage")).to_be_visible()
    body = '{"error": {"code": "store_unavailable", "message": "the store is opening"}}'
    page.route("**/api/v1/traces?*", lambda route: route.fulfill(status=503, body=body))
    page.evaluate("location.hash = '/traces'")
    expect(page.get_by_role("alert")).to_contain_text("the store is opening")

    page.unroute("**/api/v1/traces?*")

    expect(page.locator("[data-row]").first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_time_that_is_none_is_the_last_hour(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{seeded.url}/#/traces?since=abc&until=zzz")

    expect(page.get_by_role("button", name="Range of time")).to_contain_text("Last hour")
    expect(page.locator("[data-row]").first).to_be_visible()


def test_components_have_different_colours_that_stay(seeded: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{seeded.url}/#/status")
    shades = """() => import("./js/lib/colours.js").then(({ shadeOf }) =>
        ["catalog", "orders", "signin", "billing", "worker", "chat", "daemon", "payments", "a", "b"]
            .map(shadeOf))"""

    chosen = page.evaluate(shades)

    assert sorted(chosen) == list(range(10))
    page.reload()
    assert page.evaluate(shades) == chosen


def test_a_locked_server_is_opened_with_a_key(tmp_path: Path, open_page: OpenPage) -> None:
    data_dir = tmp_path / "locked"
    made = subprocess.run(
        [sys.executable, "-m", "sonde", "keys", "create", "--scope", "read", "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    key = re.search(r"\bsonde_\S+", made.stdout)
    assert key is not None
    server = SondeServer(data_dir).start()
    try:
        page = open_page(server.url + "/#/traces", expect_failed_requests=True)
        expect(page.get_by_text("a key is needed")).to_have_count(1)
        page.get_by_placeholder("A key with the scope read").fill(key[0])
        page.get_by_role("button", name="Use this key").click()

        expect(page.get_by_placeholder("A key with the scope read")).to_have_count(0)
        page.reload()
        expect(page.locator("main h1")).to_be_visible()
        expect(page.get_by_placeholder("A key with the scope read")).to_have_count(0)

        # Links cannot carry the key; what they lead to is shown all the same.
        page.get_by_role("button", name="Data").click()
        with page.context.expect_page() as opened:
            page.locator(".data-choices a").first.click()
        expect(opened.value.locator("body")).to_contain_text('"traces":')
        # It was for this tab alone.
        other = open_page(server.url + "/#/traces", expect_failed_requests=True)
        expect(other.get_by_text("a key is needed")).to_have_count(1)
        other.get_by_placeholder("A key with the scope read").fill(key[0])
        other.get_by_label("Keep it in this browser, for all tabs").check()
        other.get_by_role("button", name="Use this key").click()
        # What is asked for before the scripts are there has it too.
        third = open_page(server.url + "/#/traces", expect_failed_requests=True)
        expect(third.locator(".notice.empty")).to_be_visible()
        expect(third.get_by_text("a key is needed")).to_have_count(0)
        third.get_by_role("navigation", name="Pages").get_by_role("link", name="Status").click()
        third.get_by_role("button", name="Forget the key").click()
        expect(third.get_by_text("a key is needed")).to_have_count(1)
    finally:
        server.close()


@pytest.mark.parametrize(
    ("q", "added", "expected"),
    [
        ("", "service:shop", "service:shop"),
        ("status:error", "service:shop", "status:error service:shop"),
        ("status:error service:shop", "service:shop", "status:error"),
        ("a OR b", "service:shop", "(a OR b) service:shop"),
    ],
)
def test_terms_are_put_into_a_search_and_taken_out(
    seeded: SondeServer, open_page: OpenPage, q: str, added: str, expected: str
) -> None:
    page = open_page(seeded.url + "/")

    assert (
        page.evaluate(
            "async ([q, added]) => (await import(module())).withTerm(q, added)".replace(
                "module()", "document.querySelector('link[href$=\"lib/links.js\"]').href"
            ),
            [q, added],
        )
        == expected
    )
