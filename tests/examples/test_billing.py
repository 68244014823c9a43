"""The billing run: one trace over all workers, each entity with its run, failures and retries included."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter

import pytest
from tests.examples.conftest import RunExample

from sonde import Client
from sonde.records import SpanRecord

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server")


@pytest.fixture(scope="module")
def printed(run_example: RunExample) -> str:
    """What the example printed; everything is recorded by then."""
    return run_example("billing", "--once")


@pytest.fixture
def run_id(printed: str) -> str:
    found = re.search(r"Billing 2026_01: (run_\w+)", printed)
    assert found
    return found[1]


@pytest.fixture
def spans(run_id: str, client: Client) -> list[SpanRecord]:
    """Every span of the trace of the run."""
    (root,) = client.list_spans(operation="run.billing_run", q=f"sonde.run.id:{run_id}")
    return list(client.iter_spans(trace_id=root.trace_id))


def entities(spans: list[SpanRecord], kind: str) -> set[str]:
    found: set[str] = set()
    for span in spans:
        ids = span.attrs.get(f"sonde.entity.{kind}", "[]")
        found |= set(json.loads(ids)) if ids.startswith("[") else {ids}
    return found


def test_the_month_is_billed(printed: str) -> None:
    assert "5 payment paid" in printed
    assert "1 payment declined" in printed
    assert "5 invoice done, 5 notification done, 1 notification given up" in printed
    assert "5 webhook done" in printed


def test_links_lead_to_the_runs_page_in_sonde(spans: list[SpanRecord], run_id: str) -> None:
    assert {span.attrs.get("sonde.run.id") for span in spans if span.operation.startswith("run.")} == {run_id}
    assert {span.attrs.get("sonde.run.url") for span in spans} == {None}


def test_all_workers_and_the_customers_system_are_in_one_trace(spans: list[SpanRecord]) -> None:
    assert {span.component for span in spans} == {"billing", "customer-system"}
    ids = {span.span_id for span in spans}
    assert [span.operation for span in spans if span.parent_span_id and span.parent_span_id not in ids] == []
    operations = Counter(span.operation for span in spans)
    assert operations["run/invoice"] == operations["invoice.print"] == 5
    assert operations["POST /hooks"] == operations["run.webhook"] >= 5


def test_each_entity_is_linked_to_its_run(spans: list[SpanRecord], run_id: str) -> None:
    touching = [span for span in spans if any(name.startswith("sonde.entity.") for name in span.attrs)]

    assert {span.attrs["sonde.run.id"] for span in touching} == {run_id}
    assert entities(spans, "billing_run") == {run_id}
    assert entities(spans, "billing_period") == {"2026_01"}
    assert entities(spans, "payment") == {f"pym_2026_01_{number}" for number in range(6)}
    paid = {0, 1, 2, 4, 5}
    assert entities(spans, "invoice") == {f"inv_pym_2026_01_{number}" for number in paid}
    assert entities(spans, "webhook") == {f"whk_pym_2026_01_{number}" for number in paid}
    assert entities(spans, "notification") == {f"ntf_pym_2026_01_{number}" for number in range(6)}


def test_failures_and_retries_can_be_seen(spans: list[SpanRecord]) -> None:
    attempts = {
        int(span.attrs["sonde.run.attempt"]): span.status
        for span in spans
        if span.operation == "run.charge" and span.attrs.get("sonde.entity.payment") == "pym_2026_01_2"
    }
    assert attempts == {1: "error", 2: "error", 3: "unset"}
    declined = [
        span for span in spans if span.operation == "bank.charge" and "CardDeclined" in span.error_detail
    ]
    assert len(declined) == 1
    assert [span.status for span in spans if span.operation == "run.webhook"].count("error") == 2


def test_inserted_events_bear_the_run_as_well(run_id: str, spans: list[SpanRecord], client: Client) -> None:
    events = list(client.iter_events(event_type="billing.history"))

    assert len(events) == 11
    assert {event.trace_id for event in events} == {spans[0].trace_id}
    assert {event.attrs["sonde.run.id"] for event in events} == {run_id}
    assert len({event.attrs["sonde.entity.event"] for event in events}) == 11
