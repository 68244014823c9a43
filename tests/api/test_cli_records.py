"""Records of tools, commands, fragments and chats: made by `sonde generate`, found by `sonde query`."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import sonde

KINDS = ("tool", "command", "fragment", "chat")
COUNT = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server with records of every kind."""
    made = SondeServer(tmp_path_factory.mktemp("records") / "data")
    try:
        made.start()
        ran = sonde(
            *("generate", "--count", str(COUNT), "--components", ",".join(KINDS)),
            *("--seed", "1", "--url", made.url),
        )
        assert ran.code == 0, ran.err
        made.flush()
        yield made
    finally:
        made.close()


def events(server: SondeServer, *arguments: str) -> list[dict[str, Any]]:
    """What a query answers."""
    ran = sonde("query", "--type", "events", "--all", "--format", "json", *arguments, "--url", server.url)
    assert ran.code == 0, ran
    return json.loads(ran.out)["events"]


def test_each_request_has_one_record(server: SondeServer) -> None:
    found = {kind: events(server, "--event-type", kind) for kind in KINDS}
    assert all(found.values())
    assert sum(len(each) for each in found.values()) == COUNT
    for kind, records in found.items():
        assert {record["component"] for record in records} == {kind}
        assert all(record["attributes"]["sonde.record.kind"] == kind for record in records)


def test_records_are_found_by_component_and_level(server: SondeServer) -> None:
    tools = [each for each in events(server, "--component", "tool") if each["eventName"] != "order.paid"]
    assert {each["eventName"] for each in tools} == {"tool"}
    failed = events(server, "sonde.record.kind:*", "--level", "error")
    assert failed
    assert all(each["status"] == "error" and each["attributes"]["sonde.error.detail"] for each in failed)


def test_a_record_leads_to_what_it_belongs_to(server: SondeServer) -> None:
    record = events(server, "--event-type", "chat")[0]
    assert record["attributes"]["gen_ai.request.model"]
    same = events(server, "--correlation-id", record["correlationId"])
    assert record["traceId"] in {each["traceId"] for each in same}
    shown = sonde("trace", record["traceId"], "--url", server.url)
    assert shown.code == 0, shown.err


def test_a_table_says_what_happened(server: SondeServer) -> None:
    ran = sonde("query", "--type", "events", "--event-type", "command", "--url", server.url)
    assert ran.code == 0
    assert "command shop " in ran.out


def test_slow_records_are_found_by_their_duration(server: SondeServer) -> None:
    slow = events(server, "sonde.record.duration_ms:>1000")
    assert slow
    assert all(float(each["attributes"]["sonde.record.duration_ms"]) > 1000 for each in slow)


def test_records_are_counted_as_metrics(server: SondeServer) -> None:
    ran = sonde(
        "query", "--type", "metrics", "sonde.record.kind:chat", "--format", "json", "--url", server.url
    )
    assert ran.code == 0, ran.err
    names = {each["name"] for each in json.loads(ran.out)["metrics"]}
    assert {"sonde.record.count", "sonde.record.duration"} <= names
