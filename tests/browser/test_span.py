"""The panel of a span: its head, the way up, attributes, events, links, logs, JSON."""

from __future__ import annotations

import json
import re
import time

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser import seed, span_seed
from tests.browser.conftest import OpenPage, OpenSpan, fits, send
from tests.browser.seed import HOSTILE
from tests.browser.span_seed import TRACE
from tests.browser.test_accessibility import serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def copied(page: Page) -> str:
    expect(page.locator(".toast").last).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")


def attribute(panel: Locator, key: str) -> Locator:
    return panel.locator(".attribute").filter(has=panel.page.get_by_text(key, exact=True)).first


def decoded(link: Locator) -> dict[str, str]:
    """The parameters of a link inside the page."""
    return link.evaluate("a => Object.fromEntries(new URLSearchParams(a.hash.split('?')[1]))")


def test_the_head_says_what_when_how_long_and_what_share_of_the_trace(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)

    expect(panel.get_by_role("heading", level=2)).to_have_text("POST")
    expect(panel.locator(".span-top")).to_contain_text("orders")
    expect(panel.locator(".span-chips")).to_have_text("Client")
    facts = panel.locator(".span-facts")
    expect(facts).to_contain_text(re.compile(r"Start\d\d:\d\d:\d\d\.\d{3}\s*\+10\.0 ms"))
    expect(facts).to_contain_text(re.compile(r"Duration200 ms\s*20 % of the trace"))
    expect(facts).to_contain_text(re.compile(r"Self time200 ms\s*100 %"))


def test_a_failure_a_missing_parent_and_what_still_runs_are_shown_as_such(open_span: OpenSpan) -> None:
    failed = open_span(span_seed.FAILED)
    expect(failed.locator(".status-message.error")).to_have_text("the bank does not answer")
    expect(failed.locator(".span-chips .error")).to_have_text("error")

    orphan = open_span(span_seed.ORPHAN)
    expect(orphan.locator(".span-chips")).to_contain_text("parent missing")
    expect(orphan.locator(".span-chips")).to_contain_text("stands for 8")

    running = open_span(span_seed.RUNNING)
    expect(running.locator(".span-chips")).to_contain_text("running")
    expect(running.locator(".span-facts")).to_contain_text("still running")


def test_the_spans_above_lead_to_themselves(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)

    panel.get_by_role("navigation", name="Spans above").get_by_role("button", name="POST /orders").click()

    expect(panel.get_by_role("heading", level=2)).to_have_text("POST /orders")
    expect(panel.page).to_have_url(re.compile(f"span={span_seed.ROOT}"))


def test_traces_like_it_are_looked_for_around_it_where_the_range_of_the_page_is_another(
    open_span: OpenSpan,
) -> None:
    panel = open_span(span_seed.HTTP)
    expect(panel.get_by_role("link", name="Same service")).to_be_visible()

    panel.page.evaluate("location.hash += '&since=946684800000&until=946684860000'")

    service = panel.get_by_role("link", name="Same service")
    expect(service).not_to_have_attribute("href", re.compile("since=946684800000"))
    found = decoded(service)
    assert int(found["until"]) - int(found["since"]) == pytest.approx(3_600_000, abs=2)


def test_links_lead_to_its_logs_and_to_traces_like_it(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)

    logs = decoded(panel.get_by_role("link", name="Logs of this span"))
    assert logs["q"] == f"trace:{TRACE} span:{span_seed.HTTP}"
    assert int(logs["until"]) - int(logs["since"]) == pytest.approx(120_200, abs=2)
    operation = panel.get_by_role("link", name="Same operation")
    assert decoded(operation)["q"] == "service:orders operation:POST"
    assert decoded(panel.get_by_role("link", name="Same service"))["q"] == "service:orders"

    operation.click()
    expect(panel.page.get_by_role("combobox", name="Search spans")).to_have_value(
        "service:orders operation:POST"
    )


