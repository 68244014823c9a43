"""The store of links outside of Sonde that settings mean."""

from __future__ import annotations

import os
from typing import Final, Literal, Protocol

from sonde.link_stores.interface import LinkStore
from sonde.link_stores.redis_values import RedisValues

NO_PACKAGE: Final = "links in Redis need the package redis"
HOW_TO_INSTALL: Final = 'pip install "sonde[redis]"'

_DAY_S: Final = 86_400


class LinkSettings(Protocol):
    """What the SDK's settings and the server's have in common."""

    @property
    def links_store(self) -> str: ...
    @property
    def redis_url(self) -> str: ...
    @property
    def upstash_url(self) -> str: ...
    @property
    def upstash_token(self) -> str: ...
    @property
    def links_namespace(self) -> str: ...
    @property
    def links_ttl_days(self) -> float: ...


def outside_kind(settings: LinkSettings) -> Literal["", "redis", "upstash"]:
    """Redis where its address is set, else Upstash's; empty where neither is, or links are in Sonde alone."""
    if settings.links_store == "builtin":
        return ""
    if settings.redis_url and settings.links_store != "upstash":
        return "redis"
    return "upstash" if all(_upstash(settings)) else ""


def outside_store(settings: LinkSettings, *, timeout_s: float, connections: int) -> LinkStore | None:
    """The store of that kind. Nothing is asked yet.

    Raises ImportError where the package `redis` is missing, ValueError for an address that is none.
    """
    kind = outside_kind(settings)
    values = RedisValues(settings.links_namespace, max(1, round(settings.links_ttl_days * _DAY_S)))
    if kind == "redis":
        from sonde.link_stores.redis_store import RedisStore

        return RedisStore(settings.redis_url, values, timeout_s=timeout_s, connections=connections)
    if kind == "upstash":
        from sonde.link_stores.upstash_store import UpstashStore

        url, token = _upstash(settings)
        return UpstashStore(url, token, values, timeout_s=timeout_s, connections=connections)
    return None


def _upstash(settings: LinkSettings) -> tuple[str, str]:
    return (
        settings.upstash_url or os.environ.get("UPSTASH_REDIS_REST_URL", ""),
        settings.upstash_token or os.environ.get("UPSTASH_REDIS_REST_TOKEN", ""),
    )
