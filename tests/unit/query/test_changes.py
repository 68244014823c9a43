"""Changes: told when they are big enough to matter, the largest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde.query.changes import Figures, Place, changes

MANY = Figures(1000, 0, 1000, 10.0)


def told(now: dict[Place, Figures], before: dict[Place, Figures]) -> list[tuple[str, str, str]]:
    """Kinds and places."""
    return [(each["kind"], each["component"], each["operation"]) for each in changes(now, before, limit=99)]


def kinds(now: Figures, before: Figures) -> list[str]:
    """Kinds of the changes of one place."""
    return [kind for kind, _, _ in told({("a", ""): now}, {("a", ""): before})]


def test_what_stays_as_it_was_is_not_told() -> None:
    assert kinds(MANY, MANY) == []
    assert kinds(Figures(1200, 3, 1200, 12.0), Figures(1000, 1, 1000, 10.0)) == []


def test_each_kind_is_told_beyond_its_bound_only() -> None:
    assert kinds(Figures(2100, 0, 2100, 10.0), MANY) == ["traffic"]
    assert kinds(Figures(400, 0, 400, 10.0), MANY) == ["traffic"]
    assert kinds(Figures(6, 0, 6, 10.0), Figures(2, 0, 2, 10.0)) == []
    assert kinds(Figures(1000, 30, 1000, 10.0), Figures(1000, 10, 1000, 10.0)) == ["errors"]
    assert kinds(Figures(1000, 10, 1000, 10.0), Figures(1000, 30, 1000, 10.0)) == ["errors"]
    assert kinds(Figures(100, 3, 100, 10.0), Figures(100, 1, 100, 10.0)) == []
    assert kinds(Figures(1000, 0, 1000, 16.0), MANY) == ["latency"]
    assert kinds(Figures(1000, 0, 1000, 3.0), Figures(1000, 0, 1000, 2.0)) == []
    assert kinds(Figures(25, 0, 25, 90.0), Figures(25, 0, 25, 10.0)) == []


def test_a_new_component_is_told_without_its_operations_but_not_where_nothing_was_before() -> None:
    new: dict[Place, Figures] = {("b", ""): MANY, ("b", "x"): MANY}
    old: dict[Place, Figures] = {("a", ""): MANY, ("a", "x"): MANY}
    assert told({**old, **new}, old) == [("new", "b", "")]
    assert told(old, {**old, **new}) == [("gone", "b", "")]
    assert told({**old, ("a", "y"): MANY}, old) == [("new", "a", "y")]
    assert told(new, {}) == []


def test_the_largest_come_first_and_say_how_large_they_are() -> None:
    now = {("a", ""): Figures(3000, 0, 3000, 10.0), ("b", ""): Figures(1000, 0, 1000, 80.0)}
    before = {("a", ""): MANY, ("b", ""): MANY}
    first, second = changes(now, before, limit=2)
    assert (first["kind"], first["before"], first["now"], first["ratio"]) == ("latency", 10.0, 80.0, 8.0)
    assert (second["kind"], second["ratio"]) == ("traffic", 3.0)
    assert len(changes(now, before, limit=1)) == 1
    [errors] = changes({("a", ""): Figures(1000, 50, 1000, 10.0)}, {("a", ""): MANY}, limit=9)
    assert errors["ratio"] is None


figures = st.builds(
    Figures,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.none() | st.floats(0, 1e6),
)
places = st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from(["", "x", "y"])), figures)


@given(places, places)
def test_any_figures_have_changes_that_are_mirrored_when_time_runs_backwards(
    now: dict[Place, Figures], before: dict[Place, Figures]
) -> None:
    now = {
        place: Figures(each.spans, min(each.errors, each.spans), each.finished, each.p95_ms)
        for place, each in now.items()
    }
    before = {
        place: Figures(each.spans, min(each.errors, each.spans), each.finished, each.p95_ms)
        for place, each in before.items()
    }
    if now and before:
        swapped = {"new": "gone", "gone": "new"}
        assert sorted(told(now, before)) == sorted((swapped.get(k, k), c, o) for k, c, o in told(before, now))
