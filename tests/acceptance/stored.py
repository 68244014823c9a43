"""What a store holds, read by SQL in a process of its own once no server holds it.

`python -m tests.acceptance.stored DATA_DIR SQL` prints the rows as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.acceptance.telemetry import Request

# Attributes of a numbered record, by signal: where its table keeps them.
_NUMBERED = {
    "traces": ("otel_traces", "SpanAttributes"),
    "logs": ("otel_logs", "LogAttributes"),
    "metrics": ("otel_metrics_gauge", "Attributes"),
}


def rows(data_dir: Path, sql: str) -> list[list[Any]]:
    """Rows of a query on the database of the default tenant."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.stored", str(data_dir), sql],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def batches(data_dir: Path) -> dict[str, dict[int, tuple[int, int]]]:
    """By signal and batch: how many rows it has, and how many different ones."""
    found: dict[str, dict[int, tuple[int, int]]] = {signal: {} for signal in _NUMBERED}
    union = " UNION ALL ".join(
        f"SELECT '{signal}', {attributes}['batch'], count(), uniqExact({attributes}['n']) "
        f"FROM {table} WHERE {attributes}['batch'] != '' GROUP BY {attributes}['batch']"
        for signal, (table, attributes) in _NUMBERED.items()
    )
    for signal, batch, count, different in rows(data_dir, union):
        found[signal][int(batch)] = (int(count), int(different))
    return found


def assert_exactly_once(data_dir: Path, acknowledged: Iterable[Request]) -> None:
    """Every acknowledged record is there once; one that was not acknowledged is not there twice."""
    found = batches(data_dir)
    sent = {(request.signal, request.batch): request.records for request in acknowledged}
    assert sent, "nothing was acknowledged, so nothing is proved"
    lost = {key: count for key, count in sent.items() if found[key[0]].get(key[1], (0, 0))[1] != count}
    assert not lost, f"acknowledged and lost, or in part: {lost} of {len(sent)} requests"
    doubled = {
        (signal, batch): counts
        for signal, of_signal in found.items()
        for batch, counts in of_signal.items()
        if counts[0] != counts[1]
    }
    assert not doubled, f"stored more than once (rows, different rows): {doubled}"


def _main() -> None:
    from sonde.settings import load
    from sonde.store import open_store

    data_dir, sql = sys.argv[1:]
    store = open_store(load({"data_dir": Path(data_dir)}, env={}))
    try:
        database = store.tenant()
        print(json.dumps([list(row) for row in database.query(sql).rows], default=str))
    finally:
        store.close()


if __name__ == "__main__":
    _main()
