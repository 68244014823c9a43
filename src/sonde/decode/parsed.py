"""Requests that are known to decode: the bytes, and their outline.

`google.protobuf` judges what decodes (0.4 µs a span), for it checks lengths, groups, UTF-8 and depth
exactly; what it accepts is read by `ptars`, which is not as strict but makes columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sonde.decode import descriptor
from sonde.decode.columns import unnest
from sonde.decode.outline import METRIC_KINDS, NESTING, Outline, has_several_data, joined, outlined
from sonde.decode.signals import Signal
from sonde.errors import TooLarge

RECORD_LIMIT: Final = 200_000
"""The most records (spans, log records or data points) a request may hold."""

_SMALLEST_RECORD_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class Parsed:
    """Requests of one signal that decode. Opaque to others, but for `signal`."""

    signal: Signal
    payloads: tuple[bytes, ...] = field(repr=False)
    outline: Outline = field(repr=False)


def parse(signal: Signal, payloads: Sequence[bytes]) -> Parsed:
    """Check that every payload is an OTLP export request of this signal, in protobuf.

    Raises DecodeError if one is not, TooLarge if one holds over 200 000 records.
    """
    accepted = tuple(_checked(signal, payload) for payload in payloads)
    batch = descriptor.outline(signal, accepted)
    return Parsed(signal, accepted, outlined(signal, batch, [len(payload) for payload in accepted]))


def concat(parts: Sequence[Parsed]) -> Parsed:
    """The same as `parse` of all their payloads. Raises ValueError for none, or for parts of several
    signals."""
    signals = {part.signal for part in parts}
    if len(signals) != 1:
        raise ValueError(f"cannot put together parts of {len(signals)} signals")
    return Parsed(
        signals.pop(),
        tuple(payload for part in parts for payload in part.payloads),
        joined([part.outline for part in parts]),
    )


def _checked(signal: Signal, payload: bytes) -> bytes:
    if len(payload) > RECORD_LIMIT * _SMALLEST_RECORD_BYTES:
        _refuse_too_many(signal, payload)
    message = descriptor.whole(signal, payload)
    if signal is Signal.METRICS and _has_several_data(payload):
        # Of several members of a oneof the last one counts; only protobuf still knows which that was.
        return message.SerializeToString()
    return payload


def _has_several_data(payload: bytes) -> bool:
    _, metrics = _records(Signal.METRICS, payload)
    return has_several_data(metrics)


def _records(signal: Signal, payload: bytes) -> tuple[int, Any]:
    """How many resources and scopes there are, and the records, from the tally."""
    scopes_field, records_field = NESTING[signal]
    resources, _ = unnest(descriptor.tally(signal, payload).column(0))
    scopes, _ = unnest(resources.field(scopes_field))
    records, _ = unnest(scopes.field(records_field))
    return len(resources) + len(scopes), records


def _refuse_too_many(signal: Signal, payload: bytes) -> None:
    parts, records = _records(signal, payload)
    count = len(records)
    if signal is Signal.METRICS:
        count += sum(len(unnest(records.field(kind).field("data_points"))[0]) for kind in METRIC_KINDS)
    if max(parts, count) > RECORD_LIMIT:
        raise TooLarge(
            f"cannot take {signal} request of {max(parts, count)} records: the limit is {RECORD_LIMIT}",
            hint="send fewer records a request",
        )
