"""Views of one trace in the API: each has the shape that OpenAPI promises; ids that are none are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.api.query_api import QueryApi

from sonde.query import trace_answers
from sonde.settings import Settings
from sonde.store import Database, Store
from sonde.testing import example_logs, example_traces, insert

VIEWS: list[tuple[str, dict[str, Any], Any]] = [
    ("/overview", {}, trace_answers.TraceOverview),
    ("/tree", {}, trace_answers.TreePage),
    ("/tree", {"logs": 1, "level": 2}, trace_answers.TreePage),
    ("/tree", {"q": "status:error"}, trace_answers.TreePage),
    ("/find", {"q": "cart"}, trace_answers.TraceMatches),
    ("/operations", {}, trace_answers.TraceOperations),
    ("/flame", {}, trace_answers.Flame),
]


@pytest.fixture
def api(store: Store, database: Database, settings: Callable[..., Settings]) -> QueryApi:
    """The API on a shop's telemetry: 30 traces, 30 log records."""
    insert(database, example_traces(30), example_logs(30))
    return QueryApi(store, database, settings())


@pytest.fixture
def trace(api: QueryApi) -> str:
    """The path of a trace."""
    [found] = api.get("/traces", since="2026-01-05T12:00", limit=1)["traces"]
    return f"/traces/{found['traceId']}"


@pytest.mark.parametrize(("view", "params", "shape"), VIEWS)
def test_a_view_has_the_shape_that_is_described(
    api: QueryApi, trace: str, view: str, params: dict[str, Any], shape: Any
) -> None:
    body = api.get(trace + view, **params)
    adapter = TypeAdapter(shape)
    assert adapter.dump_python(adapter.validate_python(body), mode="json") == body
    path = api.get("/openapi.json")["paths"][f"/api/v1/traces/{{traceId}}{view}"]["get"]
    described = path["responses"]["200"]["content"]["application/json"]["schema"]
    assert described == {"$ref": f"#/components/schemas/{shape.__name__}"}
    assert path["description"]
    assert all(parameter["description"] for parameter in path["parameters"])


def test_a_span_has_the_shape_that_is_described(api: QueryApi, trace: str) -> None:
    rows = api.get(f"{trace}/tree")["rows"]
    span = api.get(f"{trace}/spans/{rows[-1]['spanId'].upper()}")
    adapter = TypeAdapter(trace_answers.SpanDetails)
    assert adapter.dump_python(adapter.validate_python(span), mode="json") == span
    assert [each["spanId"] for each in span["ancestors"]] == [row["spanId"] for row in rows[:-1]]
    for key in ("spanId", "depth", "startNs", "selfNs", "durationNs", "logCount"):
        assert span[key] == rows[-1][key]


def test_what_a_search_finds_are_the_rows_that_match(api: QueryApi, trace: str) -> None:
    search = "name:*a* -is:root"
    found = api.get(f"{trace}/find", q=search)["matches"]
    rows = api.get(f"{trace}/tree", q=search, level=1)["rows"]
    assert [row["index"] for row in rows if row["matches"]] == [match["index"] for match in found] != []
    assert not rows[0]["matches"]


def test_a_search_that_does_not_parse_says_where(api: QueryApi, trace: str) -> None:
    for view in ("/find", "/tree"):
        assert api.error(trace + view, 400, q="name:(a")["position"] is not None


def test_a_trace_is_downloaded_as_a_request_that_names_it(api: QueryApi, trace: str) -> None:
    response = api.response(f"{trace}/otlp")
    trace_id = trace.removeprefix("/traces/")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-disposition"] == f'attachment; filename="trace-{trace_id}.json"'
    spans = [
        span["spanId"]
        for resource in response.json()["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert sorted(spans) == sorted(row["spanId"] for row in api.get(f"{trace}/tree")["rows"])


def test_what_was_downloaded_is_taken_by_a_server(
    shared_server: SondeServer, api: QueryApi, trace: str
) -> None:
    body = api.response(f"{trace}/otlp").content
    httpx.post(
        f"{shared_server.url}/v1/traces", content=body, headers={"content-type": "application/json"}
    ).raise_for_status()
    httpx.post(f"{shared_server.url}/api/v1/flush", timeout=30).raise_for_status()
    assert httpx.get(f"{shared_server.url}/api/v1{trace}/otlp", timeout=30).content == body


def test_a_span_id_that_is_none_is_400_and_one_that_is_not_there_404(api: QueryApi, trace: str) -> None:
    assert "16 hexadecimal digits" in api.error(f"{trace}/spans/zz", 400)["message"]
    assert api.error(f"{trace}/spans/zz", 400)["hint"]
    assert "no span abababababababab in trace" in api.error(f"{trace}/spans/{'ab' * 8}", 404)["message"]


@pytest.mark.parametrize(
    "view", ["/overview", "/tree", "/find", "/operations", "/flame", "/otlp", f"/spans/{'ab' * 8}"]
)
def test_a_trace_that_is_not_there_is_404_and_an_id_that_is_none_400(api: QueryApi, view: str) -> None:
    assert api.error(f"/traces/{'ab' * 16}{view}", 404)["message"] == f"no trace {'ab' * 16}"
    assert "32 hexadecimal digits" in api.error(f"/traces/xyz{view}", 400)["message"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"open": "12"}, "a span id is 16 hexadecimal digits"),
        ({"closed": f"{'ab' * 8},'; DROP"}, "a span id is 16 hexadecimal digits"),
        ({"reveal": "g" * 16}, "a span id is 16 hexadecimal digits"),
        ({"open": ",".join(["ab" * 8] * 1001)}, "cannot take 1001 spans in open: the most is 1000"),
        ({"limit": 1001}, "it must be at most 1000"),
        ({"limit": 0}, "it must be at least 1"),
        ({"offset": -1}, "it must be at least 0"),
        ({"level": 0}, "it must be at least 1"),
        ({"level": "x"}, "for level"),
    ],
)
def test_what_no_page_can_be_made_of_is_refused(
    api: QueryApi, trace: str, params: dict[str, Any], message: str
) -> None:
    error = api.error(f"{trace}/tree", 400, **params)
    assert message in error["message"]


def test_a_span_to_reveal_that_is_not_there_is_404(api: QueryApi, trace: str) -> None:
    assert "no span abababababababab in trace" in api.error(f"{trace}/tree", 404, reveal="ab" * 8)["message"]


def test_a_thousand_spans_can_be_named(api: QueryApi, trace: str) -> None:
    rows = api.get(f"{trace}/tree")["rows"]
    ids = ",".join([rows[0]["spanId"].upper(), *["ab" * 8] * 999])
    assert api.get(f"{trace}/tree", closed=ids)["total"] == 1
