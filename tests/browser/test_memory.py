"""Pages that are refreshed again and again let go of what they showed before."""

from __future__ import annotations

import pytest
from bench.server_process import SondeServer
from playwright.sync_api import expect
from tests.browser.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REFRESHES = 12
# The newest answer and what has not been collected yet.
MOST_ALIVE = 4

WATCH_ANSWERS = """
window.answers = {};
const json = Response.prototype.json;
Response.prototype.json = async function () {
  const data = await json.call(this);
  const path = new URL(this.url).pathname.replace(/.*\\/api\\/v1\\//, "");
  (window.answers[path] ??= []).push(new WeakRef(data));
  return data;
};
"""


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("/", "overview"),
        ("/traces", "traces"),
        ("/logs", "logs"),
        ("/errors", "errors"),
        ("/status", "status"),
    ],
)
def test_answers_that_others_took_the_place_of_are_let_go(
    seeded: SondeServer, open_page: OpenPage, path: str, question: str
) -> None:
    # A page that ends with the test, as the script stays with it.
    page = open_page(f"{seeded.url}/#{path}").context.new_page()
    page.add_init_script(WATCH_ANSWERS)
    page.goto(f"{seeded.url}/#{path}")
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_load_state("networkidle")

    for number in range(REFRESHES):
        before = page.evaluate("(question) => (window.answers[question] ?? []).length", question)
        page.keyboard.press("r")
        page.wait_for_function(
            "([question, before]) => (window.answers[question] ?? []).length > before", arg=[question, before]
        )
        # What is asked for after it, too.
        if number % 4 == 0:
            page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)

    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    alive = page.evaluate(
        "(question) => window.answers[question].filter((answer) => answer.deref()).length", question
    )
    assert alive <= MOST_ALIVE
