"""The page of traces, used as people use it."""

from __future__ import annotations

import re
import time

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.browser import seed
from tests.browser.conftest import OpenPage, ServerWith, fits, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANY = 260
"""Traces of `shop`, more than two pages of the list."""


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the seeded traces, and many small ones in the half hour before."""
    now = time.time_ns()
    return server_with(
        traces=[
            seed.traces(now),
            seed.small_traces(now, MANY),
            seed.single_span("f1" * 16, "L" * 100_000, "N" * 100_000),
            seed.single_span("f2" * 16, seed.RIGHT_TO_LEFT, f"{seed.RIGHT_TO_LEFT} GET"),
        ]
    )


def open_traces(open_page: OpenPage, server: SondeServer, query: str = "", **how: object) -> Page:
    page = open_page(f"{server.url}/#/traces{query}", **how)
    expect(page.get_by_role("heading", name="Traces")).to_be_visible()
    return page


def test_traces_are_listed_newest_first_with_what_tells_them_apart(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_traces(open_page, server)

    checkout = page.locator("[data-row]").filter(has_text="POST /checkout").first
    expect(checkout).to_contain_text("storefront")
    expect(checkout).to_contain_text("480 ms")
    expect(checkout.locator(".spans")).to_have_text("3 spans")
    expect(checkout.locator(".errors")).to_have_text("1 error")
    expect(checkout.locator(".state")).to_have_text("error")
    missing = page.locator("[data-row]").filter(has_text="root missing")
    expect(missing).to_contain_text("worker")
    expect(missing.locator(".state")).to_have_text("–")
    started = [text.split()[0] for text in page.locator("[data-row] .started").all_inner_texts()]
    assert started == sorted(started, reverse=True)
    expect(page.get_by_text("newest first", exact=False).last).to_be_visible()


def test_the_row_that_has_the_focus_is_where_the_keys_go_on(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server)
    rows = page.locator("[data-row]")
    rows.nth(3).locator("a").focus()
    expect(rows.nth(3)).to_have_class(re.compile(r"\bcurrent\b"))

    page.keyboard.press("j")

    expect(rows.nth(4)).to_have_class(re.compile(r"\bcurrent\b"))
    expect(page.locator("[data-row].current")).to_have_count(1)
    expect(rows.nth(4).locator("a")).to_be_focused()


@pytest.mark.parametrize("width", [870, 1160, 1200, 1265, 1280])
@pytest.mark.parametrize("show", ["traces", "spans"])
def test_no_column_is_cut_off_at_the_right(
    server: SondeServer, open_page: OpenPage, width: int, show: str
) -> None:
    page = open_traces(open_page, server, f"?show={show}", width=width)
    row = page.locator("[data-row]").first
    expect(row).to_be_visible()
    assert row.evaluate("row => row.scrollWidth - row.clientWidth") <= 0


def test_one_long_trace_leaves_the_bars_of_the_others_visible(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_traces(open_page, server)
    heading = page.get_by_role("columnheader", name="Duration")
    expect(heading).to_contain_text("log scale")
    expect(heading).to_have_attribute("title", re.compile("^Logarithmic bars: from .* to .*"))
    found = page.evaluate(
        """import("./js/lib/log_scale.js").then(({ logScale, shareOf }) => {
          const scale = logScale([0, 4e6, 40e6, 400e6, 3e12]);
          return [scale, [4e6, 40e6, 400e6, 3e12, 1e9, 0].map((ns) => Number(shareOf(ns, scale).toFixed(2)))];
        })"""
    )
    # Six decades below 10^13 ns, the first whole one above the longest.
    assert found == [{"from": 7, "to": 13}, [0.02, 0.1, 0.27, 0.91, 0.33, 0]]
    assert page.evaluate("import('./js/lib/log_scale.js').then((each) => each.logScale([0]))") is None


def test_more_traces_come_when_the_list_is_scrolled(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server, "?q=service:shop")
    expect(page.locator(".list-foot")).to_contain_text("100 traces so far")

    page.locator(".virtual").hover()
    for _ in range(30):
        page.mouse.wheel(0, 2_000)
        page.wait_for_timeout(50)
        if f"{MANY} traces," in page.locator(".list-foot").inner_text():
            break

    expect(page.locator(".list-foot")).to_have_text(f"{MANY} traces, newest first")
    expect(page.locator("[data-row]").last).to_contain_text("step")
    assert page.locator("[data-row]").count() < 80


def test_j_k_and_enter_open_a_trace_and_back_returns_to_its_row(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_traces(open_page, server, "?q=service:shop")
    expect(page.locator("[data-row]").first).to_be_visible()
    ids = [row.get_attribute("data-row") for row in page.locator("[data-row]").all()[:4]]

    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("[data-row] a:focus")).to_have_count(1)
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/#/traces/{ids[1]}**")
    # The list is gone only once the trace is there.
    expect(page.locator(".trace-page")).to_be_visible()
    page.go_back()
    expect(page.locator(f"[data-row='{ids[1]}']")).to_be_visible()
    expect(page).to_have_url(re.compile("q=service"))
    expect(page.locator(".facet").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(f"[data-row='{ids[2]}'] a")).to_be_focused()


def test_rows_are_links_that_the_middle_button_opens_elsewhere(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_traces(open_page, server, "?q=service:storefront")
    box = page.locator(f"[data-row='{seed.CHECKOUT}']")
    expect(box).to_be_visible()

    with page.context.expect_page() as opened:
        box.locator(".took").click(button="middle", force=True)

    assert f"#/traces/{seed.CHECKOUT}" in opened.value.url
    opened.value.close()


def test_a_facet_narrows_takes_out_and_excludes(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server)
    status = page.locator(".facet").filter(has_text="status")
    errors = status.get_by_role("button", name="error", exact=False).first

    errors.click()
    expect(page.get_by_label("Search spans")).to_have_value("status:error")
    expect(page.locator("[data-row]").first).to_be_visible()
    expect(page.locator(".facet-line.chosen")).to_have_count(1)
    page.locator(".facet-line.chosen .facet-value").click()
    expect(page.get_by_label("Search spans")).to_have_value("")

    expect(page.locator(".facet-line.chosen")).to_have_count(0)
    errors.click(modifiers=["Alt"])
    expect(page.get_by_label("Search spans")).to_have_value("NOT status:error")
    expect(page.locator(".facet-line.excluded")).to_contain_text("excluded")
    page.locator(".facet-line.excluded .facet-value").click()
    expect(page.get_by_label("Search spans")).to_have_value("")

    page.locator(".facet-line").filter(has_text="payments").first.hover()
    page.get_by_role("button", name="Exclude payments").first.click()
    expect(page.get_by_label("Search spans")).to_have_value("NOT component:payments")
    page.go_back()
    expect(page.get_by_label("Search spans")).to_have_value("")


def test_any_attribute_is_added_to_the_filters_and_stays_in_the_address(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_traces(open_page, server)

    page.get_by_label("Add a field to the filters").fill("shop.order.id")
    page.keyboard.press("Enter")

    facet = page.locator(".facet").first
    expect(facet).to_contain_text("ord_42")
    expect(page).to_have_url(re.compile("fields=shop.order.id"))
    page.reload()
    expect(facet).to_contain_text("ord_42")
    page.get_by_role("button", name="Take the field shop.order.id away").click()
    expect(facet).to_contain_text("component")
    expect(page).not_to_have_url(re.compile("fields="))


def test_dragging_over_the_histogram_chooses_a_range(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server)
    over = page.locator(".histogram .u-over")
    expect(over).to_be_visible()
    expect(page.locator(".histogram figcaption")).to_contain_text("errors")
    box = over.bounding_box()
    assert box

    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 30, steps=6)
    page.mouse.up()

    page.wait_for_url("**until=*")
    expect(page.locator(".list-foot")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Range of time")).to_contain_text("Last hour")


def test_the_keyboard_chooses_a_range_in_the_histogram(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server)
    expect(page.locator(".histogram")).to_be_visible()
    page.locator(".histogram").focus()

    page.keyboard.press("End")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".histogram figcaption")).to_contain_text("Enter shows this range")
    page.keyboard.press("Enter")

    page.wait_for_url("**until=*")
    params = dict(part.split("=") for part in page.url.split("?")[1].split("&"))
    steps = (int(params["until"]) - int(params["since"])) / 60_000
    assert steps in (4, 8)  # Four bars, of a minute or two.


def test_counts_that_come_in_leave_what_the_keys_chose_in_the_histogram(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_traces(open_page, server, "?every=2")
    page.locator(".histogram .u-over").hover()
    page.locator(".histogram").focus()
    for key in ("End", "Shift+ArrowLeft", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    chosen = page.locator(".histogram figcaption")
    expect(chosen).to_contain_text("Enter shows this range")

    for _ in range(2):
        with page.expect_response("**/api/v1/counts?*"):
            pass

    expect(page.locator(".histogram .u-select")).to_be_visible()
    expect(chosen).to_contain_text("Enter shows this range")


def test_spans_are_listed_instead_and_lead_into_their_trace(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server, "?q=status:error+service:payments")

    page.get_by_role("link", name="Spans").click()

    row = page.locator("[data-row]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("POST /charges")
    expect(row).to_contain_text("insufficient funds")
    row.click()
    page.wait_for_url(f"**/#/traces/{seed.CHECKOUT}?span=0000000000000003**")


def test_new_traces_appear_by_themselves_and_wait_while_the_pointer_is_there(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_traces(open_page, server, "?q=service:fresh&live=1")
    expect(page.get_by_text("No traces match")).to_be_visible()

    send(server, "traces", seed.single_span("e1" * 16, "fresh", "first"))
    expect(page.locator("[data-row]")).to_have_count(1)

    page.locator("[data-row]").hover()
    send(server, "traces", seed.single_span("e2" * 16, "fresh", "second"))
    expect(page.get_by_role("button", name="1 new trace")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(1)

    page.get_by_role("button", name="1 new trace").click()
    expect(page.locator("[data-row]").first).to_contain_text("second")
    expect(page.locator("[data-row]")).to_have_count(2)

    page.locator("[data-row]").last.hover()
    send(server, "traces", seed.single_span("e3" * 16, "fresh", "third"))
    expect(page.get_by_role("button", name="1 new trace")).to_be_visible()
    page.mouse.move(600, 20)
    expect(page.locator("[data-row]")).to_have_count(3)


def test_a_range_that_has_an_end_is_not_live(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server, f"?live=1&since=2h&until={int(time.time() * 1000) - 60_000}")
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")

    page.get_by_role("button", name="Live").click()

    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")
    expect(page).not_to_have_url(re.compile("until="))
    page.go_back()
    expect(page).to_have_url(re.compile("until="))


def test_leaving_live_ends_its_stream(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server, "?live=1")
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")
    ended: list[str] = []
    page.on("requestfailed", lambda request: ended.append(request.url))
    page.wait_for_timeout(300)

    page.get_by_role("button", name="Live").click()

    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    assert [url for url in ended if "/tail" in url]


def test_a_server_without_traces_says_how_to_send_some(empty: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, empty)

    expect(page.get_by_text("This server has no traces yet.")).to_be_visible()
    expect(page.get_by_text(f"SONDE_URL={empty.url} sonde run python app.py")).to_be_visible()


def test_what_finds_nothing_offers_ways_out(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server, "?q=service:storefront+status:nonesuch&since=5m")
    expect(page.get_by_text("No traces match in the last 5 minutes.")).to_be_visible()

    expect(page.get_by_role("button", name="Last hour")).to_have_count(0)
    page.get_by_role("button", name="Last 24 hours").click()
    expect(page.get_by_role("button", name="Range of time")).to_contain_text("24 hours")
    page.get_by_role("button", name="without status:nonesuch").click()

    expect(page.locator("[data-row]").first).to_contain_text("POST /checkout")
    expect(page.get_by_label("Search spans")).to_have_value("service:storefront")


def test_a_question_that_takes_too_long_offers_less_time(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/", expect_failed_requests=True)
    answer = (
        '{"error": {"code": "query_timeout", "message": "cannot answer within 30 s", "hint": "ask for less"}}'
    )
    page.route("**/api/v1/traces?*", lambda route: route.fulfill(status=504, body=answer))

    page.goto(f"{server.url}/#/traces?since=24h")

    expect(page.get_by_text("cannot answer within 30 s")).to_be_visible()
    expect(page.get_by_text("ask for less")).to_be_visible()
    page.get_by_role("button", name="Ask for the last quarter").click()
    page.wait_for_url("**until=*")


def test_the_page_leads_to_its_json_and_its_command(server: SondeServer, open_page: OpenPage) -> None:
    page = open_traces(open_page, server, "?q=NOT+service:shop&since=6h")

    page.get_by_role("button", name="This data as JSON and as a command").click()

    choices = page.locator(".data-choices")
    expect(choices).to_contain_text("sonde query 'NOT service:shop' --type traces --since 6h")
    expect(choices.get_by_role("link").first).to_have_attribute(
        "href", "api/v1/traces?q=NOT+service%3Ashop&since=6h&limit=100"
    )


def test_the_list_is_asked_for_before_its_filters(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/")
    order: list[str] = []
    page.on("response", lambda response: order.append(response.url.split("/api/v1/")[-1].split("?")[0]))

    page.goto(f"{server.url}/#/traces")
    expect(page.locator(".facet").first).to_be_visible()

    assert order.index("traces") < order.index("facets")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_hostile_names_stay_text_and_nothing_spills_over(
    server: SondeServer, open_page: OpenPage, width: int, theme: str
) -> None:
    traces = (seed.HOSTILE_TRACE, "f1" * 16, "f2" * 16)
    q = "+OR+".join(f"trace:{trace_id}" for trace_id in traces)
    page = open_traces(open_page, server, f"?q={q}", width=width, theme=theme)

    expect(page.locator(f"[data-row='{seed.HOSTILE_TRACE}']")).to_contain_text("onerror=")
    reversed_names = page.locator(f"[data-row='{'f2' * 16}'] .what bdi")
    service, operation = (box["x"] for each in reversed_names.all() if (box := each.bounding_box()))
    assert service < operation  # A direction that is left open does not turn what follows.
    if width < 800:
        page.get_by_role("button", name="Filters").click()
    expect(page.locator(".facet").first).to_be_visible()

    assert fits(page)
    assert page.locator("main img, main script").count() == 0
