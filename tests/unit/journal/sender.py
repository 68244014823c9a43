"""A process that appends requests and stores them; made to be killed and to have its system calls fail.

Usage: sender.py JOURNAL_DIRECTORY STORE_FILE COUNT THREADS

Sends COUNT requests with fixed names, each until it is accepted, and prints a line for every outcome.
Stores a segment as lines `table segment-id names...` in two tables, one after the other, and asks for
each what it holds already only where the segment says that it may: as the real consumer does.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from pathlib import Path

from sonde.errors import Overloaded
from sonde.journal import Journal, Limits, Record, Segment

LIMITS = Limits(
    idle_ms=2, segment_ms=20, segment_records=20, retry_first_s=0.01, retry_cap_s=0.05, reserve_bytes=0
)


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


class FileStore:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def consume(self, segment: Segment) -> None:
        names = [record.payload.split()[0].decode() for record in segment.records]
        held = self._path.read_text() if segment.attempt else ""
        for table, rows in (("even", names[::2]), ("odd", names[1::2])):
            if rows and f"{table} {segment.id} " not in held:
                os.write(self._fd, f"{table} {segment.id} {' '.join(rows)}\n".encode())


def send(journal: Journal, names: list[str]) -> None:
    for name in names:
        payload = name.encode().ljust(2000)
        digest = hashlib.blake2b(payload, digest_size=16).digest()
        record = Record("default", "traces", time.time_ns(), digest, 1, payload)
        while True:
            try:
                outcome = journal.append_blocking(record)
            except Overloaded as error:
                say(f"refused {name} {error.message}")
                time.sleep(0.01)
            else:
                say(f"{outcome} {name}")
                break


def main(directory: Path, store: Path, count: int, threads: int) -> None:
    journal = Journal(
        directory,
        decoder_version=1,
        consume=FileStore(store).consume,
        limits=LIMITS,
        on_event=lambda event: say(f"event {event.kind} {event.message}"),
    )
    journal.start()
    names = [f"r{number}" for number in range(count)]
    senders = [
        threading.Thread(target=send, args=(journal, names[first::threads])) for first in range(threads)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    journal.flush_blocking(20)
    say("stopped" if journal.stop(20) else "left something")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
