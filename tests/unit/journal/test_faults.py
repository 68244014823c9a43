"""System calls that fail, and kills at each of them; full disks."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.journal.rig import SLOW, Bench, make_record, wait_until
from tests.unit.journal.sending import Outcome, Sending, stored_names, strace

from sonde.errors import JournalUnavailable
from sonde.journal import Appended, EventKind

COUNT = 60
pytestmark = pytest.mark.root


def start_with(folder: Path, *faults: str) -> Sending:
    calls = ",".join(sorted({fault.split(":")[0] for fault in faults}))
    options = ["-o", str(folder / "trace"), "-e", f"trace={calls}"]
    for fault in faults:
        options += ["-e", f"inject={fault}"]
    return Sending(folder, COUNT, strace=strace(*options))


def send_with(folder: Path, *faults: str) -> Outcome:
    return start_with(folder, *faults).finish()


def assert_all_stored_once(folder: Path) -> None:
    assert sorted(stored_names(folder)) == sorted(f"r{number}" for number in range(COUNT))


# In strace the count of calls is each thread's own: `when=2` hits the committer's second fdatasync and
# the consumer's. The first fsyncs of the main thread are those that make the folders.
@pytest.mark.parametrize(
    "fault",
    [
        "fdatasync:error=EIO:when=1",
        "fdatasync:error=EIO:when=3",
        "fdatasync:error=EIO:when=2+3",
        "fdatasync:error=ENOSPC:when=2..4",
        "writev:error=ENOSPC:when=1..3",
        "writev:error=EIO:when=4+2",
        "ftruncate,writev:error=EIO:when=2",
        "ftruncate,fdatasync:error=EIO:when=1..2",
        "rename:error=EIO:when=1..2",
        "unlink:error=EIO:when=1+2",
    ],
)
def test_a_failing_disk_loses_nothing_and_doubles_nothing(tmp_path: Path, fault: str) -> None:
    calls, _, rest = fault.partition(":")
    outcome = send_with(tmp_path, *(f"{call}:{rest}" for call in calls.split(",")))
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert outcome.status == 0
    if "rename" not in fault and "unlink" not in fault:
        assert any(line.startswith("refused ") for line in outcome.lines)
    # What is left on disk, e.g. since it could not be removed, changes nothing at the next start.
    assert Sending(tmp_path, COUNT).finish().status == 0
    assert_all_stored_once(tmp_path)
    assert list((tmp_path / "journal" / "aside").iterdir()) == []
    assert list((tmp_path / "journal").glob("*.closed")) == []


@pytest.mark.parametrize("call", ["fdatasync", "writev", "rename", "unlink", "fsync"])
@pytest.mark.parametrize("when", [1, 3])
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, call: str, when: int) -> None:
    outcome = send_with(tmp_path, f"{call}:signal=SIGKILL:when={when}")
    assert outcome.status != 0
    accepted = outcome.accepted
    outcome = send_with(tmp_path, f"{call}:signal=SIGKILL:when={when + 2}")
    assert accepted | outcome.accepted <= {f"r{number}" for number in range(COUNT)}
    assert Sending(tmp_path, COUNT).finish().status == 0
    assert_all_stored_once(tmp_path)


def test_a_write_that_failed_but_stayed_and_its_retry_are_stored_once(tmp_path: Path) -> None:
    """Neither can the failed write be cut off nor the file closed; the retry goes to the next file. The kill
    comes once that is accepted, so both are there at the next start."""
    (tmp_path / "journal" / "aside").mkdir(parents=True)
    faults = ["fdatasync:error=EIO:when=2", "ftruncate:error=EIO", "rename:error=EIO"]
    sending = start_with(tmp_path, *faults)
    refused = sending.wait_for("refused ").split()[1]
    sending.wait_for(f"stored {refused}\n", f"duplicate {refused}\n")
    assert sending.kill().status == -signal.SIGKILL
    assert len(list((tmp_path / "journal").glob("*.open"))) >= 2
    assert not (tmp_path / "store").read_text()
    assert Sending(tmp_path, COUNT).finish().status == 0
    assert_all_stored_once(tmp_path)


def finished_calls(trace: str) -> list[str]:
    """One line a call, where it ended; strace cuts a line in two when another thread comes between."""
    begun: dict[str, str] = {}
    calls: list[str] = []
    for line in trace.splitlines():
        thread = line.split()[0]
        if line.endswith(" <unfinished ...>"):
            begun[thread] = line.removesuffix(" <unfinished ...>")
        elif resumed := re.search(r"<\.\.\. \w+ resumed>(.*)", line):
            calls.append(begun.pop(thread) + resumed[1])
        else:
            calls.append(line)
    return calls


def test_the_answer_comes_after_the_sync_and_the_removal_after_the_digests(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    calls = "trace=openat,writev,write,fdatasync,fsync,rename,unlink"
    options = ["-o", str(trace), "-y", "-s", "64", "-e", calls]
    Sending(tmp_path, 1, threads=1, strace=strace(*options)).finish()
    steps = [
        ("the file is made", r'openat.*\.open", O_WRONLY\|O_CREAT\|O_EXCL'),
        ("written", r"writev\(\d+<.*\.open>"),
        ("synced", r"fdatasync\(\d+<.*\.open>\) += 0"),
        ("its name is synced", r"fsync\(\d+<.*/journal>\) += 0"),
        ("it is acknowledged", r'write\(1<.*"stored r0'),
        ("the digest is written", r"writev\(\d+<.*/digests-00000000.log>"),
        ("the digest is synced", r"fdatasync\(\d+<.*/digests-00000000.log>\) += 0"),
        ("the log's name is synced", r"fsync\(\d+<.*/journal>\) += 0"),
        ("the segment is removed", r"unlink\(.*\.closed"),
    ]
    lines = iter(finished_calls(trace.read_text()))
    for step, pattern in steps:
        assert any(re.search(pattern, line) for line in lines), f"not in this order: {step}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("mount is not installed")
    if mounted.returncode:
        pytest.skip(f"may not mount a tmpfs here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_refuses_and_recovers_by_itself(small_disk: Path) -> None:
    bench = Bench(small_disk / "journal")
    journal = bench.open(limits=SLOW)
    records = [make_record(f"r{number}", size=100_000) for number in range(60)]
    refusals: list[JournalUnavailable] = []
    for record in records:
        try:
            journal.append_blocking(record)
        except JournalUnavailable as error:
            refusals.append(error)
    assert 10 < len(refusals) < 30
    assert all("No space left on device" in refusal.message for refusal in refusals)
    assert journal.stats().write_error == refusals[-1].message
    journal.flush_blocking(10)
    wait_until(lambda: journal.stats().bytes == 0)
    for record in records:
        journal.append_blocking(record)
        journal.flush_blocking(10)
    assert sorted(bench.store.names) == sorted(f"r{number}" for number in range(60))
    assert journal.stats().write_error == ""
    assert [event.kind for event in bench.events] == [EventKind.UNAVAILABLE, EventKind.RECOVERED]
    assert journal.stop(5)


def test_space_is_left_for_a_store_on_the_same_disk(small_disk: Path) -> None:
    bench = Bench(small_disk / "journal")
    journal = bench.open(limits=replace(SLOW, reserve_bytes=64 * 1024 * 1024))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(4 * 1024 * 1024 - 190_000))
    record = make_record("r0")
    with pytest.raises(JournalUnavailable, match="are kept free for the store"):
        journal.append_blocking(record)
    ballast.unlink()
    assert journal.append_blocking(record) is Appended.STORED
    assert journal.stop(5)
    assert bench.store.names == ["r0"]


def test_a_full_disk_at_the_start_stops_nothing_that_can_go_on(small_disk: Path) -> None:
    bench = Bench(small_disk / "journal")
    bench.fill("r0", "r1")
    damaged = bench.directory / "0000010000000000-500.closed"
    damaged.write_bytes(b"SONDE")
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "ballast").write_bytes(bytes(8 * 1024 * 1024))
    journal = bench.open()
    journal.flush_blocking(5)
    assert bench.store.names == ["r0", "r1"]
    assert len(bench.files("aside/*.unreadable")) == 1
    (small_disk / "ballast").unlink()
    journal.append_blocking(make_record("r2"))
    assert journal.stop(5)
    assert bench.store.names == ["r0", "r1", "r2"]
    assert bench.files() == []
