"""Tells by its name that a value is secret: `db.password`, `X-Api-Key`, `userAccessToken`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# One word that makes a name secret, or several in a row.
_SECRET: Final = (
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "credential",
    "credentials",
    "authorization",
    "cookie",
    "cookies",
    "csrf",
    "xsrf",
    "jwt",
    "otp",
    "totp",
    "cvv",
    "cvc",
    "ssn",
    "api key",
    "api keys",
    "access key",
    "private key",
    "encryption key",
    "signing key",
    "auth key",
    "account key",
    "license key",
    "access tokens",
    "auth tokens",
    "refresh tokens",
    "api tokens",
    "session key",
    "pin code",
    "pass word",
    "card number",
    "credit card",
    "connection string",
)

# Words that are written together as well, or stand inside another one: `dbpassword`, `apikey`.
_INSIDE: Final = {
    "password": "password",
    "passwd": "password",
    "passphrase": "passphrase",
    "apikey": "api key",
    "secretkey": "secret",
    "accesskey": "access key",
    "privatekey": "private key",
    "accesstoken": "token",
    "authtoken": "token",
    "refreshtoken": "token",
    "clientsecret": "secret",
    "setcookie": "cookie",
    "creditcard": "credit card",
    "cardnumber": "card number",
}

# After a secret word: the name is about the secret, not the secret itself (`token.type`, `cookie_policy`).
_ABOUT: Final = frozenset(
    (
        "age",
        "algorithm",
        "bucket",
        "buckets",
        "budget",
        "changed",
        "consent",
        "count",
        "counts",
        "decision",
        "enabled",
        "endpoint",
        "exists",
        "expiration",
        "expired",
        "expires",
        "expiry",
        "field",
        "id",
        "invalid",
        "kind",
        "length",
        "less",
        "lifetime",
        "limit",
        "limits",
        "missing",
        "mode",
        "name",
        "names",
        "policy",
        "present",
        "rate",
        "required",
        "reset",
        "rotated",
        "rotation",
        "scheme",
        "server",
        "size",
        "status",
        "strategy",
        "ttl",
        "type",
        "usage",
        "used",
        "valid",
        "version",
    )
)

# Before `token`: it counts what a language model reads and writes, or times it.
_COUNTED: Final = frozenset(
    (
        "cached",
        "completion",
        "first",
        "input",
        "last",
        "max",
        "min",
        "next",
        "num",
        "output",
        "per",
        "prompt",
        "reasoning",
        "remaining",
        "total",
    )
)

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")

# Names should be few; where ids stand in them, they are not remembered without bound.
_REMEMBERED: Final = 4096
_LONGEST: Final = 256


class SecretNames:
    """Which names are secret, and what to call what they name."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """`keys`: further names, each a word or several in a row (`ssn`, `customer.email`)."""
        self.own = [words for key in keys if (words := _words(key))]
        self.known = [_words(name) for name in _SECRET]
        self.inside = tuple(_INSIDE)
        self.labels: dict[str, str | None] = {}
        """What `label` has answered of late, for who asks very often."""
        self._own = _by_first_word(self.own)
        self._known = _by_first_word(self.known)

    def label(self, name: str) -> str | None:
        """What a value of this name is (`password`, `api key`); None where it is not secret."""
        try:
            return self.labels[name]
        except KeyError:
            label = self._find(name)
        if len(name) <= _LONGEST:
            if len(self.labels) >= _REMEMBERED:
                self.labels.clear()
            self.labels[name] = label
        return label

    def _find(self, name: str) -> str | None:
        words = _words(name)
        for at, word in enumerate(words):
            for sequence in self._own.get(word, ()):
                if words[at : at + len(sequence)] == sequence:
                    return " ".join(sequence)
            for sequence in self._known.get(word, ()):
                after = at + len(sequence)
                if words[at:after] != sequence or (after < len(words) and words[after] in _ABOUT):
                    continue
                if word == "token" and at > 0 and words[at - 1] in _COUNTED:
                    continue
                return " ".join(sequence)
            for inside, label in _INSIDE.items():
                if inside in word and word.partition(inside)[2] not in _ABOUT:
                    if at + 1 < len(words) and words[at + 1] in _ABOUT:
                        continue
                    return label
        return None


def _words(name: str) -> tuple[str, ...]:
    """The words of a dotted, dashed, underscored or camel-case name, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _by_first_word(sequences: Iterable[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for words in sequences:
        found.setdefault(words[0], []).append(words)
    return found
