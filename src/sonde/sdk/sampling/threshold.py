"""The sampling threshold that travels in `tracestate`, so that a kept span says how many it stands for.

Source: OpenTelemetry specification, "TraceState: Probability Sampling" and "TraceState Handling". Member
`ot` holds `th`, the rejection threshold T (1 to 14 hex digits, trailing zeros left out), and possibly `rv`,
the randomness R (14 hex digits); without `rv`, R is the low 56 bits of the trace id. A span is kept if
R >= T, with probability 1 - T / 2^56, and stands for the inverse of that.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from opentelemetry.trace import TraceState

MEMBER: Final = "ot"
KEEP_ALL: Final = 0
KEEP_NONE: Final = 1 << 56
_RANDOM_BITS: Final = KEEP_NONE - 1

_THRESHOLD: Final = re.compile(r"[0-9a-f]{1,14}")
_RANDOMNESS: Final = re.compile(r"[0-9a-f]{14}")
_MAX_CHARS: Final = 256
_MAX_MEMBERS: Final = 32


class Stated(NamedTuple):
    """What member `ot` of a trace state says; None where it does not."""

    threshold: int | None
    randomness: int | None
    rest: tuple[str, ...]


_NOTHING: Final = Stated(None, None, ())


def threshold_of(ratio: float) -> int:
    """The threshold that keeps this share of traces, to 2^-56: the weight of 0.1 is 10, not 9.999."""
    return KEEP_NONE - max(1, round(ratio * KEEP_NONE)) if ratio > 0 else KEEP_NONE


def encoded(threshold: int) -> str:
    """A threshold below 2^56 as the digits of `th`."""
    return f"{threshold:014x}".rstrip("0") or "0"


def stated(state: TraceState | None) -> Stated:
    """What the trace state says about sampling; what is malformed counts as not said."""
    if not state or MEMBER not in state:
        return _NOTHING
    return _parsed(state[MEMBER])


@lru_cache(maxsize=256)
def _parsed(text: str) -> Stated:
    threshold = randomness = None
    rest: list[str] = []
    for part in text[: _MAX_CHARS + 1].split(";"):
        key, _, value = part.partition(":")
        if key == "th":
            threshold = int(value.ljust(14, "0"), 16) if _THRESHOLD.fullmatch(value) else None
        elif key == "rv":
            randomness = int(value, 16) if _RANDOMNESS.fullmatch(value) else None
        elif part:
            rest.append(part)
    return Stated(threshold, randomness, tuple(rest))


def randomness_of(trace_id: int, said: Stated = _NOTHING) -> int:
    """The 56 random bits that every process uses for this trace."""
    return trace_id & _RANDOM_BITS if said.randomness is None else said.randomness


def with_threshold(state: TraceState | None, threshold: int | None) -> TraceState:
    """The trace state with `th` set (None: taken away); everything else in it stays."""
    said = stated(state)
    parts = [] if threshold is None else [f"th:{encoded(threshold)}"]
    if said.randomness is not None:
        parts.append(f"rv:{said.randomness:014x}")
    for part in said.rest:
        if sum(map(len, parts)) + len(parts) + len(part) <= _MAX_CHARS:
            parts.append(part)
    others = [(key, value) for key, value in (state or {}).items() if key != MEMBER]
    if not parts:
        return TraceState(others)
    # What was changed last stands first and the oldest make room (W3C Trace Context, "Mutating the
    # tracestate Field").
    return TraceState([(MEMBER, ";".join(parts)), *others[: _MAX_MEMBERS - 1]])
