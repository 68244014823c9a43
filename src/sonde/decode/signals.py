"""The three signals, and the version of what the decoder makes of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

DECODER_VERSION: Final[int] = 1
"""Grows whenever the same bytes would become other rows, so that a segment left by an older version is
known."""


class Signal(StrEnum):
    """What a request carries."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"
