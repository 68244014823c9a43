from __future__ import annotations

import io

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from tests.sdk.conftest import RunProgram

from sonde.sdk.console import ConsoleProcessor


def printed(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_a_trace_is_printed_as_a_tree_in_the_order_in_which_spans_began() -> None:
    stream = io.StringIO()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(ConsoleProcessor(stream))
    tracer = provider.get_tracer("test")
    second = 1_000_000_000
    request = tracer.start_span("GET /orders", start_time=second)
    below = trace.set_span_in_context(request)
    first = tracer.start_span("load order", below, start_time=second + 1)
    tracer.start_span("price", below, start_time=second + 3).end(second + 403_000)
    tracer.start_span("SELECT", trace.set_span_in_context(first), start_time=second + 2).end(
        second + 2_000_002
    )
    first.end(second + 3_000_001)
    assert printed(stream) == []
    request.end(3 * second + second // 2)
    assert [" ".join(line.split()) for line in printed(stream)] == [
        "GET /orders 2.50 s",
        "load order 3.0 ms",
        "SELECT 2.0 ms",
        "price 403 µs",
    ]
    assert [len(line) - len(line.lstrip()) for line in printed(stream)] == [0, 2, 4, 2]


def test_what_failed_says_why() -> None:
    stream = io.StringIO()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(ConsoleProcessor(stream))
    try:
        with provider.get_tracer("test").start_as_current_span("pay"):
            raise ValueError("no\nmoney")
    except ValueError:
        pass
    (line,) = printed(stream)
    assert line.endswith("ValueError: no money")


def test_a_trace_that_never_ends_is_printed_at_the_end_and_memory_is_bounded() -> None:
    stream = io.StringIO()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(ConsoleProcessor(stream))
    tracer = provider.get_tracer("test")
    below = trace.set_span_in_context(tracer.start_span("endless"))
    for _ in range(1500):
        tracer.start_span("step", below).end()
    assert len(printed(stream)) == 1000
    provider.shutdown()
    assert len(printed(stream)) == 1500


def test_a_program_prints_to_standard_error(run_program: RunProgram) -> None:
    ran = run_program("""
import sonde
sonde.configure(console=True, instrument=False)
with sonde.span("order"):
    with sonde.span("pay"): pass
""")
    assert ran.stdout == ""
    assert [line.split()[0] for line in ran.stderr.splitlines()] == ["order", "pay"]
    assert "program.py:5" in ran.stderr
