"""Which web pages may send telemetry from a browser (CORS, Fetch standard, section 3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Headers = list[tuple[bytes, bytes]]

PREFLIGHT_MAX_AGE_S = b"7200"


class Origins:
    """The origins that settings allow; `*` in a pattern matches any run of characters."""

    def __init__(self, patterns: Sequence[str]) -> None:
        alternatives = "|".join(re.escape(pattern.lower()).replace(r"\*", ".*") for pattern in patterns)
        self._pattern = re.compile(alternatives) if patterns else None

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may send."""
        return self._pattern is not None and self._pattern.fullmatch(origin.lower()) is not None

    def preflight(self, request: Mapping[bytes, bytes]) -> Headers:
        """What a preflight is answered: any header is allowed, as exporters add their own."""
        origin = request.get(b"origin", b"")
        headers: Headers = [(b"vary", b"origin, access-control-request-headers")]
        if not self.allows(origin.decode("latin-1")):
            return headers
        headers += [
            (b"access-control-allow-origin", origin),
            # Browsers' sendBeacon always asks as if with credentials. Sonde knows no cookies.
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-allow-methods", b"POST, OPTIONS"),
            (b"access-control-max-age", PREFLIGHT_MAX_AGE_S),
        ]
        if asked := request.get(b"access-control-request-headers"):
            headers.append((b"access-control-allow-headers", asked))
        if request.get(b"access-control-request-private-network") == b"true":
            headers.append((b"access-control-allow-private-network", b"true"))
        return headers

    def answer(self, request: Mapping[bytes, bytes]) -> Headers:
        """What the answer to the request itself bears."""
        origin = request.get(b"origin")
        if origin is None or not self.allows(origin.decode("latin-1")):
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"retry-after"),
            (b"vary", b"origin"),
        ]
