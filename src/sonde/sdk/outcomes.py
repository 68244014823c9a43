"""How a script or a pipeline ended: its status, why, and the data it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, cast

from opentelemetry.trace import Span, StatusCode

from sonde import semconv

OutcomeStatus = Literal["success", "blocked", "error", "skipped"]
STATUSES: Final = frozenset({"success", "blocked", "error", "skipped"})

_MAX_DEPTH: Final = 24


@dataclass(frozen=True, slots=True)
class Outcome:
    """`message` says why it was blocked, skipped or failed; `output` is the data it leaves, None for none."""

    status: OutcomeStatus = "success"
    message: str | None = None
    output: object = None


def write_outcome(span: Span, status: OutcomeStatus, message: str | None) -> None:
    """Status and message as attributes; OpenTelemetry's status is Error for `error` alone."""
    span.set_attribute(semconv.STATUS, status)
    if message is not None:
        span.set_attribute(semconv.STATUS_MESSAGE, message)
        if status in ("blocked", "skipped"):
            span.set_attribute(semconv.REASON, message)
    if status == "error":
        span.set_status(StatusCode.ERROR, message)
    else:
        span.set_status(StatusCode.OK)


def read_outcome(value: object) -> Outcome:
    """What a return value says of itself: a mapping or an object with a `status` (one of the four) or a
    true `blocked` or `skipped`; anything else is a success. Its `reason` or `message` says why; its
    `output` is the output, and where it has none the whole value is."""
    if isinstance(value, Outcome):
        return value
    status, message = member(value, "status"), None
    if isinstance(status, Enum):
        status = cast(object, status.value)
    if status not in STATUSES:
        status = next((each for each in ("blocked", "skipped") if member(value, each) is True), "success")
    for name in ("status_message", "message", "reason"):
        if isinstance(text := member(value, name), str):
            message = text
            break
    output = member(value, "output") if _has_output(value) else value
    return Outcome(cast(OutcomeStatus, status), message, output)


def _has_output(value: object) -> bool:
    return "output" in value if isinstance(value, Mapping) else member(value, "output") is not None


def member(value: object, name: str) -> object:
    """A key of a mapping or an attribute of an object; None where it has none."""
    if isinstance(value, Mapping):
        return cast(Mapping[str, object], value).get(name)
    if value is None or isinstance(value, str | int | float | bytes | list | tuple):
        return None
    return getattr(value, name, None)


def merged(outputs: Iterable[object]) -> dict[str, Any]:
    """Mappings laid over each other in their order, level by level; a later value wins. What is no
    mapping is left out."""
    made: dict[str, Any] = {}
    for output in outputs:
        if isinstance(output, Mapping):
            _lay(made, cast(Mapping[str, Any], output), 0)
    return made


def _lay(under: dict[str, Any], over: Mapping[str, Any], depth: int) -> None:
    for name, value in list(over.items()):
        if not isinstance(value, Mapping) or depth >= _MAX_DEPTH:
            under[name] = value
            continue
        below: dict[str, Any] = {}
        if isinstance(under.get(name), dict):
            below = under[name]
        under[name] = below
        _lay(below, cast(Mapping[str, Any], value), depth + 1)
