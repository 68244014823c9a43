"""Patterns of the user's. Python's engine cannot be stopped while it matches, and the whole program waits for
it; so a pattern that could take long is refused before it is used."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

from sonde.sdk.complaints import complain
from sonde.sdk.scrubbing.shapes import mark

LABEL: Final = "pattern"

# Text is matched in pieces, so that what a pattern takes grows with the length of the text alone. A match may
# reach over the end of its piece.
_PIECE: Final = 1024
_OVER: Final = 256

# Texts made to be hard are grown to the size of a piece; a pattern may take this much processor time for one.
_PROBE_LENGTHS: Final = (*range(8, 64, 2), 64, 128, 256, 512, 1024)
_PROBE_S: Final = 0.02
_PROBE_CHARACTERS: Final = 12

# More repetitions than this are a loop.
_FEW: Final = 32


class UserPatterns:
    """The patterns that can be used; the others are said once and left out."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = [compiled for pattern in patterns if (compiled := _compiled(pattern)) is not None]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def found_in(self, text: str) -> bool:
        """Whether one of the patterns matches somewhere in the text."""
        return any(next(_spans(pattern, text), None) is not None for pattern in self._patterns)

    def scrub(self, text: str) -> str:
        """The text without what the patterns match."""
        for pattern in self._patterns:
            parts: list[str] = []
            done = 0
            for start, end in _spans(pattern, text):
                parts += (text[done:start], mark(LABEL))
                done = end
            if parts:
                text = "".join((*parts, text[done:]))
        return text


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where the pattern matches, from left to right; empty matches are none."""
    at = 0
    for begin in range(0, len(text), _PIECE):
        end_of_piece = min(begin + _PIECE, len(text))
        while at < end_of_piece:
            match = pattern.search(text, max(at, begin), end_of_piece + _OVER)
            if match is None or match.start() >= end_of_piece:
                break
            start, end = match.span()
            at = max(end, start + 1)
            if end > start:
                yield start, end


def _compiled(pattern: object) -> re.Pattern[str] | None:
    try:
        compiled = re.compile(pattern if isinstance(pattern, str) else "")
        reason = "" if isinstance(pattern, str) else "it is not text"
        reason = reason or _doubt(compiled) or _slowness(compiled)
    except Exception as error:  # what is no text, or is nested too deeply, raises many kinds
        reason = str(error) or type(error).__name__
        compiled = None
    if not reason:
        return compiled
    complain(f"cannot scrub by the pattern {pattern!r}: {reason}; it is left out")
    return None


def _doubt(pattern: re.Pattern[str]) -> str:
    """Why this pattern could take exponential time; empty if nothing in it says so."""
    tree = _tree(pattern)
    if _has_nested_loop(tree, in_loop=False):
        return "a repetition within a repetition can take for ever (a++ or (?>...) inside makes it certain)"
    if any(code == "GROUPREF" for code, _ in _walk(tree)):
        return "a reference to a group can take for ever"
    return ""


def _slowness(pattern: re.Pattern[str]) -> str:
    """How long the pattern takes for a text that is hard for it; empty if that is short."""
    codes = list(_walk(_tree(pattern)))
    literals = [chr(cast(int, value)) for code, value in codes if code in ("LITERAL", "RANGE_START")]
    beginning = "".join(literals)
    for character in dict.fromkeys((*literals[:_PROBE_CHARACTERS], "a", "A", "0", " ", "_")):
        for prefix in {"", beginning, beginning[:-1]}:
            for length in _PROBE_LENGTHS:
                text = f"{prefix}{character * length}\x01"
                began = time.thread_time()
                pattern.search(text)
                took_s = time.thread_time() - began
                if took_s > _PROBE_S:
                    return f"it takes {took_s * 1000:.0f} ms for a text of {len(text)} characters"
    return ""


def _tree(pattern: re.Pattern[str]) -> Iterable[tuple[Any, Any]]:
    # The standard library's parser has no public name; its trees have been the same since Python 3.11.
    from re import _parser  # pyright: ignore -- private, without a stub

    return cast(
        Iterable[tuple[Any, Any]], cast(Any, _parser).parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    )


def _walk(tree: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, object]]:
    """Every node of a parsed pattern, by the name of its kind."""
    for code, argument in tree:
        if str(code) == "RANGE":
            yield "RANGE_START", argument[0]
        yield str(code), argument
        for inner in _inside(argument):
            yield from _walk(inner)


def _has_nested_loop(tree: Iterable[tuple[Any, Any]], *, in_loop: bool) -> bool:
    for code, argument in tree:
        name = str(code)
        # What is possessive or atomic is matched in one way only, however often it is tried.
        certain = name in ("POSSESSIVE_REPEAT", "ATOMIC_GROUP")
        loop = name in ("MAX_REPEAT", "MIN_REPEAT") and int(argument[1]) > _FEW
        if loop and in_loop:
            return True
        if any(
            _has_nested_loop(inner, in_loop=(loop or in_loop) and not certain) for inner in _inside(argument)
        ):
            return True
    return False


def _inside(argument: object) -> Iterator[Iterable[tuple[Any, Any]]]:
    """The patterns within the argument of a node: of a group, a repetition, each of several alternatives."""
    parts = cast(Sequence[object], argument) if isinstance(argument, tuple | list) else ()
    for part in parts:
        if type(part).__name__ == "SubPattern":
            yield cast(Iterable[tuple[Any, Any]], part)
        elif isinstance(part, tuple) and type(part[0]).__name__ == "_NamedIntConstant":
            yield [cast(tuple[Any, Any], part)]
        elif isinstance(part, list):
            yield from _inside(cast(list[object], part))
