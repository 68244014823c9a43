"""What the engine's errors mean in Sonde's tree."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator

from sonde.errors import QueryTimeout, SondeError, StoreError, StoreUnavailable

# Codes of ClickHouse, src/Common/ErrorCodes.cpp.
TIMEOUT_EXCEEDED = 159
SOCKET_TIMEOUT = 209
NETWORK_ERROR = 210
MEMORY_LIMIT_EXCEEDED = 241
NOT_ENOUGH_SPACE = 243
TOO_MANY_PARTS = 252
ALL_CONNECTION_TRIES_FAILED = 279
QUERY_WAS_CANCELLED = 394
_AUTHENTICATION = (192, 193, 194, 516)

# What std::filesystem and the engine's own writers say (errno texts), under several codes.
_DISK_TROUBLE = ("No space left on device", "Input/output error", "Read-only file system")

_GATEWAY = re.compile(r"\bHTTP status 50[234]\b")
_CODE = re.compile(r"\bCode:\s*(\d+)")
_NOISE = re.compile(r"^.*?DB::Exception:\s*|\s*\(version [^)]*(\([^)]*\))?\)\s*$|^Code: \d+\.\s*", re.DOTALL)


@contextlib.contextmanager
def engine_errors(doing: str) -> Generator[None, None, None]:
    """Turn whatever the client raises into a `StoreError`; `doing` completes "cannot ..."."""
    try:
        yield
    except (SondeError, GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        raise as_store_error(error, doing) from error


def as_store_error(error: Exception, doing: str) -> StoreError:
    """The error of Sonde's tree for one of the client's or of the network."""
    text = str(error)
    found = _CODE.search(text)
    code = getattr(error, "code", None)
    if not isinstance(code, int):
        code = int(found.group(1)) if found else None
    if code is None:
        return _without_code(error, text, doing)
    what = _NOISE.sub("", text).strip()
    if code == TIMEOUT_EXCEEDED:
        return QueryTimeout(
            f"cannot {doing}: it ran over its time limit and was cancelled",
            hint="narrow the time range or raise query.timeout_s",
            engine_code=code,
        )
    if code == QUERY_WAS_CANCELLED:
        return QueryTimeout(f"cannot {doing}: it was cancelled", hint="ask again", engine_code=code)
    if code == MEMORY_LIMIT_EXCEEDED:
        return StoreError(
            f"cannot {doing}: it needs more memory than allowed: {what}",
            hint="narrow the time range, ask for fewer rows or raise store.memory_mb",
            engine_code=code,
        )
    if code == NOT_ENOUGH_SPACE or any(trouble in text for trouble in _DISK_TROUBLE):
        return StoreUnavailable(
            f"cannot {doing}: the store's disk is full or fails: {what}",
            hint="free space or shorten retention; nothing acknowledged is lost",
            engine_code=code,
        )
    if code == TOO_MANY_PARTS:
        return StoreUnavailable(f"cannot {doing}: merges lag behind: {what}", engine_code=code)
    if code in (SOCKET_TIMEOUT, NETWORK_ERROR, ALL_CONNECTION_TRIES_FAILED):
        return StoreUnavailable(f"cannot {doing}: the store is away: {what}", engine_code=code)
    if code in _AUTHENTICATION:
        return StoreUnavailable(
            f"cannot {doing}: the store refuses the user or password",
            hint="check the user and password in the setting store",
            engine_code=code,
        )
    return StoreError(f"cannot {doing}: {what}", engine_code=code)


def _without_code(error: Exception, text: str, doing: str) -> StoreError:
    first = text.splitlines()[0] if text else type(error).__name__
    # The client wraps what its HTTP library raises (refused, reset, timed out) in OperationalError.
    # A gateway in front of the server answers without a code of the engine's.
    if isinstance(error, OSError) or type(error).__name__ == "OperationalError" or _GATEWAY.search(text):
        return StoreUnavailable(f"cannot {doing}: the store is away: {first}")
    return StoreError(f"cannot {doing}: {first}")
