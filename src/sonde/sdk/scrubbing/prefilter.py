"""Tells quickly of most texts that they have no secret.

Nearly every text that is exported has none. Looking for some forty short texts in one takes a fiftieth of
what matching the patterns takes, so all texts of a span are put together and looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sonde.sdk.scrubbing.keys import SecretNames
from sonde.sdk.scrubbing.shapes import Shape

# MySQL says `IDENTIFIED BY` where a password follows.
_SQL: Final = "identified"

_CARD: Final = re.compile(r"[2-6][0-9]{3}[ -]?[0-9]{4}")


class Prefilter:
    """Whether a text may have a secret: true for every text that has one, and for few others."""

    def __init__(self, names: SecretNames, shapes: Sequence[Shape]) -> None:
        self._exact = tuple(hint for shape in shapes for hint in shape.hints if hint != "://")
        stems = names.stems()
        # One word is looked for as it is. Of several the rarest stands for all, and only where that is found
        # they are looked for together: `key` is common, `api key` is not.
        alone = {words[0] for words in stems if len(words) == 1}
        several = [
            words
            for words in stems
            if len(words) > 1 and not any(one in word for one in alone for word in words)
        ]
        shortest = {one for one in alone if not any(other != one and other in one for other in alone)}
        self._lower = (*sorted(shortest), _SQL)
        self._rare = tuple({max(words, key=len) if words[-1] != "key" else "key" for words in several})
        self._together = re.compile(
            "|".join("[^a-z0-9]{0,3}".join(map(re.escape, words)) for words in several)
        )

    def possible(self, text: str) -> bool:
        """Whether it is worth looking into the text."""
        if any(map(text.__contains__, self._exact)) or _CARD.search(text):
            return True
        if (address := text.find("://")) >= 0 and text.find("@", address) >= 0:
            return True
        lower = text.lower()
        if any(map(lower.__contains__, self._lower)):
            return True
        return any(map(lower.__contains__, self._rare)) and self._together.search(lower) is not None
