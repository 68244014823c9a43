"""OTLP's JSON says the same as its protobuf, and what is wrong with it is said with its place."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.unit.decode.messages import requests
from tests.unit.decode.oracle import REQUEST, expected
from tests.unit.decode.rows import RECEIVED, REPOSITORY, SEGMENT, decoded, rows_of, same

from sonde.decode import Signal, check, json_to_protobuf, parse
from sonde.errors import DecodeError, TooLarge

EXAMPLES = REPOSITORY.parent / "shared" / "data" / "otlp"
SIGNAL_OF = {
    "trace": Signal.TRACES,
    "logs": Signal.LOGS,
    "events": Signal.LOGS,
    "metrics": Signal.METRICS,
}
ID_FIELDS = {"traceId", "spanId", "parentSpanId"}
ordinary = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def otlp_json(message: Message) -> Any:
    """The message as OTLP writes it: protobuf's own JSON, with ids in hex and enums as integers."""
    return _with_hex_ids(json_format.MessageToDict(message, use_integers_for_enums=True))


def _with_hex_ids(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: base64.b64decode(cast("str", content)).hex()
                if key in ID_FIELDS
                else _with_hex_ids(content)
                for key, content in cast("dict[str, Any]", value).items()
            }
        case list():
            return [_with_hex_ids(element) for element in cast("list[Any]", value)]
        case _:
            return value


def span_json(**fields: Any) -> bytes:
    """A request with one span of these fields."""
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}).encode()


def span_of(**fields: Any) -> Span:
    """The span that JSON of these fields means."""
    payload = json_to_protobuf(Signal.TRACES, span_json(**fields))
    request: Any = REQUEST[Signal.TRACES].FromString(payload)
    return request.resource_spans[0].scope_spans[0].spans[0]


@pytest.mark.parametrize("signal", list(Signal))
@ordinary
@given(data=st.data())
def test_json_means_what_protobuf_means(signal: Signal, data: st.DataObject) -> None:
    message = data.draw(requests(signal))
    payload = json_to_protobuf(signal, json.dumps(otlp_json(message)).encode())
    assert same(
        rows_of(block for blocks in decoded(signal, [payload]) for block in blocks),
        expected(signal, [message], [RECEIVED], SEGMENT),
    )


@pytest.mark.parametrize("name", SIGNAL_OF)
def test_the_example_messages_of_opentelemetry(name: str) -> None:
    path: Path = EXAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    signal = SIGNAL_OF[name]
    payload = json_to_protobuf(signal, path.read_bytes())
    message = REQUEST[signal].FromString(payload)
    assert _numbers_as_text(otlp_json(message)) == _numbers_as_text(_lower_ids(json.loads(path.read_bytes())))
    assert check(parse(signal, [payload])).rejected == 0
    assert decoded(signal, [payload])


def _numbers_as_text(value: Any) -> Any:
    """Leaves as text, and without what is a default, which JSON may give or leave out."""
    match value:
        case dict():
            members = {key: _numbers_as_text(held) for key, held in cast("dict[str, Any]", value).items()}
            return {key: held for key, held in members.items() if held not in ("0", "0.0", "", "False", [])}
        case list():
            return [_numbers_as_text(element) for element in cast("list[Any]", value)]
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _lower_ids(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: held.lower() if key in ID_FIELDS else _lower_ids(held)
                for key, held in cast("dict[str, Any]", value).items()
            }
        case list():
            return [_lower_ids(element) for element in cast("list[Any]", value)]
        case _:
            return value


def test_ids_are_hex_of_any_case() -> None:
    span = span_of(traceId="5B8EFFF798038103d269b633813FC60C", spanId="EEE19B7EC3C1B174", parentSpanId="")
    assert span.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert span.span_id.hex() == "eee19b7ec3c1b174"
    assert span.parent_span_id == b""


def test_an_id_of_the_wrong_length_is_left_to_partial_success() -> None:
    payload = json_to_protobuf(Signal.TRACES, span_json(traceId="abcd", spanId="01" * 8))
    assert check(parse(Signal.TRACES, [payload])).reasons == "1 span rejected: trace id is not 16 bytes"


@pytest.mark.parametrize("number", [1544712660300000001, "1544712660300000001"])
def test_64_bit_integers_are_numbers_or_strings(number: object) -> None:
    assert span_of(startTimeUnixNano=number).start_time_unix_nano == 1544712660300000001


def test_the_greatest_numbers_are_exact() -> None:
    assert span_of(startTimeUnixNano=2**64 - 1).start_time_unix_nano == 2**64 - 1
    attributes = [{"key": "k", "value": {"intValue": str(-(2**63))}}]
    assert span_of(attributes=attributes).attributes[0].value.int_value == -(2**63)


@pytest.mark.parametrize("kind", [2, "2", 2.0, "SPAN_KIND_SERVER"])
def test_enums_are_integers_or_names(kind: object) -> None:
    assert span_of(kind=kind).kind == Span.SPAN_KIND_SERVER


def test_field_names_are_camel_case_or_as_in_the_proto_files() -> None:
    assert span_of(start_time_unix_nano=7, trace_state="a=b").start_time_unix_nano == 7


