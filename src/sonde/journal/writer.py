"""One open segment file: what a commit acknowledged is on disk, what it did not is cut off again."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from sonde.journal import files
from sonde.journal.codec import MARKER_BYTES, Header, encode_header, encode_record
from sonde.journal.files import SegmentName
from sonde.journal.record import Record


class SegmentWriter:
    """Appends records to a new segment file in `directory`.

    The file, its name included, is on disk from the first commit on. `durable_bytes` is how much of it
    was acknowledged. After a failed commit the file may hold more than that, in memory or on disk:
    `ragged` tells so until the next commit succeeds. `broken` means no more may be written to it: what the
    kernel keeps of a file after a failed fdatasync is unknown.
    """

    def __init__(self, directory: Path, segment: int, decoder_version: int) -> None:
        """Creates the file. Raises OSError."""
        self.segment = segment
        self.path = directory / str(SegmentName(segment, None))
        self.durable_bytes = 0
        self.ragged = False
        self.broken = False
        self._header = Header(segment, decoder_version, secrets.token_bytes(MARKER_BYTES))
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(self.path, flags, 0o600)

    def commit(self, records: list[Record]) -> None:
        """Write `records` and wait until they are on disk. Raises OSError: then none of them counts."""
        pieces: list[bytes] = [] if self.durable_bytes else [encode_header(self._header)]
        for record in records:
            pieces += encode_record(self._header.marker, record)
        try:
            files.write_all(self._fd, pieces)
        except Exception:
            self._cut()
            raise
        try:
            files.sync_data(self._fd)
            if not self.durable_bytes:
                files.sync_directory(self.path.parent)
        except Exception:
            self.broken = True
            self._cut()
            raise
        self.durable_bytes += sum(map(len, pieces))
        self.ragged = False

    def close(self) -> None:
        """Let go of the file."""
        # What counts is on disk, so an error that comes up only now changes nothing.
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def _cut(self) -> None:
        self.ragged = True
        try:
            os.ftruncate(self._fd, self.durable_bytes)
        except OSError:
            self.broken = True
