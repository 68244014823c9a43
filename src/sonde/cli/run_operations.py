"""What a run did by operation beside what the last good run of its job did, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sonde.cli.table import Column, Row


def operations(run: Row) -> list[Row]:
    """What the run did; then what the last good one did and this one did not, with a `count` of 0.

    Where there is one to compare with, each has its count and time of then: `countThen`, `totalMsThen`.
    """
    if not run["comparison"]:
        return run["operations"]
    compared = {(each["service"], each["operation"]): each for each in run["comparison"]["operations"]}
    did = {(each["service"], each["operation"]): None for each in run["operations"]}
    missing = {key: None for key, each in compared.items() if each["count"][0] == 0}
    return [_beside(compared[key]) for key in did | missing]


def _beside(compared: Row) -> Row:
    fields = ("count", "errors", "totalMs")
    now = {field: compared[field][0] for field in fields}
    then = {f"{field}Then": compared[field][1] for field in fields}
    return {"service": compared["service"], "operation": compared["operation"], **now, **then}


def columns(run: Row) -> list[Column]:
    """The columns of these rows."""
    from sonde.cli.columns import text_of
    from sonde.cli.table import Column
    from sonde.cli.times import duration

    shown = [
        Column("SERVICE", text_of("service"), gives_way=True, importance=5),
        Column("OPERATION", text_of("operation"), gives_way=True),
        Column("SPANS", text_of("count"), right=True, importance=6),
        Column(
            "ERRORS",
            lambda row: str(row["errors"]) if row["errors"] else "",
            lambda row: "bold red",
            right=True,
            importance=6,
        ),
        Column(
            "TOTAL",
            lambda row: duration(row["totalMs"] * 1e6) if row["count"] else "missing",
            lambda row: "" if row["count"] else "yellow",
            right=True,
            importance=7,
        ),
    ]
    if run["comparison"]:
        shown.append(
            Column(
                "LAST GOOD",
                lambda row: duration(row["totalMsThen"] * 1e6) if row["countThen"] else "new",
                right=True,
                importance=4,
            )
        )
    return shown
