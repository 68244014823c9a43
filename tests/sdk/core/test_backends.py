"""What becomes of telemetry when the backend is not as it should be. The program never notices."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Generator
from typing import Any

import pytest
from tests.sdk.collector import Collector, running_collector
from tests.sdk.conftest import RunProgram, StartProgram

# Ends with the figures of `sonde.stats()` and how long the end took.
PROGRAM = """
import json, sys, time
import sonde

sonde.configure(service_name="shop", instrument=False, metrics_process=False, **json.loads({settings!r}))

def report():
    stats = sonde.stats()
    dropped = {{f"{{each.signal}}: {{each.reason}}": each.count for each in stats.dropped}}
    print(json.dumps({{"sent": dict(stats.sent), "dropped": dropped, "spooled": dict(stats.spooled),
                       "end_s": time.monotonic() - ended}}))

def wait_until(condition):
    deadline = time.monotonic() + 15
    while not condition(sonde.stats()) and time.monotonic() < deadline:
        time.sleep(0.02)
{body}
ended = time.monotonic()
sonde.shutdown({timeout_s})
report()
"""


def program(body: str, timeout_s: float = 5, **settings: object) -> str:
    return PROGRAM.format(body=body, timeout_s=timeout_s, settings=json.dumps(settings))


def figures(out: str) -> dict[str, Any]:
    return json.loads(out.splitlines()[-1])


SPANS = """
for number in range({count}):
    with sonde.span("work", number=number):
        pass
"""
ALL_SENT = "\nwait_until(lambda stats: stats.sent.get('traces') == 3)\n"


@pytest.fixture
def black_hole() -> Generator[str]:
    """An address that accepts connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_no_backend_is_said_with_what_is_lost_and_the_end_is_quick(
    run_program: RunProgram, nobody: str
) -> None:
    ran = run_program(program(SPANS.format(count=3) + "\ntime.sleep(0.5)"), {"SONDE_ENDPOINT": nobody})
    found = figures(ran.stdout)
    assert found["dropped"] == {"traces: not sent before the end": 3}
    assert found["end_s"] < 3
    lines = ran.stderr.splitlines()
    assert len(lines) == 2
    assert "no server at" in lines[0]
    assert "sonde serve" in lines[0]
    assert "3 traces (not sent before the end, since " in lines[1]


def test_a_program_starts_before_its_backend(
    start_program: StartProgram, nobody: str, collector: Collector
) -> None:
    process = start_program(program(SPANS.format(count=3) + ALL_SENT), {"SONDE_ENDPOINT": nobody})
    assert process.stderr is not None
    process.stderr.readline()
    with running_collector(int(nobody.rpartition(":")[2])) as late:
        late.wait_for(lambda it: it.names() == ["work"] * 3)
        out, err = process.communicate(timeout=60)
    assert figures(out)["dropped"] == {}
    assert err == ""


def test_a_backend_that_never_answers_does_not_hold_up_the_end(
    run_program: RunProgram, black_hole: str
) -> None:
    began = time.monotonic()
    ran = run_program(
        program(SPANS.format(count=3), timeout_s=1, export_timeout_s=60), {"SONDE_ENDPOINT": black_hole}
    )
    assert figures(ran.stdout)["end_s"] < 4
    assert time.monotonic() - began < 40


def test_a_slow_backend_does_not_slow_the_program(run_program: RunProgram, collector: Collector) -> None:
    collector.answer(delay_s=0.5)
    body = f"""
began = time.monotonic()
{SPANS.format(count=2000)}
took = time.monotonic() - began
print(took, file=sys.stderr)
"""
    ran = run_program(program(body, timeout_s=10))
    assert float(ran.stderr) < 2
    assert figures(ran.stdout)["sent"]["traces"] == 2000


def test_a_full_queue_is_sent_in_time_though_every_request_takes_long(
    run_program: RunProgram, collector: Collector
) -> None:
    collector.answer(delay_s=0.5)
    ran = run_program(program(SPANS.format(count=8000), timeout_s=10))
    found = figures(ran.stdout)
    assert (found["sent"], found["dropped"]) == ({"traces": 8000}, {})


def test_503_is_tried_again_after_the_time_it_says(start_program: StartProgram, collector: Collector) -> None:
    collector.answer(503, headers={"Retry-After": "1"})
    process = start_program(program(SPANS.format(count=3) + ALL_SENT))
    collector.wait_for(lambda it: it.requests)
    first = time.monotonic()
    collector.answer(200)
    collector.wait_for(lambda it: len(it.spans) == 3)
    assert 0.7 < time.monotonic() - first < 10
    out, _ = process.communicate(timeout=60)
    assert figures(out)["dropped"] == {}