def test_code_opens_through_a_template_that_can_be_given_here(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)
    expect(panel.locator(".span-ways")).to_contain_text("bank.py:41")

    panel.locator(".span-ways").get_by_role("button", name="Open code").click()
    template = panel.get_by_label("Address of a line of code")
    template.fill("javascript:alert('{path}')")
    expect(panel.get_by_role("alert")).to_contain_text("does not begin like an address")
    expect(panel.get_by_role("button", name="Save")).to_be_disabled()
    template.fill("https://code.example/blob/main")
    expect(panel.get_by_role("alert")).to_contain_text("no {path}")
    panel.get_by_role("button", name="VS Code").click()
    panel.get_by_role("button", name="Save").click()

    link = panel.locator("a.code-link")
    expect(link).to_have_attribute("href", "vscode://file/srv/shop/bank.py:41")
    panel.page.reload()
    expect(link).to_have_attribute("href", "vscode://file/srv/shop/bank.py:41")


def test_code_in_a_repository_is_what_lies_below_its_folder(open_span: OpenSpan) -> None:
    page = open_span(span_seed.HTTP).page

    found = page.evaluate(
        """async () => {
          const { codeHref } = await import("./js/lib/links.js");
          const { codeUrl } = await import("./js/lib/prefs.js");
          const paths = ["/srv/shop/a b/bank.py", "/srv/shopping/x.py", "/usr/x.py", "C:\\\\srv\\\\bank.py"];
          const templates = ["https://c.example/{path:/srv/shop}#L{line}", "https://c.example/{path:C:/srv/}"];
          return templates.map((template) => {
            codeUrl.value = template;
            return paths.map((path) => codeHref({ "code.file.path": path, "code.line.number": "7" }));
          });
        }"""
    )

    assert found == [
        ["https://c.example/a%20b/bank.py#L7", "", "", ""],
        ["", "", "", "https://c.example/bank.py"],
    ]


def test_attributes_are_grouped_by_what_they_are_about(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)

    groups = panel.locator(".attributes .span-part-head h3")
    expect(groups).to_have_text(
        [
            re.compile(name)
            for name in (
                "HTTP 4",
                "Sonde 4",
                "User and session 2",
                "Code 3",
                "Network and host 1",
                "Other 3",
                "Resource 1",
                "Scope seed",
            )
        ]
    )
    expect(panel.locator(".part-http .attribute-key")).to_have_text(
        ["http.request.method", "http.response.body.size", "http.response.status_code", "url.full"]
    )


def test_a_filter_finds_keys_and_values_and_stays_for_the_next_span(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)
    filter_ = panel.get_by_role("searchbox", name="Filter attributes")

    filter_.fill("FRAGILE")
    expect(panel.locator(".attribute-key")).to_have_text(["shop.note"])
    filter_.fill("server.a")
    expect(panel.locator(".attribute-key")).to_have_text(["server.address"])
    filter_.fill("nothing like it")
    expect(panel.locator(".attributes")).to_contain_text("No attribute has")

    filter_.fill("route")
    panel.get_by_role("navigation", name="Spans above").get_by_role("button").first.click()
    expect(panel.locator(".attribute-key")).to_have_text(["http.route"])
    expect(filter_).to_have_value("route")

    filter_.press("Escape")
    expect(filter_).to_have_value("")
    expect(panel).to_be_visible()
    filter_.press("Escape")
    panel.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_value_is_copied_alone_and_as_a_search_term(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)
    row = attribute(panel, "url.full")

    row.hover()
    row.get_by_role("button", name="Copy the value").click()
    assert copied(panel.page) == "https://bank.example/charges?amount=12"
    row.get_by_role("button", name="as a search term").click()
    expect(panel.page.get_by_text("Search term copied")).to_be_visible()
    assert copied(panel.page) == 'url.full:"https://bank.example/charges?amount=12"'


def test_a_value_leads_to_the_traces_with_it_and_to_those_of_the_operation_without_it(
    open_span: OpenSpan,
) -> None:
    panel = open_span(span_seed.HTTP)
    row = attribute(panel, "shop.note")

    assert decoded(row.get_by_role("link", name="Search traces with this"))["q"] == "shop.note:fragile"
    without = decoded(row.get_by_role("link", name="Search traces without"))
    assert without["q"] == "operation:POST NOT shop.note:fragile"
    # A key that is a field of the search is told apart from it.
    named = attribute(panel, "name").get_by_role("link", name="Search traces with this")
    assert decoded(named)["q"] == 'attribute.name:"a key that is a field of the search"'

    row.hover()
    row.get_by_role("link", name="Search traces with this").click()
    expect(panel.page.locator("main")).to_contain_text("POST /orders")


