"""Entries of the audit log: as the journal carries them, and as rows.

They are no telemetry: nothing that arrives by OTLP becomes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import orjson
import pyarrow as pa

from sonde.decode.blocks import Block
from sonde.decode.columns import timestamps
from sonde.decode.timestamps import month_partition
from sonde.errors import DecodeError

AUDIT: Final = "audit"
"""What records of the journal with such entries say as their signal."""


class AuditEntry(NamedTuple):
    """One access to the link of an entity."""

    at_ns: int
    action: str
    """`read`, `history`, `search`, `redirect`, `click`, `write` or `token`."""
    result: str
    """`found`, `unknown`, `expired`, `forbidden`, `unauthenticated`, `stored`, `issued` or `error`."""
    key_id: str
    key_name: str
    token_id: str
    entity_type: str
    entity_id: str
    run_id: str
    client_address: str
    forwarded_for: str
    """What the request says of whom it was passed on for; anybody may write that."""
    origin: str


_COLUMNS: Final = (
    "Action",
    "Result",
    "KeyId",
    "KeyName",
    "TokenId",
    "EntityType",
    "EntityId",
    "RunId",
    "ClientAddress",
    "ForwardedFor",
    "Origin",
)


def packed(entries: Iterable[AuditEntry]) -> bytes:
    """The entries as the payload of one record."""
    return orjson.dumps([tuple(entry) for entry in entries])


def audit_block(payloads: Sequence[bytes], *, segment: int) -> Block:
    """The block of `audit_log`. Raises DecodeError for what `packed` did not make."""
    try:
        entries = [AuditEntry(*entry) for payload in payloads for entry in orjson.loads(payload)]
        at = np.array([entry.at_ns for entry in entries], np.int64)
        texts = zip(*(entry[1:] for entry in entries), strict=True)
        data = {"At": timestamps(at)} | {
            name: pa.array(values, pa.string()) for name, values in zip(_COLUMNS, texts, strict=True)
        }
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise DecodeError(f"cannot read entries of the audit log: {error}") from None
    data["Segment"] = pa.array(np.full(len(entries), segment, np.uint64))
    data["Ordinal"] = pa.array(np.arange(len(entries), dtype=np.uint32))
    return Block("audit_log", pa.table(data), month_partition(at), derived=False)
