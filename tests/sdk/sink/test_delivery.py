"""When records of the sink are sent: by batch, by interval, at once."""

from __future__ import annotations

import time

from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram

SYNCHRONOUS = """
import sonde, time
sonde.configure(sink_synchronous=True, export_interval_s=60)
began = time.monotonic()
sonde.record("tool", name="grep", ok=True)
print(time.monotonic() - began)
import os
os._exit(0)
"""


def test_a_synchronous_record_is_at_the_backend_when_the_call_returns(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(SYNCHRONOUS)
    assert [each.record.event_name for each in collector.logs] == ["tool"]


def test_a_synchronous_record_gives_up_after_a_bounded_time(
    collector: Collector, run_program: RunProgram
) -> None:
    collector.answer(503)
    ran = run_program(SYNCHRONOUS)
    assert float(ran.stdout) < 15
    assert "not at the backend" in ran.stderr


def test_records_are_sent_when_a_batch_is_full(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        """
import os, time
import sonde
sonde.configure(sink_batch_size=3, export_interval_s=60, sink_flush_interval_s=60, service_name="s")
for number in range(3):
    sonde.record("fragment", name=f"f{number}")
time.sleep(1)
os._exit(0)
"""
    )
    assert len(collector.logs) == 3
    assert {each.resource["service.name"] for each in collector.logs} == {"s"}


def test_a_record_waits_no_longer_than_the_interval_of_the_sink(
    collector: Collector, run_program: RunProgram
) -> None:
    run_program(
        """
import os, time
import sonde
sonde.configure(export_interval_s=60, sink_flush_interval_s=0.2)
sonde.record("command", name="one")
time.sleep(1.2)
sonde.record("command", name="two")
time.sleep(1.2)
os._exit(0)
"""
    )
    assert [values(each.record.attributes)["sonde.record.name"] for each in collector.logs] == ["one", "two"]


def test_records_arrive_after_a_fork(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        """
import os, time
import sonde
sonde.configure(export_interval_s=0.1)
sonde.record("tool", name="parent")
time.sleep(0.3)
child = os.fork()
sonde.record("tool", name="child" if child == 0 else "after")
time.sleep(0.5)
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
"""
    )
    names = sorted(values(each.record.attributes)["sonde.record.name"] for each in collector.logs)
    assert names == ["after", "child", "parent"]


def test_a_backend_that_is_slow_does_not_slow_the_program(
    collector: Collector, run_program: RunProgram
) -> None:
    collector.answer(200, delay_s=2)
    began = time.monotonic()
    ran = run_program(
        """
import os, time
import sonde
sonde.configure(export_interval_s=0.05, sink_batch_size=1)
began = time.monotonic()
for number in range(500):
    sonde.record("tool", name="grep", duration_ms=number)
print(time.monotonic() - began)
os._exit(0)
"""
    )
    assert float(ran.stdout) < 4
    assert time.monotonic() - began < 40
