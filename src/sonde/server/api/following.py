"""Finds in batches of accepted requests the records that a follower wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pyarrow as pa

from sonde.decode import slices
from sonde.query.answers import Log, Span
from sonde.query.rows import LOG_FIELDS, SPAN_FIELDS, log, span
from sonde.query.search import Predicate
from sonde.server.live import LiveBatch

_TABLES = {"spans": "otel_traces", "logs": "otel_logs"}


class Follower:
    """One follower's search. `found` decodes: call it off the event loop."""

    def __init__(self, searched: Literal["spans", "logs"], wanted: Predicate) -> None:
        self._table = _TABLES[searched]
        self._fields = SPAN_FIELDS if searched == "spans" else LOG_FIELDS
        self._answer = span if searched == "spans" else log
        self._wanted = wanted

    def found(self, batch: LiveBatch) -> list[Span | Log]:
        """The records of a batch that match, in the order they were sent."""
        records: list[Span | Log] = []
        for blocks in slices(batch.parsed, received_at_ns=[batch.received_at_ns], segment=0):
            for block in blocks:
                if block.table == self._table:
                    columns = _Columns(block.data)
                    records += [
                        self._answer([row[field] for field in self._fields])
                        for row in map(_Row, [columns] * block.data.num_rows, range(block.data.num_rows))
                        if self._wanted(row)
                    ]
        return records


class _Columns:
    """Columns as Python values, each made when it is first asked for: most searches look at two or three."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._made: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._made:
            self._made[name] = _values(self._table.column(name))
        return self._made[name]


class _Row(Mapping[str, Any]):
    """One record, by column name."""

    def __init__(self, columns: _Columns, index: int) -> None:
        self._columns = columns
        self._index = index

    def __getitem__(self, name: str) -> Any:
        return self._columns[name][self._index]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Times as whole numbers in their unit, maps as dicts."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return column.cast(pa.int64()).to_pylist()
    if pa.types.is_list(kind) and pa.types.is_timestamp(kind.value_type):
        return column.cast(pa.list_(pa.int64())).to_pylist()
    if pa.types.is_map(kind):
        return [dict(pairs) for pairs in column.to_pylist()]
    if pa.types.is_list(kind) and pa.types.is_map(kind.value_type):
        return [[dict(pairs) for pairs in maps] for maps in column.to_pylist()]
    return column.to_pylist()
