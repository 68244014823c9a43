"""A collector for each test."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from tests.sdk.collector import Collector, running_collector


@pytest.fixture
def collector() -> Generator[Collector]:
    """Keeps what the programs of the test send."""
    with running_collector() as made:
        yield made
