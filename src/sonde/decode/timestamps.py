"""OTLP's unsigned nanoseconds as the engine's signed ones, and the partition a row falls into."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sonde.decode.columns import Index, Mask, numbers

MAX_TIMESTAMP_NS: Final = 9_223_372_036_000_000_000
"""2262-04-11T23:47:16Z, the last whole second of a DateTime64(9); anything later is stored as this."""

NEAR_DAYS: Final = 400
"""How far (in days) a timestamp may lie from its arrival and still get a partition of its own day."""

_DAY_NS: Final = 86_400_000_000_000
_MAX_SECONDS: Final = 2**32 - 1


def clamped(nanoseconds: npt.NDArray[np.uint64]) -> tuple[Index, Mask | None]:
    """The timestamps within the range of the type, and which of them were beyond it (None: not one)."""
    beyond = nanoseconds > np.uint64(MAX_TIMESTAMP_NS)
    if not beyond.any():
        return nanoseconds.view(np.int64), None
    return np.minimum(nanoseconds, np.uint64(MAX_TIMESTAMP_NS)).view(np.int64), beyond


def seconds(nanoseconds: Index) -> pa.Array:
    """A DateTime column: whole seconds, clamped to what 32 bits hold (1970 to 2106)."""
    return pa.array(np.clip(nanoseconds // 1_000_000_000, 0, _MAX_SECONDS).astype(np.uint32))


def milliseconds(nanoseconds: Index) -> pa.Array:
    """A DateTime64(3) column."""
    return pa.array(nanoseconds // 1_000_000).view(pa.timestamp("ms"))


def day_partition(nanoseconds: Index, received_at_ns: Index) -> pa.Array:
    """The partition of each row: yyyymmdd of its timestamp, or yyyy0000 where it lies over 400 days from
    its arrival.

    So a wrong clock makes some 800 daily and 300 yearly partitions at the most, ever.
    """
    days = nanoseconds // _DAY_NS
    received = received_at_ns // _DAY_NS
    if len(days) and days.min() == days.max() and received.min() == received.max():
        return pa.array(np.full(len(days), _partitions(days[:1], received[:1])[0], np.uint32))
    return pa.array(_partitions(days, received))


def month_partition(nanoseconds: Index) -> pa.Array:
    """yyyymm of each timestamp; that of February 2106, where 32 bits of seconds end, for all later ones."""
    months = numbers(seconds(nanoseconds)).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return pa.array(((1970 + months // 12) * 100 + months % 12 + 1).astype(np.uint32))


def _partitions(days: Index, received: Index) -> npt.NDArray[np.uint32]:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_numbers = months.astype(np.int64)
    years = 1970 + month_numbers // 12
    day_of_month = (dates - months).astype(np.int64) + 1
    month_and_day = (month_numbers % 12 + 1) * 100 + day_of_month
    near = np.abs(days - received) <= NEAR_DAYS
    return (years * 10_000 + np.where(near, month_and_day, 0)).astype(np.uint32)
