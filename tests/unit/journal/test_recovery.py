"""What a start finds: segments left behind, torn, damaged, empty, of other versions."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from tests.unit.journal.rig import SLOW, Bench, Store, make_record, name_of

from sonde.errors import JournalUnavailable
from sonde.journal import Appended, EventKind, Record, Refused, Segment
from sonde.journal.codec import FORMAT_VERSION, Header, encode_header, encode_record
from sonde.journal.segment_id import EPOCH_MS, make_segment_id, part_segment_id

MARKER = b"\x07marker\x07"


def write_segment(
    directory: Path,
    records: list[Record],
    *,
    ms: int,
    state: str = "open",
    tail: bytes = b"",
    version: int = 1,
) -> Path:
    """A segment file as a process leaves it, made without the journal."""
    segment = make_segment_id(EPOCH_MS + ms, 0, 5)
    data = encode_header(Header(segment, 1, MARKER))
    data += b"".join(b"".join(encode_record(MARKER, record)) for record in records)
    name = f"{segment:016x}.open" if state == "open" else f"{segment:016x}-{len(data)}.closed"
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_bytes(data + tail)
    return path


def kinds(bench: Bench) -> list[EventKind]:
    return [event.kind for event in bench.events]


def replay(bench: Bench) -> list[str]:
    """Open the journal and wait until everything in it is consumed."""
    journal = bench.open()
    journal.flush_blocking(5)
    assert journal.stop(5)
    return bench.store.names


def test_segments_of_an_earlier_process_are_consumed_first_and_in_order(bench: Bench) -> None:
    bench.fill("r0", "r1")
    bench.store.hold()
    journal = bench.open()
    journal.append_blocking(make_record("r2"))
    bench.store.release()
    journal.flush_blocking(5)
    assert bench.store.names == ["r0", "r1", "r2"]
    assert [segment.attempt for segment in bench.store.segments] == [1, 0]
    assert journal.stats().replayed_segments == 1


def test_a_segment_tells_which_decoder_its_records_were_accepted_by(bench: Bench) -> None:
    bench.fill("old", decoder_version=3)
    journal = bench.open(decoder_version=4)
    journal.append_blocking(make_record("new"))
    journal.flush_blocking(5)
    assert [segment.decoder_version for segment in bench.store.segments] == [3, 4]


def test_an_open_segment_of_a_killed_process_is_consumed_and_its_torn_end_cut(bench: Bench) -> None:
    torn = b"".join(encode_record(MARKER, make_record("torn")))[:-1]
    write_segment(bench.directory, [make_record("r0"), make_record("r1")], ms=1, tail=torn)
    assert replay(bench) == ["r0", "r1"]
    assert EventKind.TORN in kinds(bench)
    assert bench.files("aside/*") == []


@pytest.mark.parametrize("cut", [1, 36, 37, 50, 100, 150, 200, 400])
def test_a_segment_cut_anywhere_gives_the_records_before_the_cut(bench: Bench, cut: int) -> None:
    records = [make_record(f"r{number}") for number in range(4)]
    path = write_segment(bench.directory, records, ms=1)
    size = path.stat().st_size
    frame = (size - 36) // 4
    os.truncate(path, max(0, size - cut))
    assert replay(bench) == [f"r{number}" for number in range((size - cut - 36) // frame)]
    assert bench.files("*.open") == bench.files("*.closed") == []


def test_damage_in_the_middle_costs_one_record_and_the_file_is_kept(bench: Bench) -> None:
    path = bench.fill("r0", "r1", "r2")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert replay(bench) == ["r0", "r2"]
    (kept,) = bench.files("aside/*.damaged")
    assert kept.read_bytes() == data
    report = json.loads(Path(f"{kept}.json").read_text())
    assert "2 records can be read, 1 places are damaged" in report["reason"]
    assert EventKind.DAMAGED in kinds(bench)
    assert bench.files() == []
    assert bench.journals[-1].stats().damaged == 1
    assert bench.journals[-1].stats().set_aside == 1


def test_damage_in_the_middle_of_an_open_segment_is_reported_too(bench: Bench) -> None:
    path = write_segment(bench.directory, [make_record(f"r{number}") for number in range(3)], ms=1, tail=b"x")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert replay(bench) == ["r0", "r2"]
    assert len(bench.files("aside/*.damaged")) == 1


def test_a_closed_segment_that_lost_its_end_is_reported(bench: Bench) -> None:
    path = bench.fill("r0", "r1", "r2")
    size = path.stat().st_size
    os.truncate(path, size - (size - 36) // 3)
    assert replay(bench) == ["r0", "r1"]
    assert len(bench.files("aside/*.damaged")) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"SONDE", "ends within its header"),
        (bytes(4096), "does not begin like a journal segment"),
        (b"SONDEJNL" + (FORMAT_VERSION + 1).to_bytes(2, "little") + bytes(100), "format version 2"),
    ],
)
@pytest.mark.parametrize("name", ["0000010000000000.open", "0000010000000000-500.closed"])
def test_a_file_that_cannot_be_read_is_kept_aside_and_reported(
    bench: Bench, name: str, content: bytes, reason: str
) -> None:
    bench.directory.mkdir()
    (bench.directory / name).write_bytes(content)
    assert replay(bench) == []
    (kept,) = bench.files("aside/*.unreadable")
    assert kept.read_bytes() == content
    assert reason in json.loads(Path(f"{kept}.json").read_text())["reason"]
    assert EventKind.DAMAGED in kinds(bench)
    assert not (bench.directory / name).exists()


def test_a_segment_torn_in_its_first_record_is_kept(bench: Bench) -> None:
    path = write_segment(bench.directory, [make_record("r0")], ms=1)
    os.truncate(path, path.stat().st_size - 1)
    assert replay(bench) == []
    assert len(bench.files("aside/*.unreadable")) == 1


def test_a_segment_damaged_while_it_waits_does_not_stop_the_rest(bench: Bench) -> None:
    write_segment(bench.directory, [make_record("r0")], ms=1, state="closed")
    damaged = write_segment(bench.directory, [make_record("r1")], ms=2, state="closed")
    bench.store.hold()
    journal = bench.open()
    journal.append_blocking(make_record("r2"))
    damaged.write_bytes(b"?" + damaged.read_bytes()[1:])
    bench.store.release()
    journal.flush_blocking(5)
    assert bench.store.names == ["r0", "r2"]
    assert len(bench.files("aside/*.unreadable")) == 1


def test_files_of_an_unfinished_write_are_removed_and_foreign_ones_left_alone(bench: Bench) -> None:
    bench.directory.mkdir()
    (bench.directory / "0000010000000000.split.tmp").write_bytes(b"half")
    (bench.directory / "README").write_bytes(b"mine")
    bench.open()
    assert bench.files("*.tmp") == []
    assert (bench.directory / "README").read_bytes() == b"mine"


def test_a_request_is_known_after_a_restart_whether_its_segment_is_stored_or_not(bench: Bench) -> None:
    records = [make_record("stored"), make_record("waits")]
    journal = bench.open()
    journal.append_blocking(records[0])
    journal.flush_blocking(5)
    assert journal.stop(5)
    journal = bench.open(limits=SLOW)
    journal.append_blocking(records[1])
    journal.stop(0)
    assert len(bench.files()) == 1
    for _ in range(3):
        journal = bench.open()
        assert [journal.append_blocking(record) for record in records] == [Appended.DUPLICATE] * 2
        journal.flush_blocking(5)
        journal.stop(5)
    assert bench.store.names == ["stored", "waits"]


def test_a_request_accepted_long_before_the_restart_is_not_known(bench: Bench) -> None:
    old = make_record("old", received_at_ns=time.time_ns() - 601 * 10**9)
    journal = bench.open()
    journal.append_blocking(old)
    journal.flush_blocking(5)
    journal.stop(5)
    assert bench.open().append_blocking(old) is Appended.STORED


def test_of_a_refused_write_and_its_accepted_retry_one_is_stored(bench: Bench) -> None:
    """A write that failed may be in the file all the same; its retry went to the next segment."""
    now_ns = time.time_ns()
    twin = make_record("twin", received_at_ns=now_ns)
    retried = make_record("twin", received_at_ns=now_ns + 10**9)
    write_segment(bench.directory, [make_record("r0"), twin], ms=1)
    write_segment(bench.directory, [make_record("r1"), retried], ms=2)
    assert replay(bench) == ["r0", "r1", "twin"]
    assert bench.files("aside/*") == []


def test_a_segment_of_nothing_but_refused_writes_is_removed(bench: Bench) -> None:
    twin = make_record("twin")
    write_segment(bench.directory, [twin], ms=1)
    write_segment(bench.directory, [twin], ms=2)
    assert replay(bench) == ["twin"]
    assert bench.files("*.open") == []


def test_a_refused_write_that_was_not_sent_again_is_stored_whole_and_its_retry_known(bench: Bench) -> None:
    record = make_record("refused")
    write_segment(bench.directory, [make_record("r0"), record], ms=1)
    journal = bench.open()
    assert journal.append_blocking(record) is Appended.DUPLICATE
    journal.flush_blocking(5)
    assert bench.store.names == ["r0", "refused"]


def test_bytes_after_the_size_in_the_name_do_not_count(bench: Bench) -> None:
    refused = b"".join(encode_record(MARKER, make_record("refused")))
    write_segment(bench.directory, [make_record("r0")], ms=1, state="closed", tail=refused)
    assert replay(bench) == ["r0"]
    assert bench.files("aside/*") == []


def test_segment_ids_grow_across_restarts_though_the_clock_goes_back(bench: Bench) -> None:
    ahead = make_segment_id(time.time_ns() // 10**6 + 3_600_000, 0, 1)
    journal = bench.open(floor=ahead)
    for number in range(2):
        journal.append_blocking(make_record(f"r{number}"))
        journal.flush_blocking(5)
    journal.stop(5)
    journal = bench.open()
    journal.append_blocking(make_record("r2"))
    journal.flush_blocking(5)
    ids = [segment.id for segment in bench.store.segments]
    assert ids[0] >> 22 > ahead >> 22
    assert ids[0] >> 22 < ids[1] >> 22 < ids[2] >> 22


def test_a_split_segment_is_taken_up_where_it_was_left(bench: Bench) -> None:
    path = bench.fill("r0", "r1", "r2", "r3")
    segment = int(path.name[:16], 16)
    parts = [
        {"number": 1, "first": 0, "count": 2, "state": "stored"},
        {"number": 2, "first": 2, "count": 2, "state": "pending"},
    ]
    (bench.directory / f"{segment:016x}.split").write_text(json.dumps({"format": 1, "parts": parts}))
    assert replay(bench) == ["r2", "r3"]
    (consumed,) = bench.store.segments
    assert (consumed.id, consumed.part, consumed.attempt) == (part_segment_id(segment, 2), 2, 1)
    assert bench.files("*.split") == []


def test_a_split_file_without_its_segment_is_removed(bench: Bench) -> None:
    bench.directory.mkdir()
    (bench.directory / "0000010000000000.split").write_text("{}")
    bench.open()
    assert bench.files("*.split") == []


def test_a_damaged_split_file_is_kept_aside_and_the_segment_stored_whole(bench: Bench) -> None:
    path = bench.fill("r0", "r1")
    (bench.directory / f"{path.name[:16]}.split").write_text("{")
    assert replay(bench) == ["r0", "r1"]
    assert len(bench.files("aside/*.split.unreadable")) == 1


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalUnavailable, match=r"cannot open journal .*file"):
        Bench(tmp_path / "file" / "journal").open()


def test_a_refusal_after_a_restart_is_bisected_as_before(bench: Bench) -> None:
    bench.fill("r0", "bad", "r2")

    def refuse(segment: Segment) -> Exception | None:
        return Refused() if any(name_of(record) == "bad" for record in segment.records) else None

    bench.store = Store(refuse=refuse)
    assert replay(bench) == ["r0", "r2"]
    assert len(bench.files("aside/*.journal")) == 1
