"""One block of Arrow rows into one table: one part a partition, all of it on disk, exactly once.

The engine writes a part atomically, and a block becomes exactly one part in each partition it touches. So
after a failure the partitions that hold a segment are complete, and the others lack it altogether:
inserting those again makes the block whole, whatever happened. The engine's own
`insert_deduplication_token` is not safe here: it is remembered before the part is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from sonde.store.failures import engine_errors

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

# The engine refuses a block over more than 100 partitions (code 252).
MAX_PARTITIONS_PER_INSERT = 90

SEGMENT_COLUMN = "Segment"

# One thread and no squashing: an Arrow record batch stays one block, cut the same way each time.
_SETTINGS: dict[str, int] = {
    "max_threads": 1,
    "max_insert_threads": 1,
    "min_insert_block_size_rows": 0,
    "min_insert_block_size_bytes": 0,
    "max_insert_block_size": 10_000_000,
    "max_partitions_per_insert_block": 100,
    "async_insert": 0,
    # Merging duplicates inside a block costs more than the rest of the insert (118 against 290 thousand
    # spans/s); merges and FINAL do it as well.
    "optimize_on_insert": 0,
}
# With Keeper the engine's de-duplication by content is safe (the block's hash is committed with the
# part), so there a block is sent again whole; see `insert_block`.
_EMBEDDED_SETTINGS: dict[str, int] = {**_SETTINGS, "insert_deduplicate": 0}
_CLUSTER_SETTINGS: dict[str, int] = {**_SETTINGS, "insert_deduplicate": 1, "distributed_foreground_insert": 1}


def insert_block(
    client: Client,
    table: str,
    data: pa.Table,
    partition: pa.Array | pa.ChunkedArray,
    *,
    segment: int,
    check: bool,
    embedded: bool,
    replicated: bool,
) -> int:
    """Insert `data` into `table` (`database.table`); returns the number of rows sent.

    Args:
        client: a client that may write.
        table: the table, with its database.
        data: the rows; columns by name, one row an element of `partition`.
        partition: the partition key of each row, as the table's `PARTITION BY` computes it.
        segment: the value of every row's `Segment` column.
        check: ask first which partitions hold the segment, and leave those out.
        embedded: the engine runs in this process.
        replicated: the table is one of a cluster, its own de-duplication on.

    Raises:
        StoreError: the engine refused the block.
        StoreUnavailable: the engine or its disk is away.
    """
    if data.num_rows == 0:
        return 0
    wanted = sorted(partition.unique().to_pylist())
    if check and not replicated and SEGMENT_COLUMN in data.column_names:
        held = partitions_holding(client, table, segment)
        missing = [value for value in wanted if str(value) not in held]
    else:
        missing = wanted
    sent = 0
    for start in range(0, len(missing), MAX_PARTITIONS_PER_INSERT):
        chosen = missing[start : start + MAX_PARTITIONS_PER_INSERT]
        rows = data
        if len(chosen) < len(wanted):
            among = pc.SetLookupOptions(pa.array(chosen, partition.type))
            rows = data.filter(pc.call_function("is_in", [partition], among))
        _insert(client, table, rows, _CLUSTER_SETTINGS if replicated else _EMBEDDED_SETTINGS, embedded)
        sent += rows.num_rows
    return sent


def partitions_holding(client: Client, table: str, segment: int) -> set[str]:
    """Ids of the partitions of `table` that hold rows of `segment`. Leans on index idx_segment."""
    with engine_errors(f"ask {table} for a segment"):
        result = client.query(
            f"SELECT DISTINCT _partition_id FROM {table} WHERE Segment = {{segment:UInt64}}",
            parameters={"segment": segment},
        )
    return {str(row[0]) for row in result.result_rows}


def _insert(client: Client, table: str, data: pa.Table, settings: dict[str, int], embedded: bool) -> None:
    with engine_errors(f"insert into {table}"):
        if embedded:
            with _memory_file() as descriptor:
                with os.fdopen(os.dup(descriptor), "wb") as file:
                    _write(_one_batch(data), file)
                os.lseek(descriptor, 0, os.SEEK_SET)
                names = ", ".join(f"`{name}`" for name in data.column_names)
                clause = ", ".join(f"{name} = {value}" for name, value in settings.items())
                client.command(
                    f"INSERT INTO {table} ({names}) FROM INFILE '/dev/fd/{descriptor}' "
                    f"SETTINGS {clause} FORMAT ArrowStream"
                )
        else:
            sink = pa.BufferOutputStream()
            _write(_one_batch(data), sink)
            client.raw_insert(
                table,
                column_names=data.column_names,
                # A generator, for the client would send bytes again when the connection breaks after the
                # server has stored them; whether it has is for the check to find out.
                insert_block=(part for part in (sink.getvalue().to_pybytes(),)),
                fmt="ArrowStream",
                settings=settings,
            )


def _one_batch(data: pa.Table) -> pa.RecordBatch:
    """All rows as one record batch: every batch of a stream becomes a block, and so parts, of its own."""
    return data.unify_dictionaries().combine_chunks().to_batches()[0]


@contextmanager
def _memory_file() -> Generator[int, None, None]:
    """A file without a name, which the engine (same process) opens as `/dev/fd/N`: nothing to clean up."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("sonde-block", os.MFD_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    else:
        with tempfile.TemporaryFile(prefix="sonde-block-") as file:
            yield file.fileno()


def _write(batch: pa.RecordBatch, sink: pa.NativeFile | IO[bytes]) -> None:
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
