"""A folder of requests that could not be sent, to be sent later, also by another process.

One file a request, `<nanoseconds>-<random>.<signal>`: a line of JSON (count of records, CRC-32 of the rest),
then the encoded request. Files appear whole, by renaming. Who sends one first renames it, so that two
processes do not send the same; a file that was taken long ago and is still there is free again.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sonde.sdk.complaints import complain
from sonde.sdk.forking import undivided
from sonde.sdk.stats import Tally

_log: Final = logging.getLogger("sonde")
_TAKEN: Final = ".taken"
_PARTIAL: Final = ".partial"
_CORRUPT: Final = ".corrupt"
_LET_DOWN_AFTER_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Spooled:
    """A request of `count` records that this process is to send."""

    path: Path
    count: int
    body: bytes

    def remove(self) -> None:
        """It was sent, or nobody wants it."""
        self.path.unlink(missing_ok=True)

    def put_back(self) -> None:
        """It could not be sent."""
        try:
            self.path.rename(self.path.with_suffix(""))
        except OSError as error:
            complain("cannot put %s back into the spool: %s", self.path, error)


class Spool:
    """Bounded by `max_bytes`: above it the oldest requests make room and are counted as dropped."""

    def __init__(self, directory: Path, max_bytes: int, tally: Tally) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._tally = tally

    def put(self, signal: str, count: int, body: bytes) -> str | None:
        """Keep a request. Returns why not: no space, no right, larger than the spool; None if it is kept."""
        head = json.dumps({"count": count, "crc32": zlib.crc32(body)}).encode() + b"\n"
        if len(head) + len(body) > self._max_bytes:
            return "larger than the spool"
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.{signal}"
        partial = self._directory / f"{name}{_PARTIAL}"
        with undivided():
            try:
                self._directory.mkdir(parents=True, exist_ok=True)
                self._make_room(len(head) + len(body))
                partial.write_bytes(head + body)
                partial.rename(self._directory / name)
            except OSError as error:
                complain("cannot write to the spool %s: %s", self._directory, error)
                try:
                    partial.unlink(missing_ok=True)
                except OSError:
                    _log.debug("cannot remove %s", partial)
                return f"spool: {error.strerror or type(error).__name__}"
        return None

    def oldest(self, signal: str) -> Spooled | None:
        """Take the oldest request of a signal; None if there is none. A corrupt one is set aside."""
        with undivided():
            for path in self._files(f"*.{signal}") + self._let_down(signal):
                free = path.name.endswith(f".{signal}")
                taken = path.with_name(f"{path.name}{_TAKEN}") if free else path
                try:
                    if free:
                        path.rename(taken)
                    os.utime(taken)
                    content = taken.read_bytes()
                except OSError:
                    continue
                try:
                    head, _, body = content.partition(b"\n")
                    about = json.loads(head)
                    if about["crc32"] == zlib.crc32(body):
                        return Spooled(taken, int(about["count"]), body)
                except (ValueError, KeyError, TypeError):
                    _log.debug("cannot read the head of %s", taken)
                self._set_aside(taken)
        return None

    def _let_down(self, signal: str) -> list[Path]:
        before = time.time() - _LET_DOWN_AFTER_S
        return [path for path in self._files(f"*.{signal}{_TAKEN}") if _modified(path) < before]

    def _files(self, pattern: str) -> list[Path]:
        try:
            return sorted(self._directory.glob(pattern))
        except OSError:
            return []

    def _set_aside(self, path: Path) -> None:
        complain("a file in the spool is corrupt and was set aside: %s%s", path, _CORRUPT)
        try:
            path.rename(path.with_name(f"{path.name}{_CORRUPT}"))
        except OSError:
            _log.debug("cannot rename %s", path)

    def _make_room(self, needed: int) -> None:
        """Remove corrupt files and what was never finished, then the oldest requests."""
        sizes = {path: _size(path) for path in self._files("*")}
        total = sum(sizes.values())
        useless = [path for path in sizes if path.suffix in (_CORRUPT, _PARTIAL)]
        for path in useless + [path for path in sizes if path not in useless]:
            if total + needed <= self._max_bytes:
                return
            count = 0 if path in useless else _count(path)
            path.unlink(missing_ok=True)
            total -= sizes[path]
            if count:
                signal = path.name.removesuffix(_TAKEN).rpartition(".")[2]
                self._tally.dropped(signal, "spool full", count)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def _count(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return int(json.loads(file.readline())["count"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
