"""Which pages may send telemetry."""

from __future__ import annotations

import pytest

from sonde.receive.cors import Origins

LOCAL = Origins(("http://localhost:*", "https://*.example.com"))


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "HTTP://LOCALHOST:1", "https://shop.example.com"]
)
def test_a_configured_origin_is_allowed(origin: str) -> None:
    assert LOCAL.allows(origin)


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://localhost", "https://localhost:1", "https://example.com", "https://a.example.com.evil.org",
     "http://evil.org/http://localhost:1"],
)  # fmt: skip
def test_any_other_origin_is_not(origin: str) -> None:
    assert not LOCAL.allows(origin)


def test_a_dot_in_a_pattern_is_only_a_dot() -> None:
    assert not Origins(("https://a.example",)).allows("https://a-example")


def test_without_origins_nothing_is_allowed() -> None:
    assert not Origins(()).allows("http://localhost:3000")


def test_a_preflight_gets_the_headers_it_asks_for() -> None:
    answer = dict(
        LOCAL.preflight(
            {b"origin": b"http://localhost:3000", b"access-control-request-headers": b"content-type,x-mine"}
        )
    )
    assert answer[b"access-control-allow-origin"] == b"http://localhost:3000"
    assert answer[b"access-control-allow-headers"] == b"content-type,x-mine"
    assert b"POST" in answer[b"access-control-allow-methods"]


def test_a_preflight_of_a_foreign_page_allows_nothing() -> None:
    answer = dict(LOCAL.preflight({b"origin": b"http://evil.org"}))
    assert list(answer) == [b"vary"]


def test_a_foreign_page_cannot_read_the_answer() -> None:
    assert LOCAL.answer({b"origin": b"http://evil.org"}) == []
    assert (b"access-control-allow-origin", b"http://localhost:1") in LOCAL.answer(
        {b"origin": b"http://localhost:1"}
    )
