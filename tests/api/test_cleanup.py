"""Cleaning up: the internal endpoint with its key, and `sonde cleanup` with a server and without."""

from __future__ import annotations

import csv
import json
import time
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.api.cli_process import sonde
from tests.api.conftest import NewServer

from sonde.server.api.cleanup import CleanedUp

DAY_S = 86_400
PATH = "/api/internal/cleanup-traces"


def send_spans(server: SondeServer) -> None:
    """Three spans: a pipeline's of 31 days ago, another of 8 days ago, and one of today."""

    def span(number: int, days: float, **said: str) -> dict[str, Any]:
        at = time.time_ns() - round(days * DAY_S) * 10**9
        return {
            "traceId": f"{number:032x}",
            "spanId": f"{number:016x}",
            "name": f"span {number}",
            "startTimeUnixNano": str(at),
            "endTimeUnixNano": str(at + 10**6),
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in said.items()],
        }

    spans = [span(1, 31, **{"sonde.pipeline.trigger_event": "before_signin"}), span(2, 8), span(3, 0)]
    body = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": spans}]}]}
    httpx.post(f"{server.url}/v1/traces", json=body, timeout=30).raise_for_status()
    server.flush()


def clean(server: SondeServer, code: int = 200, /, key: str = "", **params: Any) -> Any:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    answer = httpx.post(f"{server.url}{PATH}", params=params, headers=headers, timeout=60)
    assert answer.status_code == code, answer.text
    if code == 200:
        TypeAdapter(CleanedUp).validate_python(answer.json())
    return answer.json()


def names(server: SondeServer) -> list[str]:
    found = httpx.get(f"{server.url}/api/v1/spans", params={"since": "40d"}, timeout=30).json()["spans"]
    return sorted(each["operation"] for each in found)


def test_a_scheduler_is_answered_with_the_cutoff_and_what_went(new_server: NewServer) -> None:
    server = new_server().start()
    send_spans(server)

    shown = clean(server, dryRun=True)
    assert (shown["ok"], shown["dryRun"], shown["deleted"]["otel_traces"]) == (True, True, 2)
    assert names(server) == ["span 1", "span 2", "span 3"]
    assert {each["table"]: each["rows"] for each in shown["tables"]}["otel_traces"] == 3

    done = clean(server)
    assert (done["ok"], done["dryRun"], done["deleted"]) == (True, False, shown["deleted"])
    expected = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 30 * DAY_S))
    assert done["cutoff"].startswith(expected)
    told = {(each["kind"], each["rows"]) for each in done["rules"] if each["table"] == "otel_traces"}
    assert {("pipeline", 1), ("other", 1), ("error", 0)} <= told
    assert names(server) == ["span 3"]
    assert httpx.get(f"{server.url}/api/v1/traces/{1:032x}", timeout=30).status_code == 404
    assert sum(clean(server)["deleted"].values()) == 0


def test_what_cannot_be_a_time_is_refused(shared_server: SondeServer) -> None:
    for text in ("soon", "-3d", "0d", "999999d"):
        error = clean(shared_server, 400, olderThan=text)["error"]
        assert error["hint"] == "use a time like 30d or 12h"


def test_only_keys_for_jobs_clean_up_and_only_their_tenant(new_server: NewServer, tmp_path: Path) -> None:
    env = {"SONDE_DATA_DIR": str(tmp_path / "data")}

    def key(*scopes: str) -> str:
        arguments = [word for scope in scopes for word in ("--scope", scope)]
        made = sonde("keys", "create", *arguments, env=env)
        assert made.code == 0, made.err
        return made.out.strip()

    reader, scheduler = key("read"), key("jobs")
    server = new_server().start()
    assert clean(server, 401)["error"]["code"] == "unauthenticated"
    assert clean(server, 403, key=reader)["error"]["code"] == "forbidden"
    assert clean(server, key=scheduler)["ok"] is True


def test_the_command_shows_asks_and_deletes(new_server: NewServer) -> None:
    server = new_server().start()
    send_spans(server)
    env = {"SONDE_URL": server.url}

    shown = sonde("cleanup", "--dry-run", env=env)
    assert shown.code == 0
    assert "pipeline" in shown.out
    assert "30 days" in shown.out
    as_csv = sonde("cleanup", "--dry-run", "--format", "csv", env=env)
    rows = {(row["table"], row["kind"]): row["rows"] for row in csv.DictReader(StringIO(as_csv.out))}
    assert rows["otel_traces", "other"] == "1"
    refused = sonde("cleanup", env=env)
    assert refused.code == 2
    assert "--force" in refused.err
    assert len(names(server)) == 3

    done = sonde("cleanup", "--older-than", "1d", "--component", "nobody", "--force", env=env)
    assert (done.code, done.err.strip()) == (0, "deleted 0 records")
    done = sonde("cleanup", "--force", "--format", "json", env=env)
    assert json.loads(done.out)["deleted"]["otel_traces"] == 2
    assert names(server) == ["span 3"]


def test_without_a_server_the_store_is_cleaned_here(new_server: NewServer) -> None:
    server = new_server().start()
    send_spans(server)
    server.stop()
    env = {"SONDE_DATA_DIR": str(server.data_dir)}
    done = sonde("cleanup", "--force", env=env)
    assert (done.code, done.err.splitlines()[-1]) == (0, "deleted 2 records")
    again = sonde("cleanup", "--dry-run", "--format", "json", env=env)
    assert sum(json.loads(again.out)["deleted"].values()) == 0
