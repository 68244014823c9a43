"""Inserts one block over three days when told to: a process for faults to be injected into.

Usage: python -m tests.store.inserter DATA_DIR
It says `ready`. The line `insert 7` inserts segment 7, `again 7` does so with the check; it answers
`done <rows> <spans>` or `failed: <error>`. At the end of input it closes the store.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.store.blocks import span_block

from sonde.errors import StoreError
from sonde.settings import Settings
from sonde.store import open_store


def main(directory: str) -> None:
    settings = Settings.model_validate({"data_dir": Path(directory)})
    with open_store(settings) as store:
        database = store.tenant()
        print("ready", flush=True)
        for line in sys.stdin:
            word, number = line.split()
            segment = int(number)
            data, partition = span_block(999, days=3, segment=segment)
            try:
                database.insert_block("otel_traces", data, partition, segment=segment, check=word == "again")
            except StoreError as error:
                print(f"failed: {type(error).__name__}: {error.message}", flush=True)
            else:
                rows, spans = database.query(
                    "SELECT count(), uniqExact(SpanId) FROM otel_traces WHERE Segment = {segment:UInt64}",
                    {"segment": segment},
                ).one()
                print(f"done {rows} {spans}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
