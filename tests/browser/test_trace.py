"""The page of one trace: its rows, their times, what is folded, and what it belongs to."""

from __future__ import annotations

import re
import time

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import Locator, Page, expect
from tests.browser import seed, trace_seed
from tests.browser.conftest import OpenPage, ServerWith, fits, send

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SPANS = 10_000


@pytest.fixture(scope="module")
def server(server_with: ServerWith) -> SondeServer:
    """A server with the traces of `trace_seed`, and one of 10 000 spans."""
    start = time.time_ns() - 5_000_000_000
    spans, logs = trace_seed.order(start)
    others = [trace_seed.deep(start), trace_seed.hostile(start), seed.many_spans(trace_seed.MANY, SPANS)]
    return server_with(traces=[spans, *others], logs=[logs])


def at(server: SondeServer, trace_id: str, params: str = "") -> str:
    return f"{server.url}/#/traces/{trace_id}{'?' if params else ''}{params}"


def tree(page: Page) -> Locator:
    return page.get_by_role("tree", name="Spans of the trace")


def row(page: Page, name: str) -> Locator:
    """The row of the span whose operation begins with a text."""
    return page.locator(f'[role=treeitem][aria-label^="{name}"]')


def operations(page: Page) -> list[str]:
    """What the rows in the document say first, from the top."""
    return page.evaluate(
        "[...document.querySelectorAll('[role=treeitem]')]"
        ".sort((a, b) => a.dataset.row - b.dataset.row).map((row) => row.querySelector('bdi').textContent)"
    )


def current(page: Page) -> Locator:
    return page.locator("[role=treeitem][aria-selected=true]")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def top_of(of: Locator) -> float:
    box = of.bounding_box()
    assert box is not None
    return box["y"]


def opened_order(server: SondeServer, open_page: OpenPage, params: str = "", *, width: int = 1280) -> Page:
    page = open_page(at(server, trace_seed.ORDER, params), width=width)
    expect(row(page, "POST /orders")).to_be_visible()
    return page


