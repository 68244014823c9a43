"""A closed segment file that waits to be consumed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from sonde.journal import files
from sonde.journal.codec import Contents, decode_header, decode_records
from sonde.journal.files import SegmentName
from sonde.journal.record import Record
from sonde.journal.split import Split


@dataclass(slots=True, eq=False)
class SegmentFile:
    """`size_bytes` is how much of the file counts; where `ragged`, the file may hold more than that.

    `last_ticket` is the number of the last append in it. `accepted_s` is the monotonic time of its first
    record. `tries` counts consumptions by this process, by number of the part.
    """

    segment: int
    path: Path
    size_bytes: int
    decoder_version: int
    accepted_s: float = 0.0
    last_ticket: int = 0
    ragged: bool = False
    found: bool = False
    """An earlier process wrote it."""
    sealed: bool = False
    records: list[Record] | None = None
    attachments: dict[int, object] = field(default_factory=dict[int, object])
    split: Split | None = None
    tries: dict[int, int] = field(default_factory=dict[int, int])

    def seal(self) -> None:
        """Write into its name how much of it counts. Raises OSError; may be called again then.

        No segment is consumed before: else what a failed commit left behind in the file could come up at
        a later start, when the store holds blocks of the segment without it.
        """
        path = self.path.with_name(str(SegmentName(self.segment, self.size_bytes)))
        if path != self.path:
            os.rename(self.path, path)
            self.path = path
        if self.ragged:
            files.sync_directory(path.parent)
        self.sealed = True

    def read(self) -> Contents:
        """The records on disk. A file shorter than its name says has a gap at its end.
        Raises OSError, HeaderError."""
        data = self.path.read_bytes()
        header = decode_header(data)
        return decode_records(data, header.marker, self.size_bytes)

    def forget_records(self) -> None:
        """Drop records and attachments from memory; they are read back when they are needed."""
        self.records = None
        self.attachments = {}
