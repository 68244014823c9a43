"""What a request holds, told before it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sonde.decode.outline import FAULTS
from sonde.decode.parsed import Parsed
from sonde.decode.signals import Signal

_NOUN: Final = {Signal.TRACES: "span", Signal.LOGS: "log record", Signal.METRICS: "data point"}


@dataclass(frozen=True, slots=True)
class Check:
    """The figures of one request, or the sums of several."""

    accepted: int
    """Records that can be stored."""
    rejected: int
    """Records that cannot, and why: `2 spans rejected: trace id is all zero`."""
    reasons: str
    timed: bool
    """Whether a record bears a timestamp; without one, two equal requests may be two."""
    weight_bytes: int
    """Estimated size once every record repeats its resource and scope: what an amplification bomb is known
    by."""


def check(parsed: Parsed) -> Check:
    """Count what can be stored and what cannot."""
    outline = parsed.outline
    tally = np.bincount(outline.faults, minlength=len(FAULTS))
    noun = _NOUN[parsed.signal]
    reasons = [
        f"{count} {noun}{'' if count == 1 else 's'} rejected: {fault}"
        for fault, count in zip(FAULTS[1:], tally[1:].tolist(), strict=True)
        if count
    ]
    return Check(
        accepted=int(tally[0]),
        rejected=int(tally[1:].sum()),
        reasons="; ".join(reasons),
        timed=outline.timed,
        weight_bytes=int(outline.weights.sum()),
    )
