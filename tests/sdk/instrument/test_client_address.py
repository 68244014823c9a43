"""The address of who sent a request, as proxies tell it."""

from __future__ import annotations

import pytest

from sonde.sdk.instrument.client_address import claimed_address


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, ""),
        ({"x-forwarded-for": "203.0.113.7"}, "203.0.113.7"),
        ({"x-forwarded-for": "203.0.113.7:4711, 10.0.0.1"}, "203.0.113.7"),
        ({"x-forwarded-for": "2001:db8::1, 10.0.0.1"}, "2001:db8::1"),
        ({"x-forwarded-for": "[2001:db8::1]:80"}, "2001:db8::1"),
        ({"x-forwarded-for": ""}, ""),
        ({"forwarded": 'for="[2001:db8:cafe::17]:4711";proto=https, for=10.0.0.1'}, "2001:db8:cafe::17"),
        ({"forwarded": "proto=http;for=192.0.2.60;by=203.0.113.43"}, "192.0.2.60"),
        ({"forwarded": "for=192.0.2.60:8080", "x-forwarded-for": "10.0.0.1"}, "192.0.2.60"),
        ({"forwarded": "by=10.0.0.1", "x-forwarded-for": "192.0.2.1"}, "192.0.2.1"),
    ],
)
def test_the_first_client_that_a_proxy_names_is_the_address(headers: dict[str, str], address: str) -> None:
    assert claimed_address(headers.get) == address


def test_what_a_sender_makes_up_is_bounded() -> None:
    assert len(claimed_address({"x-forwarded-for": "9" * 100_000}.get)) <= 128
