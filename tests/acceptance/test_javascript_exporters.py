"""OpenTelemetry's JavaScript exporters (http/json and http/protobuf, chunked bodies), run by Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from bench.server_process import SondeServer

SENDER = Path(__file__).parent / "js"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None,
        reason="Node.js or npm is missing",
    ),
]


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script and its packages, as the lock file names them."""
    folder = tmp_path_factory.mktemp("js")
    for name in ("package.json", "package-lock.json", "send.mjs"):
        shutil.copy(SENDER / name, folder)
    installed = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
    )
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install the exporters: {installed.stderr[-500:]}")
    return folder


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", ["http/json", "http/protobuf"])
def test_javascript_telemetry_is_found(
    sender: Path, shared_server: SondeServer, protocol: str, compression: str
) -> None:
    service = f"js-{protocol.removeprefix('http/')}-{compression}"
    sent = subprocess.run(
        ["node", "send.mjs", protocol, shared_server.url, service],
        cwd=sender,
        env=os.environ | {"COMPRESSION": compression},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert sent.returncode == 0, sent.stderr
    ids = json.loads(sent.stdout)
    shared_server.flush()

    spans = shared_server.get(f"/api/v1/traces/{ids['traceId']}")["spans"]
    parent, child = spans
    assert (parent["spanId"], child["spanId"]) == (ids["parent"], ids["child"])
    assert (parent["operation"], parent["kind"], parent["service"]) == ("order.place", "Server", service)
    assert parent["attributes"] == {
        "order.items": "3",
        "order.total": "12.5",
        "express": "true",
        "tags": '["a","b"]',
    }
    assert child["parentSpanId"] == ids["parent"]
    assert (child["statusCode"], child["statusMessage"]) == ("Error", "declined")
    (exception,) = child["events"]
    assert exception["name"] == "exception"
    assert exception["attributes"]["exception.message"] == "card declined"

    event, log = sorted(
        shared_server.get("/api/v1/logs", traceId=ids["traceId"])["logs"],
        key=lambda record: record["eventName"] == "",
    )
    assert (log["body"], log["severity"], log["attributes"]["sku"]) == ("stock is low", "WARN", "A-1")
    assert (event["eventName"], event["body"]) == ("order.placed", '{"total":12.5}')
    assert log["spanId"] == ids["parent"]

    for name, aggregate, value in (
        ("orders", "last", 5),
        ("order.duration", "max", 40),
        ("queue.depth", "last", 7),
    ):
        answer = shared_server.get(
            f"/api/v1/metrics/{name}", since="1h", aggregate=aggregate, where=f"service:{service}"
        )
        assert [series["points"][-1][1] for series in answer["series"]] == [value], name
