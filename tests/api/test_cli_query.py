"""Commands that read: from a running server, and from a store that nobody holds."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Generator
from io import StringIO
from pathlib import Path

import httpx
import pytest
from bench.server_process import SondeServer
from rich.cells import cell_len
from tests.api.cli_process import environment, sonde, sonde_on_a_terminal

TRACES = 120


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with some made-up traffic, all of it queryable."""
    made = SondeServer(tmp_path_factory.mktemp("cli") / "data")
    try:
        made.start()
        ran = sonde(
            "generate",
            "--count",
            str(TRACES),
            "--seed",
            "1",
            "--components",
            "tool,command",
            "--url",
            made.url,
        )
        assert ran.code == 0, ran.err
        made.flush()
        yield made
    finally:
        made.close()


@pytest.fixture
def env(server: SondeServer) -> dict[str, str]:
    return {"SONDE_URL": server.url}


def rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(out)))


@pytest.mark.parametrize("kind", ["spans", "traces", "logs", "events"])
def test_every_kind_is_listed_in_every_format(env: dict[str, str], kind: str) -> None:
    as_json = sonde("query", "--type", kind, "--limit", "7", "--format", "json", env=env)
    assert as_json.code == 0, as_json
    listed = json.loads(as_json.out)[kind]
    assert len(listed) == 7
    as_csv = rows(sonde("query", "--type", kind, "--limit", "7", "--format", "csv", env=env).out)
    assert [row["traceId"] for row in as_csv] == [row["traceId"] for row in listed]
    table = sonde("query", "--type", kind, "--limit", "7", env=env)
    assert len(table.out.splitlines()) == 8
    assert "there are more: --all, or --cursor" in table.err


def test_failures_are_listed_in_groups_with_a_trace_of_each(env: dict[str, str]) -> None:
    answer = sonde("errors", "--format", "json", env=env)
    assert answer.code == 0, answer
    groups = json.loads(answer.out)["groups"]
    assert groups
    listed = rows(sonde("errors", "--format", "csv", env=env).out)
    assert [row["fingerprint"] for row in listed] == [group["fingerprint"] for group in groups]
    shown = sonde("errors", f"service:{groups[0]['service']}", env=env)
    assert shown.code == 0, shown
    assert groups[0]["sampleTraceIds"][0][:12] in shown.out
    none = sonde("errors", "service:nobody", env=env)
    assert none.code == 1
    assert "no errors in the last 24h match service:nobody" in none.err


def test_statements_are_listed_by_the_time_they_took(env: dict[str, str]) -> None:
    listed = rows(sonde("statements", "--format", "csv", env=env).out)
    totals = [float(row["totalMs"]) for row in listed]
    assert totals
    assert totals == sorted(totals, reverse=True)
    shown = sonde("statements", "--limit", "1", env=env)
    assert shown.code == 0, shown
    assert "SELECT" in shown.out or "INSERT" in shown.out or "UPDATE" in shown.out


def test_all_pages_hold_every_row_once(env: dict[str, str]) -> None:
    whole = json.loads(sonde("query", "--type", "traces", "--all", "--format", "json", env=env).out)
    paged = rows(sonde("query", "--type", "traces", "--all", "--limit", "50", "--format", "csv", env=env).out)
    ids = [row["traceId"] for row in whole["traces"]]
    assert len(ids) == len(set(ids)) == TRACES
    assert [row["traceId"] for row in paged] == ids
    first = json.loads(sonde("query", "--type", "traces", "--limit", "50", "--format", "json", env=env).out)
    second = sonde(
        "query",
        "--type",
        "traces",
        "--limit",
        "50",
        "--cursor",
        first["nextCursor"],
        "--format",
        "json",
        env=env,
    )
    assert [row["traceId"] for row in json.loads(second.out)["traces"]] == ids[50:100]


def test_filters_and_search_narrow_the_answer(env: dict[str, str]) -> None:
    listed = json.loads(
        sonde("query", "service:payment status:error", "--all", "--format", "json", env=env).out
    )["spans"]
    assert listed
    assert {(span["service"], span["status"]) for span in listed} == {("payment", "error")}
    assert {span["traceId"] for span in listed} == {
        row["traceId"]
        for row in rows(
            sonde("query", "service:payment", "--level", "error", "--all", "-f", "csv", env=env).out
        )
    }
    logs = json.loads(
        sonde(
            "query", "-t", "logs", "--level", ">=warn", "--component", "tool", "--format", "json", env=env
        ).out
    )["logs"]
    assert logs
    assert all(log["severityNumber"] >= 13 and log["component"] == "tool" for log in logs)
    events = sonde("query", "-t", "events", "--event-type", "order.paid", "--all", "-f", "csv", env=env)
    assert {row["eventName"] for row in rows(events.out)} == {"order.paid"}


