"""What the pipeline does to a span on its way into the queue."""

from __future__ import annotations

import tracemalloc

from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.trace import Link, SpanContext

from sonde.sdk.export import Exporter, SpanPipeline
from sonde.sdk.export.pipelines import span_bytes
from sonde.sdk.export.queue import BoundedQueue
from sonde.sdk.stats import Tally


def _queued(
    limits: SpanLimits | None = None, *, spans: int = 1, events: int = 0, links: int = 0
) -> list[ReadableSpan]:
    """Readable spans out of a pipeline's queue."""
    exporter = Exporter(Tally(), interval_s=3600, local=True)
    queue: BoundedQueue[ReadableSpan] = BoundedQueue(10_000, 100_000_000, span_bytes)
    pipeline = SpanPipeline(exporter, queue, enough=20_000)
    tracer = TracerProvider(span_limits=limits, active_span_processor=pipeline).get_tracer("tests")
    for _ in range(spans):
        link = Link(SpanContext(1, 2, is_remote=True))
        span = tracer.start_span("work", links=[link] * links)
        for number in range(events):
            span.add_event(str(number))
        span.end()
    exporter.end(5)
    return queue.take(spans, 100_000_000)


def test_a_span_keeps_its_events_and_links() -> None:
    (span,) = _queued(events=2, links=3)
    assert [event.name for event in span.events] == ["0", "1"]
    assert len(span.links) == 3


def test_a_span_without_events_and_links_has_none() -> None:
    (span,) = _queued()
    assert (span.events, span.links, span.dropped_events, span.dropped_links) == ((), (), 0, 0)


def test_what_a_limit_of_zero_dropped_is_counted() -> None:
    (span,) = _queued(SpanLimits(max_events=0, max_links=0), events=2, links=3)
    assert (len(span.events), span.dropped_events, span.dropped_links) == (0, 2, 3)


def test_the_memory_of_a_span_is_estimated_as_it_is() -> None:
    _queued(spans=10)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        spans = _queued(spans=2000)
        each = (tracemalloc.get_traced_memory()[0] - before) / len(spans)
    finally:
        tracemalloc.stop()
    assert 0.8 < span_bytes(spans[0]) / each < 1.25