def test_an_end_waits_a_little_for_a_backend_that_is_busy(
    start_program: StartProgram, collector: Collector
) -> None:
    collector.answer(429, headers={"Retry-After": "1"})
    process = start_program(program(SPANS.format(count=3)))
    collector.wait_for(lambda it: it.requests)
    collector.answer(200)
    out, _ = process.communicate(timeout=60)
    assert figures(out)["sent"]["traces"] == 3


@pytest.mark.parametrize("status", [400, 401, 500])
def test_what_is_refused_is_dropped_and_counted(
    run_program: RunProgram, collector: Collector, status: int
) -> None:
    collector.answer(status)
    ran = run_program(program(SPANS.format(count=3)))
    (reason,) = figures(ran.stdout)["dropped"]
    assert reason.startswith(f"traces: refused: {status}")
    assert "refuses telemetry" in ran.stderr


def test_a_request_that_is_too_large_is_halved(run_program: RunProgram, collector: Collector) -> None:
    collector.largest = 20_000
    ran = run_program(program(SPANS.format(count=600), export_batch=600))
    assert len(collector.spans) == 600
    assert figures(ran.stdout)["dropped"] == {}
    assert collector.answered.count(413) <= 10


def test_a_record_that_is_too_large_by_itself_is_dropped(
    run_program: RunProgram, collector: Collector
) -> None:
    collector.largest = 20_000
    body = SPANS.format(count=3) + "\nwith sonde.span('large', text='x' * 30_000): pass\n"
    ran = run_program(program(body, export_interval_s=30))
    assert collector.names() == ["work"] * 3
    assert figures(ran.stdout)["dropped"] == {"traces: refused: 413": 1}


def test_an_unknown_host_is_one_line(run_program: RunProgram) -> None:
    ran = run_program(
        program(SPANS.format(count=3) + "\ntime.sleep(0.3)", timeout_s=2),
        {"SONDE_ENDPOINT": "http://no-such-host.invalid:4318"},
    )
    assert "cannot send telemetry to http://no-such-host.invalid:4318" in ran.stderr
    assert sum("trying again" in line for line in ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("count", [0, 3])
def test_a_name_server_that_does_not_answer_does_not_hold_up_the_end(
    run_program: RunProgram, count: int
) -> None:
    began = time.monotonic()
    ran = run_program(
        f"""
import socket, time
socket.getaddrinfo = lambda *_, **__: time.sleep(60)
import sonde
sonde.configure(instrument=False, export_exit_timeout_s=0.5)
{SPANS.format(count=count)}
""",
        {"SONDE_ENDPOINT": "http://backend.example:4318"},
    )
    assert time.monotonic() - began < 40
    assert "Traceback" not in ran.stderr


def test_much_that_cannot_be_sent_does_not_hold_up_the_end(run_program: RunProgram, nobody: str) -> None:
    ran = run_program(program(SPANS.format(count=8000), export_interval_s=60), {"SONDE_ENDPOINT": nobody})
    found = figures(ran.stdout)
    assert sum(found["dropped"].values()) == 8000
    assert found["end_s"] < 3


def test_memory_is_bounded_while_the_backend_is_away(run_program: RunProgram, nobody: str) -> None:
    body = """
def memory():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
with sonde.span("first", text="x" * 60_000): pass
time.sleep(0.5)
before = memory()
for number in range(3000):
    with sonde.span("large", text="x" * 60_000): pass
print("more", memory() - before, file=sys.stderr)
"""
    ran = run_program(program(body), {"SONDE_ENDPOINT": nobody})
    (more,) = (line.split()[1] for line in ran.stderr.splitlines() if line.startswith("more "))
    assert float(more) < 40
    assert figures(ran.stdout)["dropped"]["traces: queue full"] > 2500


def test_drops_are_said_when_the_program_ends(run_program: RunProgram, collector: Collector) -> None:
    collector.answer(503)
    ran = run_program("""
import sonde
sonde.configure(export_queue_max=10, export_exit_timeout_s=0.5, instrument=False, metrics_process=False)
for number in range(30):
    with sonde.span("work"): pass
""")
    (line,) = [line for line in ran.stderr.splitlines() if "was dropped" in line]
    counts = {reason: int(count) for count, reason in re.findall(r"(\d+) traces \((.+?), since ", line)}
    # The thread may have taken some out of the queue already before the last of them came.
    assert 10 <= counts["queue full"] <= 20
    assert counts["not sent before the end"] == 30 - counts["queue full"]
