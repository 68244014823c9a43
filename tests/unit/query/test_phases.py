"""The stretches of phases, from what transitions and records tell."""

from __future__ import annotations

from sonde.query.phases import Records, Stretch, Transition, stretches

PLAN_BUILD_DONE = [Transition(10, "plan", "build"), Transition(30, "build", "done")]
RECORDS = {"plan": Records(2, 60, False), "build": Records(10, 25, False), "done": Records(30, 30, False)}


def told(found: list[Stretch]) -> list[tuple[str, int, int | None]]:
    return [(each.phase, each.start_ns, each.end_ns) for each in found]


def test_transitions_end_the_phase_they_leave_however_long_its_spans_last() -> None:
    found = stretches(PLAN_BUILD_DONE, RECORDS, start_ns=0, is_open=False)

    assert told(found) == [("plan", 2, 10), ("build", 10, 30), ("done", 30, 30)]


def test_the_last_phase_goes_on_while_the_orchestration_runs() -> None:
    found = stretches(PLAN_BUILD_DONE[:1], RECORDS, start_ns=0, is_open=True)

    assert told(found)[:2] == [("plan", 2, 10), ("build", 10, None)]


def test_a_transition_that_a_second_component_tells_changes_nothing() -> None:
    twice = [PLAN_BUILD_DONE[0], Transition(12, "plan", "build"), PLAN_BUILD_DONE[1]]

    assert stretches(twice, RECORDS, start_ns=0, is_open=False) == stretches(
        PLAN_BUILD_DONE, RECORDS, start_ns=0, is_open=False
    )


def test_a_phase_that_is_entered_again_has_another_stretch() -> None:
    back = [*PLAN_BUILD_DONE[:1], Transition(20, "build", "plan"), Transition(28, "plan", "build")]

    assert told(stretches(back, RECORDS, start_ns=0, is_open=False)) == [
        ("plan", 2, 10),
        ("build", 10, 20),
        ("plan", 20, 28),
        ("build", 28, 28),
        ("done", 30, 30),
    ]


def test_components_with_phases_of_their_own_overlap() -> None:
    both = [
        PLAN_BUILD_DONE[0],
        Transition(15, "idle", "copy"),
        Transition(20, "copy", "idle"),
        PLAN_BUILD_DONE[1],
    ]

    assert told(stretches(both, RECORDS, start_ns=0, is_open=False)) == [
        ("idle", 0, 15),
        ("plan", 2, 10),
        ("build", 10, 30),
        ("copy", 15, 20),
        ("idle", 20, 20),
        ("done", 30, 30),
    ]


def test_a_phase_without_a_transition_reaches_from_its_first_record_to_its_last_end() -> None:
    records = {**RECORDS, "verify": Records(40, 55, False), "watch": Records(50, 50, True)}
    found = stretches(PLAN_BUILD_DONE, records, start_ns=0, is_open=True)

    assert told(found)[-2:] == [("verify", 40, 55), ("watch", 50, None)]
    assert not found[-1].is_told


def test_a_transition_that_does_not_say_from_where_leaves_the_phase_that_was_entered_last() -> None:
    found = stretches(
        [Transition(10, "", "build"), Transition(30, "", "done")], {}, start_ns=0, is_open=False
    )

    assert told(found) == [("build", 10, 30), ("done", 30, 30)]
