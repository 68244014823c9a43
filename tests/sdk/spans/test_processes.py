"""Context in processes: forked, spawned, and those of pools."""

from __future__ import annotations

import pytest
from tests.sdk.collector import Collector, values
from tests.sdk.conftest import RunProgram
from tests.sdk.spans.lineage import parents

PROGRAM = """
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor
import sonde

sonde.configure(service_name="program", instrument=False)

def record(name):
    with sonde.span(name, pid=os.getpid()):
        sonde.event("happened", name)
    sonde.flush()
    return name

class Worker(multiprocessing.get_context(sys.argv[1]).Process):
    def run(self):
        record("subclass")

def main():
    context = multiprocessing.get_context(sys.argv[1])
    with sonde.correlation("corr"), sonde.span("parent"):
        processes = [context.Process(target=record, args=("process",)), Worker()]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
            assert process.exitcode == 0
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        for name in ("first", "second"):
            with sonde.span(f"submits {name}"):
                assert pool.submit(record, name).result() == name
                assert list(pool.map(record, [f"mapped {name}"])) == [f"mapped {name}"]
    with context.Pool(1) as pool:
        with sonde.span("calls"):
            assert pool.apply(record, ("applied",)) == "applied"
            assert list(pool.imap(record, ["iterated"])) == ["iterated"]

if __name__ == "__main__":
    main()
"""

LATE = """
import multiprocessing
import sonde

def work():
    sonde.configure(service_name="child", instrument=False)
    with sonde.span("within work"):
        pass
    sonde.flush()

if __name__ == "__main__":
    sonde.configure(service_name="parent", instrument=False)
    with sonde.run("run_1"), sonde.span("parent"):
        process = multiprocessing.get_context("spawn").Process(target=work)
        process.start()
        process.join()
        assert process.exitcode == 0
"""

FORK = """
import os
import sonde

sonde.configure(service_name="program", instrument=False)
span_id = sonde.start_span("begun by the parent")
if os.fork() == 0:
    sonde.end_span(span_id)
    with sonde.span("in the child"):
        pass
    sonde.flush()
    os._exit(0)
os.wait()
sonde.end_span(span_id)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_have_the_context_of_who_started_them(
    run_program: RunProgram, collector: Collector, method: str
) -> None:
    done = run_program(PROGRAM.replace("sys.argv[1]", repr(method)))
    assert "Traceback" not in done.stderr
    collector.wait_for(lambda arrived: len(arrived.spans) == 12)
    assert parents(collector) == {
        "parent": "",
        "process": "parent",
        "subclass": "parent",
        "submits first": "",
        "first": "submits first",
        "mapped first": "submits first",
        "submits second": "",
        "second": "submits second",
        "mapped second": "submits second",
        "calls": "",
        "applied": "calls",
        "iterated": "calls",
    }
    for name in ("process", "subclass"):
        assert values(collector.span(name).attributes)["correlation.id"] == "corr"
    assert "correlation.id" not in values(collector.span("first").attributes)
    pids = {values(each.record.attributes).get("pid") for each in collector.spans}
    assert len(pids - {None}) == 4


def test_a_spawned_child_that_configures_late_finds_its_parent(
    run_program: RunProgram, collector: Collector
) -> None:
    run_program(LATE)
    collector.wait_for(lambda arrived: len(arrived.spans) == 3)
    assert parents(collector)["within work"] == "parent"
    child = next(each for each in collector.spans if each.record.name == "within work")
    assert child.resource["service.name"] == "child"
    assert values(child.record.attributes)["sonde.run.id"] == "run_1"


def test_a_forked_child_does_not_end_its_parents_spans(run_program: RunProgram, collector: Collector) -> None:
    run_program(FORK)
    collector.wait_for(lambda arrived: len(arrived.spans) == 2)
    assert sorted(collector.names()) == ["begun by the parent", "in the child"]
    assert parents(collector)["in the child"] == "begun by the parent"
