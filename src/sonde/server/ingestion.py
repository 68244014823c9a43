"""From a journal segment to the store: decode, cut, insert, exactly once.

A segment is cut the same way each time, and every slice has an id of its own in the column `Segment`.
From the second attempt on the store is asked which of a slice's partitions it holds already, so a
segment may be tried again after any failure, also by another process.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import pyarrow as pa

from sonde.decode import (
    AUDIT,
    DECODER_VERSION,
    SLICE_LIMIT,
    Block,
    Parsed,
    Signal,
    audit_block,
    concat,
    parse,
    slices,
)
from sonde.errors import DecodeError, QueryTimeout, StoreError, StoreUnavailable, TooLarge
from sonde.journal import Record, Refused, Retry, Segment
from sonde.query.links import Entity
from sonde.server.exposition import Histogram
from sonde.store import Database, Store

# Codes of ClickHouse (src/Common/ErrorCodes.cpp) with which it refuses the values of a block.
DATA_REFUSED = frozenset(
    {
        6,
        25,
        26,
        27,
        33,
        38,
        41,
        43,
        50,
        53,
        69,
        70,
        72,
        108,
        117,
        128,
        130,
        131,
        167,
        190,
        321,
        349,
        407,
        469,
        1001,
    }
)
# And those with which it says that it cannot do its work now: too many parts, read-only, not enough
# replicas, memory, space, connection.
RETRY_LATER = frozenset({159, 164, 202, 209, 210, 225, 241, 242, 243, 252, 279, 285, 319, 394, 425, 999})


class Ingestion:
    """Consumes segments, on the journal's thread."""

    def __init__(
        self,
        store: Callable[[], Store | None],
        *,
        links_inserted: Callable[[str, Iterable[Entity]], None] = lambda _tenant, _entities: None,
    ) -> None:
        """`store` gives the open store, None while there is none; `links_inserted` is told of which entities
        something may have been inserted."""
        self._store = store
        self._links_inserted = links_inserted
        self.insert_seconds = Histogram("table")
        self.inserted_rows: Counter[tuple[str, ...]] = Counter()

    def consume(self, segment: Segment) -> None:
        """Bring a segment into the store.

        Raises Retry when the store cannot take anything now, Refused when it does not take these records.
        """
        store = self._store()
        if store is None:
            raise Retry("the store is not open yet")
        if segment.decoder_version > DECODER_VERSION:
            newer = f"it was accepted by a newer version of Sonde (decoder {segment.decoder_version})"
            raise Refused(newer, whole=True)
        with _classified(segment):
            for tenant, signal, records, parsed in _groups(segment):
                self._insert_group(store, tenant, segment, signal, records, parsed)
            for tenant, payloads in _audited(segment):
                block = audit_block(payloads, segment=segment.id)
                self._insert(store, tenant, block, again=segment.attempt > 0)

    def discard(self, segment: Segment) -> None:
        """Take back what the store holds of a segment that it refused in part.

        Derived rows that do not name the segment stay: the records that are stored in the end give the same
        ones again. Raises as `consume`.
        """
        store = self._store()
        if store is None:
            raise Retry("the store is not open yet")
        with _classified(segment):
            for tenant in sorted({record.tenant for record in segment.records}):
                _discard(store.tenant(tenant), segment.id)

    def _insert_group(
        self,
        store: Store,
        tenant: str,
        segment: Segment,
        signal: Signal,
        records: Sequence[Record],
        parsed: Parsed,
    ) -> None:
        received = [record.received_at_ns for record in records]
        for blocks in slices(parsed, received_at_ns=received, segment=segment.id):
            # Derived rows come last: whoever finds them finds the records they speak of.
            for block in sorted(blocks, key=lambda block: block.derived):
                self._insert(store, tenant, block, again=segment.attempt > 0)

    def _insert(self, store: Store, tenant: str, block: Block, *, again: bool) -> None:
        began = time.perf_counter()
        if block.derived:
            slice_id, check = 0, False
        else:
            slice_id, check = cast("int", block.data["Segment"][0].as_py()), again
        try:
            store.tenant(tenant).insert_block(
                block.table, block.data, block.partition, segment=slice_id, check=check
            )
        finally:
            if block.table == "entity_links":
                self._links_inserted(tenant, _entities(block))
        self.insert_seconds.observe(time.perf_counter() - began, block.table)
        self.inserted_rows[block.table,] += block.data.num_rows


@contextmanager
def _classified(segment: Segment) -> Generator[None]:
    """Tell failures that pass from those that do not."""
    try:
        yield
    except (DecodeError, TooLarge, ValueError, pa.ArrowException) as error:
        raise Refused(f"cannot decode segment {segment.id:016x}: {error}") from error
    except (StoreUnavailable, QueryTimeout, MemoryError) as error:
        raise Retry(str(error)) from error
    except StoreError as error:
        if error.engine_code in DATA_REFUSED:
            raise Refused(error.message) from error
        if error.engine_code in RETRY_LATER:
            raise Retry(error.message) from error
        raise


def _discard(database: Database, segment: int) -> None:
    slice_ids = {"first": segment, "last": segment + SLICE_LIMIT - 1}
    tables = database.query(
        "SELECT table FROM system.columns WHERE database = {database:String} AND name = 'Segment' "
        "AND table IN (SELECT name FROM system.tables "
        "WHERE database = {database:String} AND engine LIKE '%MergeTree')",
        {"database": database.name},
    )
    for (table,) in tables.rows:
        # Leans on index idx_segment.
        place = "WHERE Segment BETWEEN {first:UInt64} AND {last:UInt64}"
        if database.query(f"SELECT count() FROM {table} {place}", slice_ids).one()[0]:
            database.execute(f"DELETE FROM {table} {place} SETTINGS lightweight_deletes_sync = 2", slice_ids)


def _groups(segment: Segment) -> list[tuple[str, Signal, list[Record], Parsed]]:
    """The segment's records by tenant and signal, decoded, in a fixed order."""
    indices: dict[tuple[str, str], list[int]] = {}
    for index, record in enumerate(segment.records):
        if record.signal == AUDIT:
            continue
        indices.setdefault((record.tenant, record.signal), []).append(index)
    groups: list[tuple[str, Signal, list[Record], Parsed]] = []
    for (tenant, name), members in sorted(indices.items()):
        signal = Signal(name)
        records = [segment.records[index] for index in members]
        decoded = [segment.attachments.get(index) for index in members]
        if any(part is None for part in decoded):
            parsed = parse(signal, [record.payload for record in records])
        else:
            parsed = concat(cast("list[Parsed]", decoded))
        groups.append((tenant, signal, records, parsed))
    return groups


def _entities(block: Block) -> Iterator[Entity]:
    # A generator: its body waits until somebody has use for it.
    columns = (block.data[name].to_pylist() for name in ("EntityType", "EntityId"))
    yield from map(Entity, *columns)


def _audited(segment: Segment) -> list[tuple[str, list[bytes]]]:
    """The payloads with entries of the audit log by tenant, in a fixed order."""
    found: dict[str, list[bytes]] = {}
    for record in segment.records:
        if record.signal == AUDIT:
            found.setdefault(record.tenant, []).append(record.payload)
    return sorted(found.items())
