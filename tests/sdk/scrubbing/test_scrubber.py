"""Spans and log records leave without secrets, and without any other change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode
from tests.sdk.scrubbing.secrets_in_texts import (
    addresses,
    assignments,
    headers,
    not_secret,
    of_known_shape,
    secret_names,
)

from sonde.sdk.export.encoding import span_encoder
from sonde.sdk.scrubbing import Scrubber, ScrubOptions

SCRUBBER = Scrubber()

planted = st.one_of(
    of_known_shape.map(lambda secret: (secret, f"it is {secret}, not more")),
    assignments(),
    headers(),
    addresses(),
)


def span(**parts: Any) -> ReadableSpan:
    """A finished span of the real SDK with these parts."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    links = [Link(SpanContext(1, 2, is_remote=True), parts.get("link"))]
    made = provider.get_tracer("test").start_span(
        parts.get("name", "work"), attributes=parts.get("attributes"), links=links
    )
    made.add_event(parts.get("event_name", "happened"), parts.get("event"))
    if "status" in parts:
        made.set_status(Status(StatusCode.ERROR, parts["status"]))
    if "error" in parts:
        made.record_exception(parts["error"])
    made.end()
    return exporter.get_finished_spans()[0]


def record(body: Any = None, attributes: Mapping[str, Any] | None = None, **parts: Any) -> ReadableLogRecord:
    written = LogRecord(timestamp=1, observed_timestamp=2, severity_number=SeverityNumber.INFO)
    written.body, written.attributes = body, attributes
    for name, value in parts.items():
        setattr(written, name, value)
    return ReadableLogRecord(written, Resource({}))


def sent(span: ReadableSpan) -> str:
    return str(encode_spans([span]))


def logged(record: ReadableLogRecord) -> str:
    return str(encode_logs([record]))


POSITIONS = [
    "name",
    "status",
    "attribute",
    "list",
    "nested",
    "bytes",
    "json",
    "event name",
    "event",
    "link",
    "exception",
    "log body",
    "log body nested",
    "log attribute",
    "log attribute nested",
    "log event name",
]


def place(position: str, text: str) -> str:
    """What is sent of a span or log record that has `text` at this position."""
    match position:
        case "name":
            return sent(SCRUBBER.span(span(name=text)))
        case "status":
            return sent(SCRUBBER.span(span(status=text)))
        case "attribute":
            return sent(SCRUBBER.span(span(attributes={"note": text})))
        case "list":
            return sent(SCRUBBER.span(span(attributes={"notes": ["a", text]})))
        case "nested":
            return sent(SCRUBBER.span(span(attributes={"notes": {"deep": [{"note": text}]}})))
        case "bytes":
            return sent(SCRUBBER.span(span(attributes={"note": text.encode()})))
        case "json":
            return sent(SCRUBBER.span(span(attributes={"document": json.dumps({"deep": [text]})})))
        case "event name":
            return sent(SCRUBBER.span(span(event_name=text)))
        case "event":
            return sent(SCRUBBER.span(span(event={"note": text})))
        case "link":
            return sent(SCRUBBER.span(span(link={"note": text})))
        case "exception":
            return sent(SCRUBBER.span(span(error=ValueError(text))))
        case "log body":
            return logged(SCRUBBER.log(record(text)))
        case "log body nested":
            return logged(SCRUBBER.log(record({"a": ["b", {"c": text}]})))
        case "log attribute":
            return logged(SCRUBBER.log(record("x", {"note": text})))
        case "log attribute nested":
            return logged(SCRUBBER.log(record("x", {"notes": {"deep": (1, {"note": text})}})))
        case _:
            return logged(SCRUBBER.log(record("x", event_name=text)))


@given(planted, st.sampled_from(POSITIONS))
def test_no_planted_secret_survives_in_any_position(planted: tuple[str, str], position: str) -> None:
    secret, text = planted
    found = place(position, text)
    assert "[scrubbed: " in found
    for line in secret.split("\n"):
        assert len(line) < 6 or line not in found


@given(secret_names, st.one_of(st.text(min_size=1), st.integers(min_value=2), st.binary(min_size=1)))
def test_the_value_of_a_secret_name_goes_whatever_it_is(name: str, value: Any) -> None:
    scrubbed = SCRUBBER.attributes({name: value, "deep": {name: [value]}, "other": 1})
    assert str(scrubbed[name]).startswith("[scrubbed: ")
    assert str(scrubbed["deep"][name][0]).startswith("[scrubbed: ")
    assert scrubbed["other"] == 1


@given(st.dictionaries(st.sampled_from(["order.id", "user.id", "http.route", "n"]), not_secret))
def test_what_has_no_secret_is_handed_back_uncopied(attributes: dict[str, str]) -> None:
    clean = span(attributes=attributes, event=attributes, link=attributes)
    assert SCRUBBER.span(clean) is clean
    written = record({"a": [attributes]}, attributes)
    assert SCRUBBER.log(written) is written
    assert SCRUBBER.attributes(attributes) is attributes


