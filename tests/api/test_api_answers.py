"""The JSON API: every answer has the shape that OpenAPI promises, every mistake a message that helps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter
from tests.api.query_api import QueryApi

from sonde.query import answers, error_answers, overview_answers, search_answers, statement_answers
from sonde.server import notices
from sonde.server.keys import Scope
from sonde.settings import Settings
from sonde.store import Database, Store
from sonde.testing import example_logs, example_metrics, example_traces, insert

DAY = {"since": "2026-01-05T12:00", "until": "2026-01-05T13:00"}


@pytest.fixture
def api(store: Store, database: Database, settings: Callable[..., Settings]) -> QueryApi:
    """The API on a shop's telemetry: 30 traces, 30 log records, 30 points of two metrics."""
    insert(database, example_traces(30), example_logs(30), example_metrics(30))
    return QueryApi(store, database, settings(query_default_limit=10, query_max_limit=50))


def described(shape: Any, body: Any) -> Any:
    """What of the body is described: fields that are not are left out. Raises where one is missing."""
    adapter = TypeAdapter(shape)
    return adapter.dump_python(adapter.validate_python(body), mode="json")


SHAPES: list[tuple[str, dict[str, Any], Any]] = [
    ("/traces", {}, answers.TracePage),
    ("/traces", {"q": "status:error duration:>1ms"}, answers.TracePage),
    ("/spans", {"q": "has:exception"}, answers.SpanPage),
    ("/logs", {"q": "severity:>=warn"}, answers.LogPage),
    ("/events", {}, answers.EventPage),
    ("/services", {}, answers.ServiceList),
    ("/operations", {"service": "cart"}, answers.OperationList),
    ("/counts", {"by": "status"}, answers.Counts),
    ("/counts", {"signal": "events", "step": "10s"}, answers.Counts),
    ("/facets", {}, search_answers.Facets),
    ("/facets", {"signal": "events", "fields": "severity,order.id"}, search_answers.Facets),
    ("/overview", {}, overview_answers.Overview),
    ("/errors", {"q": "service:cart"}, error_answers.ErrorGroups),
    ("/completions", {"q": "service:"}, search_answers.Completions),
    ("/attributes/keys", {"prefix": "http"}, answers.KeyList),
    ("/attributes/values", {"key": "http.route"}, answers.ValueList),
    ("/attributes/values", {"key": "service", "signal": "logs"}, answers.ValueList),
    ("/metrics", {}, answers.MetricList),
    ("/metrics/orders", {"step": "1m", "by": "service.name"}, answers.MetricResult),
]


@pytest.mark.parametrize(("path", "params", "shape"), SHAPES)
def test_an_answer_has_the_shape_that_is_described_and_something_in_it(
    api: QueryApi, path: str, params: dict[str, Any], shape: Any
) -> None:
    body = api.get(path, **DAY, **params)
    assert described(shape, body) == body
    assert body[next(key for key in body if isinstance(body[key], list))]


def test_a_trace_has_the_shape_that_is_described(api: QueryApi) -> None:
    [summary] = api.get("/traces", **DAY, limit=1)["traces"]
    found = api.get(f"/traces/{summary['traceId'].upper()}")
    assert described(answers.Trace, found) == found
    assert found["spanCount"] == summary["spanCount"] == len(found["spans"])
    assert [span["depth"] for span in found["spans"]] == [0, 1, 2, 3, 4]


