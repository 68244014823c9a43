"""A data directory on a disk that fills up: refused with 503, still read, fine again once there is room."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bench.server_process import SondeServer
from tests.acceptance.stored import assert_exactly_once
from tests.acceptance.telemetry import of_each_signal, post, spans

pytestmark = [
    pytest.mark.slow,
    pytest.mark.root,
    pytest.mark.timeout(60),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a tmpfs"),
]

SIZE_MIB = 96


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "disk"
    mount.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(mount)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr}")
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=False)


def fill(disk: Path) -> Path:
    """Takes all the room that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            return filler


def wait_until_accepted(server: SondeServer, batch: int) -> None:
    deadline = time.monotonic() + 20
    while post(server.url, spans(batch)).status_code != 200:
        assert time.monotonic() < deadline, "the server did not recover by itself"
        time.sleep(0.2)


@pytest.fixture
def server(small_disk: Path) -> Iterator[SondeServer]:
    server = SondeServer(small_disk / "data", journal_idle_ms=1500, journal_segment_ms=1500)
    server.log_path = small_disk.parent / "server.log"
    server.start()
    yield server
    server.close()


def test_a_full_disk_refuses_still_reads_and_recovers(server: SondeServer, small_disk: Path) -> None:
    stored = of_each_signal(1)
    assert [post(server.url, request).status_code for request in stored] == [200, 200, 200]
    server.flush()
    # These wait in the journal when the disk fills up: the store cannot take them for now.
    waiting = of_each_signal(2, days=(0, 1, 2))
    assert [post(server.url, request).status_code for request in waiting] == [200, 200, 200]
    filler = fill(small_disk)
    time.sleep(2)

    refused = post(server.url, spans(3))
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    trace = server.get(f"/api/v1/traces/{(2).to_bytes(8, 'big').hex()}{(1).to_bytes(8, 'big').hex()}")
    assert trace["spanCount"] == 5
    assert httpx.get(f"{server.url}/api/v1/logs", timeout=10).status_code == 200

    filler.unlink()
    wait_until_accepted(server, 4)
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [*stored, *waiting, spans(4)])


def test_a_server_killed_on_a_full_disk_starts_on_it(server: SondeServer, small_disk: Path) -> None:
    requests = of_each_signal(1, days=(0, 1, 2))
    assert [post(server.url, request).status_code for request in requests] == [200, 200, 200]
    filler = fill(small_disk)
    server.kill()
    server.start()
    assert post(server.url, spans(2)).status_code == 503
    filler.unlink()
    wait_until_accepted(server, 3)
    server.flush()
    assert server.stop() == 0
    assert_exactly_once(server.data_dir, [*requests, spans(3)])
