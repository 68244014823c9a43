"""Lists of executions of pipelines, how scripts fare, and their views."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.unit.query.otlp import HOUR, MS, SECOND, S, request, trace_id
from tests.unit.query.pipeline_shapes import BEFORE_SIGNIN, blocked_signin, executed, ran

from sonde.errors import BadRequest
from sonde.query import pipeline, pipelines
from sonde.query.pipelines import Wanted
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, insert

DAY = TimeRange(EPOCH_NS, EPOCH_NS + 24 * HOUR)


@pytest.fixture
def signin(database: Database) -> Database:
    """One that was blocked in its second layer."""
    insert(database, request(blocked_signin()))
    return database


@pytest.fixture
def several(database: Database) -> Database:
    spans = [
        executed(1, at=0),
        executed(2, at=HOUR, status="blocked", message="no", user="usr_eve"),
        executed(3, at=2 * HOUR, status="error", message="boom"),
        executed(4, at=3 * HOUR, length=None),
        S(5, 1, name="pipeline.other"),
        S(6, 1, name="inner", attributes=BEFORE_SIGNIN),
    ]
    insert(database, request(spans))
    return database


def test_executions_are_listed_newest_first_and_page_by_page(several: Database) -> None:
    page = pipelines.executions(several, Wanted(), DAY, limit=3)
    assert [each["traceId"] for each in page["pipelines"]] == [trace_id(n) for n in (4, 3, 2)]
    last = pipelines.executions(several, Wanted(), DAY, limit=3, cursor=page["nextCursor"])
    assert [each["traceId"] for each in last["pipelines"]] == [trace_id(1)]
    assert last["nextCursor"] is None
    running = page["pipelines"][0]
    assert (running["status"], running["endedAt"], running["durationMs"]) == ("running", None, None)
    with pytest.raises(BadRequest, match="cursor"):
        pipelines.executions(several, Wanted("other"), DAY, limit=3, cursor=page["nextCursor"])


@pytest.mark.parametrize(
    ("wanted", "traces"),
    [
        (Wanted(trigger="before_signin"), [4, 3, 2, 1]),
        (Wanted(trigger="after_signin"), []),
        (Wanted(status="blocked"), [2]),
        (Wanted(status="running"), [4]),
        (Wanted(user_id="usr_eve"), [2]),
        (Wanted(request_ip="192.0.2.7", status="success"), [1]),
        (Wanted(user_id="' OR 1 --"), []),
    ],
)
def test_they_are_chosen_by_trigger_status_user_and_address(
    several: Database, wanted: Wanted, traces: list[int]
) -> None:
    page = pipelines.executions(several, wanted, DAY, limit=10)
    assert [each["traceId"] for each in page["pipelines"]] == [trace_id(n) for n in traces]


def test_where_a_status_left_nothing_those_that_there_are_are_told(several: Database) -> None:
    def told(wanted: Wanted) -> list[str]:
        return pipelines.executions(several, wanted, DAY, limit=10)["statuses"]

    assert told(Wanted(user_id="usr_eve", status="error")) == ["blocked"]
    assert told(Wanted(user_id="usr_eve", status="blocked")) == []
    assert told(Wanted(user_id="nobody", status="error")) == []


def test_a_status_that_no_execution_has_is_refused() -> None:
    with pytest.raises(BadRequest, match="'odd'"):
        Wanted(status="odd")


def test_the_end_of_an_execution_takes_the_place_of_its_start(several: Database) -> None:
    insert(several, request([executed(4, at=3 * HOUR, status="blocked", message="late")]), segment=3 << 22)
    page = pipelines.executions(several, Wanted(status="running"), DAY, limit=10)
    assert page["pipelines"] == []
    assert pipelines.executions(several, Wanted(status="blocked"), DAY, limit=1)["pipelines"][0][
        "statusMessage"
    ] == ("late")


def test_scripts_have_their_rates_and_latencies(database: Database) -> None:
    spans: list[S] = []
    for n in range(1, 101):
        status = "error" if n <= 10 else "blocked" if n <= 30 else "skipped" if n <= 50 else "success"
        spans.append(ran(n, 2, "Geo Blocker", 0, 0, status=status, length=n * MS))
    spans.append(ran(101, 2, "Second Factor", 2, 0, length=None))
    insert(database, request(spans))
    geo, second = pipelines.scripts(database, DAY, limit=10)["scripts"]
    assert (geo["count"], geo["runCount"], geo["skipRate"]) == (100, 80, 0.2)
    assert (geo["errorRate"], geo["blockRate"]) == (0.125, 0.25)
    assert geo["p95Ms"] == pytest.approx(97, rel=0.03)
    assert geo["maxMs"] == 100
    assert sum(geo["series"]["counts"]) == 100
    assert sum(each is not None for each in geo["series"]["p95Ms"]) == 1
    assert (second["count"], second["p50Ms"], second["maxMs"]) == (1, None, None)
    assert pipelines.scripts(database, DAY, trigger="other", limit=10)["scripts"] == []


def test_scripts_have_their_rates_in_each_step_of_time(database: Database) -> None:
    statuses = {1: ["success"] * 4, 3: ["error", "blocked", "success", "success", "skipped"], 4: ["skipped"]}
    spans = [
        ran(10 * hour + n, 2, "Geo Blocker", 0, 0, status=status, at=hour * HOUR)
        for hour, found in statuses.items()
        for n, status in enumerate(found)
    ]
    insert(database, request(spans))
    range_ = TimeRange(EPOCH_NS + HOUR // 2, EPOCH_NS + 30 * HOUR)
    [geo] = pipelines.scripts(database, range_, limit=10)["scripts"]
    series = geo["series"]
    assert series["ms"][:5] == [(EPOCH_NS + n * HOUR // 2) // MS for n in range(1, 6)]
    at = {hour: series["ms"].index((EPOCH_NS + hour * HOUR) // MS) for hour in (1, 2, 3, 4)}
    assert [series["ratePerS"][at[hour]] * 1800 for hour in (1, 2, 3, 4)] == pytest.approx([4, 0, 4, 0])
    assert [series["errorRate"][at[hour]] for hour in (1, 2, 3, 4)] == [0, None, 0.25, None]
    assert [series["blockRate"][at[hour]] for hour in (1, 2, 3, 4)] == [0, None, 0.25, None]
    assert [series["skipRate"][at[hour]] for hour in (1, 2, 3, 4)] == [0, None, 0.2, 1]
    assert [series["p50Ms"][at[hour]] for hour in (2, 4)] == [None, None]
    assert len(series["p50Ms"]) == len(series["skipRate"]) == len(series["ms"])


def test_the_rate_of_a_step_that_is_cut_off_is_of_what_is_left_of_it(database: Database) -> None:
    insert(database, request([ran(n, 2, "Geo Blocker", 0, 0, at=4 * SECOND) for n in range(1, 5)]))
    range_ = TimeRange(EPOCH_NS + 3 * SECOND, EPOCH_NS + 303 * SECOND)
    [geo] = pipelines.scripts(database, range_, limit=10)["scripts"]
    assert geo["series"]["counts"][0] == 4
    assert geo["series"]["ratePerS"][0] == pytest.approx(2)


def test_scripts_of_several_services_and_triggers_are_kept_apart(database: Database) -> None:
    script = ran(1, 2, "Geo Blocker", 0, 0)
    after = {**script.attributes, "sonde.pipeline.trigger_event": "after_signin"}
    spans = [
        replace(script, service="signin"),
        replace(script, trace=2, service="signin-eu"),
        replace(script, trace=3, service="signin", attributes=after),
    ]
    insert(database, request(spans))
    found = pipelines.scripts(database, DAY, limit=10)["scripts"]
    assert [(each["triggerEvent"], each["service"], each["count"]) for each in found] == [
        ("after_signin", "signin", 1),
        ("before_signin", "signin", 1),
        ("before_signin", "signin-eu", 1),
    ]


def test_the_views_have_the_newest_version_of_each_span(signin: Database) -> None:
    insert(signin, request([executed(7, at=HOUR, length=None)]), segment=2 << 22)
    rows = signin.query(
        "SELECT id, trigger_event, status, status_message, started_at, ended_at - started_at, duration_ms, "
        "user_id, request_ip, JSONExtractString(context_snapshot, 'tenant', 'name'), "
        "JSONExtractInt(result_data, 'attempts'), created_at > 0 FROM pipeline_traces ORDER BY started_at"
    ).rows
    start_ms = EPOCH_NS // MS
    message = "Rate Limit: 9 failed attempts"
    assert rows == [
        (trace_id(1), "before_signin", "blocked", message, start_ms, 100, 100.0, "usr_ada", "192.0.2.7",
         "acme", 9, 1),
        (trace_id(7), "before_signin", "running", "", start_ms + HOUR // MS, None, None, "usr_ada",
         "192.0.2.7", "", 0, 1),
    ]  # fmt: skip
    insert(signin, request([executed(7, at=HOUR)]), segment=3 << 22)
    assert signin.query(
        "SELECT status, count() FROM pipeline_traces GROUP BY status ORDER BY status"
    ).rows == [("blocked", 1), ("success", 1)]
    columns = signin.query("SELECT * FROM pipeline_spans WHERE trace_id = {id:String} ORDER BY id",
                           {"id": trace_id(1)}).dicts()  # fmt: skip
    assert [each["name"] for each in columns] == [
        "Geo Blocker",
        "Reputation",
        "Rate Limit",
        "Second Factor",
    ]
    blocked = columns[2]
    assert (blocked["layer_index"], blocked["parallel_index"], blocked["script_id"]) == (1, 0, "rate_limit")
    assert (blocked["status"], blocked["status_message"]) == ("blocked", "9 failed attempts")
    assert json.loads(blocked["attributes"]["sonde.pipeline.output"])["attempts"] == 9


def test_views_and_api_say_why_in_the_same_words(database: Database) -> None:
    """A message of Sonde's goes before that of the span, and a reason says why where there is neither."""
    told = {"sonde.status_message": "message", "sonde.reason": "reason"}
    expected = ["message", "message", "reason", ""]
    kept = [("sonde.status_message", "sonde.reason"), ("sonde.status_message",), ("sonde.reason",), ()]
    spans: list[S] = []
    for n, names in enumerate(kept, 1):
        for made in (executed(n, status="blocked"), ran(n, 2, "Rate Limit", 0, 0, status="blocked")):
            own = {key: value for key, value in made.attributes.items() if key != "sonde.status_message"}
            spans.append(replace(made, attributes={**own, **{name: told[name] for name in names}}))
    insert(database, request(spans))
    ids = [trace_id(n) for n in range(1, len(kept) + 1)]
    found = [pipeline.get(database, id) for id in ids]
    assert [each["statusMessage"] for each in found] == expected
    assert [each["layers"][0]["scripts"][0]["statusMessage"] for each in found] == expected
    listed = pipelines.executions(database, Wanted(), DAY, limit=10)["pipelines"]
    assert [each["statusMessage"] for each in sorted(listed, key=lambda each: each["traceId"])] == expected
    for view, id in (("pipeline_traces", "id"), ("pipeline_spans", "trace_id")):
        rows = database.query(f"SELECT {id}, status_message FROM {view} ORDER BY {id}").rows
        assert rows == list(zip(ids, expected, strict=True))