def test_the_tools_of_a_row_are_one_stop_of_the_tab_key_and_the_arrows_go_on(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)
    page = panel.page
    rows = panel.locator(".part-http .attribute")

    rows.first.get_by_role("button", name="Copy the value").focus()
    page.keyboard.press("ArrowRight")
    expect(rows.first.get_by_role("button", name="as a search term")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1).get_by_role("button", name="as a search term")).to_be_focused()
    page.keyboard.press("Enter")
    assert copied(page) == "http.response.body.size:2048"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    expect(rows.nth(2).get_by_role("button", name="Copy the value")).to_be_focused()


def test_json_is_laid_out_when_asked_for_digit_for_digit(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)
    row = attribute(panel, "config")

    row.get_by_role("button", name="JSON").click()

    assert row.locator(".attribute-value .value-text").inner_text() == (
        f'{{\n  "retries": 3,\n  "big": {span_seed.HUGE}\n}}'
    )


def test_long_values_are_folded_and_unfold_quickly(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.LONG)
    row = attribute(panel, "long.unbroken")
    text = row.locator(".attribute-value .value-text")
    assert len(text.inner_text()) < 500

    began = time.monotonic()
    row.get_by_role("button", name="Show all (98 KiB)").click()
    expect(row.get_by_role("button", name="Show less")).to_be_visible()
    panel.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert time.monotonic() - began < 2
    assert text.evaluate("element => element.textContent.length") == 100_000
    assert panel.evaluate("element => element.scrollWidth <= element.clientWidth")
    row.get_by_role("button", name="Show less").click()
    assert len(text.inner_text()) < 500

    lines = attribute(panel, "long.lines").locator(".attribute-value .value-text")
    assert lines.inner_text().count("\n") < 8


def test_of_ten_thousand_attributes_some_are_shown_and_all_are_found(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.WIDE)

    expect(panel.locator(".attributes-head")).to_contain_text("10,000")
    expect(panel.locator(".attribute")).to_have_count(60)
    panel.get_by_role("button", name="Show 500 more attributes of 9,940").click()
    expect(panel.locator(".attribute")).to_have_count(560)

    panel.get_by_role("searchbox").fill("wide.key.9876")
    expect(panel.locator(".attribute-key")).to_have_text(["wide.key.9876"])


def test_what_was_folded_and_which_tab_was_open_is_remembered(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)
    heading = panel.locator(".part-http h3 button")

    heading.click()
    expect(heading).to_have_attribute("aria-expanded", "false")
    panel.locator(".part-resource h3 button").click()
    expect(panel.locator(".part-resource")).to_contain_text("service.name")
    panel.page.reload()
    expect(heading).to_have_attribute("aria-expanded", "false")
    expect(panel.locator(".part-resource")).to_contain_text("service.name")

    panel.get_by_role("tab", name="Events").click()
    panel.page.reload()
    expect(panel.get_by_role("tab", name="Events")).to_have_attribute("aria-selected", "true")
    expect(panel.locator(".event-list")).to_be_visible()


def test_tabs_go_by_keys(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)
    page = panel.page
    chosen = panel.locator("[role=tab][aria-selected=true]")

    page.keyboard.press("]")
    expect(chosen).to_contain_text("Events")
    page.keyboard.press("[")
    expect(chosen).to_contain_text("Details")
    chosen.focus()
    page.keyboard.press("ArrowLeft")
    expect(chosen).to_contain_text("JSON")
    expect(chosen).to_be_focused()


def test_escape_closes_the_panel(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP)

    panel.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(panel.page).not_to_have_url(re.compile("span="))


def test_events_stand_on_a_line_of_time_and_in_a_list(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP, tab="Events")
    events = panel.locator(".span-event")

    expect(events).to_have_count(2)
    expect(events.first).to_contain_text("+10.0 ms")
    expect(events.first).to_contain_text("cache.miss")
    expect(events.last).to_contain_text(re.compile(r"\+140 ms.*retry.*attempt.*2"))
    marks = panel.locator(".event-mark")
    assert [each.evaluate("mark => mark.style.left") for each in marks.all()] == ["5%", "70%"]

    marks.first.focus()
    panel.page.keyboard.press("ArrowRight")
    panel.page.keyboard.press("Enter")
    expect(events.last).to_have_class(re.compile("current"))


