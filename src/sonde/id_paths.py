"""Ids in the path of an address of the API.

Whoever reads an address takes segments of `.` and `..` for steps, encoded ones as well (WHATWG URL,
"double-dot path segment"). Such an id has a `~` before it in a path; so has one that looks like that.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_STEP: Final = re.compile(r"~*\.{1,2}", re.ASCII)


def id_in_path(text: str) -> str:
    """An id as a segment of a path, encoded."""
    return quote(f"~{text}" if _STEP.fullmatch(text) else text, safe="", errors="replace")


def id_of_path(segment: str) -> str:
    """The id that a segment of a path names, once it is decoded."""
    return segment[1:] if segment.startswith("~") and _STEP.fullmatch(segment) else segment
