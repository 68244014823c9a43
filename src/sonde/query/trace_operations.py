"""The operations of a trace as a table."""

from __future__ import annotations

import numpy as np

from sonde.query.depth_first import Array
from sonde.query.skeleton import Skeleton, span_id_text
from sonde.query.trace_answers import TraceOperations

MAX_OPERATIONS = 1000


def operations(trace: Skeleton) -> TraceOperations:
    """Spans by service, operation and kind, those that did most themselves first."""
    codes = trace.service.codes.astype(np.int64)
    for column in (trace.operation, trace.kind):
        codes = codes * len(column.values) + column.codes
    # A group is known by its first span.
    _, firsts, group_of = np.unique(codes, return_index=True, return_inverse=True)
    count = len(firsts)

    def summed(values: Array) -> Array:
        total = np.zeros(count, np.int64)
        np.add.at(total, group_of, values)
        return total

    spans, errors, open_spans, total, own, critical = (
        summed(values)
        for values in (
            np.ones(len(trace), np.int64), trace.errors, trace.open, trace.durations, trace.self_ns,
            trace.critical_ns,
        )
    )  # fmt: skip
    by_length = np.lexsort((-np.arange(len(trace)), trace.durations, group_of))
    slowest = by_length[np.append(np.diff(group_of[by_length]) != 0, True)]
    ended = np.maximum(spans - open_spans, 1)
    order = np.lexsort((firsts, -total, -own))[:MAX_OPERATIONS]
    return {
        "operations": [
            {
                "service": trace.service[first],
                "operation": trace.operation[first],
                "kind": trace.kind[first],
                "spanCount": int(spans[group]),
                "errorCount": int(errors[group]),
                "totalNs": int(total[group]),
                "selfNs": int(own[group]),
                "criticalNs": int(critical[group]),
                "avgNs": int(total[group] // ended[group]),
                "maxNs": int(trace.durations[slowest[group]]),
                "slowestSpanId": span_id_text(int(trace.ids[slowest[group]])),
            }
            for group, first in zip(order.tolist(), firsts[order].tolist(), strict=True)
        ],
        "omitted": count - len(order),
    }
