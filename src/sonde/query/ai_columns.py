"""The table of names (`sonde.ai_names`) as columns in SQL: spans of AI calls as `ai_spans.sql` has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from sonde.ai_names import CALLS, NAMES, OPERATIONS, PROVIDERS, TOKENS, TOOL

MARKS = ("operation", "provider", "input", "output")
"""Of `NAMES`: what a span has at least one of, if it is of an AI call."""

CONTENT = ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.prompt.0.role", "input.value")
"""Names of which one is on a span that tells what was said."""


@cache
def columns(*also: str) -> str:
    """What `ai_spans.sql` selects besides the span's own columns; `also` of `NAMES` as they are."""
    provider = f"lower({_first('provider')})"
    operation = f"lower({_first('operation')})"
    tokens = [f"toUInt64OrZero({_first(name)}) AS told_{name}" for name in (*TOKENS, "total")]
    made = [
        f"{_renamed(operation, OPERATIONS)} AS operation",
        f"{_renamed(provider, PROVIDERS)} AS provider",
        f"{_first('model')} AS model",
        f"{_first('asked')} AS asked",
        *tokens,
        # A provider that counts what its cache gave apart says so by numbers that are right no other way.
        "told_cached + told_written > 0 AND (told_cached + told_written > told_input "
        "OR told_total > 0 AND told_total = told_input + told_cached + told_written + told_output) "
        "AS is_apart",
        "if(is_apart, told_input + told_cached + told_written, told_input) AS input",
        "told_output AS output",
        "least(told_cached, input) AS cached",
        "least(told_written, input - cached) AS written",
        "least(told_reasoning, told_output) AS reasoning",
        "input + output > 0 AS has_tokens",
        f"toFloat64OrZero({_first('cost')}) AS told_cost",
        f"multiIf(operation IN ({_list(CALLS, '')}) OR operation = '' AND has_tokens, 'call', "
        f"operation = '{TOOL}', 'tool', 'step') AS kind",
        f"hasAny(mapKeys(SpanAttributes), [{_list(CONTENT, '')}]) AS is_told",
        *(f"{_first(name)} AS {name}" for name in also),
    ]
    return ",\n    ".join(made)


@cache
def marked() -> str:
    """The condition on a row that it is of an AI call. Leans on idx_attribute_keys."""
    return f"hasAny(mapKeys(SpanAttributes), [{_list((n for mark in MARKS for n in NAMES[mark]), '')}])"


@cache
def conversation() -> str:
    """The conversation that a row is of; "" for what is of no AI call. It has a page as a session."""
    return f"if({marked()}, {_first('conversation')}, '')"


def _first(name: str) -> str:
    """The value of the first name that has one. It does not ask whether a key is there: that costs more."""
    *others, last = (f"SpanAttributes['{each}']" for each in NAMES[name])
    held = "".join(f"{each} != '', {each}, " for each in others)
    return f"multiIf({held}{last})" if held else last


def _renamed(text: str, names: Mapping[str, str]) -> str:
    return f"transform({text}, {_list(names)}, {_list(names.values())}, {text})"


def _list(texts: Iterable[str], brackets: str = "[]") -> str:
    inner = ", ".join(f"'{text}'" for text in texts)
    return f"{brackets[:1]}{inner}{brackets[1:]}"
