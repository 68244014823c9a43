"""The terminal: consoles, and text from outside made harmless."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# Control characters drive the terminal (colours, titles, the clipboard); the bidirectional marks
# reorder what is read. Neither belongs into a cell.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CONTROL_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_WORDS = {"\n": "↵", "\r\n": "↵", "\t": " ", "\r": "␍", "\x7f": "␡"}

# Output that is no terminal is read by a program: nothing is cut there.
UNBOUNDED_WIDTH = 100_000


def harmless(text: str) -> str:
    """`text` on one line, with every control character shown instead of obeyed."""
    return _CONTROL.sub(_visible, text) if not text.isprintable() else text


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    if char in _WORDS:
        return _WORDS[char]
    code = ord(char)
    return chr(0x2400 + code) if code < 0x20 else f"\\u{code:04x}"


def harmless_json(text: str) -> str:
    """The same JSON value, with the control characters that JSON allows in strings escaped."""
    return _CONTROL_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def out() -> Console:
    """The console of standard output: as wide as the terminal, unbounded where there is none."""
    from rich.console import Console

    class Output(Console):
        """Leaves a reader that has gone to whoever runs the command; Rich would exit with 1."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else UNBOUNDED_WIDTH
    return Output(highlight=False, markup=False, emoji=False, width=width)


def err() -> Console:
    """The console of standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def note(text: str) -> None:
    """A remark beside the output, for people."""
    from rich.text import Text

    err().print(Text(harmless(text), style="dim"), soft_wrap=True)
