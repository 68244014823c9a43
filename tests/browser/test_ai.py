"""The pages of AI calls, used as people use them."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.server_process import SondeServer
from playwright.sync_api import Page, expect
from tests.ai_messages import EMITTERS, requests_of
from tests.browser import ai_seed
from tests.browser.conftest import OpenPage, ServerWith, fits

from sonde.query.ai_messages import messages_of

READ = """async ([module, attributes]) => (await import(module)).messagesOf(attributes).map((each) => [
    each.role, each.isAnswer,
    each.parts.map(({ kind, text, name, id }) => [kind, text, name ?? "", id ?? ""]),
])"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the seeded calls."""
    return server_with(traces=[ai_seed.traces(time.time_ns())])


def open_usage(open_page: OpenPage, server: SondeServer, query: str = "", **how: object) -> Page:
    page = open_page(f"{server.url}/#/ai{query}", **how)
    expect(page.locator(".ai-usage tbody tr").first).to_be_visible(timeout=30_000)
    expect(page.locator(".ai-calls li").first).to_be_visible(timeout=30_000)
    return page


def open_session(open_page: OpenPage, server: SondeServer, session: str, **how: object) -> Page:
    page = open_page(f"{server.url}/#/ai/{quote(session, safe='')}", **how)
    expect(page.locator(".ai-turn").first).to_be_visible(timeout=30_000)
    return page


