"""The bound on requests in memory."""

from __future__ import annotations

import pytest

from sonde.errors import Overloaded
from sonde.receive.admission import Admission


def test_too_many_bytes_are_refused_until_some_leave() -> None:
    admission = Admission(100)
    admission.reserve(60)
    with pytest.raises(Overloaded):
        admission.reserve(41)
    admission.reserve(40)
    admission.release(60)
    admission.reserve(60)
    assert admission.bytes == 100


def test_a_large_request_alone_gets_in() -> None:
    admission = Admission(100)
    admission.reserve(1000)
    with pytest.raises(Overloaded):
        admission.reserve(1)
