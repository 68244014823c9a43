"""What the API says of requests that it cannot use: what is wrong, where, and what it takes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx
import pytest
from bench.server_process import SondeServer

LINK = {"type": "payment", "id": "pym_1", "runId": "r"}
TAKES = (
    "the body is a JSON object with type, id and runId; it may have runUrl, traceId and recordedAt; or a "
    "list of such objects"
)


@pytest.fixture(scope="module")
def http(shared_server: SondeServer) -> Generator[httpx.Client]:
    with httpx.Client(base_url=f"{shared_server.url}/api/v1", timeout=30) as client:
        yield client


def error(answer: httpx.Response) -> tuple[str, str]:
    """Message and hint of a refusal."""
    assert answer.status_code == 400, answer.text
    assert len(answer.text) < 600
    told = answer.json()["error"]
    assert told["code"] == "bad_request"
    return told["message"], told["hint"]


@pytest.mark.parametrize("path", ["/links", "/links/query", "/links/tokens", "/links/clicks"])
def test_a_body_that_is_no_json_is_said_to_be_none(http: httpx.Client, path: str) -> None:
    headers = {"content-type": "application/json"}
    message, hint = error(http.post(path, content=b'{"type": "payment", ', headers=headers))
    assert message.startswith("cannot read the body: it is no JSON, at character 20: ")
    assert hint.startswith("the body is a JSON object ")
    message, _ = error(http.post(path, content=b"{}", headers={"content-type": "text/plain"}))
    assert message == "cannot read the body: its content type is not application/json"
    message, _ = error(http.post(path, headers=headers))
    assert message == "cannot do without a body: none was sent"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "payment", "id": "pym_1"}, "cannot do without runId: the body lacks it"),
        ([LINK, {**LINK, "id": 5}], "cannot use 5 for [1].id: it must be a text"),
        ({**LINK, "type": " "}, "cannot use ' ' for type: a type has more than spaces"),
        ({**LINK, "type": ""}, "cannot use '' for type: it must not be empty"),
        ({**LINK, "run": "r"}, "cannot use run: no field has that name"),
        ("text", "cannot use 'text' for the body: it must be a JSON object or a list"),
        ([LINK] * 10_001, "cannot use a list of 10001 for the body: it must be a list of at most 10000"),
        (
            {**LINK, "runId": "r" * 5_000},
            f"cannot use '{'r' * 99}… (5000 characters) for runId: it must be at most 1000 characters long",
        ),
    ],
    ids=range(8),
)
def test_a_link_that_cannot_be_stored_is_said_why(http: httpx.Client, body: Any, message: str) -> None:
    assert error(http.post("/links", json=body)) == (message, TAKES)


def test_a_body_of_many_is_not_repeated(http: httpx.Client) -> None:
    many = {"entities": [{"type": "payment", "id": f"pym_{number}"} for number in range(1_001)]}
    assert error(http.post("/links/query", json=many)) == (
        "cannot use a list of 1001 for entities: it must be a list of at most 1000",
        "the body is a JSON object with entities",
    )
    message, _ = error(http.post("/links/query", json={"entities": {"x": "y" * 5_000}}))
    assert message.endswith("… for entities: it must be a list")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/traces?limit=x", "cannot use 'x' for limit: it must be a whole number"),
        ("/traces?limit=0", "cannot use '0' for limit: it must be at least 1"),
        ("/links?type=payment", "cannot do without id: the request lacks it"),
        ("/ai/calls?sort=odd", "cannot use 'odd' for sort: it must be 'newest', 'slow', "),
    ],
)
def test_a_parameter_that_cannot_be_used_is_said_why(http: httpx.Client, path: str, message: str) -> None:
    said, hint = error(http.get(path))
    assert said.startswith(message)
    assert hint == "/api/v1/openapi.json lists the API"


@pytest.mark.parametrize("path", ["/links", "/links/query", "/links/tokens", "/links/clicks"])
@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_over_the_limit_is_refused_and_the_connection_stays_of_use(
    http: httpx.Client, path: str, is_announced: bool
) -> None:
    """The server of these tests takes requests up to 1 MiB."""
    body = b'{"type": "' + b"x" * (3 << 20) + b'"}'
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    answer = http.post(
        path, content=body if is_announced else pieces, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["error"] == {
        "code": "too_large",
        "message": "cannot take a request over 1 MiB after decompression",
        "hint": "send smaller batches, or raise receive.max_request_mb",
    }
    assert http.get("/status").status_code == 200


def test_a_body_of_the_limit_is_read(http: httpx.Client) -> None:
    body = b" " * ((1 << 20) - 2) + b"{}"
    answer = http.post("/links", content=body, headers={"content-type": "application/json"})
    assert error(answer)[0] == "cannot do without type: the body lacks it"
