"""What goes into the journal and what comes out: records, segments, and how their consumption ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted request.

    `digest` is 16 bytes that two requests share only when they are the same request of the same
    tenant and signal; `b""` exempts the record from de-duplication. `records` counts the spans, log
    records or data points inside. `tenant` and `signal` are at most 255 bytes of UTF-8 each.
    """

    tenant: str
    signal: str
    received_at_ns: int
    digest: bytes
    records: int
    payload: bytes


class Appended(StrEnum):
    """How an append ended; either way the request is on disk."""

    STORED = "stored"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Segment:
    """What the consumer is handed: records that are stored together, in the order of arrival.

    `id` is unique to this set of records: `(ms since 2020-01-01 UTC) << 22 | random << 10`, the low ten
    bits free for slices. After a refusal a segment is consumed in parts, each with an id of its own
    and `part` > 0. `attempt` is 0 only when no process has ever tried this id; from 1 on some of its
    blocks may be in the store already. `attachments` has what was handed to `append`, by index of the
    record; it is empty when the records were read back from disk. `decoder_version` is the one of
    the process that accepted the records.
    """

    id: int
    decoder_version: int
    records: list[Record]
    attachments: dict[int, object] = field(default_factory=dict[int, object])
    attempt: int = 0
    part: int = 0


class Retry(Exception):
    """The consumer could not store a segment for now (the store is away); try it again later."""


class Refused(Exception):
    """The store refuses a segment for good; the journal looks for the records that cause it.

    With `whole` every record of it is at fault: all are set aside together."""

    def __init__(self, reason: str = "refused", *, whole: bool = False) -> None:
        super().__init__(reason)
        self.whole = whole
