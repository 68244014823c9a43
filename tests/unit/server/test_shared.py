"""Answers are shared for a moment, and only between those who ask the same."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sonde.server.shared import MAX_ANSWERS, Shared


def test_an_answer_is_shared_until_it_is_too_old() -> None:
    now = [100.0]
    shared = Shared(lambda: now[0])
    made = iter(range(10))
    answers: list[int] = []
    for seconds in (0, 1.9, 0.2, 1):
        now[0] += seconds
        answers.append(shared.get("q", lambda: next(made), for_s=2))
    assert answers == [0, 0, 1, 1]


def test_other_questions_have_other_answers() -> None:
    shared = Shared()
    assert [shared.get((t, "q"), lambda t=t: t, for_s=60) for t in ("a", "b", "a")] == ["a", "b", "a"]


def test_those_who_ask_at_once_wait_for_one_answer() -> None:
    shared = Shared()
    made: list[int] = []
    barrier = threading.Barrier(4)

    def ask() -> int:
        barrier.wait(5)

        def make() -> int:
            time.sleep(0.05)
            made.append(1)
            return 7

        return shared.get("q", make, for_s=60)

    with ThreadPoolExecutor(4) as threads:
        assert [each.result(10) for each in [threads.submit(ask) for _ in range(4)]] == [7] * 4
    assert made == [1]


def test_a_failure_is_not_kept() -> None:
    shared = Shared()
    with pytest.raises(ZeroDivisionError):
        shared.get("q", lambda: 1 // 0, for_s=60)
    assert shared.get("q", lambda: 1, for_s=60) == 1


def test_no_more_than_a_number_of_answers_is_kept() -> None:
    shared = Shared()
    for number in range(MAX_ANSWERS + 1):
        shared.get(number, lambda: "old", for_s=60)
    assert shared.get(0, lambda: "new", for_s=60) == "new"
    assert shared.get(MAX_ANSWERS, lambda: "new", for_s=60) == "old"
