"""The pure parts: ids, the window of digests, splits, back-off."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.journal import Limits
from sonde.journal.limits import backoff_s, retry_after_s
from sonde.journal.segment_id import EPOCH_MS, make_segment_id, part_segment_id, wall_ms
from sonde.journal.split import PartState, Split, decode_split, encode_split, whole
from sonde.journal.window import DigestWindow

wall_times_ms = st.integers(0, EPOCH_MS + 2**40)


@given(st.lists(st.tuples(wall_times_ms, st.integers(0, 2**32 - 1)), min_size=2, max_size=50))
def test_segment_ids_grow_by_a_millisecond_whatever_the_clock_does(opened: list[tuple[int, int]]) -> None:
    ids = [0]
    for now_ms, random in opened:
        ids.append(make_segment_id(now_ms, ids[-1], random))
    assert all(later >> 22 > earlier >> 22 for earlier, later in pairwise(ids))
    assert all(segment & 0x3FF == 0 and segment < 2**64 for segment in ids)


def test_a_segment_id_tells_when_it_was_made() -> None:
    assert wall_ms(make_segment_id(EPOCH_MS + 123_456, 0, 0xABC)) == EPOCH_MS + 123_456


@given(wall_times_ms, st.integers(0, 4095), st.integers(2, 4096))
def test_parts_have_ids_of_their_own_in_the_millisecond_of_their_segment(
    now_ms: int, random: int, parts: int
) -> None:
    segment = make_segment_id(now_ms, 0, random)
    ids = [part_segment_id(segment, part) for part in range(parts)]
    assert ids[0] == segment
    assert len(set(ids)) == parts
    assert {wall_ms(part) for part in ids} == {wall_ms(segment)}


def test_a_digest_is_known_for_the_window_and_then_forgotten() -> None:
    window = DigestWindow(10.0, 100)
    window.add(b"one", 1.0)
    window.add(b"two", 5.0)
    assert window.has(b"one", 10.9)
    assert not window.has(b"one", 11.0)
    window.trim(12.0)
    assert len(window) == 1
    assert window.has(b"two", 12.0)


def test_too_many_digests_push_out_the_oldest_and_are_counted() -> None:
    window = DigestWindow(10.0, 3)
    for number in range(5):
        window.add(b"%d" % number, 1.0)
    window.trim(1.0)
    assert [window.has(b"%d" % number, 1.0) for number in range(5)] == [False, False, True, True, True]
    assert window.evicted == 2


def test_a_digest_accepted_again_counts_from_then() -> None:
    window = DigestWindow(10.0, 3)
    window.add(b"one", 1.0)
    window.add(b"two", 2.0)
    window.add(b"one", 11.5)
    window.trim(12.0)
    assert window.has(b"one", 12.0)
    assert not window.has(b"two", 12.0)


@given(st.integers(1, 60), st.data())
def test_every_record_is_in_exactly_one_part(count: int, data: st.DataObject) -> None:
    bad = data.draw(st.sets(st.integers(0, count - 1)))
    split = whole(count)
    known_numbers = {0}
    while (part := split.next_pending()) is not None:
        refused = bad & set(range(part.first, part.first + part.count))
        if not refused:
            split = split.marked(part, PartState.STORED)
        elif part.count == 1:
            split = split.marked(part, PartState.ASIDE)
        else:
            before = {known.number for known in split.parts}
            split = split.halved(part)
            fresh = {known.number for known in split.parts} - before
            assert not fresh & known_numbers
            known_numbers |= fresh
        covered = [i for known in split.parts for i in range(known.first, known.first + known.count)]
        assert covered == list(range(count))
        assert decode_split(encode_split(split)) == split
    aside = {known.first for known in split.parts if known.state is PartState.ASIDE}
    assert aside == bad


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"format": 2, "parts": []}',
        b'{"format": 1, "parts": [{"number": "x", "first": 0, "count": 1, "state": "pending"}]}',
        b'{"format": 1, "parts": [{"number": 1, "first": 0, "count": 1, "state": "lost"}]}',
        b'{"format": 1, "parts": [{"number": 1}]}',
    ],
)
def test_a_damaged_split_file_is_told_from_a_good_one(content: bytes) -> None:
    with pytest.raises(ValueError):
        decode_split(content)


def test_a_split_survives_being_written() -> None:
    split = whole(5).halved(whole(5).parts[0])
    assert isinstance(split, Split)
    assert decode_split(encode_split(split)) == split


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_back_off_grows_up_to_its_cap(failures: int, jitter: float) -> None:
    limits = Limits(retry_first_s=0.1, retry_cap_s=10.0)
    assert 0.05 <= backoff_s(limits, failures, jitter) <= 10.0
    assert backoff_s(limits, failures, jitter) <= backoff_s(limits, failures + 1, jitter)


def test_retry_after_is_the_time_to_make_room() -> None:
    assert retry_after_s(over_bytes=30_000_000, bytes_per_s=10_000_000, pause_s=0) == 3
    assert retry_after_s(over_bytes=1, bytes_per_s=10_000_000, pause_s=-5) == 1
    assert retry_after_s(over_bytes=1, bytes_per_s=10_000_000, pause_s=8.2) == 9
    assert retry_after_s(over_bytes=1, bytes_per_s=0, pause_s=0) == 5
    assert retry_after_s(over_bytes=10**12, bytes_per_s=1, pause_s=0) == 60
