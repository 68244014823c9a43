from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.cli.csv_text import CsvWriter, cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (-3, "-3"),
        (0.25, "0.25"),
        ("-3", "-3"),
        ("+1.5e3", "+1.5e3"),
        ("GET /", "GET /"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\tx", "'\tx"),
        ({"a": "é"}, '{"a":"é"}'),
        (["x", 1], '["x",1]'),
    ],
)
def test_a_value_becomes_a_cell_that_no_spreadsheet_runs(value: object, text: str) -> None:
    assert cell(value) == text


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abc"), st.text(st.characters(codec="utf-8", exclude_characters="\0"))
        ),
        max_size=5,
    )
)
def test_rows_are_read_back_as_written(rows: list[dict[str, str]]) -> None:
    file = StringIO(newline="")
    CsvWriter(file, "abc").rows(rows)
    file.seek(0)
    assert list(csv.reader(file))[1:] == [[cell(row.get(field)) for field in "abc"] for row in rows]
