"""Tokens for links: made with a key, signed, read by nobody's table, and over within the hour.

`sondelink_<payload>.<signature>`, both in base64url; the signature is HMAC-SHA256 (RFC 2104) over the text of
the payload. A token says which key it was made with, and ends with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from sonde.errors import SettingError, TokenExpired, Unauthenticated
from sonde.query.links import Entity
from sonde.refused import RefusedCaller

PREFIX: Final = "sondelink_"
LEAST_S: Final = 5
DEFAULT_S: Final = 300
LONGEST_S: Final = 3600
MAX_ENTITIES: Final = 100

_FORMAT_VERSION: Final = 1
_LONGEST_TOKEN: Final = 200_000
_AHEAD_S: Final = 60


@dataclass(frozen=True, slots=True)
class LinkToken:
    """What a token says: whose links, by which key, until when, and of which entities (None: any)."""

    id: str
    tenant: str
    key_id: str
    expires_at_s: int
    entities: frozenset[Entity] | None


class LinkTokens:
    """Makes and reads tokens. The secret is the setting's, else one that is made for the data directory."""

    def __init__(self, data_dir: Path, secret: str = "", clock: Callable[[], float] = time.time) -> None:
        self.path = data_dir / "link-tokens.key"
        self._given = secret
        self._clock = clock
        self._secret = b""

    def make(
        self, tenant: str, key_id: str, *, lifetime_s: int, entities: Iterable[Entity] | None
    ) -> tuple[str, LinkToken]:
        """A new token and what it says. Raises SettingError when the secret cannot be kept."""
        named = None if entities is None else frozenset(entity.shortened() for entity in entities)
        token = LinkToken(secrets.token_hex(8), tenant, key_id, int(self._clock()) + lifetime_s, named)
        said = {
            "v": _FORMAT_VERSION,
            "i": token.id,
            "t": tenant,
            "k": key_id,
            "x": token.expires_at_s,
            "e": None if named is None else [tuple(entity) for entity in sorted(named)],
        }
        payload = _encoded(orjson.dumps(said))
        return f"{PREFIX}{payload}.{self._signature(payload)}", token

    def read(self, text: str) -> LinkToken:
        """What a token says. Raises Unauthenticated, TokenExpired, and SettingError as `make`."""
        payload, _, signature = text.removeprefix(PREFIX).partition(".")
        if len(text) > _LONGEST_TOKEN or not hmac.compare_digest(
            signature.encode("utf-8", "replace"), self._signature(payload).encode()
        ):
            raise Unauthenticated("the token is none of this server's", hint="get a new one")
        try:
            said: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            entities = None if said["e"] is None else frozenset(Entity(*each) for each in said["e"])
            token = LinkToken(said["i"], said["t"], said["k"], said["x"], entities)
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise Unauthenticated("the token is of another version of Sonde", hint="get a new one") from None
        now_s = self._clock()
        if now_s >= token.expires_at_s or token.expires_at_s > now_s + LONGEST_S + _AHEAD_S:
            raise TokenExpired(
                "the token has expired",
                hint="get a new one: they are made to be short-lived",
                refused=RefusedCaller(token.tenant, token.key_id, token_id=token.id),
            )
        return token

    def _signature(self, payload: str) -> str:
        key = self._secret or self._load()
        return _encoded(hmac.digest(key, payload.encode("utf-8", "replace"), hashlib.sha256))

    def _load(self) -> bytes:
        if self._given:
            self._secret = self._given.encode()
            return self._secret
        try:
            if not self.path.exists():
                self._write()
            found = self.path.read_bytes().strip()
        except OSError as error:
            raise SettingError(f"cannot keep the secret of tokens in {self.path}: {error.strerror}") from None
        if len(found) < 32:
            raise SettingError(
                f"cannot use the secret of tokens in {self.path}: it is too short",
                hint="delete the file: a new one is made, and tokens of the old one end",
            )
        self._secret = found
        return found

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".link-tokens-", dir=self.path.parent)  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48) + "\n")
                file.flush()
                os.fsync(file.fileno())
            # Whoever was first has made it: theirs counts.
            os.link(temporary, self.path)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink(missing_ok=True)


def is_link_token(authorization: str) -> bool:
    """Whether an `Authorization` header has a token of this kind."""
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and token.strip().startswith(PREFIX)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
