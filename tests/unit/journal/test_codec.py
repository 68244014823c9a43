from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.journal.rig import make_record

from sonde.journal import Record
from sonde.journal.codec import (
    FORMAT_VERSION,
    HEADER_BYTES,
    MAGIC,
    Contents,
    Gap,
    Header,
    HeaderError,
    decode_header,
    decode_records,
    digests,
    encode_header,
    encode_record,
    encoded_bytes,
    void_marker,
)

MARKER = bytes(range(8))
HEADER = Header(segment=77 << 22, decoder_version=3, marker=MARKER)

names = st.text(max_size=40)
records = st.builds(
    Record,
    tenant=names,
    signal=names,
    received_at_ns=st.integers(0, 2**64 - 1),
    digest=st.one_of(st.just(b""), st.binary(min_size=16, max_size=16)),
    records=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=200),
)


def file_of(contained: list[Record], header: Header = HEADER) -> bytes:
    frames = [b"".join(encode_record(header.marker, record)) for record in contained]
    return encode_header(header) + b"".join(frames)


def read(data: bytes) -> Contents:
    return decode_records(data, decode_header(data).marker)


headers = st.builds(
    Header, st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.binary(min_size=8, max_size=8)
)


@given(st.lists(records, max_size=8), headers)
def test_what_is_written_is_read(contained: list[Record], header: Header) -> None:
    data = file_of(contained, header)
    assert decode_header(data) == header
    contents = read(data)
    assert contents.records == contained
    assert contents.gaps == []
    assert contents.end == len(data)
    assert len(data) == HEADER_BYTES + sum(map(encoded_bytes, contained))
    assert list(digests(data, header.marker)) == [(r.received_at_ns, r.digest) for r in contained if r.digest]


@given(st.lists(records, min_size=1, max_size=4))
def test_a_file_cut_at_any_byte_gives_the_records_before_the_cut(contained: list[Record]) -> None:
    data = file_of(contained)
    ends = [HEADER_BYTES]
    for record in contained:
        ends.append(ends[-1] + encoded_bytes(record))
    for size in range(HEADER_BYTES, len(data) + 1):
        contents = read(data[:size])
        whole = sum(end <= size for end in ends) - 1
        assert contents.records == contained[:whole]
        assert contents.end == ends[whole]
        assert contents.gaps == ([] if size in ends else [Gap(ends[whole], size)])


@given(st.data())
def test_damage_anywhere_costs_only_the_record_it_hits(data: st.DataObject) -> None:
    contained = data.draw(st.lists(records, min_size=1, max_size=5))
    intact = file_of(contained)
    at = data.draw(st.integers(HEADER_BYTES, len(intact) - 1))
    damaged = bytearray(intact)
    damaged[at] ^= data.draw(st.integers(1, 255))
    contents = read(bytes(damaged))
    offsets = read(intact).offsets
    hit = sum(offset <= at for offset in offsets) - 1
    assert contents.records == contained[:hit] + contained[hit + 1 :]
    assert len(contents.gaps) == 1
    assert contents.gaps[0].start <= at < contents.gaps[0].stop


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(HeaderError):
        decode_header(data)
    contents = decode_records(encode_header(HEADER) + data, MARKER)
    assert contents.records == []
    list(digests(encode_header(HEADER) + data, MARKER))


def test_a_payload_cannot_pose_as_a_record() -> None:
    forged = b"".join(encode_record(b"guessed!", make_record("forged")))
    data = bytearray(file_of([make_record("before"), make_record("honest"), make_record("after")]))
    contents = read(bytes(data))
    data[contents.offsets[1] + 20] ^= 1
    data += forged
    assert [r.payload[:6] for r in read(bytes(data)).records] == [b"before", b"after "]


def test_a_void_record_is_skipped_and_is_no_damage() -> None:
    data = bytearray(file_of([make_record("one"), make_record("two"), make_record("three")]))
    at = read(bytes(data)).offsets[1]
    data[at : at + len(MARKER)] = void_marker(MARKER)
    contents = read(bytes(data))
    assert [r.payload.split()[0] for r in contents.records] == [b"one", b"three"]
    assert contents.gaps == []
    assert len(list(digests(bytes(data), MARKER))) == 2


def test_a_file_shorter_than_expected_has_a_gap_at_its_end() -> None:
    data = file_of([make_record("one")])
    assert decode_records(data, MARKER, stop=len(data) + 5).gaps == [Gap(len(data), len(data) + 5)]
    assert decode_records(data + b"rest", MARKER, stop=len(data)).gaps == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 something else altogether, long enough", "does not begin like a journal segment"),
        (bytes(64), "does not begin like a journal segment"),
        (encode_header(HEADER)[:9], "ends within its header"),
        (encode_header(HEADER)[:-1], "ends within its header"),
        (encode_header(HEADER)[:-1] + b"\x00", "header of the file is damaged"),
        (MAGIC + (FORMAT_VERSION + 1).to_bytes(2, "little") + bytes(40), "format version 2"),
    ],
)
def test_a_header_that_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(HeaderError, match=reason):
        decode_header(data)


@pytest.mark.parametrize(
    "record",
    [
        Record("t" * 256, "traces", 1, b"", 1, b""),
        Record("default", "traces", 1, b"short", 1, b""),
        Record("default", "traces", -1, b"", 1, b""),
        Record("default", "traces", 1, b"", 1 << 32, b""),
    ],
)
def test_a_record_that_no_frame_can_hold_is_refused(record: Record) -> None:
    with pytest.raises(ValueError, match="cannot journal the record"):
        encoded_bytes(record)
