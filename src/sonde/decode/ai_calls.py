"""The table derived from spans of AI calls: what is asked of all of them, by the names of today.

A block has the rows of its own spans; where one lies in another is told as far as the block knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.ai_names import CALLS, CONTENT, MARKS, NAMES, OPERATIONS, PROVIDERS, TOKENS, TOOL
from sonde.decode.attributes import Attributes
from sonde.decode.blocks import Block
from sonde.decode.columns import Index, Mask, bytes_of, coded, constant, encoded, lengths_of, numbers
from sonde.decode.kernels import kernels as pc

_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_TWICE: Final = 8
"""So many times twice as far up: 256 spans between two of AI calls."""

_MARKS: Final = frozenset(name for mark in MARKS for name in NAMES[mark])
_READ: Final = (
    "operation",
    "provider",
    "model",
    "asked",
    *TOKENS,
    "total",
    "cost",
    "firstTokenS",
    "finish",
    "conversation",
    "user",
    "tool",
    "responseId",
)
_NAMES: Final = frozenset(name for read in _READ for name in NAMES[read]) | {"error.type"}
_COPIED: Final = (
    "Timestamp",
    "TraceId",
    "SpanId",
    "Duration",
    "Status",
    "ServiceName",
    "Component",
    "ScopeName",
    "RunId",
    "SampleWeight",
    "Segment",
    "Version",
    "ReceivedAt",
)
_LONGEST_FINISH: Final = 200
_LONGEST_MESSAGE: Final = 1_000
_KINDS: Final = ("step", "call", "tool")


def ai_blocks(
    attributes: Attributes,
    columns: Mapping[str, pa.Array],
    *,
    trace_ids: npt.NDArray[np.uint64],
    span_ids: npt.NDArray[np.uint64],
    parents: pa.BinaryArray,
    is_open: Mask,
    is_error: Mask,
    partition: pa.Array,
) -> list[Block]:
    """The block of `ai_calls`; none where no ended span is of an AI call.

    Args:
        attributes: of the spans.
        columns: of the spans, as `otel_traces` has them.
        trace_ids: two numbers a span, (n, 2).
        span_ids: a number a span.
        parents: the id of the parent; empty where there is none.
        is_open: which spans have not ended.
        is_error: which failed.
        partition: of each row of `otel_traces`.
    """
    # One look at the distinct keys of the slice: what has no AI calls pays for nothing else.
    names = attributes.keys.to_pylist()
    marks = np.array([name in _MARKS for name in names], np.bool_)
    if not marks.any():
        return []
    is_marked = np.zeros(len(attributes), np.bool_)
    is_marked[_rows_of(attributes, np.flatnonzero(marks[attributes.codes]))] = True
    rows = np.flatnonzero(is_marked & ~is_open)
    if not len(rows):
        return []
    told = _Told.of(attributes, rows)
    place = pa.array(rows)
    ends, is_span = _above(trace_ids, span_ids, _ids(parents), is_marked, rows)
    above = pc.if_else(
        pa.array(is_span), *(columns[name].take(pa.array(ends)) for name in ("SpanId", "ParentSpanId"))
    )
    data = pa.table(
        {
            **{name: columns[name].take(place) for name in _COPIED},
            **_normalised(told),
            "Above": above,
            "Failed": pa.array(is_error[rows]),
            "StatusMessage": _cut(_plain(columns["StatusMessage"].take(place)), _LONGEST_MESSAGE),
        }
    )
    return [Block("ai_calls", data, partition.take(place), derived=False)]


def _rows_of(attributes: Attributes, entries: Index) -> Index:
    return np.searchsorted(attributes.offsets, entries, side="right") - 1


def _ids(parents: pa.BinaryArray) -> npt.NDArray[np.uint64]:
    """A number for each; 0 where there is none."""
    ids = np.zeros(len(parents), np.uint64)
    ids[lengths_of(parents) > 0] = bytes_of(parents).view(np.uint64)
    return ids


def _above(
    trace_ids: npt.NDArray[np.uint64],
    span_ids: npt.NDArray[np.uint64],
    parent_ids: npt.NDArray[np.uint64],
    is_marked: Mask,
    rows: Index,
) -> tuple[Index, Mask]:
    """Upwards from each of the rows: where the way ends, and whether at a span of an AI call; if not, what is
    above is the parent of where it ends, which the slice does not have."""
    traces = trace_ids[:, 0] * _SPREAD ^ trace_ids[:, 1]
    near = np.flatnonzero(np.isin(traces, np.unique(traces[rows])))
    keys = traces[near] + span_ids[near] * _SPREAD
    order = np.argsort(keys)
    known = keys[order]
    wanted = traces[near] + parent_ids[near] * _SPREAD
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    is_here = (known[place] == wanted) & (parent_ids[near] != 0)
    itself = np.arange(len(near))
    parent = np.where(is_here, order[place], itself)
    marked = is_marked[near]
    up = np.where(marked, itself, parent)
    for _ in range(_TWICE):
        up = up[up]
    own = np.searchsorted(near, rows)
    ends = np.where(is_here[own], up[parent[own]], own)
    return near[ends], is_here[own] & marked[ends]


class _Told:
    """What spans of AI calls say, by the names that anybody gives it."""

    def __init__(self, attributes: Attributes, has_content: Mask) -> None:
        """`has_content`: which of them have an attribute that tells what was said."""
        self._attributes = attributes
        self.has_content = has_content

    @classmethod
    def of(cls, attributes: Attributes, rows: Index) -> _Told:
        """Those in some rows; of their attributes the few that are read: what was said is long."""
        lengths = np.diff(attributes.offsets)[rows].astype(np.int64)
        row_of = np.repeat(np.arange(len(rows)), lengths)
        firsts = attributes.offsets[rows] - (np.cumsum(lengths) - lengths)
        entries = np.arange(len(row_of)) + firsts[row_of]
        codes, names = attributes.codes[entries], attributes.keys.to_pylist()
        has_content = np.zeros(len(rows), np.bool_)
        has_content[row_of[np.array([name in CONTENT for name in names])[codes]]] = True
        is_read = np.array([name in _NAMES for name in names])[codes]
        offsets = np.searchsorted(row_of[is_read], np.arange(len(rows) + 1)).astype(np.int32)
        values = attributes.values.take(pa.array(entries[is_read]))
        return cls(Attributes(offsets, codes[is_read], attributes.keys, values), has_content)

    def __len__(self) -> int:
        return len(self._attributes)

    def first(self, *names: str) -> pa.Array:
        """Of each span the value of the first name that has one, else ""."""
        found = [each for name in names if (each := self._attributes.column(name)) is not None]
        return pc.coalesce(*found, "") if found else constant("", len(self)).cast(pa.string())

    def count(self, name: str) -> npt.NDArray[np.uint64]:
        """A number of tokens; 0 for what is none."""
        texts = self.first(*NAMES[name])
        is_count = pc.match_substring_regex(texts, r"^\d{1,19}$")
        return numbers(pc.cast(pc.if_else(is_count, texts, "0"), pa.uint64()))

    def amount(self, name: str) -> pa.Array:
        """A number (float64); 0 for what is none."""
        texts = self.first(*NAMES[name])
        is_number = pc.match_substring_regex(texts, r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$")
        return pc.cast(pc.if_else(is_number, texts, "0"), pa.float64())


def _normalised(told: _Told) -> dict[str, pa.Array]:
    operation = _renamed(told.first(*NAMES["operation"]), OPERATIONS)
    told_input, output, told_cached, told_written, told_reasoning = (told.count(name) for name in TOKENS)
    total = told.count("total")
    # A provider that counts what its cache gave apart says so by numbers that are right no other way.
    apart = told_cached + told_written
    whole = told_input + apart
    is_apart = (apart > 0) & ((apart > told_input) | (total > 0) & (total == whole + output))
    input_ = np.where(is_apart, whole, told_input)
    cached = np.minimum(told_cached, input_)
    has_tokens = input_ + output > 0
    is_call = numbers(pc.is_in(operation.dictionary, pa.array(CALLS)).take(operation.indices))
    is_tool = numbers(pc.equal(operation.dictionary, TOOL).take(operation.indices))
    unnamed = numbers(pc.equal(operation.dictionary, "").take(operation.indices))
    return {
        "Kind": coded(np.where(is_call | unnamed & has_tokens, 1, np.where(is_tool, 2, 0)), _KINDS),
        "Operation": operation,
        "Provider": _renamed(told.first(*NAMES["provider"]), PROVIDERS),
        "Model": encoded(told.first(*NAMES["model"])),
        "Asked": encoded(told.first(*NAMES["asked"])),
        "Input": pa.array(input_),
        "Output": pa.array(output),
        "Cached": pa.array(cached),
        "Written": pa.array(np.minimum(told_written, input_ - cached)),
        "Reasoning": pa.array(np.minimum(told_reasoning, output)),
        "ToldCost": told.amount("cost"),
        "FirstToken": told.first(*NAMES["firstTokenS"]),
        "Finish": encoded(_cut(told.first(*NAMES["finish"]), _LONGEST_FINISH)),
        "ErrorType": encoded(_cut(told.first("error.type"), _LONGEST_FINISH)),
        "IsTold": pa.array(told.has_content),
        "Conversation": told.first(*NAMES["conversation"]),
        "User": told.first(*NAMES["user"]),
        "Tool": encoded(_cut(told.first(*NAMES["tool"]), _LONGEST_FINISH)),
        "ResponseId": told.first(*NAMES["responseId"]),
    }


def _renamed(texts: pa.Array, names: Mapping[str, str]) -> pa.DictionaryArray:
    """The texts in lower case, by their names of today."""
    codes = pc.ascii_lower(texts).dictionary_encode()
    today = pa.array([names.get(text, text) for text in codes.dictionary.to_pylist()], pa.string())
    return today.take(codes.indices).dictionary_encode()


def _plain(texts: pa.Array) -> pa.Array:
    return texts.cast(pa.string()) if isinstance(texts, pa.DictionaryArray) else texts


def _cut(texts: pa.Array, characters: int) -> pa.Array:
    return pc.utf8_slice_codeunits(texts, start=0, stop=characters)
