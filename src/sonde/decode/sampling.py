"""How many spans a kept span stands for, from its trace state.

Source: OpenTelemetry, "TraceState: Probability Sampling": member `ot`, sub-key `th`: up to 14 hex digits,
padded with zeros on the right to a threshold T; a span is kept with probability 1 - T / 2^56, so it stands
for the inverse of that.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from sonde.decode.columns import is_blank
from sonde.decode.kernels import kernels as pc

_THRESHOLD: Final = r"(?:^|,)[ \t]*ot=(?:[^,]*;)?th:(?P<digits>[0-9a-f]{1,14})[ \t]*(?:[;,]|$)"


def sample_weight(threshold: str) -> float:
    """The weight of a span with this threshold, 1 to 14 hex digits."""
    dropped = int(threshold.ljust(14, "0"), 16)
    return 2**56 / (2**56 - dropped)


def sample_weights(trace_states: pa.StringArray) -> pa.Array:
    """The weight of every span; 1 where its trace state names no threshold."""
    if is_blank(trace_states):
        return _ones(len(trace_states))
    digits = pc.struct_field(pc.extract_regex(trace_states, _THRESHOLD), "digits")
    if digits.null_count == len(digits):
        return _ones(len(trace_states))
    distinct = digits.dictionary_encode()
    weights = pa.array([sample_weight(text) for text in distinct.dictionary.to_pylist()], pa.float64())
    return pc.fill_null(weights.take(distinct.indices), 1.0)


def _ones(length: int) -> pa.Array:
    return pc.fill_null(pa.nulls(length, pa.float64()), 1.0)
