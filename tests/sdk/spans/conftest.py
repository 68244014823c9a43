"""What tests of spans look at."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from sonde.testing import Capture


@pytest.fixture
def captured(capture_telemetry: Capture) -> Capture:
    """What the test's program tells."""
    return capture_telemetry


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged up to now, by whomever, as a warning or worse."""
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records]
