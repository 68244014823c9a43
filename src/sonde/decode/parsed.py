"""Requests that are known to decode: the bytes, and their outline.

`google.protobuf` judges what decodes (0.4 µs a span), for it checks lengths, groups, UTF-8 and depth
exactly; what it accepts is read by `ptars`, which is not as strict but makes columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from sonde.decode import descriptor
from sonde.decode.bounds import refuse_bomb
from sonde.decode.columns import unnest
from sonde.decode.outline import NESTING, Outline, has_several_data, joined, outlined
from sonde.decode.signals import Signal


@dataclass(frozen=True, slots=True)
class Parsed:
    """Requests of one signal that decode. Opaque to others, but for `signal`."""

    signal: Signal
    payloads: tuple[bytes, ...] = field(repr=False)
    outline: Outline = field(repr=False)


def parse(signal: Signal, payloads: Sequence[bytes]) -> Parsed:
    """Check that every payload is an OTLP export request of this signal, in protobuf.

    Raises DecodeError if one is not, TooLarge if one holds over 200 000 records or two million attributes.
    """
    for payload in payloads:
        refuse_bomb(signal, payload)
        descriptor.whole(signal, payload)
    batch = descriptor.outline(signal, payloads)
    if signal is Signal.METRICS and _has_several_data(batch):
        payloads = [_with_one_kind(payload) for payload in payloads]
        batch = descriptor.outline(signal, payloads)
    return Parsed(signal, tuple(payloads), outlined(signal, batch, [len(payload) for payload in payloads]))


def concat(parts: Sequence[Parsed]) -> Parsed:
    """The same as `parse` of all their payloads.

    Raises ValueError for no parts, or for parts of several signals.
    """
    signals = {part.signal for part in parts}
    if len(signals) != 1:
        raise ValueError(f"cannot put together parts of {len(signals)} signals")
    return Parsed(
        signals.pop(),
        tuple(payload for part in parts for payload in part.payloads),
        joined([part.outline for part in parts]),
    )


def _with_one_kind(payload: bytes) -> bytes:
    """Of several kinds of data in a metric the last one counts; only protobuf still knows which that was."""
    if _has_several_data(descriptor.outline(Signal.METRICS, [payload])):
        return descriptor.canonical(Signal.METRICS, payload)
    return payload


def _has_several_data(batch: pa.RecordBatch) -> bool:
    scopes_field, records_field = NESTING[Signal.METRICS]
    resources, _ = unnest(batch.column(0))
    scopes, _ = unnest(resources.field(scopes_field))
    metrics, _ = unnest(scopes.field(records_field))
    return has_several_data(metrics)