def test_unknown_fields_and_nulls_are_ignored() -> None:
    assert span_of(name="n", kind=None, attributes=None, madeUp={"deep": [1]}) == Span(name="n")


@pytest.mark.parametrize(
    ("text", "value"), [("AQL+/w==", b"\x01\x02\xfe\xff"), ("AQL-_w", b"\x01\x02\xfe\xff")]
)
def test_bytes_are_base64_of_either_alphabet(text: str, value: bytes) -> None:
    attributes = [{"key": "k", "value": {"bytesValue": text}}]
    assert span_of(attributes=attributes).attributes[0].value.bytes_value == b"\x01\x02\xfe\xff"


@pytest.mark.parametrize(
    ("given", "value"), [(1, 1.0), ("1.5", 1.5), ("1e3", 1000.0), ("-Infinity", -float("inf"))]
)
def test_doubles_are_numbers_or_strings(given: object, value: float) -> None:
    attributes = [{"key": "k", "value": {"doubleValue": given}}]
    assert span_of(attributes=attributes).attributes[0].value.double_value == value


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"traceId": "xyz"}, 'traceId: expected hex digits, got "xyz"'),
        ({"traceId": "abc"}, 'traceId: expected hex digits, got "abc"'),
        ({"traceId": 5}, "traceId: expected a string, got 5"),
        ({"kind": True}, "kind: expected an integer, got true"),
        ({"kind": "SERVER"}, 'kind: expected an integer, got "SERVER"'),
        ({"kind": 2**31}, "kind: expected an integer from -2147483648 to 2147483647, got 2147483648"),
        ({"startTimeUnixNano": -1}, "startTimeUnixNano: expected an integer from 0 to 18446744073709551615"),
        ({"startTimeUnixNano": 1.5}, "startTimeUnixNano: expected an integer, got 1.5"),
        ({"startTimeUnixNano": "9" * 5000}, "startTimeUnixNano: expected an integer"),
        ({"startTimeUnixNano": "1 "}, "startTimeUnixNano: expected an integer"),
        ({"startTimeUnixNano": 1e30}, "startTimeUnixNano: expected an integer from"),
        ({"name": ["x"]}, 'name: expected a string, got ["x"]'),
        ({"attributes": {}}, "attributes: expected an array, got {}"),
        ({"attributes": [1]}, "attributes[0]: expected an object, got 1"),
        ({"attributes": [None]}, "attributes[0]: expected an object, got null"),
        (
            {"attributes": [{}, {"value": {"boolValue": 1}}]},
            "attributes[1].value.boolValue: expected true or",
        ),
        ({"attributes": [{"value": {"doubleValue": "1_0"}}]}, "doubleValue: expected a number"),
        ({"attributes": [{"value": {"bytesValue": "*"}}]}, "bytesValue: expected base64"),
        (
            {"attributes": [{"value": {"intValue": 1, "stringValue": ""}}]},
            "value: more than one value is given",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(DecodeError, match=re.escape(problem)) as refused:
        json_to_protobuf(Signal.TRACES, span_json(**fields))
    assert "resourceSpans[0].scopeSpans[0].spans[0]." in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff",
        b'{"a":"\xff"}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_an_object_of_json_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError, match="cannot decode traces request as JSON"):
        json_to_protobuf(Signal.TRACES, body)


@pytest.mark.parametrize("depth", [48, 300, 5000, 500_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    value = '{"arrayValue":{"values":[' * depth + '{"stringValue":"x"}' + "]}}" * depth
    body = f'{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"a","value":{value}}}]}}}}]}}'
    with pytest.raises(DecodeError) as refused:
        json_to_protobuf(Signal.TRACES, body.encode())
    assert len(str(refused.value)) < 400


def test_nesting_up_to_the_limit_is_taken_by_both_encodings() -> None:
    value = '{"arrayValue":{"values":[' * 47 + '{"stringValue":"x"}' + "]}}" * 47
    body = f'{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"a","value":{value}}}]}}}}]}}'
    parse(Signal.TRACES, [json_to_protobuf(Signal.TRACES, body.encode())])


def test_millions_of_values_are_refused_at_once() -> None:
    with pytest.raises(TooLarge):
        json_to_protobuf(Signal.TRACES, b'{"resourceSpans":[' + b"{}," * 3_000_000 + b"{}]}")


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("signal", list(Signal))
@ordinary
@given(data=st.data())
def test_json_with_any_value_anywhere_is_taken_or_refused(signal: Signal, data: st.DataObject) -> None:
    document = otlp_json(data.draw(requests(signal)))
    places = list(_places(document))
    if places:
        holder, key = data.draw(st.sampled_from(places))
        holder[key] = data.draw(_json_values)
    try:
        payload = json_to_protobuf(signal, json.dumps(document).encode(errors="replace"))
    except DecodeError:
        return
    decoded(signal, [payload])


def _places(value: Any) -> list[tuple[Any, Any]]:
    match value:
        case dict():
            members = list(cast("dict[Any, Any]", value).items())
        case list():
            members = list(enumerate(cast("list[Any]", value)))
        case _:
            members = []
    return [(value, key) for key, _ in members] + [place for _, held in members for place in _places(held)]
