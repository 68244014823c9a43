"""Keeps traces that the ratio leaves out when they turn out to matter: those with an error, and slow ones.

Nothing is known of a trace when it begins, so its spans wait until it is: all of them, also those that the
ratio keeps. If the trace matters they go out with weight 1, whatever the ratio said; otherwise the ratio's go
out as they are and the rest is dropped. Which of the two happens never depends on what the ratio said, so
weighted counts are unbiased: a span that matters goes out with probability 1 and weight 1, any other with
probability p and weight 1/p. That also holds where memory or time runs out and the ratio's word stands.
"""

from __future__ import annotations

import os
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Final, cast

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import Sampler
from opentelemetry.trace import SpanContext, StatusCode, TraceFlags
from opentelemetry.util.types import Attributes, AttributeValue

from sonde import semconv
from sonde.sdk.complaints import complain
from sonde.sdk.rewritten import RewrittenSpan
from sonde.sdk.sampling.options import SamplingOptions
from sonde.sdk.sampling.rules import Rules
from sonde.sdk.sampling.sampler import ConsistentSampler
from sonde.sdk.sampling.threshold import KEEP_ALL, stated, with_threshold

# How long a trace may take before the ratio's word stands; longer where slow means longer than this.
HOLD_S: Final = 30.0

# Spans that end after their trace was decided follow the decision, of as many traces as this.
_DECISIONS: Final = 8192

# What a recorded span takes in memory beside its texts, and a trace beside its spans, as tracemalloc says.
_SPAN_BYTES: Final = 2700
_EVENT_BYTES: Final = 480
_ATTRIBUTE_BYTES: Final = 110
_TRACE_BYTES: Final = 550

_BY_RATIO: Final = "ratio"


@dataclass(slots=True)
class _Trace:
    """What this process knows of a trace that is not decided yet."""

    since: float
    roots: dict[int, float]
    """Local roots (spans whose parent is not of this process) that have not ended: when they began."""
    spans: list[ReadableSpan] = field(default_factory=list[ReadableSpan])
    size_bytes: int = _TRACE_BYTES


class TailKeeper:
    """Holds the spans of undecided traces. Every method may be called from any thread.

    A method that returns spans returns those that are to go out now.
    """

    def __init__(
        self,
        options: SamplingOptions,
        clock: Callable[[], float] = time.monotonic,
        hold_s: float = HOLD_S,
    ) -> None:
        """`clock` tells seconds; a trace is held for `hold_s` seconds at most."""
        self._keep_errors = options.keep_errors
        self._slow_s = None if options.keep_slow_ms is None else options.keep_slow_ms / 1000
        self._hold_s = max(hold_s, self._slow_s or 0)
        self._max_bytes = options.memory_mb * 1024 * 1024
        self._rules = Rules(options.always)
        self._clock = clock
        self._forget()
        if hasattr(os, "register_at_fork"):
            forget = weakref.WeakMethod(self._forget)
            os.register_at_fork(after_in_child=lambda: (method := forget()) and method())

    def _forget(self) -> None:
        """Begin anew: what was held belongs to the process that this one was forked from."""
        # Reentrant, as a signal handler or a finalizer may end a span while its thread is in here.
        self._lock = RLock()
        self._traces: OrderedDict[int, _Trace] = OrderedDict()
        self._decided: OrderedDict[int, str] = OrderedDict()
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """What the held spans take in memory, estimated."""
        return self._size_bytes

    def keeps(self, trace_id: int) -> bool | None:
        """Whether this trace is kept whole; None while that is not known, or not known any more."""
        reason = self._decided.get(trace_id)
        return None if reason is None else reason != _BY_RATIO

    def started(self, span: ReadableSpan, parent_context: Context | None = None) -> None:
        """A span has begun."""
        context = span.context
        if context is None or not _waits(context):
            return
        trace_id = context.trace_id
        with self._lock:
            trace = self._traces.get(trace_id)
            is_root = _is_local_root(span)
            if trace is None:
                reason = self._decided.get(trace_id)
                if reason is not None and (reason != _BY_RATIO or not is_root):
                    return
                now = self._clock()
                self._traces[trace_id] = _Trace(now, {context.span_id: now})
                self._size_bytes += _TRACE_BYTES
            elif is_root:
                trace.roots[context.span_id] = self._clock()

    def ended(self, span: ReadableSpan) -> Sequence[ReadableSpan]:
        """A span has ended."""
        context = span.context
        if context is None:
            return ()
        trace_id = context.trace_id
        if not _waits(context):
            # Kept with weight 1 already; an error in it is one of its trace's all the same.
            if not self._is_error(span) or trace_id not in self._traces:
                return (span,)
            with self._lock:
                return (*self._keep(trace_id, "error"), span)
        with self._lock:
            trace = self._traces.get(trace_id)
            if trace is None:
                return self._late(span, context)
            is_root = trace.roots.pop(context.span_id, None) is not None
            trace.spans.append(span)
            attributes = _copied(span.attributes)
            size_bytes = _size_bytes(span, attributes)
            trace.size_bytes += size_bytes
            self._size_bytes += size_bytes
            reason = self._reason(span, attributes, is_root)
            if reason is not None:
                return self._keep(trace_id, reason)
            if not trace.roots:
                return self._leave_to_ratio(trace_id)
            return self._within_memory()

    def expired(self) -> Sequence[ReadableSpan]:
        """Decide what need not or must not wait any longer; to be called every second or so."""
        released: list[ReadableSpan] = []
        shortest_s = self._hold_s if self._slow_s is None else min(self._hold_s, self._slow_s)
        with self._lock:
            now = self._clock()
            for trace_id, trace in list(self._traces.items()):
                if now - trace.since < shortest_s:
                    break  # the oldest come first
                if self._slow_s is not None and now - min(trace.roots.values()) > self._slow_s:
                    released += self._keep(trace_id, "slow")
                elif now - trace.since >= self._hold_s:
                    released += self._leave_to_ratio(trace_id)
        return released

    def drain(self) -> Sequence[ReadableSpan]:
        """Decide everything now, as when the program ends."""
        with self._lock:
            return [span for trace_id in list(self._traces) for span in self._leave_to_ratio(trace_id)]

    def _is_error(self, span: ReadableSpan) -> bool:
        return self._keep_errors and span.status.status_code is StatusCode.ERROR

    def _reason(
        self, span: ReadableSpan, attributes: Mapping[str, AttributeValue], is_root: bool
    ) -> str | None:
        """Why this span makes its trace matter; None if it does not."""
        if self._is_error(span):
            return "error"
        if is_root and self._slow_s is not None and _duration_s(span) > self._slow_s:
            return "slow"
        # A name or an attribute may have come after the start: a route, a business object.
        if self._rules.force(span.name, span.kind, attributes):
            return "forced"
        return None

    def _late(self, span: ReadableSpan, context: SpanContext) -> Sequence[ReadableSpan]:
        """A span of a trace that is decided already follows, unless it is itself what matters."""
        reason = self._decided.get(context.trace_id, _BY_RATIO)
        if reason == _BY_RATIO:
            own = self._reason(span, _copied(span.attributes), _is_local_root(span))
            if own is None:
                return (span,) if context.trace_flags.sampled else ()
            self._decide(context.trace_id, own)
            reason = own
        return (_whole(span, reason),)

    def _keep(self, trace_id: int, reason: str) -> list[ReadableSpan]:
        self._decide(trace_id, reason)
        return [_whole(span, reason) for span in self._released(trace_id)]

    def _leave_to_ratio(self, trace_id: int) -> list[ReadableSpan]:
        self._decide(trace_id, _BY_RATIO)
        return [
            span for span in self._released(trace_id) if span.context and span.context.trace_flags.sampled
        ]

    def _within_memory(self) -> list[ReadableSpan]:
        """Leave the oldest traces to the ratio until the rest is within the bound."""
        released: list[ReadableSpan] = []
        while self._size_bytes > self._max_bytes and self._traces:
            complain(
                "%.0f MiB are too few to hold every trace until it ends; some go by the ratio before they do",
                self._max_bytes / 1024 / 1024,
            )
            released += self._leave_to_ratio(next(iter(self._traces)))
        return released

    def _decide(self, trace_id: int, reason: str) -> None:
        self._decided[trace_id] = reason
        self._decided.move_to_end(trace_id)
        if len(self._decided) > _DECISIONS:
            self._decided.popitem(last=False)

    def _released(self, trace_id: int) -> list[ReadableSpan]:
        trace = self._traces.pop(trace_id, None)
        if trace is None:  # another thread, or a signal handler of this one, has decided it
            return []
        self._size_bytes -= trace.size_bytes
        return trace.spans


