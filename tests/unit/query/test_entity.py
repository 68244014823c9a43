"""Everything that happened to an entity, and entities by their ids: on the real store."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.unit.query.otlp import SECOND, S, request, span_id, trace_id

from sonde.errors import BadRequest
from sonde.query import entities, find
from sonde.query.entity import History, history
from sonde.query.link_history import history as link_history
from sonde.query.links import Entity, Touch
from sonde.query.time import TimeRange
from sonde.store import Database
from sonde.testing import EPOCH_NS, attributes, insert

PAYMENT = Entity("payment", "pym_1")
RANGE = TimeRange(EPOCH_NS - 3600 * SECOND, EPOCH_NS + 3600 * SECOND)
KEY = "sonde.entity.payment"


def of(database: Database, entity: Entity = PAYMENT, **how: Any) -> History:
    """What happened to an entity."""
    range_ = how.pop("range_", RANGE)
    recent = how.pop("recent", {})
    return history(database, entity, range_, recent, limit=how.pop("limit", 50), **how)


def logged(
    body: str, at: int, *, trace: int = 0, span: int = 0, event: str = "", **said: str
) -> ExportLogsServiceRequest:
    """A log record; `said` are attributes, with `_` for `.` in their names."""
    made = ExportLogsServiceRequest()
    resource = made.resource_logs.add()
    resource.resource.attributes.extend(attributes({"service.name": "shop"}))
    record = resource.scope_logs.add().log_records.add(
        time_unix_nano=EPOCH_NS + at,
        severity_text="WARN",
        severity_number=13,  # pyright: ignore[reportArgumentType] -- the enumeration's number
        event_name=event,
        trace_id=trace.to_bytes(16) if trace else b"",
        span_id=span.to_bytes(8) if span else b"",
    )
    record.body.string_value = body
    record.attributes.extend(attributes({key.replace("_", "."): value for key, value in said.items()}))
    return made


def billing() -> list[S]:
    """A billing run over three payments, the first charged twice; and a refund outside of runs."""
    run = {"sonde.run.id": "run_1", "sonde.run.job": "billing"}
    charge = {"sonde.run.id": "run_1", "sonde.run.job": "charge"}
    return [
        S(
            1,
            1,
            length=9 * SECOND,
            name="run.billing",
            attributes={**run, KEY: '["pym_1", "pym_2", "pym_3"]'},
        ),
        S(
            1,
            2,
            1,
            SECOND,
            name="charge",
            error=True,
            attributes={**charge, KEY: "pym_1", "sonde.run.attempt": 1},
        ),
        S(1, 3, 2, SECOND, name="bank.post", attributes=charge),
        S(1, 4, 1, 3 * SECOND, name="charge", attributes={**charge, KEY: "pym_1", "sonde.run.attempt": 2}),
        S(
            1,
            5,
            4,
            3 * SECOND,
            name="receipt",
            attributes={**charge, KEY: "pym_1", "sonde.entity.invoice": "inv_1"},
        ),
        S(1, 6, 1, 5 * SECOND, name="charge", attributes={**charge, KEY: "pym_2"}),
        S(
            2,
            7,
            0,
            60 * SECOND,
            name="refund",
            attributes={KEY: '["pym_1"]', "sonde.orchestration.id": "orc_1"},
        ),
    ]


def test_a_run_tells_its_tale_of_the_entity_and_of_no_other(database: Database) -> None:
    insert(database, request(billing()))
    for number, record in enumerate(
        [
            logged("card declined", SECOND + 5, trace=1, span=3, sonde_run_id="run_1"),
            logged("not about it", 5 * SECOND + 5, trace=1, span=6, sonde_run_id="run_1"),
            logged("of the whole run", 2, trace=1, span=1, sonde_run_id="run_1"),
            logged(
                "paid", 4 * SECOND, event="payment.paid", sonde_run_id="run_1", sonde_entity_payment="pym_1"
            ),
        ],
        2,
    ):
        insert(database, record, segment=number << 22)
    found = of(database)
    refund, run = found.entries
    assert (refund.trace or {}).get("rootOperation") == "refund"
    assert [(each["kind"], each["name"], each["traceId"]) for each in refund.steps] == [
        ("span", "refund", trace_id(2))
    ]
    assert refund.about["orchestrationIds"] == ["orc_1"]
    assert run.run is not None
    assert (run.run["job"], run.run["status"], run.truncated) == ("billing", "success", False)
    assert [(each["kind"], each["name"] or each["text"], each["status"]) for each in run.steps] == [
        ("span", "run.billing", "success"),
        ("span", "charge", "error"),
        ("log", "card declined", "warn"),
        ("span", "charge", "success"),
        ("event", "payment.paid", "warn"),
    ]
    assert [each["attempt"] for each in run.steps] == [0, 1, 0, 2, 0]
    assert [each["others"] for each in run.steps] == [2, 0, 0, 0, 0]
    assert [(each["type"], each["count"], each["entities"][0]["id"]) for each in found.others] == [
        ("invoice", 1, "inv_1"),
        ("payment", 2, found.others[1]["entities"][0]["id"]),
    ]
    assert (found.run_count, found.trace_count) == (1, 2)


def test_what_became_of_the_entity_is_told_by_what_names_it_and_not_by_its_run(database: Database) -> None:
    run = {"sonde.run.id": "run_1", "sonde.run.job": "charge"}

    def charge(number: int, payment: str, attempt: int, **more: Any) -> S:
        said = {**run, KEY: payment, "sonde.run.attempt": attempt}
        return S(1, number, 1, number * SECOND, name="run.charge", attributes=said, **more)

    later = {**run, "sonde.run.job": "notify", KEY: "pym_2"}
    spans = [
        S(
            1,
            1,
            name="run.billing",
            attributes={"sonde.run.id": "run_1", KEY: '["pym_1", "pym_2", "pym_3", "p\\"y"]'},
        ),
        charge(2, "pym_1", 1, error=True),
        charge(3, "pym_1", 2, error=True),
        charge(4, "pym_1", 3),
        charge(5, "pym_2", 1, error=True),
        S(1, 6, 5, 6 * SECOND, name="run.notify", attributes=later),
    ]
    insert(database, request(spans))

    def went(payment: str) -> list[object]:
        entity = Entity("payment", payment)
        (entry,), ((touched,), _) = (
            of(database, entity).entries,
            link_history(database, entity, {}, limit=9),
        )
        assert entry.outcome == touched.outcome
        assert entry.run is not None
        assert entry.run["status"] == "success"
        told = entry.outcome
        assert told is not None
        return [(told["status"], told["operation"], told["attempts"]), *(s["others"] for s in entry.steps)]

    assert went("pym_1") == [("success", "run.charge", 3), 3, 0, 0, 0]
    assert went("pym_2") == [("error", "run.charge", 1), 3, 0, 0]
    assert went("pym_3") == [("success", "run.billing", 1), 3]
    assert went('p"y') == [("success", "run.billing", 1), 3]


def test_log_records_outside_of_runs_and_traces_stand_for_themselves(database: Database) -> None:
    insert(
        database, logged("webhook came", 5 * SECOND, event="webhook.received", sonde_entity_payment="pym_1")
    )
    [entry] = of(database).entries
    assert [(each["kind"], each["name"], each["text"]) for each in entry.steps] == [
        ("event", "webhook.received", "webhook came")
    ]
    elsewhere = of(database, range_=TimeRange(EPOCH_NS - 2, EPOCH_NS - 1))
    assert (elsewhere.entries, elsewhere.is_known) == ([], True)
    assert not of(database, Entity("payment", "pym_2")).is_known
    assert not of(database, Entity("invoice", "pym_1")).is_known


def test_pages_have_everything_once_whatever_it_is(database: Database) -> None:
    spans = [
        S(
            n,
            n,
            at=n % 7 * SECOND,
            attributes={
                KEY: "pym_1",
                "sonde.entity.invoice": "inv_1",
                **({"sonde.run.id": f"run_{n}"} if n % 2 else {}),
            },
        )
        for n in range(1, 30)
    ]
    insert(database, request(spans))
    for n in range(7):
        insert(database, logged("seen", n * SECOND, sonde_entity_payment="pym_1"), segment=(n + 2) << 22)
    places: list[int] = []
    names: list[tuple[str, ...]] = []
    cursor: str | None = None
    while True:
        page = of(database, limit=5, cursor=cursor, question="q")
        places += [each.place_ns for each in page.entries]
        names += [
            (each.toucher.run_id, *each.toucher.trace_ids, *(s["logId"] for s in each.steps))
            for each in page.entries
        ]
        assert bool(page.others) == (cursor is None)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert places == sorted(places, reverse=True)
    assert len(names) == len(set(names)) == 36
    with pytest.raises(BadRequest, match="not one of this search"):
        of(database, cursor=of(database, limit=5, question="q").next_cursor, question="other")


def test_a_range_has_what_touched_it_then(database: Database) -> None:
    insert(database, request(billing()))
    early = of(database, range_=TimeRange(EPOCH_NS, EPOCH_NS + 20 * SECOND))
    assert [each.toucher.run_id for each in early.entries] == ["run_1"]
    late = of(database, range_=TimeRange(EPOCH_NS + 50 * SECOND, EPOCH_NS + 100 * SECOND))
    assert [each.toucher.trace_ids for each in late.entries] == [[trace_id(2)]]
    assert (late.first_ns, late.last_ns) == (early.first_ns, early.last_ns)


def test_a_link_told_a_moment_ago_is_there_and_one_without_spans_too(database: Database) -> None:
    told = Touch("run_9", "", "https://jobs/run_9", EPOCH_NS, EPOCH_NS)
    found = of(database, recent={PAYMENT: [told]})
    assert [(each.toucher.run_id, each.toucher.run_url, each.run) for each in found.entries] == [
        ("run_9", "https://jobs/run_9", None)
    ]
    assert (found.is_known, found.last_ns, found.run_count) == (True, EPOCH_NS, 1)


@pytest.mark.parametrize(
    "odd", ["a/b c/ü?#%2F", "x" * 500, "'; DROP TABLE otel_logs --", '["x"]', "\\", "[1", "🙂"]
)
def test_odd_ids_are_found_like_any_other(database: Database, odd: str) -> None:
    insert(database, request([S(1, 1, attributes={KEY: odd, "sonde.run.id": odd})]))
    expected = "x" if odd == '["x"]' else odd
    [entry] = of(database, Entity("payment", expected)).entries
    assert entry.toucher.run_id == odd
    found = entities.search(database, expected[:3], limit=10)["entities"]
    assert [(each["id"], each["runCount"]) for each in found] == [(expected, 1)]


def test_entities_are_found_by_id_exact_ones_first_and_page_by_page(database: Database) -> None:
    spans = [
        S(n, n, at=n, attributes={f"sonde.entity.{kind}": text, "sonde.run.id": f"run_{n}"})
        for n, (kind, text) in enumerate(
            [
                ("payment", "a_1"),
                ("payment", "a_10"),
                ("payment", "a_2"),
                ("invoice", "a_12"),
                ("zebra", "a_1"),
                ("invoice", "A_1"),
                ("payment", "b"),
            ],
            1,
        )
    ]
    insert(database, request(spans))

    def pages(text: str, limit: int, **how: Any) -> list[tuple[str, str, bool]]:
        listed: list[tuple[str, str, bool]] = []
        cursor: str | None = None
        while True:
            page = entities.search(database, text, limit=limit, cursor=cursor, question=text, **how)
            listed += [(each["type"], each["id"], each["isExact"]) for each in page["entities"]]
            assert page["types"] == ([] if cursor else ["invoice", "payment", "zebra"])
            cursor = page["nextCursor"]
            if cursor is None:
                return listed

    expected = [
        ("payment", "a_1", True),
        ("zebra", "a_1", True),
        ("invoice", "a_12", False),
        ("payment", "a_10", False),
    ]
    for limit in (1, 2, 3, 100):
        assert pages("a_1", limit) == expected
    assert pages("a_1", 1, entity_type="payment") == [expected[0], expected[3]]
    assert [each[1] for each in pages("", 3)] == ["b", "A_1", "a_1"]
    assert pages("a_%", 3) == pages("none", 3) == []


def test_a_run_is_found_that_only_a_link_names(database: Database) -> None:
    database.execute(
        "INSERT INTO entity_links (EntityType, EntityId, RunId, FirstAt, RecordedAt) "
        "SELECT 'payment', 'pym_1', 'run/plain', now64(9), now64(9)"
    )
    assert find.find(database, "run/plain", limit=5)["found"] == [
        {"kind": "run", "type": "", "id": "run/plain", "isExact": True}
    ]


def test_an_id_is_found_whatever_it_is_the_id_of(database: Database) -> None:
    said = {"sonde.run.id": "x1", "sonde.orchestration.id": "x1", "session.id": "x1", "correlation.id": "x1"}
    said["gen_ai.conversation.id"] = "x1"
    insert(database, request([S(1, 1, attributes={**said, KEY: "x12"})]))
    found = find.find(database, "x1", limit=5)["found"]
    assert [(each["kind"], each["id"], each["isExact"]) for each in found] == [
        ("run", "x1", True),
        ("orchestration", "x1", True),
        ("conversation", "x1", True),
        ("session", "x1", True),
        ("correlation", "x1", True),
        ("entity", "x12", False),
    ]
    assert [each["kind"] for each in find.find(database, trace_id(1).upper(), limit=5)["found"]] == ["trace"]
    assert find.find(database, span_id(1), limit=5) == find.find(database, "", limit=5) == {"found": []}