def test_links_go_both_ways_and_to_other_traces(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP, tab="Links")

    targets = panel.locator(".span-links a")
    expect(targets).to_have_count(2)
    expect(panel.locator(".span-links")).to_contain_text(re.compile("why.*batch"))
    targets.last.click()
    expect(panel.get_by_role("heading", level=2)).to_have_text("publish order")
    expect(panel.locator(".span-links")).to_contain_text("Linked from")
    expect(panel.locator(".span-links")).to_contain_text("in this trace")

    panel.get_by_role("link", name="consume batch").click()
    expect(panel.get_by_role("heading", level=2)).to_have_text("consume batch")
    expect(panel.page).to_have_url(re.compile(f"#/traces/{span_seed.OTHER_TRACE}.*span={span_seed.LINKING}"))
    back = panel.get_by_role("link", name=span_seed.QUEUED)
    expect(back).to_have_attribute("href", re.compile(f"/traces/{TRACE}"))


def test_logs_of_the_span_unfold_and_lead_to_the_logs_page(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP, tab="Logs")
    logs = panel.locator(".span-log")

    expect(logs).to_have_count(2)
    expect(logs.first).to_contain_text(re.compile(r"\+5\.00 ms\s*INFO\s*asking the bank"))
    expect(logs.last).to_contain_text(re.compile(r"\+20\.0 ms\s*ERROR\s*bank\.refused"))
    logs.last.get_by_role("button").first.click()
    expect(logs.last.locator(".span-words")).to_contain_text("for the second time")
    expect(logs.last.locator(".attribute")).to_contain_text(re.compile("bank.*first"))
    expect(logs.last.get_by_role("article", name="Exception Refused")).to_contain_text(
        "/srv/shop/orders.py:7"
    )
    assert decoded(logs.last.get_by_role("link", name="In Logs"))["q"] == (
        f"trace:{TRACE} span:{span_seed.HTTP}"
    )
    assert decoded(logs.last.get_by_role("link", name="All events"))["q"] == "event:bank.refused"


def test_a_log_chosen_in_the_trace_is_unfolded(spans: SondeServer, open_page: OpenPage) -> None:
    found = spans.get("/api/v1/logs", traceId=TRACE, spanId=span_seed.HTTP)["logs"]
    page = open_page(f"{spans.url}/#/traces/{TRACE}?span={span_seed.HTTP}&log={found[0]['id']}")
    panel = page.get_by_role("complementary", name="Span")

    expect(panel.locator(".span-log.current .span-words")).to_contain_text("for the second time")
    panel.get_by_role("tab", name="Details").click()
    expect(panel.locator(".http-line")).to_be_visible()
    expect(page).not_to_have_url(re.compile("log="))


