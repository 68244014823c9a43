"""A block over three days, interrupted at the rename of each of its parts, then sent again with the check.

The engine's own de-duplication lost a partition in every one of these cases.
"""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
WHOLE = "done 999 999"

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace"),
]


@pytest.mark.parametrize("part", [1, 2, 3])
def test_a_block_killed_at_the_rename_of_a_part_is_whole_after_a_retry(tmp_path: Path, part: int) -> None:
    with _inserter(tmp_path) as process, _fault(process, f"rename:signal=SIGKILL:when={part}"):
        assert _ask(process, "insert 1") == ""
        assert process.wait(10) == -signal.SIGKILL
    with _inserter(tmp_path) as process:
        assert _ask(process, "again 1") == WHOLE
        assert _ask(process, "again 1") == WHOLE


def test_a_block_whose_part_cannot_be_renamed_is_whole_after_a_retry(tmp_path: Path) -> None:
    with _inserter(tmp_path) as process:
        for segment, (error, part) in enumerate(itertools.product(["ENOSPC", "EIO"], [1, 2, 3])):
            with _fault(process, f"rename:error={error}:when={part}"):
                assert _ask(process, f"insert {segment}").startswith("failed: StoreUnavailable")
            assert _ask(process, f"again {segment}") == WHOLE
            assert _ask(process, f"again {segment}") == WHOLE


def test_a_block_whose_data_cannot_be_written_is_whole_after_a_retry(tmp_path: Path) -> None:
    with _inserter(tmp_path) as process:
        with _fault(process, "fdatasync:error=EIO:when=3"):
            assert _ask(process, "insert 1").startswith("failed: Store")
        assert _ask(process, "again 1") == WHOLE


@contextmanager
def _inserter(directory: Path) -> Generator[subprocess.Popen[str], None, None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.store.inserter", str(directory)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    with process:
        try:
            assert process.stdout.readline().strip() == "ready"
            yield process
            if process.poll() is None:
                process.stdin.close()
                assert process.wait(20) == 0
        finally:
            process.kill()


@contextmanager
def _fault(process: subprocess.Popen[str], injection: str) -> Generator[None, None, None]:
    """While the block runs, strace meddles with the process."""
    call = injection.split(":", 1)[0]
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(process.pid), "-e", f"trace={call}", "-e", f"inject={injection}"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracer.stderr is not None
    with tracer:
        try:
            line = tracer.stderr.readline()
            if "attached" not in line:
                pytest.skip(f"strace may not trace here: {line.strip()}")
            yield
        finally:
            tracer.terminate()
            tracer.stderr.read()


def _ask(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()
