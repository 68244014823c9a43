"""Logging while sending fails, in signal handlers and finalizers, across forks, at the end."""

from __future__ import annotations

from tests.sdk.collector import Collector
from tests.sdk.conftest import RunProgram

LOGS_EVERYTHING = """
import logging, time
import requests, urllib3
logging.basicConfig(level=logging.DEBUG, filename="all.log")
import sonde
sonde.configure(export_interval_s=0.05, export_exit_timeout_s=0.5)
logging.info("the only one")
time.sleep(0.7)
"""


def bodies(collector: Collector) -> list[str]:
    """What arrived, in the order in which it was logged."""
    logs = sorted(collector.logs, key=lambda each: each.record.time_unix_nano)
    return [each.record.body.string_value for each in logs]


def test_sending_logs_makes_no_logs_even_when_it_fails_and_everything_is_logged(
    collector: Collector, run_program: RunProgram
) -> None:
    collector.answer(503)
    run_program(LOGS_EVERYTHING)
    failures = len(collector.requests)
    assert failures >= 1
    collector.answer(200)
    run_program(LOGS_EVERYTHING)
    assert bodies(collector) == ["the only one"]
    assert len([path for path, *_ in collector.requests[failures:] if path == "/v1/logs"]) == 1


def test_requests_of_the_program_itself_are_logged(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        f"""
import logging, requests, sonde
sonde.configure(instrument=False)
logging.getLogger("urllib3").setLevel(logging.DEBUG)
requests.post("{collector.url}/other", data=b"")
"""
    )
    assert any("/other" in body for body in bodies(collector))


def test_signal_handlers_may_log_whatever_they_interrupt(
    collector: Collector, run_program: RunProgram
) -> None:
    ran = run_program(
        """
import logging, signal, time
import sonde
sonde.configure(export_queue_max=100_000, export_queue_mb=500)
logging.getLogger("app").setLevel(logging.INFO)
fired = 0
def tick(number, frame):
    global fired
    fired += 1
    logging.getLogger(f"app.signal{fired % 50}").info("tick", extra={"number": fired})
    sonde.record("command", name="tick", message="ticked")
signal.signal(signal.SIGALRM, tick)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
end = time.monotonic() + 1.5
count = 0
while time.monotonic() < end:
    logging.getLogger(f"app.loop{count % 50}").info("loop %d", count)
    sonde.record("tool", name="loop")
    count += 1
signal.setitimer(signal.ITIMER_REAL, 0)
sonde.flush()
print(fired, count)
""",
    )
    fired, count = map(int, ran.stdout.split())
    arrived = bodies(collector)
    assert fired > 20
    assert arrived.count("tick") == arrived.count("ticked") == fired
    assert sum(body.startswith("loop ") for body in arrived) == count


def test_finalizers_and_exit_handlers_may_log(collector: Collector, run_program: RunProgram) -> None:
    ran = run_program(
        """
import atexit, gc, logging, threading
import sonde
sonde.configure()
log = logging.getLogger("app")
class Noisy:
    def __del__(self):
        log.warning("finalized")
for number in range(50):
    noisy = Noisy()
    noisy.self = noisy
    del noisy
    log.warning("loop")
gc.collect()
atexit.register(log.warning, "at exit")
kept = Noisy()
kept.self = kept
def late():
    threading.main_thread().join()
    log.warning("after the main thread")
threading.Thread(target=late).start()
"""
    )
    arrived = bodies(collector)
    assert arrived.count("finalized") >= 50
    assert {"at exit", "after the main thread"} <= set(arrived)
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_logs_of_forked_children_arrive_once(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        """
import logging, os
import sonde
sonde.configure()
logging.getLogger("app").warning("before")
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        logging.getLogger("app").warning("child %d", number)
        sonde.flush()
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
logging.getLogger("app").warning("after")
"""
    )
    assert sorted(bodies(collector)) == ["after", "before", "child 0", "child 1", "child 2"]


def test_logs_of_threads_and_executors_bear_their_span(collector: Collector, run_program: RunProgram) -> None:
    run_program(
        """
import logging, threading
from concurrent.futures import ThreadPoolExecutor
import sonde
sonde.configure()
log = logging.getLogger("app")
with sonde.span("a"), ThreadPoolExecutor(1) as pool:
    pool.submit(log.warning, "in a pool").result()
    thread = threading.Thread(target=log.warning, args=["in a thread"])
    thread.start()
    thread.join()
"""
    )
    (span,) = collector.spans
    assert {each.record.span_id for each in collector.logs} == {span.record.span_id}
    assert sorted(bodies(collector)) == ["in a pool", "in a thread"]


def test_sentry_in_the_same_process_sees_the_same_logs(collector: Collector, run_program: RunProgram) -> None:
    for first, second in (("sonde.configure()", "start()"), ("start()", "sonde.configure()")):
        collector.logs.clear()
        ran = run_program(
            f"""
import logging, sentry_sdk, sonde
from sentry_sdk.integrations.logging import LoggingIntegration
events = []
def start():
    sentry_sdk.init(
        "http://k@127.0.0.1:9/1",
        transport=events.append,
        default_integrations=False,
        integrations=[LoggingIntegration()],
    )
{first}
{second}
logging.getLogger("app").error("broken")
print(len(events))
"""
        )
        assert ran.stdout.strip() == "1"
        assert bodies(collector) == ["broken"]