def make_keeper(sampler: Sampler) -> TailKeeper | None:
    """The keeper that belongs to a sampler; None where it leaves out nothing that could matter."""
    if isinstance(sampler, ConsistentSampler) and sampler.options.keeps_tail:
        return TailKeeper(sampler.options)
    return None


def _waits(context: SpanContext) -> bool:
    """Whether the span's fate is open: left out by the ratio, or standing for more than itself."""
    return not context.trace_flags.sampled or bool(stated(context.trace_state).threshold)


def _is_local_root(span: ReadableSpan) -> bool:
    return span.parent is None or span.parent.is_remote


def _duration_s(span: ReadableSpan) -> float:
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e9


def _whole(span: ReadableSpan, reason: str) -> ReadableSpan:
    """The span as one that stands for itself alone."""
    context = cast(SpanContext, span.context)
    kept = SpanContext(
        context.trace_id,
        context.span_id,
        is_remote=False,
        trace_flags=TraceFlags(context.trace_flags | TraceFlags.SAMPLED),
        trace_state=with_threshold(context.trace_state, KEEP_ALL),
    )
    return RewrittenSpan(span, context=kept, attributes={**(span.attributes or {}), semconv.KEPT: reason})


def _copied(attributes: Attributes) -> Mapping[str, AttributeValue]:
    """The attributes as a dict: OpenTelemetry's own mapping takes many times longer to go through."""
    copy = getattr(attributes, "copy", None)
    return cast(Mapping[str, AttributeValue], copy() if copy else attributes or {})


def _size_bytes(span: ReadableSpan, attributes: Mapping[str, AttributeValue]) -> int:
    """What a span takes in memory, about; the same whether the ratio keeps it or not."""
    size = _SPAN_BYTES + _text_bytes(attributes)
    for event in span.events:
        size += _EVENT_BYTES + _text_bytes(_copied(event.attributes))
    return size + _EVENT_BYTES * len(span.links)


def _text_bytes(attributes: Mapping[str, AttributeValue]) -> int:
    size = 0
    for key, value in attributes.items():
        if key != semconv.KEPT:
            size += _ATTRIBUTE_BYTES + (len(value) if isinstance(value, str | bytes | tuple) else 0)
    return size
