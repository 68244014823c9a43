"""Times and durations as people write and read them."""

from __future__ import annotations

import re
from datetime import datetime

NS_PER_S = 1_000_000_000
_RELATIVE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_UNIT_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def local_time(unix_ns: int, *, with_date: bool = True) -> str:
    """Local time with milliseconds, `2026-11-22 19:41:02.123`; the date can be left out."""
    seconds, rest = divmod(unix_ns, NS_PER_S)
    try:
        moment = datetime.fromtimestamp(seconds).astimezone()
    except (OverflowError, OSError, ValueError):
        return f"{unix_ns} ns"
    return f"{moment:{'%Y-%m-%d ' if with_date else ''}%H:%M:%S}.{rest // 1_000_000:03d}"


def is_today(unix_ns: int) -> bool:
    """Whether the time is on today's local date."""
    try:
        now = datetime.now().astimezone()
        return datetime.fromtimestamp(unix_ns // NS_PER_S).astimezone().date() == now.date()
    except (OverflowError, OSError, ValueError):
        return False


def iso_to_ns(text: str) -> int:
    """Unix nanoseconds of an ISO 8601 time with up to nine digits after the point."""
    match = re.fullmatch(r"(.*?:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", text)
    if match is None:
        raise ValueError(f"not an ISO 8601 time: {text!r}")
    whole, fraction, zone = match.groups()
    seconds = int(datetime.fromisoformat(whole + (zone or "Z")).timestamp())
    return seconds * NS_PER_S + int((fraction or "").ljust(9, "0") or 0)


def duration(ns: float) -> str:
    """A duration with the unit that suits it: `450 µs`, `22.3 ms`, `1.24 s`, `2 m 03 s`."""
    for unit_ns, unit in ((1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (NS_PER_S, "s")):
        value = ns / unit_ns
        # 999.5 of a unit would be shown as 1000 of it.
        if value < (60 if unit == "s" else 999.5):
            return f"{_three_digits(value)} {unit}"
    seconds = round(ns / NS_PER_S)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02d} h"
    return f"{hours} h {minutes:02d} m" if hours else f"{minutes} m {seconds:02d} s"


def _three_digits(value: float) -> str:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def relative_s(text: str) -> float | None:
    """Seconds of a relative time like `15m`, `24h`, `7d`; None when it is none."""
    match = _RELATIVE.fullmatch(text.strip())
    return float(match.group(1)) * _UNIT_S[match.group(2)] if match else None


def for_api(text: str) -> str:
    """A time as typed, for the API: one without a zone is local, as all times in the terminal are."""
    text = text.strip()
    if text.isdigit() or relative_s(text) is not None:
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text  # the server's message says what is allowed
    return moment.astimezone().isoformat() if moment.tzinfo is None else text
