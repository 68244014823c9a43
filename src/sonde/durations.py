"""Durations as people write them."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h|d)", re.ASCII)
_UNITS_S: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}


def seconds_of(text: str) -> float | None:
    """Seconds of `200ms`, `1.5s` or `1h30m`; None if it is no duration."""
    compact = "".join(text.split())
    parts = _PART.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        return None
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts)


def duration_text(seconds: float) -> str:
    """A duration in the unit that suits it, to three digits: `450 µs`, `22.3 ms`, `1.24 s`, `125 s`."""
    for unit, unit_s in (("µs", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * unit_s:
            return f"{seconds / unit_s:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds < 99.95 else f"{seconds:.0f} s"
