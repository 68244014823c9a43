"""Contracts as they are written, and how a mistake in one is told."""

from __future__ import annotations

import re
import textwrap

import pytest

from sonde.errors import BadRequest
from sonde.verify import read_contract
from sonde.verify.contract import (
    EachEvent,
    EachSpan,
    EqualCounts,
    EventSelector,
    Expectations,
    NoOrphans,
    Rule,
    Selection,
    SpanSelector,
)


def test_everything_a_contract_can_say_is_read() -> None:
    contract = read_contract(
        textwrap.dedent("""
            name: Orchestrations
            select: {q: "service:jobs", orchestration: orc_1, since: 2h, until: 1m}
            rules:
              - rule: advance
                each_span:
                  operation: [orchestrate.advance, orchestrate.next]
                  component: jobs
                  attrs: {n: 1}
                has_event: {event: state.transition, severity: info, attrs: [sonde.from, sonde.to]}
                has_no_event: ["*.error", "*.failed"]
                has_child: sync_all
                has_attrs: {done: true, who: "*"}
                status: [success, skipped]
                max_duration: 1m30s
                at_least: 2
              - rule: skips
                each_event: projection.skip
                has_attrs: sonde.reason
                has_event: {event: state.transition, component: orchestrator}
                matching: [orchestration, sonde.entity.task]
                in_span: sync_*
              - {rule: whole, no_orphans: true}
              - {rule: whole jobs, no_orphans: {component: jobs}}
              - rule: equal
                equal_counts: [{operation: sync}, {event: done, component: jobs}]
                per: trace
            """)
    )
    assert contract.name == "Orchestrations"
    assert contract.select == Selection("service:jobs", "orc_1", "", "2h", "1m")
    assert contract.rules == (
        Rule(
            "advance",
            EachSpan(
                SpanSelector(("orchestrate.advance", "orchestrate.next"), "jobs", attrs={"n": "1"}),
                Expectations(
                    has_event=(
                        EventSelector(
                            ("state.transition",), severity="info", attrs={"sonde.from": "*", "sonde.to": "*"}
                        ),
                    ),
                    has_no_event=(EventSelector(("*.error",)), EventSelector(("*.failed",))),
                    has_child=(SpanSelector(("sync_all",)),),
                    has_attrs={"done": "true", "who": "*"},
                    status=("success", "skipped"),
                    max_duration_s=90,
                ),
            ),
            at_least=2,
        ),
        Rule(
            "skips",
            EachEvent(
                EventSelector(("projection.skip",)),
                Expectations(
                    has_event=(EventSelector(("state.transition",), "orchestrator"),),
                    in_span=SpanSelector(("sync_*",)),
                    has_attrs={"sonde.reason": "*"},
                    matching=("orchestration", "sonde.entity.task"),
                ),
            ),
        ),
        Rule("whole", NoOrphans(SpanSelector())),
        Rule("whole jobs", NoOrphans(SpanSelector(component="jobs"))),
        Rule("equal", EqualCounts((SpanSelector(("sync",)), EventSelector(("done",), "jobs")), "trace")),
    )


def test_a_contract_without_a_name_goes_by_its_file() -> None:
    assert read_contract("rules: [{rule: a, no_orphans: true}]", "shop.yaml").name == "shop.yaml"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "c.yaml:1: the contract is empty", "rules:"),
        ("name: x", "c.yaml:1: there are no rules", "rules:"),
        ("a: [1", "c.yaml:1: cannot read this as YAML: expected ',' or ']'", ""),
        ("rules:\n\t- a", "c.yaml:2: cannot read this as YAML: found character '\\t'", ""),
        ("- a", "c.yaml:1: expected keys, a list is here", "name, select, rules"),
        ("rules: []", "c.yaml:1: rules: the list is empty", ""),
        (
            "rules:\n- rule: a\n  each_spam: x\n  max_duration: 1s",
            "c.yaml:3: rules[0].each_spam: unknown",
            "each_span",
        ),
        (
            "rules:\n- rule: a\n  each_span: x\n  max_durration: 1s",
            "c.yaml:4: rules[0].max_durration: un",
            "max_duration?",
        ),
        ("rules:\n- rule: a\n  each_event: x\n  max_duration: 1s", "c.yaml:4: rules[0].max_duration: un", ""),
        ("rules:\n- each_span: x\n  status: error", "c.yaml:2: rules[0]: the rule has no name", ""),
        ("rules:\n- rule: a", "c.yaml:2: rules[0]: the rule checks nothing", ""),
        ("rules:\n- rule: a\n  each_span: x", "c.yaml:2: rules[0]: the rule expects nothing", "has_event"),
        (
            "rules:\n- {rule: a, each_span: x, status: error,\n   each_event: y}",
            "c.yaml:3: rules[0].each_event: a rule has one check, this one has each_span already",
            "",
        ),
        (
            "rules:\n- rule: a\n  each_span: x\n  max_duration: soon",
            "max_duration: expected a duration",
            "200ms",
        ),
        ("rules:\n- rule: a\n  each_span: x\n  max_duration: 5", "expected a duration, not '5'", "200ms"),
        ("rules:\n- rule: a\n  each_span: x\n  status: fine", "no status is called 'fine'", "blocked"),
        (
            "rules:\n- rule: a\n  each_span:\n  status: error",
            "each_span: expected a text, nothing is here",
            "",
        ),
        (
            "rules:\n- rule: a\n  each_span: {name: x}\n  status: error",
            "c.yaml:3: rules[0].each_span.name: un",
            "",
        ),
        (
            "rules:\n- rule: a\n  equal_counts: [x, y]",
            "rules[0].equal_counts[0]: expected `operation:` or",
            "e.g.",
        ),
        ("rules:\n- rule: a\n  equal_counts: [{event: x}]", "at least two sides", ""),
        (
            "rules:\n- rule: a\n  equal_counts: [{event: x, operation: y}, {event: z}]",
            "either `operation:`",
            "",
        ),
        ("rules:\n- rule: a\n  no_orphans: false", "expected true, or which spans", ""),
        (
            "rules:\n- rule: a\n  no_orphans: true\n  at_least: many",
            "c.yaml:4: rules[0].at_least: expected a w",
            "",
        ),
        (
            "rules:\n- {rule: a, no_orphans: true}\n- {rule: a, no_orphans: true}",
            "c.yaml:3: rules[1]: a rule is c",
            "",
        ),
        ("select: {since: 1h, time_range: 2h}\nrules: []", "cannot be given together with time_range", ""),
        ("select: {service: x}\nrules: []", "c.yaml:1: select.service: unknown key", "q, orchestration"),
        ("name: a\nname: b\nrules: []", "c.yaml:2: name: this key is given twice", ""),
        ("rules: &r\n- *r", "c.yaml:1: rules[0]: expected keys, a list is here", ""),
    ],
)
def test_a_mistake_is_told_by_line_and_key(text: str, message: str, hint: str) -> None:
    with pytest.raises(BadRequest, match=re.escape(message)) as raised:
        read_contract(text, "c.yaml")
    assert hint in raised.value.hint