def test_usage_is_switched_by_dimension_and_says_what_has_no_price(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_usage(open_page, server)
    expect(page.locator(".ai-totals")).to_contain_text("$0.0055")
    expect(page.locator(".ai-totals")).to_contain_text("4,000 tokens in, 30 % of them cached")
    expect(page.locator(".unknown-models")).to_contain_text("house-model-7")
    page.get_by_role("button", name="user", exact=True).click()
    expect(page).to_have_url(re.compile("by=user"))
    expect(page.locator(".ai-usage tbody tr").first).to_contain_text("usr_1")
    page.get_by_role("button", name="Failing").click()
    expect(page.locator(".ai-calls").first).to_contain_text("RateLimitError")
    page.get_by_role("button", name="Cut off").click()
    expect(page.locator(".ai-calls").first).to_contain_text("cut off")
    page.get_by_role("button", name="session", exact=True).click()
    page.locator(".ai-usage").get_by_role("link", name=ai_seed.SESSION).click()
    expect(page.locator(".ai-turn")).to_have_count(4, timeout=20_000)


def test_cost_stands_below_the_tokens_of_the_same_time(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/ai")
    charts = page.locator(".ai-over-time .u-over")
    expect(charts).to_have_count(2, timeout=20_000)
    tokens, cost = ((each.bounding_box() or {}) for each in charts.all())
    assert (tokens["x"], tokens["width"]) == (cost["x"], cost["width"])
    expect(page.get_by_role("group", name=re.compile(r"^Cost: \$0\.0055"))).to_contain_text(
        "US dollars $0.0055"
    )


def test_a_span_costs_what_its_call_does(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/traces/{1:032x}?span={2:016x}")
    expect(page.locator(".conversation .inline-facts")).to_contain_text("Cost $0.00275", timeout=20_000)


def test_a_session_reads_as_a_conversation(server: SondeServer, open_page: OpenPage) -> None:
    page = open_session(open_page, server, ai_seed.SESSION)
    turns = page.locator(".ai-turn")
    expect(turns).to_have_count(4)
    expect(turns.nth(0)).to_contain_text("What is the weather in Bern?")
    expect(turns.nth(1)).to_contain_text("Result of weather")
    expect(turns.nth(2)).to_contain_text("2 messages from before")
    expect(turns.nth(2)).not_to_contain_text("What is the weather in Bern?")
    expect(turns.nth(2)).to_contain_text("It is warm.")
    expect(turns.nth(3)).to_contain_text("slow down")
    for named in ("usr_1", "orc_1", "run_1", "before_chat", "pym_1"):
        expect(page.locator(".run-facts .chip.about", has_text=named).first).to_be_visible()
    turns.nth(0).locator(".row-link").click()
    expect(page).to_have_url(re.compile(f"#/traces/{1:032x}.*span={2:016x}"))
    page.get_by_role("link", name="Whole conversation").first.click(timeout=20_000)
    expect(page).to_have_url(re.compile("#/ai/conv"))
    expect(turns).to_have_count(4)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"#/ai(\?|$)"))
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill(ai_seed.SESSION)
    page.get_by_role("option").filter(has_text="Conversation").click(timeout=20_000)
    expect(turns).to_have_count(4)


def test_a_conversation_fits_a_phone_with_its_results_and_answers(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_session(open_page, server, ai_seed.SESSION, width=390)
    expect(page.locator(".ai-message.answer").last).to_contain_text(ai_seed.ANSWER)
    assert fits(page)
    for each in page.locator(".ai-message, .folded-head, .ai-message .icon-button").all():
        box = each.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390, each.inner_text()


def test_a_tool_that_tells_its_name_alone_is_not_said_to_be_unrecorded(
    server: SondeServer, open_page: OpenPage
) -> None:
    turns = open_session(open_page, server, ai_seed.TERSE_SESSION).locator(".ai-turn")
    expect(turns).to_have_count(3)
    expect(turns.nth(2)).to_contain_text("What was said is not recorded.")
    expect(turns.nth(1)).to_contain_text("weather")
    expect(turns.nth(1)).not_to_contain_text("recorded")


def test_traces_runs_entities_and_orchestrations_lead_to_the_conversation(
    server: SondeServer, open_page: OpenPage
) -> None:
    for place in (
        f"traces/{1:032x}",
        "runs/run_1",
        "entities/payment/pym_1",
        "orchestrations/orc_1",
    ):
        page = open_page(f"{server.url}/#/{place}")
        chips = page.locator("a.chip").filter(has_text=ai_seed.SESSION)
        chips.and_(page.locator('[href*="#/ai/"]')).first.click()
        expect(page.locator(".ai-turn")).to_have_count(4, timeout=20_000)


def test_an_unknown_session_and_no_calls_say_what_to_do(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/ai/nothing", expect_failed_requests=True)
    expect(page.get_by_text("no AI call of the session nothing is stored.")).to_be_visible(timeout=20_000)
    page = open_page(f"{server.url}/#/ai?q=service:nobody")
    expect(page.get_by_text("No AI call matches in this time.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Without the search").click()
    expect(page.locator(".ai-usage tbody tr").first).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_and_hostile_texts_do_no_harm(
    server: SondeServer, open_page: OpenPage, theme: str
) -> None:
    for page in (
        open_usage(open_page, server, theme=theme),
        open_session(open_page, server, ai_seed.HOSTILE_SESSION, theme=theme, width=400),
    ):
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert fits(page)


def test_the_page_and_the_server_read_the_same_messages(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(f"{server.url}/#/status")
    main = page.evaluate("document.querySelector('script[src]').src")
    module = main.replace("main.js", "components/span/messages.js")
    compared = 0
    for emitter in EMITTERS:
        traces, _ = requests_of(emitter)
        for span in (s for r in traces.resource_spans for scope in r.scope_spans for s in scope.spans):
            attributes = _attributes(span)
            here = [
                [
                    each.role,
                    each.is_answer,
                    [[part.kind, part.text, part.name, part.id] for part in each.parts],
                ]
                for each in messages_of(attributes)
            ]
            there = page.evaluate(READ, [module, attributes])
            assert here == there, (emitter, span.name)
            compared += len(here)
    assert compared > 50


def _attributes(span: Any) -> dict[str, str]:
    """Its attributes as they are stored."""
    found: dict[str, str] = {}
    for each in span.attributes:
        kind = each.value.WhichOneof("value")
        value = getattr(each.value, kind) if kind else ""
        found[each.key] = value if isinstance(value, str) else str(value)
    return found
