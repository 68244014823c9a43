"""The format of a segment file, without I/O.

All integers are little-endian. A file is a header and then frames, one a record:

    header  magic `SONDEJNL`, format version u16, reserved u16, decoder version u32, segment id u64,
            marker 8 bytes, crc32 u32 of all before it
    frame   marker 8 bytes, body length u32, crc32 u32 of body length and body, body
    body    received_at_ns u64, records u32, lengths of tenant u8, signal u8 and digest u8,
            tenant, signal, digest, payload

The marker is random and differs from file to file, so a payload can't pose as a frame: after
damage the reader goes on at the next marker whose frame has the right checksum. A frame whose marker is
inverted is void: it is valid and is skipped.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from sonde.journal.record import Record

MAGIC = b"SONDEJNL"
FORMAT_VERSION = 1
MARKER_BYTES = 8
DIGEST_BYTES = 16
_HEADER = struct.Struct("<8sHHIQ8s")
_CRC = struct.Struct("<I")
_FRAME = struct.Struct("<8sII")
_BODY = struct.Struct("<QIBBB")
_LENGTH = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CRC.size
FRAME_BYTES = _FRAME.size + _BODY.size
"""Size of a frame without tenant, signal, digest and payload."""


class HeaderError(ValueError):
    """A file does not begin with a header this version can read; the message says why."""


@dataclass(frozen=True, slots=True)
class Header:
    segment: int
    decoder_version: int
    marker: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes from `start` to before `stop` that no frame accounts for."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a segment file holds: readable records with the offset of each, and the gaps between them."""

    records: list[Record]
    offsets: list[int]
    gaps: list[Gap]
    end: int
    """Offset behind the last readable frame."""

    def damage(self) -> str:
        """What is wrong, for people."""
        places = ", ".join(f"bytes {gap.start} to {gap.stop}" for gap in self.gaps[:10])
        return f"{len(self.records)} records can be read, {len(self.gaps)} places are damaged ({places})"


@dataclass(frozen=True, slots=True)
class _Frame:
    stop: int
    void: bool
    body: int


def encode_header(header: Header) -> bytes:
    """The first `HEADER_BYTES` of a segment file."""
    head = _HEADER.pack(MAGIC, FORMAT_VERSION, 0, header.decoder_version, header.segment, header.marker)
    return head + _CRC.pack(zlib.crc32(head))


def decode_header(data: bytes | mmap) -> Header:
    """The header at the begin of `data`. Raises HeaderError."""
    if len(data) == 0:
        raise HeaderError("the file is empty")
    head = data[:HEADER_BYTES]
    if head[: len(MAGIC)] != MAGIC[: len(head)]:
        raise HeaderError("the file does not begin like a journal segment")
    if len(head) < len(MAGIC) + 2:
        raise HeaderError("the file ends within its header")
    version = int.from_bytes(head[len(MAGIC) : len(MAGIC) + 2], "little")
    if version > FORMAT_VERSION:
        raise HeaderError(f"the file has format version {version}, this Sonde reads up to {FORMAT_VERSION}")
    if len(head) < HEADER_BYTES:
        raise HeaderError("the file ends within its header")
    (crc,) = _CRC.unpack_from(head, _HEADER.size)
    if crc != zlib.crc32(head[: _HEADER.size]):
        raise HeaderError("the header of the file is damaged")
    _, _, _, decoder_version, segment, marker = _HEADER.unpack_from(head)
    return Header(segment, decoder_version, marker)


def encode_record(marker: bytes, record: Record) -> tuple[bytes, bytes]:
    """A frame in two pieces, the second being the payload itself, so that it is not copied."""
    tenant, signal = record.tenant.encode(), record.signal.encode()
    meta = b"".join(
        (
            _BODY.pack(record.received_at_ns, record.records, len(tenant), len(signal), len(record.digest)),
            tenant,
            signal,
            record.digest,
        )
    )
    length = len(meta) + len(record.payload)
    return _FRAME.pack(marker, length, _checksum(length, meta, record.payload)) + meta, record.payload


