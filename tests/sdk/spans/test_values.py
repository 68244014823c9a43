"""Anything a program has at hand becomes an attribute that OpenTelemetry takes and that can be encoded."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.exporter.otlp.proto.common._internal import (
    _encode_attributes,  # pyright: ignore[reportPrivateUsage] -- the encoder of spans and logs alike
)

from sonde.sdk.values import (
    MAX_ATTRIBUTES,
    MAX_CHARS,
    MAX_ITEMS,
    acceptable,
    acceptable_attributes,
    text,
)


class Hostile:
    """Everything about it raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __str__(self) -> str:
        raise RuntimeError("no str")

    def __iter__(self) -> Any:
        raise RuntimeError("no iter")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no attributes")

    def __hash__(self) -> int:
        raise RuntimeError("no hash")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no equality")


class Plain:
    pass


class Colour(Enum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


class Word(StrEnum):
    YES = "yes"


@dataclass
class Customer:
    id: int
    name: str


def encoded(attributes: Mapping[str, Any]) -> list[Any]:
    """Through the SDK and the exporter's encoder; both log and leave out what they cannot take."""
    held = BoundedAttributes(attributes=attributes)
    assert dict(held) == {name: tuple(v) if isinstance(v, list) else v for name, v in attributes.items()}
    sent = _encode_attributes(held)
    assert len(sent) == len(attributes)
    return sent


nothing_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text(st.characters(min_codepoint=0xD7FF, max_codepoint=0xE001)),
    st.binary(),
    st.decimals(),
    st.datetimes(),
    st.uuids(),
    st.timedeltas(),
    st.fractions(),
    st.complex_numbers(),
    st.builds(Hostile),
    st.builds(Plain),
    st.sampled_from([Colour.RED, Number.ONE, Word.YES, Customer(1, "x"), Plain, len, ...]),
)
anything = st.recursive(
    nothing_plain,
    lambda inner: st.one_of(
        st.lists(inner),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(), st.integers(), st.none()), inner),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(anything)
def test_any_value_is_accepted_by_the_sdk_and_its_encoder(value: object) -> None:
    made = acceptable(value)
    assert isinstance(made, str | bool | int | float | tuple)
    encoded({"value": made})


@settings(deadline=None)
@given(anything)
def test_what_is_acceptable_stays_as_it_is(value: object) -> None:
    made = acceptable(value)
    again = acceptable(made)
    assert again == made or (isinstance(made, float | tuple) and repr(again) == repr(made))
    assert type(again) is type(made)


@settings(deadline=None)
@given(st.dictionaries(st.one_of(st.text(), st.integers(), st.none(), st.builds(Plain)), anything))
def test_any_mapping_becomes_attributes(attributes: Any) -> None:
    encoded(acceptable_attributes(attributes))


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(max_codepoint=127), min_size=1),
        st.one_of(
            st.booleans(),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(),
            st.text(st.characters(max_codepoint=127)),
        ),
        max_size=MAX_ATTRIBUTES,
    )
)
def test_plain_attributes_are_handed_back_uncopied(attributes: dict[str, Any]) -> None:
    assert acceptable_attributes(attributes) is attributes


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=50))
def test_text_can_always_be_encoded_and_is_unchanged_if_it_could_before(value: str) -> None:
    made = text(value)
    made.encode()
    try:
        value.encode()
    except UnicodeEncodeError:
        assert len(made) == len(value)
    else:
        assert made == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, str(2**63)),
        (-(2**70), str(-(2**70))),
        (True, True),
        (Number.ONE, 1),
        (Word.YES, "yes"),
        (Colour.RED, "red"),
        (None, "null"),
        (b"caf\xc3\xa9", "café"),
        (b"\xff\x00", "/wA="),
        (bytearray(b"abc"), "abc"),
        (memoryview(b"abc"), "abc"),
        (Decimal("1.50"), "1.50"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (datetime(2026, 1, 5, 12, tzinfo=UTC), "2026-01-05T12:00:00+00:00"),
        (Path("/a/b"), "/a/b"),
        ("a\ud800b", "a?b"),
        (["a", "b"], ("a", "b")),
        ((1, 2), (1, 2)),
        ([], ()),
        ([True, False], (True, False)),
        ([1, "a"], '[1,"a"]'),
        ([1, 2**80], f"[1,{2**80}]"),
        ([1.0, None], "[1.0,null]"),
        ({"a": {"b": [1, None]}}, '{"a":{"b":[1,null]}}'),
        ({1: "x", None: "y"}, '{"1":"x","None":"y"}'),
        (Customer(7, "Ada"), '{"id":7,"name":"Ada"}'),
        (Plain(), "<Plain>"),
        (ValueError("no"), "ValueError: no"),
    ],
)
def test_values_take_the_form_people_expect(value: object, expected: object) -> None:
    made = acceptable(value)
    assert made == expected
    assert type(made) is type(expected)


