"""Ids that count instead of being random."""

from __future__ import annotations

import itertools

from opentelemetry.sdk.trace.id_generator import IdGenerator


class CountingIds(IdGenerator):
    """Trace ids 00…01, 00…02, and span ids 00…01, 00…02, in the order in which spans begin.

    `series` (0 to 65 535) fills the first four digits, so that two generators never make the same id.
    """

    def __init__(self, series: int = 0) -> None:
        self._traces = itertools.count((series << 112) + 1)
        self._spans = itertools.count((series << 48) + 1)

    def generate_trace_id(self) -> int:
        """The next trace id."""
        return next(self._traces)

    def generate_span_id(self) -> int:
        """The next span id."""
        return next(self._spans)
