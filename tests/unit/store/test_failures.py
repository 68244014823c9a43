"""What the engine's errors become."""

from __future__ import annotations

import pytest

from sonde.errors import DecodeError, QueryTimeout, StoreError, StoreUnavailable
from sonde.store.failures import as_store_error, engine_errors


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (
            "Code: 159. DB::Exception: Timeout exceeded: 1 ms. (TIMEOUT_EXCEEDED)",
            QueryTimeout,
            "time limit",
        ),
        ("Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)", QueryTimeout, "cancelled"),
        ("Code: 241. DB::Exception: Query memory limit exceeded (X)", StoreError, "memory"),
        ("Code: 243. DB::Exception: Cannot reserve 1.00 MiB (NOT_ENOUGH_SPACE)", StoreUnavailable, "full"),
        ("Code: 1001. std::exception: rename: No space left on device", StoreUnavailable, "full"),
        ("Code: 1001. std::exception: rename: Input/output error", StoreUnavailable, "fails"),
        ("Code: 252. DB::Exception: Too many parts (TOO_MANY_PARTS)", StoreUnavailable, "merges"),
        ("Code: 210. DB::NetException: Connection refused (NETWORK_ERROR)", StoreUnavailable, "away"),
        ("Code: 516. DB::Exception: default: Authentication failed", StoreUnavailable, "password"),
        ("Code: 62. DB::Exception: Syntax error (version 26.9.2.1)", StoreError, "Syntax error"),
        ("something else", StoreError, "something else"),
    ],
)
def test_a_code_becomes_the_error_that_says_what_to_do(text: str, kind: type[StoreError], says: str) -> None:
    error = as_store_error(RuntimeError(text), "run the query")
    assert type(error) is kind
    assert error.message.startswith("cannot run the query")
    assert says in error.message + error.hint
    assert "DB::Exception" not in error.message
    assert "version 26" not in error.message


def test_the_engines_code_is_kept() -> None:
    assert as_store_error(RuntimeError("Code: 47. DB::Exception: x"), "y").engine_code == 47
    assert as_store_error(ConnectionRefusedError("refused"), "y").engine_code is None


def test_a_network_error_means_the_store_is_away() -> None:
    assert type(as_store_error(ConnectionResetError("reset"), "y")) is StoreUnavailable


def test_errors_of_our_own_pass_unchanged() -> None:
    ours = DecodeError("as it is")
    with pytest.raises(DecodeError) as caught, engine_errors("do anything"):
        raise ours
    assert caught.value is ours
