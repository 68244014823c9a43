"""Accepted requests on disk, until the store has them.

The journal knows neither the store nor the decoder: it is handed what to do with a segment.

In its folder:

    <id>.open               the segment that is written
    <id>-<size>.closed      a segment that waits; `size` is how many bytes of it count
    <id>.split              the parts of a segment that the store refused
    digests-<n>.log         digests of segments that are stored and gone
    aside/                  what could not be read or stored, each file with a report
    lock                    held by the process that has the journal open

What holds, also across `kill -9` and, as far as the disk keeps what it synced, power loss:

- What was acknowledged is consumed. A segment's file goes only after `consume` returned.
- A segment is consumed with the same records each time it is tried. Its size is in its name, on disk
  where it matters, before the first try; the parts of a refused one are on disk before theirs.
- A request that was refused because writing it failed is cut off the file again. Only where the process dies
  before that cut is on disk can it come up at the next start. It is stored whole then, its digest answers
  the retry; and if the retry was accepted before the process died, the refused copy is void.
- A digest is in a segment or in a log at any moment until it expires, so a request that is sent again
  within the window is stored once. Requests without a digest are stored as often as they are sent.
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
