"""`sonde link` against a running server, and on a store without one."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from bench.server_process import SondeServer
from tests.api.cli_process import Ran, sonde


@pytest.fixture
def here(shared_server: SondeServer) -> list[str]:
    return ["--url", shared_server.url]


def link(*arguments: str, env: dict[str, str] | None = None) -> Ran:
    """Run `sonde link`."""
    return sonde("link", *arguments, env=env)


def test_a_link_is_set_shown_and_opened(here: list[str]) -> None:
    page = "https://jobs.example.com/run_1"
    assert (
        link("set", "payment", "pym/1", "run_1", "--run-url", page, "--trace-id", "1" * 32, *here).code == 0
    )
    shown = link("get", "payment", "pym/1", *here)
    assert shown.code == 0
    assert [line.split()[0] for line in shown.out.splitlines()] == ["run", "recorded", "trace", "page"]
    assert json.loads(link("get", "payment", "pym/1", "-f", "json", *here).out)["runId"] == "run_1"
    (row,) = csv.DictReader(io.StringIO(link("get", "payment", "pym/1", "-f", "csv", *here).out))
    assert (row["id"], row["url"]) == ("pym/1", page)
    assert link("open", "payment", "pym/1", "--print", *here).out == page + "\n"


def test_the_page_is_opened_in_the_browser(here: list[str], tmp_path: Path) -> None:
    link("set", "invoice", "inv_1", "run_2", *here)
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    ran = link("open", "invoice", "inv_1", *here, env={"BROWSER": str(browser)})
    assert ran.code == 0
    assert ran.out.strip().endswith("/#/runs/run_2")
    assert opened.read_text() == ran.out


def test_the_history_lists_every_run(here: list[str]) -> None:
    for run in ("run_a", "run_b", "run_a"):
        link("set", "webhook", "wh_1", run, *here)
    shown = link("history", "webhook", "wh_1", *here)
    assert shown.code == 0
    assert [name for name in shown.out.split() if name.startswith("run_")] == ["run_a", "run_b"]
    rows = list(csv.DictReader(io.StringIO(link("history", "webhook", "wh_1", "-f", "csv", *here).out)))
    assert [row["runId"] for row in rows] == ["run_a", "run_b"]
    few = link("history", "webhook", "wh_1", "--limit", "1", *here)
    assert "only the newest 1" in few.err


def test_where_there_is_none_it_says_so(here: list[str]) -> None:
    for command in ("get", "open", "history"):
        ran = link(command, "payment", "pym_none", *here)
        assert ran.code == 1
        assert "No link available" in ran.err
        assert ran.out == ""


def test_what_is_wrong_is_said(here: list[str]) -> None:
    refused = link("set", "payment", "pym_1", "run_1", "--run-url", "javascript:alert(1)", *here)
    assert refused.code == 2
    assert "cannot store the address" in refused.err
    assert link("set", "payment", "pym_1").code == 2


def test_without_a_server_links_are_read_of_the_store_and_not_written(tmp_path: Path) -> None:
    server = SondeServer(tmp_path / "data")
    try:
        server.start()
        link("set", "payment", "pym_1", "run_1", "--url", server.url)
        sonde("flush", "--url", server.url)
    finally:
        server.close()
    place = ["--data-dir", str(tmp_path / "data")]
    assert json.loads(link("get", "payment", "pym_1", "-f", "json", *place).out)["runId"] == "run_1"
    refused = link("set", "payment", "pym_1", "run_2", *place)
    assert refused.code == 3
    assert "cannot store links: no server runs" in refused.err