def encoded_bytes(record: Record) -> int:
    """Size of the record's frame. Raises ValueError for a record that no frame can hold."""
    tenant, signal, digest = len(record.tenant.encode()), len(record.signal.encode()), len(record.digest)
    if max(tenant, signal) > 255 or digest not in (0, DIGEST_BYTES):
        raise ValueError("cannot journal the record: a name over 255 bytes, or a digest of another length")
    if not 0 <= record.received_at_ns < 1 << 64 or not 0 <= record.records < 1 << 32:
        raise ValueError("cannot journal the record: its time or its count of records is out of range")
    return FRAME_BYTES + tenant + signal + digest + len(record.payload)


def decode_records(data: bytes, marker: bytes, stop: int | None = None) -> Contents:
    """All records that can be read between the header and `stop` (default: the end of `data`)."""
    expected_stop = len(data) if stop is None else stop
    stop = min(expected_stop, len(data))
    contents_end = at = HEADER_BYTES
    records: list[Record] = []
    offsets: list[int] = []
    gaps: list[Gap] = []
    while at < stop:
        frame = _frame_at(data, marker, at, stop)
        if frame is None:
            resumed = _next_frame(data, marker, at + 1, stop)
            gaps.append(Gap(at, resumed))
            at = resumed
            continue
        if not frame.void:
            records.append(_decode_body(data, frame.body, frame.stop))
            offsets.append(at)
        at = contents_end = frame.stop
    if stop < expected_stop:
        gaps.append(Gap(stop, expected_stop))
    return Contents(records, offsets, gaps, contents_end)


def digests(data: bytes | mmap, marker: bytes) -> Iterator[tuple[int, bytes]]:
    """`(received_at_ns, digest)` of the records up to the first damage, without their payloads."""
    at = HEADER_BYTES
    void = void_marker(marker)
    while at + FRAME_BYTES <= len(data):
        found, length, _ = _FRAME.unpack_from(data, at)
        body = at + _FRAME.size
        if found not in (marker, void) or length < _BODY.size or body + length > len(data):
            return
        received_at_ns, _, tenant, signal, digest = _BODY.unpack_from(data, body)
        digest_at = body + _BODY.size + tenant + signal
        if found == marker and digest:
            yield received_at_ns, bytes(data[digest_at : digest_at + digest])
        at = body + length


def void_marker(marker: bytes) -> bytes:
    """What a frame begins with when its record does not count."""
    return bytes(byte ^ 0xFF for byte in marker)


def _checksum(length: int, meta: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(meta, zlib.crc32(_LENGTH.pack(length))))


def _frame_at(data: bytes, marker: bytes, at: int, stop: int) -> _Frame | None:
    if at + FRAME_BYTES > stop:
        return None
    found, length, crc = _FRAME.unpack_from(data, at)
    void = found == void_marker(marker)
    body = at + _FRAME.size
    if (found != marker and not void) or length < _BODY.size or body + length > stop:
        return None
    _, _, tenant, signal, digest = _BODY.unpack_from(data, body)
    if _BODY.size + tenant + signal + digest > length:
        return None
    if crc != zlib.crc32(memoryview(data)[body : body + length], zlib.crc32(_LENGTH.pack(length))):
        return None
    return _Frame(body + length, void, body)


def _next_frame(data: bytes, marker: bytes, at: int, stop: int) -> int:
    while (at := data.find(marker, at, stop)) != -1:
        if _frame_at(data, marker, at, stop) is not None:
            return at
        at += 1
    return stop


def _decode_body(data: bytes, start: int, stop: int) -> Record:
    received_at_ns, records, tenant_bytes, signal_bytes, digest_bytes = _BODY.unpack_from(data, start)
    tenant_at = start + _BODY.size
    signal_at = tenant_at + tenant_bytes
    digest_at = signal_at + signal_bytes
    payload_at = digest_at + digest_bytes
    return Record(
        tenant=data[tenant_at:signal_at].decode(),
        signal=data[signal_at:digest_at].decode(),
        received_at_ns=received_at_ns,
        digest=data[digest_at:payload_at],
        records=records,
        payload=data[payload_at:stop],
    )
