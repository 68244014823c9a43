"""Snapshots are JSON of bounded size, whatever is in them."""

from __future__ import annotations

import enum
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from sonde.sdk.snapshots import MAX_DEPTH, snapshot


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: object


class Account(BaseModel):
    name: str


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.sets(st.integers())
        | st.tuples(inner)
    ),
    max_leaves=40,
)


@given(Json, st.integers(min_value=0, max_value=400))
def test_a_snapshot_is_always_json_of_about_the_wanted_size(value: object, budget: int) -> None:
    text = snapshot(value, budget)

    json.loads(text)
    # Beyond the budget come a mark a level and one for the value that was cut.
    assert len(text) <= budget + 100 * (MAX_DEPTH + 2)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")), st.lists)
)
def test_what_json_has_is_kept_as_it_is(value: object) -> None:
    assert json.loads(snapshot(value, 10**9)) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 1, 5, tzinfo=UTC), "2026-01-05T00:00:00+00:00"),
        (Decimal("1.20"), "1.20"),
        (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        (Colour.RED, "red"),
        (Point(1, Colour.RED), {"x": 1, "y": "red"}),
        (Account(name="a"), {"name": "a"}),
        ({(1, 2): {3, 1}}, {"(1, 2)": [1, 3]}),
        (b"\x00\x01", "<2 bytes>"),
        (float("inf"), "inf"),
        (ValueError("x"), "ValueError: x"),
        (object(), "<object>"),
        ("a\ud800b", "a?b"),
    ],
)
def test_what_json_does_not_have_is_shown_by_its_nearest_text(value: object, shown: object) -> None:
    assert json.loads(snapshot(value)) == shown


def test_an_iterator_is_not_consumed() -> None:
    numbers = iter([1, 2, 3])

    snapshot({"numbers": numbers})

    assert list(numbers) == [1, 2, 3]


def test_deep_and_endless_data_ends() -> None:
    deep: dict[str, object] = {}
    inner = deep
    for _ in range(10_000):
        below: dict[str, object] = {}
        inner["k"] = below
        inner = below
    endless: list[object] = []
    endless.append(endless)

    assert "truncated" in snapshot(deep)
    assert json.loads(snapshot(endless)) == ["<list within itself>"]
