"""Pipelines by the API and by the command, as the SDK tells them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.api.cli_process import environment, sonde, sonde_on_a_terminal
from tests.api.query_api import QueryApi
from tests.unit.query.otlp import S, request

from sonde.query.pipeline_answers import PipelineDetails, PipelinePage, ScriptList
from sonde.settings import Settings
from sonde.store import Database, Store
from sonde.testing import insert

SIGN_INS = """
import sonde

sonde.configure(service_name="signin")
for user, blocks in [("usr/ada \\u202e", False), ("usr_eve", True)]:
    about = {"user_id": user, "request_ip": "192.0.2.7", "context": {"tenant": "acme"}}
    with sonde.pipeline("before_signin", **about) as p:
        with p.script("Geo Blocker", script_id="geo", layer=0, index=0) as s:
            s.output({"country": "CH"})
            if blocks:
                s.blocked("country \\x1b[31mXX", {"country": "XX"})
        p.expect("Risk", script_id="risk", layer=1, index=0)
sonde.flush()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server that two sign-ins were told to."""
    made = SondeServer(tmp_path_factory.mktemp("pipelines") / "data")
    try:
        made.start()
        subprocess.run(
            [sys.executable, "-c", SIGN_INS], env=environment(SONDE_URL=made.url), check=True, timeout=60
        )
        made.flush()
        yield made
    finally:
        made.close()


def get(server: SondeServer, path: str, **params: Any) -> Any:
    """The JSON at a path below `/api/v1/pipelines`."""
    return httpx.get(f"{server.url}/api/v1/pipelines{path}", params=params).raise_for_status().json()


def described(shape: Any, body: Any) -> Any:
    """What of the body is described."""
    adapter = TypeAdapter(shape)
    return adapter.dump_python(adapter.validate_python(body), mode="json")


def test_answers_have_the_shapes_that_are_described(server: SondeServer) -> None:
    page = get(server, "")
    assert described(PipelinePage, page) == page
    assert [each["userId"] for each in page["pipelines"]] == ["usr_eve", "usr/ada \u202e"]
    details = get(server, f"/{page['pipelines'][0]['traceId']}")
    assert described(PipelineDetails, details) == details
    assert details["blockedBy"]["name"] == "Geo Blocker"
    assert [script["status"] for layer in details["layers"] for script in layer["scripts"]] == [
        "blocked",
        "skipped",
    ]
    figures = get(server, "/scripts", trigger="before_signin")
    assert described(ScriptList, figures) == figures
    assert [(each["name"], each["blockRate"]) for each in figures["scripts"]] == [
        ("Geo Blocker", 0.5),
        ("Risk", 0),
    ]


def test_any_id_of_a_user_is_looked_for_as_it_is(server: SondeServer) -> None:
    assert len(get(server, "", userId="usr/ada \u202e")["pipelines"]) == 1
    assert get(server, "", userId="' OR 1=1 --")["pipelines"] == []
    assert get(server, "", userId="é" * 500)["pipelines"] == []


def test_a_list_without_data_has_neither_context_nor_result(server: SondeServer) -> None:
    with_data, without = get(server, "")["pipelines"][0], get(server, "", data="false")["pipelines"][0]
    assert json.loads(with_data["contextSnapshot"]) == {"tenant": "acme"}
    assert without == with_data | {"contextSnapshot": "", "resultData": ""}


def test_mistakes_are_told_apart(store: Store, database: Database, settings: Callable[..., Settings]) -> None:
    insert(database, request([S(1, 1)]))
    api = QueryApi(store, database, settings())
    assert api.error(f"/pipelines/{1:032x}", 404)["message"].endswith("is no execution of a pipeline")
    assert api.error(f"/pipelines/{2:032x}", 404)["hint"].startswith("executions are kept 30 days")
    for odd in ("xyz", "%2e%2e%2fstatus", "é" * 500):
        assert "trace id is 32" in api.error(f"/pipelines/{odd}", 400)["message"]
    assert "running, success" in api.error("/pipelines", 400, status="odd")["hint"]


def test_the_command_lists_shows_and_compares(server: SondeServer) -> None:
    env = {"SONDE_URL": server.url}
    listed = sonde("pipelines", "--status", "blocked", "--format", "json", env=env)
    assert listed.code == 0, listed
    [execution] = json.loads(listed.out)["pipelines"]
    table = sonde("pipelines", env=env)
    assert [line.split()[1] for line in table.out.splitlines()][1:] == ["before_signin"] * 2
    assert "\x1b" not in table.out
    assert "\u202e" not in table.out
    drawn = sonde("pipelines", "show", execution["traceId"], env=env)
    assert drawn.code == 0, drawn
    assert "blocked by Geo Blocker: country ␛[31mXX" in drawn.out
    assert '+ country: "XX"' in drawn.out
    assert f"sonde trace {execution['traceId']}\n" in drawn.out
    assert drawn.out.index("layer 0") < drawn.out.index("Geo Blocker  ") < drawn.out.index("layer 1")
    scripts = sonde("pipelines", "scripts", "--format", "csv", env=env)
    assert [line.split(",")[4] for line in scripts.out.splitlines()] == ["name", "Geo Blocker", "Risk"]
    over_time = sonde("pipelines", "scripts", "--over-time", env=env)
    assert over_time.code == 0, over_time
    assert "Geo Blocker  before_signin  signin  layer 0" in over_time.out
    [blocked] = [line for line in over_time.out.splitlines() if line.strip().startswith("blocked")]
    assert "█" in blocked
    assert "50.0%, at most 50%, first" in blocked
    steps = sonde("pipelines", "scripts", "--over-time", "--format", "csv", env=env).out.splitlines()
    assert steps[0].startswith("triggerEvent,service,layerIndex")
    assert len(steps) > 60
    assert sonde("pipelines", "scripts", "--over-time", "--format", "json", env=env).out.startswith("{")
    assert "Geo Blocker" in sonde_on_a_terminal("pipelines", "scripts", columns=80, env=env)


def test_the_command_says_what_is_not_there(server: SondeServer) -> None:
    env = {"SONDE_URL": server.url}
    nothing = sonde("pipelines", "--user", "nobody", env=env)
    assert (nothing.code, nothing.out) == (1, "")
    assert "no executions of pipelines" in nothing.err
    unknown = sonde("pipelines", "show", "f" * 32, env=env)
    assert unknown.code == 1
    assert "executions are kept 30 days" in unknown.err
    odd = sonde("pipelines", "show", "../status", env=env)
    assert odd.code != 0
    assert odd.err
