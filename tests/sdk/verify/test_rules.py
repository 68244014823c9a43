"""What each kind of rule finds, and what it lets pass."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.records import EventRecord, SpanRecord
from sonde.verify import Finding, TraceSet, check, read_contract

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def span(
    trace: int, number: int, operation: str, parent: int = 0, length_ms: float | None = 10, **fields: Any
) -> SpanRecord:
    ids = {"trace_id": f"{trace:032x}", "span_id": f"{number:016x}"}
    return SpanRecord(
        **ids,
        operation=operation,
        parent_span_id=f"{parent:016x}" if parent else "",
        started_at=AT + timedelta(seconds=number),
        duration_ms=length_ms,
        **fields,
    )


def event(trace: int, number: int, event_type: str, **fields: Any) -> EventRecord:
    return EventRecord(
        trace_id=f"{trace:032x}" if trace else "",
        span_id=f"{number:016x}" if number else "",
        event_type=event_type,
        recorded_at=AT,
        **fields,
    )


def findings(rule: str, *records: SpanRecord | EventRecord) -> list[str]:
    """What is found by one rule, written without its name."""
    contract = read_contract("rules:\n- rule: it\n" + textwrap.indent(textwrap.dedent(rule), "  "))
    spans = [record for record in records if isinstance(record, SpanRecord)]
    events = [record for record in records if isinstance(record, EventRecord)]
    report = check(contract, TraceSet(spans, events), now=AT + timedelta(minutes=1))
    assert report.holds is not bool(report.findings)
    return [finding.message for finding in report.findings]


def test_what_ended_well_without_saying_so_is_a_success() -> None:
    silent, said, failed = span(1, 1, "a"), span(1, 2, "b", status="success"), span(1, 3, "c", status="error")
    running = span(1, 4, "d", length_ms=None)
    events = [event(1, 1, "x"), event(1, 1, "y", status="error")]
    every = [silent, said, failed, running, *events]

    assert findings("each_span: {status: success}\nhas_attrs: [none]", *every) == [
        "a has no none",
        "b has no none",
    ]
    assert findings("each_span: {status: unset}\nhas_child: z", *every) == ["a has no child z"]
    assert findings("each_event: {status: success}\nhas_attrs: [none]", *every) == ["x has no none"]
    assert findings("each_span: [a, b, c]\nstatus: success", *every) == [
        "c has the status error, not success"
    ]
    assert findings("each_span: a\nstatus: skipped", *every) == ["a has the status unset, not skipped"]


def test_a_span_has_its_event_in_it_or_below_it() -> None:
    rule = "each_span: orchestrate.advance\nhas_event: state.transition"
    good = [span(1, 1, "orchestrate.advance"), span(1, 2, "write", 1), event(1, 2, "state.transition")]
    elsewhere = [span(1, 3, "orchestrate.advance"), span(2, 4, "orchestrate.advance", component="jobs")]
    assert findings(rule, *good) == []
    assert findings(rule, *good, *elsewhere) == [
        "orchestrate.advance has no state.transition",
        "orchestrate.advance of jobs has no state.transition",
    ]


def test_what_matches_elsewhere_shares_what_it_is_told_to() -> None:
    rule = """
        each_event: {event: projection.write, component: daemon}
        has_event: {event: state.transition, component: orchestrator}
        matching: [orchestration, task]
    """

    def write(orchestration: str, task: object) -> EventRecord:
        return event(
            1, 1, "projection.write", component="daemon", orchestration_id=orchestration, attrs={"task": task}
        )

    def transition(orchestration: str, task: object) -> EventRecord:
        return event(
            2,
            2,
            "state.transition",
            component="orchestrator",
            orchestration_id=orchestration,
            attrs={"task": task},
        )

    assert findings(rule, write("o1", 7), transition("o1", "7")) == []
    message = (
        "projection.write of daemon has no state.transition of orchestrator "
        "with the same orchestration and task"
    )
    assert findings(rule, write("o1", 7), transition("o1", 8), transition("o2", 7)) == [message]
    assert findings(rule, write("o1", ""), transition("o1", "")) == [message]


def test_an_event_has_its_attributes_and_its_span() -> None:
    rule = "each_event: projection.skip\nhas_attrs: [sonde.reason]\nin_span: sync_all"
    spans = [span(1, 1, "sync_all"), span(1, 2, "sync_tasks", 1), span(1, 3, "other")]
    assert findings(rule, *spans, event(1, 2, "projection.skip", attrs={"sonde.reason": "same"})) == []
    assert findings(rule, *spans, event(1, 3, "projection.skip"), event(0, 0, "projection.skip")) == [
        "projection.skip has no sonde.reason",
        "projection.skip is in other, not in sync_all",
        "projection.skip has no sonde.reason",
        "projection.skip is in no span, not in sync_all",
    ]
    assert findings("each_event: x\nhas_attrs: {n: '1*'}", event(1, 1, "x", attrs={"n": 20})) == [
        "x has n=20, not 1*"
    ]


def test_attributes_that_are_fields_of_a_record_are_attributes_all_the_same() -> None:
    failed = span(1, 1, "advance", orchestration_id="o1", error_code="TimeoutError", component="jobs")
    rule = (
        "each_span: {operation: advance, attrs: {error.type: Time*}}\nhas_attrs: {sonde.orchestration.id: o2}"
    )
    assert findings(rule, failed) == ["advance of jobs has sonde.orchestration.id=o1, not o2"]
    assert findings("each_span: advance\nhas_attrs: [sonde.error.detail]", failed) == [
        "advance of jobs has no sonde.error.detail"
    ]


def test_a_span_keeps_its_budget_also_while_it_runs() -> None:
    rule = "each_span: sync_*\nmax_duration: 20s\nstatus: success"
    ended = span(1, 1, "sync_a", length_ms=20_000, status="success")
    slow = span(1, 2, "sync_b", length_ms=20_001, status="success")
    runs = span(1, 50, "sync_c", length_ms=None)
    long = span(1, 4, "sync_d", length_ms=None)
    assert findings(rule, ended, slow, runs, long) == [
        "sync_b took 20 s, more than 20 s",
        "sync_d has run for 56 s, more than 20 s",
    ]


def test_children_and_what_is_below_are_told_apart() -> None:
    tree = [span(1, 1, "sync_all"), span(1, 2, "sync_tasks", 1), span(1, 3, "SELECT", 2, status="error")]
    assert findings("each_span: sync_all\nhas_child: [sync_tasks]\nhas_descendant: SELECT", *tree) == []
    assert findings("each_span: sync_all\nhas_child: [SELECT]\nhas_no_child: sync_*", *tree) == [
        "sync_all has no child SELECT",
        "sync_all has the child sync_tasks",
    ]
    assert findings("each_span: sync_all\nhas_descendant: INSERT", *tree) == [
        "sync_all has nothing below it that is INSERT"
    ]
    assert findings("each_span: {status: error}\nstatus: [success, skipped]", *tree) == [
        "SELECT has the status error, not success or skipped"
    ]
    assert findings("each_span: SELECT\nhas_no_span: sync_all\nhas_span: commit", *tree) == [
        "SELECT has no commit",
        "SELECT has the span sync_all",
    ]


def test_an_orphan_is_a_span_whose_parent_is_not_there() -> None:
    spans = [span(1, 1, "root"), span(1, 2, "child", 1), span(1, 3, "lost", 9), span(2, 4, "other trace", 1)]
    assert findings("no_orphans: true", *spans) == [
        "lost has no parent: 0000000000000009 is not there",
        "other trace has no parent: 0000000000000001 is not there",
    ]
    assert findings("no_orphans: child", *spans) == []


def test_counts_are_equal_in_each_group() -> None:
    rule = """
        equal_counts:
        - {event: projection.write, component: daemon}
        - {event: state.transition}
        per: orchestration
    """
    records = [
        *(event(1, 1, "projection.write", component="daemon", orchestration_id="o1") for _ in range(3)),
        *(event(2, 2, "state.transition", orchestration_id="o1") for _ in range(2)),
        event(3, 3, "projection.write", component="daemon", orchestration_id="o2"),
        event(3, 3, "state.transition", orchestration_id="o2"),
        event(3, 3, "projection.write", component="else", orchestration_id="o2"),
    ]
    assert findings(rule, *records) == ["orchestration o1: 3 projection.write of daemon, 2 state.transition"]
    assert findings(rule.replace("per: orchestration", ""), *records) == [
        "4 projection.write of daemon, 3 state.transition"
    ]


def test_a_finding_names_every_trace_that_shows_it() -> None:
    contract = read_contract("rules:\n- {rule: r, equal_counts: [{event: a}, {operation: b}]}")
    report = check(contract, TraceSet([span(2, 1, "b"), span(3, 2, "b")], [event(1, 1, "a")]))
    ids = tuple(f"{number:032x}" for number in (2, 3, 1))
    assert [set(finding.trace_ids) for finding in report.findings] == [set(ids)]
    one = read_contract("rules:\n- {rule: r, each_span: b, has_event: a}")
    (finding,) = check(one, TraceSet([span(2, 1, "b", orchestration_id="o")], [])).findings
    assert finding == Finding("r", "b has no a", (ids[0],), f"{1:016x}", "o", "2026-01-05T12:00:01.000000Z")


@pytest.mark.parametrize("carried", [[f"{7:032x}", f"{8:032x}"], f'["{7:032x}","{8:032x}"]'])
def test_what_finds_a_recorded_violation_says_so_and_names_the_traces_it_carries(carried: object) -> None:
    contract = read_contract(
        "rules:\n- {rule: same, each_span: compare, has_no_event: consistency.violation}"
    )
    recorded = event(1, 1, "consistency.violation", attrs={"sonde.violation.trace_ids": carried})
    (finding,) = check(contract, TraceSet([span(1, 1, "compare")], [recorded])).findings
    assert finding.is_recorded
    assert finding.trace_ids == tuple(f"{number:032x}" for number in (1, 7, 8))
    other = read_contract("rules:\n- {rule: same, each_span: compare, has_no_event: tick}")
    (finding,) = check(other, TraceSet([span(1, 1, "compare")], [event(1, 1, "tick")])).findings
    assert not finding.is_recorded


def test_a_rule_with_nothing_to_check_holds_unless_it_must_not() -> None:
    assert findings("each_span: x\nstatus: error", span(1, 1, "y")) == []
    assert findings("each_span: x\nstatus: error\nat_least: 1", span(1, 1, "y")) == [
        "there are 0 to check, fewer than 1"
    ]


@pytest.mark.timeout(60)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(0, 6)), max_size=30))
def test_any_shape_of_trace_is_checked_to_its_end(shape: list[tuple[int, int, int]]) -> None:
    """Loops of parents, spans twice, parents in other traces."""
    spans = [span(trace, number, "x", parent) for trace, number, parent in shape]
    known = {(each.trace_id, each.span_id): each.parent_span_id for each in spans}
    orphans = [key for key, parent in known.items() if parent and (key[0], parent) not in known]
    contract = read_contract(
        "rules:\n- {rule: a, no_orphans: true}\n- {rule: b, each_span: x, has_descendant: y, in_span: y}"
    )
    report = check(contract, TraceSet(spans, []))
    assert len(report.results[0].findings) == len(orphans)
    assert len(report.results[1].findings) == 2 * len(known)


def test_a_finding_names_its_subject_its_time_and_both_sides() -> None:
    skipped = event(1, 1, "projection.skip", component="daemon", attrs={"sonde.subject": "member ada"})
    put = event(2, 2, "projection.put", attrs={"sonde.subject": "member ada"})
    written = "each_event: projection.skip\nhas_no_event: projection.put\nmatching: [sonde.subject]"
    contract = read_contract("rules:\n- rule: it\n" + textwrap.indent(written, "  "))
    (found,) = check(contract, TraceSet([], [skipped, put]), now=AT).findings
    assert found.message == (
        "projection.skip (member ada) of daemon has the event projection.put (member ada)"
    )
    assert found.trace_ids == (f"{1:032x}", f"{2:032x}")
    assert datetime.fromisoformat(found.at) == AT
