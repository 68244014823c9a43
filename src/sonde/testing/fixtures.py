"""Fixtures for pytest, there in every project that has Sonde installed."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sonde.testing.capturing import Capture
    from sonde.testing.clock import FakeClock


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that stands at 2026-01-05 12:00:00 UTC until it is told to move."""
    from sonde.testing.clock import FakeClock

    return FakeClock()


@pytest.fixture
def capture_telemetry(request: pytest.FixtureRequest) -> Generator[Capture]:
    """What the test's program tells, kept in memory; nothing is sent anywhere.

    A test that asks for `fake_clock` as well has spans and logs timed by it.
    """
    from sonde.testing.capturing import capture
    from sonde.testing.clock import FakeClock

    clock = request.getfixturevalue("fake_clock") if "fake_clock" in request.fixturenames else None
    # A project may have a fixture of that name which is something else.
    with capture(clock=clock if isinstance(clock, FakeClock) else None) as captured:
        yield captured
