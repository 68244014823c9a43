"""Answers shared between callers that ask the same within a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

MAX_ANSWERS = 256

T = TypeVar("T")


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: Any = None
    until: float = 0.0


class Shared:
    """Answers by question; the tenant belongs to the question. Any thread may ask.

    Of those who ask at once one finds out, and the others wait for it. What fails is not kept.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._entries: dict[Hashable, _Entry] = {}

    def get(self, question: Hashable, make: Callable[[], T], *, for_s: float) -> T:
        """The answer to a question: one that is younger than `for_s`, else a new one."""
        entry = self._entry(question)
        with entry.lock:
            if entry.until <= self._clock():
                answer = make()
                entry.answer, entry.until = answer, self._clock() + for_s
            return entry.answer

    def _entry(self, question: Hashable) -> _Entry:
        with self._guard:
            # What was asked last stays longest.
            entry = self._entries.pop(question, None) or _Entry()
            self._entries[question] = entry
            while len(self._entries) > MAX_ANSWERS:
                self._entries.pop(next(iter(self._entries)))
            return entry
