"""Both clients against a real server: what is recorded is read again, refusals are the errors they name."""

from __future__ import annotations

import asyncio
import logging
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.sdk.client.conftest import Locked, NewClient

import sonde
from sonde import errors
from sonde.records import EventFilters, EventRecord, SpanFilters, SpanRecord, new_trace_id, now
from sonde.sdk.client import AsyncClient, Client


@pytest.fixture
def trace_id() -> str:
    return new_trace_id()


def test_a_span_is_read_as_it_was_recorded(locked: Locked, new_client: NewClient, trace_id: str) -> None:
    with new_client(locked.url, api_key=locked.all) as client:
        span = SpanRecord(
            trace_id=trace_id,
            parent_span_id="00000000000000aa",
            orchestration_id="orc_1",
            component="daemon",
            operation="sync_all",
            attrs={"task": "a"},
        ).ended("error", error_code="TimeoutError", error_detail="after 3 tries", attrs={"tries": "3"})
        assert client.record_span(span) == span.span_id
        client.flush()
        page = client.list_spans(trace_id=trace_id)
    assert page == [span]
    assert page.next_cursor is None


def test_its_requests_are_no_lines_of_the_programs_log(
    locked: Locked, new_client: NewClient, trace_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with new_client(locked.url, api_key=locked.all) as client:
        client.list_spans(trace_id=trace_id)
        assert caplog.messages == []
        httpx.get(f"{locked.url}/healthz", timeout=30)
        assert [each.name for each in caplog.records] == ["httpx"]


@pytest.mark.parametrize("status", ["success", "blocked", "skipped", "unset"])
def test_every_status_comes_back(locked: Locked, trace_id: str, status: str) -> None:
    span = SpanRecord(trace_id=trace_id, operation="step", component="engine").ended(status)
    with Client(locked.url, api_key=locked.all) as client:
        client.record_span(span)
        client.flush()
        assert client.list_spans(SpanFilters(trace_id=trace_id, status=status)) == [span]


def test_a_span_recorded_at_its_start_and_at_its_end_is_one(
    locked: Locked, new_client: NewClient, trace_id: str
) -> None:
    begun = SpanRecord(trace_id=trace_id, operation="orchestrate.advance", component="orchestrator")
    with new_client(locked.url, api_key=locked.all) as client:
        client.record_span(begun)
        client.flush()
        (running,) = client.list_spans(trace_id=trace_id)
        assert (running.ended_at, running.duration_ms, running.attrs) == (None, None, {})
        ended = begun.ended(at=begun.started_at + timedelta(milliseconds=1500))
        for _ in range(2):
            client.record_span(ended)
        client.record_span(begun)  # late, as retries may be
        client.flush()
        assert client.list_spans(trace_id=trace_id) == [ended]
        assert ended.duration_ms == 1500


def test_an_event_is_read_as_it_was_recorded_and_once(
    locked: Locked, new_client: NewClient, trace_id: str
) -> None:
    event = EventRecord(
        trace_id=trace_id,
        span_id="00000000000000bb",
        orchestration_id="orc_1",
        component="orchestrator",
        event_type="state.transition",
        severity="warn",
        message="build → test",
        status="error",
        attrs={"sonde.from": "build", "sonde.to": "test"},
    )
    with new_client(locked.url, api_key=locked.all, service_name="jobs") as client:
        assert {client.record_event(event) for _ in range(3)} == {event.event_id}
        client.record_event(EventRecord(trace_id=trace_id, event_type="other"))
        client.flush()
        found = client.list_events(EventFilters(trace_id=trace_id), event_type="state.transition")
        assert found == [event]
        assert client.list_events(trace_id=trace_id, source="orchestrator", severity=">=warn") == [event]
        assert [each.component for each in client.list_events(trace_id=trace_id, event_type="other")] == [
            "jobs"
        ]


def test_pages_and_iterators_hold_every_record_once(
    locked: Locked, new_client: NewClient, trace_id: str
) -> None:
    start = now() - timedelta(minutes=5)
    with new_client(locked.url, api_key=locked.all) as client:
        for number in range(5):
            at = start + timedelta(seconds=number)
            client.record_span(
                SpanRecord(trace_id=trace_id, operation=f"step {number}", started_at=at, duration_ms=1)
            )
            client.record_event(EventRecord(trace_id=trace_id, event_type=f"event {number}", recorded_at=at))
        client.flush()
        first = client.list_spans(trace_id=trace_id, limit=2)
        assert [span.operation for span in first] == ["step 4", "step 3"]
        second = client.list_spans(trace_id=trace_id, limit=2, cursor=first.next_cursor)
        assert [span.operation for span in second] == ["step 2", "step 1"]
        newest_first = list(range(5))[::-1]
        spans = list(client.iter_spans(trace_id=trace_id, limit=2))
        assert [span.operation for span in spans] == [f"step {number}" for number in newest_first]
        events = list(client.iter_events(trace_id=trace_id))
        assert [event.event_type for event in events] == [f"event {number}" for number in newest_first]
        late = client.list_spans(
            trace_id=trace_id, since=start + timedelta(seconds=3), until=datetime.now(UTC)
        )
        assert [span.operation for span in late] == ["step 4", "step 3"]


def test_attributes_of_any_type_are_taken(locked: Locked, trace_id: str) -> None:
    attrs: dict[str, Any] = {"n": 2**80, "f": math.inf, "list": ["a", "b"], "nested": {"a": [1]}, "yes": True}
    with Client(locked.url, api_key=locked.all) as client:
        client.record_event(EventRecord(trace_id=trace_id, event_type="odd", attrs=attrs))
        client.flush()
        (found,) = client.list_events(trace_id=trace_id)
    assert found.attrs == {
        "n": str(2**80),
        "f": "Infinity",
        "list": '["a","b"]',
        "nested": '{"a":[1]}',
        "yes": "true",
    }


REFUSALS: list[tuple[type[errors.SondeError], str, dict[str, Any]]] = [
    (errors.BadRequest, "list_spans", {"trace_id": "abc"}),
    (errors.BadRequest, "list_spans", {"status": "nope"}),
    (errors.BadRequest, "list_events", {"limit": 100_000}),
    (errors.SearchSyntaxError, "list_spans", {"q": "status:(error"}),
]


@pytest.mark.parametrize(("kind", "method", "filters"), REFUSALS)
def test_a_refusal_is_the_error_of_its_code(
    locked: Locked, new_client: NewClient, kind: type[errors.SondeError], method: str, filters: dict[str, Any]
) -> None:
    with (
        new_client(locked.url, api_key=locked.all) as client,
        pytest.raises(kind, match=r"^cannot ") as raised,
    ):
        getattr(client, method)(**filters)
    if isinstance(raised.value, errors.SearchSyntaxError):
        assert raised.value.position == 7


def test_keys_that_do_not_do_are_told_from_each_other(locked: Locked, new_client: NewClient) -> None:
    with new_client(locked.url, api_key="sonde_00000000_wrong") as client:
        with pytest.raises(errors.Unauthenticated) as raised:
            client.list_spans()
        assert "SONDE_API_KEY" in raised.value.hint
        with pytest.raises(errors.Unauthenticated):
            client.record_span(SpanRecord(operation="x"))
    with new_client(locked.url, api_key=locked.read) as client:
        client.list_events()
        with pytest.raises(errors.Forbidden):
            client.record_event(EventRecord(event_type="x"))
        with pytest.raises(errors.Forbidden):
            client.flush()


def test_a_record_that_cannot_be_stored_is_refused(locked: Locked, new_client: NewClient) -> None:
    with new_client(locked.url, api_key=locked.all) as client:
        with pytest.raises((errors.BadRequest, errors.DecodeError)):
            client.record_span(SpanRecord(trace_id="abc", operation="x"))
        with pytest.raises(ValueError, match="no severity is called 'loud'"):
            client.record_event(EventRecord(event_type="x", severity="loud"))
        with pytest.raises(TypeError, match="colour"):
            client.list_spans(colour="red")


def test_the_server_and_key_of_the_environment_are_used(
    locked: Locked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONDE_URL", locked.url)
    monkeypatch.setenv("SONDE_API_KEY", locked.all)
    with sonde.Client() as client:
        assert client.url == locked.url
        client.list_spans()
    with pytest.raises(errors.SettingError):
        Client("ftp://example.com")


def test_many_tasks_share_one_client(locked: Locked, trace_id: str) -> None:
    async def record() -> int:
        async with AsyncClient(locked.url, api_key=locked.all) as client:
            await asyncio.gather(
                *(
                    client.record_span(SpanRecord(trace_id=trace_id, operation="one of many").ended())
                    for _ in range(30)
                )
            )
            await client.flush()
            return len([span async for span in client.iter_spans(trace_id=trace_id)])

    assert asyncio.run(record()) == 30
