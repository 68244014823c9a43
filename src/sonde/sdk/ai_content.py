"""Prompts and completions: recorded only when asked for, and then cut to a bound, never dropped.

Asked for is the setting `ai.content` or OpenTelemetry's own variable of the registry's
instrumentations, `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

VARIABLE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_ON: Final = frozenset({"true", "1", "span_only", "event_only", "span_and_event"})
_SHORTEST: Final = 64
_DEEPEST: Final = 32


@dataclass(frozen=True, slots=True)
class ContentOptions:
    """Whether content is recorded, and how many characters of one attribute."""

    capture: bool = False
    max_chars: int = 8192


_chosen: ContentOptions | None = None


def choose(options: ContentOptions | None) -> None:
    """Use `options` from now on, also in the instrumentations that are switched on later.

    They read the environment: it is set to what they understand (`true`, which older ones took, is not).
    None goes back to what the environment says.
    """
    global _chosen
    _chosen = options
    if options is not None:
        asked = os.environ.get(VARIABLE, "").strip().lower()
        if not options.capture:
            if asked in _ON:
                os.environ[VARIABLE] = "NO_CONTENT"
        elif asked not in _ON or asked in ("true", "1"):
            os.environ[VARIABLE] = "SPAN_ONLY"


def asked_for_by_environment() -> bool:
    """Whether OpenTelemetry's variable asks for content."""
    return os.environ.get(VARIABLE, "").strip().lower() in _ON


def options() -> ContentOptions:
    """The options in use."""
    return _chosen or ContentOptions(capture=asked_for_by_environment())


def messages(content: object, role: str) -> list[object]:
    """`content` as messages of the GenAI conventions: a role and parts.

    Takes a text, one message or a list of them, in the form of the conventions or of OpenAI and
    Anthropic (`{"role": …, "content": text or parts}`); anything else is its text.
    """
    if isinstance(content, Sequence) and not isinstance(content, str | bytes | bytearray):
        return [_message(each, role) for each in cast(Sequence[object], content)]
    return [_message(content, role)]


def _message(content: object, role: str) -> object:
    if not isinstance(content, Mapping):
        return {"role": role, "parts": [{"type": "text", "content": _text(content)}]}
    message = cast(Mapping[str, object], content)
    if "parts" in message or "content" not in message:
        return message
    inner = message["content"]
    parts: list[object]
    if inner is None:  # beside the calls of tools
        parts = []
    elif isinstance(inner, Sequence) and not isinstance(inner, str | bytes | bytearray):
        parts = [_part(each) for each in cast(Sequence[object], inner)]
    else:
        parts = [{"type": "text", "content": _text(inner)}]
    others = {key: value for key, value in message.items() if key not in ("role", "content")}
    return {"role": message.get("role", role), "parts": parts, **others}


def _part(content: object) -> object:
    if not isinstance(content, Mapping):
        return {"type": "text", "content": _text(content)}
    part = cast(Mapping[str, object], content)
    if part.get("type") in ("text", "input_text", "output_text") and "text" in part:
        return {"type": "text", "content": part["text"]}
    return part


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def bounded_json(value: object, max_chars: int) -> str:
    """JSON of `value` of about `max_chars` characters at most: its texts are cut, each with a mark.

    What JSON has no form for becomes its text.
    """
    text = _dumped(value)
    longest = max_chars
    while len(text) > max_chars and longest >= _SHORTEST:
        text = _dumped(_cut(value, longest))
        longest //= 2
    return text if len(text) <= max_chars else truncated(text, max_chars)


def bounded(text: str, max_chars: int) -> str:
    """`text` of about `max_chars` characters at most; JSON stays JSON where cutting its texts is enough."""
    if len(text) <= max_chars:
        return text
    if text[:1] in ("[", "{"):
        try:
            return bounded_json(json.loads(text), max_chars)
        except (ValueError, RecursionError):
            return truncated(text, max_chars)
    return truncated(text, max_chars)


def truncated(text: str, max_chars: int) -> str:
    """The first `max_chars` characters and a mark that says how many are missing."""
    if len(text) <= max_chars:
        return text
    return f"{text[:max_chars]}… [truncated, {len(text) - max_chars} more characters]"


def _dumped(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(repr(value), ensure_ascii=False)
    # Lone surrogates are legal in Python and refused by every encoder that the text meets later.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _cut(value: object, longest: int, depth: int = 0) -> object:
    if isinstance(value, str):
        return truncated(value, longest)
    if depth > _DEEPEST:
        return truncated(_dumped(value), longest)
    if isinstance(value, Mapping):
        items = cast(Mapping[object, object], value).items()
        return {str(key): _cut(each, longest, depth + 1) for key, each in items}
    if isinstance(value, list | tuple):
        return [_cut(each, longest, depth + 1) for each in cast(Sequence[object], value)]
    return value