def test_statements_have_the_shape_that_is_described(api: QueryApi) -> None:
    assert api.get("/statements", **DAY) == {"statements": [], "sampled": False, "exact": True}
    described_at = api.get("/openapi.json")["paths"]["/api/v1/statements"]["get"]
    schema = described_at["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["$ref"].endswith(f"/{statement_answers.DatabaseStatements.__name__}")


def test_a_log_record_and_its_context_have_the_shape_that_is_described(api: QueryApi) -> None:
    record = api.get("/logs", **DAY, limit=10)["logs"][5]
    assert api.get(f"/logs/{record['id']}") == record
    found = api.get(f"/logs/{record['id']}/context", before=3, after=2)
    assert described(answers.LogContext, found) == found
    assert (len(found["before"]), found["at"], len(found["after"])) == (3, record, 2)
    assert api.error(f"/logs/{record['id']}0/context", 404)["code"] == "not_found"
    assert "501" in api.error(f"/logs/{record['id']}/context", 400, before=501)["message"]


def test_every_path_is_described_with_its_answer(api: QueryApi) -> None:
    paths = api.get("/openapi.json")["paths"]
    for path, _, shape in [*SHAPES, ("/traces/{traceId}", {}, answers.Trace)]:
        path = path.replace("/metrics/orders", "/metrics/{name}")
        operation = paths[f"/api/v1{path}"]["get"]
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer == {"$ref": f"#/components/schemas/{shape.__name__}"}
        assert operation["description"]
        assert all(parameter["description"] for parameter in operation["parameters"])


@pytest.mark.parametrize(("path", "key"), [("/traces", "traces"), ("/spans", "spans"), ("/logs", "logs")])
def test_pages_follow_each_other_to_the_end(api: QueryApi, path: str, key: str) -> None:
    pages = api.pages(path, key, **DAY, limit=7)
    rows = [row for page in pages for row in page]
    assert [len(page) for page in pages[:-1]] == [7] * (len(pages) - 1)
    assert rows == api.pages(path, key, **DAY, limit=50)[0] + rows[50:]
    times = [int(row.get("startUnixNs") or row["unixNs"]) for row in rows]
    assert times == sorted(times, reverse=True)


def test_a_relative_range_means_the_same_on_every_page(
    store: Store, database: Database, settings: Callable[..., Settings]
) -> None:
    now_ns = time.time_ns()
    insert(database, example_traces(5, start_ns=now_ns - 5 * 10**9), received_at_ns=now_ns)
    api = QueryApi(store, database, settings())
    assert [len(page) for page in api.pages("/traces", "traces", since="1m", limit=2)] == [2, 2, 1]


def test_without_a_limit_and_above_the_greatest(api: QueryApi) -> None:
    assert len(api.get("/spans", **DAY)["spans"]) == 10
    assert len(api.get("/spans", **DAY, limit=50)["spans"]) == 50
    error = api.error("/spans", 400, **DAY, limit=51)
    assert error["message"] == "cannot answer 51 rows: the most is 50"
    assert api.error("/spans", 400, **DAY, limit=0)["code"] == "bad_request"


def test_without_a_range_the_last_day_is_searched(api: QueryApi) -> None:
    assert api.get("/traces")["traces"] == []
    assert api.get("/traces", since="2026-01-01")["traces"]


def test_the_logs_of_a_trace_are_found_without_a_range(
    store: Store, database: Database, settings: Callable[..., Settings]
) -> None:
    logs = example_logs(4)
    record = logs.resource_logs[0].scope_logs[0].log_records[2]
    record.trace_id, record.span_id = b"\xab" * 16, b"\xcd" * 8
    insert(database, logs)
    api = QueryApi(store, database, settings())
    [found] = api.get("/logs", traceId="AB" * 16)["logs"]
    assert (found["traceId"], found["spanId"]) == ("ab" * 16, "cd" * 8)
    assert api.get("/logs", traceId="ab" * 16, spanId="CD" * 8)["logs"] == [found]
    assert api.get("/logs", traceId="ab" * 16, since="1h")["logs"] == []


@pytest.mark.parametrize(
    ("path", "params", "code", "part"),
    [
        ("/spans", {"q": "status:"}, "search_syntax", 'expected a value after "status:"'),
        ("/traces", {"q": "severity:error"}, "search_syntax", "is one of logs"),
        ("/logs", {"q": "duration:>1s"}, "search_syntax", "is one of spans"),
        ("/metrics/orders", {"where": "("}, "search_syntax", "expected a term"),
        ("/spans", {"since": "tomorrow"}, "bad_request", "cannot read the time 'tomorrow'"),
        ("/spans", {"since": "1h", "until": "2h"}, "bad_request", "since is not before until"),
        ("/spans", {"cursor": "x"}, "bad_request", "cannot go on from this cursor"),
        ("/traces/abc", {}, "bad_request", "32 hexadecimal digits"),
        ("/logs", {"traceId": "abc"}, "bad_request", "32 hexadecimal digits"),
        ("/logs", {"spanId": "abc"}, "bad_request", "16 hexadecimal digits"),
        ("/counts", {"step": "1ms"}, "bad_request", "cannot use the step"),
        ("/counts", {"signal": "metrics"}, "bad_request", "signal"),
        ("/attributes/values", {}, "bad_request", "key"),
        (
            "/metrics/queue.depth",
            {**DAY, "aggregate": "rate"},
            "bad_request",
            "cannot take rate of queue.depth",
        ),
        ("/metrics/orders", {**DAY, "aggregate": "p42"}, "bad_request", "aggregate"),
    ],
)
def test_a_mistake_is_answered_400_and_says_what_it_is(
    api: QueryApi, path: str, params: dict[str, Any], code: str, part: str
) -> None:
    error = api.error(path, 400, **params)
    assert error["code"] == code
    assert part in error["message"]


def test_a_syntax_error_says_where(api: QueryApi) -> None:
    assert api.error("/spans", 400, q="service:shop duration:>fast")["position"] == 22


def test_a_cursor_of_another_search_is_refused(api: QueryApi) -> None:
    cursor = api.get("/spans", **DAY, q="service:cart", limit=1)["nextCursor"]
    for path, params in (
        ("/spans", {"q": "service:shop"}),
        ("/traces", {"q": "service:cart"}),
        ("/logs", {}),
    ):
        assert "cannot go on" in api.error(path, 400, **DAY, **params, cursor=cursor)["message"]


def test_what_is_not_there_is_answered_404(api: QueryApi) -> None:
    assert api.error("/traces/" + "a" * 32, 404)["code"] == "not_found"
    assert "list of metrics" in api.error("/metrics/none", 404, **DAY)["hint"]


def test_a_query_over_its_time_limit_is_cancelled_and_answered_504(
    store: Store, database: Database, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(database, example_traces(200))
    monkeypatch.setattr(database, "_timeout_s", 0.001)
    error = QueryApi(store, database, settings()).error("/spans", 504, **DAY, q="/(a|b|c)+x/")
    assert error["code"] == "query_timeout"
    assert error["hint"]


def test_flush_and_status_answer_without_a_receiver(api: QueryApi) -> None:
    assert api.response("/flush", "POST").json() == {"flushed": True}
    status = api.get("/status")
    assert status["journal"] is None
    assert (status["url"], status["grpcAddress"], status["keysNeeded"], status["followers"]) == (
        "",
        "",
        False,
        0,
    )
    table = next(table for table in status["tables"] if table["table"] == "otel_traces")
    assert (table["rows"], table["oldest"]) == (150, "2026-01-05T12:00:00.000000000Z")
    assert table["oldest"] < table["newest"] < "2026-01-05T12:01"
    assert table["uncompressedBytes"] > table["sizeBytes"] > 0


def test_status_warns_of_a_disk_that_fills_up(api: QueryApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "LEAST_FREE_MB", 2**40)
    [warning] = api.get("/status")["warnings"]
    assert "MiB are free at" in warning["message"]
    assert "sonde cleanup" in warning["hint"]


def test_status_tells_settings_without_their_secrets_and_only_to_an_administrator(
    store: Store, database: Database, settings: Callable[..., Settings]
) -> None:
    chosen = settings(api_key="sonde_secret", ui_code_url="vscode://file/{path}:{line}", query_max_limit=500)
    status = QueryApi(store, database, chosen).get("/status")
    told = {each["name"]: each for each in status["settings"]}
    assert told["api_key"]["value"] == "(hidden)"
    assert told["query.max_limit"] == {"name": "query.max_limit", "value": "500", "source": "argument"}
    assert told["host"] == {"name": "host", "value": "127.0.0.1", "source": "default"}
    assert "sonde_secret" not in str(status)
    assert (status["codeUrl"], status["limits"]["query.max_limit"]) == ("vscode://file/{path}:{line}", 500)
    reader = QueryApi(store, database, chosen, scopes={Scope.READ})
    assert reader.get("/status")["settings"] == []
