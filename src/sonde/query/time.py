"""Times as people and programs write them, and the range of time a question is about."""

from __future__ import annotations

import functools
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sonde.errors import BadRequest

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS

MIN_NS = -9_223_372_036_854_775_808
MAX_NS = 9_223_372_036_854_775_807
"""The ends of what a time in nanoseconds can hold: the years 1677 and 2262."""

DEFAULT_SINCE_NS = DAY_NS
"""How far back a question looks that names no `since`."""

_UNITS_NS = {"s": SECOND_NS, "m": MINUTE_NS, "h": HOUR_NS, "d": DAY_NS, "w": 7 * DAY_NS, "ms": 10**6}
_RELATIVE = re.compile(r"-?(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d|w)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,19}(?:\.\d{1,9})?", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9})\d*)?\s*(Z|[-+]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
# Seconds since 1970 stay below this until the year 5138, milliseconds are above it since 1973, and so on.
_SECONDS_BELOW = 10**11
_MILLISECONDS_BELOW = 10**14
_MICROSECONDS_BELOW = 10**17

_EXPECTED = "use a time such as 15m, 24h, 2025-01-31, 2025-01-31T12:00:00Z, or Unix seconds, ms or ns"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `since_ns` to before `until_ns`, in nanoseconds since 1970."""

    since_ns: int
    until_ns: int

    @property
    def params(self) -> dict[str, object]:
        """Values of the places `{since:Int64}` and `{until:Int64}`."""
        return {"since": self.since_ns, "until": self.until_ns}

    @property
    def length_ns(self) -> int:
        """Its length."""
        return self.until_ns - self.since_ns


def parse_time(text: str, *, now_ns: int) -> int:
    """Nanoseconds since 1970 of a time.

    Args:
        text: before now (`15m`, `24h`, `7d`), `now`, ISO 8601 (UTC where it names no zone), or Unix time in
            seconds, milliseconds, microseconds or nanoseconds, told apart by its size.
        now_ns: what a relative time is relative to.

    Raises:
        BadRequest: it is none of these.
    """
    text = text.strip()
    if text.lower() == "now":
        return now_ns
    if relative := _RELATIVE.fullmatch(text):
        return _within(text, now_ns - round(float(relative[1]) * _UNITS_NS[relative[2]]))
    if _NUMBER.fullmatch(text):
        return _within(text, _from_unix(text))
    iso = _ISO.fullmatch(text)
    if iso is None:
        raise BadRequest(f"cannot read the time {text[:40]!r}", hint=_EXPECTED)
    day, clock, fraction, zone = iso.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}")
    except ValueError as error:
        raise BadRequest(f"cannot read the time {text[:40]!r}: {error}", hint=_EXPECTED) from None
    whole = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return _within(text, whole * SECOND_NS + int((fraction or "0").ljust(9, "0")))


def time_range(
    since: str | None,
    until: str | None,
    *,
    now_ns: int | None = None,
    default_since_ns: int = DEFAULT_SINCE_NS,
) -> TimeRange:
    """The range between two times.

    Without `until` the range has no end, so that what a clock ahead of ours stamped is seen too; without
    `since` it begins `default_since_ns` before its end (before now, if it has none).

    Raises BadRequest for a time that cannot be read, or a range that ends before it begins.
    """
    now_ns = time.time_ns() if now_ns is None else now_ns
    until_ns = parse_time(until, now_ns=now_ns) if until else MAX_NS
    end_ns = min(until_ns, now_ns) if until else now_ns
    since_ns = parse_time(since, now_ns=now_ns) if since else max(MIN_NS, end_ns - default_since_ns)
    if since_ns >= until_ns:
        raise BadRequest(
            f"cannot search from {iso(since_ns)} to {iso(until_ns)}: since is not before until",
            hint=_EXPECTED,
        )
    return TimeRange(since_ns, until_ns)


def parse_step(text: str) -> int:
    """Nanoseconds of a step such as `10s`, `5m` or `1h`. Raises BadRequest."""
    found = _RELATIVE.fullmatch(text.strip())
    step_ns = round(float(found[1]) * _UNITS_NS[found[2]]) if found and not text.startswith("-") else 0
    if step_ns < SECOND_NS:
        raise BadRequest(f"cannot use the step {text[:40]!r}", hint="use 1s or longer, e.g. 10s, 5m, 1h")
    return step_ns


def iso(unix_ns: int) -> str:
    """ISO 8601 in UTC with nanoseconds, e.g. `2025-01-31T12:00:00.000000001Z`."""
    seconds, nanoseconds = divmod(unix_ns, SECOND_NS)
    return f"{_to_the_second(seconds)}.{nanoseconds:09}Z"


# The spans of a trace share a few seconds.
@functools.lru_cache(maxsize=1024)
def _to_the_second(unix_s: int) -> str:
    moment = time.gmtime(unix_s)
    return (
        f"{moment.tm_year:04}-{moment.tm_mon:02}-{moment.tm_mday:02}"
        f"T{moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02}"
    )


def _from_unix(text: str) -> int:
    whole, _, fraction = text.partition(".")
    size = abs(int(whole))
    for below, unit_ns in (
        (_SECONDS_BELOW, SECOND_NS),
        (_MILLISECONDS_BELOW, 10**6),
        (_MICROSECONDS_BELOW, 10**3),
    ):
        if size < below:
            part = int(fraction.ljust(9, "0") or 0) * unit_ns // SECOND_NS
            return int(whole) * unit_ns + (-part if text.startswith("-") else part)
    return int(whole)


def _within(text: str, unix_ns: int) -> int:
    if not MIN_NS <= unix_ns <= MAX_NS:
        raise BadRequest(f"cannot store times such as {text[:40]!r}", hint="times lie between 1677 and 2262")
    return unix_ns
