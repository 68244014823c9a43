"""One process owns an embedded store: a lock in its directory, and who holds it.

The lock is `flock` on `<path>/lock`, so it goes with the process however that ends; the file's
text names the holder for people and for commands that would rather ask it over HTTP.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import weakref
from dataclasses import dataclass
from pathlib import Path

from sonde.errors import StoreLocked, StoreUnavailable

_FILE = "lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a store; `url` is empty until it serves HTTP."""

    pid: int
    url: str = ""


def read_holder(path: Path) -> Holder | None:
    """Who holds the embedded store in directory `path`, or None. Loads no engine."""
    try:
        descriptor = os.open(path / _FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _parse(os.pread(descriptor, 4096, 0))
    else:
        return None
    finally:
        os.close(descriptor)


class DirectoryLock:
    """Holds the directory `path` for this process until `release`.

    Raises:
        StoreLocked: another process holds it.
        StoreUnavailable: the directory cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"cannot open data directory {path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _parse(os.pread(descriptor, 4096, 0))
            os.close(descriptor)
            raise StoreLocked(_message(path, holder)) from error
        self._descriptor = descriptor
        self.announce("")
        _held.add(self)

    def announce(self, url: str) -> None:
        """Write down where this process serves, for commands that look for it."""
        text = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)

    def release(self) -> None:
        """Give the directory free. May be called twice."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


_held: weakref.WeakSet[DirectoryLock] = weakref.WeakSet()


def _let_go_in_child() -> None:
    # A forked child shares the lock; were it to outlive its parent, the store would stay locked.
    for lock in list(_held):
        lock._close()  # pyright: ignore[reportPrivateUsage]  # the same module


os.register_at_fork(after_in_child=_let_go_in_child)


def _parse(raw: bytes) -> Holder | None:
    try:
        value = json.loads(raw)
        return Holder(int(value["pid"]), str(value["url"]))
    except (ValueError, KeyError, TypeError):
        return None


def _message(path: Path, holder: Holder | None) -> str:
    if holder is None:
        return f"cannot open data directory {path}: held by another process; stop it or pass --url"
    where = f" ({holder.url})" if holder.url else ""
    return f"cannot open data directory {path}: held by pid {holder.pid}{where}; stop it or pass --url"
