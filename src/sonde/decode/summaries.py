"""The tables derived from spans: where a trace lies in time, and when it began, in the order of the list.

Rows merge by a minimum, a maximum or a union, so inserting a block twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.decode.blocks import Block
from sonde.decode.columns import Index, lists, numbers, timestamps
from sonde.decode.kernels import kernels as pc
from sonde.decode.timestamps import month_partition, seconds


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """Of each span of a slice, what is known of its trace."""

    trace_ids: pa.StringArray
    start_ns: Index
    services: pa.DictionaryArray


def trace_blocks(facts: SpanFacts) -> list[Block]:
    """The blocks of `otel_traces_trace_id_ts` and `trace_starts`, one row a trace each."""
    ids = facts.trace_ids.dictionary_encode()
    trace_of = ids.indices.to_numpy()
    order = np.argsort(trace_of, kind="stable")
    # A dictionary numbers its values as they come, so every trace has a span and none is skipped.
    firsts = np.searchsorted(trace_of[order], np.arange(len(ids.dictionary)))
    start = np.minimum.reduceat(facts.start_ns[order], firsts)
    last_start = np.maximum.reduceat(facts.start_ns[order], firsts)
    starts = {
        "Start": timestamps(start),
        "TraceId": ids.dictionary,
        "Services": _distinct(facts.services, trace_of, len(ids.dictionary)),
    }
    places = {"TraceId": ids.dictionary, "Start": seconds(start), "End": seconds(last_start)}
    everywhere = pa.array(np.zeros(len(start), np.uint32))
    return [
        Block("otel_traces_trace_id_ts", pa.table(places), everywhere, derived=True),
        Block("trace_starts", pa.table(starts), month_partition(start), derived=True),
    ]


def _ranked(names: pa.DictionaryArray) -> tuple[pa.StringArray, npt.NDArray[np.int64]]:
    """The distinct names in order of their bytes, and the rank of each row's name."""
    order = pc.sort_indices(names.dictionary)
    rank = np.empty(len(order), np.int64)
    rank[numbers(order)] = np.arange(len(order))
    return names.dictionary.take(order), rank[numbers(names.indices)]


def _distinct(names: pa.DictionaryArray, trace_of: Any, traces: int) -> pa.ListArray:
    """Each trace's distinct names, in order."""
    ordered, rank = _ranked(names)
    pairs = np.unique(trace_of.astype(np.int64) * len(ordered) + rank)
    offsets = np.searchsorted(pairs, np.arange(traces + 1) * len(ordered)).astype(np.int32)
    return lists(offsets, ordered.take(pa.array(pairs % len(ordered))))
