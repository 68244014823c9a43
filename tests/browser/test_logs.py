"""The page of logs, used as people use it."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser import seed
from tests.browser.conftest import OpenPage, ServerWith, fits, send
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANY = 450
"""Lines of `shop`, more than two pages of the list."""

STACK = 'Traceback (most recent call last):\n  File "/app/pay.py", line 7, in pay\nKeyError: <b>card</b>'


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the seeded logs, many lines of one process, and some that are hard to show."""
    now = time.time_ns()
    special = {
        "json": ("INFO", '{"order": {"id": 42, "items": ["tea", "milk"]}}', {"order.id": "ord_42"}),
        "long": ("DEBUG", "x" * 100_000, {"note": "y" * 100_000}),
        "reversed": ("WARN", f"{seed.RIGHT_TO_LEFT} end", {"name": seed.RIGHT_TO_LEFT}),
        "failed": (
            "ERROR",
            "payment failed",
            {"exception.type": "KeyError", "exception.message": "card", "exception.stacktrace": STACK},
        ),
        "lines": ("INFO", "first line\nsecond line\nthird line", {}),
    }
    single = [
        seed.one_log(service, severity, body, attributes)
        for service, (severity, body, attributes) in special.items()
    ]
    return server_with(traces=[seed.traces(now)], logs=[seed.logs(now), seed.lines(now, MANY), *single])


def open_logs(open_page: OpenPage, server: SondeServer, query: str = "", **how: Any) -> Page:
    page = open_page(f"{server.url}/#/logs{query}", **how)
    expect(page.get_by_role("heading", name="Logs")).to_be_visible()
    return page


def rows(page: Page) -> Locator:
    return page.locator("[data-row]")


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="The record")


