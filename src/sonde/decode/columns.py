"""Arrow columns from buffers: lists taken apart and put together, ids in hex, constants. No Python object
per row."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.decode.kernels import kernels as pc

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Two hex digits for each byte, as they lie in memory.
_HEX: Final = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint16)


def numbers(array: pa.Array) -> npt.NDArray[Any]:
    """The values of a numeric array without nulls, not copied."""
    return array.to_numpy(zero_copy_only=False)


def offsets_of(array: pa.Array) -> npt.NDArray[np.int32]:
    """The n + 1 offsets of a list, string or binary array, into its values or data buffer."""
    if len(array) == 0:
        return np.zeros(1, np.int32)
    buffer = array.buffers()[1]
    return np.frombuffer(buffer, np.int32)[array.offset : array.offset + len(array) + 1]


def lengths_of(array: pa.Array) -> npt.NDArray[np.int32]:
    """The lengths of the elements of a list, string or binary array without nulls."""
    return np.diff(offsets_of(array))


def unnest(array: pa.ListArray) -> tuple[Any, Index]:
    """The elements of all lists in one array, and for each the row it came from."""
    offsets = offsets_of(array)
    elements = array.values
    if offsets[0] != 0 or offsets[-1] != len(elements):
        elements = elements.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
    return elements, np.repeat(np.arange(len(array), dtype=np.int64), np.diff(offsets))


def string_array(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int32]) -> pa.StringArray:
    """Strings without nulls from their bytes and their n + 1 offsets."""
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def bytes_of(array: pa.Array) -> npt.NDArray[np.uint8]:
    """The bytes of all elements of a string or binary array, one after the other."""
    offsets = offsets_of(array)
    buffer = array.buffers()[2]
    if buffer is None:
        return np.zeros(0, np.uint8)
    return np.frombuffer(buffer, np.uint8)[offsets[0] : offsets[-1]]


def hex_of(ids: pa.BinaryArray) -> pa.StringArray:
    """Binary ids as lower-case hex; an empty one stays empty."""
    offsets = offsets_of(ids)
    digits = _HEX[bytes_of(ids)].view(np.uint8)
    return string_array(digits, (offsets - offsets[0]) * np.int32(2))


def rows_of_zero(ids: pa.BinaryArray, size: int) -> Mask:
    """Which ids have `size` bytes, all of them zero."""
    lengths = lengths_of(ids)
    right = lengths == size
    data = bytes_of(ids)
    if right.all():
        return np.logical_not(data.reshape(-1, size).any(axis=1))
    zero = np.zeros(len(ids), np.bool_)
    rows = np.flatnonzero(right)
    starts = offsets_of(ids)[rows] - offsets_of(ids)[0]
    zero[rows] = ~data[starts[:, None] + np.arange(size)].any(axis=1)
    return zero


def without_zero_ids(ids: pa.BinaryArray, size: int) -> pa.BinaryArray:
    """Ids of which the all-zero ones, which mean "none", are empty."""
    zero = rows_of_zero(ids, size)
    if not zero.any():
        return ids
    return pc.if_else(pa.array(zero), pa.scalar(b"", pa.binary()), ids)


def constant(value: str, length: int) -> pa.DictionaryArray:
    """A column that says the same in every row, one byte a row."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(length, np.int8)), pa.array([value], pa.string()))


def coded(codes: npt.NDArray[Any], names: tuple[str, ...]) -> pa.DictionaryArray:
    """Names by their number; a number without a name counts as the first."""
    known = np.where((codes >= 0) & (codes < len(names)), codes, 0).astype(np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(known), pa.array(names, pa.string()))


def is_blank(strings: pa.Array) -> bool:
    """Whether every string is empty."""
    offsets = offsets_of(strings)
    return bool(offsets[0] == offsets[-1])


def text(strings: pa.Array) -> pa.Array:
    """The strings, or one small constant where all are empty."""
    return constant("", len(strings)) if is_blank(strings) else strings


def encoded(strings: pa.Array) -> pa.DictionaryArray:
    """The strings as a dictionary, which the engine reads faster where few are distinct."""
    if isinstance(strings, pa.DictionaryArray):
        return strings
    return constant("", len(strings)) if is_blank(strings) else strings.dictionary_encode()


def lists(offsets: npt.NDArray[np.int32], elements: pa.Array) -> pa.ListArray:
    """A list column from n + 1 offsets that begin at 0."""
    return pa.ListArray.from_arrays(pa.array(offsets), elements)


def timestamps(nanoseconds: npt.NDArray[np.int64]) -> pa.Array:
    """A DateTime64(9) column."""
    return pa.array(nanoseconds).view(pa.timestamp("ns"))
