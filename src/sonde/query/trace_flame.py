"""The flame graph of a trace, of services and operations."""

from __future__ import annotations

import numpy as np

from sonde.query.collector import paused
from sonde.query.flame import flame
from sonde.query.skeleton import Skeleton, span_id_text
from sonde.query.trace_answers import Flame
from sonde.query.trace_cache import CachedTrace

_FRAME_BYTES = 1000
_CONSUMER = "consumer"


def flame_graph(entry: CachedTrace, limit: int) -> Flame:
    """At most `limit` frames; see `flame.flame` for how wide they are."""

    def make() -> tuple[Flame, int]:
        # A frame of each span at the worst, each with a list.
        with paused():
            made = _made(entry.skeleton, limit)
        return made, _FRAME_BYTES * len(made["frames"])

    return entry.made(f"flame {limit}", make)


def _made(trace: Skeleton, limit: int) -> Flame:
    labels = trace.service.codes.astype(np.int64) * len(trace.operation.values) + trace.operation.codes
    consumers = [code for code, kind in enumerate(trace.kind.values) if kind.lower() == _CONSUMER]
    graph = flame(
        trace.starts.tolist(),
        trace.ends.tolist(),
        trace.parents.tolist(),
        labels.tolist(),
        limit,
        np.isin(trace.kind.codes, consumers).tolist(),
    )
    frame_of = np.array(graph.frame_of, np.int64)
    shown = frame_of >= 0
    own = np.zeros(len(graph.frames), np.int64)
    np.add.at(own, frame_of[shown], trace.self_ns[shown])
    errors = np.bincount(frame_of[shown & trace.errors], minlength=len(graph.frames))
    return {
        "totalNs": graph.width,
        "frames": [
            {
                "depth": frame.depth,
                "offsetNs": frame.offset,
                "totalNs": frame.width,
                "durationNs": frame.total,
                "selfNs": int(own[number]),
                "spanCount": frame.spans,
                "errorCount": int(errors[number]),
                "service": trace.service[frame.first],
                "operation": trace.operation[frame.first],
                "spanId": span_id_text(int(trace.ids[frame.slowest])),
            }
            for number, frame in enumerate(graph.frames)
        ],
        "omitted": graph.omitted,
    }
