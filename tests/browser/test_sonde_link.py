"""`<sonde-link>` in an internal tool on another origin: the example, in a real browser, with keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer, free_port
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.conftest import fits

from sonde.query.links import Entity
from sonde.server.link_tokens import LinkTokens

REPOSITORY = Path(__file__).resolve().parents[2]
HOSTILE = ["<img src=x onerror=harmed=1>", "a/b?c#d&e", "Grüße 💶", "x" * 500, '" onclick="harmed=1']

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OpenTool = Callable[..., Page]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A key of each scope, and the data directory they are of."""
    folder = tmp_path_factory.mktemp("link") / "data"
    made = {"folder": str(folder)}
    for scope in ("admin", "links"):
        command = [sys.executable, "-m", "sonde", "keys", "create", "--scope", scope]
        told = subprocess.run(
            [*command, "--data-dir", str(folder)], capture_output=True, text=True, check=True
        )
        made[scope] = told.stdout.strip().split()[-1]
    return made


@pytest.fixture(scope="module")
def sonde(keys: dict[str, str]) -> Generator[SondeServer]:
    """A server that asks for keys, with links of a payment and of ids that mean harm."""
    server = SondeServer(Path(keys["folder"]))
    try:
        server.start()
        ids = [("payment", "pym_1"), ("invoice", "inv_pym_1"), *(("payment", each) for each in HOSTILE)]
        body = [{"type": kind, "id": name, "runId": "run_7c1"} for kind, name in ids]
        ask(server, keys, "POST", "/api/v1/links", json=body)
        yield server
    finally:
        server.close()


def ask(server: SondeServer, keys: dict[str, str], method: str, path: str, **more: Any) -> Any:
    """What the server answers to an administrator."""
    headers = {"authorization": f"Bearer {keys['admin']}"}
    answer = httpx.request(method, server.url + path, headers=headers, timeout=30, **more)
    return answer.raise_for_status().json()


