"""Entities over HTTP and on the command line, as a real server has them."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Generator
from io import StringIO
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.api.cli_process import sonde
from tests.api.test_runs import of_service, span

from sonde.query.entity_answers import EntityHistory, EntityPage
from sonde.query.find import Findings

SPACED = " pym_1 "
ODD = "pay/ments 01/ü?#%2F&x=1"
LONG = "x" * 500
HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE entity_links --"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with a payment that was charged twice in a run and seen by another, and odd entities."""
    made = SondeServer(tmp_path_factory.mktemp("entities") / "data")
    try:
        made.start()
        now = time.time_ns()
        spans = [
            span(1, "run_1", now - 300 * 10**9, 2_000, payment="pym_1", error="the bank is closed"),
            span(2, "run_1", now - 290 * 10**9, 2_000, payment="pym_1", attempt=2),
            span(3, "run_2", now - 200 * 10**9, 3_000, job="audit", payment="pym_1"),
            span(4, "run_2", now - 200 * 10**9, 3_000, job="audit", payment="pym_12"),
            *(
                span(5 + n, "run_3", now - 100 * 10**9, 1, payment=each)
                for n, each in enumerate((ODD, LONG, HOSTILE, SPACED))
            ),
        ]
        body = {"resourceSpans": [of_service(*spans)]}
        httpx.post(f"{made.url}/v1/traces", json=body, timeout=30).raise_for_status()
        old = {"type": "payment", "id": "pym_old", "runId": "run_0", "recordedAt": "20d"}
        odd = {"type": "a/b", "id": "x", "runId": "run_0"}
        httpx.post(f"{made.url}/api/v1/links", json=[old, odd], timeout=30).raise_for_status()
        made.flush()
        yield made
    finally:
        made.close()


@pytest.fixture
def env(server: SondeServer) -> dict[str, str]:
    return {"SONDE_URL": server.url}


def ask(server: SondeServer, path: str, code: int = 200, /, **params: Any) -> Any:
    answer = httpx.get(f"{server.url}/api/v1{path}", params=params, timeout=30)
    assert answer.status_code == code, answer.text
    return answer.json()


def test_answers_have_the_shapes_that_are_described(server: SondeServer) -> None:
    found = ask(server, "/entities", q="pym_1")
    assert TypeAdapter(EntityPage).validate_python(found) == found
    assert [(each["id"], each["isExact"], each["runCount"]) for each in found["entities"]] == [
        ("pym_1", True, 2),
        ("pym_12", False, 1),
    ]
    history = ask(server, "/entities/payment/pym_1")
    assert TypeAdapter(EntityHistory).validate_python(history) == history
    assert (history["status"], history["link"]["runId"]) == ("found", "run_2")
    assert [(each["runId"], each["run"]["attempts"]) for each in history["entries"]] == [
        ("run_2", 1),
        ("run_1", 2),
    ]
    assert [(step["status"], step["attempt"]) for step in history["entries"][1]["steps"]] == [
        ("error", 1),
        ("success", 2),
    ]
    assert [each["id"] for each in history["others"][0]["entities"]] == ["pym_12"]
    first = ask(server, "/entities/payment/pym_1", limit=1)
    then = ask(server, "/entities/payment/pym_1", limit=1, cursor=first["nextCursor"])
    assert (then["entries"][0]["runId"], then["nextCursor"]) == ("run_1", None)
    anything = ask(server, "/find", q="run_1")
    assert TypeAdapter(Findings).validate_python(anything) == anything
    assert anything["found"] == [{"kind": "run", "type": "", "id": "run_1", "isExact": True}]


def test_empty_unknown_and_expired_are_different_answers(server: SondeServer) -> None:
    empty = ask(server, "/entities/payment/pym_1", until="1d")
    assert (empty["status"], empty["entries"], empty["runCount"]) == ("found", [], 2)
    unknown = ask(server, "/entities/payment/pym_9", 404)["error"]
    assert unknown["message"] == "nothing is known of the payment pym_9"
    assert "there is the payment pym_1;" in ask(server, "/entities/invoice/pym_1", 404)["error"]["hint"]
    expired = ask(server, "/entities/payment/pym_old")
    assert (expired["status"], expired["link"]) == ("expired", None)
    assert [(each["runId"], each["run"], each["expired"]) for each in expired["entries"]] == [
        ("run_0", None, True)
    ]


def test_spaces_around_an_id_count_where_an_id_has_them(server: SondeServer, env: dict[str, str]) -> None:
    for path, key in (("/entities", "entities"), ("/find", "found")):
        for q, first in ((SPACED, SPACED), ("pym_1 ", "pym_1"), (" pym_12", "pym_12")):
            found = ask(server, path, q=q)[key]
            assert (found[0]["id"], found[0]["isExact"]) == (first, True), (path, q)
    assert ask(server, "/find", q=" run_1\n")["found"][0]["kind"] == "run"
    assert ask(server, "/find", q=" ")["found"] == [
        {"kind": "entity", "type": "payment", "id": SPACED, "isExact": False}
    ]
    listed = sonde("entities", "-q", SPACED, "--format", "json", env=env)
    assert [each["id"] for each in json.loads(listed.out)["entities"]] == [SPACED]


@pytest.mark.parametrize(
    ("kind", "odd"), [("payment", ODD), ("payment", LONG), ("payment", HOSTILE), ("a/b", "x")]
)
def test_odd_ids_are_found_by_their_path(server: SondeServer, kind: str, odd: str) -> None:
    found = ask(server, f"/entities/{quote(kind, safe='')}/{quote(odd, safe='')}")
    assert (found["type"], found["id"], len(found["entries"])) == (kind, odd, 1)
    assert ask(server, "/entities", q=odd)["entities"][0]["id"] == odd


def test_the_commands_list_and_show_entities(env: dict[str, str]) -> None:
    table = sonde("entities", "-q", "pym_1", env=env)
    assert table.code == 0, table
    assert [line.split()[1] for line in table.out.splitlines()] == ["ID", "pym_1", "pym_12"]
    as_json = json.loads(sonde("entities", "--type", "payment", "--format", "json", env=env).out)
    assert {"pym_1", LONG} <= {each["id"] for each in as_json["entities"]}
    shown = sonde("entities", "show", "payment", "pym_1", env=env)
    assert shown.code == 0, shown
    for part in (
        "payment pym_1",
        "2 runs",
        "run billing run_1",
        "2 attempts",
        "the bank is closed",
        "sonde runs show run_1\n",
        "sonde entities show payment pym_12\n",
    ):
        assert part in shown.out
    rows = list(
        csv.DictReader(
            StringIO(sonde("entities", "show", "payment", "pym_1", "--format", "csv", env=env).out)
        )
    )
    assert [row["runId"] for row in rows] == ["run_2", "run_1"]
    hostile = sonde("entities", "show", "payment", HOSTILE, env=env)
    assert HOSTILE in hostile.out


def test_the_commands_say_what_is_not_there(env: dict[str, str]) -> None:
    none = sonde("entities", "-q", "nobody", env=env)
    assert (none.code, none.out) == (1, "")
    assert "no entity begins with nobody is known" in none.err
    unknown = sonde("entities", "show", "payment", "pym_9", env=env)
    assert unknown.code == 1
    assert "nothing is known of the payment pym_9" in unknown.err
    empty = sonde("entities", "show", "payment", "pym_1", "--until", "1d", env=env)
    assert empty.code == 1
    assert "nothing happened to payment pym_1" in empty.err
