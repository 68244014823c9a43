"""Modules load without the garbage collector, which then goes on without them."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

from sonde.cli.loading import loading


@pytest.fixture(autouse=True)
def nothing_stays_frozen() -> Generator[None]:
    yield
    gc.unfreeze()


def test_the_collector_waits_and_leaves_alone_what_was_loaded() -> None:
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
        loaded = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(loaded)


def test_the_collector_goes_on_where_loading_fails() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError("no such module")
    assert gc.isenabled()
