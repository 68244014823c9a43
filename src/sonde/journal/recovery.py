"""What an earlier process left in the journal's folder: made ready to be consumed, nothing of it lost."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sonde.journal import files
from sonde.journal.aside import Aside
from sonde.journal.codec import (
    HEADER_BYTES,
    Contents,
    Header,
    HeaderError,
    decode_header,
    decode_records,
    digests,
    void_marker,
)
from sonde.journal.files import SegmentName
from sonde.journal.segment_file import SegmentFile
from sonde.journal.segment_id import wall_ms
from sonde.journal.split import Split, decode_split
from sonde.journal.stats import Event, EventKind

# A segment is open for a second; a stalled disk may make it longer.
_LONGEST_OPEN_S = 60.0


@dataclass(slots=True)
class Found:
    """Segments in order, digests of those that are recent, and the newest id of all files."""

    segments: list[SegmentFile] = field(default_factory=list[SegmentFile])
    digests: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    last_segment: int = 0
    damaged: int = 0


class Recovery:
    """Reads the folder once, at start."""

    def __init__(
        self, directory: Path, window_s: float, aside: Aside, on_event: Callable[[Event], None]
    ) -> None:
        self._directory = directory
        self._window_s = window_s
        self._aside = aside
        self._on_event = on_event
        self._found = Found()
        self._later_ns: dict[bytes, int] = {}

    def run(self) -> Found:
        """Raises OSError when the folder can't be read, or a file can't be made durable or renamed."""
        found = self._found
        splits: set[int] = set()
        names: list[SegmentName] = []
        for entry in os.listdir(self._directory):
            if entry.endswith(".tmp"):
                # Left by a crash within a write that counts only once the file has its name.
                (self._directory / entry).unlink(missing_ok=True)
            elif (name := files.parse_segment_name(entry)) is not None:
                names.append(name)
            elif (segment := files.parse_split_name(entry)) is not None:
                splits.add(segment)
        oldest_open = min((name.segment for name in names if name.size_bytes is None), default=None)
        # From the newest on, so that the digests of later segments are known.
        for name in sorted(names, key=lambda name: name.segment, reverse=True):
            found.last_segment = max(found.last_segment, name.segment)
            has_twins = oldest_open is not None and name.segment > oldest_open
            file = self._recover(name, with_digests=has_twins or self._is_recent(name.segment))
            if file is not None:
                file.split = self._split(name.segment) if name.segment in splits else None
                found.segments.append(file)
        found.segments.reverse()
        for segment in splits - {name.segment for name in names}:
            (self._directory / files.split_name(segment)).unlink()
        # A name given just before a crash may not be on disk yet, and consuming relies on it.
        files.sync_directory(self._directory)
        return found

    def _is_recent(self, segment: int) -> bool:
        return time.time() - wall_ms(segment) / 1000 < self._window_s + _LONGEST_OPEN_S

    def _recover(self, name: SegmentName, *, with_digests: bool) -> SegmentFile | None:
        path = self._directory / str(name)
        try:
            if name.size_bytes is None:
                data = path.read_bytes()
                header = decode_header(data)
            else:
                header = self._read_closed(path, with_digests=with_digests)
                return self._segment_file(path, name.segment, name.size_bytes, header)
        except HeaderError as error:
            self._keep_unreadable(path, str(error))
            return None
        except OSError as error:
            self._report(path, f"cannot read it: {error.strerror}; it is left where it is")
            return None
        return self._finish_open(path, header, decode_records(data, header.marker), len(data))

    def _read_closed(self, path: Path, *, with_digests: bool) -> Header:
        with path.open("rb") as file:
            header = decode_header(file.read(HEADER_BYTES))
            if with_digests:
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    self._remember(digests(data, header.marker))
        return header

    def _finish_open(
        self, path: Path, header: Header, contents: Contents, size_bytes: int
    ) -> SegmentFile | None:
        """Close a segment that its process could not close. Damage other than at its end is found again,
        and reported, when the segment is consumed."""
        torn = next((gap for gap in contents.gaps if gap.start >= contents.end), None)
        if torn is not None and not contents.records:
            self._keep_unreadable(path, "it ends within its first record")
            return None
        if torn is not None:
            cut = f"cut {size_bytes - torn.start} bytes of a write that was not finished"
            self._on_event(Event(EventKind.TORN, f"journal file {path}: {cut}", header.segment))
        counted = self._void_repeated(path, header, contents)
        if not counted:
            path.unlink()
            return None
        self._remember(counted)
        file = self._segment_file(path, header.segment, contents.end, header)
        file.ragged = True
        file.seal()
        return file

    def _void_repeated(self, path: Path, header: Header, contents: Contents) -> list[tuple[int, bytes]]:
        """Void records that a later segment has as well, make the file durable, and return time and digest
        of the records that count.

        Such a record was refused when its write failed, yet it is in the file; its retry was accepted into
        the later segment.
        """
        counted: list[tuple[int, bytes]] = []
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            for record, offset in zip(contents.records, contents.offsets, strict=True):
                later_ns = self._later_ns.get(record.digest) if record.digest else None
                if later_ns is not None and abs(later_ns - record.received_at_ns) < self._window_s * 1e9:
                    os.lseek(fd, offset, os.SEEK_SET)
                    files.write_all(fd, [void_marker(header.marker)])
                else:
                    counted.append((record.received_at_ns, record.digest))
            # After a kill the last write may be in memory only; from here on its digests answer retries.
            files.sync_data(fd)
        finally:
            os.close(fd)
        return counted

    def _remember(self, entries: Iterable[tuple[int, bytes]]) -> None:
        for received_at_ns, digest in entries:
            if digest:
                self._found.digests.append((received_at_ns, digest))
                self._later_ns[digest] = received_at_ns

    def _segment_file(self, path: Path, segment: int, size_bytes: int, header: Header) -> SegmentFile:
        age_s = max(0.0, time.time() - wall_ms(segment) / 1000)
        return SegmentFile(
            segment=segment,
            path=path,
            size_bytes=size_bytes,
            decoder_version=header.decoder_version,
            accepted_s=time.monotonic() - age_s,
            found=True,
            sealed=True,
        )

    def _split(self, segment: int) -> Split | None:
        path = self._directory / files.split_name(segment)
        try:
            return decode_split(path.read_bytes())
        except (OSError, ValueError) as error:
            self._keep_unreadable(path, f"{error}; the segment is stored as a whole")
            return None

    def _keep_unreadable(self, path: Path, reason: str) -> None:
        self._report(path, reason)
        try:
            self._aside.move(path, reason)
        except OSError as error:
            self._report(path, f"cannot move it aside: {error.strerror}")

    def _report(self, path: Path, reason: str) -> None:
        self._found.damaged += 1
        self._on_event(Event(EventKind.DAMAGED, f"journal file {path}: {reason}"))
