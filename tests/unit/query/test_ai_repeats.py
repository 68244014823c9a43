"""Which spans tell an AI call again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sonde.query.ai_repeats import CALL, NO_LINKS, OTHER, STEP, TOOL, Nesting, repeated, suspects, undecided


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
    service: int = 1
    trace: int = 1


def keys(*values: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """A column of digests."""
    return np.array(values, np.uint64)


def nesting(*spans: Told) -> Nesting:
    """Those of AI calls."""
    ai = [span for span in spans if span.kind != OTHER]
    return Nesting(
        keys(*(span.number for span in ai)),
        keys(*(span.parent for span in ai)),
        keys(*(span.trace for span in ai)),
        np.array([span.start for span in ai]),
        np.array([span.end for span in ai]),
        np.array([span.kind for span in ai]),
        np.array([span.tokens > 0 for span in ai]),
        np.array([span.worth if span.tokens else span.worth - 4 for span in ai]),
        keys(*(span.tokens for span in ai)),
        keys(*(span.scope for span in ai)),
        keys(*(span.response for span in ai)),
        keys(*(span.service for span in ai)),
    )


def dropped(*spans: Told) -> set[int]:
    """The numbers of the spans that do not count, when everything is known of their parents."""
    links = keys(*(span.number for span in spans)), keys(*(span.parent for span in spans))
    return set(repeated(suspects(nesting(*spans)), links).tolist())


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


def test_a_span_that_came_twice_is_one() -> None:
    assert dropped(Told(1, worth=7), Told(2, 1), Told(2, 1)) == {2}
    assert dropped(Told(1), Told(1)) == set()


def test_long_chains_of_calls_and_of_other_spans_are_settled() -> None:
    calls = [Told(number, number - 1, start=number) for number in range(1, 50)]
    assert dropped(*calls) == set(range(1, 49))
    assert dropped(Told(1), Told(2, 1, start=1, worth=7), Told(3, 2, start=2)) == {1, 3}
    assert dropped(Told(1), Told(2, 1, start=1), Told(3, 2, start=2), Told(4, 2, start=3)) == {1, 2}
    others = [Told(number, number - 1, OTHER) for number in range(2, 150)]
    assert dropped(Told(1), *others, Told(150, 149)) == {1}


def test_only_traces_in_which_something_is_missing_have_to_be_looked_up() -> None:
    def looked_up(*spans: Told) -> list[int]:
        return undecided(suspects(nesting(*spans))).tolist()

    # 99 is a span of another block, of which nothing is known here.
    assert looked_up(Told(1, 99, STEP), Told(2, 1), Told(3, 1)) == []
    assert looked_up(Told(1, 99), Told(2, 99)) == [1]
    assert looked_up(Told(1, 99, start=0, end=10), Told(2, 99, start=11, end=20)) == []
    assert looked_up(Told(1, 99, end=10), Told(2, 99, start=11, end=20, service=2)) == [1]
    assert looked_up(Told(1), Told(2)) == []
    assert looked_up(Told(1), Told(2, 99)) == [1]
    # A tool that nothing to be counted is in has nothing to decide; one below which something is has.
    assert looked_up(Told(1), Told(2, 99, TOOL), Told(3, 1)) == []
    assert looked_up(Told(1), Told(2, 99, TOOL), Told(3, 2)) == [1]
    many = [
        Told(10 * trace + each, 99, trace=trace) for trace in range(1, 9) for each in range(1 + trace % 2)
    ]
    assert looked_up(*many) == [1, 3, 5, 7]
    assert looked_up() == []
    assert not len(repeated(suspects(nesting()), NO_LINKS))
