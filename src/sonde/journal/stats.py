"""What the journal tells about itself: figures for /metrics and health, events for the log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum

_logger = logging.getLogger("sonde.journal")


@dataclass(frozen=True, slots=True)
class JournalStats:
    """A snapshot. Counters count since the start of the process."""

    bytes: int
    """On disk and not yet stored, records on their way to disk included."""
    pending_bytes: int
    """Of these, not yet on disk."""
    segments: int
    """Closed segments that wait or are being consumed."""
    oldest_age_s: float
    """Age of the oldest segment that is not yet stored; 0 when there is none."""
    appended: int
    """Requests written."""
    appended_records: int
    """Spans, log records and data points in them."""
    appended_bytes: int
    duplicates: int
    overloaded: int
    """Appends refused because the journal was at a limit."""
    unavailable: int
    """Appends refused because the journal could not be written."""
    fsyncs: int
    fsync_s: float
    """Time spent in them."""
    consumed_segments: int
    consumed_bytes: int
    retries: int
    """Consumptions that failed and were tried again."""
    refused: int
    """Consumptions that the store refused for good."""
    set_aside: int
    """Files in `aside/`, left from earlier processes included."""
    replayed_segments: int
    """Segments found at start."""
    damaged: int
    """Files found damaged or unreadable."""
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
