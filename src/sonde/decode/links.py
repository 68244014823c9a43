"""The table derived from entities: which run, or which trace outside of runs, touched one, and when.

Rows merge with those of the same entity, run, trace and address by minimum and maximum: inserting a block
twice changes nothing, nor does the order in which blocks arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa

from sonde import semconv
from sonde.decode.attributes import Attributes
from sonde.decode.blocks import Block
from sonde.decode.columns import Index, lengths_of, numbers, timestamps
from sonde.decode.kernels import kernels as pc
from sonde.decode.timestamps import month_partition

MAX_IDS: Final = 10_000
"""Ids that are read of one attribute; Sonde's own SDK puts a tenth of that in one."""

AHEAD_NS: Final = 86_400_000_000_000
"""How far ahead of its arrival a record's time may be: one that is further (a wrong clock) counts as of its
arrival, or no later write would ever win against it."""

_KEYS: Final = ("EntityType", "EntityId", "RunId", "TraceId", "RunUrl")


def link_blocks(
    attributes: Attributes,
    *,
    run_ids: pa.Array,
    run_urls: Callable[[], pa.Array],
    trace_ids: pa.Array,
    at_ns: Index,
    received_at_ns: Index,
) -> list[Block]:
    """The block of `entity_links`; none where no record has an attribute `sonde.entity.<type>`."""
    keys = attributes.keys
    # One look at the distinct keys of the slice: what has no entities pays for nothing else.
    named = numbers(pc.starts_with(keys, pattern=semconv.ENTITY_PREFIX))
    named = named & (lengths_of(keys) > len(semconv.ENTITY_PREFIX))
    if not named.any():
        return []
    entries = np.flatnonzero(named[attributes.codes])
    ids, entry_of = _ids(_strings(attributes.values.take(pa.array(entries))))
    entries = entries[entry_of]
    rows = np.searchsorted(attributes.offsets, entries, side="right") - 1
    runs, traces = (_strings(column.take(pa.array(rows))) for column in (run_ids, trace_ids))
    linked = (lengths_of(ids) > 0) & ((lengths_of(runs) > 0) | (lengths_of(traces) > 0))
    if not linked.any():
        return []
    received = received_at_ns[rows]
    at = np.where(at_ns[rows] > received + AHEAD_NS, received, at_ns[rows])
    types = pc.utf8_slice_codeunits(keys, start=len(semconv.ENTITY_PREFIX))
    urls = _strings(run_urls().take(pa.array(rows)))
    columns = {
        "EntityType": types.take(pa.array(attributes.codes[entries])),
        "EntityId": ids,
        "RunId": runs,
        "TraceId": traces,
        "RunUrl": pc.if_else(pc.greater(pc.utf8_length(urls), semconv.MAX_RUN_URL_CHARS), "", urls),
        "At": pa.array(at),
    }
    table = pa.table(columns).filter(pa.array(linked))
    merged = table.group_by(list(_KEYS), use_threads=False).aggregate([("At", "min"), ("At", "max")])
    first, last = (numbers(merged[name].combine_chunks()) for name in ("At_min", "At_max"))
    data = merged.select(list(_KEYS))
    data = data.append_column("FirstAt", timestamps(first)).append_column("RecordedAt", timestamps(last))
    return [Block("entity_links", data, month_partition(last), derived=True)]


def _ids(values: pa.StringArray) -> tuple[pa.StringArray, Index]:
    """The ids that attribute values hold, and for each the position of its value.

    A list is stored as JSON text, so a value that reads as one has several ids.
    """
    listed = numbers(pc.starts_with(values, pattern="["))
    position_of = np.arange(len(values), dtype=np.int64)
    if listed.any():
        texts: list[str] = []
        origins: list[int] = []
        for position in np.flatnonzero(listed).tolist():
            found = _in_list(values[position].as_py())
            texts += found
            origins += [position] * len(found)
        position_of = np.concatenate([np.flatnonzero(~listed), np.array(origins, np.int64)])
        values = pa.concat_arrays([values.filter(pa.array(~listed)), pa.array(texts, pa.string())])
    if len(values) and lengths_of(values).max() > semconv.MAX_ENTITY_ID_CHARS:
        values = pc.utf8_slice_codeunits(values, start=0, stop=semconv.MAX_ENTITY_ID_CHARS)
    return values, position_of


def _in_list(value: str) -> list[str]:
    try:
        found = orjson.loads(value)
    except ValueError:
        return [value]
    return [_text(each) for each in found[:MAX_IDS] if each is not None]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _strings(array: pa.Array) -> pa.StringArray:
    return array.cast(pa.string()) if isinstance(array, pa.DictionaryArray) else array
