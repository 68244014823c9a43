"""What a span is about, in its panel: requests, statements, exceptions, conversations."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.browser import span_seed
from tests.browser.conftest import OpenSpan
from tests.browser.span_texts import NODE_STACK, STATEMENT

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def messages(panel: Locator) -> Locator:
    return panel.locator(".ai-message")


def test_a_request_is_one_line(open_span: OpenSpan) -> None:
    line = open_span(span_seed.HTTP).locator(".http-line")

    expect(line).to_contain_text(re.compile(r"POST\s*503\s*https://bank\.example/charges\?amount=12"))
    expect(line.locator(".chip.error")).to_have_text("503")
    expect(line).to_contain_text("received 2.0 KiB")


def test_a_statement_is_laid_out_with_what_it_ran_on(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.DATABASE)

    expect(panel.locator(".span-database .inline-facts").first).to_have_text(
        re.compile(r"System postgresql\s*Database shop\s*Collection orders\s*Rows 1,234")
    )
    statement = panel.locator(".sql")
    assert statement.inner_text().strip().split("\n") == [
        "SELECT o.id, o.total",
        "FROM orders o",
        "LEFT JOIN customers c ON c.id = o.customer_id",
        "WHERE o.status = 'open'",
        "  AND o.total > $1",
        "  AND o.id IN (",
        "    SELECT order_id",
        "    FROM flags",
        "  )",
        "ORDER BY o.id",
        "LIMIT 10",
    ]
    expect(statement.locator(".sql-text")).to_have_text("'open'")
    panel.get_by_role("button", name="As sent").click()
    expect(panel.locator(".statement-text")).to_contain_text(STATEMENT)


def test_what_is_no_sql_stays_as_it_is(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.REDIS)

    expect(panel.locator(".statement-text")).to_have_text("SET select from ?")
    expect(panel.locator(".sql")).to_have_count(0)


def test_a_python_chain_shows_the_own_frames_and_folds_the_others(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.FAILED)
    card = panel.get_by_role("article", name="Exception shop.PaymentFailed")

    expect(card.locator(".span-exception-head, .exception-head")).to_contain_text("at +10.0 ms")
    expect(card.locator(".stack-frame")).to_have_count(2)
    expect(card.locator(".stack-frame").first).to_contain_text("/srv/shop/bank.py:41 in ask")
    expect(card.locator(".stack-frame code").first).to_have_text("return self.client.post(url)")
    expect(card.locator(".stack-relation")).to_have_text(
        "The above exception was the direct cause of the following exception:"
    )
    expect(card.locator(".stack-title").first).to_contain_text("httpcore.ConnectError: refused")

    card.get_by_role("button", name="2 frames of httpx, httpcore").click()
    expect(card.locator(".stack-frame")).to_have_count(4)


def test_all_frames_and_the_text_as_it_was_sent_are_a_click_away(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.NODE)
    card = panel.get_by_role("article")

    expect(card.locator(".stack-frame")).to_have_count(2)
    expect(card.locator(".frames-folded")).to_have_text("2 frames of express, node")
    card.get_by_role("button", name="Show all frames (2 folded)").click()
    expect(card.locator(".stack-frame")).to_have_count(4)
    card.get_by_role("button", name="As text").click()
    assert card.locator(".stack-text").inner_text() == NODE_STACK


@pytest.mark.parametrize(
    ("span_id", "own", "folded"),
    [
        (
            span_seed.JAVA,
            ["com/shop/Bank.java:12", "com/shop/Main.java:7", "com/shop/Net.java:3", "... 2 more"],
            ["2 frames of java, org.springframework"],
        ),
        (span_seed.GO, ["/srv/shop/bank.go:12", "/srv/shop/main.go:8"], ["1 frame of net/http"]),
    ],
)
def test_other_languages_are_read_as_well(
    open_span: OpenSpan, span_id: str, own: list[str], folded: list[str]
) -> None:
    card = open_span(span_id).get_by_role("article")

    frames = card.locator(".stack-frame")
    expect(frames).to_have_count(len(own))
    for frame, place in zip(frames.all(), own, strict=True):
        expect(frame).to_contain_text(place)
    expect(card.locator(".frames-folded")).to_have_text(folded)


def test_frames_lead_to_the_code(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.FAILED)
    panel.page.evaluate(
        "localStorage.setItem('sonde.codeUrl', JSON.stringify('https://c.example/{path}#L{line}'))"
    )
    panel.page.reload()

    links = panel.locator(".stack-frame a")
    expect(links.first).to_have_attribute("href", "https://c.example/srv/shop/bank.py#L41")
    expect(links).to_have_count(2)


def test_an_ai_call_is_a_conversation(open_span: OpenSpan) -> None:
    panel = open_span(span_seed.CHAT)
    said = messages(panel)

    expect(said).to_have_count(5)
    expect(said.nth(0)).to_contain_text(re.compile("system.*Be brief", re.IGNORECASE))
    assert said.nth(1).locator(".span-words").inner_text() == "What is the weather in Paris?\nAnd in Rome?"
    expect(said.nth(4)).to_have_class(re.compile("answer"))
    expect(said.nth(4)).to_contain_text(re.compile("assistant.*stop.*Paris has 21 degrees"))

    said.nth(2).get_by_role("button", name="Calls get_weather").click()
    assert said.nth(2).locator(".folded-body .value-text").inner_text() == '{\n  "city": "Paris"\n}'
    said.nth(2).get_by_role("button", name="Reasoning").click()
    expect(said.nth(2)).to_contain_text("I need the weather tool.")
    said.nth(3).get_by_role("button", name="Result").click()
    expect(said.nth(3).locator(".folded-body")).to_contain_text('"degrees": 21')


def test_an_ai_call_says_model_tokens_cost_and_time(open_span: OpenSpan) -> None:
    facts = open_span(span_seed.CHAT).locator(".conversation .inline-facts")

    for words in (
        "Model gpt-5",
        "Provider openai",
        "Tokens in 1,200",
        "out 34",
        "cached 1,000",
        "reasoning 12",
        "Cost $0.000715",
        "First token 250 ms",
        "Finish stop",
    ):
        expect(facts).to_contain_text(words)
    expect(facts.get_by_role("link", name="Whole conversation")).to_have_attribute("href", "#/ai/conv_1")


@pytest.mark.parametrize(
    ("span_id", "expected"),
    [
        (
            span_seed.NUMBERED_CHAT,
            ["system.*Be kind", "user.*Hello there", "assistant.*Good day.*Calls wave"],
        ),
        (span_seed.TOLD_CHAT, ["user.*Told in an event", "assistant.*stop.*Answered so"]),
        (span_seed.INFERENCE_CHAT, ["user.*Draw a cat", "assistant.*Calls draw"]),
        (span_seed.LOGGED_CHAT, ["user.*Said in a log", "assistant.*stop.*So I see"]),
        (span_seed.TOOL, ["assistant.*Calls get_weather", "tool.*Result of get_weather"]),
    ],
)
def test_older_and_other_conventions_are_conversations_too(
    open_span: OpenSpan, span_id: str, expected: list[str]
) -> None:
    said = messages(open_span(span_id))

    expect(said).to_have_text([re.compile(each, re.IGNORECASE | re.DOTALL) for each in expected])


def test_broken_messages_are_shown_as_they_are(open_span: OpenSpan) -> None:
    said = messages(open_span(span_seed.BROKEN_CHAT))

    expect(said.first).to_contain_text("Not valid JSON, shown as it is.")
    expect(said.first).to_contain_text("cut of… [truncated")
    expect(said.nth(1)).to_contain_text("17")
