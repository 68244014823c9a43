"""What the journal tells about itself: figures for /metrics and health, events for the log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum

_logger = logging.getLogger("sonde.journal")


@dataclass(slots=True)
class Counters:
    """What happened since the start of the process."""

    appended: int = 0
    """Requests written."""
    appended_records: int = 0
    """Spans, log records and data points in them."""
    appended_bytes: int = 0
    duplicates: int = 0
    overloaded: int = 0
    """Appends refused because the journal was at a limit."""
    unavailable: int = 0
    """Appends refused because the journal could not be written."""
    fsyncs: int = 0
    fsync_s: float = 0.0
    """Time spent in writing and in them."""
    consumed_segments: int = 0
    consumed_bytes: int = 0
    retries: int = 0
    """Consumptions that failed and were tried again."""
    refused: int = 0
    """Consumptions that the store refused for good."""
    replayed_segments: int = 0
    """Segments found at start."""
    damaged: int = 0
    """Files found damaged or unreadable."""


@dataclass(slots=True, kw_only=True)
class JournalStats(Counters):
    """A snapshot: the counters, and how things stand."""

    bytes: int
    """On disk and not yet stored, records on their way to disk included."""
    pending_bytes: int
    """Of these, not yet on disk."""
    segments: int
    """Closed segments that wait or are being consumed."""
    oldest_age_s: float
    """Age of the oldest segment that is not yet stored; 0 when there is none."""
    set_aside: int
    """Files in `aside/`, left from earlier processes included."""
    digests: int
    """Digests remembered for de-duplication."""
    digests_evicted: int
    """Digests forgotten before their time because there were too many."""
    write_error: str
    """Why the journal can't be written at the moment; empty when it can."""
    store_error: str
    """Why the oldest segment can't be stored at the moment; empty when nothing failed."""


class EventKind(StrEnum):
    REPLAY = "replay"
    """Segments of an earlier process were found."""
    TORN = "torn"
    """The last, unacknowledged bytes of an open segment were cut off."""
    DAMAGED = "damaged"
    """A file was found damaged; it is kept in `aside/`."""
    SET_ASIDE = "set_aside"
    """Records that the store refused were written to `aside/`."""
    UNAVAILABLE = "unavailable"
    """The journal can't be written."""
    RECOVERED = "recovered"
    """What could not be done works again."""
    RETRY = "retry"
    """A segment could not be stored; it will be tried again."""
    REFUSED = "refused"
    """The store refused a segment; it is cut into parts."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something an operator may want to know."""

    kind: EventKind
    message: str
    segment: int | None = None


_LEVELS = {EventKind.REPLAY: logging.INFO, EventKind.TORN: logging.INFO, EventKind.RECOVERED: logging.INFO}


def log_event(event: Event) -> None:
    """Write an event to the log `sonde.journal`."""
    _logger.log(_LEVELS.get(event.kind, logging.WARNING), "%s", event.message)
