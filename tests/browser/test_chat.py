"""The chat of `examples/chat` in a browser: from its page to its database in one trace."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer, free_port
from playwright.sync_api import Browser, Page, expect

REPOSITORY = Path(__file__).resolve().parents[2]
BUILT_WITHIN_S = 180

pytestmark = [
    pytest.mark.browser,
    pytest.mark.node,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """What the page and the chat send to."""
    running = SondeServer(tmp_path_factory.mktemp("chat-server") / "data").start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def chat(server: SondeServer, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the example, started as people start it."""
    folder, port = tmp_path_factory.mktemp("chat"), free_port()
    own = ("SONDE_", "OTEL_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    log = folder / "run.log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            [
                *(sys.executable, "-u", str(REPOSITORY / "examples" / "chat" / "run.py")),
                *("--port", str(port), "--folder", str(folder / "data")),
            ],
            env={**env, "SONDE_URL": server.url},
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + BUILT_WITHIN_S
        while not (found := re.search(r"Open (http://\S+)", log.read_text())):
            if running.poll() is not None and "npm error" in log.read_text():
                pytest.skip(f"npm cannot build the page: {log.read_text()[-500:]}")
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield found[1]
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0, log.read_text()


@pytest.fixture
def page(browser: Browser, chat: str) -> Generator[Page]:
    """The chat's page, connected; it must not have failed."""
    failures: list[str] = []
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(15_000)
    opened.on("pageerror", lambda error: failures.append(str(error)))
    opened.goto(chat)
    expect(opened.locator("form:not([inert])")).to_be_visible()
    yield opened
    opened.close()
    assert failures == []


def ask(page: Page, text: str) -> str:
    """Ask, wait for the answer; the id of its trace."""
    answers = page.locator("li.model a")
    before = answers.count()
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(answers).to_have_count(before + 1)
    return (answers.last.get_attribute("href") or "").rpartition("/")[2]


def stored(server: SondeServer, trace_id: str) -> list[dict[str, Any]]:
    """The spans of a trace, once those that end last on both sides are there."""
    end = time.monotonic() + 20
    while True:
        server.flush()
        answer = httpx.get(f"{server.url}/api/v1/traces/{trace_id}")
        spans: list[dict[str, Any]] = answer.json()["spans"] if answer.is_success else []
        if {"chat.send", "receive chat.ask"} <= {span["operation"] for span in spans}:
            return spans
        assert time.monotonic() < end, [span["operation"] for span in spans]
        time.sleep(0.2)


def below(spans: list[dict[str, Any]], *names: str) -> dict[str, Any]:
    """The last span of a chain of parents and children, named from the first one down."""
    parent: str = ""
    found: dict[str, Any] = {}
    for name in names:
        chosen = [span for span in spans if span["operation"] == name and span["parentSpanId"] == parent]
        assert chosen, f"no {name} below {found.get('operation')} in {[span['operation'] for span in spans]}"
        found = chosen[0]
        parent = found["spanId"]
    return found


def test_a_question_is_one_trace_from_the_browser_to_the_database(server: SondeServer, page: Page) -> None:
    trace_id = ask(page, "What is a span?")

    expect(page.locator("li.model p")).to_contain_text("a span is one piece of it")
    spans = stored(server, trace_id)
    assert {span["service"] for span in spans} == {"chat-page", "chat"}
    below(spans, "chat.send", "POST", "POST /api/messages", "INSERT messages")
    answering = ("chat.send", "call chat.ask", "receive chat.ask")
    assert below(spans, *answering)["kind"] == "Consumer"
    model = below(spans, *answering, "generate_content gemini-2.5-flash")["attributes"]
    below(spans, *answering, "INSERT messages")
    words = below(spans, *answering, "emit chat.words", "receive chat.words")
    assert words["service"] == "chat-page"
    assert model["gen_ai.provider.name"] == "gcp.gemini"
    assert model["gen_ai.conversation.id"].startswith("conv_")
    assert model["user.id"] == "usr_you"
    assert model["gen_ai.usage.input_tokens"] == "4"
    assert float(model["gen_ai.usage.cost"]) > 0
    assert float(model["gen_ai.response.time_to_first_chunk"]) > 0
    assert "gen_ai.input.messages" not in model


def test_a_refusal_of_the_model_is_shown_and_recorded(server: SondeServer, page: Page) -> None:
    trace_id = ask(page, "Are you busy?")

    expect(page.locator("li.failed p")).to_have_text("The model is overloaded.")
    spans = stored(server, trace_id)
    failed = {span["operation"]: span for span in spans if span["statusCode"] == "Error"}
    assert set(failed) == {"chat.send", "generate_content gemini-2.5-flash"}
    assert failed["generate_content gemini-2.5-flash"]["attributes"]["error.type"] == "429"


def test_the_model_looks_a_word_up(server: SondeServer, page: Page) -> None:
    trace_id = ask(page, "What does it mean: latency?")

    expect(page.locator("li.model p").last).to_have_text("Latency is how long somebody waits for an answer.")
    spans = stored(server, trace_id)
    answering = ("chat.send", "call chat.ask", "receive chat.ask")
    tool = below(spans, *answering, "execute_tool look_up")["attributes"]
    assert tool["gen_ai.tool.name"] == "look_up"
    assert [span["operation"] for span in spans].count("generate_content gemini-2.5-flash") == 2


def test_the_conversation_goes_on(server: SondeServer, page: Page) -> None:
    ask(page, "What is a span?")
    trace_id = ask(page, "Who are you?")

    expect(page.locator("li.model p").last).to_contain_text("I am a stand-in")

    stored(server, trace_id)
    found = httpx.get(f"{server.url}/api/v1/ai/sessions", timeout=30).json()["sessions"]
    session = next(each for each in found if each["calls"] == 2)
    turns = httpx.get(f"{server.url}/api/v1/ai/sessions/{session['sessionId']}", timeout=30).json()["turns"]
    assert [turn["model"] for turn in turns] == ["gemini-2.5-flash"] * 2
    assert session["costUsd"] == pytest.approx(sum(turn["costUsd"] for turn in turns))