def test_the_head_says_what_the_trace_is_and_belongs_to(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    facts = page.locator(".trace-facts")
    expect(page.get_by_role("heading", level=1)).to_have_text("POST /orders storefront")
    expect(facts).to_contain_text("620 ms")
    expect(facts).to_contain_text("14 spans")
    expect(facts).to_contain_text("4 failed")
    expect(facts.get_by_role("link", name=re.compile("^payments 3[0-9] %"))).to_be_visible()
    for text in ("order ord_42", "customer cus_7", "nightly run-9", "req-81", "session-5"):
        expect(facts.get_by_role("link", name=text)).to_be_visible()
    assert page.title() == "POST /orders · Sonde"


def test_what_a_trace_touched_leads_to_all_that_happened_to_it(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = opened_order(server, open_page)

    page.get_by_role("link", name="order ord_42").click()

    expect(page).to_have_url(re.compile("#/entities/order/ord_42"))
    expect(page.locator(".entity-entry").first).to_contain_text("nightly run-9")


def test_the_logs_of_the_trace_are_a_click_away(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    page.get_by_role("link", name="3 logs").click()

    expect(page).to_have_url(re.compile(rf"#/logs\?.*q=trace%3A{trace_seed.ORDER}"))


def test_spans_are_shown_below_what_called_them_with_their_durations(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = opened_order(server, open_page)

    assert operations(page) == [
        "POST /orders", "validate cart", "POST inventory /reserve", "POST /reserve",
        "SELECT stock 0", "SELECT stock 1", "SELECT stock 2", "SELECT stock 3",
        "POST payments /charges", "POST /charges", "fraud check", "bank.charge", "render", "send receipt",
    ]  # fmt: skip
    expect(row(page, "bank.charge")).to_have_attribute("aria-level", "4")
    expect(row(page, "bank.charge")).to_contain_text("125 ms")
    bar, cart = (row(page, name).locator(".bar").bounding_box() for name in ("POST /orders", "validate cart"))
    assert bar is not None
    assert cart is not None
    assert cart["width"] == pytest.approx(bar["width"] * 60 / 620, abs=2)
    assert cart["x"] - bar["x"] == pytest.approx(bar["width"] * 4 / 620, abs=2)


def test_failures_are_said_in_words_and_signs(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    failed = row(page, "bank.charge")
    expect(failed).to_have_attribute("aria-label", re.compile("failed: CardDeclinedError"))
    expect(failed.locator(".tr-name > svg")).to_have_count(1)
    expect(failed).to_contain_text("CardDeclinedError")
    expect(row(page, "validate cart").locator(".tr-name > svg")).to_have_count(0)


def test_a_span_whose_parent_is_missing_says_so(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    expect(row(page, "send receipt")).to_contain_text("parent missing")
    expect(row(page, "send receipt")).to_have_attribute("aria-level", "1")


def test_events_are_marks_on_the_bars_that_say_their_names(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    marks = row(page, "fraud check").locator(".mark")
    expect(marks).to_have_count(2)
    marks.first.hover()

    tip = page.locator(".row-tip")
    expect(tip).to_contain_text("score at 350 ms")
    expect(tip).to_contain_text("2 events")
    expect(row(page, "bank.charge").locator(".mark.bad")).to_have_count(1)
    row(page, "POST /charges").locator(".tr-name").hover()
    expect(tip).to_contain_text("2 spans below · 1 link")


def test_the_critical_path_is_marked_and_the_rest_can_be_dimmed(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = opened_order(server, open_page)

    image = row(page, "validate cart").locator(".bar").evaluate("(bar) => bar.style.backgroundImage")
    assert "--critical" in image
    assert page.locator(".tr.dim").count() == 0
    press(page, "c")
    expect(row(page, "send receipt")).to_have_class(re.compile(r"\bdim\b"))
    expect(row(page, "validate cart")).not_to_have_class(re.compile(r"\bdim\b"))
    expect(page).to_have_url(re.compile("critical=1"))
    page.get_by_role("button", name="Critical path").click()
    expect(page.locator(".tr.dim")).to_have_count(0)


def test_a_click_on_the_arrow_folds_and_unfolds(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    row(page, "POST payments").locator("[data-fold]").click()
    expect(row(page, "bank.charge")).to_have_count(0)
    expect(row(page, "POST payments")).to_have_attribute("aria-expanded", "false")
    expect(row(page, "POST payments")).to_contain_text("+3")
    expect(row(page, "POST payments")).to_have_attribute("aria-label", re.compile("failures below"))
    expect(page).to_have_url(re.compile("closed=0000000000000009"))

    page.reload()
    expect(row(page, "render")).to_be_visible()
    expect(row(page, "bank.charge")).to_have_count(0)
    row(page, "POST payments").locator("[data-fold]").click()
    expect(row(page, "bank.charge")).to_be_visible()


def test_the_keys_of_a_tree_move_fold_and_open(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    press(page, "j", "j", "ArrowDown")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^POST inventory"))
    expect(tree(page)).to_have_attribute("aria-activedescendant", "row-2")
    press(page, "ArrowLeft")
    expect(row(page, "POST /reserve")).to_have_count(0)
    press(page, "ArrowRight")
    expect(row(page, "POST /reserve")).to_be_visible()
    press(page, "ArrowRight")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^POST /reserve"))
    press(page, "End")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^send receipt"))
    press(page, "k", "k")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^bank.charge"))
    press(page, "ArrowLeft")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^POST /charges"))
    press(page, "Home")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^POST /orders"))
    press(page, "Enter")
    expect(page).to_have_url(re.compile("span=0000000000000001"))
    expect(page.locator(".span-panel")).to_be_visible()
    press(page, "j")
    expect(page).to_have_url(re.compile("span=0000000000000002"))
    press(page, "Escape")
    expect(page.locator(".span-panel")).to_have_count(0)


def test_levels_unfold_by_number_and_by_choice(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    press(page, "1")
    expect(row(page, "validate cart")).to_have_count(0)
    assert operations(page) == ["POST /orders", "send receipt"]
    press(page, "2")
    expect(row(page, "validate cart")).to_be_visible()
    expect(row(page, "POST /reserve")).to_have_count(0)
    row(page, "POST inventory").locator("[data-fold]").click()
    expect(row(page, "POST /reserve")).to_be_visible()
    expect(row(page, "SELECT stock 0")).to_have_count(0)
    page.get_by_label("Levels unfolded").select_option("All levels")
    expect(row(page, "SELECT stock 0")).to_be_visible()
    page.get_by_label("Levels unfolded").select_option("3 levels (8)")
    expect(row(page, "SELECT stock 0")).to_have_count(0)
    press(page, "*")
    expect(row(page, "SELECT stock 0")).to_be_visible()


def test_the_current_span_leaves_its_place_to_what_it_is_folded_into(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = opened_order(server, open_page)

    row(page, "bank.charge").locator(".tr-bar").click()
    press(page, "Escape", "2")

    expect(current(page)).to_have_attribute("aria-label", re.compile("^POST payments"))


def test_logs_stand_in_line_below_their_spans(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)

    press(page, "l")
    expect(page.locator(".tr-log")).to_have_count(3)
    declined = page.locator(".tr-log").filter(has_text="declined")
    expect(declined.locator(".severity")).to_have_text("ERROR")
    assert top_of(declined) > top_of(row(page, "bank.charge"))
    declined.click()
    expect(page).to_have_url(re.compile("span=000000000000000c"))
    expect(page).to_have_url(re.compile("log=[^&]+"))
    page.get_by_role("button", name="Logs", exact=True).click()
    expect(page.locator(".tr-log")).to_have_count(0)


def test_dragging_over_the_axis_zooms_and_back_zooms_out(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)
    axis = page.locator(".time-axis").bounding_box()
    assert axis is not None

    page.mouse.move(axis["x"] + axis["width"] * 0.5, axis["y"] + 8)
    page.mouse.down()
    page.mouse.move(axis["x"] + axis["width"] * 0.75, axis["y"] + 8, steps=4)
    page.mouse.up()

    expect(page).to_have_url(re.compile(r"from=3[01]\d{7}&to=4[67]\d{7}"))
    expect(row(page, "validate cart").locator(".aside.before")).to_be_visible()
    expect(row(page, "render").locator(".aside.after")).to_be_visible()
    expect(page.locator(".tick").first).to_contain_text("ms")
    page.go_back()
    expect(row(page, "validate cart").locator(".bar")).to_be_visible()


def test_wheel_and_keys_zoom_and_pan(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)
    bar = row(page, "validate cart").locator(".bar")
    before = bar.bounding_box()
    assert before is not None

    page.mouse.move(before["x"], before["y"] + 5)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+"))
    after = bar.bounding_box()
    assert after is not None
    assert after["width"] > before["width"] * 2
    assert after["x"] == pytest.approx(before["x"], abs=3)

    address = page.url
    press(page, "Shift+ArrowRight")
    expect(page).not_to_have_url(address)
    press(page, "0")
    expect(page).not_to_have_url(re.compile("from="))
    press(page, "+", "+")
    expect(page).to_have_url(re.compile("from=232500000&to=387500000"))
    press(page, "-")
    expect(page).to_have_url(re.compile("from=155000000&to=465000000"))
    press(page, "0", "End", "k", "z")
    expect(page).to_have_url(re.compile("from=58"))


def test_the_mini_map_moves_and_chooses_the_time_shown(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page)
    box = page.locator(".minimap").bounding_box()
    assert box is not None

    def drag(start: float, end: float) -> None:
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * end, box["y"] + 20, steps=5)
        page.mouse.up()

    drag(0.2, 0.4)
    expect(page).to_have_url(re.compile(r"from=12[34]\d{6}&to=24[78]\d{6}"))
    drag(0.3, 0.5)
    expect(page).to_have_url(re.compile(r"from=24[78]\d{6}&to=37[12]\d{6}"))
    drag(0.7, 0.9)
    expect(page).to_have_url(re.compile(r"from=43[34]\d{6}&to=55[789]\d{6}"))
    page.locator(".minimap").dblclick(position={"x": 10, "y": 10})
    expect(page).not_to_have_url(re.compile("from="))


def test_a_link_to_a_span_shows_it_wherever_it_is(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(at(server, trace_seed.MANY, "span=0000000000001f40&level=1"))

    expect(current(page)).to_have_attribute("aria-selected", "true")
    expect(current(page).locator("a")).to_have_attribute("href", re.compile("span=0000000000001f40"))
    expect(current(page)).to_be_in_viewport()
    expect(page).to_have_url(re.compile("open=0000000000000001"))
    expect(page.locator(".span-panel")).to_be_visible()


def test_a_span_chosen_in_the_panel_is_shown_among_the_rows(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page, "level=1")
    page.goto(at(server, trace_seed.ORDER, "level=1&span=000000000000000c"))
    expect(current(page)).to_have_attribute("aria-label", re.compile("^bank.charge"))

    page.locator(".span-panel").get_by_role("button", name="POST payments").click()

    expect(current(page)).to_have_attribute("aria-label", re.compile("^POST payments"))
    expect(page).to_have_url(re.compile("span=0000000000000009"))


def test_ten_thousand_spans_are_scrolled_through_and_few_rows_exist(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = open_page(at(server, trace_seed.MANY))
    expect(page.get_by_role("treeitem").first).to_be_visible()

    tree(page).hover()
    for _ in range(20):
        page.mouse.wheel(0, 2_000)
    expect(page.locator(".waiting")).to_have_count(0)
    assert page.locator(".tr").count() < 80
    press(page, "End")
    expect(page.locator("#row-9999")).to_be_visible()
    press(page, "ArrowLeft")
    expect(current(page)).to_have_attribute("aria-expanded", "true")
    press(page, "Home")
    expect(page.locator("#row-0")).to_be_visible()


def test_folding_moves_nothing_above(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(at(server, trace_seed.MANY))
    expect(page.get_by_role("treeitem").first).to_be_visible()
    tree(page).hover()
    page.mouse.wheel(0, 3_000)
    page.wait_for_function("() => document.querySelector('.spans').scrollTop >= 3000")
    expect(page.locator("#row-130")).to_be_visible()
    folded = page.locator("[role=treeitem][aria-expanded=true]").nth(1)
    name = folded.locator("a").get_attribute("href")
    same = page.locator(f"[role=treeitem]:has(a[href='{name}'])")
    before = top_of(same)

    same.locator("[data-fold]").click()

    expect(same).to_have_attribute("aria-expanded", "false")
    assert top_of(same) == pytest.approx(before, abs=1)


def test_deep_traces_keep_their_names_readable(server: SondeServer, open_page: OpenPage) -> None:
    page = open_page(at(server, trace_seed.DEEP))
    expect(page.get_by_role("treeitem").first).to_be_visible()

    press(page, "End")

    expect(current(page)).to_have_attribute("aria-level", "120")
    name = current(page).locator("a").bounding_box()
    assert name is not None
    assert name["width"] > 60


def test_the_splitter_is_moved_by_pointer_and_keys_and_remembered(
    server: SondeServer, open_page: OpenPage
) -> None:
    page = opened_order(server, open_page)
    splitter = page.get_by_role("separator", name="Width of the names")
    box = splitter.bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 3, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 103, box["y"] + 40, steps=4)
    page.mouse.up()
    moved = splitter.bounding_box()
    assert moved is not None
    assert moved["x"] == pytest.approx(box["x"] + 100, abs=3)
    splitter.focus()
    press(page, "ArrowLeft", "ArrowLeft")
    page.reload()
    expect(row(page, "POST /orders")).to_be_visible()
    kept = page.get_by_role("separator", name="Width of the names").bounding_box()
    assert kept is not None
    assert box["x"] + 20 < kept["x"] < moved["x"] - 20


def test_a_trace_that_still_runs_fills_in_and_what_is_looked_at_stays(
    server: SondeServer, open_page: OpenPage
) -> None:
    start = time.time_ns() - 3_000_000_000
    send(server, "traces", trace_seed.running(start))
    page = open_page(at(server, trace_seed.RUNNING))
    expect(row(page, "import catalogue")).to_contain_text("running")
    expect(row(page, "import catalogue").locator(".bar.running")).to_be_visible()
    expect(page.locator(".trace-facts")).to_contain_text("Running")
    many = [trace_seed.step(start, n, f"row {n}", 200 + n) for n in range(100, 200)]
    send(server, "traces", {"resourceSpans": [seed.of_service("worker", *many)]})
    expect(row(page, "row 100")).to_be_visible()

    press(page, "End")
    expect(row(page, "row 199")).to_be_visible()
    before = top_of(row(page, "row 190"))
    early = [trace_seed.step(start, n, f"early {n}", 20 + n) for n in range(30, 60)]
    send(server, "traces", {"resourceSpans": [seed.of_service("worker", *early)]})
    expect(page.locator(".trace-facts")).to_contain_text("132 spans")
    expect(tree(page)).to_have_attribute("aria-activedescendant", "row-131")
    expect(current(page)).to_have_attribute("aria-label", re.compile("^row 199"))
    assert top_of(row(page, "row 190")) == pytest.approx(before, abs=1)


def test_a_trace_that_has_not_arrived_is_shown_when_it_does(server: SondeServer, open_page: OpenPage) -> None:
    later = "7c" * 16
    page = open_page(at(server, later), expect_failed_requests=True)
    expect(page.locator("main")).to_contain_text("may still be on their way")

    made = seed.span(later, trace_seed.span_id(5), trace_seed.span_id(4), "late", time.time_ns(), 20)
    send(server, "traces", {"resourceSpans": [seed.of_service("worker", made)]})

    expect(row(page, "late")).to_be_visible()
    expect(page.locator(".trace-facts")).to_contain_text("Root missing")
    expect(page.get_by_text("The root of this trace is missing")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_hostile_names_stay_text_and_the_page_keeps_its_width(
    server: SondeServer, open_page: OpenPage, width: int, theme: str
) -> None:
    page = open_page(at(server, trace_seed.HOSTILE_TREE), width=width, theme=theme)

    expect(row(page, "<img")).to_have_count(2)
    expect(page.get_by_role("treeitem")).to_have_count(5)
    row(page, "long").locator(".mark").hover()
    expect(page.locator(".row-tip")).to_contain_text("long long")
    assert fits(page)


def test_everything_is_reached_on_a_phone(server: SondeServer, open_page: OpenPage) -> None:
    page = opened_order(server, open_page, width=390)

    name, bar = (row(page, "bank.charge").locator(each).bounding_box() for each in (".tr-name", ".bar"))
    assert name is not None
    assert bar is not None
    assert bar["y"] > name["y"] + 15
    row(page, "bank.charge").click()
    panel = page.locator(".span-panel")
    expect(panel).to_be_visible()
    expect(panel).to_be_in_viewport()
    expect(row(page, "bank.charge")).to_be_in_viewport()
    assert top_of(panel) > top_of(tree(page))
    assert fits(page)
