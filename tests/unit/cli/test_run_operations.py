"""Operations of a run beside those of the last good one, in a terminal."""

from __future__ import annotations

from typing import Any

from sonde.cli import run_operations
from sonde.cli.table import Table


def compared(operation: str, count: list[int], total_ms: list[float]) -> dict[str, Any]:
    return {
        "service": "billing",
        "operation": operation,
        "count": count,
        "errors": [0, 0],
        "totalMs": total_ms,
    }


def lines(run: dict[str, Any]) -> list[list[str]]:
    rows = run_operations.operations(run)
    return [line.plain.split() for line in Table(run_operations.columns(run), 120).lines(rows)]


OWN = [
    {"service": "billing", "operation": name, "count": 1, "errors": 0, "totalMs": 2.0}
    for name in ("charge", "refund")
]


def test_what_only_one_of_two_runs_did_is_told() -> None:
    both = [
        compared("notify", [0, 3], [0.0, 7.0]),
        compared("refund", [1, 0], [2.0, 0.0]),
        compared("charge", [1, 1], [2.0, 4.0]),
    ]
    assert lines({"operations": OWN, "comparison": {"operations": both}})[1:] == [
        ["billing", "charge", "1", "2", "ms", "4", "ms"],
        ["billing", "refund", "1", "2", "ms", "new"],
        ["billing", "notify", "0", "missing", "7", "ms"],
    ]


def test_a_run_without_a_good_one_before_it_stands_alone() -> None:
    assert lines({"operations": OWN, "comparison": None})[1:] == [
        ["billing", name, "1", "2", "ms"] for name in ("charge", "refund")
    ]
