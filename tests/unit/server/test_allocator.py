"""What of the memory of the start is given back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import clickhouse_connect.driver, pyarrow, pyarrow.compute
from sonde.server.allocator import forget_pages_of_the_start

def resident_kb():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("RssFile")).split()[1])

def work():
    return pyarrow.compute.sum(pyarrow.array(range(1000))).as_py()

assert work() == 499500
before = resident_kb()
forget_pages_of_the_start()
after = resident_kb()
assert work() == 499500
print(before, after)
"""


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux's /proc")
def test_pages_of_the_libraries_are_given_back_and_come_again_when_needed():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    before, after = map(int, run.stdout.split())
    assert after < before / 2
