"""What the receiver counts, by signal and by reason; `/metrics` and the status page read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


def _counter() -> Counter[tuple[str, ...]]:
    return Counter()


@dataclass(slots=True)
class Counters:
    """Totals since the start. Keys are label values in the order the comment names.

    All are touched on the event loop only, so nothing locks.
    """

    requests: Counter[tuple[str, ...]] = field(default_factory=_counter)  # transport, signal
    received_bytes: Counter[tuple[str, ...]] = field(default_factory=_counter)  # signal; decompressed
    accepted: Counter[tuple[str, ...]] = field(default_factory=_counter)  # signal; records
    rejected: Counter[tuple[str, ...]] = field(default_factory=_counter)  # signal; records
    duplicates: Counter[tuple[str, ...]] = field(default_factory=_counter)  # signal; requests
    refused: Counter[tuple[str, ...]] = field(default_factory=_counter)  # signal, error code; requests
