"""Accepted requests on disk, until the store has them.

The journal knows neither the store nor the decoder: it is handed what to do with a segment.
"""

from sonde.journal.journal import Journal
from sonde.journal.limits import Limits
from sonde.journal.record import Appended, Record, Refused, Retry, Segment
from sonde.journal.stats import Event, EventKind, JournalStats

__all__ = [
    "Appended",
    "Event",
    "EventKind",
    "Journal",
    "JournalStats",
    "Limits",
    "Record",
    "Refused",
    "Retry",
    "Segment",
]
