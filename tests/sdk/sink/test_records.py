"""What `sonde.record` makes of keywords and of dictionaries that programs write already."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry._logs import LogRecord

import sonde
from sonde.sdk.sink_records import shown, taken_apart, time_ns
from sonde.testing import Capture, capture

AT_NS = 1_767_323_045_000_000_000


@pytest.fixture
def told() -> Generator[Capture]:
    """What is recorded within a test."""
    with capture() as captured:
        yield captured


def only(told: Capture) -> tuple[LogRecord, Mapping[str, Any]]:
    """The one record, and its attributes."""
    (record,) = told.events
    return record, cast(Mapping[str, Any], record.attributes)


def test_a_record_is_an_event_of_its_kind(told: Capture) -> None:
    with sonde.span("a") as span:
        sonde.record(
            "tool", name="grep", duration_ms=12, ok=True, correlation_id="corr_1", component="tools", files=3
        )
    record, attributes = only(told)
    assert record.event_name == "tool"
    assert record.severity_text == "INFO"
    assert record.body == "tool grep ok in 12 ms"
    assert record.span_id == span.get_span_context().span_id
    assert attributes == {
        "sonde.record.kind": "tool",
        "sonde.record.name": "grep",
        "sonde.record.duration_ms": 12,
        "sonde.status": "success",
        "sonde.component": "tools",
        "correlation.id": "corr_1",
        "files": 3,
    }


def test_the_correlation_above_is_taken_unless_the_record_has_one(told: Capture) -> None:
    with sonde.correlation("corr_above"):
        sonde.record("tool")
        sonde.record("tool", correlation_id="corr_own")
    ids = [cast(Mapping[str, Any], each.attributes)["correlation.id"] for each in told.events]
    assert ids == ["corr_above", "corr_own"]


def test_a_dictionary_of_an_application_is_understood(told: Capture) -> None:
    sonde.record(
        {
            "tool_name": "grep",
            "durationMs": 1500,
            "success": False,
            "error": "no such file",
            "correlationId": "corr_2",
            "component": "tool_telemetry",
            "timestamp": "2026-01-02T03:04:05Z",
            "level": "WARNING",
            "session_id": "s1",
            "user_id": "u1",
            "empty": None,
            "data": {"files": 3, "deep": {"paths": ["a", "b"], "rows": [{"x": 1}]}},
        }
    )
    record, attributes = only(told)
    assert record.event_name == "tool"
    assert record.timestamp == AT_NS
    assert record.severity_text == "WARN"
    assert record.body == "tool grep failed in 1.5 s: no such file"
    assert attributes["sonde.status"] == "error"
    assert attributes["sonde.error.detail"] == "no such file"
    assert (attributes["session.id"], attributes["user.id"]) == ("s1", "u1")
    assert attributes["correlation.id"] == "corr_2"
    assert attributes["data.files"] == 3
    assert attributes["data.deep.paths"] == ("a", "b")
    assert attributes["data.deep.rows"] == '[{"x":1}]'
    assert not {"empty", "timestamp", "level", "durationMs"} & attributes.keys()


@pytest.mark.parametrize(
    ("fields", "kind", "name"),
    [
        ({"tool_name": "grep"}, "tool", "grep"),
        ({"command": "build", "exit_code": 0}, "command", "build"),
        ({"fragment_id": "f1"}, "fragment", "f1"),
        ({"model": "gpt-4o"}, "chat", "gpt-4o"),
        ({"kind": "chat", "model": "gpt-4o", "name": "title"}, "chat", "title"),
        ({"event_type": "cache_miss", "name": "x"}, "cache_miss", "x"),
        ({"a": 1}, "record", ""),
    ],
)
def test_the_kind_is_found_in_a_dictionary(fields: dict[str, object], kind: str, name: str) -> None:
    made = taken_apart("", fields)
    assert (made.kind, made.name) == (kind, name)


@pytest.mark.parametrize(
    ("fields", "status", "severity"),
    [
        ({}, "", "info"),
        ({"ok": True}, "success", "info"),
        ({"success": "false"}, "error", "error"),
        ({"status": "completed"}, "success", "info"),
        ({"status": "Timed Out"}, "error", "error"),
        ({"status": "skipped"}, "skipped", "info"),
        ({"status": "blocked", "ok": True}, "blocked", "info"),
        ({"status": "whatever"}, "", "info"),
        ({"error": "x"}, "error", "error"),
        ({"error": ""}, "", "info"),
        ({"exit_code": 2}, "error", "error"),
        ({"ok": False, "level": "debug"}, "error", "debug"),
        ({"level": logging.WARNING}, "", "warn"),
    ],
)
def test_the_outcome_follows_from_what_is_said(fields: dict[str, object], status: str, severity: str) -> None:
    made = taken_apart("tool", fields)
    assert (made.status, made.severity) == (status, severity)


def test_an_exception_is_structured(told: Capture) -> None:
    try:
        raise TimeoutError("slow")
    except TimeoutError as error:
        sonde.record("tool", name="search", error=error)
    record, attributes = only(told)
    assert record.severity_text == "ERROR"
    assert attributes["error.type"] == "TimeoutError"
    assert attributes["exception.message"] == "slow"
    assert "raise TimeoutError" in attributes["exception.stacktrace"]


def test_a_chat_has_the_names_of_the_genai_conventions(told: Capture) -> None:
    sonde.record(
        "chat", model="gpt-4o", provider="openai", prompt_tokens=11, completion_tokens=7, cost_usd=0.01
    )
    attributes = only(told)[1]
    assert attributes["gen_ai.request.model"] == "gpt-4o"
    assert attributes["gen_ai.provider.name"] == "openai"
    assert attributes["gen_ai.usage.input_tokens"] == 11
    assert attributes["gen_ai.usage.output_tokens"] == 7
    assert attributes["gen_ai.usage.cost"] == 0.01


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T04:04:05+01:00",
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        1_767_323_045,
        1_767_323_045.0,
        "1767323045",
        1_767_323_045_000,
        1_767_323_045_000_000,
        AT_NS,
    ],
)
def test_times_of_every_kind_are_kept(value: object) -> None:
    assert time_ns(value) == AT_NS


@pytest.mark.parametrize("value", ["yesterday", 12.5, -1, True, None, [], "", float("nan")])
def test_what_is_no_time_is_none(value: object) -> None:
    assert time_ns(value) is None


def test_a_local_time_is_a_local_time() -> None:
    local = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 -- programs write such times
    assert time_ns(local.isoformat()) == round(local.timestamp() * 1e9)


def test_ids_of_a_span_tie_the_record_to_it(told: Capture) -> None:
    sonde.record({"kind": "tool", "trace_id": "ab" * 16, "span_id": "CD" * 8})
    record, attributes = only(told)
    assert (record.trace_id, record.span_id) == (int("ab" * 16, 16), int("cd" * 8, 16))
    assert "trace_id" not in attributes


def test_durations_of_other_units_are_milliseconds() -> None:
    assert taken_apart("tool", {"duration_s": 1.5}).duration_ms == 1500
    assert taken_apart("tool", {"duration": timedelta(seconds=2)}).duration_ms == 2000
    assert taken_apart("tool", {"elapsed_ms": "12.5"}).duration_ms == 12.5


def test_a_bare_duration_says_no_unit_and_stays_an_attribute() -> None:
    made = taken_apart("tool", {"duration": 7})
    assert (made.duration_ms, made.attributes["duration"]) == (None, 7)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0.5, "0.5 ms"), (12, "12 ms"), (1500, "1.5 s"), (90_000, "1.5 min"), (7_200_000, "2 h")],
)
def test_durations_are_shown_as_one_reads_them(milliseconds: float, words: str) -> None:
    assert shown(milliseconds) == words


def test_wrong_use_is_said_once_and_survived(told: Capture, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(dict[str, object]):
        def keys(self) -> Any:
            raise RuntimeError("no keys")

        __iter__ = keys

    for _ in range(2):
        sonde.record("tool", duration_ms=cast(Any, "soon"), timestamp="later")
        sonde.record(cast(Any, 5))
        sonde.record(Broken(a=1))
        sonde.record({"level": "shouting", cast(Any, 7): object()})
    assert [each.event_name for each in told.events].count("tool") == 2
    said = [each.getMessage() for each in caplog.records if each.name == "sonde"]
    assert len(said) == len(set(said))
    assert any("duration_ms, timestamp" in each for each in said)


def test_data_of_any_depth_and_size_is_bounded(told: Capture) -> None:
    deep: dict[str, object] = {}
    deep["self"] = deep
    many = {f"a{number}": number for number in range(10_000)}
    sonde.record({"kind": "tool", "deep": deep, "long": "x" * 1_000_000, **many})
    attributes = only(told)[1]
    assert len(attributes) <= 128
    assert all(len(str(value)) < 70_000 for value in attributes.values())
    assert attributes["sonde.record.kind"] == "tool"


def test_kinds_and_statuses_are_counted(told: Capture) -> None:
    for ok in (True, True, False):
        sonde.record("tool", duration_ms=500, ok=ok, component="tools")
    counted = {"sonde.record.kind": "tool", "sonde.component": "tools"}
    assert told.value("sonde.record.count", counted) == 3
    assert told.value("sonde.record.count", {**counted, "sonde.status": "error"}) == 1
    assert told.value("sonde.record.duration", counted) == 3


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_names = (
    st.sampled_from(["name", "status", "ok", "error", "level", "timestamp", "duration_ms", "data"])
    | st.text()
)


@given(st.dictionaries(_names, _values, max_size=6), st.sampled_from(["", "tool", "chat"]))
def test_any_dictionary_makes_a_record(fields: dict[str, object], kind: str) -> None:
    made = taken_apart(kind, fields)
    assert made.kind
    assert made.body()
    assert made.all_attributes()["sonde.record.kind"] == made.kind
    assert made.duration_ms is None or made.duration_ms >= 0
