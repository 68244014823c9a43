"""Which spans tell an AI call again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sonde.query.ai_repeats import CALL, OTHER, STEP, TOOL, Nesting, repeated, suspects


@dataclass(frozen=True)
class Told:
    """A span: its number and its parent's, when it ran, and what it says. Kind `OTHER` is no AI span."""

    number: int
    parent: int = 0
    kind: int = CALL
    start: int = 0
    end: int = 10
    tokens: int = 1
    scope: int = 1
    worth: int = 4
    response: int = 0


def dropped(*spans: Told) -> set[int]:
    """The numbers of the spans that do not count; all are of one trace."""
    ai = [span for span in spans if span.kind != OTHER]

    def keys(*values: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        return np.array(values, np.uint64)

    nesting = Nesting(
        keys(*(span.number for span in ai)),
        keys(*(span.parent for span in ai)),
        keys(*(1 for _ in ai)),
        np.array([span.start for span in ai]),
        np.array([span.end for span in ai]),
        np.array([span.kind for span in ai]),
        np.array([span.tokens > 0 for span in ai]),
        np.array([span.worth if span.tokens else span.worth - 4 for span in ai]),
        keys(*(span.tokens for span in ai)),
        keys(*(span.scope for span in ai)),
        keys(*(span.response for span in ai)),
    )
    links = keys(*(span.number for span in spans)), keys(*(span.parent for span in spans))
    return set(repeated(suspects(nesting), links).tolist())


def test_an_agent_is_dropped_for_what_is_below_it_however_deep() -> None:
    assert dropped(Told(1, kind=STEP), Told(2, 1, OTHER), Told(3, 2, STEP), Told(4, 3)) == {1, 3}
    assert dropped(Told(1, kind=STEP), Told(2, 1, tokens=0)) == set()


def test_of_a_call_in_a_call_the_one_counts_that_says_more() -> None:
    assert dropped(Told(1), Told(2, 1)) == {1}
    assert dropped(Told(1, worth=6), Told(2, 1)) == {2}
    assert dropped(Told(1), Told(2, 1, tokens=0)) == {2}
    assert dropped(Told(1, tokens=0), Told(2, 1, OTHER), Told(3, 2)) == {1}


def test_a_call_around_several_is_dropped_whatever_it_says() -> None:
    assert dropped(Told(1, worth=7), Told(2, 1, tokens=0), Told(3, 1)) == {1}


def test_what_a_tool_asks_is_another_call() -> None:
    assert dropped(Told(1), Told(2, 1, TOOL), Told(3, 2)) == set()
    assert dropped(Told(1, kind=STEP), Told(2, 1, TOOL), Told(3, 2)) == {1}


def test_two_instrumentations_side_by_side_tell_one_call() -> None:
    assert dropped(Told(1), Told(2, start=1, end=9, scope=2, worth=6)) == {1}
    assert dropped(Told(1), Told(2, start=1, end=9)) == set()
    assert dropped(Told(1), Told(2, start=1, end=11, scope=2)) == set()
    assert dropped(Told(1, response=5), Told(2, start=1, end=9, scope=2, response=6)) == set()
    assert dropped(Told(1, tokens=1), Told(2, start=1, end=9, scope=2, tokens=2)) == set()


def test_a_circle_of_parents_ends() -> None:
    assert dropped(Told(1, 2, OTHER), Told(2, 1, OTHER), Told(3, 1), Told(4, 2)) == set()
    assert dropped(Told(1, 2, STEP), Told(2, 1, STEP)) == {1, 2}
