"""For tests, yours and ours: telemetry captured in memory, assertions about it, a clock that stands still,
telemetry from a seed, a store for one test.

Everything but `insert` and `temporary_store` needs the bare install alone. Names are loaded when they
are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sonde.testing.assertions import assert_event as assert_event
    from sonde.testing.assertions import assert_log as assert_log
    from sonde.testing.assertions import assert_metric as assert_metric
    from sonde.testing.assertions import assert_no_errors as assert_no_errors
    from sonde.testing.assertions import assert_no_trace as assert_no_trace
    from sonde.testing.assertions import assert_one_trace as assert_one_trace
    from sonde.testing.assertions import assert_trace as assert_trace
    from sonde.testing.capturing import Capture as Capture
    from sonde.testing.capturing import capture as capture
    from sonde.testing.clock import EPOCH_NS as EPOCH_NS
    from sonde.testing.clock import FakeClock as FakeClock
    from sonde.testing.contracts import assert_contract as assert_contract
    from sonde.testing.examples import attributes as attributes
    from sonde.testing.examples import example_logs as example_logs
    from sonde.testing.examples import example_metrics as example_metrics
    from sonde.testing.examples import example_traces as example_traces
    from sonde.testing.fixtures import capture_telemetry as capture_telemetry
    from sonde.testing.fixtures import fake_clock as fake_clock
    from sonde.testing.ids import CountingIds as CountingIds
    from sonde.testing.store import insert as insert
    from sonde.testing.store import temporary_store as temporary_store

_HOMES = {
    "Capture": "capturing",
    "CountingIds": "ids",
    "EPOCH_NS": "clock",
    "FakeClock": "clock",
    "assert_contract": "contracts",
    "assert_event": "assertions",
    "assert_log": "assertions",
    "assert_metric": "assertions",
    "assert_no_errors": "assertions",
    "assert_no_trace": "assertions",
    "assert_one_trace": "assertions",
    "assert_trace": "assertions",
    "attributes": "examples",
    "capture": "capturing",
    "capture_telemetry": "fixtures",
    "example_logs": "examples",
    "example_metrics": "examples",
    "example_traces": "examples",
    "fake_clock": "fixtures",
    "insert": "store",
    "temporary_store": "store",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sonde.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"sonde.testing.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
