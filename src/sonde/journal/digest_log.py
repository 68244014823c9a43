"""Digests of segments that are stored and deleted, on disk for as long as de-duplication needs them.

Segment files hold the digests of their own records, written with the record. Before a segment file is
deleted its digests are appended here and synced, so at any moment each accepted digest is in one of the
two. The log also keeps the last segment id, from which ids go on when the clock went back.

A log `digests-<number>.log` is a sequence of chunks, integers little-endian:
magic `SDGT`, count u32, segment id u64, crc32 u32 of count, segment id and entries; then the entries:
received_at_ns u64, digest 16 bytes.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sonde.journal import files

_MAGIC = b"SDGT"
_CHUNK = struct.Struct("<4sIQI")
_CHECKED = struct.Struct("<IQ")
_ENTRY = struct.Struct("<Q16s")
_NAME = re.compile(r"digests-([0-9]{8})\.log")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Entries `(received_at_ns, digest)` of one deleted segment."""

    segment: int
    entries: list[tuple[int, bytes]]


@dataclass(slots=True)
class _Log:
    path: Path
    entries: int = 0
    newest_ns: int = 0


def encode_chunk(chunk: Chunk) -> bytes:
    """The chunk as it stands in a log. Digests are 16 bytes."""
    entries = b"".join(_ENTRY.pack(*entry) for entry in chunk.entries)
    crc = zlib.crc32(entries, zlib.crc32(_CHECKED.pack(len(chunk.entries), chunk.segment)))
    return _CHUNK.pack(_MAGIC, len(chunk.entries), chunk.segment, crc) + entries


def decode_chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks up to the end or the first that is torn or damaged."""
    at = 0
    while at + _CHUNK.size <= len(data):
        magic, count, segment, crc = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        entries = data[at : at + count * _ENTRY.size]
        at += len(entries)
        torn = len(entries) < count * _ENTRY.size
        if magic != _MAGIC or torn or crc != zlib.crc32(entries, zlib.crc32(_CHECKED.pack(count, segment))):
            return
        yield Chunk(segment, list(_ENTRY.iter_unpack(entries)))


class DigestLog:
    """The logs in the journal's folder. Not safe to use from two threads at once."""

    def __init__(self, directory: Path, window_s: float, entries: int) -> None:
        self._directory = directory
        self._window_ns = int(window_s * 1e9)
        self._entries = entries
        self._logs: list[_Log] = []
        self._next_number = 0
        self._fd = -1
        self._began_ns = 0
        self.last_segment = 0
        """The newest segment id known from the logs."""

    def read(self) -> list[tuple[int, bytes]]:
        """All entries, oldest log first. To be called once, before `save`. Raises OSError."""
        found: list[tuple[int, bytes]] = []
        for path in sorted(self._directory.glob("digests-*.log")):
            match = _NAME.fullmatch(path.name)
            if match is None:
                continue
            log = _Log(path)
            for chunk in decode_chunks(path.read_bytes()):
                found += chunk.entries
                self._count(log, chunk)
            self._logs.append(log)
            self._next_number = int(match[1]) + 1
        return found

    def save(self, chunk: Chunk, now_ns: int) -> None:
        """Append the digests of a segment; they are on disk when this returns. Raises OSError.

        `now_ns` is Unix time; logs whose entries are all older than the window are removed."""
        pieces = [encode_chunk(chunk)]
        is_new = self._fd < 0 or self._is_full(chunk, now_ns)
        try:
            if is_new:
                # The first chunk of a log carries the last id on, so that older logs may go.
                pieces.insert(0, encode_chunk(Chunk(max(self.last_segment, chunk.segment), [])))
                self._begin(now_ns)
            files.write_all(self._fd, pieces)
            files.sync_data(self._fd)
            if is_new:
                files.sync_directory(self._directory)
        except OSError:
            # What comes behind a torn chunk could not be read, so nothing more goes into this log.
            self.close()
            raise
        self._count(self._logs[-1], chunk)
        if is_new:
            self._remove_expired(now_ns)

    def close(self) -> None:
        """Let go of the current log; the next `save` begins another."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _count(self, log: _Log, chunk: Chunk) -> None:
        log.entries += len(chunk.entries)
        log.newest_ns = max(log.newest_ns, max((ns for ns, _ in chunk.entries), default=0))
        self.last_segment = max(self.last_segment, chunk.segment)

    def _is_full(self, chunk: Chunk, now_ns: int) -> bool:
        too_many = self._logs[-1].entries + len(chunk.entries) > self._entries
        return too_many or now_ns - self._began_ns > self._window_ns

    def _begin(self, now_ns: int) -> None:
        self.close()
        path = self._directory / f"digests-{self._next_number:08}.log"
        self._next_number += 1
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._began_ns = now_ns
        self._logs.append(_Log(path))

    def _remove_expired(self, now_ns: int) -> None:
        kept = self._logs[-1:]
        newer_entries = kept[0].entries
        for log in reversed(self._logs[:-1]):
            if newer_entries >= self._entries or now_ns - log.newest_ns > self._window_ns:
                log.path.unlink(missing_ok=True)
            else:
                kept.insert(0, log)
            newer_entries += log.entries
        self._logs = kept
