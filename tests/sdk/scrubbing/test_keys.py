"""Names tell by their words which values are secret."""

from __future__ import annotations

import pytest

from sonde.sdk.scrubbing.keys import SecretNames


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("password", "password"),
        ("db.password", "password"),
        ("DB_PASSWD", "passwd"),
        ("userPassword2", "password"),
        ("dbpassword", "password"),
        ("passwordHash", "password"),
        ("smtp-pwd", "pwd"),
        ("client_secret", "secret"),
        ("secretKeyBase", "secret"),
        ("aws_secret_access_key", "secret"),
        ("api_key", "api key"),
        ("X-Api-Key", "api key"),
        ("APIKey", "api key"),
        ("apikey", "api key"),
        ("privateKey", "private key"),
        ("token", "token"),
        ("accessToken", "token"),
        ("refresh_token", "token"),
        ("password_reset_token", "token"),
        ("http.request.header.authorization", "authorization"),
        ("Proxy-Authorization", "authorization"),
        ("http.request.header.cookie", "cookie"),
        ("http.response.header.set_cookie", "cookie"),
        ("csrfToken", "csrf"),
        ("card_number", "card number"),
        ("cvv", "cvv"),
    ],
)
def test_a_name_with_a_secret_word_is_secret(name: str, label: str) -> None:
    assert SecretNames().label(name) == label


@pytest.mark.parametrize(
    "name",
    [
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.token.type",
        "gen_ai.server.time_per_output_token",
        "llm.token_count.prompt",
        "max_tokens",
        "max_token",
        "token_type",
        "tokenizer",
        "session.id",
        "author",
        "authorized",
        "authorization.decision",
        "secretary",
        "passwordless",
        "password_required",
        "cookie_policy",
        "private_key_id",
        "key",
        "keyboard",
        "pwdir",
        "monkey.api",
        "http.request.method",
        "user.id",
        "card.brand",
        "",
        "…",
    ],
)
def test_a_name_that_only_looks_like_one_is_not(name: str) -> None:
    assert SecretNames().label(name) is None


def test_keys_of_the_users_are_whole_words_too() -> None:
    names = SecretNames(("ssn", "customer.email", "Kennwort", "max_tokens", ""))
    assert names.label("customer.email") == "customer email"
    assert names.label("order.customerEmail.raw") == "customer email"
    assert names.label("kennwort") == "kennwort"
    assert names.label("max_tokens") == "max tokens"
    assert names.label("customer.emails") is None
    assert names.label("email.customer") is None


def test_names_are_not_remembered_without_bound() -> None:
    names = SecretNames()
    for number in range(10_000):
        assert names.label(f"order.{number}.password") == "password"
    assert len(names.labels) <= 4096
