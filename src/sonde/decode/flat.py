"""Payloads as one flat record batch, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from sonde.decode import descriptor
from sonde.decode.anyvalue import has_several_kinds
from sonde.decode.parsed import Parsed

# ptars holds the interpreter's lock while it decodes: a group of this size is a stall of a few milliseconds.
_GROUP_BYTES: Final = 512 * 1024


class FlatReader:
    """Reads the payloads of `parsed` in ranges that ascend; the last of a range may be the first of the
    next."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed
        self._shared: tuple[int, pa.RecordBatch] | None = None

    def read(self, first: int, last: int, *, shares_last: bool) -> pa.RecordBatch:
        """The payloads `first` to `last`, both included; `shares_last`: the next range begins with `last`."""
        parts: list[pa.RecordBatch] = []
        begin = first
        if self._shared is not None and self._shared[0] == first:
            parts.append(self._shared[1])
            begin += 1
        end = last if shares_last else last + 1
        parts += [self._decode(group) for group in _groups(self._parsed.payloads[begin:end])]
        if shares_last and begin <= last:
            self._shared = (last, self._decode(self._parsed.payloads[last : last + 1]))
            parts.append(self._shared[1])
        elif not shares_last:
            self._shared = None
        return parts[0] if len(parts) == 1 else pa.concat_batches(parts)

    def _decode(self, payloads: Sequence[bytes]) -> pa.RecordBatch:
        signal = self._parsed.signal
        batch = descriptor.flat(signal, payloads)
        if _is_ambiguous(batch.column(0)):
            return descriptor.flat(signal, [descriptor.canonical(signal, payload) for payload in payloads])
        return batch


def _groups(payloads: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    begin = size = 0
    for index, payload in enumerate(payloads):
        size += len(payload)
        if size >= _GROUP_BYTES:
            yield payloads[begin : index + 1]
            begin, size = index + 1, 0
    if begin < len(payloads):
        yield payloads[begin:]


def _is_ambiguous(array: Any) -> bool:
    """Whether a oneof has several members set, of which the columns no longer tell the last."""
    if isinstance(array, pa.ListArray):
        return len(array.values) > 0 and _is_ambiguous(array.values)
    if not isinstance(array, pa.StructArray):
        return False
    names = {field.name for field in array.type}
    if "kvlist_value" in names:
        return has_several_kinds(array)
    if "as_int" in names and array.field("as_int").null_count < len(array):
        both = array.field("as_int").is_valid().to_numpy(zero_copy_only=False)
        if (both & array.field("as_double").is_valid().to_numpy(zero_copy_only=False)).any():
            return True
    return any(_is_ambiguous(array.field(name)) for name in names)
