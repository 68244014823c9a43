from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sonde.cli.ai_columns import dollars
from sonde.cli.columns import METRICS
from sonde.cli.table import Column, Row, Table, fit, fitted

COLUMNS = [
    Column("TIME", lambda row: str(row["time"]), importance=8),
    Column("OPERATION", lambda row: str(row["operation"]), gives_way=True),
    Column("STATUS", lambda row: str(row["status"]), importance=4),
    Column("TRACE", lambda row: str(row["trace"]), importance=6, short=12),
]
ROW: Row = {
    "time": "12:00:00.000",
    "operation": "GET /checkout/basket",
    "status": "unset",
    "trace": "4bf9" * 8,
}


def lines(width: int, *rows: Row) -> list[str]:
    return [line.plain for line in Table(COLUMNS, width).lines(rows or (ROW,))]


def test_a_wide_terminal_shows_everything() -> None:
    heading, row = lines(120)
    assert heading.split() == ["TIME", "OPERATION", "STATUS", "TRACE"]
    assert row == f"12:00:00.000  GET /checkout/basket  unset   {'4bf9' * 8}"


def test_an_id_is_shortened_before_a_name_is_cut() -> None:
    assert lines(60)[1] == "12:00:00.000  GET /checkout/basket  unset   4bf94bf94bf9"


def test_a_long_name_is_cut_with_an_ellipsis() -> None:
    assert lines(50)[1] == "12:00:00.000  GET /checkout…  unset   4bf94bf94bf9"


def test_the_name_of_a_metric_is_never_cut_for_what_describes_it() -> None:
    metric: Row = {
        "name": "http.server.response.body.size",
        "type": "histogram",
        "unit": "By",
        "services": ["catalog", "orders", "payments"],
        "description": "Size of HTTP server response bodies.",
    }
    for width in (40, 60, 80):
        assert metric["name"] in [*Table(METRICS.columns([metric]), width).lines([metric])][1].plain


def test_the_least_important_column_goes_first() -> None:
    assert lines(40)[0].split() == ["TIME", "OPERATION", "TRACE"]
    assert lines(26)[0].split() == ["TIME", "OPERATION"]


def test_later_rows_keep_the_widths_of_the_first() -> None:
    table = Table(COLUMNS, 200)
    first = [line.plain for line in table.lines([ROW])]
    later = [line.plain for line in table.lines([{**ROW, "operation": "GET /checkout/basket/and/more"}])]
    assert len(first) == 2
    assert later == [f"12:00:00.000  GET /checkout/baske…  unset   {'4bf9' * 8}"]


@given(
    st.integers(1, 200),
    st.lists(st.tuples(st.integers(1, 80), st.booleans(), st.integers(1, 9)), min_size=1, max_size=8),
)
def test_a_table_is_never_wider_than_the_terminal(width: int, shapes: list[tuple[int, bool, int]]) -> None:
    columns = [Column("X", str, gives_way=soft, importance=rank) for _, soft, rank in shapes]
    widths = fit(columns, [cells for cells, _, _ in shapes], width)
    assert widths
    assert sum(widths.values()) + 2 * (len(widths) - 1) <= width


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Mn", "Me"])), st.integers(1, 40))
def test_a_cell_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fitted(text, width)) == width


def test_an_id_that_commands_take_is_whole_where_others_can_give_way() -> None:
    columns = [
        Column("JOB", lambda row: "", gives_way=True),
        Column("RUN", lambda row: "", gives_way=True, keeps=40),
        Column("SPANS", lambda row: "", importance=2),
    ]
    assert fit(columns, [30, 36, 5], 80) == {0: 30, 1: 36, 2: 5}
    assert fit(columns, [30, 36, 5], 60) == {0: 15, 1: 36, 2: 5}
    assert fit(columns, [30, 36, 5], 50) == {0: 12, 1: 36}
    assert fit(columns, [30, 200, 5], 60) == {0: 11, 1: 40, 2: 5}


@pytest.mark.parametrize(
    ("usd", "text"), [(0.0000412, "$0.0000412"), (0.00999, "$0.00999"), (0.0, "$0.000"), (0.5, "$0.500")]
)
def test_small_sums_are_no_powers_of_ten(usd: float, text: str) -> None:
    assert dollars(usd) == text
