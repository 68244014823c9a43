"""Who may do what: the only place that decides it, for HTTP and gRPC alike.

Without any key the server is open to this machine: it then listens on a loopback address only,
and requests that a foreign web page could have caused (DNS rebinding, cross-site posts) are refused.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sonde.errors import Forbidden, SettingError, TokenExpired, Unauthenticated
from sonde.query.links import Entity
from sonde.refused import RefusedCaller
from sonde.server.keys import DEFAULT_TENANT, Key, KeyFile, Scope
from sonde.server.link_tokens import LinkTokens, is_link_token

IMPLIED: dict[Scope, frozenset[Scope]] = {
    Scope.INGEST: frozenset({Scope.INGEST}),
    Scope.READ: frozenset({Scope.READ, Scope.LINKS}),
    Scope.LINKS: frozenset({Scope.LINKS}),
    Scope.JOBS: frozenset({Scope.JOBS}),
    Scope.ADMIN: frozenset(Scope),
}

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

KEY_HINT = "make one with `sonde keys create` and send it as `Authorization: Bearer <key>`"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whoever sent a request: the tenant whose data it concerns and what it may do."""

    tenant: str
    scopes: frozenset[Scope]
    key_id: str = ""
    """Id of the key; empty where no key was needed."""
    key_name: str = ""
    token_id: str = ""
    """Of a token for links, which was made with that key."""
    entities: frozenset[Entity] | None = None
    """Those whose links it may see; None is all."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request says of its sender; empty where a transport has no such thing."""

    authorization: str = ""
    method: str = "POST"
    host: str = ""
    origin: str = ""
    fetch_site: str = ""
    peer: str = ""
    """The address that the request came from."""


OPEN = Identity(DEFAULT_TENANT, frozenset(Scope))


class Gate:
    """Decides, from the keys and the address the server listens on."""

    def __init__(self, keys: KeyFile, host: str, tokens: LinkTokens | None = None) -> None:
        self._keys = keys
        self._tokens = tokens
        self._loopback = is_loopback(host)

    def check_start(self, host: str) -> None:
        """Refuse to listen beyond this machine without a key. Raises SettingError."""
        if not self._keys.any() and not self._loopback:
            raise SettingError(
                f"cannot listen on {host}: anyone who reaches it could read and write, as no key exists",
                hint="make a key with `sonde keys create --scope admin --data-dir "
                f"{self._keys.path.parent}`, or listen on 127.0.0.1",
            )

    def admit(self, caller: Caller, scope: Scope) -> Identity:
        """Whoever calls, if allowed `scope`. Raises Unauthenticated or Forbidden."""
        try:
            locked = self._keys.any()
        except SettingError as error:
            raise Forbidden(error.message, hint=error.hint) from None
        if self._tokens is not None and is_link_token(caller.authorization):
            return self._admit_token(caller, scope, self._tokens)
        if not locked:
            return self._admit_open(caller)
        scheme, _, token = caller.authorization.partition(" ")
        if not token or scheme.lower() != "bearer":
            raise Unauthenticated("a key is needed", hint=KEY_HINT)
        key = self._keys.find(token.strip())
        if key is None:
            raise Unauthenticated("the key is not known", hint="`sonde keys list` shows the keys that are")
        scopes = frozenset[Scope]().union(*(IMPLIED[scope] for scope in key.scopes))
        if scope not in scopes:
            raise Forbidden(
                f"the key {key.prefix}… lacks the scope {scope.value}",
                hint=f"make one with `sonde keys create --scope {scope.value}`",
                refused=RefusedCaller(key.tenant, key.id, key.name),
            )
        return Identity(key.tenant, scopes, key.id, key.name)

    def _admit_token(self, caller: Caller, scope: Scope, tokens: LinkTokens) -> Identity:
        """Whoever has a token for links, as long as the key that it was made with may read them."""
        try:
            token = tokens.read(caller.authorization.partition(" ")[2].strip())
        except TokenExpired as expired:
            key = self._key_with(expired.refused.key_id)
            if key is not None:
                expired.refused = replace(expired.refused, key_name=key.name)
            raise
        key = self._key_with(token.key_id)
        name = key.name if key is not None else ""
        refused = RefusedCaller(token.tenant, token.key_id, name, token.id)
        if token.key_id or self._keys.any():
            if key is None or not any(Scope.LINKS in IMPLIED[scope] for scope in key.scopes):
                raise Unauthenticated(
                    "the key that the token was made with is gone", hint=KEY_HINT, refused=refused
                )
        else:
            self._admit_open(caller)
        if scope is not Scope.LINKS:
            raise Forbidden(
                "a token for links reads links and follows redirects, nothing else", refused=refused
            )
        return Identity(token.tenant, frozenset({Scope.LINKS}), token.key_id, name, token.id, token.entities)

    def _key_with(self, key_id: str) -> Key | None:
        return next((each for each in self._keys.all() if each.id == key_id), None) if key_id else None

    def _admit_open(self, caller: Caller) -> Identity:
        if not self._loopback:
            raise Unauthenticated("a key is needed: none exists yet", hint=KEY_HINT)
        if caller.peer and not is_loopback(caller.peer):
            # Only where another application listens: our own server then has no other peers.
            raise Unauthenticated(
                f"cannot answer {caller.peer}: without a key only this machine is served", hint=KEY_HINT
            )
        if caller.host and not is_loopback(host_of(caller.host)):
            raise Forbidden(
                f"cannot answer for the host {caller.host!r}: without a key only this machine is served",
                hint="use http://127.0.0.1 or http://localhost, or " + KEY_HINT,
            )
        return OPEN


def refuse_cross_site(caller: Caller) -> None:
    """Refuse what a web page of another site sends to change something here. Raises Forbidden."""
    if caller.method in SAFE_METHODS:
        return
    foreign = caller.fetch_site in ("cross-site", "same-site")
    if caller.origin:
        foreign = foreign or urlsplit(caller.origin).netloc.lower() != caller.host.lower()
    if foreign:
        raise Forbidden(
            f"cannot take {caller.method} from another site ({caller.origin or caller.fetch_site})"
        )


def host_of(header: str) -> str:
    """The host in a `Host` header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
