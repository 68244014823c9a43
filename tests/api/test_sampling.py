"""What sampling kept, over HTTP and on the command line, as the SDK told it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Generator
from io import StringIO
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer
from pydantic import TypeAdapter
from tests.api.cli_process import environment, sonde

from sonde.query.kept_answers import KeptSpans

TOLD = """
import sonde

sonde.configure(service_name="checkout", sample_ratio=0.5, always=["payment.*"])
for number in range(60):
    with sonde.span("browse"):
        pass
for number in range(3):
    with sonde.span("payment.charge"):
        pass
try:
    with sonde.span("order.place"):
        raise LookupError("none left")
except LookupError:
    pass
sonde.flush()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[SondeServer]:
    """A server that a program told to which samples a half."""
    made = SondeServer(tmp_path_factory.mktemp("sampling") / "data")
    try:
        made.start()
        subprocess.run(
            [sys.executable, "-c", TOLD], env=environment(SONDE_URL=made.url), check=True, timeout=60
        )
        made.flush()
        yield made
    finally:
        made.close()


def ask(server: SondeServer, code: int = 200, /, **params: Any) -> Any:
    answer = httpx.get(f"{server.url}/api/v1/sampling", params=params, timeout=30)
    assert answer.status_code == code, answer.text
    return answer.json()


def test_the_api_tells_what_was_kept_and_why(server: SondeServer) -> None:
    found = ask(server)
    assert TypeAdapter(KeptSpans).validate_python(found) == found
    by_name = {each["operation"]: each for each in found["operations"]}
    browse, charge, place = by_name["browse"], by_name["payment.charge"], by_name["order.place"]
    assert browse["kept"]["ratio"] == browse["stored"] < 60
    assert browse["happened"] == 2 * browse["stored"]
    assert (charge["stored"], charge["kept"]["forced"], charge["alwaysKept"]) == (3, 3, True)
    assert (place["kept"]["error"], place["weight"]) == (1, 1)
    assert [each["operation"] for each in ask(server, kept="forced")["operations"]] == ["payment.charge"]
    assert ask(server, q="operation:order.*")["total"]["stored"] == 1
    assert "cannot list what was kept for 'luck'" in ask(server, 400, kept="luck")["error"]["message"]


def test_the_command_lists_it(server: SondeServer) -> None:
    env = {"SONDE_URL": server.url}
    table = sonde("sampling", env=env)
    assert table.code == 0, table
    assert "always" in next(line for line in table.out.splitlines() if "payment.charge" in line)
    as_json = sonde("sampling", "--kept", "forced", "--format", "json", env=env)
    assert [each["operation"] for each in json.loads(as_json.out)["operations"]] == ["payment.charge"]
    as_csv = sonde("sampling", "operation:payment.*", "--format", "csv", env=env)
    [row] = csv.DictReader(StringIO(as_csv.out))
    assert (row["stored"], json.loads(row["kept"])["forced"]) == ("3", 3)
    none = sonde("sampling", "service:nobody", env=env)
    assert (none.code, none.out) == (1, "")
