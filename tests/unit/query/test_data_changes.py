"""What data says against data that it is laid over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.query.data_changes import changes, hands_on, laid_over, parsed

KEYS = st.text("ab.[", max_size=2)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=3)


@given(OBJECTS)
def test_data_laid_over_itself_changes_nothing(data: Any) -> None:
    assert changes(data, data) == []
    assert laid_over(data, data) == data


@given(OBJECTS, OBJECTS)
def test_what_was_laid_over_is_there_then(before: Any, after: Any) -> None:
    whole = laid_over(before, after)
    assert changes(whole, after) == []
    assert bool(changes(before, after)) == (whole != before or str(whole) != str(before))


@pytest.mark.parametrize(
    ("before", "after", "path", "kind"),
    [
        ({}, {"a": {"b": 1}}, "a.b", "added"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b", "changed"),
        ({"a": 1}, {"a": True}, "a", "changed"),
        ({"a": [1]}, {"a": [1, 2]}, "a", "changed"),
        ({}, {"a.b": {"c": 1}}, '["a.b"].c', "added"),
        ({}, {"a": {}}, "a", "added"),
        ({"a": 1}, "text", "", "changed"),
    ],
)
def test_a_change_has_its_path(before: Any, after: Any, path: str, kind: str) -> None:
    [change] = changes(before, after)
    assert (change["path"], change["kind"]) == (path, kind)


def test_what_is_left_out_stays() -> None:
    assert changes({"kept": 1, "a": 1}, {"a": 1}) == []
    assert changes({"kept": 1}, None) == []


def test_what_data_that_was_handed_on_leaves_out_was_removed() -> None:
    before = {"kept": 1, "gone": 2, "below": {"kept": [1], "gone": 3}, "other": {"a": 1}}
    after = {"kept": 1, "below": {"kept": [1]}, "other": {"b": 1}}
    assert [(each["path"], each["kind"], each["before"]) for each in changes(before, after, whole=True)] == [
        ("below.gone", "removed", 3),
        ("other.b", "added", None),
        ("other.a", "removed", 1),
        ("gone", "removed", 2),
    ]


@pytest.mark.parametrize(
    ("before", "after", "is_whole"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "c": 3}, True),
        ({"a": 1, "b": 2, "c": 3}, {"a": 1, "d": 4}, False),
        ({"a": 1, "b": 2}, {"a": 2}, False),
        ({"a": {"x": 1, "y": 2}, "b": 2}, {"a": {"x": 1, "y": 3}}, True),
        ({"a": {}, "b": 2}, {"a": {}}, True),
        ({"a": 1}, {"a": True}, False),
        ({}, {"a": 1}, False),
        ({"a": 1}, {}, False),
        ({"a": 1}, [], False),
        (None, {"a": 1}, False),
    ],
)
def test_data_that_repeats_half_of_what_was_given_is_that_handed_on(
    before: Any, after: Any, is_whole: bool
) -> None:
    assert hands_on(before, after) is is_whole


@pytest.mark.parametrize(
    ("text", "value"), [("", None), ("{half", "{half"), ("1", 1), ("[" * 70 + "]" * 70, "[" * 70 + "]" * 70)]
)
def test_what_is_no_json_or_too_deep_stays_text(text: str, value: object) -> None:
    assert parsed(text) == value
