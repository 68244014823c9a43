"""Segments the store cannot take now, and segments it never takes."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.journal.rig import QUICK, SLOW, Bench, Store, make_record, name_of, wait_until

from sonde.journal import Appended, EventKind, Record, Refused, Retry, Segment
from sonde.journal.codec import decode_header, decode_records


def refuse_records(*bad: str) -> Callable[[Segment], Exception | None]:
    def refuse(segment: Segment) -> Exception | None:
        return Refused("bad value") if any(name_of(r) in bad for r in segment.records) else None

    return refuse


def aside_records(bench: Bench) -> list[Record]:
    found: list[Record] = []
    for path in bench.files("aside/*.journal"):
        data = path.read_bytes()
        found += decode_records(data, decode_header(data).marker).records
    return found


def test_a_segment_is_tried_until_the_store_is_back_and_order_is_kept(bench: Bench) -> None:
    journal = bench.open(limits=replace(QUICK, segment_records=1))
    bench.store.failures = [Retry("the store is away") for _ in range(4)]
    for number in range(3):
        journal.append_blocking(make_record(f"r{number}"))
    wait_until(lambda: journal.stats().retries >= 1)
    assert "the store is away" in journal.stats().store_error
    journal.flush_blocking(10)
    assert bench.store.names == ["r0", "r1", "r2"]
    assert [segment.attempt for segment in bench.store.segments] == [0, 1, 2, 3, 4, 0, 0]
    assert journal.stats().retries == 4
    assert journal.stats().store_error == ""
    assert [e.kind for e in bench.events] == [EventKind.RETRY] * 4 + [EventKind.RECOVERED]


def test_appends_go_on_while_the_store_is_away(bench: Bench) -> None:
    journal = bench.open()
    bench.store.refuse = lambda segment: Retry("away")
    for number in range(20):
        journal.append_blocking(make_record(f"r{number}"))
    bench.store.refuse = lambda segment: None
    journal.flush_blocking(10)
    assert bench.store.names == [f"r{number}" for number in range(20)]


@pytest.mark.parametrize("bad", [("r0",), ("r4",), ("r9",), ("r2", "r3"), ("r0", "r5", "r9")])
def test_bad_records_are_found_and_set_aside_and_the_rest_is_stored(
    bench: Bench, bad: tuple[str, ...]
) -> None:
    journal = bench.open(limits=SLOW)
    bench.store.refuse = refuse_records(*bad)
    names = [f"r{number}" for number in range(10)]
    for name in names:
        journal.append_blocking(make_record(name), name)
    journal.flush_blocking(10)
    assert bench.store.names == [name for name in names if name not in bad]
    assert [name_of(record) for record in aside_records(bench)] == list(bad)
    assert journal.stats().set_aside == len(bad)
    assert all(
        segment.attachments == {i: name_of(record) for i, record in enumerate(segment.records)}
        for segment in bench.store.segments
    )
    ids = [segment.id for segment in bench.store.segments]
    assert len(set(ids)) == len(ids)
    wait_until(lambda: bench.files() == bench.files("*.split") == [])


def test_what_follows_a_refused_segment_is_stored(bench: Bench) -> None:
    journal = bench.open()
    bench.store.refuse = refuse_records("bad")
    journal.append_blocking(make_record("bad"))
    journal.append_blocking(make_record("good"))
    journal.flush_blocking(5)
    assert bench.store.names == ["good"]
    assert journal.append_blocking(make_record("bad")) is Appended.DUPLICATE


def test_the_report_says_what_was_set_aside_and_why(bench: Bench) -> None:
    journal = bench.open()
    bench.store.refuse = refuse_records("bad")
    journal.append_blocking(make_record("bad", size=500, records=12))
    journal.flush_blocking(5)
    (path,) = bench.files("aside/*.json")
    report = json.loads(path.read_text())
    assert report["reason"] == "bad value"
    assert report["file"] == path.name.removesuffix(".json")
    (record,) = report["records"]
    assert (record["tenant"], record["signal"], record["records"]) == ("default", "traces", 12)
    assert record["size_bytes"] == 500
    assert EventKind.SET_ASIDE in {event.kind for event in bench.events}


def test_what_was_set_aside_can_be_put_back(bench: Bench) -> None:
    journal = bench.open()
    bench.store.refuse = refuse_records("bad")
    journal.append_blocking(make_record("bad"))
    journal.flush_blocking(5)
    assert journal.stop(5)
    (path,) = bench.files("aside/*.journal")
    path.rename(bench.directory / f"{path.stem}-{path.stat().st_size}.closed")
    bench.store.refuse = lambda segment: None
    bench.open().flush_blocking(5)
    assert bench.store.names == ["bad"]


def test_a_segment_refused_as_a_whole_is_not_cut(bench: Bench) -> None:
    journal = bench.open(limits=SLOW)
    bench.store.refuse = lambda segment: Refused("made by a newer version", whole=True)
    for number in range(5):
        journal.append_blocking(make_record(f"r{number}"))
    journal.flush_blocking(5)
    assert len(bench.store.segments) == 1
    assert len(aside_records(bench)) == 5
    assert journal.stats().set_aside == 1


def test_a_store_that_refuses_everything_is_asked_a_bounded_number_of_times(bench: Bench) -> None:
    journal = bench.open(limits=replace(SLOW, parts=4))
    bench.store.refuse = lambda segment: Refused()
    for number in range(64):
        journal.append_blocking(make_record(f"r{number}"))
    journal.flush_blocking(10)
    assert len(bench.store.segments) <= 8
    assert len(aside_records(bench)) == 64


def test_what_the_store_holds_of_a_refused_segment_is_discarded_before_its_parts_come(bench: Bench) -> None:
    calls: list[tuple[str, int]] = []
    journal = bench.open(limits=SLOW, discard=lambda segment: calls.append(("discard", segment.id)))
    refuse = refuse_records("r1")

    def consume(segment: Segment) -> Exception | None:
        calls.append(("consume", segment.id))
        return refuse(segment)

    bench.store.refuse = consume
    for number in range(2):
        journal.append_blocking(make_record(f"r{number}"))
    journal.flush_blocking(5)
    whole, left, right = dict.fromkeys(segment for _, segment in calls)
    assert calls == [
        ("consume", whole),
        ("discard", whole),
        ("consume", left),
        ("consume", right),
        ("discard", right),
    ]


def test_a_discard_that_fails_is_tried_again_after_the_segment(bench: Bench) -> None:
    failures = [Retry("away"), Retry("away")]

    def discard(segment: Segment) -> None:
        if failures:
            raise failures.pop()

    journal = bench.open(discard=discard)
    bench.store.refuse = refuse_records("bad")
    journal.append_blocking(make_record("bad"))
    journal.flush_blocking(5)
    assert [segment.attempt for segment in bench.store.segments] == [0, 1, 2]
    assert len(aside_records(bench)) == 1


def test_a_discard_that_is_refused_blocks_nothing(bench: Bench) -> None:
    def discard(segment: Segment) -> None:
        raise Refused("cannot delete")

    journal = bench.open(discard=discard)
    bench.store.refuse = refuse_records("bad")
    journal.append_blocking(make_record("bad"))
    journal.append_blocking(make_record("good"))
    journal.flush_blocking(5)
    assert bench.store.names == ["good"]
    assert any("cannot take back" in event.message for event in bench.events)


def test_an_unexpected_error_counts_as_a_refusal_when_it_stays(bench: Bench) -> None:
    journal = bench.open(limits=replace(SLOW, retry_first_s=0.001, retry_cap_s=0.002))

    def refuse(segment: Segment) -> Exception | None:
        return KeyError("column") if any(name_of(r) == "r3" for r in segment.records) else None

    bench.store.refuse = refuse
    for number in range(8):
        journal.append_blocking(make_record(f"r{number}"))
    journal.flush_blocking(10)
    assert bench.store.names == ["r0", "r1", "r2", "r4", "r5", "r6", "r7"]
    assert [name_of(record) for record in aside_records(bench)] == ["r3"]


class CrashingStore(Store):
    """Does what `refuse` says; crashes once in a while. Knows by id and record what it holds."""

    def __init__(self, chance: random.Random, bad: set[str]) -> None:
        super().__init__()
        self.held: dict[int, list[str]] = {}
        self.crashed = threading.Event()
        self._chance = chance
        self._bad = bad

    def consume(self, segment: Segment) -> None:
        self._crash_perhaps()
        names = [name_of(record) for record in segment.records]
        if self._bad & set(names):
            # What the engine took before it refused.
            if self._chance.random() < 0.5:
                self.held[segment.id] = ["refused in part"]
                self._crash_perhaps()
            raise Refused("bad value")
        if segment.id in self.held:
            assert segment.attempt > 0, "stored twice without a warning"
        else:
            self.held[segment.id] = names
        self._crash_perhaps()

    def discard(self, segment: Segment) -> None:
        self._crash_perhaps()
        self.held.pop(segment.id, None)
        self._crash_perhaps()

    def _crash_perhaps(self) -> None:
        if self._chance.random() < 0.15:
            self.crashed.set()
            # Ends the consumer's thread where it is, as a crash of the process does.
            raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_every_record_is_stored_once_whatever_is_refused_and_wherever_it_crashes(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"r{number}" for number in range(chance.randint(1, 12))]
    bad = set(chance.sample(names, chance.randint(0, min(3, len(names)))))
    store = CrashingStore(chance, bad)
    with TemporaryDirectory() as directory:
        bench = Bench(Path(directory) / "journal", store)
        bench.fill(*names)
        for _ in range(300):
            store.crashed.clear()
            journal = bench.open(discard=store.discard)
            wait_until(lambda: store.crashed.is_set() or journal.stats().segments == 0)  # noqa: B023
            journal.stop(1)
            if not bench.files():
                break
        stored = sorted(name for held in store.held.values() for name in held)
        assert stored == sorted(set(names) - bad)
        assert {name_of(record) for record in aside_records(bench)} == bad
        assert bench.files("*.split") == []
