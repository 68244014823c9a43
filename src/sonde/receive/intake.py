"""From a request's body to the journal: the one way in, for HTTP and gRPC.

A body is decompressed, transcoded when it is JSON, decoded and checked; then its protobuf bytes go
to the journal, and only when they are on disk is it accepted.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sonde.decode import Check, Parsed, Signal, check, json_to_protobuf, parse
from sonde.errors import TooLarge
from sonde.journal import Appended, Journal, Record
from sonde.receive.admission import Admission
from sonde.receive.compression import decompress, too_large
from sonde.receive.counters import Counters

# Below this a body is decoded on the event loop, in a millisecond or so: the decoder keeps the
# interpreter's lock for most of it, so a hop to a thread costs more than it frees (a seventh of all
# processor time at 500 spans a request).
INLINE_BYTES = 256 * 1024

# Compressed bodies are some eight times larger than they look.
INLINE_COMPRESSED_BYTES = 32 * 1024

# A few bytes of a resource repeat on each of its records. A request may grow to this many times the
# size limit once flattened; beyond that it is made to exhaust memory.
MAX_GROWTH = 32

# One decompresses or hashes, which frees the interpreter's lock, while the other decodes.
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a request that was not refused."""

    records: int
    rejected: int
    reasons: str
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A body that decodes."""

    payload: bytes
    parsed: Parsed
    check: Check
    digest: bytes


class Intake:
    """Takes requests in. Use it from the event loop only."""

    def __init__(
        self,
        journal: Journal,
        counters: Counters,
        *,
        max_bytes: int,
        max_records: int,
        on_accepted: Callable[[str, Signal, Parsed, int], None],
    ) -> None:
        self.max_bytes = max_bytes
        self.counters = counters
        # Room for several of the largest requests; what is over is answered 503 and comes back.
        self.admission = Admission(max(8 * max_bytes, 128 * 1024 * 1024))
        self._journal = journal
        self._max_records = max_records
        self._on_accepted = on_accepted
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="sonde-intake")

    async def accept(
        self, signal: Signal, body: bytes, *, tenant: str, encoding: str = "", json: bool = False
    ) -> Accepted:
        """Take one request in; returns when it is on disk.

        Raises DecodeError, UnsupportedMediaType, TooLarge, Overloaded and JournalUnavailable.
        """
        # Before it is decoded: refused after it, requests at ten times the load took all of the server's CPU.
        self._journal.require_room(0 if json else len(body))
        if len(body) <= (INLINE_COMPRESSED_BYTES if encoding else INLINE_BYTES):
            prepared = self._prepare(signal, body, tenant, encoding, json)
        else:
            loop = asyncio.get_running_loop()
            prepared = await loop.run_in_executor(
                self._workers, self._prepare, signal, body, tenant, encoding, json
            )
        size = len(prepared.payload)
        self.admission.reserve(size)
        try:
            return await self._append(signal, prepared, tenant)
        finally:
            self.admission.release(size)

    def close(self) -> None:
        """Let the workers go."""
        self._workers.shutdown(wait=True, cancel_futures=True)

    async def _append(self, signal: Signal, prepared: Prepared, tenant: str) -> Accepted:
        check = prepared.check
        self.counters.received_bytes[signal,] += len(prepared.payload)
        duplicate = False
        if check.accepted:
            received_at_ns = time.time_ns()
            record = Record(
                tenant=tenant,
                signal=signal.value,
                received_at_ns=received_at_ns,
                digest=prepared.digest,
                records=check.accepted,
                payload=prepared.payload,
            )
            appended = await self._journal.append(record, attachment=prepared.parsed)
            duplicate = appended is Appended.DUPLICATE
            if duplicate:
                self.counters.duplicates[signal,] += 1
            else:
                self.counters.accepted[signal,] += check.accepted
                self._on_accepted(tenant, signal, prepared.parsed, received_at_ns)
        if check.rejected and not duplicate:
            self.counters.rejected[signal,] += check.rejected
        return Accepted(check.accepted, check.rejected, check.reasons, duplicate)

    def _prepare(self, signal: Signal, body: bytes, tenant: str, encoding: str, json: bool) -> Prepared:
        """All that needs no event loop; runs on a worker when the body is large."""
        payload = decompress(encoding, body, self.max_bytes)
        if len(payload) > self.max_bytes:
            raise too_large(self.max_bytes)
        if json:
            payload = json_to_protobuf(signal, payload)
        parsed = parse(signal, [payload])
        found = check(parsed)
        records = found.accepted + found.rejected
        if records > self._max_records:
            raise TooLarge(
                f"cannot take {records} records in one request: at most {self._max_records} are allowed",
                hint="send smaller batches, or raise receive.max_request_records",
            )
        if found.weight_bytes > MAX_GROWTH * self.max_bytes:
            raise TooLarge(
                f"cannot take a request that grows to {found.weight_bytes >> 20} MiB",
                hint="its resource or scope attributes repeat on every record; send smaller batches",
            )
        return Prepared(payload, parsed, found, _digest(signal, tenant, payload) if found.timed else b"")


def _digest(signal: Signal, tenant: str, payload: bytes) -> bytes:
    """What tells a repeated request. Without a timestamp two alike may both be meant: those have none."""
    digest = hashlib.blake2b(payload, digest_size=16)
    digest.update(b"\0" + signal.encode() + b"\0" + tenant.encode())
    return digest.digest()
