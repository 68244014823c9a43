"""Attribute values as text, the way the OpenTelemetry Collector renders them (pcommon.Value.AsString).

A string as it is, `true`/`false`, integers in decimal, doubles in the shortest form that reads back the
same (decimal below 1e21, as in ECMAScript), bytes in base64, arrays and key-value lists as compact JSON,
nothing as the empty string. Doubles that JSON cannot write are `NaN`, `Infinity` and `-Infinity`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa

from sonde.decode import descriptor
from sonde.decode.columns import offsets_of, unnest
from sonde.decode.kernels import kernels as pc

KINDS: Final = (
    "string_value",
    "bool_value",
    "int_value",
    "double_value",
    "array_value",
    "kvlist_value",
    "bytes_value",
)
_LARGEST_EXACT: Final = 2**53
_DECIMAL_BELOW: Final = 1e21


def rendered(values: pa.StructArray) -> pa.StringArray:
    """The text of every value: `values` is a struct array of the kinds of an AnyValue, of which one at most
    is set."""
    strings = values.field("string_value")
    if strings.null_count == 0:
        return strings
    texts = [strings]
    for kind, render in _RENDER.items():
        column = _kind(values, kind)
        if column is not None:
            texts.append(render(column))
    return pc.coalesce(*texts, pa.scalar("", pa.string()))


def has_several_kinds(values: pa.StructArray) -> bool:
    """Whether a value has more than one kind set: bytes with several members of the oneof, of which the
    last counts."""
    filled = [column for column in (_kind(values, kind) for kind in KINDS) if column is not None]
    if len(filled) < 2:
        return False
    seen = np.zeros(len(values), np.uint8)
    for column in filled:
        seen += column.is_valid().to_numpy(zero_copy_only=False)
    return bool((seen > 1).any())


def _kind(values: pa.StructArray, kind: str) -> pa.Array | None:
    """The values of one kind, null where a value is of another; None where all are."""
    column = values.field(kind)
    if isinstance(column, pa.ListArray):
        return _joined(column) if len(column.values) else None
    return column if column.null_count < len(column) else None


def _joined(parts: pa.ListArray) -> pa.BinaryArray:
    """Encodings of a nested value that came in parts, each row's joined; null where there is none."""
    chunks, _ = unnest(parts)
    starts = offsets_of(parts)
    offsets = offsets_of(chunks)[starts - starts[0]]
    present = pa.array(np.diff(starts) > 0)
    validity = present.buffers()[1]
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(parts), [validity, pa.py_buffer(offsets), chunks.buffers()[2]]
    )


def double_text(value: float) -> str:
    """One double as text."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    shortest = repr(value)
    if "e" not in shortest:
        return shortest.removesuffix(".0")
    number = Decimal(shortest).normalize()
    if 1e-6 <= abs(value) < _DECIMAL_BELOW:
        return f"{number:f}"
    mantissa, _, exponent = f"{number:e}".partition("e")
    return f"{mantissa}e{int(exponent):+d}"


def _cast(column: pa.Array) -> pa.StringArray:
    return column.cast(pa.string())


def _doubles(column: pa.DoubleArray) -> pa.StringArray:
    texts = column.cast(pa.string())
    # Arrow takes to exponents earlier, and writes "nan" and "inf"; the rest it writes as wanted.
    odd = pc.match_substring_regex(texts, "[ein]")
    if not pc.any(odd).as_py():
        return texts
    return pc.coalesce(pc.if_else(odd, _each(column, double_text), None), texts)


def _each(column: pa.Array, render: Callable[[Any], str]) -> pa.StringArray:
    distinct = column.dictionary_encode()
    texts = pa.array([render(value) for value in distinct.dictionary.to_pylist()], pa.string())
    return texts.take(distinct.indices)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _array(value: bytes) -> str:
    return _json(_list(descriptor.nested_class("ArrayValue").FromString(value)))


def _kvlist(value: bytes) -> str:
    return _json(_map(descriptor.nested_class("KeyValueList").FromString(value)))


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _list(message: Any) -> list[object]:
    return [_plain(value) for value in message.values]


def _map(message: Any) -> dict[str, object]:
    return {pair.key: _plain(pair.value) for pair in message.values}


def _plain(value: Any) -> object:
    """What JSON is written from; recursion ends where protobuf's own limit of 100 levels does."""
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return _list(value.array_value)
        case "kvlist_value":
            return _map(value.kvlist_value)
        case "bytes_value":
            return _base64(value.bytes_value)
        case "double_value":
            return _json_number(value.double_value)
        case _:
            return getattr(value, kind)


def _json_number(value: float) -> object:
    if not math.isfinite(value):
        return double_text(value)
    return int(value) if value.is_integer() and abs(value) < _LARGEST_EXACT else value


_RENDER: Final[dict[str, Callable[[Any], pa.StringArray]]] = {
    "bool_value": _cast,
    "int_value": _cast,
    "double_value": _doubles,
    "array_value": partial(_each, render=_array),
    "kvlist_value": partial(_each, render=_kvlist),
    "bytes_value": partial(_each, render=_base64),
}
