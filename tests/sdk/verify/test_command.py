"""`sonde verify` against a real server: what it finds, records, writes and exits with."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path

import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import Ran, sonde

from sonde.records import EventRecord, SpanRecord, new_trace_id, now
from sonde.sdk.client import Client

CONTRACT = """
name: Orchestrations
rules:
- rule: every advance is a transition
  each_span: orchestrate.advance
  has_event: state.transition
- rule: within budget
  each_span: sync_*
  max_duration: 2s
- rule: no orphans
  no_orphans: true
- rule: as many writes as transitions
  equal_counts: [{event: projection.write, component: daemon}, {event: state.transition}]
  per: orchestration
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    server = SondeServer(tmp_path_factory.mktemp("verify") / "data")
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def client(server: SondeServer) -> Generator[Client]:
    with Client(server.url) as client:
        yield client


@pytest.fixture
def orchestration() -> str:
    return f"orc_{new_trace_id()[:8]}"


Verify = Callable[..., Ran]


@pytest.fixture
def verify(server: SondeServer, tmp_path: Path) -> Verify:
    """Runs the command on a contract."""

    def run(*options: str, contract: str = CONTRACT) -> Ran:
        (tmp_path / "contract.yaml").write_text(contract)
        return sonde("verify", "contract.yaml", *options, "--url", server.url, cwd=tmp_path)

    return run


def orchestrate(
    client: Client, orchestration: str, *, told: bool = True, length_s: float = 1
) -> tuple[str, str]:
    """An orchestrator's trace and the daemon's that writes what it did; with `told` False the transition
    is missing. Their ids."""
    start = now() - timedelta(minutes=1)
    advance = SpanRecord(
        operation="orchestrate.advance",
        component="orchestrator",
        orchestration_id=orchestration,
        started_at=start,
        duration_ms=5,
        status="success",
    )
    sync = SpanRecord(
        operation="sync_all",
        component="daemon",
        orchestration_id=orchestration,
        started_at=start + timedelta(seconds=1),
        duration_ms=length_s * 1000,
        status="success",
    )
    # A child whose instrumentation knows nothing of orchestrations.
    query = SpanRecord(
        trace_id=sync.trace_id,
        parent_span_id=sync.span_id,
        operation="SELECT",
        component="daemon",
        started_at=sync.started_at,
        duration_ms=1,
    )
    write = EventRecord(
        trace_id=sync.trace_id,
        span_id=query.span_id,
        orchestration_id=orchestration,
        component="daemon",
        event_type="projection.write",
    )
    transition = EventRecord(
        trace_id=advance.trace_id,
        span_id=advance.span_id,
        orchestration_id=orchestration,
        component="orchestrator",
        event_type="state.transition",
    )
    for span in (advance, sync, query):
        client.record_span(span)
    for event in (write, transition) if told else (write,):
        client.record_event(event)
    client.flush()
    return advance.trace_id, sync.trace_id


def test_what_keeps_the_contract_exits_with_0(client: Client, orchestration: str, verify: Verify) -> None:
    orchestrate(client, orchestration)
    ran = verify("--orchestration", orchestration)
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "ok    every advance is a transition  1",
            "ok    within budget  1",
            "ok    no orphans  3",
            "ok    as many writes as transitions  2",
        ],
    )
    assert ran.err == "Orchestrations: 2 traces, 3 spans, 2 events\n"


def test_what_does_not_is_shown_and_recorded_once(client: Client, orchestration: str, verify: Verify) -> None:
    advance, sync = orchestrate(client, orchestration, told=False, length_s=3)
    for recorded in (3, 0):
        ran = verify("--orchestration", orchestration, "--format", "json")
        report = json.loads(ran.out)
        assert (ran.code, report["holds"], report["recorded"]) == (1, False, recorded)
        client.flush()
    assert [(rule["holds"], rule["checked"]) for rule in report["rules"]] == [
        (False, 1),
        (False, 1),
        (True, 3),
        (False, 1),
    ]
    assert report["rules"][0]["violations"] == [
        {
            "message": "orchestrate.advance of orchestrator has no state.transition",
            "traceIds": [advance],
            "spanId": report["rules"][0]["violations"][0]["spanId"],
            "orchestrationId": orchestration,
            "at": report["rules"][0]["violations"][0]["at"],
        }
    ]
    events = client.list_events(orchestration_id=orchestration, event_type="consistency.violation")
    assert {
        (event.attrs["sonde.violation.rule"], event.attrs["sonde.violation.trace_ids"]) for event in events
    } == {
        ("every advance is a transition", f'["{advance}"]'),
        ("within budget", f'["{sync}"]'),
        ("as many writes as transitions", f'["{sync}"]'),
    }
    assert {(event.component, event.severity, event.status) for event in events} == {
        ("sonde.verify", "error", "error")
    }
    # Nor do they count as what is checked.
    quiet = "rules: [{rule: quiet, each_event: consistency.violation, has_attrs: [never]}]"
    assert verify("--orchestration", orchestration, contract=quiet).code == 0
    shown = verify("--orchestration", orchestration).out
    assert "FAIL  within budget  1 of 1\n" in shown
    assert f"  sync_all of daemon took 3 s, more than 2 s  {sync}  span " in shown
    assert (
        f"      orchestration {orchestration}: 1 projection.write of daemon, 0 state.transition  {sync}\n"
        in shown
    )


