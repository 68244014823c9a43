"""The first insert of a process loads what later ones find ready: pay for it before the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from sonde.store.insert import insert_block

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


def warm_up(client: Client, database: str) -> None:
    """Insert one row, the way blocks go, into a copy of the spans' table that is dropped again."""
    table = f"{database}.sonde_warm_up"
    client.command(f"DROP TABLE IF EXISTS {table} SYNC")
    client.command(f"CREATE TABLE {table} AS {database}.otel_traces")
    row = pa.table(
        {
            "TraceId": ["00"],
            "SpanAttributes": pa.array([[("key", "value")]], pa.map_(pa.string(), pa.string())),
        }
    )
    partition = pa.array([0], pa.uint32())
    insert_block(client, table, row, partition, segment=0, check=False, embedded=True, replicated=False)
    client.command(f"DROP TABLE {table} SYNC")
