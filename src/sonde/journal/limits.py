"""The bounds of the journal, and the arithmetic that rests on them."""

from __future__ import annotations

import math
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the journal. Times are in the unit of the name, sizes in bytes on disk."""

    max_bytes: int = 4096 * MIB
    """Journal on disk and on its way there; above it appends are refused."""
    pending_bytes: int = 64 * MIB
    """Accepted into memory and not yet on disk; above it appends are refused (a stalled disk)."""
    reserve_bytes: int = 64 * MIB
    """Space kept free on the disk, at most a twentieth of it, so that a store on the same disk can
    still take what the journal holds."""
    segment_bytes: int = 32 * MIB
    segment_records: int = 50_000
    idle_ms: int = 300
    """A segment closes at this age when the consumer has nothing to do."""
    segment_ms: int = 1000
    """A segment closes at this age, unless another one waits for the consumer already: it grows then."""
    segments_in_memory: int = 2
    """Closed segments that keep their records and attachments; the others are read back from disk."""
    dedup_window_s: float = 600.0
    dedup_entries: int = 500_000
    """Digests remembered (about 100 bytes each); beyond it the oldest are forgotten before their time."""
    retry_first_s: float = 0.1
    retry_cap_s: float = 10.0
    unexpected_errors: int = 8
    """Errors in a row, other than Retry, after which a segment counts as refused."""
    parts: int = 1000
    """Parts a refused segment is cut into at most; what is refused after that is set aside whole."""


def backoff_s(limits: Limits, failures: int, jitter: float) -> float:
    """How long to wait after `failures` failures in a row (from 1); `jitter` is uniform in [0, 1)."""
    longest = min(limits.retry_cap_s, limits.retry_first_s * 2 ** min(failures - 1, 32))
    return longest * (0.5 + 0.5 * jitter)


def retry_after_s(over_bytes: int, bytes_per_s: float, pause_s: float) -> int:
    """Seconds after which room is likely: the time to consume `over_bytes`, and not before a pause of
    the consumer ends; from 1 to 60. With no rate known yet: 5."""
    drain_s = over_bytes / bytes_per_s if bytes_per_s > 0 else 5.0
    return max(1, min(60, math.ceil(max(drain_s, pause_s))))
