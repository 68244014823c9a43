"""Bytes on disk of a store that no server holds: `python -m bench.disk DATA_DIR` prints JSON by table.

A process of its own, because a process opens one embedded store at most.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import clickhouse_connect

_DATABASE = "sonde"
_PARTS = """
    SELECT table, sum(rows) AS row_count, sum(bytes_on_disk) AS size_bytes, count() AS parts
    FROM system.parts WHERE active AND database = {database:String} AND rows > 0
    GROUP BY table ORDER BY size_bytes DESC
"""


@dataclass(frozen=True)
class TableSize:
    """Active parts of one table."""

    table: str
    rows: int
    size_bytes: int
    parts: int


def table_sizes(data_dir: Path, *, optimize: bool) -> list[TableSize]:
    """Sizes of the tables with rows, after merging each to one part a partition when `optimize`."""
    command = [sys.executable, "-m", "bench.disk", str(data_dir)] + (["--optimize"] if optimize else [])
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return [TableSize(*row) for row in json.loads(answer.stdout)]


def main() -> None:
    data_dir, optimize = Path(sys.argv[1]), "--optimize" in sys.argv
    client = clickhouse_connect.get_client(dsn=f"chdb://{data_dir / 'store' / 'engine'}")
    try:
        if optimize:
            for table, *_ in client.query(_PARTS, {"database": _DATABASE}).result_rows:
                client.command(f"OPTIMIZE TABLE {_DATABASE}.{table} FINAL")
        print(json.dumps(list(client.query(_PARTS, {"database": _DATABASE}).result_rows)))
    finally:
        client.close()


if __name__ == "__main__":
    main()
