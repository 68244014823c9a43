"""Contracts: what must hold of recorded spans and events, and what of it does not.

Pure: a contract is read from text, records are handed in. `sonde verify` asks a server for them,
`sonde.testing.assert_contract` takes those of a test.
"""

from __future__ import annotations

from sonde.verify.contract import Contract
from sonde.verify.findings import Finding, Report, RuleResult
from sonde.verify.reading import read_contract
from sonde.verify.rules import check
from sonde.verify.trace_set import TraceSet

__all__ = ["Contract", "Finding", "Report", "RuleResult", "TraceSet", "check", "read_contract"]