def test_everything_else_of_a_scrubbed_span_stays() -> None:
    many = {f"key.{number}": number for number in range(150)}
    before = span(
        attributes={**many, "password": "x"}, event={**many, "password": "x"}, link={"why": "token=x"}
    )
    after = SCRUBBER.span(before)
    assert after.attributes == {**(before.attributes or {}), "password": "[scrubbed: password]"}
    assert (after.context, after.parent, after.kind) == (before.context, before.parent, before.kind)
    assert (after.start_time, after.end_time) == (before.start_time, before.end_time)
    assert (after.resource, after.instrumentation_scope) == (before.resource, before.instrumentation_scope)
    assert after.dropped_attributes == before.dropped_attributes == 23
    assert after.events[0].dropped_attributes == before.events[0].dropped_attributes == 23
    assert after.events[0].timestamp == before.events[0].timestamp
    assert after.links[0].context == before.links[0].context
    assert after.links[0].attributes == {"why": "token=[scrubbed: token]"}
    assert before.attributes is not None
    assert before.attributes["password"] == "x"


def test_everything_else_of_a_scrubbed_log_record_stays() -> None:
    attributes = BoundedAttributes(2, {"a": 1, "b": 2, "password": "x"})
    before = record("it", attributes, severity_text="INFO", event_name="done")
    after = SCRUBBER.log(before)
    assert dict(after.log_record.attributes or {}) == {"b": 2, "password": "[scrubbed: password]"}
    assert after.dropped_attributes == before.dropped_attributes == 1
    for name in (
        "timestamp",
        "observed_timestamp",
        "severity_number",
        "severity_text",
        "event_name",
        "trace_id",
    ):
        assert getattr(after.log_record, name) == getattr(before.log_record, name)
    assert after.resource is before.resource
    assert attributes["password"] == "x"


def test_headers_stay_a_list_and_empty_values_stay_empty() -> None:
    assert SCRUBBER.attributes(
        {
            "http.request.header.authorization": ("Bearer abc",),
            "http.request.header.cookie": [],
            "password": "",
            "token": None,
            "secret": True,
        }
    ) == {
        "http.request.header.authorization": ("[scrubbed: authorization]",),
        "http.request.header.cookie": [],
        "password": "",
        "token": None,
        "secret": True,
    }


def test_a_command_line_loses_what_follows_a_secret_option() -> None:
    arguments = ["app.py", "--password", "hunter2", "--db-url=postgres://u:pw@h/d", "-v", "--token=abc"]
    assert SCRUBBER.attributes({"process.command_args": arguments})["process.command_args"] == [
        "app.py",
        "--password",
        "[scrubbed: password]",
        "--db-url=postgres://u:[scrubbed: password]@h/d",
        "-v",
        "--token=[scrubbed: token]",
    ]


def test_a_card_number_is_found_as_a_number_too_and_times_are_not() -> None:
    assert SCRUBBER.attributes({"n": 4111111111111111}) == {"n": "[scrubbed: card number]"}
    times = {"ms": 1_700_000_000_123, "us": 1_700_000_000_123_456, "ns": 1_700_000_000_123_456_789}
    assert SCRUBBER.attributes(times) is times


class Unreadable(Mapping[str, Any]):
    """A value whose every method fails."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("no")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("no")

    def __len__(self) -> int:
        raise RuntimeError("no")


@pytest.mark.parametrize("enough", [40, 4000])
def test_a_value_that_cannot_be_looked_at_is_replaced_and_the_rest_stays(enough: int) -> None:
    deep: Any = "password=x"
    for _ in range(enough):
        deep = [deep]
    scrubbed = SCRUBBER.log(record("fine", {"bad": Unreadable(), "deep": deep, "password": "x", "good": 5}))
    attributes = scrubbed.log_record.attributes
    assert attributes is not None
    assert attributes["bad"] == "[scrubbed: unreadable]"
    assert attributes["password"] == "[scrubbed: password]"
    assert attributes["good"] == 5
    assert "password=x" not in str(attributes["deep"])
    assert scrubbed.log_record.body == "fine"


def test_keys_and_e_mails_of_the_users_wish() -> None:
    scrubber = Scrubber(ScrubOptions(keys=("customer.email", "Kennwort"), emails=True))
    assert scrubber.attributes(
        {"customer.email": "none", "text": "kennwort=abc by bob@example.org", "name": "Bob"}
    ) == {
        "customer.email": "[scrubbed: customer email]",
        "text": "kennwort=[scrubbed: kennwort] by [scrubbed: e-mail]",
        "name": "Bob",
    }


def test_clean_texts_are_not_remembered_without_bound() -> None:
    scrubber = Scrubber()
    for number in range(10_000):
        scrubber.attributes({"order": f"A-{number}"})
    assert scrubber.remembered <= 4096 + 1


def test_what_is_harmless_by_itself_is_looked_at_again_in_a_list() -> None:
    scrubber = Scrubber()
    for _ in range(2):
        assert scrubber.attributes({"flag": "--password"}) == {"flag": "--password"}
        assert scrubber.attributes({"command": ("--password", "hunter2")}) == {
            "command": ("--password", "[scrubbed: password]")
        }
        assert scrubber.attributes({"given": {"flag": "--password", "all": ["--password", "hunter2"]}}) == {
            "given": {"flag": "--password", "all": ["--password", "[scrubbed: password]"]}
        }


def test_harmless_texts_are_not_remembered_without_bound() -> None:
    scrubber = Scrubber()
    for number in range(10_000):
        scrubber.attributes({"note": f"no token here {number}"})
    assert scrubber.remembered <= 2 * 4096


def test_what_describes_a_scope_is_scrubbed() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("shop", attributes={"api_key": "hunter2", "team": "till"}).start_span("work").end()
    request = span_encoder(SCRUBBER)(exporter.get_finished_spans())
    assert (b"hunter2" in request, b"till" in request) == (False, True)
