"""However a program ends, what it recorded is sent first, in bounded time."""

from __future__ import annotations

import signal
import time

import pytest
from tests.sdk.collector import Collector
from tests.sdk.conftest import RunProgram, StartProgram

CONFIGURE = """
import os, signal, sys, threading, time
import sonde
sonde.configure(instrument=False, metrics_process=False, export_interval_s=60)
"""


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise RuntimeError('no')", 1),
        ("os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)", -signal.SIGINT),
        ("os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(5)", -signal.SIGTERM),
    ],
    ids=["return", "exit", "exception", "SIGINT", "SIGTERM"],
)
def test_what_was_recorded_is_sent_before_the_end(
    run_program: RunProgram, collector: Collector, ending: str, code: int
) -> None:
    run_program(f"{CONFIGURE}\nwith sonde.span('last'): pass\n{ending}", returncode=code)
    assert collector.names() == ["last"]


def test_the_spans_of_threads_and_of_exit_handlers_are_sent(
    run_program: RunProgram, collector: Collector
) -> None:
    run_program(f"""{CONFIGURE}
import atexit
@atexit.register
def goodbye():
    with sonde.span("exit handler"): pass
def work():
    time.sleep(0.3)
    with sonde.span("thread"): pass
threading.Thread(target=work).start()
""")
    assert sorted(collector.names()) == ["exit handler", "thread"]


def test_a_span_that_is_first_of_all_made_at_the_end_is_sent(
    run_program: RunProgram, collector: Collector
) -> None:
    run_program(f"""{CONFIGURE}
import atexit
@atexit.register
def goodbye():
    with sonde.span("exit handler"): pass
""")
    assert collector.names() == ["exit handler"]


def test_sigterm_in_the_middle_of_sending_kills_the_program(
    start_program: StartProgram, collector: Collector
) -> None:
    collector.answer(delay_s=0.3)
    process = start_program(f"""{CONFIGURE}
for number in range(3000):
    with sonde.span("work"): pass
print("recorded")
time.sleep(60)
""")
    assert process.stdout is not None
    process.stdout.readline()
    collector.wait_for(lambda it: it.requests)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM
    assert len(collector.spans) == 3000


def test_sigterm_while_the_backend_never_answers_kills_the_program(
    start_program: StartProgram, collector: Collector
) -> None:
    collector.answer(delay_s=20)
    process = start_program(
        f"{CONFIGURE}\nwith sonde.span('work'): pass\nprint('ready')\ntime.sleep(60)",
        {"SONDE_EXPORT_EXIT_TIMEOUT_S": "1"},
    )
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM
    assert time.monotonic() - began < 10


def test_a_handler_of_the_program_is_called_as_before(run_program: RunProgram, collector: Collector) -> None:
    ran = run_program(
        f"""
import signal, sys
def stop(number, frame):
    print("stopped by", number)
    import os
    os._exit(7)
signal.signal(signal.SIGTERM, stop)
{CONFIGURE}
with sonde.span("last"): pass
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(5)
""",
        returncode=7,
    )
    assert ran.stdout == f"stopped by {int(signal.SIGTERM)}\n" * 1 or ran.stdout == ""
    assert collector.names() == ["last"]


def test_a_handler_of_asyncio_is_left_alone(run_program: RunProgram, collector: Collector) -> None:
    run_program(f"""
import asyncio
{CONFIGURE}
async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with sonde.span("serve"):
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
asyncio.run(main())
""")
    assert collector.names() == ["serve"]


def test_os_exit_ends_at_once_and_loses_what_was_not_sent(
    run_program: RunProgram, collector: Collector
) -> None:
    run_program(
        f"""{CONFIGURE}
with sonde.span("sent"): pass
assert sonde.flush()
with sonde.span("lost"): pass
os._exit(4)
""",
        returncode=4,
    )
    assert collector.names() == ["sent"]


def test_the_interpreter_ends_while_threads_still_make_spans(
    run_program: RunProgram, collector: Collector
) -> None:
    ran = run_program(
        f"""{CONFIGURE}
def work():
    while True:
        with sonde.span("work"): pass
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
""",
    )
    assert "Traceback" not in ran.stderr
    assert len(collector.spans) > 100


def test_nothing_is_collected_or_counted_as_lost_after_shutdown(
    run_program: RunProgram, collector: Collector
) -> None:
    ran = run_program(f"""{CONFIGURE}
with sonde.span("first"): pass
sonde.record("tool", name="grep", duration_ms=1)
sonde.shutdown()
sonde.record("tool", name="grep", duration_ms=1)
assert sonde.flush()
print(sonde.stats().dropped)
""")
    assert ran.stdout.strip() == "()"
    assert collector.names() == ["first"]


def test_shutdown_stops_recording_and_configure_begins_again(
    run_program: RunProgram, collector: Collector
) -> None:
    run_program(f"""{CONFIGURE}
with sonde.span("first"): pass
sonde.shutdown()
with sonde.span("between"): pass
sonde.configure()
with sonde.span("second"): pass
""")
    assert collector.names() == ["first", "second"]
