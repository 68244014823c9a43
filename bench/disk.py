"""Bytes on disk of a store that no server holds: `python -m bench.disk DATA_DIR` prints JSON by table.

A process of its own, because a process opens one embedded store at most.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sonde.settings import load
from sonde.store import open_store

_PARTS = """
    SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts
    FROM system.parts WHERE active AND database = currentDatabase() OR active AND database = {database:String}
    GROUP BY table HAVING rows > 0 ORDER BY bytes DESC
"""


@dataclass(frozen=True)
class TableSize:
    table: str
    rows: int
    size_bytes: int
    parts: int


def table_sizes(data_dir: Path, *, optimize: bool) -> list[TableSize]:
    """Sizes of the tables with rows, after merging each to one part a partition when `optimize`."""
    command = [sys.executable, "-m", "bench.disk", str(data_dir)] + (["--optimize"] if optimize else [])
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return [TableSize(**row) for row in json.loads(answer.stdout)]


def main() -> None:
    data_dir, optimize = Path(sys.argv[1]), "--optimize" in sys.argv
    store = open_store(load({"data_dir": data_dir}, env={}))
    try:
        database = store.tenant()
        rows = database.query(_PARTS, {"database": database.name}).rows
        if optimize:
            for table, *_ in rows:
                database.command(f"OPTIMIZE TABLE {database.name}.{table} FINAL")
            rows = database.query(_PARTS, {"database": database.name}).rows
    finally:
        store.close()
    keys = ("table", "rows", "size_bytes", "parts")
    print(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))


if __name__ == "__main__":
    main()
