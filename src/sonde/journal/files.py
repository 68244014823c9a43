"""Names in the journal's folder, and writing so that it is on disk when the call returns."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_OPEN = re.compile(r"([0-9a-f]{16})\.open")
_CLOSED = re.compile(r"([0-9a-f]{16})-([0-9]+)\.closed")
_SPLIT = re.compile(r"([0-9a-f]{16})\.split")


@dataclass(frozen=True, slots=True)
class SegmentName:
    """A segment file's name. `size_bytes` is how much of the file counts: known once it is closed."""

    segment: int
    size_bytes: int | None

    def __str__(self) -> str:
        if self.size_bytes is None:
            return f"{self.segment:016x}.open"
        return f"{self.segment:016x}-{self.size_bytes}.closed"


def parse_segment_name(name: str) -> SegmentName | None:
    """What the name of a segment file says; None for any other file."""
    if match := _OPEN.fullmatch(name):
        return SegmentName(int(match[1], 16), None)
    if match := _CLOSED.fullmatch(name):
        return SegmentName(int(match[1], 16), int(match[2]))
    return None


def split_name(segment: int) -> str:
    """Name of the file that says into which parts a refused segment was cut."""
    return f"{segment:016x}.split"


def parse_split_name(name: str) -> int | None:
    """The segment a split file belongs to; None for any other file."""
    match = _SPLIT.fullmatch(name)
    return int(match[1], 16) if match else None


def sync_data(fd: int) -> None:
    """Bring what was written to `fd`, and its size, onto the disk. Raises OSError."""
    if sys.platform == "darwin":
        import fcntl

        # There fsync stops at the drive's cache.
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(fd)


def sync_directory(directory: Path) -> None:
    """Bring names made, changed and removed in `directory` onto the disk. Raises OSError."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_directory(directory: Path) -> None:
    """Make `directory` and those above it, as far as they are missing. Raises OSError."""
    if not directory.is_dir():
        make_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
        sync_directory(directory.parent)


def write_all(fd: int, pieces: list[bytes]) -> None:
    """Write `pieces` one after the other at the end of the file. Raises OSError, with any part written."""
    # Linux takes at most 1024 pieces in one call.
    for first in range(0, len(pieces), 1024):
        chunk = pieces[first : first + 1024]
        written = os.writev(fd, chunk)
        if written == sum(map(len, chunk)):
            continue
        rest = memoryview(b"".join(chunk))[written:]
        while rest:
            rest = rest[os.write(fd, rest) :]


def write_file(path: Path, content: bytes) -> None:
    """Make `path` hold `content`: after a crash it is there whole or as it was before. Raises OSError."""
    temporary = path.with_name(path.name + ".tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_all(fd, [content])
        sync_data(fd)
    finally:
        os.close(fd)
    os.rename(temporary, path)
    sync_directory(path.parent)
