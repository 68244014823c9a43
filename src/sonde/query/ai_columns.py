"""Of the table of names (`sonde.ai_names`), what is asked of the spans themselves, as SQL."""

from __future__ import annotations

from functools import cache

from sonde.ai_names import MARKS, NAMES


@cache
def marked() -> str:
    """The condition on a row that it is of an AI call. Leans on idx_attribute_keys."""
    names = ", ".join(f"'{name}'" for mark in MARKS for name in NAMES[mark])
    return f"hasAny(mapKeys(SpanAttributes), [{names}])"


@cache
def conversation() -> str:
    """The conversation that a row is of; "" for what is of no AI call. It has a page as a session."""
    return f"if({marked()}, {_first('conversation')}, '')"


def _first(name: str) -> str:
    """The value of the first name that has one. It does not ask whether a key is there: that costs more."""
    *others, last = (f"SpanAttributes['{each}']" for each in NAMES[name])
    held = "".join(f"{each} != '', {each}, " for each in others)
    return f"multiIf({held}{last})" if held else last