@pytest.fixture(scope="module")
def tool(sonde: SondeServer, keys: dict[str, str]) -> Generator[str]:
    """The address of the example tool."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SONDE_")}
    command = [sys.executable, str(REPOSITORY / "examples/support_tool/run.py"), "--port", "0"]
    env = {**inherited, "SONDE_URL": sonde.url, "SONDE_API_KEY": keys["links"]}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[1].partition("/payment")[0]
        finally:
            process.terminate()


@pytest.fixture
def open_tool(browser: Browser, tool: str) -> Generator[OpenTool]:
    """Opens a page of the tool, with or without another source of its tokens."""
    opened: list[Page] = []

    def open_(path: str = "/payment/pym_1", tokens: Callable[[Route], None] | None = None) -> Page:
        page = browser.new_page()
        page.set_default_timeout(10_000)
        if tokens:
            page.route("**/sonde-token*", tokens)
        page.goto(tool + path)
        opened.append(page)
        return page

    yield open_
    for page in opened:
        assert page.evaluate("window.harmed") is None
        page.close()


def link_of(page: Page, entity_id: str) -> Any:
    return page.locator(f"sonde-link[entity-id={json.dumps(entity_id)}]")


def always(**answer: Any) -> Callable[[Route], None]:
    """Answers every request for a token so."""

    def fulfil(route: Route) -> None:
        route.fulfill(**answer)

    return fulfil


def test_a_page_of_another_origin_leads_to_runs_and_no_key_is_in_it(
    open_tool: OpenTool, sonde: SondeServer, keys: dict[str, str]
) -> None:
    sent: list[str] = []
    page = open_tool("/")
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers}"))
    page.get_by_label("Id").fill("pym_1")
    page.get_by_role("button", name="Open").click()
    for name in ("pym_1", "inv_pym_1"):
        expect(link_of(page, name).get_by_role("link", name="Run run_7c1")).to_have_attribute(
            "href", f"{sonde.url}/#/runs/run_7c1"
        )
    for name in ("whk_pym_1", "ntf_pym_1"):
        expect(link_of(page, name)).to_have_text("No link available")
        expect(link_of(page, name)).to_have_attribute("state", "none")
    assert keys["links"] not in page.content() + "".join(sent)
    assert sum("/api/v1/links/query " in each for each in sent) == 1


def test_the_link_is_seen_whole_on_a_phone(open_tool: OpenTool) -> None:
    page = open_tool("/payment/pym_2026_01_1_of_a_customer")
    page.set_viewport_size({"width": 390, "height": 900})
    for each in page.locator("sonde-link").all():
        box = each.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
    assert fits(page)


def test_following_a_link_is_counted(open_tool: OpenTool, sonde: SondeServer, keys: dict[str, str]) -> None:
    def clicks() -> int:
        ask(sonde, keys, "POST", "/api/v1/flush")
        return int(ask(sonde, keys, "GET", "/api/v1/links/use")["clicks"])

    before = clicks()
    page = open_tool()
    with page.expect_response("**/api/v1/links/clicks") as counted, page.expect_popup() as run:
        link_of(page, "pym_1").get_by_role("link").click()
    assert counted.value.status == 204
    assert run.value.url == f"{sonde.url}/#/runs/run_7c1"
    assert run.value.evaluate("window.opener") is None
    run.value.close()
    assert clicks() == before + 1
    (entry,) = ask(sonde, keys, "GET", "/api/v1/audit?action=click&limit=1")["audit"]
    assert (entry["entityId"], entry["runId"], entry["origin"]) == (
        "pym_1",
        "run_7c1",
        page.evaluate("location.origin"),
    )
    assert entry["tokenId"]


@pytest.mark.parametrize("entity_id", HOSTILE)
def test_ids_that_mean_harm_are_text(open_tool: OpenTool, entity_id: str) -> None:
    page = open_tool(f"/payment/{quote(entity_id, safe='')}")
    expect(page.locator("sonde-link").first).to_have_text("Run run_7c1")
    assert page.locator("sonde-link").first.get_attribute("entity-id") == entity_id


def test_an_expired_token_is_replaced_once_and_the_page_never_sees_it(
    open_tool: OpenTool, keys: dict[str, str]
) -> None:
    key_id = keys["links"].split("_")[1]
    past = LinkTokens(Path(keys["folder"]), clock=lambda: time.time() - 3600)
    expired, _ = past.make("default", key_id, lifetime_s=300, entities=None)
    asked: list[str] = []

    def first_expired(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(json={"token": expired, "lifetimeS": 300})
        else:
            route.continue_()

    page = open_tool(tokens=first_expired)
    expect(link_of(page, "pym_1")).to_have_attribute("state", "found")
    assert len(asked) == 2

    page = open_tool(tokens=always(json={"token": expired, "lifetimeS": 300}))
    expect(link_of(page, "pym_1")).to_have_attribute("state", "refused")
    expect(link_of(page, "pym_1")).to_have_text("No link available: not signed in to Sonde")


def test_a_token_is_renewed_before_it_ends(open_tool: OpenTool) -> None:
    asked: list[str] = []

    def nearly_over(route: Route) -> None:
        asked.append(route.request.url)
        answer = route.fetch()
        route.fulfill(json={**answer.json(), "lifetimeS": 9})

    page = open_tool(tokens=nearly_over)
    expect(link_of(page, "pym_1")).to_have_attribute("state", "found")
    before = len(asked)
    with page.expect_response("**/sonde-token*"):
        link_of(page, "pym_1").evaluate("element => element.refresh()")
    assert len(asked) == before + 1


@pytest.mark.parametrize(
    ("status", "state"), [(401, "refused"), (403, "refused"), (500, "down"), (503, "down")]
)
def test_a_tool_that_gives_no_token_is_told_apart(open_tool: OpenTool, status: int, state: str) -> None:
    page = open_tool(tokens=always(status=status, body="<h1>no</h1>"))
    expect(link_of(page, "pym_1")).to_have_attribute("state", state)
    expect(link_of(page, "pym_1")).to_contain_text("No link available: ")


def test_forbidden_and_away_are_told_apart_and_empty_stays_empty(
    open_tool: OpenTool, keys: dict[str, str]
) -> None:
    key_id = keys["links"].split("_")[1]
    mine = [Entity("payment", "pym_1")]
    token, _ = LinkTokens(Path(keys["folder"])).make("default", key_id, lifetime_s=300, entities=mine)
    page = open_tool("/")

    def add(entity_id: str, **attributes: str) -> Any:
        named = {"entity-type": "payment", "entity-id": entity_id, "token": token, **attributes}
        page.evaluate(
            """named => {
                const element = document.createElement("sonde-link");
                for (const [name, value] of Object.entries(named)) element.setAttribute(name, value);
                document.body.append(element);
            }""",
            named,
        )
        return page.locator("sonde-link").last

    expect(add("pym_1")).to_have_text("Run run_7c1")
    other = add("pym_2")
    expect(other).to_have_text("No link available: not allowed")
    expect(other).to_have_attribute("state", "forbidden")
    empty = add("pym_2", empty="")
    expect(empty).to_have_attribute("state", "forbidden")
    expect(empty).to_have_text("")
    away = add("pym_1", server=f"http://127.0.0.1:{free_port()}")
    expect(away).to_have_attribute("state", "down")
    expect(away).to_have_text("No link available: Sonde does not answer")
    named = add("pym_1", label="What happened?")
    expect(named.get_by_role("link", name="What happened?")).to_be_visible()
    named.evaluate("element => element.setAttribute('entity-id', 'pym_2')")
    expect(named).to_have_attribute("state", "forbidden")
    expect(add("", empty="")).to_have_attribute("state", "none")


def test_the_tool_decides_how_it_looks(open_tool: OpenTool) -> None:
    page = open_tool()
    link = link_of(page, "pym_1").get_by_role("link")
    assert link.evaluate("element => getComputedStyle(element).color") == "rgb(10, 107, 79)"
    assert link.evaluate("element => getComputedStyle(element).textDecorationLine") == "none"
    message = link_of(page, "whk_pym_1").get_by_text("No link available")
    assert message.evaluate("element => getComputedStyle(element).fontStyle") == "italic"
    page.emulate_media(color_scheme="dark")
    assert link.evaluate("element => getComputedStyle(element).color") == "rgb(95, 211, 174)"


def test_an_answer_with_a_harmful_address_is_no_link(open_tool: OpenTool) -> None:
    page = open_tool("/")

    def harmful(route: Route) -> None:
        link = {"type": "payment", "id": "pym_1", "runId": "<b>r</b>", "url": "javascript:harmed=1"}
        told = {"links": [{"status": "found", "link": link}] * 4}
        route.fulfill(json=told, headers={"access-control-allow-origin": "*"})

    page.route("**/api/v1/links/query", harmful)
    page.goto(page.url + "payment/pym_1")
    expect(link_of(page, "pym_1")).to_have_text("No link available")
    assert page.locator("sonde-link a").count() == 0


def test_the_script_is_at_a_path_that_stays(sonde: SondeServer) -> None:
    answer = httpx.get(f"{sonde.url}/sonde-link.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = httpx.get(f"{sonde.url}/sonde-link.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert "import " not in answer.text
