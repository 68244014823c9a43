from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.unit.journal.rig import QUICK, SLOW, Bench, make_record, name_of, wait_until

from sonde.errors import JournalUnavailable, Overloaded
from sonde.journal import Appended, Record, Retry
from sonde.journal.codec import decode_header, decode_records


def test_what_is_appended_is_consumed_in_order_and_then_gone_from_the_disk(bench: Bench) -> None:
    journal = bench.open()

    async def run() -> None:
        for number in range(20):
            assert await journal.append(make_record(f"r{number}")) is Appended.STORED
        await journal.flush(5)

    asyncio.run(run())
    assert bench.store.names == [f"r{number}" for number in range(20)]
    wait_until(lambda: journal.stats().bytes == 0)
    assert bench.files("*.closed") == bench.files("*.open") == []


def test_an_acknowledged_record_is_in_the_file(bench: Bench) -> None:
    journal = bench.open(limits=SLOW)
    record = make_record("kept")
    journal.append_blocking(record)
    (path,) = bench.files("*.open")
    data = path.read_bytes()
    assert decode_records(data, decode_header(data).marker).records == [record]


def test_appends_that_wait_together_share_one_sync(bench: Bench) -> None:
    journal = bench.open()

    async def run() -> None:
        await asyncio.gather(*(journal.append(make_record(f"r{number}")) for number in range(200)))
        await journal.flush(5)

    asyncio.run(run())
    assert sorted(bench.store.names) == sorted(f"r{number}" for number in range(200))
    assert journal.stats().fsyncs < 20
    assert journal.stats().appended == 200


def test_threads_and_event_loops_append_at_once(bench: Bench) -> None:
    journal = bench.open()

    def in_thread(part: int) -> None:
        for number in range(20):
            journal.append_blocking(make_record(f"t{part}-{number}"))

    def in_loop(part: int) -> None:
        async def run() -> None:
            await asyncio.gather(*(journal.append(make_record(f"l{part}-{number}")) for number in range(20)))

        asyncio.run(run())

    with ThreadPoolExecutor(4) as pool:
        for append, number in ((in_thread, 1), (in_thread, 3), (in_loop, 0), (in_loop, 2)):
            pool.submit(append, number)
    journal.flush_blocking(5)
    expected = {f"{'t' if i % 2 else 'l'}{i}-{number}" for i in range(4) for number in range(20)}
    assert set(bench.store.names) == expected
    assert len(bench.store.names) == 80


def test_attachments_reach_the_consumer_with_their_records(bench: Bench) -> None:
    journal = bench.open()

    async def run() -> None:
        await asyncio.gather(
            *(
                journal.append(make_record(f"r{number}"), f"decoded r{number}" if number % 2 else None)
                for number in range(6)
            )
        )
        await journal.flush(5)

    asyncio.run(run())
    seen = {
        name_of(segment.records[index]): attachment
        for segment in bench.store.segments
        for index, attachment in segment.attachments.items()
    }
    assert seen == {f"r{number}": f"decoded r{number}" for number in (1, 3, 5)}


def test_a_retried_request_is_stored_once(bench: Bench) -> None:
    journal = bench.open()
    record = make_record("again")
    assert journal.append_blocking(record) is Appended.STORED
    assert journal.append_blocking(record) is Appended.DUPLICATE
    journal.flush_blocking(5)
    assert journal.append_blocking(record) is Appended.DUPLICATE
    journal.flush_blocking(5)
    assert bench.store.names == ["again"]
    assert journal.stats().duplicates == 2


def test_a_request_without_a_digest_is_stored_each_time(bench: Bench) -> None:
    journal = bench.open()
    for _ in range(3):
        assert journal.append_blocking(make_record("same", exempt=True)) is Appended.STORED
    journal.flush_blocking(5)
    assert bench.store.names == ["same"] * 3


def test_a_request_repeated_after_the_window_is_stored_again(bench: Bench) -> None:
    journal = bench.open(limits=replace(QUICK, dedup_window_s=0.2))
    record = make_record("again")
    journal.append_blocking(record)
    assert journal.append_blocking(record) is Appended.DUPLICATE
    time.sleep(0.25)
    assert journal.append_blocking(record) is Appended.STORED


