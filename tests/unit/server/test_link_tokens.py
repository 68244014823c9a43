"""Tokens for links: what is signed is believed, for a while, as long as its key is there."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from sonde.errors import Forbidden, SettingError, TokenExpired, Unauthenticated
from sonde.query.links import Entity
from sonde.server.auth import Caller, Gate
from sonde.server.keys import KeyFile, Scope
from sonde.server.link_tokens import LONGEST_S, PREFIX, LinkTokens, is_link_token

PAYMENT = Entity("payment", "Grüße/1")


class Clock:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def admit(gate: Gate, token: str, scope: Scope = Scope.LINKS) -> object:
    return gate.admit(Caller(f"Bearer {token}", host="127.0.0.1"), scope)


def test_a_token_says_what_it_was_made_for_until_it_ends(tmp_path: Path) -> None:
    clock = Clock()
    tokens = LinkTokens(tmp_path, clock=clock)
    text, made = tokens.make("acme", "k1", lifetime_s=60, entities=[PAYMENT])
    assert is_link_token(f"bearer {text}")
    assert LinkTokens(tmp_path, clock=clock).read(text) == made
    assert (made.tenant, made.key_id, made.entities) == ("acme", "k1", frozenset({PAYMENT}))
    assert tokens.path.stat().st_mode & 0o777 == 0o600
    clock.now += 59
    tokens.read(text)
    clock.now += 1
    with pytest.raises(TokenExpired):
        tokens.read(text)


def test_what_was_altered_or_signed_by_another_is_refused(tmp_path: Path) -> None:
    tokens = LinkTokens(tmp_path / "a")
    text, _ = tokens.make("default", "", lifetime_s=60, entities=None)
    payload, _, signature = text.removeprefix(PREFIX).partition(".")
    longer = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(payload + "==").replace(b'"t":"default"', b'"t":"other"')
    ).decode()
    other, _ = LinkTokens(tmp_path / "b").make("default", "", lifetime_s=60, entities=None)
    forged = [
        f"{PREFIX}{longer}.{signature}",
        f"{PREFIX}{payload}.",
        f"{PREFIX}{payload}",
        f"{PREFIX}.{signature}",
        text + "x",
        PREFIX,
        f"{PREFIX}ü.ü",
        other,
    ]
    for token in forged:
        with pytest.raises(Unauthenticated, match="none of this server's"):
            tokens.read(token)


def test_a_token_that_says_it_lasts_for_years_is_not_believed(tmp_path: Path) -> None:
    tokens = LinkTokens(tmp_path)
    text, _ = tokens.make("default", "", lifetime_s=10 * LONGEST_S, entities=None)
    with pytest.raises(TokenExpired):
        tokens.read(text)


def test_servers_with_the_same_secret_know_each_others_tokens(tmp_path: Path) -> None:
    one, other = (LinkTokens(tmp_path / name, "the same secret") for name in "ab")
    text, made = one.make("default", "", lifetime_s=60, entities=None)
    assert other.read(text) == made
    assert not other.path.exists()


def test_a_secret_that_is_too_short_is_not_used(tmp_path: Path) -> None:
    tokens = LinkTokens(tmp_path)
    tokens.path.write_text("short")
    with pytest.raises(SettingError, match="too short"):
        tokens.make("default", "", lifetime_s=60, entities=None)


def test_a_token_reads_links_and_ends_with_its_key(tmp_path: Path) -> None:
    keys, tokens = KeyFile(tmp_path), LinkTokens(tmp_path)
    gate = Gate(keys, "127.0.0.1", tokens)
    open_token, _ = tokens.make("default", "", lifetime_s=60, entities=None)
    admit(gate, open_token)
    _, key = keys.create([Scope.LINKS], name="tool", tenant="acme")
    with pytest.raises(Unauthenticated, match="is gone"):
        admit(gate, open_token)
    token, made = tokens.make("acme", key.id, lifetime_s=60, entities=[PAYMENT])
    identity = gate.admit(Caller(f"Bearer {token}"), Scope.LINKS)
    assert (identity.tenant, identity.key_id, identity.key_name) == ("acme", key.id, "tool")
    assert (identity.token_id, identity.entities) == (made.id, frozenset({PAYMENT}))
    for scope in set(Scope) - {Scope.LINKS}:
        with pytest.raises(Forbidden, match="nothing else"):
            admit(gate, token, scope)
    keys.revoke(key.id)
    keys.create([Scope.ADMIN])
    with pytest.raises(Unauthenticated, match="is gone"):
        admit(gate, token)


def test_a_token_of_a_key_that_may_not_read_links_is_refused(tmp_path: Path) -> None:
    keys, tokens = KeyFile(tmp_path), LinkTokens(tmp_path)
    _, key = keys.create([Scope.INGEST])
    token, _ = tokens.make("default", key.id, lifetime_s=60, entities=None)
    with pytest.raises(Unauthenticated, match="is gone"):
        admit(Gate(keys, "127.0.0.1", tokens), token)
