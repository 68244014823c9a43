"""Celery on a real Redis: a task is one trace over both processes, whatever becomes of its worker."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.sdk.collector import Collector
from tests.sdk.instrument.processes import (
    PROGRAMS,
    children,
    connections,
    free_port,
    python,
    run,
    sonde_run,
    started,
    stop,
)
from tests.sdk.instrument.told import CONSUMER, PRODUCER, attributes, path, spans, trace

TASKS = 4


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a Redis of this module's own."""
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    line = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder), "--bind", "127.0.0.1"]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL) as process:
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


def wait_until_said(log: Path, text: str, times: int = 1) -> None:
    end = time.monotonic() + 30
    while log.read_text().count(text) < times and time.monotonic() < end:
        time.sleep(0.05)
    assert log.read_text().count(text) >= times, log.read_text()


@pytest.mark.parametrize(
    ("way", "options"),
    [
        pytest.param("run", [], id="run"),
        pytest.param("configured", ["--max-tasks-per-child", "1"], id="a-process-a-task"),
        pytest.param("run", ["--pool", "threads"], id="threads"),
    ],
)
def test_tasks(way: str, options: list[str], redis: str, collector: Collector, tmp_path: Path) -> None:
    log = tmp_path / "log"
    module = f"{PROGRAMS}.celery_{'tasks' if way == 'run' else 'configured'}"
    line = ["celery", "-A", module, "worker", "--concurrency", "2", "--loglevel", "INFO", *options]
    line = sonde_run("--service-name", "shop", *line) if way == "run" else python("-m", *line)
    with started(line, collector, log, REDIS=redis) as process:
        wait_until_said(log, " ready.")
        sent = run(python("-m", f"{PROGRAMS}.celery_sender", str(TASKS)), collector, REDIS=redis)
        assert sent.returncode == 0, sent.stderr + log.read_text()
        # The last is sent by the retried task when it ends: nobody waits for its result.
        wait_until_said(log, " succeeded in ", TASKS + 3)
        port = urlsplit(collector.url).port or 0
        held: Counter[str] = Counter()
        for pid in (process.pid, *children(process.pid)):
            held.update(connections(pid, port))
        assert not [inode for inode, holders in held.items() if holders > 1]
        assert stop(process, log) == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()

    billing = collector.span("billing.run")
    ran = spans(collector, "run/shop.pay")
    # Those of the loop, the one sent by name, and the one that the retried task sends at its end.
    assert len(ran) == TASKS + 2
    assert {span.kind for span in ran} == {CONSUMER}
    assert {span.trace_id for span in ran} == {billing.trace_id}
    assert Counter(tuple(path(collector, span)) for span in ran) == {
        ("billing.run", "apply_async/shop.pay", "run/shop.pay"): TASKS + 1,
        (
            "billing.run",
            *("apply_async/shop.charge", "run/shop.charge") * 3,
            "apply_async/shop.pay",
            "run/shop.pay",
        ): 1,
    }
    sent_spans = [span for span in trace(collector, billing) if span.name.startswith("apply_async/")]
    assert {span.kind for span in sent_spans} == {PRODUCER}
    in_worker = [each for each in collector.spans if each.record.name.startswith("run/")]
    assert {each.resource["service.name"] for each in in_worker} == {"shop"}
    assert {attributes(each.record)["correlation.id"] for each in in_worker} == {"corr_billing"}

    charged = sorted(spans(collector, "run/shop.charge"), key=lambda span: span.start_time_unix_nano)
    assert [attributes(span).get("celery.retries") for span in charged] == [None, 1, 2]
    assert ["bank is away" in attributes(span).get("celery.retry.reason", "") for span in charged] == [
        True,
        True,
        False,
    ]

    # A task that this program does not know ends with the call, and is not what comes after it.
    (unknown,) = spans(collector, "apply_async/task.of.another.program")
    assert path(collector, collector.span("billing.wait")) == ["billing.run", "billing.wait"]
    assert unknown.end_time_unix_nano <= collector.span("billing.wait").start_time_unix_nano

    # What the broker is asked all the time is no trace.
    roots = {each.record.name for each in collector.spans if not each.record.parent_span_id}
    assert roots <= {"billing.run", "shop.open"}
    if "1" in options:
        assert len({each.resource["process.pid"] for each in in_worker}) == len(in_worker)


def test_a_task_that_cannot_be_sent_leaves_nothing_behind(collector: Collector) -> None:
    code = """
import sonde
from celery import Celery
from opentelemetry import trace
from opentelemetry.instrumentation.celery.utils import CTX_KEY
sonde.configure()
app = Celery("shop", broker="memory://")
@app.task(name="shop.pay")
def pay(amount):
    return amount
before = trace.get_current_span()
for _ in range(2):
    try:
        pay.delay(object())
    except Exception as error:
        print(type(error).__name__)
    assert trace.get_current_span() is before
assert not getattr(pay, CTX_KEY)
"""
    done = run(python("-c", code), collector)
    assert (done.returncode, done.stdout) == (0, "EncodeError\n" * 2), done.stderr
    first, second = spans(collector, "apply_async/shop.pay")
    assert first.trace_id != second.trace_id
    assert {event.name for event in first.events} == {"exception"}
