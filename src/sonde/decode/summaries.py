"""The tables derived from spans: where a trace lies in time, and what the list of traces shows of it.

Every column is merged by a minimum, a maximum or a union, so inserting a block twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.decode.blocks import Block
from sonde.decode.columns import Index, Mask, lists, numbers, timestamps
from sonde.decode.kernels import kernels as pc
from sonde.decode.timestamps import month_partition, seconds

_HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """Of each span of a slice, what its trace is summarised from."""

    trace_ids: pa.StringArray
    start_ns: Index
    end_ns: Index
    is_root: Mask
    is_error: Mask
    services: pa.DictionaryArray
    names: pa.DictionaryArray


def trace_blocks(facts: SpanFacts) -> list[Block]:
    """The blocks of `otel_traces_trace_id_ts` and `trace_summaries`, one row a trace each."""
    ids = facts.trace_ids.dictionary_encode()
    trace_of = ids.indices.to_numpy()
    order = np.argsort(trace_of, kind="stable")
    # A dictionary numbers its values as they come, so every trace has a span and none is skipped.
    firsts = np.searchsorted(trace_of[order], np.arange(len(ids.dictionary)))
    start = np.minimum.reduceat(facts.start_ns[order], firsts)
    last_start = np.maximum.reduceat(facts.start_ns[order], firsts)
    hour = numbers(seconds(start - start % _HOUR_NS))
    has_root = np.logical_or.reduceat(facts.is_root[order], firsts)
    summaries = {
        "Hour": pa.array(hour),
        "TraceId": ids.dictionary,
        "Start": timestamps(start),
        "End": timestamps(np.maximum.reduceat(facts.end_ns[order], firsts)),
        "RootService": _greatest_of_roots(facts.services, facts.is_root, order, firsts),
        "RootOperation": _greatest_of_roots(facts.names, facts.is_root, order, firsts),
        "HasRoot": pa.array(has_root.astype(np.uint8)),
        "HasError": pa.array(np.logical_or.reduceat(facts.is_error[order], firsts).astype(np.uint8)),
        "Services": _distinct(facts.services, trace_of, len(ids.dictionary)),
    }
    places = {"TraceId": ids.dictionary, "Start": seconds(start), "End": seconds(last_start)}
    everywhere = pa.array(np.zeros(len(hour), np.uint32))
    return [
        Block("otel_traces_trace_id_ts", pa.table(places), everywhere, derived=True),
        Block("trace_summaries", pa.table(summaries), month_partition(hour), derived=True),
    ]


def _ranked(names: pa.DictionaryArray) -> tuple[pa.StringArray, npt.NDArray[np.int64]]:
    """The distinct names in order of their bytes, and the rank of each row's name."""
    order = pc.sort_indices(names.dictionary)
    rank = np.empty(len(order), np.int64)
    rank[numbers(order)] = np.arange(len(order))
    return names.dictionary.take(order), rank[numbers(names.indices)]


def _greatest_of_roots(names: pa.DictionaryArray, is_root: Mask, order: Any, firsts: Any) -> pa.Array:
    """The greatest name among each trace's root spans, which is what `max` keeps; empty where there is no
    root."""
    ordered, rank = _ranked(names)
    greatest = np.maximum.reduceat(np.where(is_root, rank, -1)[order], firsts)
    return pc.fill_null(ordered.take(pa.array(greatest, mask=greatest < 0)), "")


def _distinct(names: pa.DictionaryArray, trace_of: Any, traces: int) -> pa.ListArray:
    """Each trace's distinct names, in order."""
    ordered, rank = _ranked(names)
    pairs = np.unique(trace_of.astype(np.int64) * len(ordered) + rank)
    offsets = np.searchsorted(pairs, np.arange(traces + 1) * len(ordered)).astype(np.int32)
    return lists(offsets, ordered.take(pa.array(pairs % len(ordered))))