def test_twins_under_way_are_written_once_and_all_succeed(bench: Bench) -> None:
    journal = bench.open()

    async def run() -> list[Appended]:
        record = make_record("twin", size=2_000_000)
        return await asyncio.gather(*(journal.append(record) for _ in range(5)))

    outcomes = asyncio.run(run())
    assert sorted(outcomes) == [Appended.DUPLICATE] * 4 + [Appended.STORED]
    journal.flush_blocking(5)
    assert bench.store.names == ["twin"]
    assert journal.stats().duplicates == 4


def test_a_cancelled_append_does_not_disturb_the_others(bench: Bench) -> None:
    journal = bench.open()

    async def run() -> None:
        gone = asyncio.create_task(journal.append(make_record("gone")))
        stays = asyncio.create_task(journal.append(make_record("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays is Appended.STORED
        await journal.flush(5)

    asyncio.run(run())
    assert "stays" in bench.store.names


def test_over_the_limit_appends_are_refused_at_once_until_there_is_room(bench: Bench) -> None:
    journal = bench.open(limits=replace(QUICK, max_bytes=10_000))
    bench.store.hold()
    for number in range(9):
        journal.append_blocking(make_record(f"r{number}", size=1000))
    with pytest.raises(Overloaded) as refusal:
        journal.append_blocking(make_record("over", size=1000))
    assert 1 <= refusal.value.retry_after_s <= 60
    assert journal.stats().overloaded == 1
    assert journal.stats().bytes <= 10_000 + 5 * 100
    # A duplicate needs no room.
    assert journal.append_blocking(make_record("r3", size=1000)) is Appended.DUPLICATE
    bench.store.release()
    journal.flush_blocking(5)
    wait_until(lambda: journal.stats().bytes == 0)
    journal.append_blocking(make_record("later", size=1000))
    journal.flush_blocking(5)
    assert bench.store.names == [f"r{number}" for number in range(9)] + ["later"]


def test_what_waits_for_the_disk_in_memory_is_bounded(bench: Bench) -> None:
    journal = bench.open(limits=replace(SLOW, pending_bytes=5000))

    async def run() -> list[Appended | BaseException]:
        records = [make_record(f"r{number}", size=1000) for number in range(50)]
        return await asyncio.gather(*map(journal.append, records), return_exceptions=True)

    outcomes = asyncio.run(run())
    refused = [outcome for outcome in outcomes if isinstance(outcome, Overloaded)]
    assert len(refused) >= 10
    assert all(outcome.retry_after_s == 1 for outcome in refused)
    assert outcomes[0] is Appended.STORED


def test_a_segment_closes_soon_when_the_consumer_is_idle_and_later_when_it_is_busy(bench: Bench) -> None:
    journal = bench.open(limits=replace(QUICK, idle_ms=50, segment_ms=1000))
    began_s = time.monotonic()
    bench.store.hold()
    journal.append_blocking(make_record("first"))
    wait_until(lambda: len(bench.store.segments) == 1)
    assert 0.04 < time.monotonic() - began_s < 0.9
    began_s = time.monotonic()
    journal.append_blocking(make_record("second"))
    wait_until(lambda: len(bench.files()) == 2)
    assert time.monotonic() - began_s > 0.95


def test_a_segment_grows_while_the_consumer_is_behind(bench: Bench) -> None:
    journal = bench.open()
    bench.store.hold()
    names = [f"r{number}" for number in range(20)]
    for name in names:
        journal.append_blocking(make_record(name))
        time.sleep(0.03)
    assert len(bench.files()) == 2, "one is being stored, one waits"
    bench.store.release()
    wait_until(lambda: bench.store.names == names)
    assert len(bench.store.stored) == 3
    journal.append_blocking(make_record("later"))
    wait_until(lambda: bench.store.names == [*names, "later"])


def test_a_segment_closes_at_its_count_of_records_and_at_its_size(bench: Bench) -> None:
    journal = bench.open(limits=replace(SLOW, segment_records=100, segment_bytes=10_000))
    bench.store.hold()
    for number in range(4):
        journal.append_blocking(make_record(f"r{number}", records=50))
    wait_until(lambda: len(bench.files()) == 2)
    for number in range(4, 8):
        journal.append_blocking(make_record(f"r{number}", size=5000))
    bench.store.release()
    journal.flush_blocking(5)
    stored = list(bench.store.stored.values())
    assert stored == [["r0", "r1"], ["r2", "r3"], ["r4"], ["r5"], ["r6"], ["r7"]]


def test_a_request_over_the_limits_of_a_segment_has_one_of_its_own(bench: Bench) -> None:
    journal = bench.open(limits=replace(SLOW, segment_records=100))
    for name, records in (("small", 10), ("huge", 5000), ("next", 10)):
        journal.append_blocking(make_record(name, records=records))
    journal.flush_blocking(5)
    assert list(bench.store.stored.values()) == [["small"], ["huge"], ["next"]]


def test_a_backlog_is_read_back_from_disk_beyond_two_segments(bench: Bench) -> None:
    journal = bench.open(limits=replace(SLOW, segment_records=1))
    bench.store.hold()
    for number in range(6):
        journal.append_blocking(make_record(f"r{number}"), object())
    wait_until(lambda: journal.stats().segments == 6)
    bench.store.release()
    journal.flush_blocking(5)
    assert bench.store.names == [f"r{number}" for number in range(6)]
    assert [len(segment.attachments) for segment in bench.store.segments] == [1, 1, 0, 0, 0, 0]


def test_flush_waits_for_what_came_before_it_and_returns_at_once_when_nothing_did(bench: Bench) -> None:
    journal = bench.open(limits=SLOW)
    journal.flush_blocking(0)
    bench.store.hold()
    journal.append_blocking(make_record("one"))
    with pytest.raises(TimeoutError):
        journal.flush_blocking(0.1)

    async def flush() -> None:
        await journal.flush(0.1)

    with pytest.raises(TimeoutError):
        asyncio.run(flush())
    bench.store.release()
    journal.flush_blocking(5)
    assert bench.store.names == ["one"]


def test_stop_commits_and_consumes_what_was_accepted(bench: Bench) -> None:
    journal = bench.open(limits=SLOW)
    journal.append_blocking(make_record("one"))
    assert journal.stop(5)
    assert bench.store.names == ["one"]
    assert bench.files() == []
    with pytest.raises(JournalUnavailable, match="the journal is closed"):
        journal.append_blocking(make_record("two"))


def test_stop_leaves_on_disk_what_there_is_no_time_for(bench: Bench) -> None:
    bench.fill("one", "two")
    assert bench.store.names == []
    journal = bench.open()
    journal.flush_blocking(5)
    assert bench.store.names == ["one", "two"]


def test_stop_wakes_a_consumer_that_waits_to_try_again(bench: Bench) -> None:
    journal = bench.open(limits=replace(QUICK, retry_first_s=60, retry_cap_s=60))
    bench.store.failures = [Retry("away"), Retry("away")]
    journal.append_blocking(make_record("one"))
    wait_until(lambda: journal.stats().retries == 1)
    began_s = time.monotonic()
    assert not journal.stop(10)
    assert time.monotonic() - began_s < 5
    assert len(bench.files()) == 1


def test_appends_at_the_moment_of_stop_are_kept_or_refused(bench: Bench) -> None:
    journal = bench.open()
    kept: list[str] = []

    def append() -> None:
        for number in range(10_000):
            try:
                journal.append_blocking(make_record(f"r{number}"))
            except JournalUnavailable:
                return
            kept.append(f"r{number}")

    thread = threading.Thread(target=append)
    thread.start()
    wait_until(lambda: len(kept) > 20)
    journal.stop(5)
    thread.join()
    assert bench.store.names == kept


def test_a_second_journal_in_the_same_folder_is_refused(bench: Bench) -> None:
    first = bench.open(limits=SLOW)
    first.append_blocking(make_record("one"))
    with pytest.raises(JournalUnavailable, match="another process has it open"):
        bench.open()
    assert first.stop(5)
    bench.open()
    assert bench.store.names == ["one"]


def test_stats_tell_how_much_waits_and_for_how_long(bench: Bench) -> None:
    journal = bench.open()
    bench.store.hold()
    record: Record = make_record("one", size=5000, records=7)
    journal.append_blocking(record)
    time.sleep(0.1)
    stats = journal.stats()
    assert 5000 < stats.bytes < 5200
    assert stats.oldest_age_s >= 0.1
    assert (stats.appended, stats.appended_records) == (1, 7)
    bench.store.release()
    journal.flush_blocking(5)
    wait_until(lambda: journal.stats().bytes == 0)
    assert journal.stats().oldest_age_s == 0
    assert journal.stats().consumed_segments == 1
    assert journal.stats().digests == 1
