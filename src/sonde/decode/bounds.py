"""Requests that would grow out of proportion once decoded, refused while they are still bytes.

An empty message takes two bytes to send and some hundred to hold. So a large payload is looked at level by
level, each with the level below left as bytes, before anything reads it whole.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from sonde.decode import descriptor
from sonde.decode.signals import Signal
from sonde.errors import TooLarge

RECORD_LIMIT: Final = 200_000
"""The most records (spans, log records or data points) a request may hold."""

ENTRY_LIMIT: Final = 2_000_000
"""The most attributes, events, links and exemplars that the records of a request may hold."""

_SMALLEST_MESSAGE_BYTES: Final = 2
_LEVELS: Final = (
    ("resources", RECORD_LIMIT, "resources"),
    ("scopes", RECORD_LIMIT, "scopes"),
    ("records", RECORD_LIMIT, "records"),
    ("points", RECORD_LIMIT, "data points"),
    ("entries", ENTRY_LIMIT, "attributes, events, links and exemplars"),
)


def refuse_bomb(signal: Signal, payload: bytes) -> None:
    """Raise TooLarge if the payload holds more than the limits; DecodeError if that cannot be told."""
    for level, limit, things in _LEVELS:
        if len(payload) <= limit * _SMALLEST_MESSAGE_BYTES:
            continue
        if level == "points" and signal is not Signal.METRICS:
            continue
        count = _leaves(descriptor.level(signal, level, payload).column(0))
        if count > limit:
            raise TooLarge(
                f"cannot take {signal} request of {count} {things}: the limit is {limit}",
                hint="send fewer records a request",
            )


def _leaves(array: Any) -> int:
    """How many elements all the lists of bytes hold together."""
    if isinstance(array, pa.ListArray):
        elements = array.values
        return len(elements) if isinstance(elements, pa.BinaryArray) else _leaves(elements)
    if isinstance(array, pa.StructArray):
        return sum(_leaves(array.field(index)) for index in range(array.type.num_fields))
    return 0
