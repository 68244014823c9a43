"""Which store the settings mean."""

from __future__ import annotations

from urllib.parse import urlsplit

from sonde.link_stores.choice import HOW_TO_INSTALL, NO_PACKAGE, outside_store
from sonde.link_stores.interface import LinkStore
from sonde.sdk.complaints import complain
from sonde.sdk.configuration import LOCAL_SERVER, Configuration
from sonde.sdk.links.both_stores import BothStores
from sonde.sdk.links.builtin_store import BuiltinStore

# Of the time that a call may take, what a store may take that the other does not wait for any longer.
_SHARE = 0.75


def chosen_store(configuration: Configuration, *, timeout_s: float, connections: int) -> LinkStore:
    """The store of these settings. What is missing is said once, and the server takes its place."""
    wanted = configuration.links_store
    builtin = BuiltinStore(
        server_address(configuration),
        configuration.headers_for("logs"),
        timeout_s=timeout_s,
        connections=connections,
        outside=wanted != "both",
    )
    if wanted == "builtin":
        return builtin
    redis = _redis(configuration, timeout_s, connections)
    if redis is None:
        if wanted != "auto":
            complain(
                "links.store is %s, but there is no Redis: set SONDE_REDIS_URL, or UPSTASH_REDIS_REST_URL "
                "and UPSTASH_REDIS_REST_TOKEN; links go to the Sonde server",
                wanted,
            )
        return builtin
    if wanted == "both":
        wait_s = _SHARE * configuration.links_timeout_s
        return BothStores(builtin, redis, wait_s=wait_s, threads=connections)
    builtin.close()
    return redis


def server_address(configuration: Configuration) -> str:
    """Where the Sonde server answers over HTTP."""
    base = configuration.url or (LOCAL_SERVER if configuration.protocol == "grpc" else configuration.base)
    return base.rstrip("/") if urlsplit(base).netloc else LOCAL_SERVER


def _redis(configuration: Configuration, timeout_s: float, connections: int) -> LinkStore | None:
    try:
        return outside_store(configuration, timeout_s=timeout_s, connections=connections)
    except ImportError:
        complain(f"{NO_PACKAGE}: {HOW_TO_INSTALL}")
    except Exception as error:
        complain("cannot use the Redis of the settings: %s", error)
    return None
