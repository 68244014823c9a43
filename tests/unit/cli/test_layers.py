"""An execution of a pipeline as it is drawn in a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from sonde.cli.layers import drawn


def lines(**more: Any) -> list[str]:
    """What is drawn of an execution without scripts."""
    execution = {
        "triggerEvent": "before_signin",
        "status": "success",
        "statusMessage": "",
        "durationNs": 1_000_000,
        "isOpen": False,
        "startUnixNs": "1767614400000000000",
        "userId": "",
        "requestIp": "",
        "traceId": "a" * 32,
        "blockedBy": None,
        "layers": [],
        "runId": "",
        "orchestrationId": "",
        "sessionId": "",
        "conversationIds": [],
        "entities": [],
        "changes": [],
        "resultIsWhole": False,
    }
    return [line.plain for line in drawn(execution | more, 80)]


CHANGES = [
    {"path": "risk", "before": None, "after": 1, "kind": "added"},
    {"path": "country", "before": "XX", "after": "CH", "kind": "changed"},
    {"path": "login", "before": {"name": "ada"}, "after": None, "kind": "removed"},
]


def test_each_kind_of_change_has_its_sign_and_values() -> None:
    found = lines(changes=CHANGES)
    first = next(at for at, line in enumerate(found) if "result" in line) + 1
    assert found[first : first + 3] == [
        "  + risk: 1",
        '  ~ country: "XX" → "CH"',
        '  - login: {"name": "ada"}',
    ]


@pytest.mark.parametrize(
    ("is_whole", "said"), [(True, "all of it"), (False, "what the scripts left; the rest stays as it was")]
)
def test_it_is_said_how_the_result_was_read(is_whole: bool, said: str) -> None:
    [head] = [line for line in lines(changes=CHANGES, resultIsWhole=is_whole) if "result" in line]
    assert head == f"the result against the context, read as {said}"