def test_records_are_listed_newest_first_with_their_severity_in_words(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_logs(open_page, server, "?q=service:payments")

    expect(rows(page)).to_have_count(3)
    declined = rows(page).filter(has_text="card declined for ord_42")
    expect(declined.locator(".severity")).to_have_text("WARN")
    expect(declined).to_contain_text("payment.declined")
    times = page.locator("[data-row] .at").all_inner_texts()
    assert times == sorted(times, reverse=True)
    expect(page.locator(".histogram figcaption")).to_contain_text("warnings 1")


def test_events_are_listed_alone(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server)

    page.get_by_role("link", name="Events").click()

    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("payment.declined")
    expect(page.get_by_label("Search events")).to_be_visible()


def test_the_table_holds_few_rows_and_goes_on_when_scrolled(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:shop")
    expect(page.locator(".list-foot")).to_contain_text("200 logs so far")

    page.locator(".virtual").hover()
    for _ in range(30):
        page.mouse.wheel(0, 3_000)
        page.wait_for_timeout(50)
        if f"{MANY} logs," in page.locator(".list-foot").inner_text():
            break

    expect(page.locator(".list-foot")).to_have_text(f"{MANY} logs, newest first")
    assert rows(page).count() < 80


def test_details_show_all_and_narrow_the_search(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:json")
    rows(page).locator(".body").click()

    expect(panel(page).get_by_label("body", exact=True)).to_contain_text('"items": [\n')
    pair = panel(page).locator(".pair").filter(has_text="order.id")
    pair.hover()
    pair.get_by_role("button", name="Only these").click()
    expect(page.get_by_label("Search logs")).to_have_value("service:json order.id:ord_42")
    expect(panel(page)).to_be_visible()
    pair.hover()
    pair.get_by_role("button", name="Exclude these").click()
    expect(page.get_by_label("Search logs")).to_have_value("service:json NOT order.id:ord_42")
    expect(page.get_by_text("No logs match")).to_be_visible()


def test_values_are_copied_whole(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:json")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    rows(page).locator(".body").click()

    panel(page).get_by_role("button", name="Copy the body").click()

    expect(page.locator(".toast")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == '{"order": {"id": 42, "items": ["tea", "milk"]}}'


def test_an_exception_shows_its_stack_as_text(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:failed")
    rows(page).locator(".body").click()

    exception = panel(page).get_by_role("article", name="Exception KeyError")
    expect(exception).to_contain_text("/app/pay.py:7 in pay")
    expect(exception).to_contain_text("KeyError: <b>card</b>")
    exception.get_by_role("button", name="As text").click()
    expect(exception).to_contain_text("Traceback (most recent call last)")


def test_a_record_leads_to_its_trace_and_span(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, '?q="card declined"')
    rows(page).locator(".body").click()

    panel(page).get_by_role("link", name="Trace", exact=True).click()

    page.wait_for_url(f"**/#/traces/{seed.CHECKOUT}?span=0000000000000003**")


def test_logs_around_a_moment_are_everyones(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, '?q="card declined"')
    rows(page).locator(".body").click()

    panel(page).get_by_role("link", name="Around this time").click()

    page.wait_for_url("**since=*until=*")
    expect(page.get_by_label("Search logs")).to_have_value("")
    expect(rows(page).filter(has_text="payment failed").first).to_be_visible()


def test_a_record_has_an_address_of_its_own(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:failed")
    rows(page).locator(".body").click()
    expect(panel(page)).to_contain_text("payment failed")
    page.wait_for_url("**log=*")
    log_id = page.url.partition("log=")[2].partition("&")[0]

    page.goto(f"{server.url}/#/logs?q=service:shop&log={log_id}")

    expect(panel(page)).to_contain_text("payment failed")
    expect(rows(page).first).to_contain_text("of the shop")
    page.get_by_role("button", name="Close the record").click()
    expect(panel(page)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("log="))


def test_an_address_of_no_record_says_so(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?log=nonesuch", expect_failed_requests=True)

    expect(page.locator(".log-panel-problem")).to_be_visible()
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".log-panel-problem")).to_have_count(0)


def test_lines_before_and_after_are_those_of_the_same_process(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_logs(open_page, server, '?q="line 30 of"')
    rows(page).locator(".body").click()

    panel(page).get_by_role("button", name="Before and after").click()
    lines = page.locator(".context-lines .body")
    expect(lines).to_have_count(41)
    expect(lines.first).to_have_text("line 50 of the shop")
    expect(lines.last).to_have_text("line 10 of the shop")
    expect(page.locator("[data-anchor]")).to_contain_text("line 30 of the shop")
    expect(page.locator("[data-anchor]")).to_be_in_viewport()
    # What was written stands beside the details, not below them.
    text, beside = page.locator("[data-anchor] .body bdi").last.bounding_box(), panel(page).bounding_box()
    assert text
    assert beside
    assert text["x"] + text["width"] <= beside["x"]

    page.get_by_role("button", name="20 more before").click()
    expect(lines).to_have_count(61)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="20 more after").click()
    expect(lines.last).to_have_text("line 0 of the shop")
    expect(page.get_by_text("Nothing was written after, so far.")).to_be_visible()

    page.get_by_role("button", name="Back to the search").click()
    expect(rows(page)).to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_details_and_lines_around_have_no_serious_fault(
    server: SondeServer, open_page: OpenPage, theme: str
) -> None:
    page = open_logs(open_page, server, "?q=service:shop&columns=number", theme=theme)
    rows(page).nth(3).locator(".body").click()
    expect(panel(page)).to_be_visible()
    expect(page.locator(".facet").first).to_be_visible()
    assert serious(page) == []

    page.keyboard.press("c")
    expect(page.locator("[data-anchor]")).to_be_visible()
    assert serious(page) == []


def test_columns_are_added_moved_and_removed_and_stay(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:shop")
    heads = page.get_by_role("columnheader")

    page.get_by_role("button", name="Columns").click()
    for name in ("number", "service"):
        page.get_by_label("Add a column").fill(name)
        page.keyboard.press("Enter")
    expect(heads).to_have_text(["Time", "Severity", "Component", "number", "service", "Body"])
    page.get_by_role("button", name="Move service to the left").click()
    expect(heads).to_have_text(["Time", "Severity", "Component", "service", "number", "Body"])
    expect(page).to_have_url(re.compile("columns=service%2Cnumber"))
    expect(rows(page).first.locator(".extra").last).to_have_text("0")
    page.keyboard.press("Escape")

    page.goto(f"{server.url}/#/logs")
    page.reload()
    expect(heads).to_have_text(["Time", "Severity", "Component", "service", "number", "Body"])
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Remove the column service").click()
    page.get_by_role("button", name="Remove the column number").click()
    expect(heads).to_have_text(["Time", "Severity", "Component", "Body"])


def test_wrapped_rows_are_as_high_as_their_text(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:lines+OR+service:failed+OR+service:json")
    expect(rows(page)).to_have_count(3)
    heights = [box["height"] for row in rows(page).all() if (box := row.bounding_box())]
    assert len(set(heights)) == 1

    page.keyboard.press("w")

    lines = rows(page).filter(has_text="third line")
    page.wait_for_function("() => document.querySelectorAll('.log-row.wrapped').length === 3")
    box = lines.bounding_box()
    assert box
    assert box["height"] > 1.8 * heights[0]
    page.wait_for_timeout(100)
    tops = sorted((b["y"], b["height"]) for row in rows(page).all() if (b := row.bounding_box()))
    assert all(abs(y + height - following) < 2 for (y, height), (following, _) in itertools.pairwise(tops))


def test_the_keyboard_goes_from_record_to_record(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:shop")
    expect(rows(page).first).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(panel(page)).to_contain_text("line 1 of the shop")
    page.keyboard.press("j")
    expect(panel(page)).to_contain_text("line 2 of the shop")
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)


def test_new_records_come_live_and_wait_when_paused(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:stream&live=1")
    expect(page.get_by_text("No logs match")).to_be_visible()

    send(server, "logs", seed.one_log("stream", "INFO", "one"))
    expect(rows(page)).to_have_count(1)

    page.get_by_role("button", name="Pause").click()
    send(server, "logs", seed.one_log("stream", "INFO", "two"))
    send(server, "logs", seed.one_log("stream", "INFO", "three"))
    expect(page.get_by_role("button", name="2 new records")).to_be_visible()
    expect(rows(page)).to_have_count(1)

    page.get_by_role("button", name="Go on").click()
    expect(rows(page)).to_have_count(3)
    expect(rows(page).first).to_contain_text("three")
    expect(page.locator(".list-foot")).to_contain_text("Live")


def test_a_live_list_stays_in_the_order_of_time(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:late&live=1")
    expect(page.get_by_text("No logs match")).to_be_visible()
    now = time.time_ns()

    for age_s, body in ((1, "second"), (3, "first"), (0, "third")):
        send(server, "logs", seed.one_log("late", "INFO", body, at_ns=now - age_s * 1_000_000_000))
        expect(rows(page).filter(has_text=body)).to_have_count(1)

    expect(rows(page).locator(".body")).to_have_text(["third", "second", "first"])


def test_a_record_that_came_live_gets_its_address_once_it_is_stored(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_logs(open_page, server, "?q=service:fresh&live=1")
    expect(page.get_by_text("No logs match")).to_be_visible()
    send(server, "logs", seed.one_log("fresh", "INFO", "just now"))
    expect(rows(page)).to_have_count(1)

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]log=[0-9a-f]+-"))
    expect(rows(page).first).to_have_class(re.compile(r"\bchosen\b"))
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"[?&]context=[0-9a-f]+-"))


def test_what_the_server_dropped_is_said(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server)

    def answer(route: Route) -> None:
        body = 'event: dropped\ndata: {"batches": 3}\n\n'
        route.fulfill(status=200, content_type="text/event-stream", body=body)

    page.route("**/api/v1/tail?*", answer, times=1)
    page.get_by_role("button", name="Live").click()

    expect(page.locator(".list-foot")).to_contain_text("3 batches dropped")


def test_a_live_list_holds_at_most_a_thousand_rows(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=service:flood&live=1")
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)

    for _ in range(3):
        send(server, "logs", seed.lines(time.time_ns(), 500, "flood"))

    expect(page.locator(".list-foot")).to_contain_text("1,000 logs, older ones let go", timeout=15_000)


def test_a_server_without_logs_says_how_to_send_some(empty: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, empty)

    expect(page.get_by_text("This server has no logs yet.")).to_be_visible()
    expect(page.get_by_text(f"sonde generate --url {empty.url}")).to_be_visible()


def test_a_search_that_does_not_parse_is_marked_and_asks_nothing_else(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_logs(open_page, server, "?q=severity:banana..", expect_failed_requests=True)

    expect(page.locator("#search-error .caret")).to_be_visible()
    expect(page.locator(".notice.problem")).to_have_count(0)


def test_the_page_leads_to_its_json_and_its_commands(server: SondeServer, open_page: OpenPage) -> None:
    page = open_logs(open_page, server, "?q=severity:error&since=6h&show=events")

    page.get_by_role("button", name="This data as JSON and as a command").click()

    choices = page.locator(".data-choices")
    expect(choices).to_contain_text("sonde query severity:error --type events --since 6h")
    expect(choices).to_contain_text("sonde tail severity:error --signal events")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_hostile_records_stay_text_and_nothing_spills_over(
    server: SondeServer, open_page: OpenPage, width: int, theme: str
) -> None:
    q = "service:long+OR+service:reversed+OR+severity:error"
    page = open_logs(open_page, server, f"?q={q}&columns=note,name", width=width, theme=theme)
    expect(rows(page)).to_have_count(4)

    page.keyboard.press("w")
    for text in ("onerror=", "xxx", " end"):
        row = rows(page).filter(has_text=text).first
        row.locator(".at a").focus()
        page.keyboard.press("Enter")
        expect(panel(page)).to_be_visible()
        assert fits(page)
        page.keyboard.press("Escape")

    assert page.locator("main img, main script").count() == 0
