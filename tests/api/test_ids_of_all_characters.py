"""Ids with a line break in them, or at their end, or of dots alone, lead to what they name by every path."""

from __future__ import annotations

from collections.abc import Generator
from urllib.parse import quote, unquote

import httpx
import pytest
from bench.server_process import SondeServer
from hypothesis import given
from hypothesis import strategies as st
from tests.api import odd_ids
from tests.api.cli_process import sonde

from sonde.id_paths import id_in_path, id_of_path

DOTS = [".", "..", "~.", "~~..", "%2E%2E"]
ODD = ["a\nb", "a\r\nb/c\n", "\na", "../x", *DOTS]


@pytest.fixture(scope="module")
def http(shared_server: SondeServer) -> Generator[httpx.Client]:
    """The server, which was told a run, an orchestration and a conversation of each id."""
    with httpx.Client(base_url=shared_server.url, timeout=30) as client:
        client.post("/v1/traces", json=odd_ids.traces(ODD)).raise_for_status()
        client.post("/api/v1/flush").raise_for_status()
        yield client


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_an_odd_id_is_found_by_its_path(http: httpx.Client, odd: str) -> None:
    path = id_in_path(odd)
    assert http.get(f"/api/v1/runs/{path}").json()["runId"] == odd
    assert http.get(f"/api/v1/orchestrations/{path}").json()["orchestrationId"] == odd
    assert http.get(f"/api/v1/ai/sessions/{path}").json()["sessionId"] == odd
    assert http.get(f"/api/v1/entities/payment/{path}").json()["id"] == odd
    redirect = http.get(f"/go/payment/{path}")
    assert redirect.status_code == 302
    assert redirect.headers["location"].endswith(f"/#/runs/{quote(odd, safe='')}")
    history = http.get("/api/v1/links/history", params={"type": "payment", "id": odd})
    assert [each["runId"] for each in history.json()["runs"]] == [odd]


def test_a_path_that_leads_to_no_id_says_what_it_looked_for(http: httpx.Client) -> None:
    for path in ("runs", "orchestrations", "ai/sessions", "entities/payment", "pipelines", "metrics"):
        answer = http.get(f"/api/v1/{path}/no%0Asuch")
        assert answer.status_code in (400, 404), path
        assert "nothing is at" not in answer.json()["error"]["message"], path


@pytest.mark.parametrize("odd", ["a\nb", "..", "~."], ids=ascii)
def test_commands_find_an_odd_id(http: httpx.Client, shared_server: SondeServer, odd: str) -> None:
    for command in (
        ("runs", "show", odd),
        ("entities", "show", "payment", odd),
        ("orchestrations", "show", odd),
        ("ai", "show", odd),
        ("link", "history", "payment", odd),
    ):
        done = sonde(*command, "--url", shared_server.url)
        assert done.code == 0, (command, done.err)
        assert _said(odd) in done.out, command


def test_a_type_of_dots_is_found_by_its_path(http: httpx.Client) -> None:
    answer = http.get(f"/api/v1/entities/{id_in_path('..')}/{id_in_path('.')}")
    assert "nothing is known of the .. ." in answer.json()["error"]["message"]
    assert http.get("/go/~../~.").json()["error"]["hint"].startswith("no run has recorded .. '.'")


@given(st.text() | st.from_regex(r"~{0,3}\.{0,3}", fullmatch=True))
def test_an_id_in_a_path_stays_itself_whoever_reads_the_address(text: str) -> None:
    address = httpx.URL(f"http://host/api/v1/runs/{id_in_path(text)}")
    segment = address.raw_path.decode().removeprefix("/api/v1/runs/")
    assert segment.lower().replace("%2e", ".") not in (".", "..")
    assert id_of_path(unquote(segment)) == text


def _said(text: str) -> str:
    return text.replace("\n", "")
