"""Who asked for links: keys and tokens, the audit log of every access, and how it is counted."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer

HOSTILE = ["a/b", "Grüße 💶", "x" * 5000, "'; DROP TABLE audit_log --", "a\nb\x00"]
TOOL = "http://tool.example:8080"
ELSEWHERE = "http://elsewhere.example"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A key of each scope, and the folder that they open."""
    folder = tmp_path_factory.mktemp("access") / "data"
    made = {"folder": str(folder)}
    for scope in ("admin", "ingest", "links", "read"):
        command = [sys.executable, "-m", "sonde", "keys", "create", "--scope", scope]
        told = subprocess.run(
            [*command, "--name", f"the {scope}", "--data-dir", str(folder)],
            capture_output=True,
            text=True,
            check=True,
        )
        made[scope] = told.stdout.strip().split()[-1]
    return made


@pytest.fixture(scope="module")
def server(keys: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    server = SondeServer(Path(keys["folder"]), links_cors_origins=TOOL)
    try:
        yield server.start()
    finally:
        server.close()


class Asking:
    """Requests with a key or a token, to one server."""

    def __init__(self, server: SondeServer, keys: dict[str, str]) -> None:
        self._url = server.url
        self._keys = keys

    def __call__(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """`who` is a scope, a token, or "" for nobody."""
        headers = dict(more.pop("headers", {}))
        if who:
            headers["authorization"] = f"Bearer {self._keys.get(who, who)}"
        return httpx.request(method, self._url + path, headers=headers, timeout=30, **more)

    def store(self, entity_id: str, run_id: str = "run_1", kind: str = "payment") -> None:
        """Store one link."""
        body = {"type": kind, "id": entity_id, "runId": run_id}
        assert self("ingest", "POST", "/api/v1/links", json=body).status_code == 200

    def link(self, who: str, entity_id: str, **more: Any) -> httpx.Response:
        """Ask for one link."""
        return self(who, "GET", "/api/v1/links", params={"type": "payment", "id": entity_id}, **more)

    def token(self, who: str = "links", **wanted: Any) -> str:
        """A token."""
        return str(self(who, "POST", "/api/v1/links/tokens", json=wanted).json()["token"])

    def audit(self, entity_id: str = "", **wanted: Any) -> list[dict[str, Any]]:
        """The audit log as it is now, the oldest first."""
        assert self("ingest", "POST", "/api/v1/flush").status_code == 200
        params = {"id": entity_id, "limit": 1000, **wanted}
        answer = self("admin", "GET", "/api/v1/audit", params=params)
        assert answer.status_code == 200, answer.text
        return list(reversed(answer.json()["audit"]))


@pytest.fixture(scope="module")
def ask(server: SondeServer, keys: dict[str, str]) -> Asking:
    return Asking(server, keys)


def test_every_access_is_in_the_audit_log_with_who_what_and_from_where(
    ask: Asking, keys: dict[str, str]
) -> None:
    ask.store("pym_a")
    ask.link("links", "pym_a", headers={"origin": TOOL, "x-forwarded-for": "203.0.113.7"})
    ask.link("read", "pym_a")
    ask("links", "GET", "/api/v1/links/history?type=payment&id=pym_a")
    ask("links", "GET", "/go/payment/pym_a")
    ask("ingest", "POST", "/api/v1/flush")
    ask("read", "GET", "/api/v1/entities/payment/pym_a")
    ask("links", "POST", "/api/v1/links/query", json={"entities": [{"type": "payment", "id": "pym_a"}]})
    ask("ingest", "GET", "/go/payment/pym_a")
    ask("", "GET", "/api/v1/links?type=payment&id=pym_a")
    ask("sonde_0_nonsense", "GET", "/api/v1/links?type=payment&id=pym_a")
    found = ask.audit("pym_a")
    assert [(each["action"], each["result"], each["keyName"]) for each in found] == [
        ("write", "stored", "the ingest"),
        ("read", "found", "the links"),
        ("read", "found", "the read"),
        ("history", "found", "the links"),
        ("redirect", "found", "the links"),
        ("history", "found", "the read"),
        ("read", "found", "the links"),
        ("redirect", "forbidden", "the ingest"),
        ("read", "unauthenticated", ""),
        ("read", "unauthenticated", ""),
    ]
    assert {each["runId"] for each in found[:7]} == {"run_1"}
    assert {(each["entityType"], each["clientAddress"]) for each in found} == {("payment", "127.0.0.1")}
    assert (found[1]["origin"], found[1]["forwardedFor"]) == (TOOL, "203.0.113.7")
    assert found[1]["keyId"] == keys["links"].split("_")[1]


def test_a_search_that_tells_runs_is_in_the_audit_log(ask: Asking) -> None:
    def search(who: str, q: str, **more: Any) -> httpx.Response:
        return ask(who, "GET", "/api/v1/entities", params={"q": q, **more})

    def noted() -> list[tuple[str, ...]]:
        names = ("result", "keyName", "entityType", "entityId", "runId")
        return [tuple(each[name] for name in names) for each in ask.audit(action="search")]

    ask.store("seek_1", "run_a")
    ask.store("seek_1", "run_b", "invoice")
    ask.store("seek_10", "run_c")
    for number in range(11):
        ask.store(f"seek_many{number}", f"run_{number}")
    ask.store("seek_many", "run_z")
    ask("ingest", "POST", "/api/v1/flush")
    before = noted()
    assert search("read", "seek_1").json()["entities"][0]["lastRunId"] == "run_b"
    search("read", "seek_1", type="payment", limit=1)
    search("read", "seek_many", limit=100)
    search("read", "seek_nothing", type="payment")
    assert search("links", "seek_1").status_code == 403
    assert search("", "seek_1").status_code == 401
    assert noted()[len(before) :] == [
        ("found", "the read", "invoice", "seek_1", "run_b"),
        ("found", "the read", "payment", "seek_1", "run_a"),
        ("found", "the read", "payment", "seek_10", "run_c"),
        ("found", "the read", "payment", "seek_1", "run_a"),
        ("found", "the read", "payment", "seek_many", "run_z"),
        ("found", "the read", "", "seek_many", ""),
        ("unknown", "the read", "payment", "seek_nothing", ""),
        ("forbidden", "the links", "", "seek_1", ""),
        ("unauthenticated", "", "", "seek_1", ""),
    ]
    assert ask("links", "GET", "/api/v1/entities/payment/seek_1").status_code == 403
    (refused,) = ask.audit("seek_1", action="history")
    assert (refused["result"], refused["entityType"]) == ("forbidden", "payment")


@pytest.mark.parametrize("entity_id", HOSTILE)
def test_the_audit_log_tells_what_was_not_there_of_any_id(ask: Asking, entity_id: str) -> None:
    ask.link("links", entity_id)
    (found,) = ask.audit(entity_id, action="read")
    assert (found["result"], found["runId"]) == ("unknown", "")
    assert entity_id.startswith(found["entityId"])


def test_the_audit_log_is_read_in_pages_by_administrators_only(ask: Asking) -> None:
    for number in range(5):
        ask.link("links", f"pym_page_{number}")
    for who in ("", "read", "links", "ingest"):
        assert ask(who, "GET", "/api/v1/audit").status_code in (401, 403)
    ask.audit()
    params = {"action": "read", "result": "unknown", "type": "payment", "limit": 2}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = ask("admin", "GET", "/api/v1/audit", params={**params, **more}).json()
        assert len(page["audit"]) <= 2
        seen += [each["entityId"] for each in page["audit"]]
        cursor = page["nextCursor"]
    assert [each for each in seen if each.startswith("pym_page_")] == [
        f"pym_page_{number}" for number in (4, 3, 2, 1, 0)
    ]
    assert ask("admin", "GET", "/api/v1/audit?action=stare").status_code == 400


def test_nothing_that_is_sent_becomes_an_entry(ask: Asking) -> None:
    before = len(ask.audit())
    attributes = [{"key": "sonde.entity.payment", "value": {"stringValue": "pym_forged"}}]
    record = {"timeUnixNano": "1790000000000000000", "eventName": "audit", "attributes": attributes}
    for path in ("/v1/logs", "/v1/audit", "/api/v1/audit"):
        ask("ingest", "POST", path, json={"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    assert len(ask.audit()) == before


def test_an_entry_outlives_a_server_that_stops_right_after(keys: dict[str, str], tmp_path: Path) -> None:
    server = SondeServer(tmp_path / "data").start()
    asking = Asking(server, {})
    try:
        asking.link("", "pym_last_word")
        server.stop()
        server.start()
        (found,) = asking.audit("pym_last_word")
        assert (found["result"], found["keyId"]) == ("unknown", "")
    finally:
        server.close()


def test_a_token_reads_the_entities_it_names_and_nothing_else(ask: Asking) -> None:
    ask.store("pym_mine")
    ask.store("pym_other")
    token = ask.token(entities=[{"type": "payment", "id": "pym_mine"}, {"type": "invoice", "id": "inv_1"}])
    assert ask.link(token, "pym_mine").json()["runId"] == "run_1"
    refused = ask.link(token, "pym_other")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert "pym_other" in refused.json()["error"]["message"]
    both = {"entities": [{"type": "payment", "id": name} for name in ("pym_other", "pym_mine")]}
    answers = ask(token, "POST", "/api/v1/links/query", json=both).json()["links"]
    assert [each["status"] for each in answers] == ["forbidden", "found"]
    assert answers[0]["link"] is None
    for method, path, body in (
        ("GET", "/api/v1/traces", None),
        ("GET", "/api/v1/audit", None),
        ("GET", "/api/v1/links/use", None),
        ("POST", "/api/v1/links", {"type": "payment", "id": "pym_mine", "runId": "r"}),
        ("POST", "/api/v1/links/tokens", {}),
        ("POST", "/v1/logs", {"resourceLogs": []}),
        ("GET", "/api/v1/links/history?type=payment&id=pym_other", None),
    ):
        assert ask(token, method, path, json=body).status_code in (401, 403), path
    (made,) = ask.audit("pym_mine", action="token")
    read = ask.audit("pym_mine", action="read")
    assert made["result"] == "issued"
    assert {each["tokenId"] for each in read} == {made["tokenId"]}
    assert [each["result"] for each in ask.audit("pym_other", action="read")] == ["forbidden", "forbidden"]


def test_the_audit_log_tells_who_was_refused_and_what_they_asked_for(
    ask: Asking, keys: dict[str, str]
) -> None:
    key_id = keys["links"].split("_")[1]
    token = ask.token(lifetimeS=5)
    link = {"type": "payment", "id": "pym_refused", "runId": "r"}
    other = {"entityType": "payment", "entityId": "pym_refused_too", "runId": "r"}
    assert ask(token, "POST", "/api/v1/links", json=[link, other]).status_code == 403
    assert ask(token, "POST", "/api/v1/links/tokens", json={"entities": [_named(link)]}).status_code == 403
    assert ask("ingest", "POST", "/api/v1/links/query", json={"entities": [_named(link)]}).status_code == 403
    assert ask("", "POST", "/api/v1/links", json=link).status_code == 401
    while ask.link(token, "pym_waits").status_code == 404:
        time.sleep(0.2)
    assert ask.link(token, "pym_refused").status_code == 401
    found = ask.audit("pym_refused")
    told = [tuple(each[name] for name in ("action", "result", "keyId", "keyName")) for each in found]
    assert told == [
        ("write", "forbidden", key_id, "the links"),
        ("token", "forbidden", key_id, "the links"),
        ("read", "forbidden", keys["ingest"].split("_")[1], "the ingest"),
        ("write", "unauthenticated", "", ""),
        ("read", "unauthenticated", key_id, "the links"),
    ]
    of_token = {each["tokenId"] for each in ask.audit("pym_waits")}
    assert "" not in of_token
    assert [{each["tokenId"]} == of_token for each in found] == [True, True, False, False, True]
    (second,) = ask.audit("pym_refused_too")
    assert (second["result"], {second["tokenId"]}) == ("forbidden", of_token)


def _named(link: dict[str, str]) -> dict[str, str]:
    return {name: link[name] for name in ("type", "id")}


def test_a_redirect_takes_a_token_in_its_address_but_no_key(ask: Asking, keys: dict[str, str]) -> None:
    ask.store("pym_go")
    token = ask.token()
    gone = ask("", "GET", f"/go/payment/pym_go?token={token}")
    assert (gone.status_code, gone.headers["location"]) == (302, "/#/runs/run_1")
    of_one = ask.token(entities=[{"type": "payment", "id": "pym_go"}])
    in_browser = {"accept": "text/html,*/*;q=0.8"}
    for path, status, sentence in (
        ("/go/payment/pym_go?token=sondelink_a.b", 401, "the token is none of this server's"),
        ("/go/payment/pym_go", 401, "a key is needed"),
        (f"/go/payment/pym_nobody?token={of_one}", 403, "the token is not for payment 'pym_nobody'"),
        (f"/go/payment/pym_nobody?token={token}", 404, "No link available"),
    ):
        refused = ask("", "GET", path, headers=in_browser)
        assert (refused.status_code, refused.headers["content-type"]) == (status, "text/plain; charset=utf-8")
        assert sentence in refused.text
        assert ask("", "GET", path).json()["error"]["message"] in refused.text
    assert ask("", "GET", f"/go/payment/pym_go?token={keys['links']}").status_code == 401
    assert ask("", "GET", f"/api/v1/links?type=payment&id=pym_go&token={token}").status_code == 401


def test_tokens_are_made_with_a_key_for_links_and_end(ask: Asking) -> None:
    assert ask("ingest", "POST", "/api/v1/links/tokens", json={}).status_code == 403
    for wanted in ({"lifetimeS": 4}, {"lifetimeS": 3601}, {"entities": []}, {"scope": "admin"}):
        assert ask("links", "POST", "/api/v1/links/tokens", json=wanted).status_code == 400
    made = ask("links", "POST", "/api/v1/links/tokens", json={"lifetimeS": 5}).json()
    assert made["lifetimeS"] == 5
    token = made["token"]
    assert ask.link(token, "pym_end").status_code == 404
    while (answer := ask.link(token, "pym_end")).status_code == 404:
        pass
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token_expired")


def test_pages_of_configured_origins_read_with_a_token_only(ask: Asking) -> None:
    ask.store("pym_cors")
    token = ask.token()

    def readable(who: str, origin: str) -> bool:
        answer = ask.link(who, "pym_cors", headers={"origin": origin})
        assert answer.status_code == 200
        return answer.headers.get("access-control-allow-origin") == origin

    assert readable(token, TOOL)
    assert not readable(token, ELSEWHERE)
    assert not readable("links", TOOL)
    click = {"type": "payment", "id": "pym_cors"}
    headers = {"origin": TOOL, "sec-fetch-site": "cross-site"}
    assert ask(token, "POST", "/api/v1/links/clicks", json=click, headers=headers).status_code == 204
    assert ask("links", "POST", "/api/v1/links/clicks", json=click, headers=headers).status_code == 403
    expired = ask("sondelink_x.y", "GET", "/api/v1/links?type=a&id=b", headers={"origin": TOOL})
    assert (expired.status_code, expired.headers["access-control-allow-origin"]) == (401, TOOL)
    preflight = {"origin": TOOL, "access-control-request-method": "POST"}
    told = ask("", "OPTIONS", "/api/v1/links/query", headers=preflight)
    assert (told.status_code, told.headers["access-control-allow-origin"]) == (204, TOOL)
    assert "authorization" in told.headers["access-control-allow-headers"]
    for path, origin in (("/api/v1/links/query", ELSEWHERE), ("/api/v1/links/tokens", TOOL)):
        refused = ask("", "OPTIONS", path, headers={**preflight, "origin": origin})
        assert "access-control-allow-origin" not in refused.headers


def test_use_and_metrics_count_what_the_audit_log_says(ask: Asking) -> None:
    ask.audit()
    before = ask("read", "GET", "/api/v1/links/use").json()
    ask.store("pym_use")
    ask.link("links", "pym_use")
    ask.link("links", "pym_not_there")
    ask("links", "GET", "/go/payment/pym_use")
    ask("links", "POST", "/api/v1/links/clicks", json={"type": "payment", "id": "pym_use", "runId": "run_1"})
    ask.link("ingest", "pym_use")
    ask.audit()
    after = ask("read", "GET", "/api/v1/links/use").json()
    grown = {
        name: after[name] - before[name] for name in ("stored", "retrieved", "found", "clicks", "refused")
    }
    assert grown == {"stored": 1, "retrieved": 3, "found": 2, "clicks": 2, "refused": 1}
    assert after["successRate"] == after["storeSuccessRate"] == 1
    assert after["foundRate"] == after["found"] / after["retrieved"]
    page = ask("read", "GET", "/metrics").text
    assert 'sonde_link_requests_total{action="click",result="found"}' in page
    assert "sonde_audit_lost_total 0" in page


def test_the_command_shows_who_asked(server: SondeServer, ask: Asking, keys: dict[str, str]) -> None:
    ask.link("links", "pym_told")
    ask.audit("pym_told")
    command = [sys.executable, "-m", "sonde", "audit", "--id", "pym_told", "--url", server.url]
    told = subprocess.run(
        [*command, "--api-key", keys["admin"]], capture_output=True, text=True, check=True
    ).stdout
    assert "unknown" in told
    assert "the links" in told
    refused = subprocess.run(
        [*command, "--api-key", keys["read"]], capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert "lacks the scope admin" in refused.stderr