def test_a_dry_run_records_nothing(client: Client, orchestration: str, verify: Verify) -> None:
    orchestrate(client, orchestration, told=False)
    ran = verify("--orchestration", orchestration, "--dry-run", "--format", "json")
    assert (ran.code, json.loads(ran.out)["recorded"]) == (1, 0)
    assert client.list_events(orchestration_id=orchestration, event_type="consistency.*") == []


def test_an_orchestration_that_there_is_not_is_an_error_that_says_so(
    client: Client, orchestration: str, verify: Verify
) -> None:
    ran = verify("--orchestration", "nope/..")
    assert (ran.code, ran.out) == (1, "")
    assert "no orchestration nope/.. is stored" in ran.err
    orchestrate(client, orchestration)
    ran = verify("--orchestration", orchestration, "--until", "1h")
    assert (ran.code, ran.out) == (1, "")
    assert f"nothing happened in the orchestration {orchestration} until 1h" in ran.err
    assert "--time-range" in ran.err
    assert verify("name:nothing", "--orchestration", orchestration).code == 0


def test_what_a_program_recorded_is_not_recorded_again(
    client: Client, orchestration: str, verify: Verify
) -> None:
    compared = SpanRecord(
        operation="verify.compare",
        component="verifier",
        orchestration_id=orchestration,
        started_at=now() - timedelta(minutes=1),
        duration_ms=5,
    )
    client.record_span(compared)
    told = EventRecord(
        trace_id=compared.trace_id,
        span_id=compared.span_id,
        component="verifier",
        orchestration_id=orchestration,
        event_type="consistency.violation",
        attrs={"sonde.violation.rule": "same", "sonde.violation.trace_ids": ["a" * 32, "b" * 32]},
    )
    client.record_event(told)
    client.flush()
    contract = "rules: [{rule: same, each_span: verify.compare, has_no_event: consistency.violation}]"
    ran = verify("--orchestration", orchestration, "--format", "json", contract=contract)
    report = json.loads(ran.out)
    assert (ran.code, report["recorded"]) == (1, 0)
    (found,) = report["rules"][0]["violations"]
    assert found["traceIds"] == [compared.trace_id, "a" * 32, "b" * 32]
    client.flush()
    assert len(client.list_events(orchestration_id=orchestration)) == 1


def test_a_search_chooses_whole_traces(client: Client, orchestration: str, verify: Verify) -> None:
    orchestrate(client, orchestration)
    contract = (
        f'select: {{q: "orchestration:{orchestration} name:sync_all"}}\n'
        "rules:\n"
        "- {rule: it reads, each_span: sync_all, has_child: SELECT, has_event: projection.*, at_least: 1}\n"
    )
    ran = verify(contract=contract)
    assert (ran.code, ran.err) == (0, "contract.yaml: 1 traces, 2 spans, 1 events\n")
    assert verify(f"orchestration:{orchestration} name:nothing", contract=contract).code == 1


def test_a_trace_that_the_range_cuts_in_two_has_no_orphans(client: Client, verify: Verify) -> None:
    root = SpanRecord(operation="long", started_at=now() - timedelta(hours=3), duration_ms=3.6e6)
    child = SpanRecord(
        trace_id=root.trace_id,
        parent_span_id=root.span_id,
        operation="late child",
        started_at=now() - timedelta(minutes=59),
        duration_ms=1,
    )
    for span in (root, child):
        client.record_span(span)
    client.flush()
    contract = "rules:\n- {rule: whole, no_orphans: late child, at_least: 1}"
    assert verify("--time-range", "1h", contract=contract).code == 0


@pytest.mark.parametrize(
    ("contract", "options", "told"),
    [
        ("rules:\n- {rule: a, each_spam: b}", [], "contract.yaml:2: rules[0].each_spam: unknown key"),
        ("rules: [", [], "contract.yaml:1: cannot read this as YAML"),
        (CONTRACT, ["status:(error"], "cannot read search at character"),
        (CONTRACT, ["--time-range", "soon"], "cannot use 'soon' for --time-range"),
    ],
)
def test_wrong_usage_exits_with_2(verify: Verify, contract: str, options: list[str], told: str) -> None:
    ran = verify(*options, contract=contract)
    assert ran.code == 2
    assert told in ran.err.replace("\n", " ")


def test_a_contract_may_come_from_standard_input(
    server: SondeServer, client: Client, orchestration: str
) -> None:
    orchestrate(client, orchestration, told=False)
    arguments = ("verify", "-", "--orchestration", orchestration, "--url", server.url)
    ran = sonde(*arguments, stdin=CONTRACT)
    assert (ran.code, "FAIL  every advance is a transition" in ran.out) == (1, True)
    assert sonde(*arguments, stdin="rules: 3").err.startswith("error: <standard input>:1")


def test_a_contract_that_is_not_there_exits_with_2(tmp_path: Path) -> None:
    ran = sonde("verify", "nowhere.yaml", cwd=tmp_path)
    assert (ran.code, "cannot read the contract nowhere.yaml" in ran.err) == (2, True)


def test_a_store_without_its_server_is_checked_and_nothing_recorded(tmp_path: Path) -> None:
    server = SondeServer(tmp_path / "data").start()
    try:
        with Client(server.url) as client:
            orchestrate(client, "orc_1", told=False)
    finally:
        server.stop()
    (tmp_path / "contract.yaml").write_text(CONTRACT)
    ran = sonde("verify", "contract.yaml", "--data-dir", str(server.data_dir), cwd=tmp_path)
    assert ran.code == 1
    assert "FAIL  every advance is a transition  1 of 1" in ran.out
    assert "the violations are not recorded" in ran.err
