"""Attributes of many records at once: one flat run of keys and values, cut into rows by offsets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.decode.anyvalue import rendered
from sonde.decode.columns import Index, constant, offsets_of, unnest
from sonde.decode.kernels import kernels as pc

# Above this many bits a table of every (row, key) pair costs more than sorting the pairs that there are.
_LARGEST_TABLE: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class Attributes:
    """Keys (as codes into `keys`) and rendered values of n rows; row i has the entries `offsets[i]` to
    `offsets[i + 1]`.

    No key is twice in a row.
    """

    offsets: npt.NDArray[np.int32]
    codes: npt.NDArray[np.int32]
    keys: pa.StringArray
    values: pa.Array

    @classmethod
    def from_list(cls, array: pa.ListArray) -> Attributes:
        """From a list column of KeyValue structs. Of a key that is twice in a row, the last value counts."""
        entries, _ = unnest(array)
        offsets = offsets_of(array)
        if offsets[0] != 0:
            offsets = offsets - offsets[0]
        keys = entries.field("key").dictionary_encode()
        values = rendered(entries.field("value"))
        return cls(offsets, keys.indices.to_numpy(), keys.dictionary, values)._distinct()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def rows(self) -> Index:
        """The row of each entry."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offsets))

    def encoded(self) -> Attributes:
        """With the values as a dictionary: cheaper to `take` many times."""
        if isinstance(self.values, pa.DictionaryArray):
            return self
        return Attributes(self.offsets, self.codes, self.keys, self.values.dictionary_encode())

    def take(self, rows: Index) -> Attributes:
        """The attributes of these rows, in this order."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.zeros(len(rows) + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        entries = np.arange(offsets[-1], dtype=np.int64) + np.repeat(
            self.offsets[rows] - offsets[:-1], lengths
        )
        return Attributes(offsets, self.codes[entries], self.keys, self.values.take(pa.array(entries)))

    def column(self, key: str) -> pa.StringArray | None:
        """The value of one key in every row, null where it is absent or empty; None where it is nowhere."""
        code = pc.index(self.keys, key).as_py()
        if code < 0:
            return None
        entries = np.flatnonzero(self.codes == code)
        entry_of_row = np.full(len(self), -1, np.int64)
        entry_of_row[np.searchsorted(self.offsets, entries, side="right") - 1] = entries
        values = self.values.take(pa.array(entry_of_row, mask=entry_of_row < 0))
        if isinstance(values, pa.DictionaryArray):
            values = values.cast(pa.string())
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
        return None if values.null_count == len(values) else values

    def with_entries(self, rows: Index, key: str, values: Iterable[str]) -> Attributes:
        """One more attribute in each of these (ascending) rows; it replaces what the row had under that
        key."""
        code = pc.index(self.keys, key).as_py()
        keys = self.keys
        if code < 0:
            code = len(keys)
            keys = pa.concat_arrays([keys, pa.array([key], pa.string())])
        ends = self.offsets[rows + 1]
        added = np.arange(len(self.codes), len(self.codes) + len(rows), dtype=np.int64)
        order = np.insert(np.arange(len(self.codes), dtype=np.int64), ends, added)
        all_values = pa.concat_arrays([self.values, pa.array(values, pa.string())])
        lengths = np.diff(self.offsets)
        lengths[rows] += 1
        offsets = np.zeros(len(self.offsets), np.int32)
        np.cumsum(lengths, out=offsets[1:])
        codes = np.insert(self.codes, ends, np.int32(code))
        return Attributes(offsets, codes, keys, all_values.take(pa.array(order)))._distinct()

    def to_map(self) -> pa.MapArray:
        """A Map(LowCardinality(String), String) column."""
        keys = pa.DictionaryArray.from_arrays(pa.array(self.codes), self.keys)
        return pa.MapArray.from_arrays(pa.array(self.offsets), keys, self.values)

    def _distinct(self) -> Attributes:
        pairs = self.rows * len(self.keys) + self.codes
        if not _has_repeats(pairs, len(self) * len(self.keys)):
            return self
        # The first of each pair seen from the end is its last.
        _, from_end = np.unique(pairs[::-1], return_index=True)
        entries = np.sort(len(pairs) - 1 - from_end)
        offsets = np.searchsorted(entries, self.offsets).astype(np.int32)
        return Attributes(offsets, self.codes[entries], self.keys, self.values.take(pa.array(entries)))


def _has_repeats(pairs: Index, possible: int) -> bool:
    if possible > _LARGEST_TABLE:
        return len(np.unique(pairs)) < len(pairs)
    table = np.zeros(possible, np.bool_)
    table[pairs] = True
    return int(np.count_nonzero(table)) < len(pairs)


def first_of(key: str, own: Attributes, inherited: Attributes, of_row: Index, otherwise: Any) -> pa.Array:
    """The value of `key` in a record's own attributes, else in those it inherits (row `of_row` of
    `inherited`), else `otherwise`: a text or a column."""
    choices: list[Any] = []
    if (mine := own.column(key)) is not None:
        choices.append(mine)
    if (shared := inherited.column(key)) is not None:
        choices.append(shared.take(pa.array(of_row)))
    if not choices:
        return constant(otherwise, len(own)) if isinstance(otherwise, str) else otherwise
    if isinstance(otherwise, pa.DictionaryArray):
        otherwise = otherwise.cast(pa.string())
    return pc.coalesce(*choices, otherwise)
