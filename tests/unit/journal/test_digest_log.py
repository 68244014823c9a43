from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sonde.journal.digest_log import Chunk, DigestLog, decode_chunks, encode_chunk

SECOND_NS = 10**9

entries = st.lists(st.tuples(st.integers(0, 2**64 - 1), st.binary(min_size=16, max_size=16)), max_size=5)
chunks = st.lists(st.builds(Chunk, st.integers(0, 2**64 - 1), entries), max_size=4)


def digest(number: int) -> bytes:
    return number.to_bytes(16, "little")


def open_log(directory: Path, entries: int = 100) -> tuple[DigestLog, list[tuple[int, bytes]]]:
    log = DigestLog(directory, 10.0, entries)
    return log, log.read()


@given(chunks)
def test_a_log_cut_at_any_byte_gives_the_chunks_before_the_cut(written: list[Chunk]) -> None:
    data = b"".join(map(encode_chunk, written))
    ends = [len(b"".join(map(encode_chunk, written[:n]))) for n in range(len(written) + 1)]
    for size in range(len(data) + 1):
        whole = sum(end <= size for end in ends) - 1
        assert list(decode_chunks(data[:size])) == written[:whole]


@given(chunks, st.data())
def test_a_damaged_chunk_ends_the_log(written: list[Chunk], data: st.DataObject) -> None:
    content = bytearray(b"".join(map(encode_chunk, written)))
    if not content:
        return
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    found = list(decode_chunks(bytes(content)))
    assert found == written[: len(found)]
    assert len(found) < len(written)


def test_what_was_saved_is_read_at_the_next_start(tmp_path: Path) -> None:
    log, found = open_log(tmp_path)
    assert found == []
    log.save(Chunk(7 << 22, [(1 * SECOND_NS, digest(1)), (2 * SECOND_NS, digest(2))]), 2 * SECOND_NS)
    log.save(Chunk(9 << 22, []), 3 * SECOND_NS)
    log.close()
    again, found = open_log(tmp_path)
    assert found == [(1 * SECOND_NS, digest(1)), (2 * SECOND_NS, digest(2))]
    assert again.last_segment == 9 << 22


def test_old_logs_go_and_the_last_segment_id_stays(tmp_path: Path) -> None:
    log, _ = open_log(tmp_path)
    for second in range(0, 100, 3):
        log.save(Chunk(second << 22, [(second * SECOND_NS, digest(second))]), second * SECOND_NS)
        assert len(list(tmp_path.glob("digests-*.log"))) <= 2
    log.close()
    again, found = open_log(tmp_path)
    assert {digest(second) for second in range(90, 100, 3)} <= {value for _, value in found}
    assert again.last_segment == 99 << 22
    again.save(Chunk(0, []), 1000 * SECOND_NS)
    again.close()
    assert len(list(tmp_path.glob("digests-*.log"))) == 1
    assert open_log(tmp_path)[0].last_segment == 99 << 22


def test_the_disk_holds_a_bounded_number_of_digests(tmp_path: Path) -> None:
    log, _ = open_log(tmp_path, entries=100)
    for number in range(100):
        log.save(Chunk(number << 22, [(SECOND_NS, digest(i)) for i in range(30)]), SECOND_NS)
    log.close()
    assert len(open_log(tmp_path)[1]) <= 3 * 100


def test_starts_in_a_row_keep_what_earlier_ones_saved(tmp_path: Path) -> None:
    for number in range(5):
        log, found = open_log(tmp_path)
        assert [value for _, value in found] == [digest(i) for i in range(number)]
        log.save(Chunk(number << 22, [(number * SECOND_NS, digest(number))]), number * SECOND_NS)
        log.close()
