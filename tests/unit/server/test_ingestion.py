"""From a segment to the store, with the real engine."""

from __future__ import annotations

import itertools
import secrets

import pytest
from tests.unit.query.otlp import S, request

from sonde.decode import AUDIT, DECODER_VERSION, AuditEntry, Signal, packed, parse
from sonde.journal import Record, Refused, Retry, Segment
from sonde.server.ingestion import Ingestion
from sonde.store import Database, Store
from sonde.testing import EPOCH_NS, example_logs, example_metrics, example_traces

CALL = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5}
TENANTS = itertools.count(1)


@pytest.fixture
def tenant() -> str:
    return f"ingestion_{next(TENANTS)}"


@pytest.fixture
def database(store: Store, tenant: str) -> Database:
    return store.tenant(tenant)


def record(tenant: str, signal: Signal, payload: bytes) -> Record:
    return Record(tenant, signal.value, EPOCH_NS, b"", 1, payload)


def records(tenant: str) -> list[Record]:
    """Two requests of every signal, in turn."""
    found: list[Record] = []
    for seed in (1, 2):
        found += [
            record(tenant, Signal.TRACES, example_traces(3, seed=seed).SerializeToString()),
            record(tenant, Signal.LOGS, example_logs(3, seed=seed).SerializeToString()),
            record(tenant, Signal.METRICS, example_metrics(3).SerializeToString()),
            record(tenant, Signal.TRACES, request([S(seed, seed, attributes=CALL)]).SerializeToString()),
        ]
    return found


def segment(parts: list[Record], *, attempt: int = 0, identifier: int | None = None) -> Segment:
    return Segment(identifier or secrets.randbits(40) << 22, DECODER_VERSION, parts, attempt=attempt)


def counts(database: Database) -> dict[str, int]:
    tables = (
        "otel_traces",
        "ai_calls",
        "otel_logs",
        "otel_metrics_sum",
        "otel_metrics_gauge",
        "otel_metrics_histogram",
    )
    return {table: database.query(f"SELECT count() FROM {table}").one()[0] for table in tables}


def test_a_segment_of_several_signals_is_stored(store: Store, database: Database, tenant: str) -> None:
    ingestion = Ingestion(lambda: store)
    ingestion.consume(segment(records(tenant)))
    found = counts(database)
    assert all(found[table] for table in ("otel_traces", "ai_calls", "otel_logs"))
    assert ingestion.inserted_rows["otel_logs",] == found["otel_logs"]


def test_tried_again_it_is_stored_once(store: Store, database: Database, tenant: str) -> None:
    ingestion = Ingestion(lambda: store)
    first = segment(records(tenant))
    ingestion.consume(first)
    once = counts(database)
    for attempt in (1, 2):
        ingestion.consume(segment(first.records, attempt=attempt, identifier=first.id))
    assert counts(database) == once


def test_decoded_parts_give_the_same_rows_as_the_bytes(store: Store, database: Database, tenant: str) -> None:
    ingestion = Ingestion(lambda: store)
    first = segment(records(tenant))
    for index, each in enumerate(first.records):
        first.attachments[index] = parse(Signal(each.signal), [each.payload])
    ingestion.consume(first)
    once = counts(database)
    ingestion.consume(segment(first.records, attempt=1, identifier=first.id))
    assert counts(database) == once


def test_without_a_store_it_is_tried_later(tenant: str) -> None:
    with pytest.raises(Retry):
        Ingestion(lambda: None).consume(segment(records(tenant)))


def test_bytes_that_do_not_decode_are_refused(store: Store, tenant: str) -> None:
    with pytest.raises(Refused, match="cannot decode"):
        Ingestion(lambda: store).consume(segment([record(tenant, Signal.LOGS, b"\xff")]))


def test_a_segment_of_a_newer_decoder_is_refused(store: Store, tenant: str) -> None:
    newer = Segment(1 << 22, DECODER_VERSION + 1, records(tenant))
    with pytest.raises(Refused, match="newer version"):
        Ingestion(lambda: store).consume(newer)


def test_values_that_the_engine_refuses_are_refused_and_can_be_taken_back(
    store: Store, database: Database, tenant: str
) -> None:
    database.execute("ALTER TABLE otel_traces ADD CONSTRAINT none CHECK 0 = 1")
    ingestion = Ingestion(lambda: store)
    whole = segment(records(tenant))
    with pytest.raises(Refused):
        ingestion.consume(whole)
    assert counts(database)["otel_logs"]
    ingestion.discard(whole)
    assert not any(counts(database).values())


def test_taking_back_leaves_other_segments_alone(store: Store, database: Database, tenant: str) -> None:
    ingestion = Ingestion(lambda: store)
    kept, gone = segment(records(tenant)), segment(records(tenant))
    ingestion.consume(kept)
    once = counts(database)
    ingestion.consume(gone)
    ingestion.discard(gone)
    assert counts(database) == once


def test_entries_of_the_audit_log_are_stored_once_beside_telemetry(
    store: Store, database: Database, tenant: str
) -> None:
    told = ("read", "found", "key", "", "", "payment", "pym_1", "run_1", "127.0.0.1", "", "")
    entries = [AuditEntry(EPOCH_NS + number * 40 * 86_400 * 10**9, *told) for number in range(3)]
    parts = [*records(tenant), Record(tenant, AUDIT, EPOCH_NS, b"", 3, packed(entries))]
    ingestion = Ingestion(lambda: store)
    for attempt in range(2):
        ingestion.consume(segment(parts, attempt=attempt, identifier=7 << 22))
    rows = database.query(
        "SELECT toUnixTimestamp64Nano(At), EntityId, Ordinal FROM audit_log ORDER BY At"
    ).rows
    assert rows == [(entry.at_ns, "pym_1", number) for number, entry in enumerate(entries)]
    with pytest.raises(Refused):
        ingestion.consume(segment([Record(tenant, AUDIT, EPOCH_NS, b"", 1, b'[["no entry"]]')]))
