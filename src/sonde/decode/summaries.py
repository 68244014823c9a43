"""The tables derived from spans: where a trace lies in time and what is known of it; when it began, in the
order of the list.

Rows of a block merge with themselves alone, or by a minimum, a maximum or a union: inserting a block twice
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.decode.blocks import Block
from sonde.decode.columns import Index, Mask, lengths_of, lists, numbers, timestamps
from sonde.decode.kernels import kernels as pc
from sonde.decode.timestamps import month_partition, seconds

_SEPARATOR: Final = "\x1f"
_LATEST: Final = np.iinfo(np.int64).max
# 2^64 divided by the golden ratio: the highest bits of the product are spread evenly whatever the ids are
# (Knuth, The Art of Computer Programming, volume 3, section 6.4).
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """Of each span of a slice, what is known of its trace."""

    segment: int
    """Of the slice, the same for all."""
    trace_ids: pa.StringArray
    span_ids: npt.NDArray[np.uint64]
    start_ns: Index
    end_ns: Index
    is_root: Mask
    is_error: Mask
    is_open: Mask
    services: pa.DictionaryArray
    names: pa.DictionaryArray
    statuses: pa.DictionaryArray


def trace_blocks(facts: SpanFacts) -> list[Block]:
    """The blocks of `otel_traces_trace_id_ts` and `trace_starts`, one row a trace each."""
    ids = facts.trace_ids.dictionary_encode()
    traces = len(ids.dictionary)
    trace_of = ids.indices.to_numpy()
    order = np.argsort(trace_of, kind="stable")
    # A dictionary numbers its values as they come, so every trace has a span and none is skipped.
    firsts = np.searchsorted(trace_of[order], np.arange(traces))
    start = np.minimum.reduceat(facts.start_ns[order], firsts)
    last_start = np.maximum.reduceat(facts.start_ns[order], firsts)
    services = _distinct(facts.services, trace_of, traces)
    starts = {"Start": timestamps(start), "TraceId": ids.dictionary, "Services": services}
    sketch = np.bitwise_or.reduceat(_bits(facts.span_ids)[order], firsts)
    twice = _with_a_span_twice(
        facts.span_ids, trace_of, np.bitwise_count(sketch) < np.diff(firsts, append=len(order))
    )
    places = {
        "TraceId": ids.dictionary,
        "Start": seconds(start),
        "End": seconds(last_start),
        "Segment": pa.array(np.full(traces, facts.segment, np.uint64)),
        "Facts": _packed(facts, order, firsts, start, services, twice),
        "SpanSketch": pa.array(sketch),
    }
    everywhere = pa.array(np.zeros(traces, np.uint32))
    return [
        Block("otel_traces_trace_id_ts", pa.table(places), everywhere, derived=True),
        Block("trace_starts", pa.table(starts), month_partition(start), derived=True),
    ]


def _packed(
    facts: SpanFacts, order: Any, firsts: Any, start: Index, services: pa.ListArray, twice: Mask
) -> pa.Array:
    """The column `Facts`, as otel_traces_trace_id_ts.sql has it; empty where a span is there twice, or a name
    has the separator in it."""
    named = (facts.services, facts.names, facts.statuses)
    counts = np.diff(firsts, append=len(order))
    root_starts = np.where(facts.is_root, facts.start_ns, _LATEST)[order]
    root_start = np.minimum.reduceat(root_starts, firsts)
    has_root = root_start != _LATEST
    # The first root of each trace, or else its first span.
    keys = np.where(np.repeat(has_root, counts), root_starts, facts.start_ns[order])
    is_named_by = keys == np.repeat(np.where(has_root, root_start, start), counts)
    positions = np.arange(len(order))
    naming = order[np.minimum.reduceat(np.where(is_named_by, positions, len(order)), firsts)]
    columns = [
        start - numbers(seconds(start)).astype(np.int64) * 1_000_000_000,
        np.maximum.reduceat(facts.end_ns[order], firsts) - start,
        counts,
        np.add.reduceat(facts.is_error[order].astype(np.int64), firsts),
        np.logical_or.reduceat(facts.is_open[order], firsts).astype(np.int64),
    ]
    packed = pc.binary_join_element_wise(
        *(pc.cast(pa.array(column), pa.string()) for column in columns),
        pc.fill_null(pc.cast(pa.array(root_start - start, mask=~has_root), pa.string()), ""),
        *(pc.cast(names.take(pa.array(naming)), pa.string()) for names in named),
        pc.binary_join(services, _SEPARATOR),
        _SEPARATOR,
    )
    separators = len(columns) + len(named) + lengths_of(services)
    untold = twice | (numbers(pc.count_substring(packed, _SEPARATOR)) != separators)
    return pc.if_else(pa.array(untold), "", packed) if untold.any() else packed


def _bits(span_ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One of 64 bits for each span id."""
    return np.uint64(1) << (span_ids * _SPREAD >> np.uint64(58))


def _with_a_span_twice(span_ids: npt.NDArray[np.uint64], trace_of: Any, suspected: Mask) -> Mask:
    """Which of the suspected traces have two rows of one span."""
    twice = np.zeros(len(suspected), np.bool_)
    rows = np.flatnonzero(suspected[trace_of])
    spans, traces = span_ids[rows], trace_of[rows]
    order = np.lexsort((spans, traces))
    spans, traces = spans[order], traces[order]
    twice[traces[1:][(spans[1:] == spans[:-1]) & (traces[1:] == traces[:-1])]] = True
    return twice


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