def test_a_span_that_ends_while_it_is_looked_at_is_shown_as_ended(
    spans: SondeServer, open_page: OpenPage
) -> None:
    trace_id, span_id = "5c" * 16, "00000000000000d1"
    started = seed.span(trace_id, span_id, "", "slow work", time.time_ns() - 2_000_000_000, 1500)
    body = {"resourceSpans": [seed.of_service("orders", started | {"endTimeUnixNano": "0"})]}
    send(spans, "traces", body)
    page = open_page(f"{spans.url}/#/traces/{trace_id}?span={span_id}")
    panel = page.get_by_role("complementary", name="Span")
    expect(panel.locator(".span-facts")).to_contain_text("still running")
    panel.get_by_role("tab", name="Logs").click()
    expect(panel).to_contain_text("wrote no logs")

    send(spans, "traces", {"resourceSpans": [seed.of_service("orders", started)]})
    log = seed.record(trace_id, span_id, time.time_ns() - 1_000_000_000, "INFO", "done at last")
    send(spans, "logs", {"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]})

    expect(panel.locator(".span-facts")).to_contain_text("1.50 s", timeout=20_000)
    expect(panel.locator(".span-log")).to_contain_text("done at last", timeout=20_000)


def test_what_is_empty_says_so(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.ROOT)

    for tab, words in (("Events", "no events"), ("Logs", "no logs"), ("Links", "No links")):
        panel.get_by_role("tab", name=tab).click()
        expect(panel.locator(".span-body")).to_contain_text(words)


def test_the_json_of_the_span_can_be_copied(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HTTP, tab="JSON")

    expect(panel.locator(".json-text")).to_contain_text('"operation": "POST"')
    panel.locator(".span-json").get_by_role("button", name="Copy").click()
    assert json.loads(copied(panel.page))["spanId"] == span_seed.HTTP


def test_runs_and_entities_have_their_pages_and_sessions_and_users_are_searches(
    open_span: OpenSpan, spans: SondeServer
) -> None:
    panel = open_span(span_seed.HTTP)
    links = panel.locator(".belongings a.chip")

    expect(links).to_have_text(
        ["Run run_9", "Session ses_1", "User usr_7", "order ord_42", "item itm_1", "item itm_2"]
    )
    expect(links.nth(0)).to_have_attribute("href", re.compile("#/runs/run_9"))
    for number, entity in enumerate(["order/ord_42", "item/itm_1", "item/itm_2"], 3):
        expect(links.nth(number)).to_have_attribute("href", re.compile(f"#/entities/{entity}"))
    for question in (decoded(links.nth(1))["q"], decoded(links.nth(2))["q"]):
        found = spans.get("/api/v1/spans", q=question)["spans"]
        assert [span["spanId"] for span in found] == [span_seed.HTTP], question
    expect(panel.get_by_role("link", name="Open the run")).to_have_attribute(
        "href", "https://ci.example/runs/9"
    )


def test_an_unknown_span_is_told_with_what_the_api_says(spans: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{spans.url}/#/traces/{TRACE}?span=00000000000000ee", expect_failed_requests=True)
    panel = page.get_by_role("complementary", name="Span")

    expect(panel.get_by_role("alert")).to_be_visible()
    panel.get_by_role("button", name="Close the span").click()
    expect(panel).to_have_count(0)


def test_hostile_spans_are_shown_as_they_are(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.HOSTILE_SPAN)

    expect(panel.get_by_role("heading", level=2)).to_contain_text(HOSTILE)
    expect(panel.locator(".status-message")).to_have_text(HOSTILE)
    for tab in ("Events", "Logs", "Links", "JSON", "Details"):
        panel.get_by_role("tab", name=tab).click()
        expect(panel.locator(".span-body")).to_be_visible()
        assert panel.evaluate("element => element.scrollWidth <= element.clientWidth"), tab
        assert panel.locator("img, script, iframe").count() == 0
    addresses = panel.locator("a").evaluate_all("links => links.map((link) => link.protocol)")
    assert set(addresses) == {"http:"}
    panel.locator(".part-rest h3").scroll_into_view_if_needed()
    expect(panel.locator(".attribute").filter(has_text="rtl").locator("bdi").last).to_have_text(span_seed.RTL)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_nothing_sticks_out_at_any_width(open_span: OpenSpan, width: int, theme: str) -> None:
    panel = open_span(span_seed.HTTP, width=width, theme=theme)

    for tab in ("Details", "Events", "Logs", "Links", "JSON"):
        panel.get_by_role("tab", name=tab).click()
        expect(panel.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert panel.evaluate("element => element.scrollWidth <= element.clientWidth"), tab
    assert fits(panel.page)


@pytest.mark.parametrize(
    ("span_id", "tabs"),
    [
        (span_seed.HTTP, ("Details", "Events", "Logs", "Links", "JSON")),
        (span_seed.FAILED, ("Details", "Events")),
        (span_seed.CHAT, ("Details",)),
        (span_seed.DATABASE, ("Details",)),
        (span_seed.WIDE, ("Details",)),
    ],
)
def test_no_tab_has_a_serious_fault(open_span: OpenSpan, span_id: str, tabs: tuple[str, ...]) -> None:
    panel = open_span(span_id)

    for tab in tabs:
        panel.get_by_role("tab", name=tab).click()
        expect(panel.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        expect(panel.get_by_role("status", name="Loading")).to_have_count(0)
        assert serious(panel.page) == [], tab