def test_nothing_found_is_exit_code_one(env: dict[str, str]) -> None:
    ran = sonde("query", "service:absent", env=env)
    assert (ran.code, ran.out) == (1, "")
    assert "no spans in the last 24h match service:absent" in ran.err
    assert sonde("query", "--since", "2020-01-01", "--until", "2020-01-02", env=env).code == 1
    assert sonde("trace", "ab" * 16, env=env).code == 1
    assert sonde("trace", "ffffffffff", env=env).code == 1


def test_a_search_that_does_not_parse_points_at_the_character(env: dict[str, str]) -> None:
    ran = sonde("query", "service:checkout (status:error", env=env)
    assert ran.code == 2
    lines = ran.err.splitlines()
    at = next(index for index, line in enumerate(lines) if line.strip() == "^")
    assert lines[at - 1][lines[at].index("^")] == "("
    filtered = sonde("query", "service:checkout (status:error", "--component", "tool", env=env)
    assert (filtered.code, filtered.err) == (2, ran.err)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--limit", "1000000"],
        ["--since", "the day before"],
        ["--cursor", "no-cursor"],
        ["--time-range", "1h", "--since", "2h"],
        ["--export", "somewhere.txt"],
        ["--type", "metrics", "--level", "error"],
        ["--no-such-flag"],
    ],
)
def test_wrong_usage_is_exit_code_two_and_a_message(env: dict[str, str], arguments: list[str]) -> None:
    ran = sonde("query", *arguments, env=env)
    assert ran.code == 2, ran
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_an_export_is_put_in_place_whole(env: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "spans.csv"
    ran = sonde("query", "--all", "--export", str(target), env=env)
    assert (ran.code, ran.out) == (0, "")
    written = rows(target.read_text())
    assert f"{len(written)} spans written" in ran.err
    assert json.loads(written[0]["attributes"])
    assert list(tmp_path.iterdir()) == [target]
    missing = sonde("query", "--export", str(tmp_path / "absent" / "x.json"), env=env)
    assert missing.code == 2


def test_a_reader_that_has_seen_enough_ends_it_quietly(env: dict[str, str]) -> None:
    command = f"'{sys.executable}' -m sonde query --all | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_tables_and_waterfalls_fit_the_terminal(env: dict[str, str], columns: int) -> None:
    trace_id = a_trace(env)
    for arguments in (
        ["query"],
        ["query", "--type", "logs"],
        ["query", "--type", "traces"],
        ["services"],
        ["metrics"],
        ["trace", trace_id, "--logs"],
    ):
        shown = sonde_on_a_terminal(*arguments, columns=columns, env=env)
        assert shown
        widest = max(cell_len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in shown.splitlines())
        # The first line of a trace bears the whole id, whatever the width: it is there to be copied.
        assert widest <= columns or arguments[0] == "trace", shown


def a_trace(env: dict[str, str]) -> str:
    answer = json.loads(
        sonde("query", "service:payment status:error", "--limit", "1", "--format", "json", env=env).out
    )
    return answer["spans"][0]["traceId"]


def test_a_trace_is_drawn_with_its_errors_and_logs(env: dict[str, str]) -> None:
    trace_id = a_trace(env)
    drawn = sonde("trace", trace_id, env=env)
    assert drawn.code == 0, drawn
    assert "POST /charge  payment  the payment provider did not answer" in drawn.out
    assert "█" in drawn.out
    with_logs = sonde("trace", trace_id[:10], "--logs", env=env)
    assert "POST /charge failed: TimeoutError" in with_logs.out
    as_json = json.loads(sonde("trace", trace_id, "--format", "json", env=env).out)
    assert (
        as_json["spanCount"]
        == len(as_json["spans"])
        == len(drawn.out.partition("\nSPAN ")[2].splitlines()) - 1
    )


def test_a_trace_is_written_as_a_request(env: dict[str, str], tmp_path: Path) -> None:
    trace_id = a_trace(env)
    path = tmp_path / "trace.json"
    assert sonde("trace", trace_id[:10], "--otlp", "--export", str(path), env=env).code == 0
    printed = sonde("trace", trace_id, "--otlp", env=env).out
    assert json.loads(printed) == json.loads(path.read_text("utf-8"))
    spans = [
        span["spanId"]
        for resource in json.loads(printed)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    as_json = json.loads(sonde("trace", trace_id, "--format", "json", env=env).out)
    assert sorted(spans) == sorted(span["spanId"] for span in as_json["spans"])
    assert sonde("trace", trace_id, "--otlp", "--format", "csv", env=env).code != 0


def test_colours_show_errors_and_go_away_when_told(env: dict[str, str]) -> None:
    trace_id = a_trace(env)
    coloured = sonde_on_a_terminal("trace", trace_id, columns=100, env=env | {"NO_COLOR": ""})
    assert "\x1b[1;31m" in coloured
    assert "\x1b[3" not in sonde_on_a_terminal("trace", trace_id, columns=100, env=env)


def test_services_and_metrics_are_listed(env: dict[str, str]) -> None:
    services = json.loads(sonde("services", "--format", "json", env=env).out)["services"]
    assert {service["service"] for service in services} == {
        "web",
        "checkout",
        "inventory",
        "payment",
        "worker",
    }
    assert "payment" in sonde("services", env=env).out
    metrics = {row["name"]: row for row in rows(sonde("metrics", "--format", "csv", env=env).out)}
    assert {"http.server.request.duration", "orders.paid"} <= set(metrics)
    assert metrics["http.server.request.duration"]["unit"] == "s"


def test_a_metric_is_drawn_by_an_attribute(env: dict[str, str]) -> None:
    name = "http.server.request.duration"
    ran = sonde("metrics", name, "--by", "http.route", "--aggregate", "p95", env=env)
    assert ran.code == 0, ran
    assert "http.route=/checkout" in ran.out
    points = rows(sonde("metrics", name, "--by", "http.route", "--format", "csv", env=env).out)
    assert {json.loads(point["attributes"])["http.route"] for point in points} >= {"/", "/checkout"}
    absent = sonde("metrics", "absent.metric", env=env)
    assert absent.code == 1
    assert "no points of absent.metric in the last 24h" in absent.err
    assert "`sonde metrics` lists" in absent.err
    assert sonde("metrics", name, "--aggregate", "guess", env=env).code == 2


def test_control_characters_in_telemetry_do_not_reach_the_terminal(
    server: SondeServer, env: dict[str, str]
) -> None:
    span = {
        "traceId": "ee" * 16,
        "spanId": "ee" * 8,
        "name": "evil \x1b]0;owned\x07\x1b[2J\u202e",
        "startTimeUnixNano": str(time.time_ns()),
        "endTimeUnixNano": str(time.time_ns()),
        "status": {"code": 2, "message": "\x9b31m"},
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    httpx.post(f"{server.url}/v1/traces", json=body).raise_for_status()
    server.flush()
    for arguments in (
        ["query", "trace:" + "ee" * 16],
        ["query", "trace:" + "ee" * 16, "--format", "json"],
        ["query", "trace:" + "ee" * 16, "--format", "csv"],
        ["trace", "ee" * 16],
        ["trace", "ee" * 16, "--format", "json"],
        ["trace", "ee" * 16, "--format", "csv"],
    ):
        shown = sonde_on_a_terminal(*arguments, columns=200, env=env)
        assert "evil" in shown
        assert not re.search("[\x07\x9b\u202e]|\x1b[^\\[]|\x1b\\[[0-9;]*[^0-9;m]", shown), arguments


LOADED = """
import sys
from sonde.cli import main
sys.argv = ["sonde", *{arguments}]
try:
    main()
except SystemExit:
    pass
heavy = ("chdb", "clickhouse_connect", "pyarrow", "fastapi", "starlette", "uvicorn", "grpc", "ptars", "numpy",
         "opentelemetry")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["query"], ["services"], ["trace", "ab" * 16], ["flush"], ["metrics"]])
def test_asking_a_server_loads_no_engine(server: SondeServer, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=arguments)],
        env=environment(SONDE_DATA_DIR=str(server.data_dir)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_without_a_server_the_store_answers_the_same(tmp_path: Path) -> None:
    made = SondeServer(tmp_path / "data").start()
    try:
        env = {"SONDE_URL": made.url}
        sonde("generate", "--count", "20", "--seed", "1", env=env)
        made.flush()
        asked = (
            ["query", "--all", "--format", "json"],
            ["query", "--type", "logs", "--format", "csv", "--all"],
            ["services", "--format", "json"],
        )
        before = [sonde(*arguments, env=env).out for arguments in asked]
        assert made.stop() == 0
    finally:
        made.close()
    here = {"SONDE_DATA_DIR": str(made.data_dir)}
    after = [sonde(*arguments, env=here) for arguments in asked]
    assert [ran.code for ran in after] == [0, 0, 0], after
    assert [ran.out for ran in after] == before
    refused = sonde("query", "(", env=here)
    assert refused.code == 2
    assert "^" in refused.err
