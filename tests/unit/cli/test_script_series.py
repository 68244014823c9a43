"""How scripts fared over time, as a terminal and CSV show it."""

from __future__ import annotations

from typing import Any

from sonde.cli.script_series import POINT_FIELDS, blocks, drawn, points

SERIES: dict[str, Any] = {
    "ms": [1767614400000, 1767614460000, 1767614520000],
    "counts": [4, 0, 2],
    "errors": [0, 0, 1],
    "blocks": [0, 0, 0],
    "skips": [0, 0, 0],
    "ratePerS": [0.067, 0.0, 0.033],
    "errorRate": [0.0, None, 0.5],
    "blockRate": [0.0, None, 0.0],
    "skipRate": [0.0, None, 0.0],
    "p50Ms": [3.0, None, 4.0],
    "p95Ms": [5.0, None, 20.0],
}
SCRIPT: dict[str, Any] = {
    "triggerEvent": "before_signin",
    "service": "sign\x1b[31min",
    "name": "Geo Blocker",
    "scriptId": "geo",
    "layerIndex": 0,
    "parallelIndex": 1,
    "runCount": 6,
    "errorRate": 1 / 6,
    "blockRate": 0.0,
    "skipRate": 0.0,
    "p95Ms": 20.0,
    "series": SERIES,
}


def test_what_never_happened_has_no_line() -> None:
    lines = [line.plain for line in drawn([SCRIPT], 120)]
    assert [line.split()[0] for line in lines] == ["from", "Geo", "ran", "errors", "p95"]
    assert "\x1b" not in lines[1]
    assert "▁·█" in lines[3]
    assert "16.7%, at most 50%, first" in lines[3]
    assert "6 times, at most 4/min" in lines[2]


def test_a_step_that_stands_out_is_kept_where_there_is_little_room() -> None:
    assert blocks([0, 0, 9, 0], 2) == "▁█"
    assert blocks([None, None, 0, 0.001, 1], 5) == "··▁▂█"
    assert blocks([None, 0, 0], 3) == "·▁▁"
    assert blocks([], 3) == ""


def test_a_step_is_a_row_with_figures_of_its_own() -> None:
    rows = list(points([SCRIPT]))
    assert [tuple(row) for row in rows] == [POINT_FIELDS] * 3
    assert [(row["unixMs"], row["errorCount"], row["errorRate"], row["p95Ms"]) for row in rows] == [
        (1767614400000, 0, 0.0, 5.0),
        (1767614460000, 0, None, None),
        (1767614520000, 1, 0.5, 20.0),
    ]