def test_not_a_number_stays_a_float_and_is_text_within_json() -> None:
    made = acceptable(math.nan)
    assert isinstance(made, float)
    assert math.isnan(made)
    nested = acceptable({"a": math.nan, "b": math.inf})
    assert isinstance(nested, str)
    assert json.loads(nested) == {"a": "nan", "b": "inf"}


def test_numbers_of_numpy_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert acceptable(numpy.int64(5)) == 5
    assert acceptable(numpy.float32(0.5)) == 0.5
    assert isinstance(acceptable(numpy.zeros(3)), str)


def test_an_integer_too_long_to_write_in_decimals_is_written_in_hexadecimal_ones() -> None:
    made = acceptable(1 << 100_000)
    assert isinstance(made, str)
    assert made.startswith("0x1000")


def test_a_text_of_a_million_characters_is_cut_with_a_mark() -> None:
    made = acceptable("x" * 1_000_000)
    assert isinstance(made, str)
    assert made == "x" * MAX_CHARS + "… truncated (1000000 characters)"


def test_a_million_bytes_are_cut_with_a_mark() -> None:
    for value in (b"\xff" * 1_000_000, "é".encode() * 500_000):
        made = acceptable(value)
        assert isinstance(made, str)
        assert made.endswith("… truncated (1000000 bytes)")
        assert len(made) < MAX_CHARS + 50


def test_a_long_list_and_a_list_of_long_texts_become_bounded_json() -> None:
    made = acceptable(list(range(MAX_ITEMS + 1)))
    assert isinstance(made, str)
    assert len(json.loads(made)) == MAX_ITEMS + 1
    for value in (list(range(1_000_000)), ["x" * MAX_CHARS] * MAX_ITEMS, {"a": "x" * 1_000_000}):
        bounded = acceptable(value)
        assert isinstance(bounded, str)
        assert len(bounded) < 2 * MAX_CHARS
        json.loads(bounded)


def test_what_contains_itself_ends() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    ring: dict[str, Any] = {}
    ring["ring"] = ring
    deep: Any = "bottom"
    for _ in range(10_000):
        deep = [deep]
    for value in (loop, ring, deep):
        made = acceptable(value)
        assert isinstance(made, str)
        json.loads(made)


def test_of_ten_thousand_attributes_the_first_are_kept_and_it_is_said_once(
    said: Callable[[], list[str]],
) -> None:
    many = {f"a{number}": number for number in range(10_000)}
    assert acceptable_attributes(many) == {f"a{number}": number for number in range(MAX_ATTRIBUTES)}
    acceptable_attributes(many)
    assert said() == [f"more than {MAX_ATTRIBUTES} attributes at once: only the first are kept"]


def test_an_attribute_without_a_value_is_left_out() -> None:
    assert acceptable_attributes({"a": None, "b": 0}) == {"b": 0}


def test_names_become_text_of_bounded_length() -> None:
    made = acceptable_attributes({1: "a", "": "b", "n" * 1000: "c", "\ud800": "d"})  # pyright: ignore[reportArgumentType] -- what a program may do
    assert list(made) == ["1", "unnamed", "n" * 256 + "… truncated (1000 characters)", "?"]


def test_what_is_no_mapping_is_left_out_and_said_once(said: Callable[[], list[str]]) -> None:
    for wrong in ([1, 2], 7, Hostile()):
        assert acceptable_attributes(wrong) == {}  # pyright: ignore[reportArgumentType] -- what a program may do
    assert len(said()) == 1
