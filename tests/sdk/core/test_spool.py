"""What cannot be sent waits on disk, within bounds, for this process or a later one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.sdk.collector import Collector
from tests.sdk.conftest import RunProgram, StartProgram

from sonde.sdk.export.spool import Spool
from sonde.sdk.stats import Tally

PROGRAM = """
import json, sys, time
import sonde
sonde.configure(spool_dir={spool!r}, instrument=False, metrics_process=False, export_exit_timeout_s=1)
for number in range({count}):
    with sonde.span("work", number=number): pass
time.sleep({wait_s})
"""


def program(spool: Path, *, count: int = 3, wait_s: float = 0) -> str:
    return PROGRAM.format(spool=str(spool), count=count, wait_s=wait_s)


def test_what_a_process_could_not_send_a_later_one_sends(
    collector: Collector, run_program: RunProgram, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    collector.answer(503)
    ran = run_program(program(spool))
    assert "dropped" not in ran.stderr
    assert [path.suffix for path in spool.iterdir()] == [".traces"]
    collector.answer(200)
    run_program(program(spool, count=1, wait_s=0.5))
    assert collector.names() == ["work"] * 4
    assert list(spool.iterdir()) == []


def test_what_a_process_could_not_send_it_sends_later_itself(
    collector: Collector, run_program: RunProgram, tmp_path: Path
) -> None:
    collector.answer(503)
    run_program(f"""{program(tmp_path / "spool")}
import urllib.request
deadline = time.monotonic() + 10
while not sonde.stats().spooled and time.monotonic() < deadline:
    time.sleep(0.05)
urllib.request.urlopen("{collector.url}/answer-200", data=b"")
while sum(sonde.stats().sent.values()) < 3 and time.monotonic() < deadline:
    time.sleep(0.05)
assert dict(sonde.stats().sent) == {{"traces": 3}}, sonde.stats()
""")


def test_a_file_that_is_corrupt_is_set_aside(
    collector: Collector, run_program: RunProgram, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    collector.answer(503)
    for _ in range(3):
        run_program(program(spool))
    first, second, third = sorted(spool.iterdir())
    first.write_bytes(b"\x00not a request")
    second.write_bytes(second.read_bytes()[:-1] + b"?")
    collector.answer(200)
    run_program(program(spool, count=0, wait_s=0) + "\nwith sonde.span('last'): pass\ntime.sleep(1)")
    assert sorted(collector.names()) == ["last", "work", "work", "work"]
    assert [path.suffix for path in sorted(spool.iterdir())] == [".corrupt", ".corrupt"]
    assert not third.exists()


def test_it_keeps_the_newest_within_its_bound(tmp_path: Path) -> None:
    tally = Tally()
    spool = Spool(tmp_path, 10_000, tally)
    for number in range(20):
        assert spool.put("traces", 5, bytes([number]) * 1000) is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10_000
    oldest = spool.oldest("traces")
    assert oldest is not None
    assert oldest.body[0] > 9
    (dropped,) = tally.stats({}).dropped
    assert (dropped.signal, dropped.reason) == ("traces", "spool full")
    assert dropped.count == 5 * oldest.body[0]


def test_a_request_larger_than_it_is_refused(tmp_path: Path) -> None:
    assert Spool(tmp_path, 100, Tally()).put("logs", 1, b"x" * 200) == "larger than the spool"
    assert list(tmp_path.iterdir()) == []


def test_what_one_process_takes_no_other_takes(tmp_path: Path) -> None:
    first, second = (Spool(tmp_path, 10_000, Tally()) for _ in range(2))
    first.put("traces", 1, b"request")
    taken = first.oldest("traces")
    assert taken is not None
    assert second.oldest("traces") is None
    taken.put_back()
    assert second.oldest("traces") is not None


def test_what_a_process_took_and_never_sent_is_taken_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10_000, Tally())
    spool.put("traces", 2, b"request")
    taken = spool.oldest("traces")
    assert taken is not None
    os.utime(taken.path, (1, 1))
    again = spool.oldest("traces")
    assert again is not None
    assert (again.body, again.count) == (b"request", 2)
    again.put_back()
    assert spool.oldest("traces") is not None


def test_a_folder_that_cannot_be_made_costs_the_batch_and_one_line(
    collector: Collector, run_program: RunProgram, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    collector.answer(503)
    ran = run_program(program(tmp_path / "file" / "spool", wait_s=0.5))
    assert ran.stderr.count("cannot write to the spool") == 1
    assert "3 traces (spool: Not a directory" in ran.stderr


def test_what_the_disk_does_not_take_stays_in_memory_until_the_backend_is_back(
    collector: Collector, start_program: StartProgram, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    collector.answer(503)
    process = start_program(program(tmp_path / "file" / "spool", wait_s=3))
    collector.wait_for(lambda it: it.answered)
    collector.answer(200)
    collector.wait_for(lambda it: it.names() == ["work"] * 3)
    _, err = process.communicate(timeout=60)
    assert "dropped" not in err


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system of 64 kB."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(path)], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip("cannot mount a tmpfs")
    yield path
    subprocess.run(["umount", str(path)], check=True)


@pytest.mark.root
def test_a_full_disk_costs_what_does_not_fit_and_is_counted(
    collector: Collector, run_program: RunProgram, small_disk: Path
) -> None:
    collector.answer(503)
    ran = run_program(
        program(small_disk / "spool", count=3000)
        + "sonde.shutdown()\n"
        + "print(json.dumps([dict(sonde.stats().spooled), [each.reason for each in sonde.stats().dropped]]))",
        {"SONDE_EXPORT_BATCH": "50"},
    )
    spooled, reasons = json.loads(ran.stdout)
    assert 0 < spooled["traces"] < 3000
    assert reasons == ["spool: No space left on device"]
    collector.answer(200)
    run_program(program(small_disk / "spool", count=1, wait_s=1))
    assert len(collector.spans) == spooled["traces"] + 1
