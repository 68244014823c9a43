"""What could not be stored or read is kept in `aside/`, each file with a readable report beside it.

A file that ends in `.journal` has the format of a segment: moved back into the journal's folder as
`<id>-<size>.closed` it is consumed at the next start.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from collections import Counter
from pathlib import Path

from sonde.journal import files
from sonde.journal.codec import MARKER_BYTES, Gap, Header, encode_header, encode_record
from sonde.journal.record import Record, Segment


class Aside:
    """The folder `aside/` of a journal."""

    def __init__(self, journal_directory: Path) -> None:
        self.directory = journal_directory / "aside"

    def open(self) -> None:
        """Make the folder. Raises OSError."""
        files.make_directory(self.directory)

    def count(self) -> int:
        """How many files are set aside, reports not counted."""
        with contextlib.suppress(FileNotFoundError):
            return sum(not name.endswith((".json", ".tmp")) for name in os.listdir(self.directory))
        return 0

    def keep_records(self, segment: Segment, reason: str) -> Path:
        """Write the records of a segment (or part) that the store refuses. Doing it again changes nothing.
        Raises OSError."""
        path = self.directory / f"{segment.id:016x}.journal"
        marker = secrets.token_bytes(MARKER_BYTES)
        pieces = [encode_header(Header(segment.id, segment.decoder_version, marker))]
        for record in segment.records:
            pieces += encode_record(marker, record)
        files.write_file(path, b"".join(pieces))
        self._report(path, reason, segment=f"{segment.id:016x}", records=_described(segment.records))
        return path

    def keep_damaged(self, path: Path, reason: str, gaps: list[Gap]) -> Path:
        """Keep a damaged segment file under a second name, so that it outlives its consumption.
        Doing it again changes nothing. Raises OSError."""
        kept = self.directory / f"{path.name}.damaged"
        if not kept.exists():
            try:
                # A link needs no space: it works on a full disk.
                os.link(path, kept)
            except OSError:
                shutil.copyfile(path, kept)
        unreadable = [{"from": gap.start, "to": gap.stop} for gap in gaps]
        self._report(kept, reason, size_bytes=path.stat().st_size, unreadable_bytes=unreadable)
        return kept

    def move(self, path: Path, reason: str) -> Path:
        """Move a file nothing can be read of. Raises OSError."""
        kept = self.directory / f"{path.name}.unreadable"
        os.rename(path, kept)
        files.sync_directory(path.parent)
        self._report(kept, reason, size_bytes=kept.stat().st_size)
        return kept

    def _report(self, kept: Path, reason: str, **details: object) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        report = {"file": kept.name, "reason": reason, "set_aside_at": at, **details}
        files.write_file(kept.with_name(kept.name + ".json"), json.dumps(report, indent=2).encode())


def _described(records: list[Record]) -> list[dict[str, object]]:
    # A report is for people; of a large part it names the first hundred records and counts the rest.
    described: list[dict[str, object]] = [
        {
            "tenant": record.tenant,
            "signal": record.signal,
            "records": record.records,
            "received_at_ns": record.received_at_ns,
            "size_bytes": len(record.payload),
            "digest": record.digest.hex(),
        }
        for record in records[:100]
    ]
    if len(records) > 100:
        described.append({"further": dict(Counter(record.signal for record in records[100:]))})
    return described
