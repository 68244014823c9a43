"""A forked child sends what it makes itself, through descriptors of its own."""

from __future__ import annotations

import pytest
from tests.sdk.collector import Collector
from tests.sdk.conftest import RunProgram

CONFIGURE = """
import multiprocessing, os, sys, threading, time
import sonde
sonde.configure(instrument=False, export_interval_s=0.05, resource_attributes={"team": "blue"})
"""


def test_every_span_of_parent_and_children_arrives_once(
    run_program: RunProgram, collector: Collector
) -> None:
    run_program(f"""{CONFIGURE}
with sonde.span("before"): pass
children = []
for number in range(4):
    pid = os.fork()
    if pid == 0:
        for _ in range(50):
            with sonde.span(f"child {{number}}"): pass
        sys.exit(0)
    children.append(pid)
with sonde.span("after"): pass
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
""")
    names = collector.names()
    assert len(names) == len(set(names)) + 4 * 49 == 4 * 50 + 2


def test_a_child_is_a_process_and_an_instance_of_its_own(
    run_program: RunProgram, collector: Collector
) -> None:
    ran = run_program(f"""{CONFIGURE}
with sonde.span("parent"): pass
pid = os.fork()
if pid == 0:
    with sonde.span("child"): pass
    sys.exit(0)
os.waitpid(pid, 0)
print(os.getpid(), pid)
""")
    parent, child = (
        next(each.resource for each in collector.spans if each.record.name == name)
        for name in ("parent", "child")
    )
    assert [parent["process.pid"], child["process.pid"]] == [int(word) for word in ran.stdout.split()]
    assert child["process.parent_pid"] == parent["process.pid"]
    assert child["service.instance.id"] != parent["service.instance.id"]
    assert child["team"] == parent["team"] == "blue"
    by_process = {each.resource["process.pid"] for each in collector.metrics}
    assert by_process == {parent["process.pid"], child["process.pid"]}


def test_a_span_that_a_fork_splits_is_ended_by_both(run_program: RunProgram, collector: Collector) -> None:
    run_program(f"""{CONFIGURE}
with sonde.span("split"):
    pid = os.fork()
    with sonde.span("child" if pid == 0 else "parent"): pass
if pid == 0:
    sys.exit(0)
os.waitpid(pid, 0)
""")
    assert sorted(collector.names()) == ["child", "parent", "split", "split"]
    assert collector.span("child").parent_span_id == collector.span("split").span_id


def test_no_descriptor_is_shared_after_a_fork(run_program: RunProgram) -> None:
    run_program(f"""{CONFIGURE}
with sonde.span("connects"): pass
assert sonde.flush()
def sockets():
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{{name}}"))
        except OSError:
            pass
    return {{each for each in found if each.startswith("socket:")}}
mine = sockets()
assert mine
pid = os.fork()
if pid == 0:
    os._exit(len(sockets() & mine))
assert os.waitpid(pid, 0)[1] == 0
# The parent's connection still works.
with sonde.span("again"): pass
assert sonde.flush()
""")


def test_a_fork_in_the_middle_of_everything_does_not_hang(
    run_program: RunProgram, collector: Collector
) -> None:
    run_program(
        f"""{CONFIGURE}
import logging
from opentelemetry import metrics
counter = metrics.get_meter("shop").create_counter("orders")
stop = threading.Event()
def work():
    while not stop.is_set():
        with sonde.span("busy"):
            counter.add(1)
            logging.getLogger("shop").warning("order")
            time.sleep(0.0005)
threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(40):
    pid = os.fork()
    if pid == 0:
        with sonde.span("child"):
            pass
        assert sonde.flush(5)
        os._exit(0)
    deadline = time.monotonic() + 10
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        assert time.monotonic() < deadline, "the child hangs"
        time.sleep(0.005)
    assert status == 0
""",
        timeout_s=60,
    )
    assert collector.names().count("child") == 40


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_send_before_they_end(
    run_program: RunProgram, collector: Collector, method: str
) -> None:
    run_program(f"""
import multiprocessing
{CONFIGURE}
def work(number):
    with sonde.span(f"process {{number}}"): pass
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    processes = [context.Process(target=work, args=(number,)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
""")
    assert sorted(collector.names()) == ["process 0", "process 1"]


def test_a_pool_sends_also_when_it_is_terminated(run_program: RunProgram, collector: Collector) -> None:
    run_program(f"""{CONFIGURE}
def work(number):
    with sonde.span("task"):
        return os.getpid()
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert len(pool.map(work, range(20), chunksize=1)) == 20
""")
    assert collector.names() == ["task"] * 20


def test_an_executor_of_processes_sends(run_program: RunProgram, collector: Collector) -> None:
    run_program(f"""{CONFIGURE}
from concurrent.futures import ProcessPoolExecutor
def work(number):
    with sonde.span("task"):
        return number
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(work, range(20))) == list(range(20))
""")
    assert collector.names() == ["task"] * 20


def test_the_parents_telemetry_is_not_the_childs(run_program: RunProgram) -> None:
    run_program("""
import os, sonde
sonde.configure(instrument=False, metrics_process=False, export_interval_s=60)
with sonde.span("parent"): pass
assert sonde.stats().waiting["traces"] == 1
pid = os.fork()
if pid == 0:
    os._exit(sonde.stats().waiting["traces"])
assert os.waitpid(pid, 0)[1] == 0
""")
