"""Decides when a span begins whether it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import (
    DEFAULT_TRACE_STATE,
    Link,
    SpanContext,
    SpanKind,
    TraceFlags,
    TraceState,
    get_current_span,
)
from opentelemetry.util.types import Attributes

from sonde import semconv
from sonde.sdk.complaints import complain
from sonde.sdk.inherited import inherited_attributes
from sonde.sdk.sampling.force import is_forced
from sonde.sdk.sampling.options import SamplingOptions, acceptable_options
from sonde.sdk.sampling.rules import Rules, is_kept_whole
from sonde.sdk.sampling.threshold import (
    KEEP_ALL,
    MEMBER,
    Stated,
    randomness_of,
    stated,
    threshold_of,
    with_threshold,
)

_EVERYTHING: Final = SamplingResult(Decision.RECORD_AND_SAMPLE)
_FORCED_STATE: Final = with_threshold(None, KEEP_ALL)


class ConsistentSampler(Sampler):
    """Keeps a share of all traces, the same traces in every process, and whatever is forced.

    The root of a trace decides by the trace's randomness; what is below follows. The weight travels in
    `tracestate` as `ot=th:`; what is forced has weight 1 (`th:0`), also inside a trace that the ratio keeps.
    Spans that are not kept are recorded without the sampled flag where the tail is kept, else dropped.

    Source: OpenTelemetry specification, "TraceState: Probability Sampling".
    """

    def __init__(self, options: SamplingOptions) -> None:
        self.options = options
        self._everything = options.ratio >= 1
        self._threshold = threshold_of(options.ratio)
        self._root_state = with_threshold(None, self._threshold) if options.ratio > 0 else DEFAULT_TRACE_STATE
        self._rules = Rules(options.always)
        self._left_out = Decision.RECORD_ONLY if options.keeps_tail else Decision.DROP

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """See OpenTelemetry's `Sampler`; the trace state is that of the span in `parent_context`."""
        parent = get_current_span(parent_context).get_span_context()
        state = parent.trace_state
        if self._everything and (not parent.is_valid or parent.trace_flags & TraceFlags.SAMPLED):
            if state is DEFAULT_TRACE_STATE and not attributes:
                return _EVERYTHING
            if state is DEFAULT_TRACE_STATE or MEMBER not in state:
                return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, state)
        said = stated(state)
        sampled, threshold = self._decided(parent, trace_id, said)
        if not (sampled and threshold == KEEP_ALL) and self._forced(parent_context, name, kind, attributes):
            sampled, threshold = True, KEEP_ALL
        if not sampled:
            left = state if said.threshold is None else with_threshold(state, None)
            return SamplingResult(self._left_out, attributes, left)
        if not self._everything:
            reason = "forced" if threshold == KEEP_ALL else "ratio"
            attributes = {**(attributes or {}), semconv.KEPT: reason}
        return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, self._stating(state, said, threshold))

    def get_description(self) -> str:
        """As OpenTelemetry names samplers."""
        return f"ConsistentSampler{{{self.options.ratio}}}"

    def _decided(self, parent: SpanContext, trace_id: int, said: Stated) -> tuple[bool, int | None]:
        """Whether the ratio keeps the span, and the threshold that it is kept by, if that is known."""
        if parent.is_valid and (self.options.follow_parent or not parent.is_remote):
            sampled = parent.trace_flags.sampled
            if sampled and said.threshold and randomness_of(trace_id, said) < said.threshold:
                return True, None  # this threshold is not why the trace is kept: its weight is unknown
            return sampled, said.threshold
        return randomness_of(trace_id, said) >= self._threshold, self._threshold

    def _forced(
        self, context: Context | None, name: str, kind: SpanKind | None, attributes: Attributes
    ) -> bool:
        try:
            return (
                is_forced(context)
                or is_kept_whole(inherited_attributes(context))
                or self._rules.force(name, kind, attributes)
            )
        except Exception as error:  # attributes of any type may come here
            complain("cannot tell whether span %r is always kept; the ratio decides", name, error=error)
            return False

    def _stating(self, state: TraceState, said: Stated, threshold: int | None) -> TraceState:
        """The parent's trace state with the threshold that the span is kept by."""
        if threshold == said.threshold:
            return state
        if state is DEFAULT_TRACE_STATE:
            return _FORCED_STATE if threshold == KEEP_ALL else self._root_state
        return with_threshold(state, threshold)


def make_sampler(options: SamplingOptions) -> Sampler:
    """The sampler for these options; what in them cannot be used is said once and left out."""
    return ConsistentSampler(acceptable_options(options))
