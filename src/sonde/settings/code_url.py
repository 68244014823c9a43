"""The template of the addresses where code is found, in an editor or a repository."""

from __future__ import annotations

import re
from typing import Final

ALLOWED: Final = (
    "an address with {path} (or {path:/folder}, what of it is below a folder) and, if wanted, {line}, "
    "such as vscode://file/{path}:{line}"
)

VARIABLES: Final = ("path", "line")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PLACE = re.compile(r"\{([^{}]*)\}")

# What a browser would run, or show as a page of its own, instead of opening it.
_REFUSED: Final = frozenset({"javascript", "vbscript", "data", "blob", "about", "filesystem", "view-source"})


def check_code_url(template: str) -> None:
    """Raise ValueError, which names what is wrong, for a template that no link can be made of."""
    if odd := re.search(r"[\x00-\x20\x7f]", template):
        raise ValueError(f"{odd[0]!r} is in it")
    scheme = _SCHEME.match(template)
    if scheme is None:
        raise ValueError("it begins with no scheme such as https:")
    if scheme[1].lower() in _REFUSED:
        raise ValueError(f"the scheme {scheme[1]}: is not allowed")
    places = _PLACE.findall(template)
    names = [place.partition(":")[0] if place.startswith("path:") else place for place in places]
    if "path:" in places:
        raise ValueError("{path:} names no folder")
    unknown = [name for name in names if name not in VARIABLES]
    if unknown:
        raise ValueError(f"there is no variable {{{unknown[0]}}}")
    if brace := re.search(r"[{}]", _PLACE.sub("", template)):
        raise ValueError(f"a {brace[0]} is left over")
    if "path" not in names:
        raise ValueError("the variable {path} is missing")
