"""OTLP bytes into Arrow tables with the columns of the store: pure, no I/O and no clock."""

from __future__ import annotations

from sonde.decode.audit import AUDIT, AuditEntry, audit_block, packed
from sonde.decode.blocks import Block
from sonde.decode.bounds import RECORD_LIMIT
from sonde.decode.check import Check, check
from sonde.decode.otlp_json import json_to_protobuf
from sonde.decode.parsed import Parsed, concat, parse
from sonde.decode.signals import DECODER_VERSION, Signal
from sonde.decode.slices import SLICE_LIMIT, slices

__all__ = [
    "AUDIT",
    "DECODER_VERSION",
    "RECORD_LIMIT",
    "SLICE_LIMIT",
    "AuditEntry",
    "Block",
    "Check",
    "Parsed",
    "Signal",
    "audit_block",
    "check",
    "concat",
    "json_to_protobuf",
    "packed",
    "parse",
    "slices",
]
