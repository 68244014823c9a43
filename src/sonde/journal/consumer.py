"""The thread that has closed segments consumed, strictly in order, and removes them afterwards."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sonde.journal import files
from sonde.journal.aside import Aside
from sonde.journal.codec import Contents, HeaderError
from sonde.journal.digest_log import Chunk, DigestLog
from sonde.journal.ledger import Ledger
from sonde.journal.limits import Limits, backoff_s
from sonde.journal.record import Record, Refused, Retry, Segment
from sonde.journal.segment_file import SegmentFile
from sonde.journal.segment_id import part_segment_id
from sonde.journal.split import Part, PartState, Split, encode_split, whole
from sonde.journal.stats import Event, EventKind


@dataclass(slots=True)
class _Spent:
    """A consumed segment whose file is still there; `unsaved` is what the digest log lacks."""

    file: SegmentFile
    unsaved: Chunk | None


class Consumer(threading.Thread):
    """Runs until the ledger says that it is over; what is not consumed then stays on disk."""

    def __init__(
        self,
        directory: Path,
        consume: Callable[[Segment], None],
        discard: Callable[[Segment], None] | None,
        limits: Limits,
        ledger: Ledger,
        digest_log: DigestLog,
        aside: Aside,
        on_event: Callable[[Event], None],
    ) -> None:
        super().__init__(name="journal-consumer", daemon=True)
        self._directory = directory
        self._consume = consume
        self._discard = discard
        self._limits = limits
        self._ledger = ledger
        self._digest_log = digest_log
        self._aside = aside
        self._on_event = on_event
        self._unexpected = 0
        self._spent: deque[_Spent] = deque()

    def run(self) -> None:
        while not self._ledger.is_over():
            file = self._ledger.next_segment(timeout_s=1.0 if self._spent else None)
            if file is not None and not self._consume_until_done(file):
                break
            self._remove_spent()
        self._digest_log.close()

    def _consume_until_done(self, file: SegmentFile) -> bool:
        """False when the journal stops before the segment is stored."""
        failures = 0
        while True:
            began_s = time.monotonic()
            try:
                self._try(file)
            except Exception as error:
                if self._ledger.is_stopping():
                    return False
                failures += 1
                self._pause(file, failures, error)
                continue
            self._spent.append(_Spent(file, _digests_of(file)))
            file.forget_records()
            if self._ledger.consumed(file, time.monotonic() - began_s):
                self._on_event(Event(EventKind.RECOVERED, "the store takes segments again", file.segment))
            return True

    def _pause(self, file: SegmentFile, failures: int, error: Exception) -> None:
        pause_s = backoff_s(self._limits, failures, random.random())
        reason = str(error) if isinstance(error, Retry) and str(error) else repr(error)
        message = f"cannot store segment {file.segment:016x}: {reason}"
        self._on_event(Event(EventKind.RETRY, f"{message}; next try in {pause_s:.1f} s", file.segment))
        self._ledger.pause(pause_s, message)

    def _try(self, file: SegmentFile) -> None:
        """Store all of the segment that is not stored yet. Raises whatever keeps that from happening."""
        if not file.sealed:
            file.seal()
        records = self._records(file)
        if file.split is None:
            file.split = whole(len(records))
        while (part := file.split.next_pending()) is not None:
            segment = _segment(file, records, part)
            # Counted before: a try that ends in a crash of the consumer may have stored something.
            file.tries[part.number] = file.tries.get(part.number, 0) + 1
            refusal = self._refusal(segment) if segment.records else None
            if refusal is None:
                file.split = file.split.marked(part, PartState.STORED)
            else:
                self._cut(file, file.split, part, segment, refusal)

    def _refusal(self, segment: Segment) -> Refused | None:
        """Have `segment` consumed; tells if it was refused for good."""
        refusal = None
        try:
            self._consume(segment)
        except Refused as error:
            refusal = error
        except (Retry, OSError):
            self._unexpected = 0
            raise
        except Exception as error:
            self._unexpected += 1
            # Once a segment is being cut, its parts need not prove again that waiting does not help.
            if self._unexpected < (2 if segment.part else self._limits.unexpected_errors):
                raise
            refusal = Refused(repr(error))
        self._unexpected = 0
        return refusal

    def _cut(self, file: SegmentFile, split: Split, part: Part, segment: Segment, refusal: Refused) -> None:
        """Go on after a refusal: with the halves of the part, or without it."""
        self._ledger.refused()
        if self._discard is not None:
            try:
                self._discard(segment)
            except Refused as error:
                # Rather a record twice than all later ones never.
                left = f"cannot take back what the store holds of segment {segment.id:016x}: {error}"
                self._on_event(Event(EventKind.REFUSED, left, file.segment))
        if part.count > 1 and not refusal.whole and len(split.parts) < self._limits.parts:
            split = split.halved(part)
            kind, outcome = EventKind.REFUSED, "it is cut in two"
        else:
            kept = self._aside.keep_records(segment, str(refusal))
            split = split.marked(part, PartState.ASIDE)
            kind, outcome = EventKind.SET_ASIDE, f"it is set aside as {kept}"
        files.write_file(self._directory / files.split_name(file.segment), encode_split(split))
        file.split = split
        of_segment = f"{part.count} requests of segment {file.segment:016x}"
        self._on_event(Event(kind, f"the store refuses {of_segment}: {refusal}; {outcome}", file.segment))

    def _records(self, file: SegmentFile) -> list[Record]:
        if file.records is None:
            try:
                contents = file.read()
            except HeaderError as error:
                self._aside.move(file.path, str(error))
                self._report_damage(file, f"{error}; nothing of it can be read")
                contents = Contents([], [], [], 0)
            except FileNotFoundError:
                self._report_damage(file, "it is gone")
                contents = Contents([], [], [], 0)
            if contents.gaps:
                self._aside.keep_damaged(file.path, contents.damage(), contents.gaps)
                self._report_damage(file, contents.damage())
            file.records = contents.records
        return file.records

    def _report_damage(self, file: SegmentFile, reason: str) -> None:
        self._ledger.damaged()
        self._on_event(Event(EventKind.DAMAGED, f"journal file {file.path}: {reason}", file.segment))

    def _remove_spent(self) -> None:
        """Delete consumed segment files. Where the disk does not allow it they are kept: consumed again
        after a restart, as segments that may be in the store already."""
        while self._spent:
            spent = self._spent[0]
            try:
                if spent.unsaved is not None:
                    self._digest_log.save(spent.unsaved, time.time_ns())
                    spent.unsaved = None
                spent.file.path.unlink(missing_ok=True)
                split_path = self._directory / files.split_name(spent.file.segment)
                if split_path.exists():
                    # Were the list of parts gone first, a crash would bring the segment back as a whole.
                    files.sync_directory(self._directory)
                    split_path.unlink()
            except OSError as error:
                message = f"cannot remove journal segment {spent.file.path}: {error}"
                self._on_event(Event(EventKind.UNAVAILABLE, message, spent.file.segment))
                return
            self._spent.popleft()
            self._ledger.removed(spent.file)


def _segment(file: SegmentFile, records: list[Record], part: Part) -> Segment:
    indexes = range(part.first, part.first + part.count)
    return Segment(
        id=part_segment_id(file.segment, part.number),
        decoder_version=file.decoder_version,
        records=records[part.first : part.first + part.count],
        attachments={i - part.first: file.attachments[i] for i in indexes if i in file.attachments},
        attempt=file.tries.get(part.number, 0) + file.found,
        part=part.number,
    )


def _digests_of(file: SegmentFile) -> Chunk:
    entries = [(record.received_at_ns, record.digest) for record in file.records or () if record.digest]
    return Chunk(file.segment, entries)
