"""A tenant's database: what `query/` reads from and the inserter writes to."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sonde.errors import StoreError
from sonde.store.client import Pool, Writer
from sonde.store.failures import engine_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from clickhouse_connect.driver.client import Client

_PLACE = re.compile(r"\{(\w+):")


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a query: names of its columns, and a tuple a row."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        """Each row as column name → value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def one(self) -> tuple[Any, ...]:
        """The first row; of a query that always has one (an aggregate without GROUP BY)."""
        return self.rows[0]


class Database:
    """Handle bound to one tenant's database.

    Safe to share between threads. Tables are named without their database in queries.
    """

    def __init__(
        self, name: str, *, pool: Pool, writer: Writer | None, maintainer: Writer | None, timeout_s: float
    ) -> None:
        self.name = name
        self._pool = pool
        self._writer = writer
        self._maintainer = maintainer
        self._timeout_s = timeout_s

    def query(
        self,
        sql: str,
        params: Mapping[str, object] | None = None,
        *,
        timeout_s: float | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> Rows:
        """Run one reading statement to its end.

        Times come back as UTC; a `DateTime64(9)` as datetime loses its nanoseconds, so ask for
        `toUnixTimestamp64Nano(column)` where they matter.

        Args:
            sql: the statement, without a SETTINGS or FORMAT clause.
            params: values for its `{name:Type}` places; each must have one.
            timeout_s: limit in seconds, waiting for a free reader included; default `query.timeout_s`.
            settings: further engine settings of this statement.

        Raises:
            QueryTimeout: it ran over the limit and was cancelled.
            StoreUnavailable: the store is away.
            StoreError: the engine refused it; `engine_code` says why.
        """
        with self._reading(sql, params, timeout_s, settings) as (client, bound, limits):
            result = client.query(sql, parameters=bound, settings=limits)
            return Rows(tuple(result.column_names), [tuple(row) for row in result.result_rows])

    def query_arrow(
        self,
        sql: str,
        params: Mapping[str, object] | None = None,
        *,
        timeout_s: float | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> pa.Table:
        """As `query`, the result as an Arrow table: for many rows, and for exact nanoseconds."""
        with self._reading(sql, params, timeout_s, settings) as (client, bound, limits):
            return client.query_arrow(sql, parameters=bound, settings=limits, use_strings=True)

    @contextlib.contextmanager
    def stream(
        self,
        sql: str,
        params: Mapping[str, object] | None = None,
        *,
        timeout_s: float | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> Generator[Iterator[list[tuple[Any, ...]]], None, None]:
        """As `query`, in blocks of rows as the engine produces them.

        A reader is taken until the `with` block ends; leaving it early ends the query.
        """
        with (
            self._reading(sql, params, timeout_s, settings) as (client, bound, limits),
            client.query_row_block_stream(sql, parameters=bound, settings=limits) as blocks,
        ):
            yield ([tuple(row) for row in block] for block in blocks)

    def insert_block(
        self,
        table: str,
        data: pa.Table,
        partition: pa.Array | pa.ChunkedArray,
        *,
        segment: int,
        check: bool,
    ) -> None:
        """Insert one block of a segment; on disk when it returns.

        After any error, call again with `check=True`: the partitions that hold the segment already are
        left out. A table without a `Segment` column is one that a repeated insert cannot change.

        Args:
            table: name of the table, e.g. `otel_traces`.
            data: the rows, columns named as in the table; absent columns take their defaults.
            partition: each row's partition key.
            segment: the segment's id, equal to every row's `Segment`.
            check: whether any of it may be stored already.

        Raises:
            StoreUnavailable: the engine or its disk is away; try again later.
            StoreError: the engine refuses these rows.
        """
        from sonde.store.insert import insert_block

        writer = _writing(self._writer)
        with writer.client() as client:
            insert_block(
                client,
                f"{self.name}.{table}",
                data,
                partition,
                segment=segment,
                check=check,
                embedded=writer.embedded,
                replicated=writer.replicated,
            )

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> None:
        """Run one writing statement: `ALTER`, `OPTIMIZE`, `DELETE` and the like.

        Raises:
            StoreError: the engine refused it, or the store was opened for reading.
        """
        self._run(_writing(self._writer), sql, params)

    def maintain(self, sql: str, params: Mapping[str, object] | None = None) -> None:
        """As `execute`, for a statement that may take minutes: inserts go on beside it."""
        self._run(_writing(self._maintainer), sql, params)

    def _run(self, writer: Writer, sql: str, params: Mapping[str, object] | None) -> None:
        _check_places(sql, params)
        with writer.client() as client, engine_errors("run the statement"):
            client.database = self.name
            client.command(sql, parameters=dict(params or {}))

    @contextlib.contextmanager
    def _reading(
        self,
        sql: str,
        params: Mapping[str, object] | None,
        timeout_s: float | None,
        settings: Mapping[str, object] | None,
    ) -> Generator[tuple[Client, dict[str, object], dict[str, object]], None, None]:
        _check_places(sql, params)
        limit_s = timeout_s or self._timeout_s
        deadline = time.monotonic() + limit_s
        with self._pool.client(limit_s) as client, engine_errors("run the query"):
            client.database = self.name
            # 0 would mean no limit at all.
            left_s = max(0.001, round(deadline - time.monotonic(), 3))
            yield client, dict(params or {}), {**(settings or {}), "max_execution_time": left_s}


def _writing(writer: Writer | None) -> Writer:
    if writer is None:
        raise StoreError("cannot write: the store was opened for reading")
    return writer


def _check_places(sql: str, params: Mapping[str, object] | None) -> None:
    """Refuse a value without a `{name:Type}` place: the client would format it into the text."""
    if params:
        lost = params.keys() - set(_PLACE.findall(sql))
        if lost:
            raise StoreError(f"cannot run the query: no {{{min(lost)}:Type}} in its text")
