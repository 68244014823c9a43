"""Which statuses there are, where those that a list was asked for left nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

MOST: Final = 20
"""Statuses that are told: `sonde.status` takes any."""


def told(statuses: Iterable[str]) -> list[str]:
    """Each once, the most frequent first."""
    counts = Counter(statuses)
    return sorted(counts, key=lambda status: (-counts[status], status))[:MOST]
