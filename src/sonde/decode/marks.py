"""What Sonde notes on a record it found odd: the attribute `sonde.flags`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sonde import semconv
from sonde.decode.attributes import Attributes
from sonde.decode.columns import Mask


def with_flags(attributes: Attributes, flags: Mapping[str, Mask | None]) -> Attributes:
    """Note on each row the flags that hold for it, comma-separated in this order."""
    noted = {flag: rows for flag, rows in flags.items() if rows is not None and rows.any()}
    if not noted:
        return attributes
    rows = np.flatnonzero(np.logical_or.reduce(list(noted.values())))
    texts = [",".join(flag for flag, held in noted.items() if held[row]) for row in rows]
    return attributes.with_entries(rows, semconv.FLAGS, texts)
